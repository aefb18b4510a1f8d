/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/ear-client-types.h"

G_BEGIN_DECLS

/* A web address in a text: the bytes from start to before end, and what to open for it. The uri is
 * plain ASCII, its host in punycode: that is what a person should see before it is opened. */
typedef struct
{
  gsize start;
  gsize end;
  char *uri;
} EarWebLink;

/* Array of EarWebLink in the order of the text; empty when there is none. */
GPtrArray *ear_web_links_find (const char *text);
void ear_web_link_free (EarWebLink *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EarWebLink, ear_web_link_free)

G_END_DECLS
