/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client.h"
#include "support/ear-test-server.h"

G_BEGIN_DECLS

#define EAR_TEST_PASSWORD "a long enough password" /* of all of them */

/* Somebody with an account at a test's server, a profile directory and a real EarClient. */
typedef struct
{
  EarTestServer *server;
  char *user;
  char *directory;
  EarClock *clock; /* the client's; NULL: a real one */
  EarClient *client;
} EarTestPerson;

EarTestPerson *ear_test_person_new (EarTestServer *server, const char *user);
EarTestServer *ear_test_person_new_pair (EarTestPerson **alice, EarTestPerson **bob);
EarTestPerson *ear_test_person_new_stranger (EarTestServer *server, const char *user);
void ear_test_person_open (EarTestPerson *self);
gboolean ear_test_person_sign_up (EarTestPerson *self, GError **error);
gboolean ear_test_person_log_in (EarTestPerson *self, GError **error);
void ear_test_person_leave (EarTestPerson *self);
void ear_test_person_come_back (EarTestPerson *self);
void ear_test_person_free (EarTestPerson *self);

EarChat *ear_test_person_get_chat (EarTestPerson *self, EarTestPerson *other);
void ear_test_person_open_chat (EarTestPerson *self, EarTestPerson *other);
gboolean ear_test_person_sees (EarTestPerson *self, const char *user);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarTestPerson, ear_test_person_free)

G_END_DECLS
