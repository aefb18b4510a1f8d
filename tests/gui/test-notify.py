#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications of who is not looking: the test is the desktop that shows them, and presses their buttons."""

import re

import harness
from desktop import Desktop
from harness import App, Server

desktop = Desktop()
server = Server()
people = {}


def open_app(user, name):
    app = people[user] = App(user, '--server', server.address)
    app.press('Sign Up', 'push button', harness.LOGIN)
    app.find('Sign Up', 'frame')
    app.write('Full Name (Optional)', name, harness.SIGNUP)
    app.fill_in_sign_up(user)
    app.find('Earshot', 'frame')
    app.look_away()


def ask():
    alice = people['alice']
    alice.point(alice.find('bob', 'list item'))


def two_who_do_not_look():
    open_app('alice', '<b>Alice</b> & Co')
    open_app('bob', 'Bob')


def a_request_is_declined_there():
    ask()
    number = desktop.find('<b>Alice</b> & Co would like to chat')
    desktop.press(number, 'Decline')
    people['alice'].find('Bob declined to chat.')


def a_request_is_accepted_there():
    people['alice'].press('Ask Again', 'push button')
    number = desktop.find('<b>Alice</b> & Co would like to chat')
    desktop.press(number, 'Accept')
    people['alice'].find('direct, encrypted')


def a_message_shows_as_it_was_written():
    people['bob'].look_away()
    people['alice'].say('Message', 'Is 1 <b>2</b> & 3?')
    people['alice'].key('Return')
    desktop.find('<b>Alice</b> & Co', 'Is 1 &lt;b&gt;2&lt;/b&gt; &amp; 3?')


def nothing_is_left():
    harness.wait_for(f'no notification: {desktop.shown}', lambda: desktop.receive() or not desktop.shown)


def a_message_goes_when_it_is_read():
    people['bob'].focus()
    people['alice'].delivered('Is 1 <b>2</b> & 3?', 'Read')
    nothing_is_left()


def a_message_goes_when_its_writer_is_blocked():
    """In another window: the message stays unread."""
    alice, bob = people['alice'], people['bob']
    bob.key('ctrl+comma')
    bob.point(bob.find('Contacts', 'page tab', 'Preferences'))
    bob.point(bob.find('<b>Alice</b> & Co (alice)', 'list item', 'Preferences'))
    bob.find('Block', 'list item', 'Preferences')
    bob.look_away()
    alice.say('Message', 'Hello?')
    alice.key('Return')
    desktop.find('<b>Alice</b> & Co', 'Hello?')
    bob.point(bob.find('Block', 'list item', 'Preferences'))
    nothing_is_left()
    alice.delivered('Hello?', 'Received')
    bob.point(bob.find('Block', 'list item', 'Preferences'))
    bob.gone('Blocked', 'label', 'Preferences')
    bob.key('Escape')
    bob.gone('Preferences', 'frame')
    bob.look_away()
    alice.press('Ask Again', 'push button')
    desktop.press(desktop.find('<b>Alice</b> & Co would like to chat'), 'Accept')
    alice.find('direct, encrypted')


def announce(text):
    alice = people['alice']
    alice.press('Broadcast', 'push button')
    alice.say('Announcement', text)
    alice.press('Broadcast', 'push button', 'New Announcement')


def a_broadcast_goes_when_it_is_dismissed():
    bob = people['bob']
    bob.look_away()
    announce('Tea!')
    desktop.find('Broadcast from <b>Alice</b> & Co', 'Tea!')
    bob.press('Dismiss', 'push button')
    nothing_is_left()


def nothing_disturbs_who_wants_peace():
    alice, bob = people['alice'], people['bob']
    bob.press('Main Menu')
    bob.press_in_popover('Do Not Disturb', 'check menu item')
    bob.sees('^Do not disturb$')
    alice.sees('bob · Do not disturb')
    alice.say('Message', 'Are you there?')
    bob.look_away()
    alice.key('Return')
    announce('Cake!')
    bob.sees('Cake!')
    alice.delivered('Are you there?', 'Received')
    desktop.expect_nothing()


def a_request_waits_in_the_list():
    alice, bob = people['alice'], people['bob']
    alice.press('Chat Menu')
    alice.press_in_popover('End Chat', 'menu item')
    alice.press('Ask to Chat', 'push button')
    bob.sees('alice · would like to chat')
    desktop.expect_nothing()
    if bob.look('<b>Alice</b> & Co would like to chat'):
        raise harness.Failed('a dialog, although nothing was to disturb')
    bob.point(bob.find('alice', 'list item'))
    bob.click('Accept', 'push button')
    alice.find('direct, encrypted')


def it_stays_over_a_restart():
    bob = people['bob']
    bob.end()
    bob = people['bob'] = App('bob', '--server', server.address, home=bob.home)
    bob.log_in('bob')
    bob.sees('^Do not disturb$')
    people['alice'].sees('bob · Do not disturb')


def peace_ends():
    bob = people['bob']
    bob.press('Main Menu')
    bob.press_in_popover('Do Not Disturb', 'check menu item')
    bob.gone('Do not disturb')
    people['alice'].gone(re.compile('Do not disturb'))


def another_key_is_not_let_in_there():
    """The same account on what is another device to everybody."""
    people['alice'].end()
    alice = people['alice'] = App('new', '--server', server.address)
    alice.log_in('alice')
    alice.find('bob', 'list item')
    people['bob'].look_away()
    ask()
    number = desktop.find('<b>Alice</b> & Co would like to chat', 'Their key has changed')
    if 'Accept' in desktop.shown[number]['actions']:
        raise harness.Failed(f'a stranger can be let in: {desktop.shown[number]}')
    desktop.press(number, 'Decline')
    alice.find('Bob declined to chat.')


def all_go_with_the_session():
    """The next who logs in there may be somebody else."""
    bob = people['bob']
    bob.look_away()
    announce('More cake!')
    desktop.find('Broadcast from <b>Alice</b> & Co', 'More cake!')
    bob.press('Main Menu')
    bob.press_in_popover('Log Out', 'menu item')
    bob.find('Log In', 'frame')
    nothing_is_left()


harness.run('notify', [
    two_who_do_not_look,
    a_request_is_declined_there,
    a_request_is_accepted_there,
    a_message_shows_as_it_was_written,
    a_message_goes_when_it_is_read,
    a_message_goes_when_its_writer_is_blocked,
    a_broadcast_goes_when_it_is_dismissed,
    nothing_disturbs_who_wants_peace,
    a_request_waits_in_the_list,
    it_stays_over_a_restart,
    peace_ends,
    another_key_is_not_let_in_there,
    all_go_with_the_session,
], lambda: people.values())
