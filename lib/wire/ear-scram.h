/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "wire/ear-types.h"

G_BEGIN_DECLS

#define EAR_SCRAM_KEY_SIZE 32
#define EAR_SCRAM_SALT_SIZE 16
#define EAR_SCRAM_BINDING_SIZE 32

/* What the server keeps of a password (RFC 5802, section 3). */
struct _EarScramKeys
{
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  guint8 stored_key[EAR_SCRAM_KEY_SIZE];
  guint8 server_key[EAR_SCRAM_KEY_SIZE];
};

/* What the client derives from a password once, and keeps in memory to come back without asking. */
typedef struct
{
  guint8 salt[EAR_SCRAM_SALT_SIZE];
  guint32 iterations;
  guint8 client_key[EAR_SCRAM_KEY_SIZE];
  guint8 server_key[EAR_SCRAM_KEY_SIZE];
} EarScramSecret;

/* PBKDF2: takes a tenth of a second or more; call it in a thread. */
gboolean ear_scram_derive (const char *password,
                           const guint8 salt[EAR_SCRAM_SALT_SIZE],
                           guint32 iterations,
                           EarScramSecret *secret,
                           GError **error);
gboolean ear_scram_make_salt (guint8 salt[EAR_SCRAM_SALT_SIZE], GError **error);
void ear_scram_secret_get_keys (const EarScramSecret *secret, EarScramKeys *keys);
char *ear_scram_digest_password (const char *password);

/* The client: pure steps, no input or output. */
EarScramClient *ear_scram_client_new (const char *user,
                                      const guint8 binding[EAR_SCRAM_BINDING_SIZE]);
void ear_scram_client_free (EarScramClient *self);
char *ear_scram_client_start (EarScramClient *self, GError **error);
gboolean ear_scram_client_challenge (EarScramClient *self,
                                     const char *server_first,
                                     guint8 salt[EAR_SCRAM_SALT_SIZE],
                                     guint32 *iterations,
                                     GError **error);
char *ear_scram_client_prove (EarScramClient *self, const EarScramSecret *secret, GError **error);
gboolean ear_scram_client_finish (EarScramClient *self, const char *server_final, GError **error);

/* The server. */
EarScramServer *ear_scram_server_new (const guint8 binding[EAR_SCRAM_BINDING_SIZE]);
void ear_scram_server_free (EarScramServer *self);
gboolean ear_scram_server_start (EarScramServer *self,
                                 const char *client_first,
                                 char **user,
                                 GError **error);
char *ear_scram_server_challenge (EarScramServer *self, const EarScramKeys *keys, GError **error);
char *ear_scram_server_verify (EarScramServer *self, const char *client_final, GError **error);
void ear_scram_make_decoy (const guint8 server_secret[32],
                           const char *user,
                           guint32 iterations,
                           EarScramKeys *keys);

/* Tests fix the nonces with these. */
void ear_scram_client_set_nonce (EarScramClient *self, const char *nonce);
void ear_scram_server_set_nonce (EarScramServer *self, const char *nonce);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarScramClient, ear_scram_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarScramServer, ear_scram_server_free)

G_END_DECLS
