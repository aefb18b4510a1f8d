/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "own-addresses.h"

#include <arpa/inet.h>
#include <glib.h>
#include <ifaddrs.h>

static const char *const loopback[] = { "127.0.0.1", NULL };

const char *const *own_addresses = loopback;

/* Names that the linker makes. */
int __wrap_getifaddrs (struct ifaddrs **list);
void __wrap_freeifaddrs (struct ifaddrs *list);

int
__wrap_getifaddrs (struct ifaddrs **list)
{
  static struct sockaddr_in addresses[3];
  static struct ifaddrs entries[G_N_ELEMENTS (addresses)];

  *list = NULL;
  for (guint i = 0; own_addresses[i] != NULL; i++) {
    g_assert_cmpuint (i, <, G_N_ELEMENTS (entries));
    addresses[i].sin_family = AF_INET;
    g_assert_cmpint (inet_pton (AF_INET, own_addresses[i], &addresses[i].sin_addr), ==, 1);
    entries[i] = (struct ifaddrs){ .ifa_next = *list, .ifa_addr = (gpointer) &addresses[i] };
    *list = &entries[i];
  }
  return 0;
}

void
__wrap_freeifaddrs (struct ifaddrs *list)
{
}
