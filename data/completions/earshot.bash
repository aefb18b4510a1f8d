# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Completions for bash, of earshot, earshot-cli and earshotd. Bash cuts the line at "=" and ":", so
# that --server=host:4400 comes as five words.

# _earshot_offer WORD…: offer those that go on as the line does.
_earshot_offer() {
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$word")
}

_earshot_offer_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

_earshot_offer_profiles() {
  local directory=${XDG_DATA_HOME:-$HOME/.local/share}/earshot
  mapfile -t COMPREPLY < <(cd "$directory" 2>/dev/null && compgen -d -- "$word")
}

# _earshot_look FLAG…: what the line says up to the cursor. Sets word (the one at the cursor), option
# (the one whose value that is, or nothing) and plain (what is neither option nor value). FLAGs are
# the options without a value.
_earshot_look() {
  local i current
  word= option= plain=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    current=${COMP_WORDS[i]}
    word=$current
    if [ "$current" = = ]; then
      word=
    elif [ "$current" = : ]; then
      i=$((i + 1))
    elif [ $i -eq "$COMP_CWORD" ]; then
      break
    elif [ -n "$option" ]; then
      option=
    elif [[ $current != -* ]]; then
      plain+=("$current")
    elif [[ " $* " != *" $current "* ]]; then
      option=$current
    fi
  done
}

_earshotd() {
  _earshot_look -h --help -v --verbose --version
  case $option in
  --config | -c | --data-dir | -d | --password-file) _earshot_offer_files; return ;;
  --signup) _earshot_offer open invite closed; return ;;
  ?*) return ;;
  esac
  case ${plain[*]} in
  '')
    _earshot_offer --config --data-dir --help --iterations --listen --max-per-address \
      --max-strangers --name --port --signup --signups-per-address --signups-per-hour --verbose \
      --version user broadcast invite import
    ;;
  user) _earshot_offer add set-password remove disable enable set-admin list ;;
  'user set-admin '*) _earshot_offer yes no ;;
  broadcast) _earshot_offer list remove policy ;;
  'broadcast policy') _earshot_offer everybody admins ;;
  'user add '* | 'user set-password '*) _earshot_offer --password-file ;;
  invite) _earshot_offer --days list revoke ;;
  import) _earshot_offer_files ;;
  esac
}

_earshot_cli() {
  _earshot_look -h --help --json -l --long --version -w --watch
  case $option in
  --accept) _earshot_offer ask all contacts; return ;;
  --password-file) _earshot_offer_files; return ;;
  --profile | -p) _earshot_offer_profiles; return ;;
  ?*) return ;;
  esac
  if [[ $word == -* ]]; then
    _earshot_offer --accept --ack-timeout --help --json --long --name --password-file --port \
      --profile --server --user --version --watch
  elif [ ${#plain[@]} -eq 0 ]; then
    _earshot_offer signup users broadcast send chat listen shell verify trust
  fi
}

_earshot_app() {
  _earshot_look -h --help --version
  case $option in
  --profile) _earshot_offer_profiles; return ;;
  ?*) return ;;
  esac
  _earshot_offer --help --profile --server --user --version
}

_earshot() {
  local word option plain
  COMPREPLY=()
  case ${1##*/} in
  earshotd) _earshotd ;;
  earshot-cli) _earshot_cli ;;
  earshot) _earshot_app ;;
  esac
}

complete -F _earshot earshot earshot-cli earshotd
