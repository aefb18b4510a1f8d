/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarServer: the listener, and what its visitors share: the accounts, the broadcasts, the roster,
 * the throttle.
 *
 * It stops accepting when it comes near the limit of descriptors, says so once, and goes on when
 * visitors leave: at the limit GSocketService would spin. At the end every visitor is told and may
 * read what is queued; the signal "stopped" comes when the last one is gone.
 *
 * The server holds each visitor in `visitors` until its link has ended; the other tables only
 * point. */

#include "server/ear-server-private.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/resource.h>

#include "server/ear-audit.h"
#include "server/ear-broadcast.h"
#include "server/ear-bulletin.h"
#include "server/ear-data-dir.h"
#include "server/ear-devices.h"
#include "server/ear-invitations.h"
#include "server/ear-listener.h"
#include "server/ear-policy.h"
#include "server/ear-registry.h"
#include "server/ear-roster.h"
#include "server/ear-server-log.h"
#include "server/ear-store-file.h"
#include "server/ear-throttle.h"
#include "server/ear-visitor-private.h"
#include "wire/ear-clock.h"
#include "wire/ear-identity.h"
#include "wire/ear-limits.h"
#include "wire/ear-poller.h"
#include "wire/ear-ring.h"
#include "wire/ear-server-link.h"
#include "wire/ear-tls.h"

G_DEFINE_FINAL_TYPE (EarServer, ear_server, G_TYPE_OBJECT)

enum {
  STOPPED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* -- Accepting -- */

static void
update_accepting (EarServer *self)
{
  gboolean accept = !self->stopping && g_hash_table_size (self->visitors) < self->max_visitors;

  if (accept == self->accepting)
    return;
  self->accepting = accept;
  if (accept) {
    g_socket_service_start (self->service);
    ear_server_log ("accepting", NULL, NULL, NULL);
  } else {
    g_socket_service_stop (self->service);
    if (!self->stopping)
      ear_server_log ("full", NULL, NULL,
                      "no new connections until some end: the limit of open files is near");
  }
}

static guint
get_strangers (EarServer *self, const char *address_key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->addresses, address_key));
}

static const char *
find_most_crowded (EarServer *self)
{
  const char *found = NULL;
  guint n_found = 0;
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->addresses);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (GPOINTER_TO_UINT (value) > n_found) {
      n_found = GPOINTER_TO_UINT (value);
      found = key;
    }
  }
  return found;
}

/* Ends the oldest stranger, of an address if that is not NULL, and returns whether there was one;
 * unless it is to be @idle, and does something. */
static gboolean
end_oldest (EarServer *self, const char *address_key, gboolean idle)
{
  for (GList *node = self->strangers.next; node != &self->strangers; node = node->next) {
    EarVisitor *visitor = node->data;

    if (address_key != NULL && !g_str_equal (visitor->address_key, address_key))
      continue;
    if (idle && !ear_visitor_is_idle (visitor))
      continue;
    ear_visitor_make_room (visitor);
    return TRUE;
  }
  return FALSE;
}

/* For one more of @address_key. Who does nothing goes when its place is wanted: who logs in is
 * faster. Else, so that nobody keeps others out who has fewer addresses than there are places, the
 * address that has most gives one to an address that has fewer. */
static gboolean
make_room (EarServer *self, const char *address_key)
{
  guint n_here = get_strangers (self, address_key);
  const char *crowded;

  if (n_here >= self->config->max_per_address && !end_oldest (self, address_key, TRUE))
    return FALSE;
  if (self->n_strangers < self->config->max_strangers || end_oldest (self, NULL, TRUE))
    return TRUE;
  crowded = find_most_crowded (self);
  return crowded != NULL && get_strangers (self, crowded) > n_here + 1 &&
         end_oldest (self, crowded, FALSE);
}

static gboolean
incoming_cb (EarServer *self, GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autofree char *key = ear_throttle_dup_address_key (
    G_IS_INET_SOCKET_ADDRESS (remote) ? G_INET_SOCKET_ADDRESS (remote) : NULL);

  /* Before TLS there is no way to say why. */
  if (!make_room (self, key)) {
    ear_server_log_debug ("refused", NULL, key, "too many connections that are not logged in");
    return TRUE;
  }
  g_hash_table_add (self->visitors, ear_visitor_new (self, connection, key));
  update_accepting (self);
  return TRUE;
}

void
ear_server_add_stranger (EarServer *self, EarVisitor *visitor)
{
  const char *key = visitor->address_key;

  g_hash_table_insert (self->addresses, g_strdup (key),
                       GUINT_TO_POINTER (get_strangers (self, key) + 1));
  ear_ring_append (&self->strangers, &visitor->place);
  self->n_strangers++;
  visitor->stranger = TRUE;
}

