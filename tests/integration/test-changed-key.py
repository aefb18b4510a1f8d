#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A contact or the server comes with another key, and the command line says so, lets nobody in for it, and trusts it only
when told which key is meant."""

import copy
import re
import signal

import people
import tap
from people import Person, Server


def get_fingerprint(said):
    return re.search('New key: +([0-9a-f]{64})', said).group(1)


def get_number(person, other):
    return re.match(r'(\d{5} ){11}\d{5}', person.run(0, 'verify', other)).group(0)


def make_pair():
    """Alice, who has chatted with bob, and bob."""
    server = Server()
    alice, bob = Person(server, 'alice'), Person(server, 'bob')
    listening = bob.start('--accept', 'all', 'listen')
    alice.run(0, 'send', 'bob', 'hello')
    listening.end()
    return alice, bob


def is_shown_and_lets_nobody_in():
    alice, bob = make_pair()
    listening = alice.start('--accept', 'contacts', '--json', 'listen')
    bob.run(0, 'send', 'alice', 'it is me')
    assert people.find_event(listening.end(), event='asked')['key_changed'] is False
    bob.change_key()
    listening = alice.start('--accept', 'contacts', '--json', 'listen')
    bob.run(7, 'send', 'alice', 'let me in')
    said = listening.end()
    asked = people.find_event(said, event='asked', user='bob', key_changed=True)
    assert asked['fingerprint'] == get_fingerprint(said.decode())
    assert b'The key of bob has changed.' in said
    assert b'let me in' not in said

    listening = alice.start('--accept', 'all', '--json', 'listen')
    bob.run(0, 'send', 'alice', 'for all')
    people.find_event(listening.end(), event='message', text='for all', key_changed=True)
    listening = alice.start('--accept', 'all', 'listen')
    bob.run(0, 'send', 'alice', 'hear me')
    said = listening.end()
    assert b'bob (with another key): hear me\n' in said, said
    listening = alice.start('listen')
    calling = bob.start('chat', 'alice', ready='waiting')
    listening.wait_for('The key of bob has changed.')
    listening.type('yes bob')
    calling.wait_for('connected')
    calling.type('asked for')
    listening.wait_for('bob (with another key): asked for')


def impersonate(person):
    """Somebody who logs in as that person, with a key of their own."""
    other = copy.copy(person)
    other.home = people.make_directory()
    other.environment = dict(person.environment, XDG_DATA_HOME=other.home)
    return other


def is_not_let_in_unseen():
    """A request that takes the place of the one that was printed, before it is accepted."""
    for command, ready, accept in (('listen', 'listening', 'yes bob'), ('shell', 'Logged in', 'accept bob')):
        alice, bob = make_pair()
        running = alice.start(command, ready=ready)
        calling = bob.start('chat', 'alice', ready='waiting')
        running.wait_for('bob (bob) would like to chat')
        calling.process.send_signal(signal.SIGSTOP)  # or it would end with its log-in
        other = impersonate(bob).start('chat', 'alice', ready='waiting')
        running.wait_for('The key of bob has changed.')
        running.type(accept)
        running.wait_for('Not accepted: bob has asked again meanwhile, with another key.')
        running.type(accept)
        other.wait_for('connected')
        running.wait_for('* bob: connected directly, encrypted, with another key')
        calling.process.send_signal(signal.SIGCONT)


def is_trusted_when_it_is_meant():
    alice, bob = make_pair()
    before = get_number(alice, 'bob')
    bob.change_key()
    bob.start('--accept', 'all', 'listen')
    said = alice.run(11, 'send', 'bob', 'hello?')
    shown = get_fingerprint(said)
    known = re.search('Known key: ([0-9a-f]{64})', said).group(1)
    assert f'earshot-cli trust bob {shown}' in said and known != shown, said
    assert 'new key' in alice.run(0, 'verify', 'bob')
    for key in known, before, '0' * 60:
        assert 'That is not the key that bob shows' in alice.run(11, 'trust', 'bob', key)
    assert 'Say which key' in alice.run(2, 'trust', 'bob', 'yes')
    alice.run(11, 'send', 'bob', 'hello?')
    assert 'trusted\n' in alice.run(0, 'trust', 'bob', shown)
    alice.run(0, 'send', 'bob', 'hello!')
    assert 'verified' not in alice.run(0, 'verify', 'bob')


def is_compared_again_when_it_was_before():
    alice, bob = make_pair()
    assert 'trusted and verified' in alice.run(0, 'trust', 'bob', get_number(alice, 'bob'))
    assert '  verified\n' in alice.run(0, 'verify', 'bob')
    bob.change_key()
    bob.start('--accept', 'all', 'listen')
    said = alice.run(11, 'send', 'bob', 'hello?')
    assert 'earshot-cli verify bob, then: earshot-cli trust bob NUMBER' in said, said
    assert 'a fingerprint is not enough' in alice.run(11, 'trust', 'bob', get_fingerprint(said))
    alice.run(11, 'send', 'bob', 'hello?')
    number = get_number(alice, 'bob')
    assert 'trusted and verified' in alice.run(0, 'trust', 'bob', number)
    alice.run(0, 'send', 'bob', 'hello!')


def is_known_again_in_the_next_run():
    alice, bob = make_pair()
    bob.change_key()
    listening = bob.start('--accept', 'all', 'listen')
    said = alice.run(11, 'send', 'bob', 'hello?')
    pinned = re.search('Known key: ([0-9a-f]{64})', said).group(1)
    listening.end()
    assert 'The new one is known when bob is active' in alice.run(1, 'verify', 'bob')
    alice.run(6, 'trust', 'bob', '0' * 64)
    alice.run(2, 'trust', 'no/name', '0' * 64)
    shell = alice.start('shell', ready='Logged in')
    shell.type(f'trust bob {pinned}')
    shell.wait_for('The key of bob has changed since that one.')


def is_trusted_in_the_shell():
    alice, bob = make_pair()
    bob.change_key()
    bob.start('--accept', 'all', 'listen')
    shell = alice.start('shell', ready='Logged in')
    shell.type('chat bob')
    key = get_fingerprint(shell.wait_for('New key').decode())
    shell.type(f'trust bob {key}')
    shell.wait_for('* bob: trusted')
    shell.type('chat bob')
    shell.wait_for('connected directly')
    shell.type('trust bob')
    shell.wait_for('Say which key')


def a_server_is_shown_and_not_logged_in_at():
    """Both fingerprints, what it may mean, and how to go on when it is right."""
    server = Server()
    alice = Person(server, 'alice')
    server.end()
    other = Server('--port', server.address.rsplit(':', 1)[1])
    Person(other, 'bob')
    alice.server.link = server.address  # what is remembered is the address, and the key
    for _ in range(2):
        said = alice.run(11, 'users')
        assert f'Known key: {server.fingerprint}\nNew key:   {other.fingerprint}\n' in said, said
        assert 'installed anew, or somebody stands between' in said and f'--server {other.link}' in said, said
    alice.server.link = other.link
    alice.run(0, 'signup')
    alice.server.link = other.address
    alice.run(0, 'users')


tap.run('changed-key', [
    is_shown_and_lets_nobody_in,
    is_not_let_in_unseen,
    is_trusted_when_it_is_meant,
    is_compared_again_when_it_was_before,
    is_known_again_in_the_next_run,
    is_trusted_in_the_shell,
    a_server_is_shown_and_not_logged_in_at,
], people.clean_up)
