/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A broadcast in the server's memory, and the event by which clients are told of it. */

#include "server/ear-broadcast.h"

#include <string.h>

#include "wire/ear-limits.h"
#include "wire/ear-message.h"

/**
 * ear_broadcast_new:
 *
 * Makes a broadcast of which everything is still to be said.
 *
 * Returns: (transfer full): the broadcast
 */
EarBroadcast *
ear_broadcast_new (void)
{
  return g_atomic_rc_box_new0 (EarBroadcast);
}

/**
 * ear_broadcast_ref:
 * @broadcast: a broadcast
 *
 * Takes a reference, also for another thread.
 *
 * Returns: (transfer full): @broadcast
 */
EarBroadcast *
ear_broadcast_ref (EarBroadcast *broadcast)
{
  return g_atomic_rc_box_acquire (broadcast);
}

static void
clear (EarBroadcast *broadcast)
{
  g_free (broadcast->user);
  g_free (broadcast->name);
  g_free (broadcast->text);
  g_clear_pointer (&broadcast->line, g_bytes_unref);
}

/**
 * ear_broadcast_unref:
 * @broadcast: (transfer full): a broadcast
 *
 * Drops a reference.
 */
void
ear_broadcast_unref (EarBroadcast *broadcast)
{
  g_atomic_rc_box_release_full (broadcast, (GDestroyNotify) clear);
}

/**
 * ear_broadcast_get_size:
 * @broadcast: a broadcast
 *
 * Returns: how much memory it takes, in bytes; what was encoded is not counted
 */
gsize
ear_broadcast_get_size (const EarBroadcast *broadcast)
{
  if (broadcast->text == NULL)
    return sizeof *broadcast;
  return strlen (broadcast->text) + strlen (broadcast->name) + strlen (broadcast->user) +
         sizeof *broadcast;
}

/**
 * ear_broadcast_encode:
 * @broadcast: a broadcast
 * @now_us: the clock's time
 *
 * Makes the event that tells a client, with the age that the broadcast has now, or had a moment
 * ago: a crowd that comes after a restart gets what was encoded for the first of it.
 *
 * Returns: (transfer full): the line
 */
GBytes *
ear_broadcast_encode (EarBroadcast *broadcast, gint64 now_us)
{
  g_autoptr (EarMessage) event = NULL;

  if (broadcast->line != NULL &&
      now_us - broadcast->line_us < EAR_LIMIT_BROADCAST_STALE_MS * G_GINT64_CONSTANT (1000))
    return g_bytes_ref (broadcast->line);
  event = ear_message_new (EAR_MESSAGE_BROADCAST_EVENT);
  ear_message_set_integer (event, "number", (gint64) broadcast->number);
  ear_message_set_string (event, "user", broadcast->user);
  ear_message_set_string (event, "name", broadcast->name);
  ear_message_set_string (event, "text", broadcast->text);
  ear_message_set_integer (event, "age", MAX (0, now_us - broadcast->time_us) / 1000);
  g_clear_pointer (&broadcast->line, g_bytes_unref);
  broadcast->line = ear_message_to_line (event);
  broadcast->line_us = now_us;
  return g_bytes_ref (broadcast->line);
}
