#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run earshot-bench against every server, print the figures as Markdown, draw a chart.

The servers take turns, several times; of each figure the median counts. So whatever else the
machine does falls on all of them alike.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

from chart import write_chart

SERVERS = {'earshot': 'earshotd', 'nats': 'NATS', 'mosquitto': 'Mosquitto', 'floor': 'floor'}

# key, what, unit, digits
FIGURES = [
    ('fan_out_p50', 'fan-out to the last client, median', 'ms', 1),
    ('fan_out_p99', 'fan-out to the last client, p99', 'ms', 1),
    ('delivery_cpu', 'server CPU per delivery', 'µs', 1),
    ('memory', 'memory per idle client', 'KiB', 1),
    ('log_ins', 'log-ins', '/s', 0),
    ('log_in_cpu', 'server CPU per log-in', 'µs', 0),
    ('ping_p50', 'ping with all idle, p50', 'µs', 1),
    ('ping_p99', 'ping with all idle, p99', 'µs', 1),
]

# key, other server, the ratio to reach, as an upper or a lower bound
TARGETS = [
    ('fan_out_p50', 'nats', 0.8, True),
    ('fan_out_p50', 'mosquitto', 0.33, True),
    ('fan_out_p50', 'floor', 1.3, True),
    ('delivery_cpu', 'nats', 0.65, True),
    ('delivery_cpu', 'mosquitto', 0.33, True),
    ('log_ins', 'nats', 0.6, False),
    ('ping_p50', 'mosquitto', 1.3, True),
]


def run(options, server, measures, extra=()):
    """Run the benchmark once; returns its figures."""
    with tempfile.NamedTemporaryFile(suffix='.json') as file:
        command = [options.bench, '--server', server, '--clients', str(options.clients),
                   '--measure', measures, '--json', file.name, *extra]
        print(' '.join(command[:7]), file=sys.stderr)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.load(file)


def median(runs, key):
    return statistics.median(figures[key] for figures in runs)


def format_ratio(ratio):
    return f'{ratio:.2f} ×'


def print_machine(options):
    with open('/proc/cpuinfo', encoding='utf-8') as cpuinfo:
        model = next((line.split(':', 1)[1].strip() for line in cpuinfo if line.startswith('model name')), '?')
    print(f'{os.cpu_count()} cores of {model}, Linux {platform.release()}, {options.clients} clients, '
          f'medians of {options.turns} turns.\n')


def print_comparison(medians):
    names = list(medians)
    print('| figure | ' + ' | '.join(SERVERS[name] for name in names) + ' |')
    print('|---|' + '---:|' * len(names))
    for key, what, unit, digits in FIGURES:
        cells = [f'{medians[name][key]:,.{digits}f} {unit}' for name in names]
        print(f'| {what} | ' + ' | '.join(cells) + ' |')


def print_targets(medians):
    whats = {key: what for key, what, _, _ in FIGURES}
    print('\n| ratio | to reach | measured | |')
    print('|---|---:|---:|---|')
    for key, other, bound, upper in TARGETS:
        if other not in medians:
            continue
        ratio = medians['earshot'][key] / medians[other][key]
        reached = ratio <= bound if upper else ratio >= bound
        print(f'| {whats[key]}, to {SERVERS[other]} | {"≤" if upper else "≥"} {bound} × | '
              f'{format_ratio(ratio)} | {"reached" if reached else "not reached"} |')


def print_own(options):
    """What only earshotd does: one run each."""
    window = run(options, 'earshot', 'log-in,churn,bytes', ['--watch', '100'])
    whole = run(options, 'earshot', 'log-in,churn', ['--watch', '10000'])
    rest = run(options, 'earshot', 'sign-up,accounts')
    n = options.clients
    print('\n| earshotd alone | |')
    print('|---|---:|')
    for figures, view in (window, 'the first 100 users'), (whole, 'all users'):
        print(f'| churn, {figures["churn_rate"]:.0f} clients/s coming and going, all watching {view}: CPU | '
              f'{figures["churn_cpu"]:.0f} % of a core |')
        print(f'| … bytes to all clients | {figures["churn_bytes"]:.1f} MiB/s |')
    for i, part in enumerate((9, 3, 1), 1):
        print(f'| bytes to each while {n // part:,} log in one after the other, watching the first 100 | '
              f'{window[f"bytes_{i}"]:.1f} KiB |')
    print(f'| sign-ups on the disk, 200 at once | {rest["signups"]:,.0f} /s |')
    print(f'| start with 1,000,000 accounts | {rest["load"]:.2f} s |')
    print(f'| memory per account | {rest["account_memory"]:.0f} bytes |')


def main():
    parser = argparse.ArgumentParser(prog='compare', description='Measure earshotd beside what people would use '
                                                                 'instead.')
    parser.add_argument('--clients', type=int, default=9000, help='how many (9000)')
    parser.add_argument('--turns', type=int, default=3, help='of each server (3)')
    parser.add_argument('--only-compare', action='store_true', help='leave out what only earshotd does')
    parser.add_argument('--bench', required=True, help=argparse.SUPPRESS)
    parser.add_argument('--chart', help='where the chart goes')
    options = parser.parse_args()

    runs = {name: [] for name in SERVERS}
    for _ in range(options.turns):
        for name, figures in runs.items():
            figures.append(run(options, name, 'log-in,ping,fan-out'))
    medians = {name: {key: median(figures, key) for key, *_ in FIGURES} for name, figures in runs.items()}
    print_machine(options)
    print_comparison(medians)
    print_targets(medians)
    if not options.only_compare:
        print_own(options)
    if options.chart:
        os.makedirs(os.path.dirname(options.chart), exist_ok=True)
        write_chart(options.chart, medians, SERVERS, options.clients)


if __name__ == '__main__':
    main()
