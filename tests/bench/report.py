#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run earshot-bench against every server, print the figures as Markdown, draw a chart.

All runs take turns, several times; of each figure the median counts. So whatever else the machine
does falls on all of them alike.
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
SIDE_BY_SIDE = 'log-in,ping,fan-out'

# What only earshotd does: name, measures, options. 500 users are what the app watches.
OWN = {
    'watch-100': ('log-in,churn,bytes', ['--watch', '100']),
    'watch-500': ('log-in,churn,watching,bytes', ['--watch', '500']),
    'watch-all': ('log-in,churn', ['--watch', '10000']),
    'accounts': ('sign-up,accounts', []),
}
VIEWS = {'watch-100': 'the first 100', 'watch-500': 'the first 500', 'watch-all': 'all'}

# What the pictures of docs/performance.md show.
DOCUMENTED = {'clients': 9000, 'turns': 5, 'text': 200}
DOCUMENTED_CHART = os.path.join(os.path.dirname(__file__), '../../docs/images/benchmark.svg')

# key, what, unit, digits, the measures it takes
FIGURES = [
    ('fan_out_p50', 'fan-out to the last client, median', 'ms', 1, 'log-in,fan-out'),
    ('fan_out_p99', 'fan-out to the last client, p99', 'ms', 1, 'log-in,fan-out'),
    ('delivery_cpu', 'server CPU per delivery', 'µs', 1, 'log-in,fan-out'),
    ('memory', 'memory per idle client', 'KiB', 1, 'log-in'),
    ('log_ins', 'log-ins', '/s', 0, 'log-in'),
    ('log_in_cpu', 'server CPU per log-in', 'µs', 0, 'log-in'),
    ('ping_p50', 'ping with all idle, p50', 'µs', 1, 'log-in,ping'),
    ('ping_p99', 'ping with all idle, p99', 'µs', 1, 'log-in,ping'),
    ('busy_ping_p50', 'ping during broadcasts, p50', 'ms', 1, 'log-in,fan-out'),
    ('busy_ping_p99', 'ping during broadcasts, p99', 'ms', 1, 'log-in,fan-out'),
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

# title, key, unit, digits, whether less is better, whether the floor has it: it knows no TLS, and nobody logs in
PANELS = [
    ('Fan-out to the last client', 'fan_out_p50', 'ms', 0, True, True),
    ('Server CPU per delivery', 'delivery_cpu', 'µs', 1, True, True),
    ('Memory per idle client', 'memory', 'KiB', 1, True, False),
    ('Log-ins', 'log_ins', '/s', 0, False, False),
]


def run(options, server, measures, extra=()):
    """Run the benchmark once; returns its figures."""
    with tempfile.NamedTemporaryFile(suffix='.json') as file:
        command = [options.bench, '--server', server, '--measure', measures, *extra,
                   '--clients', str(options.clients), '--text', str(options.text), *options.small]
        print(' '.join(['earshot-bench', *command[1:]]), file=sys.stderr)
        if options.directory:
            command += ['--directory', options.directory]
        subprocess.run([*command, '--json', file.name], check=True, stdout=subprocess.DEVNULL)
        return json.load(file)


def take_turns(options):
    """Run everything as often as asked; returns the medians, {name of a run: {key: figure}}."""
    runs = {name: (name, SIDE_BY_SIDE, []) for name in options.servers}
    if not options.only_compare:
        runs.update((name, ('earshot', *own)) for name, own in OWN.items())
    results = {name: [] for name in runs}
    for _ in range(options.turns):
        for name, arguments in runs.items():
            results[name].append(run(options, *arguments))
    return {name: {key: statistics.median(figures[key] for figures in turns)
                   for key, value in turns[0].items() if isinstance(value, float)}
            for name, turns in results.items()}


def get_machine():
    with open('/proc/cpuinfo', encoding='utf-8') as cpuinfo:
        model = next((line.split(':', 1)[1].strip() for line in cpuinfo if line.startswith('model name')), '?')
    return f'{os.cpu_count()} cores of {model}, Linux {platform.release()}'


def print_row(*cells):
    print('| ' + ' | '.join(cells) + ' |')


def get_command(measures, extra=()):
    """How the documentation names it: B stands for earshot-bench --measure."""
    return '`' + ' '.join(['B', measures, *extra]) + '`'


def print_comparison(medians, servers):
    print_row('figure', *(SERVERS[name] for name in servers), 'command')
    print('|---|' + '---:|' * len(servers) + '---|')
    for key, what, unit, digits, measures in FIGURES:
        print_row(what, *(f'{medians[name][key]:,.{digits}f} {unit}' for name in servers), get_command(measures))


def print_own(medians, n_clients):
    print('\n| earshotd alone | | command |')
    print('|---|---:|---|')
    for name, view in VIEWS.items():
        figures, command = medians[name], get_command('log-in,churn', OWN[name][1])
        print_row(f'churn, {figures["churn_rate"]:.0f} clients/s coming and going, each watching {view}: CPU',
                  f'{figures["churn_cpu"]:.0f} % of a core', command)
        print_row('… bytes to all clients', f'{figures["churn_bytes"]:.1f} MiB/s', command)
    parts = ', '.join(f'{n_clients // part:,}' for part in (9, 3, 1))
    for name in 'watch-100', 'watch-500':
        sizes = ', '.join(f'{medians[name][f"bytes_{i}"]:.1f}' for i in (1, 2, 3))
        print_row(f'bytes to each while {parts} log in one after the other, each watching {VIEWS[name]}',
                  f'{sizes} KiB', get_command('bytes', OWN[name][1]))
    figures, command = medians['watch-500'], get_command('watching', OWN['watch-500'][1])
    print_row('log-ins, each watching the first 500', f'{figures["watching_log_ins"]:,.0f} /s', command)
    print_row('… server CPU per log-in', f'{figures["watching_cpu"]:,.0f} µs', command)
    print_row('… memory per idle client', f'{figures["watching_memory"]:.1f} KiB', command)
    accounts = medians['accounts']
    print_row('sign-ups on the disk, 200 at once', f'{accounts["signups"]:,.0f} /s', get_command('sign-up'))
    print_row('start with all accounts', f'{accounts["load"]:.2f} s', get_command('accounts'))
    print_row('memory per account', f'{accounts["account_memory"]:.0f} bytes', get_command('accounts'))


def print_verdict(what, measured, reached, command):
    print_row(what, measured, 'reached' if reached else 'not reached', command)


def judge_ratios(medians):
    for key, other, bound, upper in TARGETS:
        if other in medians:
            what, command = next((figure[1], get_command(figure[-1])) for figure in FIGURES if figure[0] == key)
            ratio = medians['earshot'][key] / medians[other][key]
            print_verdict(f'{what}, to {SERVERS[other]}: {"≤" if upper else "≥"} {bound} ×', f'{ratio:.2f} ×',
                          ratio <= bound if upper else ratio >= bound, command)
    memory = medians['earshot']['memory']
    print_verdict('memory per idle client: ≤ 18 KiB', f'{memory:.1f} KiB', memory <= 18, get_command('log-in'))


def judge_own(medians):
    """A server that lets fewer come and go than asked has not reached what was asked. Three times as
    many clients get a little more than three times as many bytes: they take longer, and each tick has a line."""
    for name, view in VIEWS.items():
        rate, cpu = medians[name]['churn_rate'], medians[name]['churn_cpu']
        print_verdict(f'churn, 100 clients/s coming and going, each watching {view}: < 50 % of a core',
                      f'{cpu:.0f} % at {rate:.0f}/s', cpu < 50 and rate > 98,
                      get_command('log-in,churn', OWN[name][1]))
    for name in 'watch-100', 'watch-500':
        growth = medians[name]['bytes_3'] / medians[name]['bytes_2'] * 3
        print_verdict(f'bytes to all while all log in, each watching {VIEWS[name]}, to those while a third does: '
                      '≤ 4 × (3 is linear, 9 square)', f'{growth:.2f} ×', growth <= 4,
                      get_command('bytes', OWN[name][1]))
    accounts = medians['accounts']
    print_verdict('sign-ups on the disk, 200 at once: ≥ 5,000/s', f'{accounts["signups"]:,.0f} /s',
                  accounts['signups'] >= 5000, get_command('sign-up'))
    print_verdict('1,000,000 accounts: loaded in < 2 s', f'{accounts["load"]:.2f} s', accounts['load'] < 2,
                  get_command('accounts'))
    print_verdict('1,000,000 accounts: ≤ 300 bytes each', f'{accounts["account_memory"]:.0f} bytes',
                  accounts['account_memory'] <= 300, get_command('accounts'))


def print_verdicts(options, medians):
    print('\n| to reach | measured | | command |')
    print('|---|---:|---|---|')
    judge_ratios(medians)
    if not options.only_compare:
        judge_own(medians)


def draw(options, medians):
    """Smaller runs don't replace the picture of the documentation."""
    documented = all(vars(options)[name] == value for name, value in DOCUMENTED.items())
    path = options.chart or (DOCUMENTED_CHART if documented and options.servers == list(SERVERS) else
                             os.path.join(os.path.dirname(options.bench), 'benchmark.svg'))
    panels = [(title, 'less is better' if less else 'more is better',
               [(SERVERS[name], medians[name][key], name == 'earshot') for name in options.servers
                if floor or name != 'floor'], unit, digits)
              for title, key, unit, digits, less, floor in PANELS]
    write_chart(path, f'{options.clients:,} clients, a broadcast of {options.text} bytes, server and load on the same '
                f'{os.cpu_count()} cores', 'earshotd beside other servers', panels)
    print(f'The chart is {os.path.normpath(path)}', file=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(prog='compare', description='Measure earshotd beside what people would use '
                                                                 'instead.')
    parser.add_argument('--clients', type=int, default=DOCUMENTED['clients'], help='how many (9000)')
    parser.add_argument('--turns', type=int, default=DOCUMENTED['turns'], help='of each run (5)')
    parser.add_argument('--text', type=int, default=DOCUMENTED['text'], help='size of a broadcast in bytes (200)')
    parser.add_argument('--servers', type=lambda names: names.split(','), default=list(SERVERS),
                        help='names with commas between them (earshot,nats,mosquitto,floor)')
    parser.add_argument('--only-compare', action='store_true', help='leave out what only earshotd does')
    parser.add_argument('--directory', help='the servers write below it (/var/tmp)')
    parser.add_argument('--chart', help='where the chart goes')
    parser.add_argument('--bench', required=True, help=argparse.SUPPRESS)
    parser.add_argument('small', nargs='*', help=argparse.SUPPRESS)  # options of earshot-bench, after --
    options = parser.parse_args()
    if 'earshot' not in options.servers or not set(options.servers) <= set(SERVERS):
        parser.error(f'--servers: earshot, and some of {", ".join(SERVERS)}')
    return options


def main():
    options = parse()
    medians = take_turns(options)
    print(f'{get_machine()}, {options.clients} clients, medians of {options.turns} turns.\n')
    print_comparison(medians, options.servers)
    if not options.only_compare:
        print_own(medians, options.clients)
    print_verdicts(options, medians)
    draw(options, medians)


if __name__ == '__main__':
    main()
