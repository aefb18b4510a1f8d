/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where the server listens, and what it tells others about that. Loopback only. */

#include "server/ear-listener.h"

#include <string.h>

static EarServerConfig *
make_config (const char *port, const char *address, const char *second)
{
  EarServerConfig *config = ear_server_config_new ();

  g_assert_true (ear_server_config_set (config, "port", port, NULL));
  if (address != NULL)
    g_assert_true (ear_server_config_set (config, "listen", address, NULL));
  if (second != NULL)
    g_assert_true (ear_server_config_set (config, "listen", second, NULL));
  return config;
}

static gboolean
can_connect (const char *address, guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) there = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GSocketConnection) connection =
    g_socket_client_connect (client, G_SOCKET_CONNECTABLE (there), NULL, NULL);

  return connection != NULL;
}

static void
test_any_port (void)
{
  g_autoptr (EarServerConfig) config = make_config ("0", "127.0.0.1", NULL);
  g_autoptr (GError) error = NULL;
  guint16 port = 0;
  g_autoptr (GSocketService) service = ear_listener_new (config, &port, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (port, !=, 0);
  /* It listens, and accepts nobody before it is started. */
  g_assert_false (g_socket_service_is_active (service));
  g_assert_true (can_connect ("127.0.0.1", port));
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_assert_false (can_connect ("127.0.0.1", port));
}

/* Two addresses share the port that the kernel chose for the first. */
static void
test_two_addresses (void)
{
  g_autoptr (EarServerConfig) config = make_config ("0", "127.0.0.1", "127.0.0.2");
  g_autoptr (GError) error = NULL;
  guint16 port = 0;
  g_autoptr (GSocketService) service = ear_listener_new (config, &port, &error);

  g_assert_no_error (error);
  g_assert_true (can_connect ("127.0.0.1", port));
  g_assert_true (can_connect ("127.0.0.2", port));
  g_assert_false (can_connect ("127.0.0.3", port));
  g_socket_listener_close (G_SOCKET_LISTENER (service));
}

static void
test_port_taken (void)
{
  g_autoptr (EarServerConfig) config = make_config ("0", "127.0.0.1", NULL);
  g_autoptr (EarServerConfig) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint16 port = 0;
  g_autoptr (GSocketService) service = ear_listener_new (config, &port, &error);
  g_autoptr (GSocketService) second = NULL;

  g_assert_no_error (error);
  text = g_strdup_printf ("%u", port);
  again = make_config (text, "127.0.0.1", NULL);
  second = ear_listener_new (again, &port, &error);
  g_assert_null (second);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, text));
  g_socket_listener_close (G_SOCKET_LISTENER (service));
}

/* An address of nobody here (RFC 5737). */
static void
test_not_ours (void)
{
  g_autoptr (EarServerConfig) config = make_config ("0", "192.0.2.1", NULL);
  g_autoptr (GError) error = NULL;
  guint16 port = 0;

  g_assert_null (ear_listener_new (config, &port, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "192.0.2.1"));
}

static void
test_host (void)
{
  g_autoptr (EarServerConfig) one = make_config ("0", "127.0.0.1", "::1");
  g_autoptr (EarServerConfig) all = make_config ("0", "0.0.0.0", NULL);
  g_autoptr (EarServerConfig) none = make_config ("0", NULL, NULL);
  g_autofree char *first = ear_listener_dup_host (one);
  g_autofree char *own = ear_listener_dup_host (all);
  g_autofree char *same = ear_listener_dup_host (none);

  g_assert_cmpstr (first, ==, "127.0.0.1");
  /* Whatever this machine has, it can be dialled. */
  g_assert_true (g_hostname_is_ip_address (own));
  g_assert_cmpstr (own, !=, "0.0.0.0");
  g_assert_cmpstr (same, ==, own);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/listener/any-port", test_any_port);
  g_test_add_func ("/listener/two-addresses", test_two_addresses);
  g_test_add_func ("/listener/port-taken", test_port_taken);
  g_test_add_func ("/listener/not-ours", test_not_ours);
  g_test_add_func ("/listener/host", test_host);
  return g_test_run ();
}
