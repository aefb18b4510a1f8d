/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Many clients come, go, look, broadcast and chat for a while with a real earshotd. At the end,
 * with the same clients here as in the beginning, the server has the same descriptors open and
 * needs no more memory, this program has no more descriptors open and has allocated no more than
 * its clients need for the broadcasts of the last half hour and for a part of each history, and
 * nothing was logged as a warning.
 *
 * Most clients are lines that this test sends; every tenth is a real one with its history, and
 * these chat. EARSHOT_CLIENTS and EARSHOT_SECONDS say how many and how long. */

#include <malloc.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "client/ear-announcement-list.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"
#include "support/ear-test-process.h"
#include "support/ear-test-wait.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"

#define CLIENTS "40"
#define SECONDS "4"
#define MAX_SAMPLES 10
#define PASSWORD "correct horse"
#define PAUSE_MS 20       /* between two acts */
#define BROADCAST_EVERY 5 /* acts: each is kept for half an hour, and that is no leak */
#define MAX_GROWTH_KIB 4096
#define MAX_CACHE_KIB 2560     /* of one history: SQLite keeps 2,000 KiB of pages */
#define ANNOUNCEMENT_BYTES 512 /* that one broadcast takes in one client, its text being short */

typedef struct
{
  char *name;
  EarIdentity *identity;
  EarTestClient *client; /* NULL while away */
} Member;

typedef struct
{
  EarTestServer *server;
  EarScramSecret keys; /* the same for all: they have one password, and a salt that the test made */
  GPtrArray *members;  /* (element-type Member) */
  GPtrArray *people;   /* (element-type EarTestPerson) */
  guint64 last_broadcast;
  guint n_broadcasts;
  guint n_comings;
  guint n_messages;
} Fixture;

typedef struct
{
  EarTestFigures server;
  EarTestFigures ours;
  /* What is allocated: what was freed does not count, whether or not it was given back. */
  glong heap_kib;
  glong caches_kib;      /* SQLite's part, beside that: at each start it reads a history once */
  guint n_announcements; /* in all clients */
} Sample;

static guint
get_number (const char *variable, const char *otherwise)
{
  const char *value = g_getenv (variable);

  return (guint) atoi (value != NULL ? value : otherwise);
}

/* -- Those who come and go -- */

static void
drain (Fixture *f, Member *member)
{
  EarMessage *message;

  if (member->client == NULL)
    return;
  g_assert_no_error (member->client->reason);
  while ((message = g_queue_pop_head (&member->client->received)) != NULL) {
    if (ear_message_get_type (message) == EAR_MESSAGE_BROADCAST_EVENT)
      f->last_broadcast =
        MAX (f->last_broadcast, (guint64) ear_message_get_integer (message, "number"));
    ear_message_unref (message);
  }
}

static void
come (Fixture *f, Member *member)
{
  g_autofree char *proof = NULL;
  g_autoptr (EarMessage) authenticated = NULL;
  g_autoptr (EarMessage) roster = NULL;

  member->client = ear_test_client_new_from (f->server, member->identity, NULL);
  ear_test_client_hello (member->client);
  proof = ear_test_client_begin_auth_with_keys (member->client, member->name, &f->keys);
  ear_test_client_prove (member->client, proof);
  authenticated = ear_test_client_expect (member->client, EAR_MESSAGE_AUTHENTICATED);
  ear_test_client_present (member->client, f->last_broadcast);
  ear_test_client_send (member->client,
                        "{\"type\":\"watch\",\"id\":90,\"prefix\":\"\",\"limit\":500}");
  roster = ear_test_client_expect (member->client, EAR_MESSAGE_ROSTER);
  f->n_comings++;
}

static void
go (Member *member)
{
  if (g_random_boolean ())
    ear_test_client_send (member->client, "{\"type\":\"bye\"}");
  g_clear_pointer (&member->client, ear_test_client_free);
}

static Member *
member_new (Fixture *f, guint i)
{
  Member *self = g_new0 (Member, 1);
  g_autoptr (EarTestClient) client = ear_test_client_new (f->server);
  g_autoptr (EarMessage) ok = NULL;

  self->name = g_strdup_printf ("user%u", i);
  self->identity = ear_identity_ref (client->identity);
  ear_test_client_hello (client);
  ear_test_client_sign_up_with_keys (client, self->name, &f->keys);
  ok = ear_test_client_expect (client, EAR_MESSAGE_OK);
  return self;
}