void
ear_server_forget_stranger (EarServer *self, EarVisitor *visitor)
{
  const char *key = visitor->address_key;
  guint n_here = get_strangers (self, key);

  if (!visitor->stranger)
    return;
  visitor->stranger = FALSE;
  self->n_strangers--;
  ear_ring_unlink (&visitor->place);
  if (n_here > 1)
    g_hash_table_insert (self->addresses, g_strdup (key), GUINT_TO_POINTER (n_here - 1));
  else
    g_hash_table_remove (self->addresses, key);
}

/* -- Visitors -- */

static void
forget_fingerprint (EarServer *self, EarVisitor *visitor)
{
  if (visitor->fingerprint != NULL &&
      g_hash_table_lookup (self->fingerprints, visitor->fingerprint) == visitor)
    g_hash_table_remove (self->fingerprints, visitor->fingerprint);
  visitor->fingerprint = NULL;
}

void
ear_server_add_member (EarServer *self, EarVisitor *visitor)
{
  EarVisitor *before = g_hash_table_lookup (self->members, visitor->user);

  if (before != NULL) {
    ear_server_log ("taken-over", before->user, before->address, NULL);
    ear_visitor_end (before, EAR_ERROR_TAKEN_OVER);
    /* Who came need not become active; who does so within a tick is never seen to be away. */
    forget_fingerprint (self, before);
    ear_roster_remove (self->roster, before->user);
  }
  g_hash_table_replace (self->members, visitor->user, visitor);
}

EarVisitor *
ear_server_find_active (EarServer *self, const char *user)
{
  EarVisitor *visitor = g_hash_table_lookup (self->members, user);

  return visitor != NULL && ear_visitor_is_active (visitor) ? visitor : NULL;
}

void
ear_server_remove_visitor (EarServer *self, EarVisitor *visitor)
{
  ear_server_forget_stranger (self, visitor);
  forget_fingerprint (self, visitor);
  /* Who was taken over leaves the user to the one who came. */
  if (visitor->user != NULL && g_hash_table_lookup (self->members, visitor->user) == visitor) {
    g_hash_table_remove (self->members, visitor->user);
    ear_roster_remove (self->roster, visitor->user);
  }
  ear_ring_unlink (&visitor->place);
  g_hash_table_remove (self->visitors, visitor);
  update_accepting (self);
  if (self->stopping && g_hash_table_size (self->visitors) == 0)
    g_signal_emit (self, signals[STOPPED], 0);
}

/* -- How many a broadcast has reached -- */

static void
tell_reached_cb (gpointer user_data)
{
  EarServer *self = user_data;
  g_autoptr (GPtrArray) broadcasts = ear_bulletin_get_newer (self->bulletin, 0);

  for (guint i = 0; i < broadcasts->len; i++) {
    EarBroadcast *broadcast = g_ptr_array_index (broadcasts, i);
    EarVisitor *sender = ear_server_find_active (self, broadcast->user);
    g_autoptr (EarMessage) reached = NULL;

    if (sender == NULL || !g_hash_table_contains (self->reached, &broadcast->number))
      continue;
    reached = ear_message_new (EAR_MESSAGE_REACHED);
    ear_message_set_integer (reached, "number", (gint64) broadcast->number);
    ear_message_set_integer (reached, "count", broadcast->n_reached);
    ear_visitor_send (sender, reached);
  }
  g_hash_table_remove_all (self->reached);
}

/* Told once a tick: nine thousand latecomers are not nine thousand lines. */
void
ear_server_note_reached (EarServer *self, guint64 number)
{
  g_hash_table_add (self->reached, g_memdup2 (&number, sizeof number));
  if (!ear_deadline_is_set (&self->reached_tick))
    ear_deadline_set (&self->reached_tick, EAR_LIMIT_ROSTER_TICK_MS);
}

/* -- What many get -- */

/* How many get a line before it is written: what was queued for them is still in the processor's
 * cache then. */
#define BATCH 16

/* Sends a line to one of many. No link ends meanwhile: one that fails does so in a later turn. */
void
ear_server_fan_out (EarServer *self, EarVisitor *visitor, GBytes *line)
{
  ear_visitor_send_line (visitor, line);
  if (++self->n_fanned_out % BATCH == 0)
    ear_poller_flush (self->poller);
}

static void
send_roster_line (gpointer watcher, GBytes *line)
{
  EarVisitor *visitor = watcher;

  ear_server_fan_out (visitor->server, visitor, line);
}

