/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/ear-server-types.h"

G_BEGIN_DECLS

#define EAR_AUDIT_MAX (2 * 1024 * 1024) /* bytes: about 30,000 acts; then the file is put aside */

#define EAR_TYPE_AUDIT (ear_audit_get_type ())
G_DECLARE_FINAL_TYPE (EarAudit, ear_audit, EAR, AUDIT, GObject)

EarAudit *ear_audit_new (const char *directory, GError **error);
void ear_audit_close (EarAudit *self);

void ear_audit_write_async (EarAudit *self,
                            const char *admin,
                            const char *act,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean ear_audit_write_finish (EarAudit *self, GAsyncResult *result, GError **error);
void ear_audit_write_failure (EarAudit *self, const char *admin, const char *act);

G_END_DECLS
