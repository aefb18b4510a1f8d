#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road: two people sign up, find each other, talk, announce, and lose the server."""

import os
import re
import sqlite3

import harness
from harness import App, Server, wait_for

LINK = 'https://Example.org/%E9?a=b'
OPENED = 'https://example.org/%E9?a=b'

server = Server()
people = {}


def open_app(name, **options):
    people[name] = App(name, '--server', server.address, **options)
    return people[name]


def make_home_with_browser():
    """The browser notes what it is to open, and its environment."""
    home = harness.make_directory()
    os.makedirs(home + '/data/applications')
    os.makedirs(home + '/config')
    with open(home + '/browser', 'w') as browser:
        browser.write(f'#!/bin/sh\nenv >>{home}/environment\necho "$*" >>{home}/opened\n')
    os.chmod(home + '/browser', 0o755)
    with open(home + '/data/applications/browser.desktop', 'w') as entry:
        entry.write(f'[Desktop Entry]\nType=Application\nName=Browser\nExec={home}/browser %u\n'
                    'MimeType=x-scheme-handler/http;x-scheme-handler/https;\n')
    with open(home + '/config/mimeapps.list', 'w') as list:
        list.write('[Default Applications]\nx-scheme-handler/https=browser.desktop\n')
    return home


def read_file(path):
    try:
        with open(path, 'rb') as file:
            return file.read().decode(errors='replace')
    except FileNotFoundError:
        return ''


def row(app, user):
    return app.find(user, 'list item')


def talk(sender, receiver, text):
    """Says text in the open chats of both, and waits for the two ticks."""
    sender.say('Message', text)
    sender.key('Return')
    receiver.find(f'{sender.name}: {text}', 'list item')
    sender.delivered(text, 'Received', 'Read')  # who has the chat open reads it at once


def both_sign_up():
    open_app('alice', home=make_home_with_browser(), password=harness.PASSWORD)
    open_app('bob')
    for name in ('alice', 'bob'):
        people[name].sign_up(name)
        people[name].find('Earshot', 'frame')


def they_see_each_other():
    row(people['alice'], 'bob')
    row(people['bob'], 'alice')


def bob_declines():
    alice, bob = people['alice'], people['bob']
    alice.point(row(alice, 'bob'))
    bob.find('alice would like to chat')
    bob.press('Decline', 'push button')
    alice.find('bob declined to chat.')


def bob_accepts():
    alice, bob = people['alice'], people['bob']
    alice.press('Ask Again', 'push button')
    bob.click('Accept', 'push button')
    for app in alice, bob:
        app.find('direct, encrypted')


def they_talk():
    talk(people['alice'], people['bob'], 'Are you in the lab?')
    talk(people['bob'], people['alice'], 'Yes, second floor.')


def what_cannot_be_saved_waits():
    """Another program holds the file, and so long that it fails, as on a full disk."""
    alice, bob = people['alice'], people['bob']
    file = sqlite3.connect(alice.home + '/data/earshot/alice/history.db', isolation_level=None)
    file.execute('BEGIN IMMEDIATE')
    alice.say('Message', 'Is this saved?')
    alice.key('Return')
    alice.find('Nothing can be saved. Is the disk full?', 'label')
    file.execute('ROLLBACK')
    file.close()
    alice.gone('Nothing can be saved. Is the disk full?', 'label')
    bob.find('alice: Is this saved?', 'list item')
    alice.delivered('Is this saved?', 'Received', 'Read')


def bottom(node):
    box = node.box()
    return box.y + box.height


def a_narrow_window_stays_at_the_end():
    """Rows become higher there, although the view does not. From here on the chat is longer than the view."""
    alice = people['alice']
    for start in ('One.', 'Two.', 'Three.', 'Four.'):
        talk(alice, people['bob'], start + ' and what comes after it is longer than a line' * 4)
    _, _, width, height = alice.windows()[0].box()
    alice.resize(360, height)
    alice.find('Back', 'push button')

    def is_at_the_end():
        newest = alice.look(re.compile('^You: Four'), 'list item')
        return newest and bottom(newest) <= bottom(alice.find('Messages', 'list'))
    harness.wait_for('the end of the chat', is_at_the_end)
    alice.resize(width, height)
    alice.gone('Back', 'push button')


def a_link_asks_before_it_opens():
    alice = people['alice']
    talk(people['bob'], alice, LINK)
    for answer in 'Cancel', 'Open in Browser':
        alice.point(alice.find(LINK, 'label'))
        alice.find('Open example.org?', 'label')
        alice.find(OPENED, 'label')
        alice.point(alice.find(answer, 'push button'))
        alice.gone('Open example.org?', 'label')
    # Cancel opened nothing, or there would be two.
    wait_for('the browser', lambda: read_file(alice.home + '/opened') == OPENED + '\n')


