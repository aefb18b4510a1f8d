/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The rows of users.csv (RFC 4180): user,name,salt,iterations,stored_key,server_key,created,flags.
 * Only the display name can need quotes. A row that is not exactly of this form is no account.
 *
 * The file is a log: the last row of a user counts. Of a user who was removed that is
 * user,,,,,,,removed; the rows before it are dead until a compaction leaves them out. */

#include "server/ear-registry-csv.h"

#include <string.h>

#include "wire/ear-name.h"
#include "wire/ear-text.h"

enum {
  USER,
  NAME,
  SALT,
  ITERATIONS,
  STORED_KEY,
  SERVER_KEY,
  CREATED,
  FLAGS,
  N_COLUMNS,
};

/* Longer than any column of ours can be. */
#define MAX_COLUMN 160

#define REMOVED ",,,,,,,removed" /* after the user */

static const struct
{
  EarAccountFlags flag;
  const char *name;
} flag_names[] = {
  { EAR_ACCOUNT_DISABLED, "disabled" },
  { EAR_ACCOUNT_DIGEST, "digest" },
  { EAR_ACCOUNT_ADMIN, "admin" },
};

/* Copies one column without its quotes; returns where the next begins, or NULL when it is none. */
static const char *
read_column (const char *p, const char *end, char column[MAX_COLUMN + 1])
{
  gboolean quoted = p < end && *p == '"';
  gsize length = 0;

  if (quoted)
    p++;
  for (;;) {
    if (quoted && p < end && *p == '"') {
      if (p + 1 == end || p[1] != '"') {
        p++;
        break;
      }
      p++;
    } else if (p == end || (!quoted && *p == ',')) {
      break;
    } else if (!quoted && *p == '"') {
      return NULL;
    }
    if (p == end || length == MAX_COLUMN || *p == '\0')
      return NULL;
    column[length++] = *p++;
  }
  column[length] = '\0';
  return p == end || *p == ',' ? p : NULL;
}

static gboolean
read_base64 (const char *text, guint8 *data, gsize size)
{
  g_autofree guchar *decoded = NULL;
  gsize decoded_size;

  if (strlen (text) != (size + 2) / 3 * 4)
    return FALSE;
  decoded = g_base64_decode (text, &decoded_size);
  if (decoded_size != size)
    return FALSE;
  memcpy (data, decoded, size);
  return TRUE;
}

static gboolean
read_flags (const char *text, guint8 *flags)
{
  g_auto (GStrv) names = g_strsplit (text, " ", 0);

  *flags = 0;
  for (guint i = 0; names[i] != NULL; i++) {
    guint j = 0;

    while (j < G_N_ELEMENTS (flag_names) && !g_str_equal (names[i], flag_names[j].name))
      j++;
    if (j == G_N_ELEMENTS (flag_names))
      return FALSE;
    *flags |= (guint8) flag_names[j].flag;
  }
  return TRUE;
}

static gboolean
read_columns (char columns[N_COLUMNS][MAX_COLUMN + 1], EarAccount *account)
{
  guint64 iterations, created;

  if (!ear_name_is_valid (columns[USER]) || columns[NAME][0] == '\0' ||
      !ear_text_is_single_line (columns[NAME], EAR_LIMIT_DISPLAY) ||
      !g_ascii_string_to_unsigned (columns[ITERATIONS], 10, 1, EAR_LIMIT_ITERATIONS_MAX,
                                   &iterations, NULL) ||
      !g_ascii_string_to_unsigned (columns[CREATED], 10, 0, G_MAXINT64, &created, NULL))
    return FALSE;

  memset (account, 0, sizeof *account);
  g_strlcpy (account->user, columns[USER], sizeof account->user);
  /* A name that was taken once and would not be any more does not cost the account. */
  g_strlcpy (account->name, columns[ear_name_is_valid_display (columns[NAME]) ? NAME : USER],
             sizeof account->name);
  account->keys.iterations = (guint32) iterations;
  account->created = (gint64) created;
  return read_base64 (columns[SALT], account->keys.salt, sizeof account->keys.salt) &&
         read_base64 (columns[STORED_KEY], account->keys.stored_key,
                      sizeof account->keys.stored_key) &&
         read_base64 (columns[SERVER_KEY], account->keys.server_key,
                      sizeof account->keys.server_key) &&
         read_flags (columns[FLAGS], &account->flags);
}

/**
 * ear_registry_csv_read_row:
 * @row: a row without its newline
 * @size: its size in bytes
 * @account: (out caller-allocates): the account
 *
 * Reads one row.
 *
 * Returns: whether it is an account
 */
gboolean
ear_registry_csv_read_row (const char *row, gsize size, EarAccount *account)
{
  char columns[N_COLUMNS][MAX_COLUMN + 1];
  const char *end = row + size;
  const char *p = row;

  for (guint i = 0; i < N_COLUMNS; i++) {
    p = read_column (p, end, columns[i]);
    if (p == NULL || (p == end) != (i == N_COLUMNS - 1))
      return FALSE;
    p++;
  }
  return read_columns (columns, account);
}

static void
append_quoted (GString *file, const char *text)
{
  g_string_append_c (file, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"')
      g_string_append_c (file, '"');
    g_string_append_c (file, *text);
  }
  g_string_append_c (file, '"');
}

