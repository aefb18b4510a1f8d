#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# test-hardening.sh [--fortified] PROGRAM…: what makes a fault harder to use is in each program, as it
# was linked; the calls of the C library that check sizes only with --fortified. TAP.
set -u
fortified=false
if [ "$1" = --fortified ]; then
  fortified=true
  shift
fi
n=0

# has WHAT PATTERN OPTION…: readelf says so of $program.
has() {
  local what=$1 pattern=$2
  shift 2
  n=$((n + 1))
  if readelf --wide "$@" "$program" | grep -Eq -- "$pattern"; then
    echo "ok $n - ${program##*/}: $what"
  else
    echo "not ok $n - ${program##*/}: $what"
  fi
}

for program in "$@"; do
  has 'lies at a random address' 'Type: +DYN ' --file-header
  has 'says so' 'FLAGS_1.* PIE' --dynamic
  has 'relocations are read-only' 'GNU_RELRO' --program-headers
  has 'before it starts' 'FLAGS_1.* NOW' --dynamic
  has 'stack cannot be run' 'GNU_STACK.* RW +0x' --program-headers
  has 'stack is guarded' ' __stack_chk_fail@' --dyn-syms
  if $fortified; then
    has 'sizes are checked' ' __[a-z_]+_chk@' --dyn-syms
  fi
done
echo "1..$n"
