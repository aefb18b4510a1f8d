# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs functions as tests, and says how they went in the Test Anything Protocol."""

import subprocess
import sys


def run(suite, tests, clean_up):
    """Ends the program."""
    print(f'1..{len(tests)}', flush=True)
    failed = False
    for number, test in enumerate(tests, 1):
        try:
            try:
                test()
            finally:
                clean_up()
            print(f'ok {number} /{suite}/{test.__name__}', flush=True)
        except (AssertionError, subprocess.SubprocessError) as error:
            failed = True
            print(f'# {error} {getattr(error, "stdout", "")}'.replace('\n', '\n# '))
            print(f'not ok {number} /{suite}/{test.__name__}', flush=True)
    sys.exit(failed)
