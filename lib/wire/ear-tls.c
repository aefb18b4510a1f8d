/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarTls: what all TLS connections of one kind have in common, and the only file that knows how
 * OpenSSL wants to be asked.
 *
 * TLS 1.3 alone, both sides with a certificate, no resumption (it would skip the certificates), no
 * tickets, an ALPN protocol that both sides must name. A certificate is only the cover of a key:
 * exactly one, Ed25519, signed by itself; names, dates and extensions are not looked at. Who may
 * have that key is decided above, with the fingerprint.
 *
 * After the handshake TLS still has messages of its own, which OpenSSL handles without a word to
 * its caller. They are counted, because nothing else bounds them: with one more than
 * EAR_LIMIT_TLS_MESSAGES the connection has failed.
 *
 * OpenSSL's error queue belongs to the thread; it is cleared before and read after each call, in
 * ear_tls_get_outcome(). */

#include "wire/ear-error.h"
#include "wire/ear-identity-private.h"
#include "wire/ear-limits.h"
#include "wire/ear-tls-private.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

#define MAX_CERTIFICATES 4096 /* bytes of a certificate message; ours has 350 */

/* As strong as X25519 and Ed25519 first: it is what processors do fastest, and its hash keeps least
 * for each connection. */
#define CIPHERS "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"

struct _EarTls
{
  SSL_CTX *context;
  EarIdentity *identity;
  EarTlsRole role;
};

/* As ALPN writes them: length, name. */
static const char *const protocols[] = {
  [EAR_TLS_TO_SERVER] = "\x09"
                        "earshot/1",
  [EAR_TLS_TO_PEER] = "\x0e"
                      "earshot-peer/1",
};

/* Whether a certificate is the cover of a key: X509_V_OK, or why not. */
int
ear_tls_check_certificate (X509 *certificate)
{
  EVP_PKEY *key = certificate != NULL ? X509_get0_pubkey (certificate) : NULL;

  if (key == NULL || !EVP_PKEY_is_a (key, "ED25519"))
    return X509_V_ERR_CERT_REJECTED;
  return X509_verify (certificate, key) == 1 ? X509_V_OK : X509_V_ERR_CERT_SIGNATURE_FAILURE;
}

/* Takes the place of OpenSSL's chain building altogether. */
static int
verify_cb (X509_STORE_CTX *store, void *user_data)
{
  int code = sk_X509_num (X509_STORE_CTX_get0_untrusted (store)) == 1
               ? ear_tls_check_certificate (X509_STORE_CTX_get0_cert (store))
               : X509_V_ERR_CERT_CHAIN_TOO_LONG;

  X509_STORE_CTX_set_error (store, code);
  return code == X509_V_OK;
}

