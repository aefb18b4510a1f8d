/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Pairs of links for tests, and strangers whose TLS is put together by hand: over memory BIOs, so
 * that a test decides when each byte goes onto the network. */

#include "link-fixture.h"

#include "wire/ear-identity-private.h"
#include "wire/ear-limits.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

/* -- Waiting -------------------------------------------------------------------------------- */

typedef struct
{
  const char *where;
  const char *condition;
} Wait;

static gboolean
give_up_cb (gpointer user_data)
{
  Wait *wait = user_data;

  g_error ("%s: this never came true: %s", wait->where, wait->condition);
  return G_SOURCE_REMOVE;
}

guint
wait_begin (const char *where, const char *condition)
{
  Wait *wait = g_new (Wait, 1);

  wait->where = where;
  wait->condition = condition;
  return g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, 30, give_up_cb, wait, g_free);
}

/* Until nobody has anything to do: over loopback, what was sent has then arrived. */
void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* -- Ends ----------------------------------------------------------------------------------- */

static void
opened_cb (EarLink *link, gpointer user_data)
{
  End *self = user_data;

  g_assert_true (ear_link_is_open (link));
  g_assert_cmpuint (self->n_opened, ==, 0);
  g_assert_cmpuint (self->n_closed, ==, 0);
  self->n_opened++;
  if (self->on_opened != NULL)
    self->on_opened (self);
}

static void
received_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  End *self = user_data;

  g_assert_cmpuint (self->n_closed, ==, 0);
  self->n_received++;
  if (ear_message_get_type (message) == EAR_MESSAGE_TEXT)
    g_ptr_array_add (self->texts, g_strdup (ear_message_get_string (message, "text")));
  if (self->n_received == self->pause_after)
    ear_link_set_paused (link, TRUE);
  if (self->on_received != NULL)
    self->on_received (self);
}

static void
closed_cb (EarLink *link, const GError *reason, gpointer user_data)
{
  End *self = user_data;

  g_assert_false (ear_link_is_open (link));
  g_assert_nonnull (reason);
  self->n_closed++;
  g_clear_error (&self->reason);
  self->reason = g_error_copy (reason);
  if (self->on_closed != NULL)
    self->on_closed (self);
}

static void
has_room_cb (EarLink *link, gpointer user_data)
{
  End *self = user_data;

  g_assert_true (ear_link_has_room (link));
  self->n_room++;
  if (self->on_room != NULL)
    self->on_room (self);
}

static const EarLinkEvents events = {
  .opened = opened_cb,
  .received = received_cb,
  .closed = closed_cb,
  .has_room = has_room_cb,
};

static void
end_clear (End *self)
{
  g_clear_object (&self->link);
  g_clear_error (&self->reason);
  g_clear_pointer (&self->texts, g_ptr_array_unref);
  memset (self, 0, sizeof *self);
}

static void
end_init (End *self)
{
  end_clear (self);
  self->texts = g_ptr_array_new_with_free_func (g_free);
}

void
end_send_text (End *self, const char *text)
{
  g_autoptr (EarMessage) message = ear_message_new (EAR_MESSAGE_TEXT);

  ear_message_set_string (message, "id", "0123456789");
  ear_message_set_string (message, "text", text);
  ear_message_set_integer (message, "age", 0);
  ear_link_send (self->link, message);
}

void
end_assert_closed (End *self, EarError code)
{
  g_assert_cmpuint (self->n_closed, ==, 1);
  g_assert_error (self->reason, EAR_ERROR, (int) code);
}

/* -- Fixture -------------------------------------------------------------------------------- */

/* Two sockets that are connected to each other over TCP. */
static void
connect_sockets (GSocket **accepted, GSocket **dialled)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) listener = NULL;

  listener =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (listener, any, TRUE, &error));
  g_assert_true (g_socket_listen (listener, &error));
  address = g_socket_get_local_address (listener, &error);
  *dialled =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_true (g_socket_connect (*dialled, address, NULL, &error));
  *accepted = g_socket_accept (listener, NULL, &error);
  g_assert_no_error (error);
}

static void
start_link (Fixture *self, End *end, EarTls *tls, GSocket *socket, gboolean dialled)
{
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);

  end_init (end);
  end->link =
    dialled ? ear_link_new_dialled (self->poller, self->deadlines, tls, connection, &events, end)
            : ear_link_new_accepted (self->poller, self->deadlines, tls, connection, &events, end);
  ear_link_set_state (end->link, EAR_MESSAGE_AT_OPEN, EAR_LIMIT_LINE_PEER);
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) accepted = NULL;
  g_autoptr (GSocket) dialled = NULL;

  memset (self, 0, sizeof *self);
  self->clock = ear_clock_new_manual (0);
  self->deadlines = ear_deadlines_new (self->clock, NULL);
  self->poller = ear_poller_new (NULL, &error);
  self->identity_a = ear_identity_new (&error);
  self->identity_b = ear_identity_new (&error);
  self->tls_a = ear_tls_new (self->identity_a, EAR_TLS_TO_PEER, &error);
  self->tls_b = ear_tls_new (self->identity_b, EAR_TLS_TO_PEER, &error);
  g_assert_no_error (error);
  connect_sockets (&accepted, &dialled);
  start_link (self, &self->a, self->tls_a, accepted, FALSE);
  start_link (self, &self->b, self->tls_b, dialled, TRUE);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  settle ();
  if (self->a.link != NULL)
    g_assert_finalize_object (g_steal_pointer (&self->a.link));
  if (self->b.link != NULL)
    g_assert_finalize_object (g_steal_pointer (&self->b.link));
  end_clear (&self->a);
  end_clear (&self->b);
  ear_tls_unref (self->tls_a);
  ear_tls_unref (self->tls_b);
  ear_identity_unref (self->identity_a);
  ear_identity_unref (self->identity_b);
  ear_poller_unref (self->poller);
  ear_deadlines_unref (self->deadlines);
  ear_clock_unref (self->clock);
}

