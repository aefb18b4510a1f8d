#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up Meson's JUnit reports to one line: `N passed, N failed[, N skipped]`.

A program that crashed or timed out counts as one failed test, whatever it printed before.
"""

import sys
import xml.etree.ElementTree as tree


def main(paths):
    passed = failed = skipped = 0
    for path in paths:
        for case in tree.parse(path).iter('testcase'):
            if case.find('failure') is not None or case.find('error') is not None:
                failed += 1
                print(f'failed: {case.get("classname")}: {case.get("name")}')
            elif case.find('skipped') is not None:
                skipped += 1
            else:
                passed += 1
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
