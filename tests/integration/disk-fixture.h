/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <string.h>

#include "disk-faults.h"
#include "server/ear-admin.h"
#include "server/ear-bulletin.h"
#include "server/ear-policy.h"
#include "server/ear-server-private.h"
#include "support/ear-test-client.h"
#include "support/ear-test-wait.h"
#include "wire/ear-server-link.h"

/* A server in the test's process over the fault layer, what is asked of it, and what of that must
 * still be there after a restart. */

#define KEYS                                                         \
  "\"salt\":\"AQAAAAAAAAAAAAAAAAAAAA==\",\"iterations\":100000,"     \
  "\"stored_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"," \
  "\"server_key\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""

#define N_SPARE 8 /* requests of those that use something up */

typedef struct
{
  EarTestServer *server;
  EarTestClient *client; /* active, as alice, an admin */
  EarTestClient *stranger;
  char *name;       /* of alice, as far as she knows */
  char *new_name;   /* that she has asked for */
  GPtrArray *texts; /* (element-type utf8): of broadcasts that were acknowledged */
  char *text;       /* of the one that was asked for last */
  const char *who;  /* may broadcast */
  const char *new_who;
  GQueue codes;     /* (element-type utf8): of invitations that are open */
  GQueue regretted; /* (element-type utf8): texts of broadcasts that may be removed, the oldest
                       first: their numbers begin with 1 */
  guint n_removed;
  guint n_users; /* who have asked for an account */
} Fixture;

/* What is asked for while the disk fails, and the file that it needs. */
typedef enum {
  SIGN_UP,
  RENAME,
  BROADCAST,
  REMOVE,  /* adds a line to the journal, and then rewrites it */
  POLICY,  /* rewrites its file */
  INVITED, /* a row before the account, and one after it */
  N_REQUESTS,
} Request;

static const char *const files[N_REQUESTS] = {
  "users.csv", "users.csv", "broadcasts.journal", "broadcasts.journal", "policy", "invitations.csv",
};

static inline void
start (Fixture *f)
{
  ear_test_server_start_inside (f->server);
  f->client = ear_test_client_new (f->server);
  f->stranger = ear_test_client_new (f->server);
  ear_test_client_hello (f->client);
  ear_test_client_hello (f->stranger);
}

static inline void
stop (Fixture *f)
{
  g_clear_pointer (&f->client, ear_test_client_free);
  g_clear_pointer (&f->stranger, ear_test_client_free);
  ear_test_server_stop_inside (f->server);
}

static inline void
log_in (Fixture *f)
{
  g_autoptr (EarMessage) authenticated =
    ear_test_client_log_in (f->client, "alice", "correct horse");

  g_free (f->name);
  f->name = g_strdup (ear_message_get_string (authenticated, "name"));
  ear_test_client_present (f->client, 0);
}

static inline char *
execute (Fixture *f, const char *line)
{
  g_autoptr (EarAdmin) admin = ear_server_new_admin (f->server->server);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *text;

  ear_admin_execute_async (admin, line, ear_test_result_cb, &result);
  ear_test_wait (result != NULL);
  text = ear_admin_execute_finish (admin, result, &error);
  g_assert_no_error (error);
  return text;
}

static inline void
prepare_spare (Fixture *f, guint number)
{
  g_autofree char *invitation = g_strchomp (execute (f, "invite 7"));
  g_autoptr (EarServerLink) link = ear_server_link_parse (invitation, NULL);
  char *text = g_strdup_printf ("Regretted %u.", number);
  g_autoptr (GAsyncResult) added = NULL;

  g_queue_push_tail (&f->codes, g_strdup (link->invite));
  ear_bulletin_add_async (f->server->server->bulletin, "alice", "Alice", text, ear_test_result_cb,
                          &added);
  ear_test_wait (added != NULL);
  g_assert_nonnull (ear_bulletin_add_finish (f->server->server->bulletin, added, NULL));
  g_queue_push_tail (&f->regretted, text);
}

static inline void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (EarMessage) ok = NULL;

  f->server = ear_test_server_new ();
  f->texts = g_ptr_array_new_with_free_func (g_free);
  start (f);
  ear_test_client_sign_up (f->client, "alice", "correct horse");
  ok = ear_test_client_expect (f->client, EAR_MESSAGE_OK);
  g_free (execute (f, "set-admin alice"));
  log_in (f);
  for (guint i = 0; i < N_SPARE; i++)
    prepare_spare (f, i);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  disk_faults_clear ();
  stop (f);
  ear_test_server_free (f->server);
  g_queue_clear_full (&f->codes, g_free);
  g_queue_clear_full (&f->regretted, g_free);
  g_ptr_array_unref (f->texts);
  g_free (f->text);
  g_free (f->new_name);
  g_free (f->name);
}