static int
select_protocol_cb (SSL *ssl,
                    const guint8 **chosen,
                    guint8 *chosen_size,
                    const guint8 *offered,
                    unsigned offered_size,
                    void *user_data)
{
  const guint8 *ours = user_data;
  guint8 *found;

  if (SSL_select_next_proto (&found, chosen_size, ours, 1 + ours[0], offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL lets a client pass that offers no protocol at all. */
static int
client_hello_cb (SSL *ssl, int *alert, void *user_data)
{
  const guint8 *extension;
  size_t size;

  if (SSL_client_hello_get0_ext (ssl, TLSEXT_TYPE_application_layer_protocol_negotiation,
                                 &extension, &size) == 1)
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

static gboolean
set_up_context (EarTls *self)
{
  SSL_CTX *context = self->context;
  const char *protocol = protocols[self->role];

  SSL_CTX_set_mode (context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options (context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead (context, 1); /* a record in one read of the socket */
  SSL_CTX_set_max_cert_list (context, MAX_CERTIFICATES);
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback (context, verify_cb, NULL);
  SSL_CTX_set_alpn_select_cb (context, select_protocol_cb, (void *) protocol);
  SSL_CTX_set_client_hello_cb (context, client_hello_cb, NULL);

  return SSL_CTX_set_min_proto_version (context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_ciphersuites (context, CIPHERS) == 1 &&
         SSL_CTX_set_num_tickets (context, 0) == 1 &&
         SSL_CTX_set1_sigalgs_list (context, "ed25519") == 1 &&
         SSL_CTX_set1_client_sigalgs_list (context, "ed25519") == 1 &&
         SSL_CTX_set1_groups_list (context, "X25519:P-256") == 1 &&
         SSL_CTX_set_alpn_protos (context, (const guint8 *) protocol, strlen (protocol)) == 0 &&
         SSL_CTX_use_certificate (context, ear_identity_get_certificate (self->identity)) == 1 &&
         SSL_CTX_use_PrivateKey (context, ear_identity_get_key (self->identity)) == 1;
}

/**
 * ear_tls_new:
 * @identity: (transfer none): who we are
 * @role: to whom the connections go
 * @error: return location for an error
 *
 * Makes what the TLS connections of one kind share, for both sides of them.
 *
 * Fails with %EAR_ERROR_INTERNAL when OpenSSL cannot do what Earshot needs.
 *
 * Returns: (transfer full): the new object
 */
EarTls *
ear_tls_new (EarIdentity *identity, EarTlsRole role, GError **error)
{
  g_autoptr (EarTls) self = g_atomic_rc_box_new0 (EarTls);

  self->identity = ear_identity_ref (identity);
  self->role = role;
  self->context = SSL_CTX_new (TLS_method ());
  if (self->context == NULL || !set_up_context (self)) {
    g_set_error_literal (error, EAR_ERROR, EAR_ERROR_INTERNAL,
                         "OpenSSL offers no TLS 1.3 with Ed25519");
    ERR_clear_error ();
    return NULL;
  }
  return g_steal_pointer (&self);
}

/**
 * ear_tls_ref:
 * @self: what connections share
 *
 * Takes a reference.
 *
 * Returns: (transfer full): the same object
 */
EarTls *
ear_tls_ref (EarTls *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_cb (gpointer data)
{
  EarTls *self = data;

  SSL_CTX_free (self->context);
  ear_identity_unref (self->identity);
}

/**
 * ear_tls_unref:
 * @self: (transfer full): what connections share
 *
 * Drops a reference.
 */
void
ear_tls_unref (EarTls *self)
{
  g_atomic_rc_box_release_full (self, clear_cb);
}

/**
 * ear_tls_get_identity:
 * @self: what connections share
 *
 * Returns: (transfer none): who we are
 */
EarIdentity *
ear_tls_get_identity (EarTls *self)
{
  return self->identity;
}

/* A connection over @socket, which must outlive it; NULL when there is no memory. */
SSL *
ear_tls_new_ssl (EarTls *self, EarSocket *socket, gboolean dialled)
{
  SSL *ssl = SSL_new (self->context);
  BIO *bio = ssl != NULL ? ear_socket_new_bio (socket) : NULL;

  if (bio == NULL) {
    SSL_free (ssl);
    ERR_clear_error ();
    return NULL;
  }
  SSL_set_bio (ssl, bio, bio);
  if (dialled)
    SSL_set_connect_state (ssl);
  else
    SSL_set_accept_state (ssl);
  return ssl;
}

/* The raw key of a certificate that was checked. */
gboolean
ear_tls_get_key (X509 *certificate, guint8 key[EAR_IDENTITY_KEY_SIZE])
{
  size_t size = EAR_IDENTITY_KEY_SIZE;

  return EVP_PKEY_get_raw_public_key (X509_get0_pubkey (certificate), key, &size) == 1 &&
         size == EAR_IDENTITY_KEY_SIZE;
}

static gboolean
has_too_many_messages (SSL *ssl)
{
  return GPOINTER_TO_UINT (SSL_get_app_data (ssl)) > EAR_LIMIT_TLS_MESSAGES;
}

/* Counts the messages that come. After the last, OpenSSL takes the stream to be at its end: it does
 * not read even what it has in its buffer. */
static void
message_cb (int written,
            int version,
            int type,
            const void *data,
            size_t size,
            SSL *ssl,
            void *user_data)
{
  if (written || type != SSL3_RT_HANDSHAKE)
    return;
  SSL_set_app_data (ssl, GUINT_TO_POINTER (GPOINTER_TO_UINT (SSL_get_app_data (ssl)) + 1));
  if (has_too_many_messages (ssl))
    SSL_set_shutdown (ssl, SSL_get_shutdown (ssl) | SSL_RECEIVED_SHUTDOWN);
}

/* After the handshake: is it what we asked for, and whose key is it? Fails with EAR_ERROR_TLS.
 * From here on messages are counted. */
gboolean
ear_tls_check_peer (EarTls *self, SSL *ssl, guint8 peer_key[EAR_IDENTITY_KEY_SIZE], GError **error)
{
  const char *ours = protocols[self->role];
  X509 *certificate = SSL_get0_peer_certificate (ssl);
  const guint8 *protocol;
  unsigned protocol_size;

  SSL_get0_alpn_selected (ssl, &protocol, &protocol_size);
  if (protocol_size != (guint8) ours[0] || memcmp (protocol, ours + 1, protocol_size) != 0) {
    g_set_error_literal (error, EAR_ERROR, EAR_ERROR_TLS, "no Earshot protocol was agreed on");
    return FALSE;
  }
  if (certificate == NULL || SSL_version (ssl) != TLS1_3_VERSION || SSL_session_reused (ssl) ||
      !ear_tls_get_key (certificate, peer_key)) {
    ERR_clear_error ();
    g_set_error_literal (error, EAR_ERROR, EAR_ERROR_TLS, "the other side showed no key");
    return FALSE;
  }
  SSL_set_msg_callback (ssl, message_cb);
  return TRUE;
}

/* The channel binding tls-exporter (RFC 9266). Fails with EAR_ERROR_TLS. */
gboolean
ear_tls_export_binding (SSL *ssl, guint8 binding[32], GError **error)
{
  static const char label[] = "EXPORTER-Channel-Binding";

  if (SSL_export_keying_material (ssl, binding, 32, label, strlen (label), (const guint8 *) "", 0,
                                  1) == 1)
    return TRUE;
  ERR_clear_error ();
  g_set_error_literal (error, EAR_ERROR, EAR_ERROR_TLS, "the connection has no channel binding");
  return FALSE;
}

static void
set_library_error (SSL *ssl, GError **error)
{
  unsigned long code = ERR_peek_error ();
  const char *reason = ERR_reason_error_string (code);

  if (ERR_GET_LIB (code) == ERR_LIB_SSL &&
      ERR_GET_REASON (code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    g_propagate_error (error, ear_error_new (EAR_ERROR_CLOSED));
    return;
  }
  g_set_error (error, EAR_ERROR, EAR_ERROR_TLS, "TLS failed: %s",
               reason != NULL ? reason : "unknown reason");
}

/* What came of a call on @ssl that returned @result, which is not positive; errno is still that
 * call's. Fails with EAR_ERROR_CLOSED when the other side has gone, with or without saying so,
 * with EAR_ERROR_TLS when it does not speak TLS as we do or goes on about TLS itself, and with
 * EAR_ERROR_TIMEOUT when the network gave up. */
EarTlsOutcome
ear_tls_get_outcome (SSL *ssl, int result, GError **error)
{
  int code = errno;
  int kind = SSL_get_error (ssl, result);

  if (has_too_many_messages (ssl)) {
    g_set_error_literal (error, EAR_ERROR, EAR_ERROR_TLS,
                         "TLS failed: too many messages after the handshake");
    ERR_clear_error ();
    return EAR_TLS_FAILED;
  }
  switch (kind) {
  case SSL_ERROR_WANT_READ:
    return EAR_TLS_WANT_READ;
  case SSL_ERROR_WANT_WRITE:
    return EAR_TLS_WANT_WRITE;
  case SSL_ERROR_ZERO_RETURN:
    g_propagate_error (error, ear_error_new (EAR_ERROR_CLOSED));
    break;
  case SSL_ERROR_SYSCALL:
    g_propagate_error (error,
                       ear_error_new (code == ETIMEDOUT ? EAR_ERROR_TIMEOUT : EAR_ERROR_CLOSED));
    break;
  default:
    set_library_error (ssl, error);
    break;
  }
  ERR_clear_error ();
  return EAR_TLS_FAILED;
}
