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

# install_missing GROUP…: install with apt-get what dpkg does not know as installed.
install_missing() {
  local missing=() package sudo=()
  command -v dpkg-query >/dev/null || { say "not a Debian system: install the packages of build-aux/packages.txt yourself"; return; }
  for package in $(packages "$@"); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' \
      || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  say "installing ${#missing[@]} packages: ${missing[*]}"
  { "${sudo[@]}" apt-get update -qq \
    && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
         apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null \
    || die "apt-get could not install: ${missing[*]}"
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

# count_results LOG…: read the TAP points of meson's JUnit-less logs and print `N passed, N failed[, N skipped]`.
count_results() {
  python3 "$top/build-aux/count-results.py" "$@"
}
