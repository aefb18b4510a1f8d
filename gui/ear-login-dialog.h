/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/ear-client-types.h"

G_BEGIN_DECLS

#define EAR_TYPE_LOGIN_DIALOG (ear_login_dialog_get_type ())
G_DECLARE_FINAL_TYPE (EarLoginDialog, ear_login_dialog, EAR, LOGIN_DIALOG, AdwWindow)

/* Logs a session in, or signs up first. Signal: "logged-in" (const char *user, const char
 * *password, gboolean keep); the password is lent for the time of the signal, and NULL when it was
 * not typed by a person. */
EarLoginDialog *ear_login_dialog_new (EarSession *session);

void ear_login_dialog_set_server (EarLoginDialog *self, const char *server);
void ear_login_dialog_set_user (EarLoginDialog *self, const char *user);
void ear_login_dialog_set_keep (EarLoginDialog *self, gboolean keep);
void ear_login_dialog_set_error (EarLoginDialog *self, const GError *error);
void ear_login_dialog_log_in (EarLoginDialog *self, const char *user, const char *password);
void
ear_login_dialog_sign_up_or_log_in (EarLoginDialog *self, const char *user, const char *password);

G_END_DECLS
