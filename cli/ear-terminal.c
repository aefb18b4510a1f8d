/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The terminal: passwords without echo, and standard input by lines on the main loop. */

#include "cli/ear-terminal.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Longer input than this, in bytes, is no line of ours: it is handed out so far, to be refused, and
 * the rest of the line is left out. */
#define MAX_LINE 8192
#define MAX_PASSWORD 1024

typedef struct
{
  EarTerminalFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  GString *pending;
  gboolean skipping; /* to the end of a line that was too long */
} Lines;

static char *
strip_newline (const char *text, gsize length)
{
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    length--;
  return g_strndup (text, length);
}

/**
 * ear_terminal_ask_password:
 * @prompt: what to print before the entry
 * @error: return location for an error
 *
 * Reads a password from the controlling terminal without showing it; call it before the main loop
 * runs. When standard input is no terminal, its first line is the password.
 *
 * Returns: (transfer full) (nullable): the password. Fails with [error@Gio.IOErrorEnum].
 */
char *
ear_terminal_ask_password (const char *prompt, GError **error)
{
  char buffer[MAX_PASSWORD];
  struct termios before, silent;
  gboolean terminal = tcgetattr (STDIN_FILENO, &before) == 0;
  char *got;

  if (terminal) {
    fputs (prompt, stderr);
    silent = before;
    silent.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
  }
  setvbuf (stdin, NULL, _IONBF, 0); /* nor may the C library keep it, or what comes after it */
  got = fgets (buffer, sizeof buffer, stdin);
  if (terminal) {
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
    fputc ('\n', stderr);
  }
  if (got == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no password was given");
    return NULL;
  }
  got = strip_newline (buffer, strlen (buffer));
  explicit_bzero (buffer, sizeof buffer);
  return got;
}

/**
 * ear_terminal_read_password_file:
 * @path: a file whose first line is the password
 * @error: return location for an error
 *
 * Reads a password from a file; call it before the main loop runs.
 *
 * Returns: (transfer full) (nullable): the password. Fails with [error@GLib.FileError] or
 *   [error@Gio.IOErrorEnum].
 */
char *
ear_terminal_read_password_file (const char *path, GError **error)
{
  g_autofree char *contents = NULL;
  gsize size;
  char *password;

  if (!g_file_get_contents (path, &contents, &size, error))
    return NULL;
  password = strip_newline (contents, strcspn (contents, "\n"));
  explicit_bzero (contents, size);
  if (password[0] == '\0') {
    g_clear_pointer (&password, g_free);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s holds no password", path);
  }
  return password;
}

static void
lines_free_cb (gpointer data)
{
  Lines *lines = data;

  g_string_free (lines->pending, TRUE);
  if (lines->destroy != NULL)
    lines->destroy (lines->user_data);
  g_free (lines);
}

static void
hand_out (Lines *lines, gsize length)
{
  g_autofree char *line = strip_newline (lines->pending->str, length);

  g_string_erase (lines->pending, 0, (gssize) length);
  lines->func (line, lines->user_data);
}

static void
skip (Lines *lines)
{
  const char *newline = memchr (lines->pending->str, '\n', lines->pending->len);

  lines->skipping = newline == NULL;
  g_string_erase (lines->pending, 0, newline != NULL ? newline - lines->pending->str + 1 : -1);
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Lines *lines = user_data;
  char buffer[1024];
  ssize_t n = read (fd, buffer, sizeof buffer);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n <= 0) {
    if (lines->pending->len > 0)
      hand_out (lines, lines->pending->len);
    lines->func (NULL, lines->user_data);
    return G_SOURCE_REMOVE;
  }

  g_string_append_len (lines->pending, buffer, n);
  if (lines->skipping)
    skip (lines);
  for (;;) {
    const char *newline = memchr (lines->pending->str, '\n', lines->pending->len);

    if (newline != NULL)
      hand_out (lines, (gsize) (newline - lines->pending->str) + 1);
    else if (lines->pending->len < MAX_LINE)
      return G_SOURCE_CONTINUE;
    else {
      lines->skipping = TRUE;
      hand_out (lines, lines->pending->len);
    }
  }
}

/**
 * ear_terminal_watch_lines:
 * @func: called for each line of standard input, and with NULL at its end
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data after the end of the input
 *
 * Reads standard input by lines on the main loop.
 *
 * Returns: the id of the source
 */
guint
ear_terminal_watch_lines (EarTerminalFunc func, gpointer user_data, GDestroyNotify destroy)
{
  Lines *lines = g_new0 (Lines, 1);

  lines->func = func;
  lines->user_data = user_data;
  lines->destroy = destroy;
  lines->pending = g_string_new (NULL);
  return g_unix_fd_add_full (G_PRIORITY_DEFAULT, STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR,
                             readable_cb, lines, lines_free_cb);
}
