# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real apps and a real server, used as a person with a screen reader uses them.

Everything is the test's own: a session bus, an X server for each app, a server on loopback, and the directories
of each profile. The apps are found and driven through AT-SPI; a list row, for which GTK 4.8 has no action, is
clicked with the mouse. Nothing waits for the time: each step waits for what it needs, up to PATIENCE seconds.
"""

import atexit
import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import accessible

from gi.repository import GLib

PATIENCE = 30

SCREEN = 1000, 760  # larger than a window

PASSWORD = 'Tr4vel-light-brick'

# Both pages of the log-in may be there; GTK names a group without a label by its type.
LOGIN, SIGNUP = 'EarLoginPage', 'EarSignupPage'

COMPLAINT = re.compile('WARNING|CRITICAL|ERROR|runtime error')  # GTK warns of bad markup

# Nobody shows notifications in most tests. The second is said now and then when a window closes under a screen reader,
# the third by a part of GTK's own, such as a slider, that is drawn before it has a place, on a busy machine. The last
# is what a test brings about.
KNOWN = re.compile("unable to send notifications|g_object_weak_unref: couldn't find weak ref|"
                   'Trying to snapshot GtkGizmo .* without a current allocation|'
                   'cannot be kept: .*another program')

_cleanups = []


def _clean_up():
    while _cleanups:
        _cleanups.pop()()


atexit.register(_clean_up)


class Failed(Exception):
    """What a test waited for did not come."""


def wait_for(what, condition):
    """Calls condition until it gives something that is true; a widget that went meanwhile is none."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(GLib.Error):
            result = condition()
            if result:
                return result
        if time.monotonic() > deadline:
            raise Failed(f'waited too long for {what}')
        # Between two looks the other programs get the processor.
        time.sleep(0.05)


def start(command, **options):
    """Starts a program that ends with the test, by its pid."""
    process = subprocess.Popen(command, **options)

    def end():
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    _cleanups.append(end)
    return process


def make_directory():
    directory = tempfile.mkdtemp(prefix='earshot-gui-')
    _cleanups.append(lambda: shutil.rmtree(directory, ignore_errors=True))
    return directory


