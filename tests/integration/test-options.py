#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of the real programs with what it can't use: a sentence on standard error, an exit status, and nothing is
made. A file may be a directory, a device, a pipe, empty, or none."""

import os
import re
import subprocess

import people
import tap

EARSHOTD, EARSHOT_CLI = os.environ['EARSHOTD'], os.environ['EARSHOT_CLI']


class Place:
    """Where a program runs that should leave nothing behind."""

    def __init__(self):
        self.home = people.make_directory()
        self.things = people.make_directory()
        self.write('empty', '')
        self.write('password', people.PASSWORD)
        self.write('bad.conf', '[server]\nport=65536\n')
        self.write('odd.conf', '[server]\nno-such-thing=1\n')
        self.write('no.conf', 'port=4400\n')
        self.write('file', 'x')
        os.mkdir(self.path('directory'))

    def path(self, name):
        return os.path.join(self.things, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def run(self, program, arguments, **options):
        environment = dict(os.environ, HOME=self.home, XDG_DATA_HOME=self.home, LC_ALL='C.UTF-8', **options)
        return subprocess.run([program, *(argument.replace('@', self.things + '/') for argument in arguments)],
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=people.PATIENCE)

    def refuses(self, program, status, sentence, *arguments, **options):
        before = sorted(os.listdir(self.things))
        process = self.run(program, arguments, **options)
        said = process.stderr.strip()
        case = f'{arguments}: status {process.returncode}: {process.stdout}{said}'
        assert process.returncode == status, case
        assert re.search(sentence, said) and '\n' not in said, case
        assert process.stdout == '' and 'CRITICAL' not in said, case
        assert os.listdir(self.home) == [] and sorted(os.listdir(self.things)) == before, f'{case}: something was made'


def command_line():
    place = Place()
    file = ('--user', 'alice', '--password-file')
    for status, sentence, *arguments in (
            (2, 'Usage'),
            (2, 'Usage', 'no-such-command'),
            (2, 'Usage', 'send', 'bob'),
            (2, 'Usage', 'users', 'too', 'many'),
            (2, 'Unknown option --no-such-option', '--no-such-option'),
            (2, 'Missing argument', 'users', '--server'),
            (2, 'port', '--port', '-1', 'listen'),
            (2, 'port', '--port', '65536', 'listen'),
            (2, 'ack-timeout', '--ack-timeout', '0', 'listen'),
            (2, 'ack-timeout', '--ack-timeout', '86401', 'listen'),
            (2, 'port', '--port', '99999999999', 'listen'),
            (2, 'port', '--port', 'http', 'listen'),
            (2, 'ask, all or contacts', '--accept', 'nobody', 'listen'),
            (2, 'ask, all or contacts', '--accept', '', 'listen'),
            *((2, 'name of a profile', '--profile', name, 'users')
              for name in ('../x', 'a/b', '', '.', '..', '.x', 'x' * 65, 'a b', 'ä', '/tmp/x')),
            *((2, '--user', '--user', name, 'users') for name in ('', 'Alice', '../x', 'a b', 'x' * 33, '1a')),
            *((2, '--name', '--user', 'alice', '--name', name, 'signup')
              for name in ('', ' x', 'a\nb', '\x1b[31m', 'x' * 65)),
            *((2, '.', *file, '@password', '--server', name, 'users')
              for name in ('', ':', 'host:0', 'host:65536', 'host:x', 'a b', 'earshot://', 'http://host', 'host/path')),
            (2, '@none', *file, '@none', 'users'),
            (2, '@directory', *file, '@directory', 'users'),
            (2, '@empty holds no password', *file, '@empty', 'users'),
            (2, 'holds no password|/dev/null', *file, '/dev/null', 'users'),
            (2, 'no password was given', '--user', 'alice', 'users')):
        place.refuses(EARSHOT_CLI, status, sentence.replace('@', '/'), *arguments)
    assert place.run(EARSHOT_CLI, ['--version']).stdout.startswith('earshot-cli ')


def server():
    place = Place()
    new = ('--data-dir', '@new')
    for sentence, *arguments in (
            ('Unknown option --no-such-option', '--no-such-option'),
            ('port: “65536”', *new, '--port', '65536'),
            ('port: “-1”', *new, '--port', '-1'),
            ('port: “”', *new, '--port', ''),
            ('port: “x”', *new, '--port=x'),
            ('listen: “localhost”', *new, '--listen', 'localhost'),
            ('listen: “fe80::1%lo”', *new, '--listen', 'fe80::1%lo'),
            ('name: ', *new, '--name', ''),
            ('name: ', *new, '--name', 'a\tb'),
            ('signup: “maybe”', *new, '--signup', 'maybe'),
            ('iterations: “1”', *new, '--iterations', '1'),
            ('signups-per-hour: “0”', *new, '--signups-per-hour', '0'),
            ('signups-per-address: “-1”', *new, '--signups-per-address', '-1'),
            ('max-strangers: “1e3”', *new, '--max-strangers', '1e3'),
            ('max-per-address: “1000001”', *new, '--max-per-address', '1000001'),
            ('data-dir: “”', '--data-dir', ''),
            ('none', *new, '--config', '@none'),
            ('directory', *new, '--config', '@directory'),
            ('.', *new, '--config', '@empty'),
            ('.', *new, '--config', '@no.conf'),
            ('port: “65536”', *new, '--config', '@bad.conf'),
            ('no-such-thing', *new, '--config', '@odd.conf')):
        place.refuses(EARSHOTD, 64, sentence, *arguments)
    place.refuses(EARSHOTD, 77, 'file cannot be used', '--data-dir', '@file', '--port', '0')
    assert place.run(EARSHOTD, ['--version']).stdout.startswith('earshotd ')


def operator():
    place = Place()
    for sentence, *arguments in (
            ('.', 'no-such-command'),
            ('.', 'user'),
            ('.', 'user', 'add'),
            ('.', 'user', 'rename', 'ann'),
            ('.', 'user', 'add', 'ann', '--password-file', '@none'),
            ('.', 'user', 'add', 'ann', '--password-file', '@directory'),
            ('.', 'user', 'add', 'ann', '--password-file', '@empty'),
            ('.', 'user', 'add', '../x', '--password-file', '@password'),
            ('.', 'user', 'set-admin', 'ann', 'perhaps'),
            ('.', 'broadcast', 'policy', 'nobody'),
            ('.', 'invite', '--days', '0'),
            ('.', 'invite', 'revoke', '../x'),
            ('.', 'import'),
            ('.', 'import', '@none'),
            ('.', 'import', '@directory')):
        process = place.run(EARSHOTD, ['--data-dir', '@new', *arguments])
        case = f'{arguments}: status {process.returncode}: {process.stdout}{process.stderr}'
        assert process.returncode != 0 and process.stderr.strip() != '' and 'CRITICAL' not in process.stderr, case
        accounts = place.path('new/users.csv')
        assert not os.path.exists(accounts) or open(accounts, encoding='utf-8').read().count('\n') <= 1, case


def a_pipe_is_a_file():
    """One that a shell makes of another program's output; without a writer it is waited for, as everywhere."""
    place = Place()
    os.mkfifo(place.path('pipe'))
    waiting = people.Running(EARSHOT_CLI, '--user', 'alice', '--password-file', place.path('pipe'), 'users',
                             env=dict(os.environ, XDG_DATA_HOME=place.home))
    writer = os.open(place.path('pipe'), os.O_WRONLY)
    os.write(writer, b'\n')
    os.close(writer)
    waiting.wait_for('holds no password')
    waiting.end()


tap.run('options', [command_line, server, operator, a_pipe_is_a_file], people.clean_up)