/* Waits for both handshakes. */
void
fixture_open (Fixture *self)
{
  wait_until (self->a.n_opened == 1 && self->b.n_opened == 1);
}

/* Starts again with a client that dials a peer and gets a server. */
void
fixture_mix_roles (Fixture *self)
{
  g_autoptr (GSocket) accepted = NULL;
  g_autoptr (GSocket) dialled = NULL;
  g_autoptr (EarTls) server = ear_tls_new (self->identity_a, EAR_TLS_TO_SERVER, NULL);

  connect_sockets (&accepted, &dialled);
  start_link (self, &self->a, server, accepted, FALSE);
  start_link (self, &self->b, self->tls_b, dialled, TRUE);
}

/* Starts the accepted link again, and returns the other side of its connection. */
GSocket *
fixture_accept_raw (Fixture *self)
{
  g_autoptr (GSocket) accepted = NULL;
  GSocket *dialled;

  connect_sockets (&accepted, &dialled);
  start_link (self, &self->a, self->tls_a, accepted, FALSE);
  end_clear (&self->b);
  return dialled;
}

/* -- Strangers ------------------------------------------------------------------------------ */

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
make_key (RawKind kind)
{
  switch (kind) {
  case RAW_RSA:
    return EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t) 2048);
  case RAW_EC:
    return EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
  default:
    return EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");
  }
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

static void
raw_set_up (Raw *self, RawKind kind, GSocket *socket, gboolean serves)
{
  static const char protocol[] = "\x0e"
                                 "earshot-peer/1";
  EVP_PKEY *key = make_key (kind);
  EVP_PKEY *other = make_key (RAW_GOOD);
  X509 *certificate = make_certificate (key, kind == RAW_NOT_SELF_SIGNED ? other : key);

  *self = (Raw){ .socket = socket };
  self->context = SSL_CTX_new (TLS_method ());
  if (kind == RAW_TLS_1_2)
    SSL_CTX_set_max_proto_version (self->context, TLS1_2_VERSION);
  if (kind != RAW_NO_ALPN) {
    SSL_CTX_set_alpn_protos (self->context, (const guint8 *) protocol, strlen (protocol));
    SSL_CTX_set_alpn_select_cb (self->context, accept_protocol_cb, NULL);
  }
  if (kind != RAW_NO_CERTIFICATE) {
    g_assert_cmpint (SSL_CTX_use_certificate (self->context, certificate), ==, 1);
    g_assert_cmpint (SSL_CTX_use_PrivateKey (self->context, key), ==, 1);
  }
  if (kind == RAW_CHAIN)
    SSL_CTX_add1_chain_cert (self->context, certificate);
  self->ssl = SSL_new (self->context);
  self->in = BIO_new (BIO_s_mem ());
  self->out = BIO_new (BIO_s_mem ());
  BIO_set_mem_eof_return (self->in, -1);
  SSL_set_bio (self->ssl, self->in, self->out);
  if (serves)
    SSL_set_accept_state (self->ssl);
  else
    SSL_set_connect_state (self->ssl);
  self->dribble = kind == RAW_DRIBBLE;
  g_socket_set_blocking (socket, FALSE);
  X509_free (certificate);
  EVP_PKEY_free (key);
  EVP_PKEY_free (other);
}

/* A stranger who has connected to the accepted link. */
void
raw_open (Raw *self, Fixture *fixture, RawKind kind)
{
  raw_set_up (self, kind, fixture_accept_raw (fixture), FALSE);
}

/* A stranger to whom the dialled link has connected. */
void
raw_serve (Raw *self, Fixture *fixture, RawKind kind)
{
  g_autoptr (GSocket) dialled = NULL;
  GSocket *accepted;

  connect_sockets (&accepted, &dialled);
  start_link (fixture, &fixture->b, fixture->tls_b, dialled, TRUE);
  end_clear (&fixture->a);
  raw_set_up (self, kind, accepted, TRUE);
}

/* Puts everything on the network; what the other side no longer takes is lost. */
void
raw_say (GSocket *socket, const char *data, gsize size)
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
pump (Raw *self)
{
  char buffer[16384];
  gssize n;

  while ((n = BIO_read (self->out, buffer, sizeof buffer)) > 0) {
    if (!self->dribble) {
      raw_say (self->socket, buffer, n);
      continue;
    }
    for (gssize i = 0; i < n; i++) {
      raw_say (self->socket, buffer + i, 1);
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
raw_handshake (Raw *self)
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
raw_write (Raw *self, const char *data, gsize size)
{
  ERR_clear_error ();
  g_assert_cmpint (SSL_write (self->ssl, data, size), ==, (int) size);
  pump (self);
}

/* Reads up to a newline, which is left out. */
void
raw_read_line (Raw *self, char *line, gsize size)
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
raw_read_reason (Raw *self)
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

void
raw_close (Raw *self)
{
  ERR_clear_error ();
  SSL_free (self->ssl);
  SSL_CTX_free (self->context);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
}
