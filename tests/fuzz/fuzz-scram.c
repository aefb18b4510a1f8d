/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Both sides of a login, each with what a hostile other side may say: up to three lines, one for
 * each step. Nobody gets in: a stranger cannot know the proof. */

#include "fuzz.h"

#include <string.h>

#include "wire/ear-scram.h"

static const guint8 binding[EAR_SCRAM_BINDING_SIZE] = { 1, 2, 3 };

#define SERVER_NONCE "serverserverserverserver"

static void
play_client (char **lines)
{
  g_autoptr (EarScramServer) server = ear_scram_server_new (binding);
  g_autofree char *user = NULL;
  g_autofree char *challenge = NULL;
  g_autofree char *final = NULL;
  EarScramKeys keys;

  ear_scram_server_set_nonce (server, SERVER_NONCE);
  if (!ear_scram_server_start (server, lines[0], &user, NULL))
    return;
  g_assert_nonnull (user);
  ear_scram_make_decoy (binding, user, 100000, &keys);
  challenge = ear_scram_server_challenge (server, &keys, NULL);
  if (challenge == NULL || lines[1] == NULL)
    return;
  final = ear_scram_server_verify (server, lines[1], NULL);
  g_assert_null (final);
}

static void
play_server (char **lines)
{
  g_autoptr (EarScramClient) client = ear_scram_client_new ("ann", binding);
  g_autofree char *first = NULL;
  g_autofree char *proof = NULL;
  EarScramSecret secret = { .iterations = 100000 };

  ear_scram_client_set_nonce (client, "clientclientclientclient");
  first = ear_scram_client_start (client, NULL);
  g_assert_nonnull (first);
  if (!ear_scram_client_challenge (client, lines[0], secret.salt, &secret.iterations, NULL))
    return;
  memset (secret.client_key, 0x5a, sizeof secret.client_key);
  memset (secret.server_key, 0xa5, sizeof secret.server_key);
  proof = ear_scram_client_prove (client, &secret, NULL);
  if (proof == NULL || lines[1] == NULL)
    return;
  g_assert_false (ear_scram_client_finish (client, lines[1], NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  /* The JSON that it comes in is UTF-8 without NULs. */
  g_autofree char *raw = g_strndup ((const char *) data, size);
  g_autofree char *text = g_utf8_make_valid (raw, -1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);

  if (lines[0] != NULL) {
    play_client (lines);
    play_server (lines);
  }
  return 0;
}
