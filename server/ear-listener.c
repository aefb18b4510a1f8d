/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where the server listens: the sockets that systemd handed over, the addresses that were
 * configured, or all of this machine, IPv4 and IPv6. */

#include "config.h"

#include "server/ear-listener.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

/* How many may wait to be accepted: a whole office after a power cut. */
#define BACKLOG 1024

static gboolean
take_systemd_sockets (GSocketListener *listener, guint *n_sockets, guint16 *port, GError **error)
{
#ifdef HAVE_SYSTEMD
  int n = sd_listen_fds (TRUE);

  for (int i = 0; i < n; i++) {
    g_autoptr (GSocket) socket = g_socket_new_from_fd (SD_LISTEN_FDS_START + i, error);
    g_autoptr (GSocketAddress) address = NULL;

    if (socket == NULL || !g_socket_listener_add_socket (listener, socket, NULL, error))
      return FALSE;
    address = g_socket_get_local_address (socket, NULL);
    if (G_IS_INET_SOCKET_ADDRESS (address))
      *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
    (*n_sockets)++;
  }
#endif
  return TRUE;
}

static gboolean
add_address (GSocketListener *listener, const char *text, guint16 *port, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (text, *port);
  g_autoptr (GSocketAddress) effective = NULL;

  if (!g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &effective, error)) {
    g_prefix_error (error, "%s port %u: ", text, *port);
    return FALSE;
  }
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  return TRUE;
}

static gboolean
add_all (GSocketListener *listener, const EarServerConfig *config, guint16 *port, GError **error)
{
  *port = config->port;
  for (guint i = 0; config->listen[i] != NULL; i++) {
    if (!add_address (listener, config->listen[i], port, error))
      return FALSE;
  }
  if (config->listen[0] != NULL)
    return TRUE;
  if (*port == 0) {
    *port = g_socket_listener_add_any_inet_port (listener, NULL, error);
    return *port != 0;
  }
  if (!g_socket_listener_add_inet_port (listener, *port, NULL, error)) {
    g_prefix_error (error, "port %u: ", *port);
    return FALSE;
  }
  return TRUE;
}

/**
 * ear_listener_new:
 * @config: the settings
 * @port: (out): the port, also when the kernel chose it
 * @error: return location for an error
 *
 * Makes a service that listens, and does not yet accept.
 *
 * Returns: (transfer full) (nullable): the service. Fails with [error@Gio.IOErrorEnum].
 */
GSocketService *
ear_listener_new (const EarServerConfig *config, guint16 *port, GError **error)
{
  g_autoptr (GSocketService) service = g_socket_service_new ();
  GSocketListener *listener = G_SOCKET_LISTENER (service);
  guint n_sockets = 0;

  g_socket_service_stop (service);
  g_socket_listener_set_backlog (listener, BACKLOG);
  if (!take_systemd_sockets (listener, &n_sockets, port, error))
    return NULL;
  if (n_sockets == 0 && !add_all (listener, config, port, error))
    return NULL;
  return g_steal_pointer (&service);
}

static char *
dup_own_address (void)
{
  g_autofree char *host = NULL;
  struct ifaddrs *all;

  if (getifaddrs (&all) != 0)
    return NULL;
  for (struct ifaddrs *i = all; i != NULL && host == NULL; i = i->ifa_next) {
    g_autoptr (GSocketAddress) address = NULL;

    if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
        (i->ifa_flags & IFF_LOOPBACK) != 0 || (i->ifa_flags & IFF_UP) == 0)
      continue;
    address = g_socket_address_new_from_native (i->ifa_addr, sizeof (struct sockaddr_in));
    host = g_inet_address_to_string (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
  }
  freeifaddrs (all);
  return g_steal_pointer (&host);
}

/**
 * ear_listener_dup_host:
 * @config: the settings
 *
 * Finds the address to tell others: the first that is listened on, or this machine's own.
 *
 * Returns: (transfer full): the address
 */
char *
ear_listener_dup_host (const EarServerConfig *config)
{
  char *host = NULL;

  if (config->listen[0] != NULL) {
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (config->listen[0]);

    if (!g_inet_address_get_is_any (address))
      return g_strdup (config->listen[0]);
  }
  host = dup_own_address ();
  return host != NULL ? host : g_strdup ("127.0.0.1");
}