static inline char *
dup_file (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->server->directory, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static inline gboolean
holds (Fixture *f, const char *name, const char *text)
{
  g_autofree char *contents = dup_file (f, name);

  return strstr (contents, text) != NULL;
}

/* -- Requests -- */

static inline void
send_sign_up (Fixture *f, const char *invite)
{
  g_autofree char *more = invite != NULL ? g_strdup_printf (",\"invite\":\"%s\"", invite) : NULL;

  f->server->config->signup = invite != NULL ? EAR_SIGNUP_INVITE : EAR_SIGNUP_OPEN;
  ear_test_client_send (f->stranger,
                        "{\"type\":\"signup\",\"id\":1,\"user\":\"user%u\"," KEYS "%s}",
                        ++f->n_users, more != NULL ? more : "");
}

/* Each with a name of its own, so that a request that failed may be sent again. */
static inline EarTestClient *
send_request (Fixture *f, Request request)
{
  static guint n;

  n++;
  switch (request) {
  case SIGN_UP:
    send_sign_up (f, NULL);
    break;
  case INVITED:
    send_sign_up (f, g_queue_peek_head (&f->codes));
    break;
  case RENAME:
    g_free (f->new_name);
    f->new_name = g_strdup_printf ("Alice %u", n);
    ear_test_client_send (f->client, "{\"type\":\"rename\",\"id\":1,\"name\":\"%s\"}", f->new_name);
    break;
  case BROADCAST:
    g_free (f->text);
    f->text = g_strdup_printf ("Text %u", n);
    ear_test_client_send (f->client, "{\"type\":\"broadcast\",\"id\":1,\"text\":\"%s\"}", f->text);
    break;
  case REMOVE:
    ear_test_client_send (f->client, "{\"type\":\"remove-broadcast\",\"id\":1,\"number\":%u}",
                          f->n_removed + 1);
    break;
  default:
    f->new_who = g_strcmp0 (f->who, "admins") == 0 ? "everybody" : "admins";
    ear_test_client_send (f->client, "{\"type\":\"broadcast-policy\",\"id\":1,\"who\":\"%s\"}",
                          f->new_who);
  }
  return request == SIGN_UP || request == INVITED ? f->stranger : f->client;
}

/* What must be there from now on, over every restart. */
static inline void
assert_done (Fixture *f, Request request)
{
  EarTestClient *client = send_request (f, request);
  g_autoptr (EarMessage) ok = ear_test_client_expect (client, EAR_MESSAGE_OK);

  if (request == RENAME) {
    g_free (f->name);
    f->name = g_strdup (f->new_name);
  } else if (request == POLICY) {
    f->who = f->new_who;
  } else if (request == BROADCAST) {
    g_ptr_array_add (f->texts, g_strdup (f->text));
  } else if (request == INVITED) {
    g_autofree char *row = g_strdup_printf (",used,user%u\n", f->n_users);

    g_free (g_queue_pop_head (&f->codes));
    ear_test_wait (holds (f, "invitations.csv", row));
  } else if (request == REMOVE) {
    g_autofree char *text = g_queue_pop_head (&f->regretted);

    f->n_removed++;
    ear_test_wait (!holds (f, "broadcasts.journal", text));
  }
}

static inline void
assert_refused (Fixture *f, Request request)
{
  EarTestClient *client = send_request (f, request);

  ear_test_client_expect_error (client, EAR_ERROR_READ_ONLY);
  g_assert_cmpuint (ear_test_client_count (client, EAR_MESSAGE_OK), ==, 0);
}

/* Nobody else needs the disk. */
static inline void
assert_served (Fixture *f)
{
  g_autoptr (EarTestClient) other = ear_test_client_new (f->server);
  g_autoptr (EarMessage) located = NULL;

  ear_test_client_hello (other);
  ear_test_client_send (f->client, "{\"type\":\"locate\",\"id\":5,\"user\":\"alice\"}");
  located = ear_test_client_expect (f->client, EAR_MESSAGE_LOCATED);
}

static inline gboolean
has_broadcast (Fixture *f, const char *text)
{
  for (GList *l = f->client->received.head; l != NULL; l = l->next) {
    if (ear_message_get_type (l->data) == EAR_MESSAGE_BROADCAST_EVENT &&
        g_str_equal (ear_message_get_string (l->data, "text"), text))
      return TRUE;
  }
  return FALSE;
}

/* After a restart all that was acknowledged is there, and what was refused is not. But when the
 * result of one request is not known, with the name if that was a new one, it may be there. */
static inline void
assert_kept (Fixture *f, gboolean lasting, const char *doubtful)
{
  g_autofree char *name = g_strdup (f->name);
  g_autofree char *last = g_strdup_printf ("Regretted %u.", N_SPARE - 1);

  stop (f);
  start (f);
  log_in (f);
  if (!lasting || g_strcmp0 (f->name, doubtful) != 0)
    g_assert_cmpstr (f->name, ==, name);
  if (!lasting && f->who != NULL)
    g_assert_cmpstr (ear_policy_get_broadcasters (f->server->server->policy), ==, f->who);
  for (guint i = 0; i < f->texts->len; i++)
    ear_test_wait (has_broadcast (f, g_ptr_array_index (f->texts, i)));
  for (GList *l = f->regretted.head; l != NULL; l = l->next) {
    if (!lasting || l != f->regretted.head)
      ear_test_wait (has_broadcast (f, l->data));
  }
  for (guint i = 0; i < f->n_removed; i++) {
    g_autofree char *text = g_strdup_printf ("Regretted %u.", i);

    g_assert_false (has_broadcast (f, text));
  }
}