def start_session_bus():
    """A session bus of the test's own."""
    reader, writer = os.pipe()
    start(['dbus-daemon', '--session', '--nofork', f'--print-address={writer}'], pass_fds=[writer],
          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as answer:
        os.environ['DBUS_SESSION_BUS_ADDRESS'] = answer.readline().strip()


def start_display():
    """An X server; gives its number."""
    reader, writer = os.pipe()
    # Without -r a key that is released late, on a busy machine, is pressed many times.
    start(['Xvfb', '-displayfd', str(writer), '-screen', '0', '{}x{}x24'.format(*SCREEN), '-nolisten', 'tcp', '-r'],
          pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    # Up to the newline: the server takes it ill when nobody reads that.
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()
    if not number:
        raise Failed('Xvfb did not start')
    return ':' + number


# What the bus starts, such as a keyring, must not see the home of whoever runs the tests.
os.environ['HOME'] = os.environ['XDG_RUNTIME_DIR'] = make_directory()
start_session_bus()
os.environ['DISPLAY'] = start_display()
os.environ['GTK_A11Y'] = 'atspi'
os.environ.pop('AT_SPI_BUS_ADDRESS', None)

accessibility_bus = accessible.connect()


def _matches(wanted, said):
    return bool(wanted.search(said)) if isinstance(wanted, re.Pattern) else wanted == said


_ports = itertools.count(os.getpid() * 12361)


def choose_port():
    """One that the kernel gives to nobody who asks for any: while a server is down, the port would be that of another
    test. Tests that run at once have process ids near each other, and by the golden ratio ports that are far apart."""
    for number in _ports:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(('127.0.0.1', 10000 + number % 20000))
            return probe.getsockname()[1]


class Server:
    """An earshotd on loopback."""

    def __init__(self, *options):
        self.options = options
        self.directory = make_directory()
        self.port = choose_port()
        self.address = f'127.0.0.1:{self.port}'
        self.start()

    def start(self):
        self.process = start([os.environ['EARSHOTD'], '--listen', '127.0.0.1', '--port', str(self.port),
                              '--data-dir', self.directory, '--iterations', '100000', *self.options],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith('Link'):
                self.fingerprint = line.strip().rsplit('#', 1)[1]
                return
        raise Failed('earshotd did not start')

    def operate(self, *arguments):
        """Does what an operator does; gives what that prints."""
        return subprocess.run([os.environ['EARSHOTD'], '--data-dir', self.directory, *arguments], check=True,
                              stdout=subprocess.PIPE, text=True).stdout.strip()

    def invite(self):
        """The link that lets one person sign up."""
        return self.operate('invite')

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(PATIENCE)


class App:
    """An earshot with a profile and an X server of its own; home is that of one that has ended, or made before."""

    def __init__(self, name, *arguments, home=None, password=None):
        self.name = name
        self.display = start_display()
        self.aside = False
        self.home = home or make_directory()
        self.environment = dict(
            os.environ, DISPLAY=self.display, HOME=self.home, XDG_DATA_HOME=self.home + '/data',
            XDG_CONFIG_HOME=self.home + '/config', XDG_CACHE_HOME=self.home + '/cache', XDG_RUNTIME_DIR=self.home,
            GDK_BACKEND='x11', GSK_RENDERER='cairo', GSETTINGS_BACKEND='keyfile', NO_AT_BRIDGE='0',
            LC_ALL='C.UTF-8', G_MESSAGES_DEBUG='', G_ENABLE_DIAGNOSTIC='0')
        self.environment.pop('EARSHOT_PASSWORD', None)
        if password:
            self.environment['EARSHOT_PASSWORD'] = password
        self.log = open(self.home + '/log', 'w+')
        self.process = start([os.environ['EARSHOT'], '--profile', name, *arguments], env=self.environment,
                             stdout=self.log, stderr=self.log)
        self.peer = wait_for(f'{name} on the accessibility bus', self._find_peer)

    def _find_peer(self):
        if self.process.poll() is not None:
            raise Failed(f'{self.name} ended with status {self.process.returncode}: {self._last_words()}')
        return accessible.find_app(accessibility_bus, self.process.pid)

    def walk(self, inside=None):
        """All that a person can perceive now, or all in a node, top down."""
        for node in self.peer.read().walk():
            if inside is None:
                yield node
            elif node == inside:
                yield from node.walk()

    def windows(self):
        return self.peer.read().children

    def look(self, name, role=None, inside=None):
        """What has this name or text (a string, or a pattern) now, or None; inside is a name or a node."""
        if isinstance(inside, str):
            top = self.look(inside)
            nodes = top.walk() if top else ()
        else:
            nodes = self.walk(inside)
        for node in nodes:
            try:
                if (role is None or node.role == role) and \
                        (_matches(name, node.name) or _matches(name, node.text())) and node.is_on_screen():
                    return node
            except GLib.Error:
                pass  # It went while we looked.
        return None

    def find(self, name, role=None, inside=None):
        """Waits for what has this name or text."""
        return wait_for(f'{self.name}: {role or "anything"} named {name!r}', lambda: self.look(name, role, inside))

    def gone(self, name, role=None, inside=None):
        """Waits until nothing has this name any more."""
        return wait_for(f'{self.name}: nothing named {name!r}', lambda: self.look(name, role, inside) is None)

    def sees(self, pattern):
        """Waits for a text anywhere."""
        return self.find(re.compile(pattern))

    def delivered(self, text, *states):
        """Waits until one's own message has come so far: a state is what its row says after the time."""
        def look():
            row = self.look(f'You: {text}', 'list item')
            return row and row.description.split(', ')[-1] in states
        wait_for(f'{self.name}: {text!r} to be {" or ".join(states)}', look)

    def _xdotool(self, *arguments):
        subprocess.run(['xdotool', *map(str, arguments)], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL)

    def _ask_xdotool(self, *arguments):
        return subprocess.run(['xdotool', *arguments], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True).stdout

    def _window(self, name='.'):
        """The newest window whose title matches. Without a window manager each stands in the corner, but no popover or
        tooltip does."""
        places = self._ask_xdotool('search', '--onlyvisible', '--name', name, 'getwindowgeometry', '%@')
        return (re.findall(r'^Window (\d+)\n *Position: 0,0 ', places, re.MULTILINE) or [None])[-1]

    def focus(self, name='.', then=()):
        """Gives the app's newest window whose title matches the keyboard: there is no window manager to do so. Then
        does what else xdotool is to do there, for which {} stands for the window."""
        window = wait_for('a window', lambda: self._window(name))
        self._xdotool('windowfocus', '--sync', window, *(window if word == '{}' else word for word in then))

    def resize(self, width, height):
        """The newest window, as a window manager would."""
        self.focus(then=['windowsize', '{}', width, height])

    def look_away(self):
        """Takes the keyboard from the app, and the pointer, and gives both to the empty screen."""
        self._xdotool('mousemove', SCREEN[0] - 1, SCREEN[1] - 1)
        place = self._ask_xdotool('getmouselocation', '--shell')
        self._xdotool('windowfocus', re.search(r'WINDOW=(\d+)', place).group(1))
        wait_for(f'{self.name} to be left', lambda: not any(window.is_active() for window in self.windows()))

    def _point(self, node, *then):
        """With the mouse, to the middle of what can be seen; aside each other time, as two clicks at one place may be a
        double click."""
        box = node.box()
        self.aside = not self.aside
        x = box.x + box.width // 2 + (8 if self.aside else 0)
        self.focus(then=['mousemove', '--window', '{}', x, box.y + box.height // 2, *then])

    def point(self, node):
        """Clicks there; then goes away, as a tooltip is a window, too."""
        self._point(node, 'click', 1, 'mousemove', SCREEN[0] - 1, SCREEN[1] - 1)

    def _find_usable(self, name, role, inside):
        def look():
            node = self.look(name, role, inside)
            return node if node and node.is_usable() else None
        return wait_for(f'{self.name}: {role or "anything"} named {name!r} that is usable', look)

    def click(self, name, role=None, inside=None):
        """With the mouse: for what closes its own window, at which GTK 4.8 looks again after an action."""
        self.point(self._find_usable(name, role, inside))

    def double_click(self, node):
        self._point(node, 'click', '--repeat', 2, '--delay', 50, 1)

    def click_second_button(self, node):
        self._point(node, 'click', 3)

    def press(self, name, role=None, inside=None):
        """Does what a button, a switch or a row is for, as soon as it can be done."""
        node = self._find_usable(name, role, inside)
        if node.action() in ('Click', 'Toggle'):
            node.act()
        else:
            self.point(node)

    def press_in_popover(self, name, role='push button', inside=None):
        """Presses a button in a popover, a surface of its own: GTK tells no place in the window for it. Inside is the
        name of what is around it."""
        def look():
            root = self.peer.read()
            tops = [node for node in root.walk() if node.name == inside] if inside else [root]
            return next((node for top in tops for node in top.walk() if node.role == role and node.name == name), None)
        wait_for(f'{self.name}: {name} in a popover', look).act()

    def key(self, *keys):
        self.focus(then=['key', '--clearmodifiers', *keys])

    def write(self, name, text, inside=None):
        """Replaces what stands in an entry."""
        node = self.find(name, 'text', inside)
        node.set_text(text)
        wait_for(f'{self.name}: the text in {name}', lambda: len(node.text()) == len(text))

    def say(self, name, text, inside=None, role='text'):
        """Types into a text view, as GTK 4.8 lets no assistive technology write there."""
        self.point(self.find(name, role, inside))
        self._xdotool('type', '--clearmodifiers', '--delay', 1, text)

    def sign_up(self, user, password=PASSWORD):
        """From the page of the log-in to the answer of the server."""
        self.press('Sign Up', 'push button', LOGIN)
        self.find('Sign Up', 'frame')
        self.fill_in_sign_up(user, password)

    def fill_in_sign_up(self, user, password=PASSWORD):
        self.write('Username', user, SIGNUP)
        self.write('Password', password, SIGNUP)
        self.write('Repeat Password', password, SIGNUP)
        self.press('Sign Up', 'push button', SIGNUP)

    def log_in(self, user, password=PASSWORD):
        self.write('Username', user, LOGIN)
        self.write('Password', password, LOGIN)
        self.press('Log In', 'push button', LOGIN)

    def start_again(self, *arguments):
        """As from the menu of the desktop, or by a link: the app that is there is told, and nothing else goes on."""
        subprocess.run([os.environ['EARSHOT'], '--profile', self.name, *arguments], env=self.environment, check=True,
                       timeout=PATIENCE)

    def close(self):
        """Closes the window, as its button does."""
        self.press('Close', 'push button')

    def end(self):
        """Waits for the end, asked for if it is not on its way, and looks for what went wrong unseen."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(PATIENCE)
        with open(self.home + '/log', encoding='utf-8', errors='replace') as log:
            complaints = [line for line in log if COMPLAINT.search(line) and not KNOWN.search(line)]
        if status != 0 or complaints:
            raise Failed(f'{self.name} ended with status {status}: {self._last_words()}')

    def show(self):
        """Prints what can be perceived, and takes a picture, for who has to find out what went wrong."""
        try:
            nodes = list(self.walk())
        except GLib.Error as error:
            print(f'# {self.name}: {error.message}')
            nodes = []
        for node in nodes:
            try:
                if node.is_on_screen():
                    print(f'# {self.name}: {node.role}: {node.name!r} {node.text()!r}')
            except GLib.Error:
                continue
        pictures = os.environ.get('EARSHOT_PICTURES')
        if pictures:
            subprocess.run(['import', '-window', 'root', f'{pictures}/{self.name}.png'], env=self.environment)
        print(f'# {self.name}: {self._last_words()}')

    def _last_words(self):
        with open(self.home + '/log', encoding='utf-8', errors='replace') as log:
            return '; '.join(line.strip() for line in log.readlines()[-20:] if line.strip())


def run(title, steps, apps):
    """Runs steps in their order, as TAP; the first that fails ends them. At last every app must end well."""
    def all_end_well():
        for app in apps():
            app.end()

    steps = [*steps, all_end_well]
    print(f'1..{len(steps)}', flush=True)
    for number, step in enumerate(steps, 1):
        try:
            step()
        except Exception as error:
            print(f'# {type(error).__name__}: {error}')
            for app in apps():
                app.show()
            print(f'not ok {number} /{title}/{step.__name__}', flush=True)
            sys.exit(1)
        print(f'ok {number} /{title}/{step.__name__}', flush=True)