/* -- Making -- */

/* The 32 bytes that make unknown users look known; kept, so that they look the same after a
 * restart. */
static gboolean
load_secret (EarServer *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->config->data_dir, "secret", NULL);
  g_autofree char *contents = NULL;
  gsize size;

  if (g_file_get_contents (path, &contents, &size, NULL) && size == sizeof self->secret) {
    memcpy (self->secret, contents, size);
    OPENSSL_cleanse (contents, size);
    return TRUE;
  }
  if (RAND_bytes (self->secret, sizeof self->secret) != 1) {
    g_propagate_error (error, ear_error_new (EAR_ERROR_INTERNAL));
    return FALSE;
  }
  return ear_store_file_rewrite (path, (const char *) self->secret, sizeof self->secret, error);
}

/* As many descriptors as the system allows, less what files need; of very few, half. */
static guint
find_max_visitors (void)
{
  struct rlimit limit;
  gint64 n_kept;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 256;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  getrlimit (RLIMIT_NOFILE, &limit);
  n_kept = MIN (EAR_LIMIT_DESCRIPTORS_KEPT, (gint64) (limit.rlim_cur / 2));
  return (guint) CLAMP ((gint64) limit.rlim_cur - n_kept, 1, G_MAXINT);
}

static void
set_rates (EarServer *self)
{
  ear_throttle_set_rate (self->throttle, EAR_THROTTLE_SIGNUP, self->config->signups_per_hour, 3600);
  ear_throttle_set_rate (self->throttle, EAR_THROTTLE_SIGNUP_ADDRESS,
                         self->config->signups_per_address, 3600);
}

static gboolean
load (EarServer *self, GError **error)
{
  self->poller = ear_poller_new (NULL, error);
  if (self->poller == NULL || !load_secret (self, error))
    return FALSE;
  self->identity = ear_data_dir_load_identity (self->config->data_dir, error);
  if (self->identity == NULL)
    return FALSE;
  self->tls = ear_tls_new (self->identity, EAR_TLS_TO_SERVER, error);
  if (self->tls == NULL)
    return FALSE;
  self->registry =
    ear_registry_new (self->config->data_dir, self->config->iterations, self->deadlines, error);
  if (self->registry == NULL)
    return FALSE;
  self->devices = ear_devices_new (self->config->data_dir, self->registry, self->deadlines, error);
  if (self->devices == NULL)
    return FALSE;
  self->invitations = ear_invitations_new (self->config->data_dir, self->registry, error);
  if (self->invitations == NULL)
    return FALSE;
  self->policy = ear_policy_new (self->config->data_dir, error);
  if (self->policy == NULL)
    return FALSE;
  self->audit = ear_audit_new (self->config->data_dir, error);
  if (self->audit == NULL)
    return FALSE;
  self->bulletin = ear_bulletin_new (self->config->data_dir, self->deadlines, error);
  if (self->bulletin == NULL)
    return FALSE;
  ear_server_follow_stores (self);
  self->roster = ear_roster_new (self->deadlines, send_roster_line);
  return TRUE;
}

static void
ear_server_dispose (GObject *object)
{
  EarServer *self = EAR_SERVER (object);

  ear_deadline_clear (&self->reached_tick);
  g_clear_object (&self->service);
  g_clear_object (&self->devices);
  g_clear_object (&self->invitations);
  g_clear_object (&self->policy);
  g_clear_object (&self->audit);
  g_clear_object (&self->registry);
  g_clear_object (&self->bulletin);
  g_clear_object (&self->roster);
  g_clear_object (&self->throttle);
  G_OBJECT_CLASS (ear_server_parent_class)->dispose (object);
}

static void
ear_server_finalize (GObject *object)
{
  EarServer *self = EAR_SERVER (object);

  g_hash_table_unref (self->members);
  g_hash_table_unref (self->fingerprints);
  g_hash_table_unref (self->addresses);
  g_hash_table_unref (self->reached);
  g_hash_table_unref (self->visitors);
  g_clear_pointer (&self->tls, ear_tls_unref);
  g_clear_pointer (&self->identity, ear_identity_unref);
  g_clear_pointer (&self->poller, ear_poller_unref);
  g_clear_pointer (&self->deadlines, ear_deadlines_unref);
  g_clear_pointer (&self->clock, ear_clock_unref);
  OPENSSL_cleanse (self->secret, sizeof self->secret);
  G_OBJECT_CLASS (ear_server_parent_class)->finalize (object);
}

