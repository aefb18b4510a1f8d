#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of the README: screenshots.py DIRECTORY, with the environment of a gui test and EARSHOT_CLI.

What they show is the real app, used through AT-SPI; the other people are at earshot-cli. Wants ImageMagick's import.
"""

import os
import subprocess
import sys

import harness
from harness import App, Server, make_directory, start

OTHERS = {'carol': 'Carol Nwosu', 'dmitri': 'Dmitri Orlov', 'ewa': 'Ewa Lis', 'hassan': 'Hassan Amiri',
          'mei': 'Mei Tanaka', 'sofia': 'Sofia Duarte'}

SETTINGS = """[Settings]
gtk-font-name=Cantarell 11
gtk-enable-animations=0
gtk-cursor-blink=0
"""

os.environ['XDG_CONFIG_DIRS'] = make_directory()
os.mkdir(os.environ['XDG_CONFIG_DIRS'] + '/gtk-4.0')
with open(os.environ['XDG_CONFIG_DIRS'] + '/gtk-4.0/settings.ini', 'w', encoding='utf-8') as settings:
    settings.write(SETTINGS)

server = Server()


class Other:
    """Somebody at the command line."""

    def __init__(self, user, name):
        home = make_directory()
        self.environment = dict(os.environ, XDG_DATA_HOME=home, EARSHOT_PASSWORD=harness.PASSWORD)
        self.run('--user', user, '--name', name, 'signup')
        start(self.command('listen', '--accept', 'all'), env=self.environment, stdin=subprocess.DEVNULL,
              stdout=subprocess.DEVNULL)

    def command(self, *arguments):
        return [os.environ['EARSHOT_CLI'], '--server', server.address, *arguments]

    def run(self, *arguments):
        subprocess.run(self.command(*arguments), env=self.environment, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)


def take(app, directory, name):
    app.focus()
    app.look_away()
    subprocess.run(['import', '-window', app._window(), '-strip', f'{directory}/{name}.png'], env=app.environment,
                   check=True)


def open_app(user, name):
    app = App(user, '--server', server.address)
    app.press('Sign Up', 'push button', harness.LOGIN)
    app.find('Sign Up', 'frame')
    app.write('Full Name (Optional)', name, harness.SIGNUP)
    app.fill_in_sign_up(user)
    app.find('Earshot', 'frame')
    return app


def talk(sender, receiver, text):
    sender.say('Message', text)
    sender.key('Return')
    receiver.find(f'{sender.name}: {text}', 'list item')


def main(directory):
    others = {user: Other(user, name) for user, name in OTHERS.items()}
    alice, bob = open_app('alice', 'Alice Larsen'), open_app('bob', 'Bob Okafor')
    bob.find('mei', 'list item')
    alice.point(alice.find('bob', 'list item'))
    bob.find('Bob Okafor', 'label')
    take(bob, directory, 'request')
    bob.click('Accept', 'push button')
    alice.find('direct, encrypted')
    talk(alice, bob, 'Are you in the lab?')
    talk(bob, alice, 'Yes, second floor. The new sensor is here!')
    talk(alice, bob, 'Great, I am coming over. Does it need the long cable?')
    talk(bob, alice, 'It does, and coffee would help, too.')
    talk(alice, bob, 'On my way.')
    bob.press('Broadcast', 'push button', 'EarSidebar')
    bob.say('Announcement', 'Fire drill at 11:00. Please meet in yard B.')
    bob.press('Broadcast', 'push button', 'New Announcement')
    alice.find('Fire drill at 11:00. Please meet in yard B.', 'label')
    take(alice, directory, 'chat')


main(sys.argv[1])
