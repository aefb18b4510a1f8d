/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "lies.h"

static Lie current;
static gpointer current_data;

/* Names that the linker makes. */
void __real_ear_link_send (EarLink *self, EarMessage *message);
void __wrap_ear_link_send (EarLink *self, EarMessage *message);

void
lies_set (Lie lie, gpointer user_data)
{
  current = lie;
  current_data = user_data;
}

void
lies_send_truly (EarLink *link, EarMessage *message)
{
  __real_ear_link_send (link, message);
}

void
__wrap_ear_link_send (EarLink *self, EarMessage *message)
{
  g_autoptr (GBytes) line = current != NULL ? current (self, message, current_data) : NULL;

  if (line != NULL)
    ear_link_send_line (self, line);
  else
    __real_ear_link_send (self, message);
}
