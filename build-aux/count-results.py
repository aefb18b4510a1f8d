#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up Meson's JUnit reports to one line: `N passed, N failed[, N skipped]`.

A program that crashed or timed out counts as one failed test, whatever it printed before.
"""

import re
import sys
import xml.etree.ElementTree as tree


# What a test prints of hostile input is copied into the report as it is, and may be no XML.
NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def load(path):
    with open(path, encoding='utf-8', errors='replace') as report:
        return tree.fromstring(NOT_XML.sub('\ufffd', report.read()).encode())


def main(paths):
    passed = failed = skipped = 0
    for path in paths:
        for case in load(path).iter('testcase'):
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
