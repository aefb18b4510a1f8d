#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Holds the tree to CONTRIBUTING.md: the arrows between the layers, no markup from strangers, every
# translatable file listed. Prints what breaks a rule, each as FILE:LINE.
set -u
cd "$(dirname "$0")/../.." || exit 1
broken=0

# forbid WHAT PATTERN FILE…
forbid() {
  local what=$1 pattern=$2 rows
  shift 2
  rows=$(git grep -nE "$pattern" -- "$@" 2>/dev/null) || return 0
  printf '%s:\n%s\n' "$what" "$rows"
  broken=1
}

include='^#include [<"]'
forbid 'lib/wire knows neither clients nor servers nor windows' \
  "$include(client/|server/|gui/|cli/|gtk|adwaita|sqlite3)" lib/wire
forbid 'lib/client knows no server and no windows' "$include(server/|gui/|cli/|gtk|adwaita)" lib/client
forbid 'the server knows nothing of clients' "$include(client/|gui/|cli/|gtk|adwaita|sqlite3)" server
forbid 'the command line knows no windows' "$include(server/|gui/|gtk|adwaita)" cli
forbid 'the app knows no server' "$include(server/|cli/)" gui
forbid 'a public header includes a private one' "$include.*-private\.h" \
  'lib/*.h' 'server/*.h' 'gui/*.h' 'cli/*.h' ':!*-private.h'
forbid 'text is never markup' '_set_markup|tooltip.markup|use-markup">(true|TRUE)|"use-markup", TRUE' gui cli
# Where libadwaita reads markup, only a text of ours may stand, or one that was escaped and is called so.
git ls-files 'gui/*.c' | xargs perl -0777 -ne '
  my $plain_rows = /use.markup\W.*FALSE/;
  while (/\b(adw_toast_(?:new|set_title)|adw_status_page_set_description|adw_preferences_group_set_\w+
            |adw_\w+_row_set_(?:sub)?title|g_object_new)\ \( ([^;]*) ;/gx) {
    my ($call, $arguments, $line) = ($1, $2, 1 + (substr ($_, 0, $-[0]) =~ tr/\n//));
    next if $arguments =~ /\b_ \(|\bmarkup\)|"use-markup", FALSE/ || ($call =~ /_row_/ && $plain_rows);
    next if $call eq "g_object_new" && $arguments !~ /_ROW\b.*"(sub)?title"/s;
    print "$ARGV:$line: not known to be free of markup\n";
  }' | grep . && broken=1
forbid 'a process or a string call that is hard to defend' \
  '\b(strcpy|strcat|sprintf|gets|system|popen) \(' '*.c'
forbid 'no sleeping' '\b(g_usleep|usleep|sleep) \(' lib server cli gui

for file in $(git grep -lE '\b(_|N_|C_|ngettext) ?\(|translatable="yes"' -- '*.c' '*.ui' '*.in' ':!tests'); do
  grep -qx "$file" po/POTFILES.in || { echo "not in po/POTFILES.in: $file"; broken=1; }
done
for file in $(git ls-files '*.c' '*.h' '*.py'); do
  lines=$(wc -l <"$file")
  [ "$lines" -le 600 ] || echo "$file: $lines lines; it wants to be two (this breaks nothing)"
  head -n 3 "$file" | grep -q SPDX || { echo "$file: no licence line"; broken=1; }
done
exit "$broken"
