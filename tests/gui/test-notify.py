#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications of who is not looking: the test is the desktop that shows them, and presses their buttons."""

import harness
from harness import App, Server, wait_for

from gi.repository import Gio, GLib

NAME = 'org.freedesktop.Notifications'
PATH = '/org/freedesktop/Notifications'
INTERFACE = f'''
<node><interface name="{NAME}">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{{sv}}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/>
  </method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
</interface></node>'''


class Desktop:
    """Keeps the notifications that are there, by their number."""

    def __init__(self):
        self.shown = {}
        self.count = 0
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        self.bus.register_object(PATH, interface, self._call, None, None)
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, None, None)

    def _call(self, _bus, _sender, _path, _interface, method, parameters, invocation):
        answer = None
        if method == 'Notify':
            _app, replaces, _icon, summary, body, actions, _hints, _timeout = parameters.unpack()
            self.count += 1
            number = replaces or self.count
            self.shown[number] = {'summary': summary, 'body': body, 'actions': dict(zip(actions[1::2], actions[::2]))}
            answer = GLib.Variant('(u)', (number,))
        elif method == 'CloseNotification':
            self.shown.pop(parameters.unpack()[0], None)
        elif method == 'GetCapabilities':
            answer = GLib.Variant('(as)', (['actions', 'body', 'body-markup'],))
        elif method == 'GetServerInformation':
            answer = GLib.Variant('(ssss)', ('test', 'Earshot', '1', '1.2'))
        invocation.return_value(answer)

    def find(self, summary, body=''):
        """Waits for a notification, and gives its number."""
        def look():
            while GLib.MainContext.default().iteration(False):
                pass
            for number, shown in self.shown.items():
                if shown['summary'] == summary and body in shown['body']:
                    return number
            return None

        return wait_for(f'a notification {summary!r} {body!r} among {self.shown}', look)

    def press(self, number, label):
        self.bus.emit_signal(None, PATH, NAME, 'ActionInvoked',
                             GLib.Variant('(us)', (number, self.shown[number]['actions'][label])))
        self.bus.flush_sync()


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


harness.run('notify', [
    two_who_do_not_look,
    a_request_is_declined_there,
    a_request_is_accepted_there,
    a_message_shows_as_it_was_written,
], lambda: people.values())
