#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom to trust, as far as a person has to decide it: invitations, contacts, the server."""

import os
import re

import harness
from harness import LOGIN, SIGNUP, App, Server

server = Server('--signup', 'invite')
invitation = server.invite()
apps = []


def opens_an_invitation():
    app = App('first', invitation)
    apps.append(app)
    app.find('Sign Up', 'frame')
    app.sees('You are invited to 127.0.0.1')


def signs_up_with_it():
    apps[0].fill_in_sign_up('alice')
    apps[0].find('Active users')


def takes_nobody_without_one():
    app = App('second.2', '--server', server.address)
    apps.append(app)
    app.sign_up('bob')
    app.find(re.compile('only with an invitation'), 'alert', SIGNUP)
    app.key('Escape')
    app.find('Log In', 'frame')


def goes_to_the_sign_up_when_one_is_pasted():
    app = apps[1]
    app.write('Server', invitation, LOGIN)
    app.find('Sign Up', 'frame')
    app.fill_in_sign_up('bob')
    app.find(re.compile('used already'), 'alert', SIGNUP)


def takes_a_fresh_one():
    app = apps[1]
    app.write('Server', server.invite(), SIGNUP)
    app.press('Sign Up', 'push button', SIGNUP)
    app.find('Active users')


def has_nothing_to_compare_with_strangers():
    alice = apps[0]
    alice.point(alice.find('bob', 'list item'))
    apps[1].click('Decline', 'push button')
    alice.press('About This Connection')
    alice.press_in_popover('Verify…')
    alice.find('Nothing to Compare Yet')
    alice.key('Escape')
    alice.gone('Nothing to Compare Yet')


def open_verification(app, other):
    app.press('About This Connection')
    app.press_in_popover('Verify…')
    dialog = app.find(f'Verify {other}', 'frame')
    return re.sub(r'\s', '', app.find(re.compile(r'^(\d{5}\s+){11}\d{5}$'), 'label', dialog).text())


def both_see_the_same_number():
    alice, bob = apps
    alice.press('Ask Again', 'push button')
    bob.click('Accept', 'push button')
    for app in apps:
        app.find('direct, encrypted')
    bob.point(bob.find('alice', 'list item'))
    number = open_verification(alice, 'bob')
    if len(number) != 60 or number != open_verification(bob, 'alice'):
        raise harness.Failed('the numbers are not the same')
    alice.key('Escape')
    alice.gone('Verify bob', 'frame')


def shields(app, other):
    """Whether the shield stands in the sidebar, in the title of the chat, and in the list of contacts."""
    app.key('ctrl+comma')
    app.point(app.find('Contacts', 'page tab', 'Preferences'))
    contact = app.find(other, 'list item', 'Preferences')
    found = (
        'Verified' in app.find(other, 'list item', 'EarSidebar').description.split(', '),
        any(node.name == 'Verified' for node in app.walk(app.find('About This Connection'))),
        any(node.name == 'Verified' and node.role == 'image' for node in app.walk(contact)))
    app.key('Escape')
    app.gone('Preferences', 'frame')
    return found


def marks_as_verified():
    alice = apps[0]
    if shields(alice, 'bob') != (False, False, False):
        raise harness.Failed('a shield for who was not verified')
    open_verification(alice, 'bob')
    alice.press('Mark as Verified', 'push button')
    alice.find('Verified', 'label', alice.find('Verify bob', 'frame'))
    alice.press('Remove Verification', 'push button')
    alice.press('Mark as Verified', 'push button')
    alice.find('Remove Verification', 'push button')
    alice.key('Escape')
    alice.gone('Verify bob', 'frame')
    open_verification(alice, 'bob')
    alice.find('Remove Verification', 'push button')
    alice.key('Escape')
    alice.gone('Verify bob', 'frame')
    if shields(alice, 'bob') != (True, True, True):
        raise harness.Failed(f'the shields are {shields(alice, "bob")}')


def reinstall_bob():
    """The same account on what is another device to everybody: without the old key and history."""
    apps[1].end()
    apps[1] = App('bob', '--server', server.address)
    apps[1].log_in('bob')
    apps[1].find('Active users')
    apps[0].find(re.compile('^bob'), 'list item')


