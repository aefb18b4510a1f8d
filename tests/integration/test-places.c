/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a server that lies can make a real client knock. Every connect() of this process is noted:
 * this file stands before the C library's, in the programs' own libraries, too. */

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client/ear-chat.h"
#include "client/ear-location.h"
#include "client/ear-session.h"
#include "lies.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "wire/ear-clock.h"
#include "wire/ear-limits.h"

#define PORT 31999 /* nobody's: not privileged, and none that the kernel hands out */

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice; /* her clock stands still until the test turns it */
  EarTestPerson *bob;
} Fixture;

/* -- What was dialled -- */

static GPtrArray *dialled; /* of "address:port", with the peers' ports alone */

static char *
dup_place (const struct sockaddr *address)
{
  char text[INET6_ADDRSTRLEN];

  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *in = (gconstpointer) address;

    inet_ntop (AF_INET, &in->sin_addr, text, sizeof text);
    return g_strdup_printf ("%s:%u", text, ntohs (in->sin_port));
  }
  if (address->sa_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (gconstpointer) address;

    inet_ntop (AF_INET6, &in6->sin6_addr, text, sizeof text);
    return g_strdup_printf ("%s:%u", text, ntohs (in6->sin6_port));
  }
  return NULL;
}

/* In place of the C library's, as it declares it. */
int
connect (int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
  char *place = dup_place (address.__sockaddr__);

  if (place != NULL && dialled != NULL)
    g_ptr_array_add (dialled, place);
  else
    g_free (place);
  return (int) syscall (SYS_connect, fd, address.__sockaddr__, size);
}

static guint
count_dialled (guint16 port)
{
  g_autofree char *end = g_strdup_printf (":%u", port);
  guint n = 0;

  for (guint i = 0; i < dialled->len; i++) {
    if (g_str_has_suffix (dialled->pdata[i], end)) {
      g_test_message ("dialled %s", (char *) dialled->pdata[i]);
      n++;
    }
  }
  return n;
}

/* -- Whether the server seems to be on this machine -- */

static gboolean server_is_elsewhere;

/* Names that the linker makes. */
gboolean __real_ear_session_is_server_on_loopback (EarSession *self);
gboolean __wrap_ear_session_is_server_on_loopback (EarSession *self);

gboolean
__wrap_ear_session_is_server_on_loopback (EarSession *self)
{
  return !server_is_elsewhere && __real_ear_session_is_server_on_loopback (self);
}

/* -- The lie -- */

typedef struct
{
  guint16 port;
  const char *addresses[EAR_LIMIT_ADDRESSES + 1];
} Place;

