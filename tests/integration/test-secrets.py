#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where secrets must not be: two people sign up, fail to log in, talk and broadcast with the real programs, as talkative
as they can be; then passwords, keys and texts are looked for in logs, command lines, environments and files, and the
modes of all files are looked at. No program may write a core file."""

import atexit
import base64
import csv
import os
import resource
import shutil
import signal
import stat
import subprocess
import tempfile

import tap

PASSWORD = 'Tr4vel-light-brick'
WRONG = 'Tr4vel-heavy-brick'
CHAT = 'the skylark is for bob alone'
BROADCAST = 'the nightingale is for everybody'

_cleanups = []


def find_user():
    """Root's programs run as a user that owns nothing, when that user can reach them."""
    if os.geteuid() != 0:
        return None
    try:
        subprocess.run([os.environ['EARSHOTD'], '--version'], user=65534, stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return 65534


USER = find_user()


def clean_up():
    while _cleanups:
        _cleanups.pop()()


def make_directory():
    directory = tempfile.mkdtemp(prefix='earshot-secrets-')
    _cleanups.append(lambda: shutil.rmtree(directory))
    if USER is not None:
        os.chown(directory, USER, USER)
    return directory


def make_environment(home):
    """In which programs say all they can."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(('XDG_', 'EARSHOT'))}
    return dict(environment, LC_ALL='C.UTF-8', G_MESSAGES_DEBUG='all', HOME=home, XDG_DATA_HOME=home)


def start(*command, **options):
    """Starts a program that makes files for everybody and core files, unless it takes care itself."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    process = subprocess.Popen(command, umask=0, user=USER,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)), **options)

    def end():
        if process.poll() is None:
            process.kill()
        process.wait(60)

    _cleanups.append(end)
    return process


class Scene:
    """A server, alice, who has said all she had to, and bob, who listens."""

    def __init__(self):
        self.directory = make_directory()
        self.log = open(os.path.join(make_directory(), 'log'), 'ab')
        _cleanups.append(self.log.close)
        self.server = start(os.environ['EARSHOTD'], '--listen', '127.0.0.1', '--port', '0', '--iterations', '100000',
                            '--data-dir', self.directory, '--verbose', stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=self.log, env=make_environment(self.directory))
        self.link = [self.server.stdout.readline() for _ in range(3)][-1].split()[-1].decode()
        self.homes = {user: make_directory() for user in ('alice', 'bob')}
        for user in self.homes:
            self.run(user, '--user', user, 'signup')
        self.run('alice', 'users', password=WRONG, status=4)
        self.bob = self.start('bob', '--accept', 'all', 'listen', stdout=subprocess.PIPE)
        while b'listening' not in (line := self.bob.stdout.readline()):
            assert line, 'bob does not listen'
        self.run('alice', 'broadcast', BROADCAST)
        self.run('alice', 'send', 'bob', CHAT)
        while CHAT.encode() not in (line := self.bob.stdout.readline()):
            assert line, 'bob heard nothing'

    def start(self, user, *arguments, password=PASSWORD, **options):
        environment = dict(make_environment(self.homes[user]), EARSHOT_PASSWORD=password)
        return start(os.environ['EARSHOT_CLI'], '--server', self.link, *arguments, stdin=subprocess.DEVNULL,
                     stderr=self.log, env=environment, **options)

    def run(self, *arguments, status=0, **options):
        process = self.start(*arguments, stdout=subprocess.DEVNULL, **options)
        assert process.wait(30) == status, f'{arguments}: {process.returncode}'

    def read_log(self):
        with open(self.log.name, 'rb') as log:  # to read leaves the place alone at which the others write
            return log.read()

    def get_keys(self):
        """Each key by its name, in bytes."""
        keys = {'server secret': read(self.directory, 'secret')}
        for home in self.directory, *self.homes.values():
            for directory, _, files in os.walk(home):
                if 'identity.pem' in files:
                    pem = read(directory, 'identity.pem').decode()
                    body = ''.join(pem.split('-----BEGIN PRIVATE KEY-----')[1].split('-----END')[0].split())
                    keys[f'key in {directory}'] = base64.b64decode(body)[-32:]
        with open(os.path.join(self.directory, 'users.csv'), encoding='utf-8', newline='') as file:
            for row in list(csv.reader(file))[1:]:
                for column in 4, 5:
                    keys[f'{row[0]}, column {column}'] = base64.b64decode(row[column])
        assert len(keys) == 1 + 3 + 4, keys.keys()
        return keys


def read(directory, name):
    with open(os.path.join(directory, name), 'rb') as file:
        return file.read()


def assert_not_in(name, secret, where, haystack):
    """Neither as it is nor in hexadecimal, nor in base64, wherever it begins there."""
    assert len(secret) >= 12
    forms = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    forms += [base64.b64encode(bytes(skip) + secret)[8:-4] for skip in range(3)]
    for form in forms:
        assert form not in haystack, f'{name} is in {where}'


def nothing_is_logged():
    scene = Scene()
    log = scene.read_log()
    for proof in b'signed-up user=alice', b'login-failed user=alice', b'logged-in user=bob':
        assert proof in log, f'the log does not say {proof}: {log.decode(errors="replace")[:2000]}'
    for name, secret in scene.get_keys().items():
        assert_not_in(name, secret, 'the log', log)
    for secret in PASSWORD, WRONG, CHAT, BROADCAST:
        assert_not_in(secret, secret.encode(), 'the log', log)


def nothing_is_in_proc():
    scene = Scene()
    for process in scene.server, scene.bob:
        for name in 'cmdline', 'environ':
            try:
                text = read(f'/proc/{process.pid}', name)
            except PermissionError:
                continue  # better still
            assert b'earshot' in text
            for key, secret in scene.get_keys().items():
                assert_not_in(key, secret, name, text)
            assert_not_in('the password', PASSWORD.encode(), name, text)


def files_are_private():
    scene = Scene()
    n_files = 0
    for home in scene.directory, *scene.homes.values():
        for directory, _, files in os.walk(home):
            for path in [directory, *(os.path.join(directory, file) for file in files)]:
                mode = os.lstat(path).st_mode
                n_files += 1
                assert mode & 0o077 == 0 or stat.S_ISDIR(mode) and path in (home, os.path.dirname(directory)), \
                    f'{path} has the mode {mode:o}'
    assert n_files >= 15, n_files


def files_tell_only_what_they_must():
    scene = Scene()
    for home in scene.directory, *scene.homes.values():
        for directory, _, files in os.walk(home):
            for file in files:
                if not stat.S_ISREG(os.lstat(os.path.join(directory, file)).st_mode):
                    continue
                text = read(directory, file)
                assert_not_in('the password', PASSWORD.encode(), file, text)
                assert_not_in('the wrong password', WRONG.encode(), file, text)
                if home == scene.directory:
                    assert_not_in('a chat', CHAT.encode(), file, text)
                for name, secret in scene.get_keys().items():
                    if file not in ('identity.pem', 'users.csv', 'secret'):
                        assert_not_in(name, secret, file, text)


def no_core_files():
    scene = Scene()
    for process in scene.server, scene.bob:
        if USER is not None or os.geteuid() != 0:  # what cannot be dumped belongs to root
            assert os.stat(f'/proc/{process.pid}/environ').st_uid == 0, 'may be dumped'
    for line in read(f'/proc/{scene.server.pid}', 'limits').decode().splitlines():
        if line.startswith('Max core file size'):
            assert line.split()[4:6] == ['0', '0'], line
    os.kill(scene.server.pid, signal.SIGABRT)
    _, status = os.waitpid(scene.server.pid, 0)
    assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status), f'status {status}'


def main():
    atexit.register(clean_up)
    tap.run('secrets', [nothing_is_logged, nothing_is_in_proc, files_are_private, files_tell_only_what_they_must,
                        no_core_files], clean_up)


main()
