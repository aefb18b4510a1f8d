#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person decides about another one: whom to let in unasked, whom to block, whom to forget."""

import re

import harness
from harness import App, Server

server = Server()
people = {}


def open_app(user):
    app = people[user] = App(user, '--server', server.address)
    app.sign_up(user)
    app.find('Earshot', 'frame')


def end_chat(app, other):
    app.press('Chat Menu')
    app.press_in_popover('End Chat', 'menu item')
    other.gone('direct, encrypted')
    app.gone('direct, encrypted')


def is_asked_once():
    open_app('alice')
    open_app('bob')
    alice, bob = people['alice'], people['bob']
    alice.point(alice.find('bob', 'list item'))
    bob.press('Always accept from alice', 'check box')
    bob.click('Accept', 'push button')
    alice.find('direct, encrypted')
    bob.find('direct, encrypted')


def is_not_asked_again():
    alice, bob = people['alice'], people['bob']
    end_chat(alice, bob)
    alice.press('Ask to Chat', 'push button')
    alice.find('direct, encrypted')
    bob.find('direct, encrypted')
    if bob.look('Accept', 'push button'):
        raise harness.Failed('asked, although alice is always accepted')


def open_preferences(app, page):
    app.key('ctrl+comma')
    app.point(app.find(page, 'page tab', 'Preferences'))


def read_keys(app):
    """All on all pages."""
    texts = {node.text() for node in app.walk(app.find('Preferences', 'frame')) if node.role == 'label'}
    return {text for text in texts if re.fullmatch('([0-9a-f]{4} ){15}[0-9a-f]{4}', text)}


def is_listed_with_the_key():
    alice, bob = people['alice'], people['bob']
    open_preferences(alice, 'This Device')
    alice.find('Key of This Device', 'label')
    of_alice = read_keys(alice)  # and the server's
    open_preferences(bob, 'Contacts')
    bob.sees('^Accepted without asking$')
    bob.point(bob.find('alice', 'list item', 'Preferences'))
    bob.find('Key of Their Device', 'label')
    of_bob = read_keys(bob)  # and the server's, on the page behind, and that of the contact
    if len(of_alice) != 2 or len(of_bob) != 3 or not of_alice < of_bob:
        raise harness.Failed(f'{of_alice} is not among {of_bob}')
    alice.key('Escape')
    alice.gone('Preferences', 'frame')


def is_blocked_there():
    alice, bob = people['alice'], people['bob']
    bob.point(bob.find('Accept Without Asking', 'list item', 'Preferences'))
    bob.gone('Accepted without asking')
    bob.point(bob.find('Block', 'list item', 'Preferences'))
    bob.find('Blocked', 'label', 'Preferences')
    alice.gone('direct, encrypted')
    bob.point(bob.find('Block', 'list item', 'Preferences'))
    bob.gone('Blocked', 'label', 'Preferences')


def is_forgotten_there():
    bob = people['bob']
    bob.point(bob.find('Forget…', 'push button'))
    bob.find('Forget alice?', 'label')
    bob.key('Escape')
    bob.gone('Forget alice?', 'label')
    bob.find('alice', 'list item', 'Preferences')
    bob.point(bob.find('Forget…', 'push button'))
    bob.find('Forget alice?', 'label')
    bob.point(bob.find('Forget', 'push button'))
    bob.gone('Forget alice?', 'label')
    bob.find('Whom you chat with or block is listed here.')
    bob.gone('Key of Their Device', 'label')
    bob.key('Escape')
    bob.gone('Preferences', 'frame')
    bob.find('alice', 'list item')  # who is here is listed all the same


harness.run('contacts', [
    is_asked_once,
    is_not_asked_again,
    is_listed_with_the_key,
    is_blocked_there,
    is_forgotten_there,
], lambda: people.values())
