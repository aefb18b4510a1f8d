/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_SIGNUP_PAGE (ear_signup_page_get_type ())
G_DECLARE_FINAL_TYPE (EarSignupPage, ear_signup_page, EAR, SIGNUP_PAGE, AdwBin)

#define EAR_SIGNUP_PASSWORD_MIN 8 /* characters */

/* A new account. Signal: "submitted" () with everything filled in and both passwords alike. */
EarSignupPage *ear_signup_page_new (void);

const char *ear_signup_page_get_server (EarSignupPage *self);
const char *ear_signup_page_get_user (EarSignupPage *self);
const char *ear_signup_page_get_name (EarSignupPage *self);
const char *ear_signup_page_get_password (EarSignupPage *self);
void ear_signup_page_set_server (EarSignupPage *self, const char *server);
void ear_signup_page_set_user (EarSignupPage *self, const char *user);
void ear_signup_page_set_busy (EarSignupPage *self, gboolean busy);
void ear_signup_page_set_error (EarSignupPage *self, const GError *error);
void ear_signup_page_focus (EarSignupPage *self);

G_END_DECLS
