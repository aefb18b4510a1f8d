/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* TLS that is put together by hand, over memory BIOs, so that a test decides when each byte goes
 * onto the network. */

#include "support/stranger.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#define LONG_CHAIN (100 * 1024) /* bytes */

const StrangerCase stranger_refused[] = {
  { "no-alpn", STRANGER_NO_ALPN },
  { "tls-1.2", STRANGER_TLS_1_2 },
  { "no-certificate", STRANGER_NO_CERTIFICATE },
  { "rsa", STRANGER_RSA },
  { "ec", STRANGER_EC },
  { "chain", STRANGER_CHAIN },
  { "long-chain", STRANGER_LONG_CHAIN },
  { "not-self-signed", STRANGER_NOT_SELF_SIGNED },
  { NULL },
};

/* Until nobody in this process has anything to do. */
static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static X509 *
make_certificate (EVP_PKEY *key, EVP_PKEY *issuer)
{
  X509 *certificate = X509_new ();
  X509_NAME *name = X509_get_subject_name (certificate);
  const EVP_MD *digest = EVP_PKEY_is_a (issuer, "ED25519") ? NULL : EVP_sha256 ();

  X509_set_version (certificate, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), 4711);
  X509_gmtime_adj (X509_getm_notBefore (certificate), -7200); /* expired: nobody looks */
  X509_gmtime_adj (X509_getm_notAfter (certificate), -3600);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const guint8 *) "somebody", -1, -1, 0);
  X509_set_issuer_name (certificate, name);
  X509_set_pubkey (certificate, key);
  g_assert_cmpint (X509_sign (certificate, issuer, digest), >, 0);
  return certificate;
}

static EVP_PKEY *
make_key (StrangerKind kind)
{
  switch (kind) {
  case STRANGER_RSA:
    return EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t) 2048);
  case STRANGER_EC:
    return EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
  default:
    return EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");
  }
}

/* The same certificate again, until there are so many bytes. */
static void
add_chain (SSL_CTX *context, X509 *certificate, int size)
{
  int each = i2d_X509 (certificate, NULL);

  for (int added = each; added < size || added == each; added += each)
    SSL_CTX_add1_chain_cert (context, certificate);
}

static int
accept_protocol_cb (SSL *ssl,
                    const guint8 **chosen,
                    guint8 *chosen_size,
                    const guint8 *offered,
                    unsigned offered_size,
                    void *user_data)
{
  *chosen = offered + 1;
  *chosen_size = offered[0];
  return SSL_TLSEXT_ERR_OK;
}

/* On a connected socket, which it takes; speaks a protocol as ALPN writes it: length, name. */
void
stranger_init (Stranger *self,
               StrangerKind kind,
               const char *protocol,
               GSocket *socket,
               gboolean serves)
{
  EVP_PKEY *key = make_key (kind);
  EVP_PKEY *other = make_key (STRANGER_GOOD);
  X509 *certificate = make_certificate (key, kind == STRANGER_NOT_SELF_SIGNED ? other : key);

  *self = (Stranger){ .socket = socket };
  self->context = SSL_CTX_new (TLS_method ());
  if (kind == STRANGER_TLS_1_2)
    SSL_CTX_set_max_proto_version (self->context, TLS1_2_VERSION);
  if (kind != STRANGER_NO_ALPN) {
    SSL_CTX_set_alpn_protos (self->context, (const guint8 *) protocol, strlen (protocol));
    SSL_CTX_set_alpn_select_cb (self->context, accept_protocol_cb, NULL);
  }
  if (kind != STRANGER_NO_CERTIFICATE) {
    g_assert_cmpint (SSL_CTX_use_certificate (self->context, certificate), ==, 1);
    g_assert_cmpint (SSL_CTX_use_PrivateKey (self->context, key), ==, 1);
  }
  if (kind == STRANGER_CHAIN || kind == STRANGER_LONG_CHAIN)
    add_chain (self->context, certificate, kind == STRANGER_CHAIN ? 0 : LONG_CHAIN);
  self->ssl = SSL_new (self->context);
  self->in = BIO_new (BIO_s_mem ());
  self->out = BIO_new (BIO_s_mem ());
  BIO_set_mem_eof_return (self->in, -1);
  SSL_set_bio (self->ssl, self->in, self->out);
  if (serves)
    SSL_set_accept_state (self->ssl);
  else
    SSL_set_connect_state (self->ssl);
  self->dribble = kind == STRANGER_DRIBBLE;
  g_socket_set_blocking (socket, FALSE);
  X509_free (certificate);
  EVP_PKEY_free (key);
  EVP_PKEY_free (other);
}

