# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server and people who use the command line, each with a directory of their own. What goes on ends with
clean_up()."""

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading

PATIENCE = 60
PASSWORD = 'Tr4vel-light-brick'

_cleanups = []


def clean_up():
    while _cleanups:
        _cleanups.pop()()


def make_directory():
    directory = tempfile.mkdtemp(prefix='earshot-cli-')
    _cleanups.append(lambda: shutil.rmtree(directory))
    return directory


class Running:
    """A program that goes on; its output is read line by line, as bytes."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, **options)
        self.lines = queue.Queue()
        self.said = b''
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        _cleanups.append(self.end)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def wait_for(self, wanted):
        """The next line that holds it."""
        wanted = wanted.encode() if isinstance(wanted, str) else wanted
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                line = None
            assert line is not None, f'{wanted} did not come: {self.said}'
            self.said += line
            if wanted in line:
                return line

    def type(self, line):
        self.process.stdin.write(line.encode() + b'\n')
        self.process.stdin.flush()

    def end(self):
        """Ends it in peace; gives all that it said."""
        if self.process.stdin.closed:
            return self.said
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
        while (line := self.lines.get()) is not None:
            self.said += line
        return self.said


class Server(Running):
    def __init__(self, *options):
        super().__init__(os.environ['EARSHOTD'], '--listen', '127.0.0.1', '--port', '0', '--iterations', '100000',
                         '--data-dir', make_directory(), *options)
        self.link = self.wait_for('Link').split()[-1].decode()
        self.address, self.fingerprint = self.link.removeprefix('earshot://').replace('/', '').split('#')


class Person:
    def __init__(self, server, user, *options):
        self.server = server
        self.user = user
        self.home = make_directory()
        self.environment = dict(os.environ, XDG_DATA_HOME=self.home, EARSHOT_PASSWORD=PASSWORD, LC_ALL='C.UTF-8')
        self.run(0, *options, 'signup')

    def command(self, *arguments):
        return [os.environ['EARSHOT_CLI'], '--server', self.server.link, '--user', self.user, *arguments]

    def run(self, status, *arguments):
        """Runs a command that ends with this status; gives what it said."""
        process = subprocess.run(self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        assert process.returncode == status, f'{arguments}: status {process.returncode}: {process.stdout}'
        return process.stdout

    def start(self, *arguments, ready='listening'):
        running = Running(*self.command(*arguments), env=self.environment)
        running.wait_for(ready)
        return running

    def change_key(self):
        """As after an installation on another machine."""
        os.unlink(os.path.join(self.home, 'earshot/default/identity.pem'))


def find_event(said, **wanted):
    """The last event that has these values, among what was said with --json."""
    events = [json.loads(line) for line in said.splitlines() if line.startswith(b'{')]
    found = [event for event in events if wanted.items() <= event.items()]
    assert found, f'no {wanted} in {said}'
    return found[-1]
