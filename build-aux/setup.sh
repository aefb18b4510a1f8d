# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What run, check and .ci/run share: find the source tree, install what is missing, build. Sourced.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "earshot: $*" >&2; }
die() { say "$*"; exit 1; }

# packages GROUP…: the packages of these groups of build-aux/packages.txt.
packages() {
  local group
  for group in "$@"; do
    sed -n "/^\[$group\]/,/^\[/{/^[a-z0-9]/p}" "$top/build-aux/packages.txt"
  done
}

# missing GROUP…: those of them that dpkg does not know as installed.
missing() {
  local package
  command -v dpkg-query >/dev/null || return 0
  for package in $(packages "$@"); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
  done
}

# as_root COMMAND…: run it, with sudo where that is needed.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install_missing GROUP…: install what is missing with apt-get.
install_missing() {
  local wanted=()
  command -v dpkg-query >/dev/null || { say "not a Debian system: install the packages of build-aux/packages.txt yourself"; return; }
  mapfile -t wanted < <(missing "$@")
  [ ${#wanted[@]} -gt 0 ] || return 0
  say "installing ${#wanted[@]} packages: ${wanted[*]}"
  { as_root apt-get update -qq \
    && as_root env DEBIAN_FRONTEND=noninteractive \
         apt-get install -y -qq --no-install-recommends "${wanted[@]}"; } >/dev/null \
    || die "apt-get could not install: ${wanted[*]}"
}

# build DIRECTORY [MESON OPTION…]: configure once, build quietly, print what the compiler says when it fails.
build() {
  local dir=$1 log
  shift
  mkdir -p "$top/build"
  log=$dir.log
  if [ ! -f "$dir/build.ninja" ]; then
    say "configuring $(basename "$dir")"
    meson setup "$dir" "$top" "$@" >"$log" 2>&1 || { cat "$log" >&2; die "meson setup failed"; }
  fi
  ninja -C "$dir" >"$log" 2>&1 || { tail -n 60 "$log" >&2; die "the build failed"; }
}

# run_tests DIRECTORY: run every test of this build, and end with the line that counts them. One more
# than there are processors: many of them wait most of the time. A test that hangs ends itself within a
# minute or so; the limits here are for a machine that is slow.
run_tests() {
  local status=0 log=$1/meson-logs/testlog.json
  rm -f "$log"
  meson test -C "$1" --no-rebuild --print-errorlogs --timeout-multiplier 4 --num-processes $(($(nproc) + 1)) || status=$?
  python3 "$top/build-aux/count-results.py" "$log" || status=1
  return "$status"
}
