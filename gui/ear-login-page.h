/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_LOGIN_PAGE (ear_login_page_get_type ())
G_DECLARE_FINAL_TYPE (EarLoginPage, ear_login_page, EAR, LOGIN_PAGE, AdwBin)

/* Where to log in, and as whom. Signals: "submitted" () with everything filled in, "server-changed"
 * (), "signup-chosen"
 * (). */
EarLoginPage *ear_login_page_new (void);

const char *ear_login_page_get_server (EarLoginPage *self);
const char *ear_login_page_get_user (EarLoginPage *self);
const char *ear_login_page_get_password (EarLoginPage *self);
gboolean ear_login_page_get_keep (EarLoginPage *self);
void ear_login_page_set_server (EarLoginPage *self, const char *server);
void ear_login_page_set_user (EarLoginPage *self, const char *user);
void ear_login_page_set_password (EarLoginPage *self, const char *password);
void ear_login_page_set_keep (EarLoginPage *self, gboolean keep);
void ear_login_page_set_busy (EarLoginPage *self, gboolean busy);
void ear_login_page_set_error (EarLoginPage *self, const GError *error);
void ear_login_page_focus (EarLoginPage *self);

G_END_DECLS
