/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A visitor's rights, and what admins do: say who may broadcast, remove a broadcast, disable an
 * account and enable it again.
 *
 *   request ──▸ a line in the audit, durable ──▸ the act, durable ──▸ ok
 *
 * Whether the visitor is an admin is asked before each of the two, so that nothing is done for
 * somebody who has lost the right meanwhile. Nobody disables himself; and since whoever disables is
 * an admin at that moment, one always remains. */

#include "server/ear-audit.h"
#include "server/ear-bulletin.h"
#include "server/ear-policy.h"
#include "server/ear-registry.h"
#include "server/ear-server-log.h"
#include "server/ear-throttle.h"
#include "server/ear-visitor-private.h"
#include "wire/ear-limits.h"

/* -- Rights -- */

static gboolean
may_administer (const EarAccount *account)
{
  return (account->flags & EAR_ACCOUNT_ADMIN) != 0 && (account->flags & EAR_ACCOUNT_DISABLED) == 0;
}

static gboolean
is_admin (EarVisitor *self)
{
  const EarAccount *account = ear_registry_lookup (self->server->registry, self->user);

  return account != NULL && may_administer (account);
}

/* Not when the right is being taken away at this moment. */
static gboolean
stays_admin (EarVisitor *self)
{
  EarAccount account;

  return ear_registry_foresee (self->server->registry, self->user, &account) &&
         may_administer (&account);
}

gboolean
ear_visitor_may_broadcast (EarVisitor *self)
{
  return ear_policy_lets_broadcast (self->server->policy,
                                    ear_registry_lookup (self->server->registry, self->user));
}

/* Says what the client may do, when it was told something else before. */
void
ear_visitor_tell_rights (EarVisitor *self)
{
  gboolean admin = is_admin (self);
  gboolean broadcasts = ear_visitor_may_broadcast (self);
  guint8 rights = (guint8) (EAR_VISITOR_TOLD | (admin ? EAR_VISITOR_ADMIN : 0) |
                            (broadcasts ? EAR_VISITOR_BROADCASTS : 0));
  g_autoptr (EarMessage) message = NULL;

  if (rights == self->rights)
    return;
  self->rights = rights;
  message = ear_message_new (EAR_MESSAGE_RIGHTS);
  ear_message_set_boolean (message, "admin", admin);
  ear_message_set_boolean (message, "broadcast", broadcasts);
  ear_visitor_send (self, message);
}

/* -- Acts -- */

/* What stands in the audit and in the log. */
static char *
describe (EarMessage *message)
{
  const char *act = ear_message_get_name (message);

  switch (ear_message_get_type (message)) {
  case EAR_MESSAGE_BROADCAST_POLICY:
    return g_strdup_printf ("%s %s", act, ear_message_get_string (message, "who"));
  case EAR_MESSAGE_REMOVE_BROADCAST:
    return g_strdup_printf ("%s %" G_GINT64_FORMAT, act,
                            ear_message_get_integer (message, "number"));
  default:
    return g_strdup_printf ("%s %s", act, ear_message_get_string (message, "user"));
  }
}

/* Takes the request. */
static void
refuse (EarVisitorRequest *request, EarError code)
{
  g_autofree char *act = describe (request->request);

  ear_audit_write_failure (request->visitor->server->audit, request->visitor->user, act);
  ear_visitor_answer_error (request->visitor, request->request, code, 0);
  ear_visitor_request_free (request);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarVisitorRequest *request = user_data;
  EarVisitor *self = request->visitor;
  g_autofree char *act = describe (request->request);
  g_autoptr (GError) error = NULL;

  /* Each of the stores ends its task in the same way. */
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    refuse (request, error->domain == EAR_ERROR ? (EarError) error->code : EAR_ERROR_INTERNAL);
    return;
  }
  ear_server_log ("admin", self->user, self->address, act);
  ear_visitor_answer_ok (self, request->request);
  ear_visitor_request_free (request);
}

