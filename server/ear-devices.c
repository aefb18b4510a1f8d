/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarDevices: with which keys each user has logged in, so that who guesses at an account's password
 * locks nobody out: a device that is known here is judged by its own mistakes alone.
 *
 * In devices.csv, a line each: `user,fingerprint`; `user,` forgets all that stood before. Nobody
 * waits for it, and nothing is lost with it but that ease: lines are gathered for a second and
 * written together, what cannot be read is dropped, what cannot be written is only known until the
 * server ends. The file is written anew when most of it is dead. */

#include "server/ear-devices.h"

#include <string.h>

#include "server/ear-disk-writer.h"
#include "server/ear-registry.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-fingerprint.h"
#include "wire/ear-name.h"

#define SPARE_LINES 1024 /* dead ones that are never worth the work */
#define GATHER_MS 1000

struct _EarDevices
{
  GObject parent_instance;

  EarDiskWriter *writer;
  GHashTable *users; /* (element-type utf8 GPtrArray): fingerprints, the newest last */
  guint n_lines;     /* in the file when all is written */
  guint n_known;
  GString *gathered; /* lines to write at the end of @gathering */
  EarDeadline gathering;
};

G_DEFINE_FINAL_TYPE (EarDevices, ear_devices, G_TYPE_OBJECT)

static gboolean
find (GPtrArray *fingerprints, const char *fingerprint, guint *index)
{
  return fingerprints != NULL &&
         g_ptr_array_find_with_equal_func (fingerprints, fingerprint, g_str_equal, index);
}

static void
remember (EarDevices *self, const char *user, const char *fingerprint)
{
  GPtrArray *fingerprints = g_hash_table_lookup (self->users, user);

  if (find (fingerprints, fingerprint, NULL))
    return;
  if (fingerprints == NULL) {
    fingerprints = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (self->users, g_strdup (user), fingerprints);
  }
  if (fingerprints->len == EAR_DEVICES_MAX) {
    g_ptr_array_remove_index (fingerprints, 0);
    self->n_known--;
  }
  g_ptr_array_add (fingerprints, g_strdup (fingerprint));
  self->n_known++;
}

static void
forget (EarDevices *self, const char *user)
{
  GPtrArray *fingerprints = g_hash_table_lookup (self->users, user);

  if (fingerprints == NULL)
    return;
  self->n_known -= fingerprints->len;
  g_hash_table_remove (self->users, user);
}

/* -- The file -- */

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* The writer has said what it could not write. */
  ear_disk_writer_finish (EAR_DISK_WRITER (source), result, NULL);
}

static void
rewrite (EarDevices *self)
{
  GString *file = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  GHashTableIter iter;
  gpointer user, fingerprints;

  g_hash_table_iter_init (&iter, self->users);
  while (g_hash_table_iter_next (&iter, &user, &fingerprints)) {
    for (guint i = 0; i < ((GPtrArray *) fingerprints)->len; i++)
      g_string_append_printf (file, "%s,%s\n", (char *) user,
                              (char *) g_ptr_array_index ((GPtrArray *) fingerprints, i));
  }
  self->n_lines = self->n_known;
  g_string_truncate (self->gathered, 0);
  bytes = g_string_free_to_bytes (file);
  ear_disk_writer_replace_async (self->writer, bytes, written_cb, NULL);
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

static void
append (EarDevices *self, const char *user, const char *fingerprint)
{
  if (self->n_lines >= 2 * self->n_known + SPARE_LINES) {
    rewrite (self);
    return;
  }
  self->n_lines++;
  g_string_append_printf (self->gathered, "%s,%s\n", user, fingerprint);
  if (!ear_deadline_is_set (&self->gathering))
    ear_deadline_set (&self->gathering, GATHER_MS);
}

/* FALSE when the line says nothing that counts. */
static gboolean
read_line (EarDevices *self, EarRegistry *registry, const char *line)
{
  g_auto (GStrv) parts = g_strsplit (line, ",", 3);

  if (g_strv_length (parts) != 2 || !ear_name_is_valid (parts[0]) ||
      ear_registry_lookup (registry, parts[0]) == NULL)
    return FALSE;
  if (parts[1][0] == '\0')
    forget (self, parts[0]);
  else if (ear_fingerprint_is_valid (parts[1]))
    remember (self, parts[0], parts[1]);
  else
    return FALSE;
  return TRUE;
}

/* What ends without a newline is torn. */
static void
load (EarDevices *self, const char *path, EarRegistry *registry)
{
  g_autofree char *file = NULL;
  gboolean clean = TRUE;
  char *line, *end;

  if (!g_file_get_contents (path, &file, NULL, NULL))
    return;
  for (line = file; (end = strchr (line, '\n')) != NULL; line = end + 1) {
    *end = '\0';
    clean = read_line (self, registry, line) && clean;
    self->n_lines++;
  }
  if (!clean || *line != '\0')
    rewrite (self);
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
  self->users =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
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
  self->writer = ear_disk_writer_new (path, error);
  if (self->writer == NULL)
    return NULL;
  load (self, path, registry);
  return g_steal_pointer (&self);
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
  return find (g_hash_table_lookup (self->users, user), fingerprint, NULL);
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
  if (ear_devices_knows (self, user, fingerprint))
    return;
  remember (self, user, fingerprint);
  append (self, user, fingerprint);
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
  append (self, user, "");
  if (kept != NULL)
    ear_devices_note (self, user, kept);
}
