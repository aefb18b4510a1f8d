#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person decides about another one: whom to let in unasked."""

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


harness.run('contacts', [
    is_asked_once,
    is_not_asked_again,
], lambda: people.values())
