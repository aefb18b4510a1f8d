/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Which addresses may be dialled.
 *
 * A peer says where it is reached, and the server hands that on: without this filter anybody could
 * have our machine knock at any service of the networks that it is in. So nothing is dialled that
 * cannot be another machine's doorbell: no privileged port, no address that is not one machine's,
 * no link-local IPv4 address (where clouds keep their secrets), nothing on this machine unless the
 * server itself is reached over loopback, and never ourselves. */

#include "client/ear-address-filter.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "wire/ear-limits.h"

#define PORT_MIN 1024 /* below are the system's services */

/**
 * ear_address_unmap:
 * @address: an address
 *
 * Takes an IPv4 address out of its IPv6 clothes (RFC 4291, section 2.5.5.2), in which a socket for
 * both versions shows it.
 *
 * Returns: (transfer full): the address
 */
GInetAddress *
ear_address_unmap (GInetAddress *address)
{
  static const guint8 prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
      memcmp (bytes, prefix, sizeof prefix) == 0)
    return g_inet_address_new_from_bytes (bytes + sizeof prefix, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

static gboolean
is_own (const EarAddressRules *rules, GInetAddress *address)
{
  if (g_inet_address_get_is_loopback (address))
    return TRUE;
  for (guint i = 0; rules->own_addresses != NULL && i < rules->own_addresses->len; i++) {
    if (g_inet_address_equal (address, rules->own_addresses->pdata[i]))
      return TRUE;
  }
  return FALSE;
}

/* Of one machine that may be another one. */
static gboolean
is_unicast (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_is_any (address) || g_inet_address_get_is_multicast (address) ||
      g_inet_address_get_is_link_local (address))
    return FALSE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return bytes[0] != 0 && bytes[0] < 240; /* this network; reserved, broadcast */
  /* ::/8 has nothing but loopback and old ways to write IPv4 addresses. */
  return bytes[0] != 0 || g_inet_address_get_is_loopback (address);
}

/**
 * ear_address_may_be_dialled:
 * @rules: what we know of ourselves
 * @address: an address, not mapped
 * @port: the port
 *
 * Returns: whether a peer's doorbell may be there
 */
gboolean
ear_address_may_be_dialled (const EarAddressRules *rules, GInetAddress *address, guint16 port)
{
  if (port < PORT_MIN || !is_unicast (address))
    return FALSE;
  if (g_inet_address_get_is_loopback (address) && !rules->loopback)
    return FALSE;
  return port != rules->own_port || !is_own (rules, address);
}

static gboolean
contains (GPtrArray *places, GInetAddress *address)
{
  for (guint i = 0; i < places->len; i++) {
    if (g_inet_address_equal (g_inet_socket_address_get_address (places->pdata[i]), address))
      return TRUE;
  }
  return FALSE;
}

/**
 * ear_address_filter:
 * @rules: what we know of ourselves
 * @addresses: (array zero-terminated=1): textual addresses
 * @port: the port at all of them
 *
 * Picks what may be dialled, in the order given, each once, at most %EAR_LIMIT_ADDRESSES.
 *
 * Returns: (transfer full) (element-type GInetSocketAddress): the places, maybe none
 */
GPtrArray *
ear_address_filter (const EarAddressRules *rules, const char *const *addresses, guint16 port)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; addresses[i] != NULL && places->len < EAR_LIMIT_ADDRESSES; i++) {
    g_autoptr (GInetAddress) raw = g_inet_address_new_from_string (addresses[i]);
    g_autoptr (GInetAddress) address = raw != NULL ? ear_address_unmap (raw) : NULL;

    if (address == NULL || !ear_address_may_be_dialled (rules, address, port) ||
        contains (places, address))
      continue;
    g_ptr_array_add (places, g_inet_socket_address_new (address, port));
  }
  return places;
}

/**
 * ear_address_list_own:
 *
 * Asks the kernel, which answers at once.
 *
 * Returns: (transfer full) (element-type GInetAddress): the addresses of this machine's interfaces
 */
GPtrArray *
ear_address_list_own (void)
{
  GPtrArray *own = g_ptr_array_new_with_free_func (g_object_unref);
  struct ifaddrs *list = NULL;

  if (getifaddrs (&list) != 0)
    return own;
  for (struct ifaddrs *entry = list; entry != NULL; entry = entry->ifa_next) {
    g_autoptr (GSocketAddress) address = NULL;
    gsize size;

    if (entry->ifa_addr == NULL)
      continue;
    if (entry->ifa_addr->sa_family == AF_INET)
      size = sizeof (struct sockaddr_in);
    else if (entry->ifa_addr->sa_family == AF_INET6)
      size = sizeof (struct sockaddr_in6);
    else
      continue;
    address = g_socket_address_new_from_native (entry->ifa_addr, size);
    if (G_IS_INET_SOCKET_ADDRESS (address))
      g_ptr_array_add (
        own, g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address))));
  }
  freeifaddrs (list);
  return own;
}

/**
 * ear_address_is_here:
 * @address: (nullable): of our end of a link
 *
 * Returns: whether this machine still has the address; also when that cannot be known
 */
gboolean
ear_address_is_here (GInetSocketAddress *address)
{
  g_autoptr (GPtrArray) own = ear_address_list_own ();
  g_autoptr (GInetAddress) plain = NULL;

  if (address == NULL || own->len == 0)
    return TRUE;
  plain = ear_address_unmap (g_inet_socket_address_get_address (address));
  return g_ptr_array_find_with_equal_func (own, plain, (GEqualFunc) g_inet_address_equal, NULL);
}