static void
ear_server_class_init (EarServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ear_server_dispose;
  object_class->finalize = ear_server_finalize;

  signals[STOPPED] = g_signal_new ("stopped", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
ear_server_init (EarServer *self)
{
  self->visitors = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) ear_visitor_unref, NULL);
  self->members = g_hash_table_new (g_str_hash, g_str_equal);
  self->fingerprints = g_hash_table_new (g_str_hash, g_str_equal);
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->reached = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  ear_ring_init (&self->active);
  ear_ring_init (&self->strangers);
}

/**
 * ear_server_new:
 * @config: the settings; they must outlive the server
 * @clock: the clock
 * @error: return location for an error
 *
 * Loads what the server keeps; call it before the main loop runs, with the data directory locked.
 *
 * Returns: (transfer full) (nullable): the server. Fails with [error@GLib.FileError] or
 * EAR_ERROR_BAD_FILE.
 */
EarServer *
ear_server_new (const EarServerConfig *config, EarClock *clock, GError **error)
{
  g_autoptr (EarServer) self = g_object_new (EAR_TYPE_SERVER, NULL);

  self->config = config;
  self->clock = ear_clock_ref (clock);
  self->deadlines = ear_deadlines_new (clock, NULL);
  self->throttle = ear_throttle_new (clock);
  self->max_visitors = find_max_visitors ();
  ear_deadline_init (&self->reached_tick, self->deadlines, tell_reached_cb, self);
  set_rates (self);
  return load (self, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * ear_server_start:
 * @self: a server
 * @error: return location for an error
 *
 * Begins to listen, on what systemd handed over or else on the configured addresses.
 *
 * Returns: whether it listens. Fails with [error@Gio.IOErrorEnum], with ADDRESS_IN_USE when the
 * port is taken.
 */
gboolean
ear_server_start (EarServer *self, GError **error)
{
  self->service = ear_listener_new (self->config, &self->port, error);
  if (self->service == NULL)
    return FALSE;
  g_signal_connect_object (self->service, "incoming", G_CALLBACK (incoming_cb), self,
                           G_CONNECT_SWAPPED);
  self->accepting = TRUE;
  g_socket_service_start (self->service);
  return TRUE;
}

/**
 * ear_server_stop:
 * @self: a server
 *
 * Tells everybody that the server stops; "stopped" is emitted when all are gone, which may be at
 * once.
 */
void
ear_server_stop (EarServer *self)
{
  GHashTableIter iter;
  gpointer visitor;

  if (self->stopping)
    return;
  self->stopping = TRUE;
  update_accepting (self);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_hash_table_iter_init (&iter, self->visitors);
  while (g_hash_table_iter_next (&iter, &visitor, NULL))
    ear_visitor_end (visitor, EAR_ERROR_SHUTTING_DOWN);
  if (g_hash_table_size (self->visitors) == 0)
    g_signal_emit (self, signals[STOPPED], 0);
}

/**
 * ear_server_close:
 * @self: a server
 *
 * Waits until all that was promised is durable; call it after the main loop.
 */
void
ear_server_close (EarServer *self)
{
  ear_registry_close (self->registry);
  ear_devices_close (self->devices);
  ear_invitations_close (self->invitations);
  ear_policy_close (self->policy);
  ear_audit_close (self->audit);
  ear_bulletin_close (self->bulletin);
}

/**
 * ear_server_get_port:
 * @self: a server that listens
 *
 * Gets the port, also when the kernel chose it.
 *
 * Returns: the port
 */
guint16
ear_server_get_port (EarServer *self)
{
  return self->port;
}

/**
 * ear_server_dup_link:
 * @self: a server that listens
 *
 * Makes the link that a client opens to log in here and to pin the server's key from the first
 * moment.
 *
 * Returns: (transfer full): earshot://HOST:PORT/#FINGERPRINT
 */
char *
ear_server_dup_link (EarServer *self)
{
  g_autofree char *host = ear_listener_dup_host (self->config);
  g_autoptr (EarServerLink) link =
    ear_server_link_new (host, self->port, ear_identity_get_fingerprint (self->identity));

  return ear_server_link_to_uri (link);
}

/**
 * ear_server_dup_status:
 * @self: a server
 *
 * Counts, for the operator.
 *
 * Returns: (transfer full): a line
 */
char *
ear_server_dup_status (EarServer *self)
{
  return g_strdup_printf ("accounts=%u active=%u connections=%u strangers=%u broadcasts=%u",
                          ear_registry_get_n_accounts (self->registry),
                          ear_roster_get_n_users (self->roster), g_hash_table_size (self->visitors),
                          self->n_strangers, ear_bulletin_get_n_broadcasts (self->bulletin));
}
