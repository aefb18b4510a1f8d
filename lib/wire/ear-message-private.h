/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <jansson.h>

#include "wire/ear-message.h"

G_BEGIN_DECLS

typedef enum {
  EAR_FIELD_END,         /* ends a list of fields */
  EAR_FIELD_ID,          /* the request's number */
  EAR_FIELD_INTEGER,     /* min to max */
  EAR_FIELD_BOOLEAN,     /* */
  EAR_FIELD_STRING,      /* one line of at most max bytes; what it means is checked by its reader */
  EAR_FIELD_TEXT,        /* at most max bytes, 100 lines */
  EAR_FIELD_NAME,        /* an account name */
  EAR_FIELD_DISPLAY,     /* a display name */
  EAR_FIELD_BASE64,      /* of exactly max bytes */
  EAR_FIELD_FINGERPRINT, /* 64 hex digits */
  EAR_FIELD_ADDRESS,     /* an IP address */
  EAR_FIELD_TOKEN,       /* [0-9A-Za-z-], min to max bytes */
  EAR_FIELD_CHOICE,      /* one of choices */
  EAR_FIELD_NAMES,       /* an array of at most max account names */
  EAR_FIELD_ADDRESSES,   /* an array of min to max IP addresses */
  EAR_FIELD_ENTRIES,     /* an array of at most max roster entries */
} EarFieldType;

typedef struct
{
  const char *name;
  EarFieldType type;
  gboolean optional;
  gint64 min;
  gint64 max;
  const char *const *choices;
} EarField;

typedef struct
{
  const char *name; /* the value of `type` */
  guint at;         /* EarMessageAt: who reads it, in which states */
  const EarField *fields;
} EarMessageSpec;

extern const EarMessageSpec ear_message_specs[EAR_N_MESSAGES];

const EarField *ear_message_spec_find (const EarMessageSpec *spec, const char *name);
json_t *ear_message_get_object (EarMessage *self);
gboolean ear_field_check (const EarField *field, json_t *value);

G_END_DECLS