static GBytes *
place_lie (EarLink *link, EarMessage *message, gpointer user_data)
{
  static const char nothing[] = "{\"type\":\"broadcast-removed\",\"number\":1}\n";
  const Place *place = user_data;
  EarMessageType type = ear_message_get_type (message);

  /* Bob may not dial back either: he would knock at alice's door, and rightly. */
  if (type == EAR_MESSAGE_DIAL)
    return g_bytes_new_static (nothing, strlen (nothing));
  if (type != EAR_MESSAGE_LOCATED)
    return NULL;
  ear_message_set_strings (message, "addresses", place->addresses);
  ear_message_set_integer (message, "port", place->port);
  return NULL;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  server_is_elsewhere = data != NULL;
  dialled = g_ptr_array_new_with_free_func (g_free);
  f->server = ear_test_server_new ();
  f->server->clock = ear_clock_new ();
  ear_test_server_start_inside (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  f->bob = ear_test_person_new (f->server, "bob");
  ear_test_person_leave (f->alice);
  f->alice->clock = ear_clock_new_manual (0);
  ear_test_person_come_back (f->alice);
  ear_test_wait (ear_test_person_sees (f->alice, "bob"));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lies_set (NULL, NULL);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
  g_clear_pointer (&dialled, g_ptr_array_unref);
}

static guint16
locate (EarTestPerson *asker, const char *user)
{
  EarSession *session = ear_client_get_session (asker->client);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (EarLocation) location = NULL;

  ear_session_locate_async (session, user, NULL, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  location = ear_session_locate_finish (session, result, NULL);
  g_assert_nonnull (location);
  return location->port;
}

/* Alice asks for bob, who is said to be there; gives how many connections were tried. */
static guint
ask (Fixture *f, const Place *place)
{
  EarChat *chat = ear_test_person_get_chat (f->alice, f->bob);
  guint n_dialled;

  g_ptr_array_set_size (dialled, 0);
  lies_set (place_lie, (gpointer) place);
  ear_chat_request (chat, NULL);
  locate (f->alice, "bob"); /* answered after the chat's own question */
  for (guint i = 0; i <= EAR_LIMIT_ADDRESSES; i++) {
    ear_test_settle (1);
    ear_clock_advance (f->alice->clock, EAR_LIMIT_DIAL_STAGGER_MS * 1000);
  }
  ear_clock_advance (f->alice->clock, EAR_LIMIT_DIAL_MS * 1000);
  ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_IDLE &&
                 ear_chat_get_last_error (chat) != NULL);
  g_assert_error (ear_chat_get_last_error (chat), EAR_ERROR, EAR_ERROR_UNREACHABLE);
  n_dialled = count_dialled (place->port);
  ear_chat_cancel (chat);
  return n_dialled;
}

/* No one machine's addresses, and those where clouds keep their secrets. */
static void
test_no_machine (Fixture *f, gconstpointer data)
{
  static const Place places[] = {
    { PORT,
      { "169.254.169.254", "169.254.0.1", "224.0.0.251", "239.255.255.250", "255.255.255.255",
        "240.0.0.1", "0.0.0.0", "0.1.2.3" } },
    { PORT,
      { "ff02::1", "ff05::2", "fe80::1", "::", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
        "::ffff:224.0.0.251", "::7f00:1" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    g_assert_cmpuint (ask (f, &places[i]), ==, 0);
}

static void
test_low_ports (Fixture *f, gconstpointer data)
{
  static const guint16 low[] = { 1, 22, 25, 80, 443, 631, 1023 };

  for (guint i = 0; i < G_N_ELEMENTS (low); i++) {
    Place place = { low[i], { "127.0.0.1", "127.0.0.77", "::1", "192.0.2.1" } };

    g_assert_cmpuint (ask (f, &place), ==, 0);
  }
}

/* Her own door, by all of its names. */
static void
test_own_door (Fixture *f, gconstpointer data)
{
  Place place = { 0, { "127.0.0.1", "127.0.0.77", "::1", "::ffff:127.0.0.1" } };

  place.port = locate (f->bob, "alice");
  g_assert_cmpuint (ask (f, &place), ==, 0);
}

/* Data: the server is on another machine, for all that the client knows. */
static void
test_this_machine (Fixture *f, gconstpointer data)
{
  static const Place place = { PORT, { "127.0.0.1", "127.0.0.77", "::1", "::ffff:127.0.0.1" } };

  g_assert_cmpuint (ask (f, &place), ==, 0);
}

/* When the server is here, peers may be, too; this also shows that nothing is overlooked. */
static void
test_allowed (Fixture *f, gconstpointer data)
{
  static const Place place = { PORT, { "127.0.0.1", "127.0.0.77" } };

  g_assert_cmpuint (ask (f, &place), ==, 2);
}

#define ADD(path, data, func) g_test_add ("/places/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("allowed", NULL, test_allowed);
  ADD ("no-machine", NULL, test_no_machine);
  ADD ("low-ports", NULL, test_low_ports);
  ADD ("own-door", NULL, test_own_door);
  ADD ("this-machine", "elsewhere", test_this_machine);
  return g_test_run ();
}