static void
append_base64 (GString *file, const guint8 *data, gsize size)
{
  g_autofree char *text = g_base64_encode (data, size);

  g_string_append_c (file, ',');
  g_string_append (file, text);
}

/**
 * ear_registry_csv_append_row:
 * @file: the text of the file
 * @account: an account
 *
 * Writes one row, with its newline.
 */
void
ear_registry_csv_append_row (GString *file, const EarAccount *account)
{
  const char *separator = "";

  g_string_append (file, account->user);
  g_string_append_c (file, ',');
  append_quoted (file, account->name);
  append_base64 (file, account->keys.salt, sizeof account->keys.salt);
  g_string_append_printf (file, ",%u", account->keys.iterations);
  append_base64 (file, account->keys.stored_key, sizeof account->keys.stored_key);
  append_base64 (file, account->keys.server_key, sizeof account->keys.server_key);
  g_string_append_printf (file, ",%" G_GINT64_FORMAT ",", account->created);
  for (guint i = 0; i < G_N_ELEMENTS (flag_names); i++) {
    if ((account->flags & flag_names[i].flag) != 0) {
      g_string_append (file, separator);
      g_string_append (file, flag_names[i].name);
      separator = " ";
    }
  }
  g_string_append_c (file, '\n');
}

/**
 * ear_registry_csv_append_removal:
 * @file: the text of the file
 * @user: an account's name
 *
 * Writes that an account was removed, with the newline.
 */
void
ear_registry_csv_append_removal (GString *file, const char *user)
{
  g_string_append_printf (file, "%s" REMOVED "\n", user);
}

static gboolean
is_removal (const char *row, gsize size)
{
  gsize length = strlen (REMOVED);

  return size >= length && memcmp (row + size - length, REMOVED, length) == 0;
}

static char *
dup_user (const char *row, gsize size)
{
  const char *comma = memchr (row, ',', size);

  return g_strndup (row, comma != NULL ? (gsize) (comma - row) : size);
}

static gboolean
is_header (const EarStoreFile *file)
{
  return file->n_lines == 1 && file->size == strlen (EAR_REGISTRY_CSV_HEADER) - 1 &&
         memcmp (file->line, EAR_REGISTRY_CSV_HEADER, file->size) == 0;
}

/* Returns whether the line at hand says something. A row without a newline is torn even when it
 * reads well: its flags may be missing. */
static gboolean
load_line (const EarStoreFile *file, EarAccounts *accounts, guint *n_dead)
{
  g_autofree char *user = NULL;
  EarAccount account;

  if (file->torn)
    return FALSE;
  if (is_header (file))
    return TRUE;
  if (ear_registry_csv_read_row (file->line, file->size, &account)) {
    *n_dead += ear_accounts_insert (accounts, &account);
    return TRUE;
  }
  user = is_removal (file->line, file->size) ? dup_user (file->line, file->size) : NULL;
  if (user == NULL || file->size != strlen (user) + strlen (REMOVED) || !ear_name_is_valid (user))
    return FALSE;
  *n_dead += 1 + ear_accounts_remove (accounts, user);
  return TRUE;
}

/**
 * ear_registry_csv_load:
 * @file: a users.csv
 * @accounts: an empty table
 * @n_dead: (out): how many rows count no more
 *
 * Reads all accounts; what says nothing is put aside.
 *
 * Returns: whether the file is as ear_registry_csv_append_row() writes it; else it has to be
 * written anew before rows are appended
 */
gboolean
ear_registry_csv_load (EarStoreFile *file, EarAccounts *accounts, guint *n_dead)
{
  gboolean clean = TRUE;

  *n_dead = 0;
  while (ear_store_file_next (file)) {
    if (!load_line (file, accounts, n_dead)) {
      ear_store_file_reject (file);
      clean = FALSE;
    } else if (file->line[0] == '"') {
      clean = FALSE; /* ear_registry_csv_keeps() compares users as they stand there */
    }
  }
  return clean && !file->foreign && file->n_lines > 0;
}

/**
 * ear_registry_csv_make:
 * @accounts: all accounts
 *
 * Writes a whole file.
 *
 * Returns: (transfer full): its text
 */
GString *
ear_registry_csv_make (EarAccounts *accounts)
{
  GString *file = g_string_new (EAR_REGISTRY_CSV_HEADER);
  g_autoptr (GPtrArray) list = ear_accounts_list (accounts, 0);

  for (guint i = 0; i < list->len; i++)
    ear_registry_csv_append_row (file, g_ptr_array_index (list, i));
  return file;
}

/**
 * ear_registry_csv_keeps:
 * @line: a line of users.csv, without its newline
 * @size: its size in bytes
 * @seen: (element-type utf8 utf8): the users of the lines after it
 *
 * Is asked about each line, from the last to the first, when the file is made compact.
 *
 * Returns: whether the line counts
 */
gboolean
ear_registry_csv_keeps (const char *line, gsize size, gpointer seen)
{
  if (size == strlen (EAR_REGISTRY_CSV_HEADER) - 1 &&
      memcmp (line, EAR_REGISTRY_CSV_HEADER, size) == 0)
    return TRUE;
  return g_hash_table_add (seen, dup_user (line, size)) && !is_removal (line, size);
}
