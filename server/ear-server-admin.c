/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What admins and the operator change while people are here. The stores say that something has
 * changed, whoever did it and by whatever way, and those whom it concerns are told. */

#include "server/ear-server-private.h"

#include "server/ear-admin.h"
#include "server/ear-bulletin.h"
#include "server/ear-devices.h"
#include "server/ear-policy.h"
#include "server/ear-registry.h"
#include "server/ear-visitor-private.h"
#include "wire/ear-server-link.h"

static void
account_changed_cb (EarServer *self, const char *user)
{
  const EarAccount *account = ear_registry_lookup (self->registry, user);
  EarVisitor *visitor = g_hash_table_lookup (self->members, user);

  if (account == NULL)
    ear_devices_forget (self->devices, user, NULL);
  /* Whoever removes an account logs it out, when the one who asked has his answer. */
  if (visitor == NULL || account == NULL)
    return;
  ear_visitor_take_name (visitor, account->name);
  if ((account->flags & EAR_ACCOUNT_DISABLED) != 0)
    ear_visitor_end (visitor, EAR_ERROR_DISABLED);
  else if (ear_visitor_is_active (visitor))
    ear_visitor_tell_rights (visitor);
}

static void
policy_changed_cb (EarServer *self)
{
  for (GList *node = self->active.next; node != &self->active; node = node->next)
    ear_visitor_tell_rights (node->data);
}

static void
broadcast_removed_cb (EarServer *self, guint64 number)
{
  g_autoptr (EarMessage) event = ear_message_new (EAR_MESSAGE_BROADCAST_REMOVED);
  g_autoptr (GBytes) line = NULL;

  ear_message_set_integer (event, "number", (gint64) number);
  line = ear_message_to_line (event);
  for (GList *node = self->active.next; node != &self->active; node = node->next)
    ear_server_fan_out (self, node->data, line);
}

/* Whoever changes them, and by whatever way. */
void
ear_server_follow_stores (EarServer *self)
{
  g_signal_connect_object (self->registry, "changed", G_CALLBACK (account_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->policy, "changed", G_CALLBACK (policy_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->bulletin, "removed", G_CALLBACK (broadcast_removed_cb), self,
                           G_CONNECT_SWAPPED);
}

/* Nobody stays under a name whose account is gone: it may be somebody else's next. */
void
ear_server_log_out (EarServer *self, const char *user, EarError code)
{
  EarVisitor *visitor = g_hash_table_lookup (self->members, user);

  if (visitor != NULL)
    ear_visitor_end (visitor, code);
}

static void
log_out_cb (const char *user, EarError code, gpointer user_data)
{
  EarServer *self = user_data;

  /* The operator may have set the password because of who has one of them. */
  ear_devices_forget (self->devices, user, NULL);
  ear_server_log_out (self, user, code);
}

/**
 * ear_server_new_admin:
 * @self: a server that listens
 *
 * Makes what carries out the operator's commands here.
 *
 * Returns: (transfer full): the admin; the server must outlive it
 */
EarAdmin *
ear_server_new_admin (EarServer *self)
{
  EarAdmin *admin =
    ear_admin_new (self->registry, self->bulletin, self->policy, self->audit, log_out_cb, self);
  g_autofree char *uri = ear_server_dup_link (self);
  g_autoptr (EarServerLink) link = ear_server_link_parse (uri, NULL);

  if (link != NULL)
    ear_admin_set_invitations (admin, self->invitations, link);
  return admin;
}
