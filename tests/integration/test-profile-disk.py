#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile on a disk that is full or read-only, at its first start and later, with the real programs: one sentence that
names the file and the reason, and nothing that was there is lost. Small disks can be mounted only by root."""

import atexit
import os
import re
import sqlite3
import subprocess
import tempfile
from contextlib import closing

import tap

_cleanups = []


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def clean_up():
    while _cleanups:
        _cleanups.pop()()


def make_directory():
    directory = tempfile.mkdtemp(prefix='earshot-disk-')
    _cleanups.append(lambda: run('rm', '-r', directory))
    return directory


class Disk:
    def __init__(self):
        self.directory = make_directory()
        run('mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', self.directory)
        _cleanups.append(lambda: run('umount', self.directory))

    def fill(self):
        with open(os.path.join(self.directory, 'filler'), 'wb', buffering=0) as file:
            try:
                while file.write(bytes(512)):
                    pass
            except OSError:
                pass

    def make_room(self):
        os.unlink(os.path.join(self.directory, 'filler'))

    def set_writable(self, writable):
        run('mount', '-o', 'remount,rw' if writable else 'remount,ro', self.directory)


class Scene:
    """A server, alice, whose profile is on a small disk, and bob, who listens."""

    def __init__(self):
        self.server = self.start(os.environ['EARSHOTD'], '--listen', '127.0.0.1', '--port', '0', '--iterations',
                                 '100000', '--data-dir', make_directory())
        self.link = [self.server.stdout.readline() for _ in range(3)][-1].split()[-1]
        self.disk = Disk()
        self.homes = {'alice': self.disk.directory, 'bob': make_directory()}
        self.expect('bob', 0, '', '--user', 'bob', 'signup')
        bob = self.start(*self.command('--accept', 'all', 'listen'), env=self.environment('bob'))
        while 'listening' not in (line := bob.stdout.readline()):
            assert line, 'bob does not listen'

    def start(self, *command, **options):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True, **options)

        def end():
            process.terminate()
            process.wait(30)

        _cleanups.append(end)
        return process

    def command(self, *arguments):
        return [os.environ['EARSHOT_CLI'], '--server', self.link, *arguments]

    def environment(self, user):
        return dict(os.environ, XDG_DATA_HOME=self.homes[user], EARSHOT_PASSWORD='Tr4vel-light-brick',
                    LC_ALL='C.UTF-8')

    def expect(self, user, status, sentence, *arguments):
        """Runs a command that says one line, which is to match."""
        process = subprocess.run(self.command(*arguments), env=self.environment(user), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        said = process.stdout.strip()
        assert process.returncode == status, f'{arguments}: status {process.returncode}: {said}'
        assert status == 0 or '\n' not in said, said
        assert re.search(sentence, said), f'{arguments}: {said}'

    def expect_refused(self, sentence, *arguments):
        self.expect('alice', 1, f'{self.disk.directory}/.*{sentence}', *arguments)

    def send(self, text):
        self.expect('alice', 0, '', 'send', 'bob', text)

    def assert_all_there(self, *texts):
        path = os.path.join(self.disk.directory, 'earshot/default/history.db')
        with closing(sqlite3.connect(path)) as database:
            assert database.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
            found = [row[0] for row in database.execute('SELECT text FROM message ORDER BY rowid')]
        assert found == list(texts), found


def full_at_the_first_start():
    scene = Scene()
    scene.disk.fill()
    scene.expect_refused('No space left on device', '--user', 'alice', 'signup')
    scene.disk.make_room()
    scene.expect('alice', 0, 'Signed up', '--user', 'alice', 'signup')
    scene.send('one')
    scene.assert_all_there('one')


def full_later():
    scene = Scene()
    scene.expect('alice', 0, 'Signed up', '--user', 'alice', 'signup')
    scene.send('one')
    scene.disk.fill()
    scene.expect_refused('the disk is full', 'send', 'bob', 'lost?')
    scene.expect_refused('the disk is full', 'users')
    scene.disk.make_room()
    scene.send('two')
    scene.assert_all_there('one', 'two')


def read_only_at_the_first_start():
    scene = Scene()
    scene.disk.set_writable(False)
    scene.expect_refused('Read-only file system', '--user', 'alice', 'signup')
    scene.disk.set_writable(True)
    scene.expect('alice', 0, 'Signed up', '--user', 'alice', 'signup')


def read_only_later():
    scene = Scene()
    scene.expect('alice', 0, 'Signed up', '--user', 'alice', 'signup')
    scene.send('one')
    scene.disk.set_writable(False)
    scene.expect_refused('Read-only file system', 'send', 'bob', 'lost?')
    scene.disk.set_writable(True)
    scene.send('two')
    scene.assert_all_there('one', 'two')


def can_mount():
    try:
        Disk()
        return True
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        clean_up()


def main():
    atexit.register(clean_up)
    if not can_mount():
        print('1..0 # SKIP a small disk can be mounted only by root')
        return
    tap.run('profile-disk',
            [full_at_the_first_start, full_later, read_only_at_the_first_start, read_only_later], clean_up)


main()
