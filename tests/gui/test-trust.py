#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom to trust, as far as a person has to decide it: invitations."""

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
    app = App('second', '--server', server.address)
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


harness.run('trust', [
    opens_an_invitation,
    signs_up_with_it,
    takes_nobody_without_one,
    goes_to_the_sign_up_when_one_is_pasted,
    takes_a_fresh_one,
], lambda: apps)
