/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One line, read in every state of the protocol. What is accepted can be written, and what was
 * written reads the same. */

#include "fuzz.h"

#include <string.h>

#include "wire/ear-message.h"

static void
check (EarMessage *message, EarMessageAt at)
{
  g_autoptr (GBytes) line = ear_message_to_line (message);
  g_autoptr (GBytes) again_line = NULL;
  g_autoptr (EarMessage) again = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  const char *data = g_bytes_get_data (line, &size);

  g_assert_cmpuint (size, >, 0);
  g_assert_cmpint (data[size - 1], ==, '\n');
  g_assert_null (memchr (data, '\n', size - 1));
  again = ear_message_parse (data, size - 1, at, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ear_message_get_type (again), ==, ear_message_get_type (message));
  again_line = ear_message_to_line (again);
  g_assert_true (g_bytes_equal (line, again_line));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  for (guint at = EAR_MESSAGE_AT_GREETING; at <= EAR_MESSAGE_AT_OPEN; at <<= 1) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EarMessage) message = ear_message_parse ((const char *) data, size, at, &error);

    g_assert_true ((message == NULL) == (error != NULL));
    if (message != NULL)
      check (message, at);
  }
  return 0;
}
