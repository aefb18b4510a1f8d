#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing up and logging in, with what goes wrong there."""

import re
import signal

import harness
from harness import LOGIN, SIGNUP, App, Server

server = Server()
apps = []


def names_what_a_person_uses():
    app = App('first', '--server', server.address, password='wrong horse')
    apps.append(app)
    for name in ('Server', 'Username', 'Password'):
        app.find(name, 'text')
    for name in ('Show Text', 'Log In', 'Sign Up'):
        app.find(name, 'push button')


def refuses_an_unknown_user():
    app = apps[0]
    app.log_in('nobody', 'wrong horse')
    app.find(re.compile('(?i)wrong|password'), 'alert', LOGIN)


def signs_up():
    app = apps[0]
    app.sign_up('alice')
    app.find('Active users')


def shows_the_shortcuts():
    app = apps[0]
    app.focus()
    app.key('ctrl+F1')
    app.find('Menu of a user', 'label')
    app.key('Escape')
    app.gone('Menu of a user', 'label')


def stays_logged_out():
    """The password of the environment is for the start alone."""
    app = apps[0]
    app.press('Main Menu')
    app.press_in_popover('Log Out', 'menu item')
    password = app.find('Password', 'text', LOGIN)
    if password.text() or app.look(re.compile('.'), 'alert', LOGIN):
        raise harness.Failed('logs in again by itself')
    app.log_in('alice')
    app.find('Active users')


def refuses_a_taken_name():
    app = App('second', '--server', server.address)
    apps.append(app)
    app.sign_up('alice')
    app.find(re.compile('already'), 'alert', SIGNUP)


def takes_another_name():
    app = apps[1]
    app.write('Username', 'bob', SIGNUP)
    app.press('Sign Up', 'push button', SIGNUP)
    app.find('Active users')
    app.find('alice', 'list item')


def tells_who_logged_in_elsewhere():
    app = App('third', '--server', server.address)
    apps.append(app)
    app.log_in('bob')
    app.find('Active users')
    apps[1].find('Log In', 'frame')
    apps[1].find(re.compile('(?i)somewhere else|another'), 'alert', LOGIN)


def an_invitation_waits_for_the_log_in():
    """A link that is opened meanwhile: one thing at a time is asked of the server."""
    app = apps[1]
    link = server.invite()
    server.process.send_signal(signal.SIGSTOP)
    app.log_in('bob')
    user = app.find('Username', 'text', LOGIN)
    harness.wait_for('the log-in', lambda: not user.is_usable())
    app.start_again(link)
    app.find('Sign Up', 'frame')
    usable = app.find('Username', 'text', SIGNUP).is_usable()
    over = user.is_usable()  # a slow machine has not looked before the server was given up
    server.process.send_signal(signal.SIGCONT)
    if usable and not over:
        raise harness.Failed('another account can be made while one logs in')
    if over:
        app.press('Back', 'push button')
        app.log_in('bob')
    app.find('Active users')


harness.run('login', [
    names_what_a_person_uses,
    refuses_an_unknown_user,
    signs_up,
    shows_the_shortcuts,
    stays_logged_out,
    refuses_a_taken_name,
    takes_another_name,
    tells_who_logged_in_elsewhere,
    an_invitation_waits_for_the_log_in,
], lambda: apps)
