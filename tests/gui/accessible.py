# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app tells who cannot see it: its tree of accessible objects, read at once.

libatspi asks for each thing of each object by a message of its own, and waits for the answer: a thousand times for a
look. GTK, asked for its cache, answers with the name, role, description and states of every object that it has made.
It makes an object when its parent is asked for children, and only that answer leaves out what is hidden; so each is
asked for its children, many at a time. Of Atspi, only names and numbers are used.

Nothing is kept: a tree is what was there at one moment, and who wants to know what is there now reads another.
"""

import collections

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, Gio, GLib  # noqa: E402

ROOT = '/org/a11y/atspi/accessible/root'
NOTHING = '/org/a11y/atspi/null'

TIMEOUT = 30000  # ms; under sanitizers an app thinks long

TEXT_END = 0x7fffffff  # GTK takes less

Box = collections.namedtuple('Box', 'x y width height')


def connect():
    """To the bus for accessibility, of which the session bus knows."""
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    address = session.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None,
                                Gio.DBusCallFlags.NONE, TIMEOUT).unpack()[0]
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)


def find_app(bus, pid):
    """The app of a process, or None while it cannot be read."""
    names = Peer(bus, 'org.freedesktop.DBus')
    apps = Peer(bus, 'org.a11y.atspi.Registry').call(ROOT, 'org.a11y.atspi.Accessible', 'GetChildren')
    for name, _ in apps:
        try:
            if names.call('/org/freedesktop/DBus', names.name, 'GetConnectionUnixProcessID', '(s)', name) == pid:
                app = Peer(bus, name)
                app.read()
                return app
        except GLib.Error:
            pass  # It has a name before it has a tree, or went while we looked.
    return None


class Peer:
    """Who answers on the bus."""

    def __init__(self, bus, name):
        self.bus, self.name = bus, name

    def call(self, path, interface, method, signature='()', *arguments):
        """Gives the first thing of the answer."""
        return self.bus.call_sync(self.name, path, interface, method, GLib.Variant(signature, arguments), None,
                                  Gio.DBusCallFlags.NONE, TIMEOUT).unpack()[0]

    def read(self):
        """The tree as it is now: the windows are the children of what this gives."""
        nodes = self._read_nodes()
        children = self._read_children(nodes)
        if not children.keys() <= nodes.keys():
            nodes = self._read_nodes()  # Now GTK has made what was missing.
        for path, node in nodes.items():
            node.children = [nodes[child] for child in children.get(path, ())
                             if child in nodes and nodes[child].is_visible]
        return nodes[ROOT]

    def _read_nodes(self):
        """What GTK has made, by path."""
        nodes = {}
        for item in self.call('/org/a11y/atspi/cache', 'org.a11y.atspi.Cache', 'GetItems'):
            node = Node(self, nodes, item)
            nodes[node.path] = node
        return nodes

    def _read_children(self, nodes):
        """The paths of the children of each object, by its path."""
        children = {}
        asked = [ROOT]
        while asked:
            children.update(dict.fromkeys(asked, ()))
            answers = self._ask_children([path for path in asked if path not in nodes or nodes[path].may_have_children])
            children.update(answers)
            asked = [child for answer in answers.values() for child in answer]
        return children

    def _ask_children(self, paths):
        """Asks all, then waits for all answers."""
        answers = {}

        def take(_bus, answer, path):
            answers[path] = answer

        for path in paths:
            self.bus.call(self.name, path, 'org.a11y.atspi.Accessible', 'GetChildren', None, None,
                          Gio.DBusCallFlags.NONE, TIMEOUT, None, take, path)
        while len(answers) < len(paths):
            GLib.MainContext.default().iteration(True)
        return {path: self._unpack_children(answer) for path, answer in answers.items()}

    def _unpack_children(self, answer):
        try:
            return [path for _, path in self.bus.call_finish(answer).unpack()[0]]
        except GLib.Error as error:
            if error.matches(Gio.DBusError.quark(), Gio.DBusError.UNKNOWN_METHOD):
                return []  # It went while we looked.
            raise


class Node:
    """An object: its fields are what was read, its methods ask, or do, now. They fail with GLib.Error if it went."""

    def __init__(self, peer, tree, item):
        ((_, self.path), _, (_, self.parent_path), _, n_children, self.interfaces, self.name, role, self.description,
         states) = item
        self.peer, self.tree = peer, tree
        self.role = Atspi.role_get_name(Atspi.Role(role))
        self.is_visible = _has(states, Atspi.StateType.VISIBLE)
        # GTK does not count the windows.
        self.may_have_children = n_children != 0 or self.path == ROOT

    def __eq__(self, other):
        return isinstance(other, Node) and self.path == other.path

    def walk(self):
        """What is in it, top down."""
        for child in self.children:
            yield child
            yield from child.walk()

    def call(self, interface, method, signature='()', *arguments):
        return self.peer.call(self.path, 'org.a11y.atspi.' + interface, method, signature, *arguments)

    def text(self):
        """Of a label or an entry; dots for a password."""
        if 'org.a11y.atspi.Text' not in self.interfaces:
            return ''
        return self.call('Text', 'GetText', '(ii)', 0, TEXT_END)

    def set_text(self, text):
        self.call('EditableText', 'SetTextContents', '(s)', text)

    def is_usable(self):
        return self._is(Atspi.StateType.SENSITIVE)

    def is_focused(self):
        return self._is(Atspi.StateType.FOCUSED)

    def is_active(self):
        """A window, when it is in front."""
        return self._is(Atspi.StateType.ACTIVE)

    def is_checked(self):
        return self._is(Atspi.StateType.CHECKED)

    def _is(self, state):
        return _has(self.call('Accessible', 'GetState'), state)

    def box(self):
        """Its place in its window."""
        return Box(*self.call('Component', 'GetExtents', '(u)', Atspi.CoordType.WINDOW))

    def action(self):
        """What it is for, such as Click, or None."""
        actions = self.call('Action', 'GetActions')
        return actions[0][0] if actions else None

    def act(self):
        self.call('Action', 'DoAction', '(i)', 0)

    def is_on_screen(self):
        """Whether it stands there. GTK 4.8 tells neither of a page that is not the one shown nor of a closed revealer,
        but knows what is under the pointer, except in a header bar."""
        ancestors = list(self._way_up(self.parent_path))
        if not ancestors:
            return True
        box = self.box()
        if box.width <= 0 or box.height <= 0:
            return False
        _, picked = self.peer.call(ancestors[-1], 'org.a11y.atspi.Component', 'GetAccessibleAtPoint', '(iiu)',
                                   box.x + box.width // 2, box.y + box.height // 2, Atspi.CoordType.WINDOW)
        if picked == NOTHING or self.path in self._way_up(picked):
            return True
        return picked in ancestors and not self.is_usable()

    def _way_up(self, path):
        """From a path to that of its window; what is not in the tree is asked."""
        while path not in (ROOT, NOTHING):
            yield path
            if path in self.tree:
                path = self.tree[path].parent_path
            else:
                _, path = self.peer.call(path, 'org.freedesktop.DBus.Properties', 'Get', '(ss)',
                                         'org.a11y.atspi.Accessible', 'Parent')


def _has(states, state):
    return bool(states[state // 32] >> state % 32 & 1)
