/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Who is active, as lines on the terminal: shared by users and shell. Where somebody is reached is
 * asked for one user after the other, at the pace that the server allows. */

#include "config.h"

#include "cli/ear-listing.h"

#include "cli/ear-output.h"
#include "client/ear-location.h"
#include "client/ear-user-list.h"
#include "wire/ear-error.h"

/* The server's pace for requests is ten a second; asked to slow down, wait this long, in
 * milliseconds. */
#define SLOW_DOWN_MS 1000

typedef struct
{
  EarCli *cli;
  GPtrArray *pending; /* (element-type EarUser): still to be printed, last first */
  gboolean with_addresses;
  EarListingFunc done;
  gpointer user_data;
} Listing;

static void print_next (Listing *self);

/**
 * ear_listing_print_user:
 * @cli: the run
 * @event: what scripts call it: user, joined, changed
 * @user: a user
 * @address: (nullable): where the user is reached
 *
 * Prints a user on a line.
 */
void
ear_listing_print_user (EarCli *cli, const char *event, EarUser *user, const char *address)
{
  const char *account = ear_user_get_account (user);
  g_autofree char *name = ear_output_dup_safe (ear_user_get_name (user));
  g_autofree char *status = ear_output_dup_safe (ear_user_get_status (user));
  const char *sign = g_str_equal (event, "joined") ? "+ " : "";
  json_t *object = json_pack ("{s:s, s:s, s:s, s:s}", "event", event, "user", account, "name",
                              ear_user_get_name (user), "status", ear_user_get_status (user));

  if (address != NULL)
    json_object_set_new (object, "address", json_string (address));
  ear_cli_print (cli, object, "%s%-20s %-24s %s%s%s", sign, account, name,
                 address != NULL ? address : "", address != NULL ? "  " : "", status);
}

static void
finish (Listing *self, const GError *error)
{
  if (!ear_cli_is_ending (self->cli))
    self->done (error, self->user_data);
  g_ptr_array_unref (self->pending);
  g_free (self);
}

static EarUser *
get_next (Listing *self)
{
  return g_ptr_array_index (self->pending, self->pending->len - 1);
}

static void
drop_next (Listing *self)
{
  g_ptr_array_set_size (self->pending, (int) self->pending->len - 1);
}

static gboolean
retry_cb (gpointer user_data)
{
  print_next (user_data);
  return G_SOURCE_REMOVE;
}

static void
located_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listing *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (EarLocation) location =
    ear_session_locate_finish (EAR_SESSION (source), result, &error);

  if (g_error_matches (error, EAR_ERROR, EAR_ERROR_SLOW_DOWN)) {
    g_timeout_add (SLOW_DOWN_MS, retry_cb, self);
    return;
  }
  if (location != NULL) {
    g_autofree char *address = ear_location_dup_address (location);

    ear_listing_print_user (self->cli, "user", get_next (self), address);
  } else if (g_error_matches (error, EAR_ERROR, EAR_ERROR_NO_DOORBELL)) {
    ear_listing_print_user (self->cli, "user", get_next (self), NULL);
  } else if (!g_error_matches (error, EAR_ERROR, EAR_ERROR_UNKNOWN_USER)) {
    finish (self, error);
    return;
  }
  drop_next (self);
  print_next (self);
}

static void
print_next (Listing *self)
{
  while (self->pending->len > 0 && !ear_cli_is_ending (self->cli)) {
    if (self->with_addresses) {
      ear_session_locate_async (self->cli->session, ear_user_get_account (get_next (self)), NULL,
                                located_cb, self);
      return;
    }
    ear_listing_print_user (self->cli, "user", get_next (self), NULL);
    drop_next (self);
  }
  finish (self, NULL);
}

/**
 * ear_listing_print_active:
 * @cli: the run
 * @with_addresses: whether to ask the server where they are reached
 * @done: called at the end, unless the run ends before
 * @user_data: for @done
 *
 * Prints who is active. Who leaves meanwhile is left out, and who cannot be reached has no address.
 */
void
ear_listing_print_active (EarCli *cli,
                          gboolean with_addresses,
                          EarListingFunc done,
                          gpointer user_data)
{
  GListModel *users = G_LIST_MODEL (ear_client_get_users (cli->client));
  Listing *self = g_new0 (Listing, 1);

  self->cli = cli;
  self->pending = g_ptr_array_new_with_free_func (g_object_unref);
  self->with_addresses = with_addresses;
  self->done = done;
  self->user_data = user_data;
  for (guint i = g_list_model_get_n_items (users); i > 0; i--) {
    g_autoptr (EarUser) user = g_list_model_get_item (users, i - 1);

    if (ear_user_get_active (user))
      g_ptr_array_add (self->pending, g_steal_pointer (&user));
  }
  print_next (self);
}
