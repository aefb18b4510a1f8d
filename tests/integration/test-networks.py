#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks on which not everybody can dial everybody, made of network namespaces: a server and two people, each a
machine of its own on one switch, with the real programs. Needs root, and is skipped without."""

import atexit
import itertools
import os
import shutil
import subprocess
import tempfile
import time

import tap

PASSWORD = 'Tr4vel-light-brick'
UNREACHABLE = 10  # of earshot-cli

NO_WAY_IN = '''
add table inet filter
add chain inet filter input { type filter hook input priority 0; policy accept; }
add rule inet filter input meta l4proto tcp tcp flags & (syn | ack) == syn drop
'''

_numbers = itertools.count(1)
_cleanups = []


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **options).stdout


class Namespace:
    """A network stack that is gone at the end."""

    def __init__(self):
        self.name = f'earshot-{os.getpid()}-{next(_numbers)}'
        run('ip', 'netns', 'add', self.name)
        _cleanups.append(lambda: run('ip', 'netns', 'del', self.name))
        self.run('ip', 'link', 'set', 'lo', 'up')

    def run(self, *command, **options):
        return run('ip', 'netns', 'exec', self.name, *command, **options)

    def start(self, *command, **options):
        """Starts a program that is ended, by its pid, before its network."""
        process = subprocess.Popen(['ip', 'netns', 'exec', self.name, *command], text=True, **options)

        def end():
            process.terminate()
            process.wait(60)

        _cleanups.append(end)
        return process


class Switch(Namespace):
    def __init__(self):
        super().__init__()
        self.run('ip', 'link', 'add', 'switch', 'type', 'bridge')
        self.run('ip', 'link', 'set', 'switch', 'up')


class Machine(Namespace):
    """A machine with one network card at a switch."""

    def __init__(self, switch, address):
        super().__init__()
        port = f'port{next(_numbers)}'
        run('ip', 'link', 'add', port, 'netns', switch.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', self.name)
        switch.run('ip', 'link', 'set', port, 'master', 'switch', 'up')
        # No waiting until the kernel knows that nobody else has a new IPv6 address.
        self.run('sh', '-c', 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad')
        self.run('ip', 'address', 'add', address, 'dev', 'eth0')
        self.run('ip', 'link', 'set', 'eth0', 'up')
        self.address = address.split('/')[0]

    def move(self, address):
        """Gives the machine another address in place of the one that it has."""
        self.run('ip', 'address', 'flush', 'dev', 'eth0', 'scope', 'global')
        self.run('ip', 'address', 'add', address, 'dev', 'eth0')
        self.address = address.split('/')[0]

    def let_nobody_in(self):
        """What is dialled from here works; who dials here hears nothing."""
        self.run('nft', '-f', '-', input=NO_WAY_IN)


class Server(Machine):
    def __init__(self, switch, address):
        super().__init__(switch, address)
        directory = make_directory()
        process = self.start(os.environ['EARSHOTD'], '--data-dir', directory, '--iterations', '100000',
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in process.stdout:
            if line.startswith('Fingerprint'):
                break
        host = f'[{self.address}]' if ':' in self.address else self.address
        self.link = f'earshot://{host}:4400/#{line.split()[-1]}'


class Person(Machine):
    def __init__(self, switch, address, user, server):
        super().__init__(switch, address)
        self.user, self.server = user, server
        self.environment = dict(os.environ, XDG_DATA_HOME=make_directory(), EARSHOT_PASSWORD=PASSWORD, LC_ALL='C.UTF-8')
        self.run(*self.command('--user', user, 'signup'), env=self.environment)

    def command(self, *arguments):
        return [os.environ['EARSHOT_CLI'], '--server', self.server.link, *arguments]

    def listen(self):
        process = self.start(*self.command('--accept', 'all', 'listen'), env=self.environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in process.stdout:
            if 'listening' in line:
                return process
        raise AssertionError('nobody listens')

    def expect_place(self, user, address):
        """Waits until the server says that somebody is there, sooner than it misses a silent client."""
        deadline = time.monotonic() + 25
        while f' {address}:' not in self.run(*self.command('users', '--long'), env=self.environment):
            assert time.monotonic() < deadline, f'{user} is not at {address}'

    def send(self, user, text):
        """Gives the exit status, and what was said."""
        process = subprocess.run(['ip', 'netns', 'exec', self.name, *self.command('send', user, text)],
                                 env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return process.returncode, process.stdout


def make_directory():
    directory = tempfile.mkdtemp(prefix='earshot-networks-')
    _cleanups.append(lambda: shutil.rmtree(directory))
    return directory


def make_people(prefix='10.9.8.', mask='/24'):
    switch = Switch()
    server = Server(switch, f'{prefix}1{mask}')
    return [Person(switch, f'{prefix}{number}{mask}', user, server) for number, user in ((2, 'alice'), (3, 'bob'))]


def expect_received(alice, bob, text='Can you hear me?', listening=None):
    listening = listening or bob.listen()
    status, said = alice.send('bob', text)
    assert status == 0, f'status {status}: {said}'
    for line in listening.stdout:
        if f'alice: {text}' in line:
            return
    raise AssertionError(f'bob never read: {text}')


def everybody_can_dial():
    expect_received(*make_people())


def only_ipv6():
    expect_received(*make_people('fd00:e:a::', '/64'))


def the_asked_one_dials_back():
    alice, bob = make_people()
    bob.let_nobody_in()
    expect_received(alice, bob)


def the_asker_is_closed():
    alice, bob = make_people()
    alice.let_nobody_in()
    expect_received(alice, bob)


def an_address_changes():
    alice, bob = make_people()
    listening = bob.listen()
    expect_received(alice, bob, 'Where are you?', listening)
    bob.move('10.9.8.33/24')
    alice.expect_place('bob', '10.9.8.33')
    expect_received(alice, bob, 'And now?', listening)
    alice.move('10.9.8.22/24')
    expect_received(alice, bob, 'I have moved, too.', listening)


def nobody_can_dial():
    alice, bob = make_people()
    alice.let_nobody_in()
    bob.let_nobody_in()
    bob.listen()
    status, said = alice.send('bob', 'Can you hear me?')
    assert status == UNREACHABLE, f'status {status}: {said}'
    assert 'directly' in said, said


def can_make_networks():
    try:
        Machine(Switch(), '10.9.8.1/24').let_nobody_in()
        return True
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        clean_up()


def clean_up():
    while _cleanups:
        _cleanups.pop()()


def main():
    tests = [everybody_can_dial, only_ipv6, the_asked_one_dials_back, the_asker_is_closed, nobody_can_dial,
             an_address_changes]
    atexit.register(clean_up)
    if not can_make_networks():
        print('1..0 # SKIP network namespaces need root, iproute2 and nftables')
        return
    tap.run('networks', tests, clean_up)


main()
