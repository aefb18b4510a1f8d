#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# test-completions.sh COMPLETIONS PROGRAM…: bash offers just the options that each program's --help
# names, and what fits at a place. TAP.
set -u
. "$1"
shift
n=0

# offered WORD…: what bash offers for a line of these words, sorted, on one line.
offered() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  _earshot "$1"
  printf '%s\n' "${COMPREPLY[@]}" | sort | xargs
}

# same NAME WANTED GOT
same() {
  n=$((n + 1))
  if [ "$2" = "$3" ]; then
    echo "ok $n - $1"
  else
    printf 'not ok %s - %s\n# wanted: %s\n# got:    %s\n' "$n" "$1" "$2" "$3"
  fi
}

options() {
  env LC_ALL=C "$1" --help | grep -oE -- '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' |
    grep -v -- '--help-' | sort | xargs
}

for program in "$@"; do
  name=${program##*/}
  same "the options of $name" "$(options "$program")" "$(offered "$name" --)"
  case $name in
  earshotd)
    same 'the commands for users' 'add disable enable list remove set-admin set-password' \
      "$(offered earshotd --data-dir /x user '')"
    same 'whether somebody is an admin' 'no yes' "$(offered earshotd user set-admin ann '')"
    same 'who may broadcast' 'admins everybody' "$(offered earshotd broadcast policy '')"
    same 'what to do about invitations' '--days list revoke' "$(offered earshotd invite '')"
    same 'the policies after =' 'closed invite open' "$(offered earshotd --signup =)"
    same 'a policy that has begun' 'invite' "$(offered earshotd --signup = i)"
    same 'nothing for a number' '' "$(offered earshotd --port '')"
    same 'an option after the name' '--password-file' "$(offered earshotd -v user add ann '')"
    ;;
  earshot-cli)
    same 'the commands' \
      "$(env LC_ALL=C "$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort | xargs)" \
      "$(offered earshot-cli '')"
    same 'a command after a server' 'send shell signup' \
      "$(offered earshot-cli --server = host : 4400 s)"
    same 'whom to accept' 'all ask' "$(offered earshot-cli listen --accept a)"
    same 'an option after a command' '--watch' "$(offered earshot-cli users --w)"
    ;;
  earshot)
    same 'the profiles that there are' 'work' "$(
      home=$(mktemp -d)
      mkdir -p "$home/earshot/work"
      XDG_DATA_HOME=$home offered earshot --profile w
      rm -r "$home"
    )"
    ;;
  esac
done
echo "1..$n"
