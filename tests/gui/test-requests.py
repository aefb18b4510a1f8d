#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request tells about who asks: verified, known, or with another key, and when one takes the other's place; and
what the keyboard does there."""

import re
import signal

import harness
from desktop import Desktop
from harness import App, Server

VERIFIED = 'You have verified this person.'
CHANGED = 'Their key has changed since you chatted: this may be somebody else.'
HEADING = 'bob would like to chat'

desktop = Desktop()
server = Server()
people = {}


def open_app(profile):
    people[profile] = App(profile, '--server', server.address)
    return people[profile]


def verify_bob():
    alice = people['alice']
    alice.press('About This Connection')
    alice.press_in_popover('Verify…')
    alice.press('Mark as Verified', 'push button')
    alice.find('Remove Verification', 'push button')
    alice.key('Escape')
    alice.gone('Verify bob', 'frame')


def dialogs():
    return [window for window in people['alice'].windows() if window.name == HEADING]


def shield():
    return people['alice'].look('Verified', 'image', people['alice'].find(HEADING, 'dialog'))


def says_of_a_stranger_that_there_was_no_chat():
    for user in ('alice', 'bob'):
        open_app(user).sign_up(user)
        people[user].find('Active users')
    bob, alice = people['bob'], people['alice']
    bob.point(bob.find('alice', 'list item'))
    alice.find(HEADING, 'label')
    alice.sees('You have not chatted before.')
    if shield():
        raise harness.Failed('a shield for a stranger')


def what_is_typed_answers_nothing():
    """By who writes to somebody else at that moment; Tab goes on to the answers."""
    alice, bob = people['alice'], people['bob']
    alice.key('space', 'x', 'Return', 'Down', 'space', 'Tab')
    always = alice.find('Always accept from bob', 'check box')
    harness.wait_for('the focus', always.is_focused)
    if always.is_checked():
        raise harness.Failed('ticked by what was typed')
    alice.key('Tab', 'Return')
    bob.find('direct, encrypted')


def shows_the_shield_of_who_was_verified():
    alice, bob = people['alice'], people['bob']
    alice.point(alice.find('bob', 'list item'))
    verify_bob()
    bob.press('Chat Menu')
    bob.press_in_popover('End Chat', 'menu item')
    alice.gone('direct, encrypted')
    open_app('new')  # which takes its time, and a request does not ring for ever
    alice.look_away()
    bob.press('Ask to Chat', 'push button')
    alice.find(HEADING, 'label')
    alice.sees(VERIFIED)
    harness.wait_for('the shield', shield)
    number = desktop.find(HEADING)
    if 'Accept' not in desktop.shown[number]['actions']:
        raise harness.Failed(f'a friend cannot be let in: {desktop.shown[number]}')


def another_key_takes_the_place():
    """The one that asked first stands still, so that it takes nothing back."""
    alice, new = people['alice'], people['new']
    people['bob'].process.send_signal(signal.SIGSTOP)
    new.log_in('bob')
    new.point(new.find('alice', 'list item'))
    alice.sees(CHANGED)
    alice.gone(VERIFIED)
    if len(dialogs()) != 1 or shield() or alice.look('Always accept from bob'):
        raise harness.Failed(f'{len(dialogs())} dialogs, or one that speaks of who asked before')


def the_notification_tells_so_too():
    number = desktop.find(HEADING, 'Their key has changed')
    if len(desktop.shown) != 1 or 'Accept' in desktop.shown[number]['actions']:
        raise harness.Failed(f'a stranger can be let in: {desktop.shown}')


def is_let_in_but_not_trusted():
    alice, new = people['alice'], people['new']
    alice.click('Accept', 'push button')
    alice.gone(HEADING, 'label')
    harness.wait_for('no notification', lambda: desktop.receive() or not desktop.shown)
    new.find('direct, encrypted')
    alice.sees('^bob has a new key, so your messages wait here')
    alice.find('Verify…', 'push button')
    if alice.look('Trust New Key', 'push button'):
        raise harness.Failed('somebody who was verified can be trusted without a look')
    alice.say('Message', 'Is it you?')
    alice.key('Return')
    alice.delivered('Is it you?', 'Waiting to be sent')
    if new.look(re.compile('^Is it you')):
        raise harness.Failed('a message for bob went to another key')
    people['bob'].process.send_signal(signal.SIGCONT)
    alice.press('Verify…', 'push button')
    alice.press('Mark as Verified', 'push button')
    alice.find('Remove Verification', 'push button')
    alice.key('Escape')
    new.sees('^Is it you')


def one_more_key_is_turned_away_from_an_open_chat():
    alice = people['alice']
    third = open_app('third')
    people['new'].process.send_signal(signal.SIGSTOP)
    third.log_in('bob')
    third.point(third.find('alice', 'list item'))
    alice.sees('^Another device asked to chat as bob and was turned away. Ask bob if it is theirs')
    alice.find('direct, encrypted')
    third.sees('^alice is busy')
    if not any(node.name == 'Verified' for node in alice.walk(alice.find('About This Connection'))):
        raise harness.Failed('no shield for who is there, because of who was turned away')
    people['new'].process.send_signal(signal.SIGCONT)


harness.run('requests', [
    says_of_a_stranger_that_there_was_no_chat,
    what_is_typed_answers_nothing,
    shows_the_shield_of_who_was_verified,
    another_key_takes_the_place,
    the_notification_tells_so_too,
    is_let_in_but_not_trusted,
    one_more_key_is_turned_away_from_an_open_chat,
], lambda: people.values())
