#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Earshot authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell whether an earshotd listens: is-earshotd.py ADDRESS PORT exits with 0 when it does.

It is what speaks Earshot's protocol within TLS 1.3, and so it says before anybody has logged in.
"""

import socket
import ssl
import sys

PROTOCOL = 'earshot/1'


def speaks_earshot(address, port):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([PROTOCOL])
    try:
        with socket.create_connection((address, port), timeout=2) as plain:
            with context.wrap_socket(plain) as tls:
                return tls.selected_alpn_protocol() == PROTOCOL
    except OSError:
        return False


if __name__ == '__main__':
    sys.exit(0 if speaks_earshot(sys.argv[1], int(sys.argv[2])) else 1)
