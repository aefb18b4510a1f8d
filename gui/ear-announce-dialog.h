/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_ANNOUNCE_DIALOG (ear_announce_dialog_get_type ())
G_DECLARE_FINAL_TYPE (EarAnnounceDialog, ear_announce_dialog, EAR, ANNOUNCE_DIALOG, AdwWindow)

/* Where an announcement is written. Signal: "submitted" (const char *text). */
EarAnnounceDialog *ear_announce_dialog_new (GtkWindow *parent);
char *ear_announce_dialog_dup_text (EarAnnounceDialog *self);
void ear_announce_dialog_set_text (EarAnnounceDialog *self, const char *text);
void ear_announce_dialog_set_reach (EarAnnounceDialog *self, guint n_active);
void ear_announce_dialog_set_busy (EarAnnounceDialog *self, gboolean busy);
void ear_announce_dialog_set_error (EarAnnounceDialog *self, const GError *error);

G_END_DECLS
