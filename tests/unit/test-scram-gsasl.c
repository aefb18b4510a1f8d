/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarScram against somebody else's SCRAM-SHA-256-PLUS: each of our sides logs in to, or is logged
 * in to by, GNU SASL. Both take the same binding, as if they sat on the two ends of one TLS
 * session. */

#include <gsasl.h>
#include <string.h>

#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-scram.h"

#define ITERATIONS EAR_LIMIT_ITERATIONS_MIN
#define PASSWORD "correct horse"

static const guint8 binding[EAR_SCRAM_BINDING_SIZE] = { 1, 2, 3 };
static const guint8 other_binding[EAR_SCRAM_BINDING_SIZE] = { 9 };
static const guint8 salt[EAR_SCRAM_SALT_SIZE] = { 42, 0, 255 };

typedef struct
{
  Gsasl *library;
  EarScramSecret secret; /* of PASSWORD */
  EarScramKeys keys;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (gsasl_init (&fixture->library), ==, GSASL_OK);
  ear_scram_derive (PASSWORD, salt, ITERATIONS, &fixture->secret, &error);
  g_assert_no_error (error);
  ear_scram_secret_get_keys (&fixture->secret, &fixture->keys);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gsasl_done (fixture->library);
}

static void
set_bytes (Gsasl_session *session, Gsasl_property property, const guint8 *bytes, gsize size)
{
  g_autofree char *encoded = g_base64_encode (bytes, size);

  g_assert_cmpint (gsasl_property_set (session, property, encoded), ==, GSASL_OK);
}

static Gsasl_session *
begin_client (Fixture *fixture, const char *mechanism, const char *user, const char *password)
{
  Gsasl_session *session = NULL;

  g_assert_cmpint (gsasl_client_start (fixture->library, mechanism, &session), ==, GSASL_OK);
  gsasl_property_set (session, GSASL_AUTHID, user);
  gsasl_property_set (session, GSASL_PASSWORD, password);
  if (g_str_has_suffix (mechanism, "-PLUS"))
    set_bytes (session, GSASL_CB_TLS_EXPORTER, binding, sizeof binding);
  return session;
}

static Gsasl_session *
begin_server (Fixture *fixture, const EarScramKeys *keys, const guint8 *server_binding)
{
  Gsasl_session *session = NULL;
  g_autofree char *iterations = g_strdup_printf ("%u", keys->iterations);

  g_assert_cmpint (gsasl_server_start (fixture->library, "SCRAM-SHA-256-PLUS", &session), ==,
                   GSASL_OK);
  gsasl_property_set (session, GSASL_SCRAM_ITER, iterations);
  set_bytes (session, GSASL_SCRAM_SALT, keys->salt, sizeof keys->salt);
  set_bytes (session, GSASL_SCRAM_STOREDKEY, keys->stored_key, sizeof keys->stored_key);
  set_bytes (session, GSASL_SCRAM_SERVERKEY, keys->server_key, sizeof keys->server_key);
  set_bytes (session, GSASL_CB_TLS_EXPORTER, server_binding, EAR_SCRAM_BINDING_SIZE);
  return session;
}

/* One step of theirs; what it says comes as a string. */
static int
step (Gsasl_session *session, const char *input, char **output)
{
  char *bytes = NULL;
  size_t size = 0;
  int result = gsasl_step (session, input, strlen (input), &bytes, &size);

  *output = g_strndup (bytes != NULL ? bytes : "", size);
  gsasl_free (bytes);
  return result;
}

/* Our client with @password asks their server; returns what the server says of the proof, and
 * leaves our opinion of the server's answer in @error. */
static int
log_in_to_theirs (Fixture *fixture,
                  const char *user,
                  const char *password,
                  const EarScramKeys *keys,
                  const guint8 *server_binding,
                  GError **error)
{
  g_autoptr (EarScramClient) client = ear_scram_client_new (user, binding);
  Gsasl_session *server = begin_server (fixture, keys, server_binding);
  g_autofree char *first = ear_scram_client_start (client, NULL);
  g_autofree char *challenge = NULL;
  g_autofree char *proof = NULL;
  g_autofree char *final = NULL;
  guint8 got_salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  EarScramSecret secret;
  int result;

  g_assert_cmpint (step (server, first, &challenge), ==, GSASL_NEEDS_MORE);
  g_assert_cmpstr (gsasl_property_fast (server, GSASL_AUTHID), ==, user);
  g_assert_true (ear_scram_client_challenge (client, challenge, got_salt, &iterations, NULL));
  g_assert_cmpmem (got_salt, sizeof got_salt, salt, sizeof salt);
  g_assert_cmpuint (iterations, ==, ITERATIONS);
  g_assert_true (ear_scram_derive (password, got_salt, iterations, &secret, NULL));
  proof = ear_scram_client_prove (client, &secret, NULL);
  result = step (server, proof, &final);
  if (result == GSASL_OK)
    ear_scram_client_finish (client, final, error);
  gsasl_finish (server);
  return result;
}

