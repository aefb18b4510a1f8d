/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <openssl/bio.h>

G_BEGIN_DECLS

BIO *ear_socket_bio_new (int fd);
void ear_socket_bio_set_readable (BIO *bio, gboolean last);

G_END_DECLS
