/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDevices: with which keys each user has logged in, so that who guesses at an account's password
 * locks nobody out: a device that is known here is judged by its own mistakes alone.
 *
 * In devices.csv, a line each: `user,fingerprint`; `user,` forgets all that stood before. Nobody
 * waits for it, and nothing is lost with it but that ease: lines are gathered for a second and
 * written together, what cannot be read is dropped, what cannot be written is only known until the
 * server ends. Dead lines are left out when they are most of the file. */

#include "server/ear-devices.h"

#include <string.h>

#include "server/ear-disk-writer.h"
#include "server/ear-registry.h"
#include "server/ear-store-file.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-limits.h"
#include "wire/ear-name.h"

#define SPARE_LINES 1024 /* dead ones that are never worth the work */
#define GATHER_MS 1000
#define KEY_SIZE 32 /* of what a fingerprint says in hexadecimal digits */

/* The devices of a user, in one block: there may be a million. */
typedef struct
{
  char user[EAR_LIMIT_NAME + 1];
  guint8 n_keys;
  guint8 keys[][KEY_SIZE]; /* the newest last */
} Known;

struct _EarDevices
{
  GObject parent_instance;

  EarDiskWriter *writer;
  GHashTable *users; /* (element-type utf8 Known): the key is the block's own user */
  guint n_lines;     /* in the file when all is written */
  guint n_known;
  GString *gathered; /* lines to write at the end of @gathering */
  EarDeadline gathering;
  gboolean compacting;
};

G_DEFINE_FINAL_TYPE (EarDevices, ear_devices, G_TYPE_OBJECT)

static gboolean
read_key (const char *fingerprint, guint8 key[KEY_SIZE])
{
  if (!ear_fingerprint_is_valid (fingerprint))
    return FALSE;
  for (guint i = 0; i < KEY_SIZE; i++)
    key[i] = (guint8) (g_ascii_xdigit_value (fingerprint[2 * i]) << 4 |
                       g_ascii_xdigit_value (fingerprint[2 * i + 1]));
  return TRUE;
}

static void
append_line (GString *file, const char *user, const guint8 key[KEY_SIZE])
{
  g_string_append_printf (file, "%s,", user);
  for (guint i = 0; key != NULL && i < KEY_SIZE; i++)
    g_string_append_printf (file, "%02x", key[i]);
  g_string_append_c (file, '\n');
}

static gboolean
knows (EarDevices *self, const char *user, const guint8 key[KEY_SIZE])
{
  const Known *known = g_hash_table_lookup (self->users, user);

  for (guint i = 0; known != NULL && i < known->n_keys; i++) {
    if (memcmp (known->keys[i], key, KEY_SIZE) == 0)
      return TRUE;
  }
  return FALSE;
}

/* FALSE when it is known. */
static gboolean
remember (EarDevices *self, const char *user, const guint8 key[KEY_SIZE])
{
  Known *known = NULL;
  guint8 n;

  if (knows (self, user, key))
    return FALSE;
  g_hash_table_steal_extended (self->users, user, NULL, (gpointer *) &known);
  n = known != NULL ? known->n_keys : 0;
  if (n == EAR_DEVICES_MAX) {
    memmove (known->keys[0], known->keys[1], (EAR_DEVICES_MAX - 1) * KEY_SIZE);
    n--;
  } else {
    known = g_realloc (known, sizeof *known + (n + 1u) * KEY_SIZE);
    g_strlcpy (known->user, user, sizeof known->user);
    self->n_known++;
  }
  memcpy (known->keys[n], key, KEY_SIZE);
  known->n_keys = (guint8) (n + 1);
  g_hash_table_insert (self->users, known->user, known);
  return TRUE;
}

static void
forget (EarDevices *self, const char *user)
{
  const Known *known = g_hash_table_lookup (self->users, user);

  if (known == NULL)
    return;
  self->n_known -= known->n_keys;
  g_hash_table_remove (self->users, user);
}

/* -- Loading -- */

/* FALSE when the line says nothing that counts. What ends without a newline is torn. */
static gboolean
read_line (EarDevices *self, EarRegistry *registry, const EarStoreFile *file)
{
  g_autofree char *line = g_strndup (file->line, file->size);
  g_auto (GStrv) parts = g_strsplit (line, ",", 3);
  guint8 key[KEY_SIZE];

  if (file->torn || g_strv_length (parts) != 2 || !ear_name_is_valid (parts[0]) ||
      ear_registry_lookup (registry, parts[0]) == NULL)
    return FALSE;
  if (parts[1][0] == '\0')
    forget (self, parts[0]);
  else if (read_key (parts[1], key))
    remember (self, parts[0], key);
  else
    return FALSE;
  return TRUE;
}

static gboolean
has_many_dead (EarDevices *self)
{
  return self->n_lines >= 2 * self->n_known + SPARE_LINES;
}

static gboolean
write_all (EarDevices *self, const char *path, GError **error)
{
  g_autoptr (GString) file = g_string_new (NULL);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->users);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Known *known = value;

    for (guint i = 0; i < known->n_keys; i++)
      append_line (file, known->user, known->keys[i]);
  }
  self->n_lines = self->n_known;
  return ear_store_file_rewrite (path, file->str, file->len, error);
}

static gboolean
load (EarDevices *self, const char *path, EarRegistry *registry, GError **error)
{
  g_autoptr (EarStoreFile) file = ear_store_file_open (path, error);
  gboolean clean = TRUE;

  if (file == NULL)
    return FALSE;
  while (ear_store_file_next (file))
    clean = read_line (self, registry, file) && clean;
  self->n_lines = file->n_lines;
  return (clean && !file->foreign && !has_many_dead (self)) || write_all (self, path, error);
}