static void
test_their_server (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (log_in_to_theirs (fixture, "alice", PASSWORD, &fixture->keys, binding, &error),
                   ==, GSASL_OK);
  g_assert_no_error (error);
  g_assert_cmpint (log_in_to_theirs (fixture, "a,b=c", PASSWORD, &fixture->keys, binding, &error),
                   ==, GSASL_OK);
  g_assert_no_error (error);
}

static void
test_their_server_refuses (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (
    log_in_to_theirs (fixture, "alice", "wrong horse", &fixture->keys, binding, NULL), ==,
    GSASL_AUTHENTICATION_ERROR);
  /* The same password on another TLS session: somebody stands between. */
  g_assert_cmpint (
    log_in_to_theirs (fixture, "alice", PASSWORD, &fixture->keys, other_binding, NULL), ==,
    GSASL_AUTHENTICATION_ERROR);
}

static void
test_their_server_lies (Fixture *fixture, gconstpointer data)
{
  EarScramKeys thief = fixture->keys;
  g_autoptr (GError) error = NULL;

  thief.server_key[31] ^= 1;
  g_assert_cmpint (log_in_to_theirs (fixture, "alice", PASSWORD, &thief, binding, &error), ==,
                   GSASL_OK);
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
}

/* Their client with @password asks our server, which knows @keys. Returns what the client says in
 * the end; @error is our server's. */
static int
log_in_to_ours (Fixture *fixture,
                const char *password,
                const EarScramKeys *keys,
                const guint8 *server_binding,
                GError **error)
{
  g_autoptr (EarScramServer) server = ear_scram_server_new (server_binding);
  Gsasl_session *client = begin_client (fixture, "SCRAM-SHA-256-PLUS", "a,b=c", password);
  g_autofree char *first = NULL;
  g_autofree char *challenge = NULL;
  g_autofree char *proof = NULL;
  g_autofree char *final = NULL;
  g_autofree char *rest = NULL;
  g_autofree char *user = NULL;
  int result;

  g_assert_cmpint (step (client, "", &first), ==, GSASL_NEEDS_MORE);
  g_assert_true (ear_scram_server_start (server, first, &user, NULL));
  g_assert_cmpstr (user, ==, "a,b=c");
  challenge = ear_scram_server_challenge (server, keys, NULL);
  result = step (client, challenge, &proof);
  g_assert_cmpint (result, ==, GSASL_NEEDS_MORE);
  final = ear_scram_server_verify (server, proof, error);
  if (final != NULL)
    result = step (client, final, &rest);
  gsasl_finish (client);
  return result;
}

static void
test_their_client (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (log_in_to_ours (fixture, PASSWORD, &fixture->keys, binding, &error), ==,
                   GSASL_OK);
  g_assert_no_error (error);
}

static void
test_their_client_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) wrong = NULL;
  g_autoptr (GError) bound = NULL;

  log_in_to_ours (fixture, "wrong horse", &fixture->keys, binding, &wrong);
  g_assert_error (wrong, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
  log_in_to_ours (fixture, PASSWORD, &fixture->keys, other_binding, &bound);
  g_assert_error (bound, EAR_ERROR, EAR_ERROR_BAD_LOGIN);
}

/* Our server with a wrong server key is found out by their client. */
static void
test_their_client_finds_out (Fixture *fixture, gconstpointer data)
{
  EarScramKeys thief = fixture->keys;
  g_autoptr (GError) error = NULL;

  thief.server_key[0] ^= 1;
  g_assert_cmpint (log_in_to_ours (fixture, PASSWORD, &thief, binding, &error), ==,
                   GSASL_AUTHENTICATION_ERROR);
  g_assert_no_error (error);
}

/* A client that binds to nothing is not let in, whatever it knows. */
static void
test_their_client_unbound (Fixture *fixture, gconstpointer data)
{
  g_autoptr (EarScramServer) server = ear_scram_server_new (binding);
  Gsasl_session *client = begin_client (fixture, "SCRAM-SHA-256", "alice", PASSWORD);
  g_autofree char *first = NULL;
  g_autofree char *user = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (step (client, "", &first), ==, GSASL_NEEDS_MORE);
  g_assert_false (ear_scram_server_start (server, first, &user, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
  gsasl_finish (client);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/scram-gsasl/their-server", test_their_server);
  ADD ("/scram-gsasl/their-server/refuses", test_their_server_refuses);
  ADD ("/scram-gsasl/their-server/lies", test_their_server_lies);
  ADD ("/scram-gsasl/their-client", test_their_client);
  ADD ("/scram-gsasl/their-client/refused", test_their_client_refused);
  ADD ("/scram-gsasl/their-client/finds-out", test_their_client_finds_out);
  ADD ("/scram-gsasl/their-client/unbound", test_their_client_unbound);
  return g_test_run ();
}