static void
member_free (gpointer data)
{
  Member *self = data;

  g_clear_pointer (&self->client, ear_test_client_free);
  ear_identity_unref (self->identity);
  g_free (self->name);
  g_free (self);
}

/* -- All -- */

static void
set_up (Fixture *f, gconstpointer data)
{
  guint n = get_number ("EARSHOT_CLIENTS", CLIENTS);
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  f->server = ear_test_server_new ();
  ear_test_server_keep_log (f->server);
  ear_test_server_spawn (f->server);
  ear_test_client_derive (PASSWORD, &f->keys);
  f->members = g_ptr_array_new_with_free_func (member_free);
  f->people = g_ptr_array_new_with_free_func ((GDestroyNotify) ear_test_person_free);
  for (guint i = 0; i < n - n / 10; i++)
    g_ptr_array_add (f->members, member_new (f, i));
  for (guint i = 0; i < n / 10; i++) {
    g_autofree char *name = g_strdup_printf ("person%u", i);

    g_ptr_array_add (f->people, ear_test_person_new (f->server, name));
  }
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_ptr_array_unref (f->members);
  g_ptr_array_unref (f->people);
  ear_test_server_terminate (f->server);
  ear_test_server_free (f->server);
}

static Member *
pick_member (Fixture *f)
{
  return g_ptr_array_index (f->members, (guint) g_random_int_range (0, (gint32) f->members->len));
}

static EarTestPerson *
pick_person (Fixture *f)
{
  return g_ptr_array_index (f->people, (guint) g_random_int_range (0, (gint32) f->people->len));
}

static void
broadcast (Fixture *f)
{
  Member *member = pick_member (f);

  if (member->client == NULL)
    return;
  ear_test_client_send (member->client, "{\"type\":\"broadcast\",\"id\":91,\"text\":\"number %u\"}",
                        f->n_broadcasts++);
  ear_test_wait (ear_test_client_count (member->client, EAR_MESSAGE_OK) +
                   ear_test_client_count (member->client, EAR_MESSAGE_ERROR) >
                 0);
}

/* A chat that is open, or is opened; with somebody who is there. */
static void
chat (Fixture *f)
{
  EarTestPerson *one = pick_person (f), *other = pick_person (f);
  g_autoptr (EarChatMessage) message = NULL;
  EarChat *a, *b;

  if (one == other || !ear_test_person_sees (one, other->user) ||
      !ear_test_person_sees (other, one->user))
    return;
  a = ear_test_person_get_chat (one, other);
  b = ear_test_person_get_chat (other, one);
  if (ear_chat_get_state (a) == EAR_CHAT_IDLE && ear_chat_get_state (b) == EAR_CHAT_IDLE) {
    ear_chat_request (a, NULL);
    ear_test_wait (ear_chat_get_state (b) == EAR_CHAT_ASKED ||
                   ear_chat_get_last_error (a) != NULL); /* too many requests */
    if (ear_chat_get_state (b) != EAR_CHAT_ASKED)
      return;
    ear_chat_accept (b);
    ear_test_wait (ear_chat_get_state (a) == EAR_CHAT_OPEN);
  }
  message = ear_chat_send (a, "How are you?");
  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
  f->n_messages++;
}

static void
restart_person (Fixture *f)
{
  EarTestPerson *person = pick_person (f);

  ear_test_person_leave (person);
  ear_test_person_come_back (person);
  f->n_comings++;
}

static void
act (Fixture *f, guint number)
{
  Member *member = pick_member (f);

  if (member->client != NULL)
    go (member);
  else
    come (f, member);
  if (number % BROADCAST_EVERY == 0)
    broadcast (f);
  if (number % 50 == 0)
    restart_person (f);
  else
    chat (f);
  for (guint i = 0; i < f->members->len; i++)
    drain (f, g_ptr_array_index (f->members, i));
  ear_test_settle (PAUSE_MS);
}

/* -- Figures -- */