def blocks_a_changed_key_until_verified():
    alice = apps[0]
    reinstall_bob()
    open_verification(alice, 'bob')
    alice.sees('bob has a new key. Compare this number')
    alice.key('Escape')
    alice.sees('^bob has a new key, so your messages wait here')
    alice.press('Ask Again', 'push button')
    alice.sees('^When asked, bob shows a new key, so your messages wait here')
    alice.sees('^bob’s key has changed · ')
    if alice.look('Trust New Key', 'push button'):
        raise harness.Failed('somebody who was verified can be trusted without a look')
    alice.say('Message', 'Still you?')
    alice.key('Return')
    alice.delivered('Still you?', 'Waiting to be sent')
    alice.press('Ask Again', 'push button')
    if shields(alice, 'bob') != (False, False, False):
        raise harness.Failed('a shield for another key')
    alice.press('Verify…', 'push button')
    alice.sees('bob has a new key. Compare this number')
    alice.press('Mark as Verified', 'push button')
    alice.find('Remove Verification', 'push button')
    alice.key('Escape')
    alice.sees('^You trusted the new key of bob · ')
    alice.press('Ask to Chat', 'push button')
    apps[1].click('Accept', 'push button')
    apps[1].sees('^Still you')
    alice.delivered('Still you?', 'Received', 'Read')


def blocks_a_changed_key_until_trusted():
    alice = apps[0]
    alice.press('About This Connection')
    alice.press_in_popover('Verify…')
    alice.press('Remove Verification', 'push button')
    alice.find('Mark as Verified', 'push button')
    alice.key('Escape')
    alice.gone('Verify bob', 'frame')
    reinstall_bob()
    bob = apps[1]
    bob.point(bob.find('alice', 'list item'))
    alice.sees('Their key has changed since you chatted: this may be somebody else.')
    if alice.look('Always accept from bob'):
        raise harness.Failed('somebody with another key can be let in for good')
    alice.click('Accept', 'push button')
    alice.gone('Accept', 'push button')
    bob.find('direct, encrypted')
    alice.say('Message', 'And now?')
    alice.key('Return')
    alice.delivered('And now?', 'Waiting to be sent')
    if bob.look(re.compile('And now')):
        raise harness.Failed('sent to a key that nobody trusted')
    alice.press('Trust New Key', 'push button')
    bob.sees('And now')
    alice.delivered('And now?', 'Received', 'Read')


def keeps_the_lines_about_keys():
    """Over a restart, in the place where they belong."""
    alice = apps[0]
    alice.end()
    alice = apps[0] = App('first', '--server', server.address, home=alice.home)
    alice.log_in('alice')
    alice.point(alice.find('bob', 'list item'))
    alice.sees('And now')
    wanted = ['bob’s key has changed', 'You: Still you', 'You trusted', 'bob’s key has changed', 'You: And now',
              'You trusted']
    said = [node.name for node in alice.walk(alice.find('Messages', 'list')) if node.role == 'list item']
    if len(said) != len(wanted) or not all(line.startswith(start) for line, start in zip(said, wanted)):
        raise harness.Failed(f'the chat is now {said}')


def stops_at_another_server():
    alice = apps[0]
    known = server.fingerprint
    server.stop()
    os.remove(server.directory + '/identity.pem')
    server.start()
    dialog = alice.find('The Server Has Another Key', 'dialog')
    alice.sees('is not the server that you know, so nothing was sent to it')
    labels = [re.sub(r'\s', '', node.text()) for node in alice.walk(dialog) if node.role == 'label']
    keys = [labels[labels.index(title) + 1] for title in ('KnownKey', 'NewKey')]
    if keys != [known, server.fingerprint]:
        raise harness.Failed(f'{keys} are not {known} and {server.fingerprint}')
    if alice.look('Active users'):
        raise harness.Failed('logged in at a server that nobody knows')
    alice.key('Escape')
    alice.gone('The Server Has Another Key')
    alice.find(re.compile('key has changed'), 'alert', LOGIN)


def trusts_it_when_told_so():
    alice = apps[0]
    alice.log_in('alice')
    alice.find('The Server Has Another Key')
    alice.press('I have asked who runs the server', 'check box')
    alice.click('Trust New Key', 'push button')
    alice.find('Active users')


harness.run('trust', [
    opens_an_invitation,
    signs_up_with_it,
    takes_nobody_without_one,
    goes_to_the_sign_up_when_one_is_pasted,
    takes_a_fresh_one,
    has_nothing_to_compare_with_strangers,
    both_see_the_same_number,
    marks_as_verified,
    blocks_a_changed_key_until_verified,
    blocks_a_changed_key_until_trusted,
    keeps_the_lines_about_keys,
    stops_at_another_server,
    trusts_it_when_told_so,
], lambda: apps)
