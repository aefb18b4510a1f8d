# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a desktop that shows notifications, on the session bus of a test."""

from harness import Failed, wait_for

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
            self.receive()
            for number, shown in self.shown.items():
                if shown['summary'] == summary and body in shown['body']:
                    return number
            return None

        return wait_for(f'a notification {summary!r} {body!r} among {self.shown}', look)

    def receive(self):
        while GLib.MainContext.default().iteration(False):
            pass

    def expect_nothing(self):
        """What came first on the bus is here when the bus has answered."""
        self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'GetId', None, None,
                           Gio.DBusCallFlags.NONE, -1, None)
        self.receive()
        if self.shown:
            raise Failed(f'notifications: {self.shown}')

    def press(self, number, label):
        self.bus.emit_signal(None, PATH, NAME, 'ActionInvoked',
                             GLib.Variant('(us)', (number, self.shown[number]['actions'][label])))
        self.bus.flush_sync()