/* -- Writing -- */

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* The writer has said what it could not write. */
  ear_disk_writer_finish (EAR_DISK_WRITER (source), result, NULL);
}

static void
write_gathered (EarDevices *self)
{
  g_autoptr (GBytes) bytes = g_bytes_new (self->gathered->str, self->gathered->len);

  if (self->gathered->len > 0)
    ear_disk_writer_append_async (self->writer, bytes, written_cb, NULL);
  g_string_truncate (self->gathered, 0);
}

static void
gathering_cb (gpointer user_data)
{
  write_gathered (user_data);
}

/* Of each user those that came last, and none that was forgotten. */
static gboolean
keeps (const char *line, gsize size, gpointer n_seen)
{
  g_autofree char *user = g_strndup (line, size);
  char *comma = strchr (user, ',');
  guint n;

  if (comma == NULL)
    return FALSE;
  *comma = '\0';
  n = GPOINTER_TO_UINT (g_hash_table_lookup (n_seen, user));
  if (n == EAR_DEVICES_MAX)
    return FALSE;
  n = comma[1] != '\0' ? n + 1 : EAR_DEVICES_MAX;
  g_hash_table_replace (n_seen, g_steal_pointer (&user), GUINT_TO_POINTER (n));
  return comma[1] != '\0';
}

static void
compacted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (EarDevices) self = user_data;

  self->compacting = FALSE;
  written_cb (source, result, NULL);
}

static void
compact (EarDevices *self)
{
  write_gathered (self);
  self->compacting = TRUE;
  self->n_lines = self->n_known;
  ear_disk_writer_compact_async (
    self->writer, keeps, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    (GDestroyNotify) g_hash_table_unref, compacted_cb, g_object_ref (self));
}

static void
append (EarDevices *self, const char *user, const guint8 key[KEY_SIZE])
{
  self->n_lines++;
  append_line (self->gathered, user, key);
  if (!ear_deadline_is_set (&self->gathering))
    ear_deadline_set (&self->gathering, GATHER_MS);
  if (!self->compacting && has_many_dead (self))
    compact (self);
}

/* -- Object -- */

static void
ear_devices_finalize (GObject *object)
{
  EarDevices *self = EAR_DEVICES (object);

  ear_deadline_clear (&self->gathering);
  g_string_free (self->gathered, TRUE);
  if (self->writer != NULL)
    ear_disk_writer_close (self->writer); /* here, lest its thread drop the last reference */
  g_clear_object (&self->writer);
  g_hash_table_unref (self->users);
  G_OBJECT_CLASS (ear_devices_parent_class)->finalize (object);
}

static void
ear_devices_class_init (EarDevicesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_devices_finalize;
}

static void
ear_devices_init (EarDevices *self)
{
  self->users = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->gathered = g_string_new (NULL);
}

/**
 * ear_devices_new:
 * @directory: the server's data directory
 * @registry: the accounts; what belongs to none is dropped
 * @deadlines: the deadlines of the main loop
 * @error: return location for an error
 *
 * Loads what is known; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the devices. Fails with [error@GLib.FileError].
 */
EarDevices *
ear_devices_new (const char *directory,
                 EarRegistry *registry,
                 EarDeadlines *deadlines,
                 GError **error)
{
  g_autoptr (EarDevices) self = g_object_new (EAR_TYPE_DEVICES, NULL);
  g_autofree char *path = g_build_filename (directory, "devices.csv", NULL);

  ear_deadline_init (&self->gathering, deadlines, gathering_cb, self);
  if (!load (self, path, registry, error))
    return NULL;
  self->writer = ear_disk_writer_new (path, error);
  return self->writer != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * ear_devices_close:
 * @self: the devices
 *
 * Waits until all is durable; call it after the main loop.
 */
void
ear_devices_close (EarDevices *self)
{
  write_gathered (self);
  ear_disk_writer_close (self->writer);
}

/**
 * ear_devices_knows:
 * @self: the devices
 * @user: an account's name, or anything
 * @fingerprint: of a device's key
 *
 * Returns: whether the user has logged in from there
 */
gboolean
ear_devices_knows (EarDevices *self, const char *user, const char *fingerprint)
{
  guint8 key[KEY_SIZE];

  return read_key (fingerprint, key) && knows (self, user, key);
}

/**
 * ear_devices_note:
 * @self: the devices
 * @user: who has logged in
 * @fingerprint: with which key
 *
 * Remembers a device of a user.
 */
void
ear_devices_note (EarDevices *self, const char *user, const char *fingerprint)
{
  guint8 key[KEY_SIZE];

  if (read_key (fingerprint, key) && remember (self, user, key))
    append (self, user, key);
}

/**
 * ear_devices_forget:
 * @self: the devices
 * @user: an account's name
 * @but: (nullable): the fingerprint of a device that is still remembered
 *
 * Forgets the devices of a user, whose password is another now, or who is gone.
 */
void
ear_devices_forget (EarDevices *self, const char *user, const char *but)
{
  gboolean keep = but != NULL && ear_devices_knows (self, user, but);
  g_autofree char *kept = keep ? g_strdup (but) : NULL;

  if (!g_hash_table_contains (self->users, user))
    return;
  forget (self, user);
  append (self, user, NULL);
  if (kept != NULL)
    ear_devices_note (self, user, kept);
}