/* Everybody is here, and nobody in a chat. */
static void
gather (Fixture *f)
{
  for (guint i = 0; i < f->people->len; i++) {
    ear_test_person_leave (g_ptr_array_index (f->people, i));
    ear_test_person_come_back (g_ptr_array_index (f->people, i));
  }
  for (guint i = 0; i < f->members->len; i++) {
    Member *member = g_ptr_array_index (f->members, i);

    if (member->client == NULL)
      come (f, member);
  }
  ear_test_settle (2 * EAR_LIMIT_ROSTER_TICK_MS); /* until all have been told */
  for (guint i = 0; i < f->members->len; i++)
    drain (f, g_ptr_array_index (f->members, i));
}

static guint
count_announcements (Fixture *f)
{
  guint n = 0;

  for (guint i = 0; i < f->people->len; i++) {
    EarTestPerson *person = g_ptr_array_index (f->people, i);

    n += g_list_model_get_n_items (G_LIST_MODEL (ear_client_get_announcements (person->client)));
  }
  return n;
}

static Sample
take_sample (Fixture *f)
{
  gather (f);
  return (Sample){ .server =
                     ear_test_process_measure (g_subprocess_get_identifier (f->server->process)),
                   .ours = ear_test_process_measure ("self"),
                   .heap_kib = ((glong) mallinfo2 ().uordblks - sqlite3_memory_used ()) / 1024,
                   .caches_kib = sqlite3_memory_used () / 1024,
                   .n_announcements = count_announcements (f) };
}

static void
print_sample (Fixture *f, const Sample *sample, gint64 start)
{
  g_test_message (
    "%4d s: server %ld KiB, %u descriptors; clients %ld KiB, %ld of them allocated, "
    "%ld of SQLite, %u descriptors, %u announcements; %u comings, %u broadcasts, %u messages",
    (int) ((g_get_monotonic_time () - start) / G_USEC_PER_SEC), sample->server.memory_kib,
    sample->server.n_files, sample->ours.memory_kib, sample->heap_kib, sample->caches_kib,
    sample->ours.n_files, sample->n_announcements, f->n_comings, f->n_broadcasts, f->n_messages);
}

/* Neither what the server needs nor what the clients have allocated; but AddressSanitizer keeps
 * what was freed for a while, and looks for leaks itself. */
static void
assert_no_growth (Fixture *f, const Sample *first, const Sample *last)
{
#ifndef __SANITIZE_ADDRESS__
  glong announcements_kib =
    ((glong) last->n_announcements - (glong) first->n_announcements) * ANNOUNCEMENT_BYTES / 1024;

  g_assert_cmpint (last->server.memory_kib, <=, first->server.memory_kib + MAX_GROWTH_KIB);
  g_assert_cmpint (last->heap_kib, <=, first->heap_kib + announcements_kib + MAX_GROWTH_KIB);
  g_assert_cmpint (last->caches_kib, <=, (glong) f->people->len * MAX_CACHE_KIB);
#endif
}

static void
test_soak (Fixture *f, gconstpointer data)
{
  gint64 seconds = get_number ("EARSHOT_SECONDS", SECONDS);
  gint64 n_samples = CLAMP (seconds / 60, 1, MAX_SAMPLES);
  Sample first, last;
  gint64 start;
  guint number = 1;

  gather (f); /* everybody has been here once */
  for (guint i = 0; i < f->members->len; i++)
    act (f, number++);
  first = take_sample (f);
  start = g_get_monotonic_time ();
  print_sample (f, &first, start);
  for (gint64 i = 1; i <= n_samples; i++) {
    while (g_get_monotonic_time () - start < i * seconds * G_USEC_PER_SEC / n_samples)
      act (f, number++);
    last = take_sample (f);
    print_sample (f, &last, start);
  }
  g_assert_cmpuint (last.server.n_files, ==, first.server.n_files);
  g_assert_cmpuint (last.ours.n_files, ==, first.ours.n_files);
  assert_no_growth (f, &first, &last);
  g_assert_cmpuint (ear_test_server_count_log (f->server, " warning: "), ==, 0);
  g_assert_cmpuint (ear_test_server_count_log (f->server, "logged-in"), >=, f->n_comings);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/soak", Fixture, NULL, set_up, test_soak, tear_down);
  return g_test_run ();
}