def the_password_stays():
    alice = people['alice']
    for path in alice.home + '/environment', f'/proc/{alice.process.pid}/environ':
        text = read_file(path)
        if 'DISPLAY=' not in text or harness.PASSWORD in text:
            raise harness.Failed(f'the password is in {path}, or that is empty')


def an_input_method_takes_enter():
    """GTK's own, which makes a character of its number."""
    alice = people['alice']
    alice.say('Message', '')
    alice.key('ctrl+shift+u')
    alice.key(*'263a', 'Return')
    alice.find('\u263a', 'text')
    alice.key('BackSpace')


def a_double_click_opens_a_window():
    """In front, with the whole chat."""
    carol = people['carol']
    carol.double_click(row(carol, 'alice'))
    wait_for('a second window', lambda: [window.role for window in carol.windows()] == ['frame', 'frame'])
    own_window = carol.windows()[1]
    people['alice'].click('Accept', 'push button')
    carol.find('direct, encrypted', inside=own_window)
    # What is typed goes there, without a click.
    carol.key(*'Me2', 'Return')
    carol.find('You: Me2', 'list item', own_window)
    people['alice'].find('carol: Me2', 'list item')
    people['alice'].point(row(people['alice'], 'bob'))
    people['alice'].find('You: Are you in the lab?', 'list item')


def a_window_that_was_closed_comes_back():
    """While a chat has a window of its own."""
    bob, carol = people['bob'], people['carol']
    main, own = carol.windows()
    carol.press('Close', 'push button', main)
    wait_for('the window of the chat alone', lambda: carol.windows() == [own])
    bob.point(row(bob, 'carol'))
    carol.click('Decline', 'push button')
    bob.find('carol declined to chat.')
    bob.point(row(bob, 'alice'))
    carol.start_again()
    wait_for('both windows', lambda: len(carol.windows()) == 2)


def alice_announces():
    alice, bob = people['alice'], people['bob']
    alice.press('Broadcast', 'push button', 'EarSidebar')
    alice.find('New Announcement', 'frame')
    alice.say('Announcement', 'Fire drill at 11, yard B')
    alice.press('Broadcast', 'push button', 'New Announcement')
    bob.find('Fire drill at 11, yard B', 'label', 'Announcements')
    alice.sees('[Rr]eached 1 user')


def carol_hears_it_later():
    carol = open_app('carol')
    carol.sign_up('carol')
    carol.find('Fire drill at 11, yard B', 'label', 'Announcements')
    people['alice'].sees('[Rr]eached 2 users')
    for app in people['alice'], people['bob']:
        row(app, 'carol')


def the_chat_outlives_the_server():
    server.stop()
    for app in people['alice'], people['bob']:
        app.press('Try Now', 'push button')
    talk(people['alice'], people['bob'], 'Is the server down?')
    talk(people['bob'], people['alice'], 'It is. We are not.')


def all_come_back():
    """When they are asked to: the waits between their own tries have become long."""
    server.start()

    def is_back(app):
        button = app.look('Try Now', 'push button')
        if button:
            button.act()
        return not button
    for app in people.values():
        wait_for(f'{app.name} to be back', lambda app=app: is_back(app))
    for app, other in (('alice', 'bob'), ('bob', 'carol'), ('carol', 'alice')):
        row(people[app], other)
    talk(people['alice'], people['bob'], 'Welcome back')


def a_row_has_a_menu():
    """For the keyboard, too."""
    alice = people['alice']
    alice.key('F6', 'Menu')
    alice.press_in_popover('Block', 'menu item')
    alice.sees('You blocked bob')
    people['bob'].find('alice ended the chat.')
    people['bob'].find('Ask Again', 'push button')
    alice.click_second_button(row(alice, 'bob'))
    alice.press_in_popover('Unblock', 'menu item')
    alice.find('Ask to Chat', 'push button')


def carol_closes_both_windows():
    carol = people['carol']
    main = next(window for window in carol.windows() if carol.look('Main Menu', inside=window))
    own = next(window for window in carol.windows() if window != main)
    carol.press('Close', 'push button', main)
    wait_for('the window of the chat alone', lambda: carol.windows() == [own])
    carol.press('Close', 'push button', own)
    carol.process.wait(harness.PATIENCE)


def bob_leaves():
    people['bob'].close()
    people['alice'].find(re.compile('^bob is away'))
    people['alice'].find('Away', 'heading')


harness.run('talk', [
    both_sign_up,
    they_see_each_other,
    bob_declines,
    bob_accepts,
    they_talk,
    what_cannot_be_saved_waits,
    a_narrow_window_stays_at_the_end,
    a_link_asks_before_it_opens,
    the_password_stays,
    an_input_method_takes_enter,
    alice_announces,
    carol_hears_it_later,
    a_double_click_opens_a_window,
    a_window_that_was_closed_comes_back,
    the_chat_outlives_the_server,
    all_come_back,
    a_row_has_a_menu,
    carol_closes_both_windows,
    bob_leaves,
], lambda: people.values())
