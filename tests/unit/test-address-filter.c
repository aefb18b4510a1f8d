/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarAddressFilter: whom not to dial. */

#include "client/ear-address-filter.h"

#define DOORBELL 5000 /* ours */

typedef struct
{
  const char *address;
  guint16 port;
  gboolean anywhere;    /* may be dialled, wherever the server is */
  gboolean on_loopback; /* … when the server is on loopback */
} Case;

static const Case cases[] = {
  { "192.168.1.7", 1024, TRUE, TRUE },
  { "192.168.1.7", 65535, TRUE, TRUE },
  { "192.168.1.7", 1023, FALSE, FALSE },
  { "192.168.1.7", 22, FALSE, FALSE },
  { "192.168.1.7", 0, FALSE, FALSE },
  { "8.8.8.8", 4000, TRUE, TRUE },
  { "2001:db8::7", 4000, TRUE, TRUE },
  { "fd00::7", 4000, TRUE, TRUE },
  { "127.0.0.1", 4000, FALSE, TRUE },
  { "127.1.2.3", 4000, FALSE, TRUE },
  { "::1", 4000, FALSE, TRUE },
  { "::ffff:127.0.0.1", 4000, FALSE, TRUE },
  { "::127.0.0.1", 4000, FALSE, FALSE },
  { "0.0.0.0", 4000, FALSE, FALSE },
  { "0.1.2.3", 4000, FALSE, FALSE },
  { "::", 4000, FALSE, FALSE },
  { "::ffff:0.0.0.0", 4000, FALSE, FALSE },
  { "255.255.255.255", 4000, FALSE, FALSE },
  { "240.0.0.1", 4000, FALSE, FALSE },
  { "224.0.0.251", 4000, FALSE, FALSE },
  { "239.255.255.255", 4000, FALSE, FALSE },
  { "ff02::1", 4000, FALSE, FALSE },
  { "169.254.169.254", 4000, FALSE, FALSE },
  { "::ffff:169.254.169.254", 4000, FALSE, FALSE },
  { "fe80::1", 4000, FALSE, FALSE },
  /* Ourselves, but not our neighbours on this machine. */
  { "10.0.0.5", DOORBELL, FALSE, FALSE },
  { "::ffff:10.0.0.5", DOORBELL, FALSE, FALSE },
  { "10.0.0.5", DOORBELL + 1, TRUE, TRUE },
  { "127.0.0.1", DOORBELL, FALSE, FALSE },
  { "10.0.0.6", DOORBELL, TRUE, TRUE },
  /* Not addresses. */
  { "", 4000, FALSE, FALSE },
  { "localhost", 4000, FALSE, FALSE },
  { "10.0.0.6:80", 4000, FALSE, FALSE },
  { "fe80::1%eth0", 4000, FALSE, FALSE },
  { "1", 4000, FALSE, FALSE },
};

static guint
count (const Case *c, gboolean loopback)
{
  const char *addresses[] = { c->address, NULL };
  g_autoptr (GPtrArray) own = g_ptr_array_new_with_free_func (g_object_unref);
  EarAddressRules rules = { .loopback = loopback, .own_port = DOORBELL, .own_addresses = own };
  g_autoptr (GPtrArray) places = NULL;

  g_ptr_array_add (own, g_inet_address_new_from_string ("10.0.0.5"));
  places = ear_address_filter (&rules, addresses, c->port);
  return places->len;
}

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s port %u", cases[i].address, cases[i].port);
    g_assert_cmpuint (count (&cases[i], FALSE), ==, cases[i].anywhere);
    g_assert_cmpuint (count (&cases[i], TRUE), ==, cases[i].on_loopback);
  }
}

static char *
dup_places (const char *const *addresses)
{
  EarAddressRules rules = { 0 };
  g_autoptr (GPtrArray) places = ear_address_filter (&rules, addresses, 4000);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < places->len; i++) {
    g_autofree char *address =
      g_inet_address_to_string (g_inet_socket_address_get_address (places->pdata[i]));

    g_assert_cmpuint (g_inet_socket_address_get_port (places->pdata[i]), ==, 4000);
    g_string_append_printf (text, "%s ", address);
  }
  return g_string_free (text, FALSE);
}

static void
test_order (void)
{
  const char *const addresses[] = { "10.0.0.3",        "ff02::1",  "10.0.0.1", "10.0.0.3",
                                    "::ffff:10.0.0.1", "10.0.0.2", NULL };
  g_autofree char *places = dup_places (addresses);

  g_assert_cmpstr (places, ==, "10.0.0.3 10.0.0.1 10.0.0.2 ");
}

static void
test_at_most_eight (void)
{
  const char *const addresses[] = { "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5",
                                    "10.0.0.6", "10.0.0.7", "10.0.0.8", "10.0.0.9", NULL };
  g_autofree char *places = dup_places (addresses);

  g_assert_true (g_str_has_suffix (places, "10.0.0.8 "));
}

static void
test_own (void)
{
  g_autoptr (GPtrArray) own = ear_address_list_own ();
  gboolean found = FALSE;

  for (guint i = 0; i < own->len; i++)
    found = found || g_inet_address_get_is_loopback (own->pdata[i]);
  g_assert_true (found);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address-filter/table", test_table);
  g_test_add_func ("/address-filter/order", test_order);
  g_test_add_func ("/address-filter/at-most-eight", test_at_most_eight);
  g_test_add_func ("/address-filter/own", test_own);
  return g_test_run ();
}
