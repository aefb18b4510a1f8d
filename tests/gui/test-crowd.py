#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""More people than the list has: whoever is beyond it is found by a search, can be asked, and is not called away."""

import os
import re
import subprocess

import harness
from harness import App, Server, start

N_USERS = 520  # the list has 500

PART = re.compile('^The first .* of .*Search to find others')

server = Server('--signups-per-hour', '10000', '--signups-per-address', '10000')
people = {}


def let_in_a_crowd():
    crowd = start([os.environ['EARSHOT_CROWD'], str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                  text=True)
    for number in range(N_USERS):
        print(f'm{number:03} Member {number}', file=crowd.stdin)
    crowd.stdin.close()
    if crowd.stdout.readline() != 'ready\n':
        raise harness.Failed('the crowd did not come')


def search(app, text):
    app.key('ctrl+k')
    app.say('Search people', text, 'EarSidebar', 'entry')


def tells_that_the_list_is_a_part():
    for user in ('alice', 'zoe'):
        people[user] = App(user, '--server', server.address)
        people[user].sign_up(user)
        people[user].find('Active users')
    alice = people['alice']
    alice.find(str(N_USERS + 1), 'label', 'EarSidebar')
    alice.sees(PART)
    if alice.look('zoe', 'list item'):
        raise harness.Failed('zoe is among the first')


def a_search_finds_who_is_beyond():
    alice, zoe = people['alice'], people['zoe']
    search(alice, 'zo')
    alice.point(alice.find('zoe', 'list item'))
    zoe.find('alice would like to chat', 'label')
    zoe.click('Accept', 'push button')
    alice.find('direct, encrypted')
    zoe.find('direct, encrypted')


def who_is_not_there_is_not_found():
    alice = people['alice']
    search(alice, 'nobody-of-this-name')
    alice.find('Nobody Found')


def whom_one_knows_is_not_called_away():
    alice, zoe = people['alice'], people['zoe']
    alice.key('Escape')
    alice.sees(PART)
    zoe.press('Chat Menu')
    zoe.press_in_popover('End Chat', 'menu item')
    alice.gone('direct, encrypted')
    alice.find('People you know')
    row = alice.find('zoe', 'list item')
    if row.description != 'zoe · may be active':
        raise harness.Failed(f'zoe is said to be {row.description}')


def the_focus_goes_to_people():
    """Not to the heading above them."""
    alice = people['alice']
    alice.key('ctrl+k', 'Escape')
    harness.wait_for('the focus', lambda: alice.find('zoe', 'list item').is_focused())


def can_be_asked_from_there():
    alice, zoe = people['alice'], people['zoe']
    alice.press('Ask Again', 'push button')
    zoe.click('Accept', 'push button', zoe.find('alice would like to chat', 'dialog'))
    alice.find('direct, encrypted')


harness.run('crowd', [
    let_in_a_crowd,
    tells_that_the_list_is_a_part,
    a_search_finds_who_is_beyond,
    who_is_not_there_is_not_found,
    whom_one_knows_is_not_called_away,
    the_focus_goes_to_people,
    can_be_asked_from_there,
], lambda: people.values())
