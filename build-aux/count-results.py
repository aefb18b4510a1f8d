#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up the tests in Meson's testlog.json to one line: `N passed, N failed[, N skipped]`.

A program that crashed or timed out counts as one failed test, whatever it printed before. What a
program printed is shown when it failed: GLib writes its warnings there, and Meson shows stderr alone.
"""

import json
import re
import sys

POINT = re.compile(r'^(?:not )?ok\b.*', re.MULTILINE)
SKIP = re.compile(r'# skip', re.IGNORECASE)
LINES_SHOWN = 60


def says_why(program):
    """Meson takes a program that says nothing at all for one that skips."""
    return program['returncode'] == 77 or '1..0' in program.get('stdout', '')


def count(program):
    """Of one program: its tests that passed, that failed and that were skipped."""
    result = program['result']
    points = POINT.findall(program.get('stdout', ''))
    failed = sum(point.startswith('not') for point in points)
    skipped = sum(SKIP.search(point) is not None for point in points)
    passed = len(points) - failed - skipped
    if result not in ('OK', 'SKIP', 'EXPECTEDFAIL') or (result == 'SKIP' and not says_why(program)):
        failed = max(failed, 1)
    elif not points:
        passed, skipped = (0, 1) if result == 'SKIP' else (1, 0)
    return passed, failed, skipped


def show(program):
    print(f'failed: {program["name"]} ({program["result"]}, {program["returncode"]}):')
    for line in program.get('stdout', '').splitlines()[-LINES_SHOWN:]:
        print(f'  {line}')


def main(path):
    total = [0, 0, 0]
    sys.stdout.reconfigure(errors='backslashreplace')
    with open(path, encoding='utf-8', errors='replace') as log:
        for program in map(json.loads, log):
            results = count(program)
            total = [sum(pair) for pair in zip(total, results)]
            if results[1]:
                show(program)
    passed, failed, skipped = total
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
