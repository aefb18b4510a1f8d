#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What admins can do in the app, and that others are offered nothing of it."""

import re

import harness
from harness import LOGIN, App, Server

FIRE = 'Fire <b>drill</b> & %s'

server = Server()
people = {}


def open_app(user):
    app = people[user] = App(user, '--server', server.address)
    app.sign_up(user)
    app.find('Earshot', 'frame')


def announce(app, text):
    app.press('Broadcast', 'push button', 'EarSidebar')
    app.say('Announcement', text)
    # With the mouse, here and below: GTK 4.8 looks at a button again after an action, and its window is gone by then.
    app.point(app.find('Broadcast', 'push button', 'New Announcement'))
    app.gone('New Announcement', 'frame')


def menu_items(app):
    """Those of the menu that is open."""
    return {node.name for node in app.walk() if node.role == 'menu item'}


def look_into_menu(app, button, known):
    app.press(button)
    items = harness.wait_for(f'the menu of {button}', lambda: known in menu_items(app) and menu_items(app))
    app.key('Escape')
    harness.wait_for(f'the end of the menu of {button}', lambda: not menu_items(app))
    return items


def look_into_row_menu(app):
    """The menu of the first person in the list, with the keyboard: Escape goes from the search to the list."""
    app.key('ctrl+k')
    app.key('Escape')
    app.key('shift+F10')
    return harness.wait_for('the menu of a person', lambda: 'Block' in menu_items(app) and menu_items(app))


def can_broadcast(app):
    return app.find('Broadcast', 'push button', 'EarSidebar').is_usable()


def manage(app):
    app.press('Main Menu')
    app.press_in_popover('Manage Server…', 'menu item')
    return app.find('Manage Server', 'frame')


def expect(what, is_true):
    if not is_true:
        raise harness.Failed(what)


def others_are_offered_nothing():
    open_app('alice')
    open_app('bob')
    bob, alice = people['bob'], people['alice']
    announce(bob, FIRE)
    alice.find(FIRE, 'label')
    expect('offered to remove it', not alice.look('Remove for Everyone'))
    expect('offered to manage the server', 'Manage Server…' not in look_into_menu(alice, 'Main Menu', 'Quit'))
    expect('offered to disable an account', 'Disable Account…' not in look_into_row_menu(alice))
    alice.key('Escape')
    alice.point(alice.find('bob', 'list item'))
    bob.press('Decline', 'push button')
    expect('offered to disable an account', 'Disable Account…' not in look_into_menu(alice, 'Chat Menu', 'Block'))


def becomes_an_admin():
    alice = people['alice']
    server.operate('user', 'set-admin', 'alice', 'yes')
    alice.find('Remove for Everyone', 'push button')
    expect('not offered to disable an account', 'Disable Account…' in look_into_menu(alice, 'Chat Menu', 'Block'))
    expect('bob is no admin', not people['bob'].look('Remove for Everyone'))


def asks_before_it_removes():
    alice = people['alice']
    alice.point(alice.find('Remove for Everyone', 'push button'))
    alice.find('Remove Announcement for Everyone?', 'label')
    alice.sees(re.escape(f'“{FIRE}”'))
    alice.key('Escape')
    alice.gone('Remove Announcement for Everyone?', 'label')
    alice.find(FIRE, 'label')


def removes_it_for_everyone():
    alice, bob = people['alice'], people['bob']
    bob.find(FIRE, 'label')
    alice.point(alice.find('Remove for Everyone', 'push button'))
    alice.find('Remove Announcement for Everyone?', 'label')
    alice.point(alice.find('Remove', 'push button'))
    alice.find('Announcement removed')
    alice.gone(FIRE, 'label')
    bob.gone(FIRE, 'label')


def removes_one_from_the_history():
    alice, bob = people['alice'], people['bob']
    announce(bob, 'Dismissed')
    alice.find('Dismissed', 'label')
    alice.press('Dismiss', 'push button')
    alice.gone('Dismissed', 'label')
    alice.press('Announcement History')
    alice.press_in_popover('Remove for Everyone', inside='Announcements of the last 30 minutes')
    alice.find('Remove Announcement for Everyone?', 'label')
    alice.point(alice.find('Remove', 'push button'))
    bob.gone('Dismissed', 'label')


def limits_who_can_broadcast():
    alice, bob = people['alice'], people['bob']
    expect('bob can broadcast', can_broadcast(bob))
    dialog = manage(alice)
    alice.point(alice.find('Who Can Broadcast', 'combo box', dialog))
    alice.key('Down', 'Return')
    harness.wait_for('the megaphone of bob to be of no use', lambda: not can_broadcast(bob))
    button = bob.find('Broadcast', 'push button', 'EarSidebar')
    expect('the reason is told', button.description == 'Only admins can broadcast here')
    expect('alice can broadcast', can_broadcast(alice))
    expect('the server keeps it', server.operate('broadcast', 'policy') == 'admins')
    alice.key('Escape')
    alice.gone('Manage Server', 'frame')


def shows_what_was_decided():
    alice = people['alice']
    dialog = manage(alice)
    # Nothing in the row can be pointed at but the row.
    harness.wait_for('the choice', lambda: 'Only admins' in {node.text() for node in alice.walk(dialog)})
    alice.find('No account is disabled.', 'label', dialog)


