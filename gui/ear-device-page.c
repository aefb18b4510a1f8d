/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* This device and its server, in the preferences: the keys by which others know them. */

#include "config.h"

#include "gui/ear-device-page.h"

#include <glib/gi18n.h>

#include "client/ear-client.h"
#include "client/ear-session.h"
#include "gui/ear-key-row.h"
#include "wire/ear-identity.h"
#include "wire/ear-server-link.h"

/* Names may hold anything: no markup. */
static void
add_row (AdwPreferencesGroup *group, const char *title, const char *subtitle)
{
  adw_preferences_group_add (group, g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title",
                                                  title, "subtitle", subtitle, NULL));
}

static AdwPreferencesGroup *
add_group (AdwPreferencesPage *page, const char *title, const char *description)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (
    g_object_new (ADW_TYPE_PREFERENCES_GROUP, "title", title, "description", description, NULL));

  adw_preferences_page_add (page, group);
  return group;
}

static void
add_server (AdwPreferencesPage *page, EarSession *session)
{
  AdwPreferencesGroup *group;
  const char *name = ear_session_get_server_name (session);
  const char *fingerprint = ear_session_get_server_fingerprint (session);
  g_autoptr (EarServerLink) link = ear_session_dup_server_link (session);
  g_autofree char *address = link != NULL ? ear_server_link_to_address (link) : NULL;

  if (address == NULL || ear_session_get_user (session) == NULL)
    return;
  group = add_group (page, _ ("Server"), NULL);
  add_row (group, _ ("Account"), ear_session_get_user (session));
  if (name != NULL && *name != '\0')
    add_row (group, _ ("Name"), name);
  add_row (group, _ ("Address"), address);
  if (fingerprint != NULL)
    adw_preferences_group_add (group, ear_key_row_new (_ ("Key of the Server"), fingerprint));
}

/**
 * ear_device_page_new:
 * @client: an open client
 *
 * Makes the page.
 *
 * Returns: (transfer floating): the page
 */
AdwPreferencesPage *
ear_device_page_new (EarClient *client)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (g_object_new (
    ADW_TYPE_PREFERENCES_PAGE, "title", _ ("This Device"), "icon-name", "computer-symbolic", NULL));
  AdwPreferencesGroup *group =
    add_group (page, _ ("Key"),
               _ ("By this key others know this device. It was made here and never leaves it."));
  EarIdentity *identity = ear_client_get_identity (client);

  adw_preferences_group_add (
    group, ear_key_row_new (_ ("Key of This Device"), ear_identity_get_fingerprint (identity)));
  add_server (page, ear_client_get_session (client));
  return page;
}
