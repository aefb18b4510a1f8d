#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure two people in a chat, and the app beside an empty window with each of GTK's renderers; print the figures as
Markdown, draw a chart. Wants an X server."""

import argparse
import os
import re
import subprocess
import sys

from chart import write_chart
from report import get_machine, print_row

RENDERERS = {'GL': {}, 'Cairo': {'GSK_RENDERER': 'cairo'}}
DOCUMENTED_CHART = os.path.join(os.path.dirname(__file__), '../../docs/images/benchmark-client.svg')

# What bench-peers and bench-app print: a label, a figure, its unit, maybe more.
LINE = re.compile(r'(?P<label>.+?)\s+(?P<figure>\d+(\.\d+)?) (?P<rest>(?P<unit>µs|ms|MiB|×|per second).*)')

PING_PONG, COMMIT, MESSAGE = 'bare TCP ping-pong', 'commit of a message', 'chat message, to its ack'
START, EMPTY_START = 'earshot, from start to first window', 'empty window, from start to first window'
MEMORY, EMPTY_MEMORY = "the app's window, PSS", 'empty window, PSS'  # the app's is measured fresh, then full
MAIN_START = 'earshot, from start to main window, filled'
OPEN = 'open the long chat, to its first screen'
COME, GO = 'main loop away, users come', 'main loop away, users come and go'


class Figures:
    """What a program printed."""

    def __init__(self, command, environment):
        print(' '.join([os.path.basename(command[0]), *command[1:]]), environment or '', file=sys.stderr)
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                                env={**os.environ, **environment}).stdout
        self.lines = []  # of the label, what it was measured with, the match
        state = ''
        for line in output.splitlines():
            match = LINE.match(line)
            if match:
                self.lines.append((match['label'], state, match))
            elif line.startswith('with ') and line.endswith(':'):
                state = ', ' + line[:-1]

    def get_all(self, label, unit):
        found = [float(match['figure']) for said, _, match in self.lines if said == label and match['unit'] == unit]
        if not found:
            sys.exit(f'client-report: nobody printed "{label}" in {unit}')
        return found

    def get(self, label, unit):
        return self.get_all(label, unit)[0]

    def get_last(self, label, unit):
        return self.get_all(label, unit)[-1]

    def get_most(self, label, unit):
        return max(self.get_all(label, unit))


def print_lines(columns):
    print('\n| figure | ' + ' | '.join(columns) + ' |')
    print('|---|' + '---:|' * len(columns))
    for lines in zip(*(figures.lines for figures in columns.values())):
        label, state, _ = lines[0]
        print_row(label + state, *(re.sub(' +', ' ', f'{match["figure"]} {match["rest"]}') for _, _, match in lines))


def print_verdict(what, unit, bound, measured):
    """Measured: a figure for each column."""
    words = ['reached' if figure <= bound else 'not reached' for figure in measured]
    print_row(what, *(f'{figure:.2f} {unit}: {word}' if unit == '×' else f'{figure:.0f} {unit}: {word}'
                      for figure, word in zip(measured, words)))


def print_verdicts(peers, apps):
    print('\n| to reach | measured |')
    print('|---|---:|')
    print_verdict('chat message, to its ack: ≤ 2 × ping-pong + commit', '×', 1, [peers.get(MESSAGE, '×')])
    print('\n| to reach | ' + ' | '.join(apps) + ' |')
    print('|---|' + '---:|' * len(apps))
    print_verdict('start to the first window, to an empty window: ≤ 1.3 ×', '×', 1.3,
                  [app.get(START, 'ms') / app.get(EMPTY_START, 'ms') for app in apps.values()])
    print_verdict('start to the main window, long history, to an empty window: ≤ 1.3 ×', '×', 1.3,
                  [app.get(MAIN_START, 'ms') / app.get_last(EMPTY_START, 'ms') for app in apps.values()])
    print_verdict('memory with users and messages, to an empty window: ≤ 1.4 ×', '×', 1.4,
                  [app.get_last(MEMORY, 'MiB') / app.get(EMPTY_MEMORY, 'MiB') for app in apps.values()])
    print_verdict('open the long chat, to its first screen: < 100 ms', 'ms', 100,
                  [app.get_most(OPEN, 'ms') for app in apps.values()])
    print_verdict('longest turn of the main loop, users come and go: ≤ 16 ms', 'ms', 16,
                  [max(app.get_most(COME, 'ms'), app.get_most(GO, 'ms')) for app in apps.values()])


def get_panels(peers, apps):
    ping_pong, commit = peers.get(PING_PONG, 'µs'), peers.get(COMMIT, 'µs')
    chat = [('TCP ping-pong', ping_pong, False), ('commit', commit, False),
            ('to reach', 2 * ping_pong + commit, False), ('message', peers.get(MESSAGE, 'µs'), True)]
    starts, memory, turns = [], [], [('to reach', 16, False)]
    for name, app in apps.items():
        starts += [(f'empty, {name}', app.get(EMPTY_START, 'ms'), False), (f'app, {name}', app.get(START, 'ms'), True),
                   (f'filled, {name}', app.get(MAIN_START, 'ms'), True)]
        memory += [(f'empty, {name}', app.get(EMPTY_MEMORY, 'MiB'), False),
                   (f'new, {name}', app.get(MEMORY, 'MiB'), True), (f'full, {name}', app.get_last(MEMORY, 'MiB'), True)]
        turns += [(f'all come, {name}', app.get_most(COME, 'ms'), True),
                  (f'others come, {name}', app.get_most(GO, 'ms'), True)]
    return [
        ('Chat message, from the send to the ack', 'less is better', chat, 'µs', 0),
        ('From the start to the first window', 'less is better; filled: with a long history', starts, 'ms', 0),
        ('Memory (PSS)', 'less is better; full: with all users and a long chat', memory, 'MiB', 0),
        ('Longest turn of the main loop', 'less is better; to reach: a frame', turns, 'ms', 0),
    ]


def main():
    parser = argparse.ArgumentParser(prog='client', description='Measure two people in a chat, and the app.')
    parser.add_argument('sizes', nargs='*', metavar='ROUNDS [N_USERS [N_MESSAGES]]',
                        help='of bench-app (9 10000 100000)')
    parser.add_argument('--chats', default='2000', metavar='N', help='messages in the chat (2000)')
    parser.add_argument('--chart', help='where the chart goes')
    parser.add_argument('--bench', required=True, help=argparse.SUPPRESS)  # the directory of the programs
    options = parser.parse_args()

    peers = Figures([os.path.join(options.bench, 'bench-peers'), options.chats], {})
    apps = {name: Figures([os.path.join(options.bench, 'bench-app'), *options.sizes], environment)
            for name, environment in RENDERERS.items()}
    print(f'{get_machine()}.')
    print_lines({'measured': peers})
    print_lines(apps)
    print_verdicts(peers, apps)

    # Smaller runs don't replace the picture of the documentation.
    path = options.chart or (os.path.join(options.bench, 'benchmark-client.svg') if options.sizes else DOCUMENTED_CHART)
    write_chart(path, 'Two people in a chat, and the app beside an empty window of libadwaita',
                'What a chat and the app cost', get_panels(peers, apps))
    print(f'The chart is {os.path.normpath(path)}', file=sys.stderr)


if __name__ == '__main__':
    main()