static void
noted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EarVisitorRequest *request = user_data;
  EarServer *server = request->visitor->server;
  EarMessage *message = request->request;
  gboolean disables = ear_message_get_type (message) == EAR_MESSAGE_DISABLE;
  EarAccountChange change = { .set = disables ? EAR_ACCOUNT_DISABLED : 0,
                              .clear = disables ? 0 : EAR_ACCOUNT_DISABLED };
  g_autoptr (GError) error = NULL;

  if (!ear_audit_write_finish (EAR_AUDIT (source), result, &error)) {
    ear_visitor_answer_error (request->visitor, message, (EarError) error->code, 0);
    ear_visitor_request_free (request);
    return;
  }
  if (!stays_admin (request->visitor)) {
    refuse (request, EAR_ERROR_NOT_ALLOWED);
    return;
  }
  switch (ear_message_get_type (message)) {
  case EAR_MESSAGE_BROADCAST_POLICY:
    ear_policy_set_broadcasters_async (server->policy, ear_message_get_string (message, "who"),
                                       done_cb, request);
    break;
  case EAR_MESSAGE_REMOVE_BROADCAST:
    ear_bulletin_remove_async (
      server->bulletin, (guint64) ear_message_get_integer (message, "number"), done_cb, request);
    break;
  default:
    ear_registry_update_async (server->registry, ear_message_get_string (message, "user"), &change,
                               done_cb, request);
    break;
  }
}

/* What needs no act needs no line in the audit either: TRUE when it was answered. */
static gboolean
answer_at_once (EarVisitor *self, EarMessage *message)
{
  EarMessageType type = ear_message_get_type (message);
  guint64 number;

  if (type == EAR_MESSAGE_REMOVE_BROADCAST) {
    number = (guint64) ear_message_get_integer (message, "number");
    if (ear_bulletin_lookup (self->server->bulletin, number) != NULL)
      return FALSE;
    ear_visitor_answer_ok (self, message);
    return TRUE;
  }
  if (type == EAR_MESSAGE_BROADCAST_POLICY)
    return FALSE;
  if (type == EAR_MESSAGE_DISABLE &&
      g_str_equal (ear_message_get_string (message, "user"), self->user)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_NOT_ALLOWED, 0);
    return TRUE;
  }
  if (ear_registry_lookup (self->server->registry, ear_message_get_string (message, "user")) !=
      NULL)
    return FALSE;
  ear_visitor_answer_error (self, message, EAR_ERROR_UNKNOWN_USER, 0);
  return TRUE;
}

void
ear_visitor_administer (EarVisitor *self, EarMessage *message)
{
  g_autofree char *act = NULL;
  gint64 retry_after_ms;

  if (!is_admin (self)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_NOT_ALLOWED, 0);
    return;
  }
  if (!ear_throttle_take (self->server->throttle, EAR_THROTTLE_ADMIN, self->user,
                          &retry_after_ms)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_SLOW_DOWN, retry_after_ms);
    return;
  }
  if (answer_at_once (self, message))
    return;
  act = describe (message);
  ear_audit_write_async (self->server->audit, self->user, act, noted_cb,
                         ear_visitor_request_new (self, message));
}

void
ear_visitor_manage (EarVisitor *self, EarMessage *message)
{
  g_autoptr (EarMessage) managed = NULL;
  g_autoptr (GPtrArray) disabled = NULL;
  const char *users[EAR_LIMIT_DISABLED + 1] = { NULL };

  if (!is_admin (self)) {
    ear_visitor_answer_error (self, message, EAR_ERROR_NOT_ALLOWED, 0);
    return;
  }
  disabled = ear_registry_list (self->server->registry, EAR_ACCOUNT_DISABLED);
  for (guint i = 0; i < MIN (disabled->len, EAR_LIMIT_DISABLED); i++)
    users[i] = ((EarAccount *) g_ptr_array_index (disabled, i))->user;
  managed = ear_message_new_answer (EAR_MESSAGE_MANAGED, message);
  ear_message_set_string (managed, "who", ear_policy_get_broadcasters (self->server->policy));
  ear_message_set_strings (managed, "disabled", users);
  ear_message_set_integer (managed, "total", disabled->len);
  ear_visitor_send (self, managed);
}
