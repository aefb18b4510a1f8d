/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a running server takes the operator's commands: a UNIX socket in its data directory. A line
 * has an end or the connection has: nobody fills the memory. */

#include "config.h"

#include "server/ear-admin-private.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "wire/ear-line-reader.h"

#define MAX_LINE 2048 /* bytes: a row with the longest names has a third of it */

/* Whoever has opened the socket. */
typedef struct
{
  EarAdmin *admin;
  GSocketConnection *connection;
  EarLineReader *reader;
  guint8 chunk[MAX_LINE];
  char *answer;
} Caller;

static void read_next (Caller *caller);

static void
caller_free (Caller *caller)
{
  g_object_unref (caller->admin);
  g_object_unref (caller->connection);
  ear_line_reader_free (caller->reader);
  g_free (caller->answer);
  g_free (caller);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Caller *caller = user_data;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    read_next (caller);
  else
    caller_free (caller);
}

static void
executed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Caller *caller = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = ear_admin_execute_finish (caller->admin, result, &error);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (caller->connection));

  g_free (caller->answer);
  caller->answer = text != NULL ? g_strconcat (text, "ok\n", NULL)
                                : g_strdup_printf ("error %s\n", error->message);
  g_output_stream_write_all_async (output, caller->answer, strlen (caller->answer),
                                   G_PRIORITY_DEFAULT, NULL, answered_cb, caller);
}

static void
received_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Caller *caller = user_data;
  gssize size = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (size <= 0) {
    caller_free (caller);
    return;
  }
  ear_line_reader_push (caller->reader, caller->chunk, (gsize) size);
  read_next (caller);
}

/* One line after the other; who says nonsense is cut off. */
static void
read_next (Caller *caller)
{
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (caller->connection));
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize size;

  if (!ear_line_reader_next (caller->reader, &line, &size, &error) && error == NULL)
    g_input_stream_read_async (input, caller->chunk, sizeof caller->chunk, G_PRIORITY_DEFAULT, NULL,
                               received_cb, caller);
  else if (error == NULL && g_utf8_validate (line, (gssize) size, NULL))
    ear_admin_execute_async (caller->admin, line, executed_cb, caller);
  else
    caller_free (caller);
}

static gboolean
incoming_cb (EarAdmin *self, GSocketConnection *connection)
{
  Caller *caller = g_new0 (Caller, 1);

  caller->admin = g_object_ref (self);
  caller->connection = g_object_ref (connection);
  caller->reader = ear_line_reader_new (MAX_LINE);
  read_next (caller);
  return TRUE;
}

/**
 * ear_admin_listen:
 * @self: an admin
 * @path: where the socket shall be; the data directory is locked, so nobody else uses one that is
 * there
 * @error: return location for an error
 *
 * Takes commands at a UNIX socket that only this user can open.
 *
 * Returns: whether it listens. Fails with [error@Gio.IOErrorEnum], with FILENAME_TOO_LONG when
 * @path is too long for a socket.
 */
gboolean
ear_admin_listen (EarAdmin *self, const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  mode_t before;
  gboolean listens;

  /* GLib cuts what does not fit, and would listen somewhere else. */
  if (g_strcmp0 (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address)), path) != 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                 _ ("%s: too long for the path of a socket"), path);
    return FALSE;
  }
  g_unlink (path);
  self->service = g_socket_service_new ();
  self->path = g_strdup (path);
  before = umask (0177);
  listens =
    g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                   G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error);
  umask (before);
  g_signal_connect_object (self->service, "incoming", G_CALLBACK (incoming_cb), self,
                           G_CONNECT_SWAPPED);
  return listens;
}