def ask_to_disable(app, name):
    app.write('Account to Disable', name)
    app.press('Disable…', 'push button')


def disables_an_account_by_name():
    alice, bob = people['alice'], people['bob']
    ask_to_disable(alice, 'alice')
    alice.find('You can’t disable your own account.')
    ask_to_disable(alice, 'nobody')
    alice.find('Disable the Account of nobody?', 'label')
    alice.point(alice.find('Disable', 'push button'))
    alice.find('This server has no such account.')
    ask_to_disable(alice, 'bob')
    alice.find('Disable the Account of bob?', 'label')
    alice.key('Escape')
    alice.gone('Disable the Account of bob?', 'label')
    # Asked again with the keyboard, and done with it.
    alice.point(alice.find('Account to Disable', 'text'))
    alice.key('Return')
    alice.find('Disable the Account of bob?', 'label')
    alice.key('Tab', 'Return')
    bob.find(re.compile('account is disabled'), 'alert', LOGIN)
    alice.find('Undo', 'push button', 'Manage Server')


def enables_it_again():
    alice, bob = people['alice'], people['bob']
    alice.press('Enable bob', 'push button')
    alice.gone('Enable bob', 'push button')
    alice.gone('Undo', 'push button')
    alice.find('No account is disabled.', 'label')
    # Escape would close the toast first.
    alice.point(alice.find('Close', 'push button', 'Manage Server'))
    alice.gone('Manage Server', 'frame')
    bob.log_in('bob')
    bob.find('alice', 'list item')


def disables_from_the_list_and_takes_it_back():
    alice, bob = people['alice'], people['bob']
    alice.find('bob', 'list item')
    expect('offered to disable', 'Disable Account…' in look_into_row_menu(alice))
    alice.press_in_popover('Disable Account…', 'menu item')
    alice.find('Disable the Account of bob?', 'label')
    alice.point(alice.find('Disable', 'push button'))
    bob.find(re.compile('account is disabled'), 'alert', LOGIN)
    alice.find('bob is disabled')
    alice.press('Undo', 'push button')
    alice.find('bob is enabled')
    bob.log_in('bob')
    bob.find('alice', 'list item')


def is_told_in_the_window_where_it_was_done():
    """That of a chat, while the main window is closed."""
    alice, bob = people['alice'], people['bob']
    alice.double_click(alice.find('bob', 'list item'))
    harness.wait_for('a second window', lambda: len(alice.windows()) == 2)
    main = next(window for window in alice.windows() if alice.look('Main Menu', inside=window))
    own = next(window for window in alice.windows() if window != main)
    bob.press('Decline', 'push button')
    alice.press('Close', 'push button', main)
    harness.wait_for('the window of the chat alone', lambda: alice.windows() == [own])
    alice.press('Chat Menu', inside=own)
    alice.press_in_popover('Disable Account…', 'menu item')
    alice.find('Disable the Account of bob?', 'label')
    alice.point(alice.find('Disable', 'push button'))
    alice.find('bob is disabled', inside=own)
    alice.press('Undo', 'push button', own)
    alice.find('bob is enabled', inside=own)
    bob.log_in('bob')
    alice.start_again()
    harness.wait_for('both windows', lambda: len(alice.windows()) == 2)
    alice.press('Close', 'push button', own)
    alice.find('bob', 'list item')


def is_no_admin_any_more():
    alice = people['alice']
    announce(alice, 'Goodbye')
    alice.find('Remove for Everyone', 'push button')
    manage(alice)
    server.operate('user', 'set-admin', 'alice', 'no')
    alice.gone('Manage Server', 'frame')
    alice.gone('Remove for Everyone', 'push button')
    expect('alice cannot broadcast', not can_broadcast(alice))


def is_logged_out_with_a_dialog_open():
    """By somebody who logs in with the same account, while the window below the dialog has the keyboard."""
    server.operate('user', 'set-admin', 'alice', 'yes')
    people['alice'].find('Remove for Everyone', 'push button')
    manage(people['alice'])
    people['alice'].focus('^bob$')
    other = people['other'] = App('other', '--server', server.address)
    other.log_in('alice')
    other.find('Remove for Everyone', 'push button')
    people['alice'].find(re.compile('(?i)somewhere else|another'), 'alert', LOGIN)
    people['alice'].log_in('alice')


def ends_with_a_dialog_open():
    """What is asked to end then is seen at the end of the test."""
    people['alice'].find('Remove for Everyone', 'push button')
    manage(people['alice'])


harness.run('admin', [
    others_are_offered_nothing,
    becomes_an_admin,
    asks_before_it_removes,
    removes_it_for_everyone,
    removes_one_from_the_history,
    limits_who_can_broadcast,
    shows_what_was_decided,
    disables_an_account_by_name,
    enables_it_again,
    disables_from_the_list_and_takes_it_back,
    is_told_in_the_window_where_it_was_done,
    is_no_admin_any_more,
    is_logged_out_with_a_dialog_open,
    ends_with_a_dialog_open,
], lambda: people.values())