/* Dials a port on loopback. */
void
stranger_dial (Stranger *self, StrangerKind kind, const char *protocol, guint16 port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GError) error = NULL;
  GSocket *socket =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_connect (socket, address, NULL, &error));
  stranger_init (self, kind, protocol, socket, FALSE);
}

/* Puts everything on the network; what the other side no longer takes is lost. */
void
stranger_say (GSocket *socket, const char *data, gsize size)
{
  while (size > 0) {
    g_autoptr (GError) error = NULL;
    gssize n = g_socket_send (socket, data, size, NULL, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
      g_main_context_iteration (NULL, FALSE);
      continue;
    }
    if (n < 0)
      return;
    data += n;
    size -= n;
  }
}

/* Moves bytes both ways once; returns FALSE when the other side has gone. */
static gboolean
pump (Stranger *self)
{
  char buffer[16384];
  gssize n;

  while ((n = BIO_read (self->out, buffer, sizeof buffer)) > 0) {
    if (!self->dribble) {
      stranger_say (self->socket, buffer, n);
      continue;
    }
    for (gssize i = 0; i < n; i++) {
      stranger_say (self->socket, buffer + i, 1);
      settle ();
    }
  }
  g_main_context_iteration (NULL, FALSE);
  n = g_socket_receive (self->socket, buffer, sizeof buffer, NULL, NULL);
  if (n > 0)
    BIO_write (self->in, buffer, n);
  return n != 0;
}

/* Returns whether it came to an end that this side likes. */
gboolean
stranger_handshake (Stranger *self)
{
  for (;;) {
    int result, outcome;

    ERR_clear_error ();
    result = SSL_do_handshake (self->ssl);
    outcome = SSL_get_error (self->ssl, result);
    pump (self);
    if (result == 1)
      return TRUE;
    if (outcome != SSL_ERROR_WANT_READ)
      return FALSE;
    if (!pump (self) && BIO_pending (self->in) == 0)
      return FALSE;
  }
}

void
stranger_write (Stranger *self, const char *data, gsize size)
{
  ERR_clear_error ();
  g_assert_cmpint (SSL_write (self->ssl, data, size), ==, (int) size);
  pump (self);
}

/* Each byte in a record of its own, and then all at once onto the network. */
void
stranger_write_apart (Stranger *self, const char *data, gsize size)
{
  ERR_clear_error ();
  for (gsize i = 0; i < size; i++)
    g_assert_cmpint (SSL_write (self->ssl, data + i, 1), ==, 1);
  pump (self);
}

/* So many messages about TLS itself, all at once: a server's tickets, a client's new keys. */
void
stranger_renew (Stranger *self, guint n)
{
  ERR_clear_error ();
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint (SSL_is_server (self->ssl)
                       ? SSL_new_session_ticket (self->ssl)
                       : SSL_key_update (self->ssl, SSL_KEY_UPDATE_NOT_REQUESTED),
                     ==, 1);
    g_assert_cmpint (SSL_do_handshake (self->ssl), ==, 1);
  }
  pump (self);
}

/* Reads up to a newline, which is left out. */
void
stranger_read_line (Stranger *self, char *line, gsize size)
{
  gsize n = 0;

  for (;;) {
    ERR_clear_error ();
    g_assert_cmpuint (n, <, size);
    if (SSL_read (self->ssl, line + n, 1) == 1) {
      if (line[n] == '\n')
        break;
      n++;
    } else {
      g_assert_true (pump (self) || BIO_pending (self->in) > 0);
    }
  }
  line[n] = '\0';
}

/* The reason of the error that the handshake or the next read ends with. */
int
stranger_read_reason (Stranger *self)
{
  for (;;) {
    char byte;
    int result;

    result = SSL_read (self->ssl, &byte, 1);
    if (result <= 0 && SSL_get_error (self->ssl, result) != SSL_ERROR_WANT_READ)
      return ERR_GET_REASON (ERR_peek_error ());
    if (!pump (self) && BIO_pending (self->in) == 0)
      return 0;
  }
}

/* Waits for the end; whether the other side said nothing before it. */
gboolean
stranger_hears_nothing (Stranger *self)
{
  for (;;) {
    char byte;
    int result;

    ERR_clear_error ();
    result = SSL_read (self->ssl, &byte, 1);
    if (result > 0)
      return FALSE;
    if (SSL_get_error (self->ssl, result) != SSL_ERROR_WANT_READ ||
        (!pump (self) && BIO_pending (self->in) == 0))
      return TRUE;
  }
}

void
stranger_close (Stranger *self)
{
  ERR_clear_error ();
  SSL_free (self->ssl);
  SSL_CTX_free (self->context);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
}
