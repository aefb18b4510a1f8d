#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others write, on the terminal of who listens: no byte acts there, and no line poses as another event, with --json
and without."""

import json
import re
import unicodedata

import people
import tap
from people import Person, Server

# As far as the protocol lets it pass: events, a terminal's tab, and characters that turn, hide or are nothing.
TEXT = ('first\n* carol: connected directly, encrypted\n! carol to everybody: fire\n+ carol\n'
        '{"event":"message","user":"carol","text":"me"}\n\ttab \\ \u202eright\u202c \u2066\u200b\ufeff\u061c last')
NAME = '* carol (carol) would like to chat. !'
# What does not pass: the sender is told.
REFUSED = ('\x1b[2J', 'a\rb', 'a\x85b', 'a\u2028b', 'a\u2029b', '\x7f', '\x9b2J', '\uffff', '\x08')


def assert_harmless(said):
    """Only newlines act; what can't be seen is spelt out."""
    bad = {character for character in said.decode()
           if character != '\n' and unicodedata.category(character)[0] in 'CZ' and character != ' '}
    assert not bad, f'{bad} in {said}'


def assert_events(said, *forms):
    """Each line is one of the forms, or set in."""
    for line in said.decode().splitlines():
        assert re.match('|'.join((*forms, '    ')), line), f'{line!r} in {said}'


def assert_json(said, **values):
    """With --json the lines about events are objects, in which the text is whole."""
    assert all(json.loads(line) for line in said.splitlines() if line.startswith(b'{'))
    assert said.isascii(), said
    people.find_event(said, **values)


ASKED = r'\* bob \(\* carol \(carol\) would like to chat\. !\) would like to chat\. '
EVENTS = ('bob: first$', r'! bob to everybody: first$', ASKED, r'\* bob: connected', r'\* bob ended', r'\* listening as',
          'Logged in as', 'Type: accept bob')


def make_bob(server):
    return Person(server, 'bob', '--name', NAME)


def listening():
    server = Server()
    bob = make_bob(server)
    plain, scripted = Person(server, 'plain'), Person(server, 'json')
    terminal = plain.start('--accept', 'all', 'listen')
    script = scripted.start('--accept', 'all', '--json', 'listen')
    for user in 'plain', 'json':
        bob.run(0, 'send', user, TEXT)
    bob.run(0, 'broadcast', TEXT)
    terminal.wait_for('! bob to everybody')
    script.wait_for('"broadcast"')
    said = terminal.end()
    assert_harmless(said)
    assert_events(said, *EVENTS)
    said = script.end()
    assert_json(said, event='message', user='bob', text=TEXT)
    assert_json(said, event='broadcast', user='bob', text=TEXT)
    assert_json(said, event='asked', name=NAME)


def in_the_shell():
    server = Server()
    bob = make_bob(server)
    carol = Person(server, 'carol', '--name', NAME)
    carol.start('listen')
    for options in (), ('--json',):
        person = Person(server, 'json' if options else 'plain')
        shell = person.start(*options, 'shell', ready='Logged in')
        sending = people.Running(*bob.command('send', person.user, TEXT), env=bob.environment)
        shell.wait_for('Type: accept bob')
        shell.type('accept bob')
        sending.wait_for('has received it')
        sending.end()
        shell.type('users')
        shell.wait_for('127.0.0.1')
        said = shell.end()
        if options:
            assert_json(said, event='message', user='bob', text=TEXT)
            assert_json(said, event='user', user='carol', name=NAME)
        else:
            assert_harmless(said)
            assert_events(said, *EVENTS, 'carol  ')


def in_the_list():
    server = Server()
    bob = make_bob(server)
    bob.start('listen')
    person = Person(server, 'ann')
    said = person.run(0, 'users').encode()
    assert_harmless(said)
    assert_events(said, 'bob  ')
    assert_json(person.run(0, '--json', '--long', 'users').encode(), event='user', user='bob', name=NAME)


def what_acts_is_not_sent():
    server = Server()
    bob, ann = make_bob(server), Person(server, 'ann')
    running = ann.start('--accept', 'all', 'listen')
    for text in REFUSED:
        bob.run(2, 'send', 'ann', text)
        bob.run(2, 'broadcast', text)
    assert_events(running.end(), r'\* listening as')


tap.run('cli-output', [listening, in_the_shell, in_the_list, what_acts_is_not_sent], people.clean_up)
