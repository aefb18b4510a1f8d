/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A real client that watches fewer users than are active: the others are found by a search, and
 * nobody who is there is said to be away. */

#include "client/ear-chat.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "client/ear-user.h"
#include "support/ear-test-client.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"

#define LIMIT 3 /* of the view, alice in it */

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *zoe;
  EarTestClient *others[3]; /* bob, carol, yann */
} Fixture;

static EarUserList *
get_users (Fixture *f)
{
  return ear_client_get_users (f->alice->client);
}

static EarSession *
get_session (Fixture *f)
{
  return ear_client_get_session (f->alice->client);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "bob", "carol", "yann" };

  f->server = ear_test_server_new ();
  ear_test_server_spawn (f->server);
  f->alice = ear_test_person_new (f->server, "alice");
  f->zoe = ear_test_person_new (f->server, "zoe");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    f->others[i] = ear_test_client_new_active (f->server, names[i]);
  ear_test_wait (ear_user_list_get_n_active (get_users (f)) == 4);
  g_assert_false (ear_user_list_is_partial (get_users (f)));
  ear_session_set_watch (get_session (f), "", LIMIT);
  ear_test_wait (ear_user_list_get_n_listed (get_users (f)) == LIMIT - 1);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ear_test_person_free (f->alice);
  ear_test_person_free (f->zoe);
  for (guint i = 0; i < G_N_ELEMENTS (f->others); i++)
    ear_test_client_free (f->others[i]);
  ear_test_server_terminate (f->server);
  ear_test_server_free (f->server);
}

static void
test_search (Fixture *f, gconstpointer data)
{
  g_assert_true (ear_user_list_is_partial (get_users (f)));
  g_assert_true (ear_test_person_sees (f->alice, "carol"));
  g_assert_false (ear_test_person_sees (f->alice, "yann"));
  ear_session_search (get_session (f), "Ya");
  ear_test_wait (ear_test_person_sees (f->alice, "yann"));
  g_assert_false (ear_test_person_sees (f->alice, "carol"));
  g_assert_true (ear_user_list_is_partial (get_users (f)));

  ear_session_search (get_session (f), "");
  ear_test_wait (ear_test_person_sees (f->alice, "carol"));
  g_assert_true (ear_test_person_sees (f->alice, "bob"));
  g_assert_cmpuint (ear_user_list_get_n_active (get_users (f)), ==, 4);

  /* As soon as all fit into the view, all are known again. */
  ear_session_set_watch (get_session (f), "", 10);
  ear_test_wait (!ear_user_list_is_partial (get_users (f)));
  g_assert_true (ear_test_person_sees (f->alice, "zoe"));
}

/* A contact beyond the view can be asked, and is away only when the server says so. */
static void
test_contact (Fixture *f, gconstpointer data)
{
  EarUser *zoe = ear_user_list_add_contact (get_users (f), "zoe");
  EarChat *chat = ear_test_person_get_chat (f->alice, f->zoe);

  g_assert_false (ear_user_get_active (zoe));
  g_assert_true (ear_user_may_be_active (zoe));
  ear_test_person_open_chat (f->alice, f->zoe);
  ear_chat_end (chat);
  ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_IDLE);

  ear_test_person_leave (f->zoe);
  ear_test_wait (ear_user_list_get_n_active (get_users (f)) == 3);
  ear_chat_request (chat, NULL);
  ear_test_wait (ear_chat_get_state (chat) == EAR_CHAT_IDLE &&
                 ear_chat_get_last_error (chat) != NULL);
  g_assert_error (ear_chat_get_last_error (chat), EAR_ERROR, EAR_ERROR_UNKNOWN_USER);
  ear_session_set_watch (get_session (f), "", 10);
  ear_test_wait (!ear_user_may_be_active (zoe));
}

#define ADD(path, func) g_test_add ("/large-roster/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("search", test_search);
  ADD ("contact", test_contact);
  return g_test_run ();
}
