/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define EAR_TYPE_SHORT_SCROLLER (ear_short_scroller_get_type ())
G_DECLARE_FINAL_TYPE (EarShortScroller, ear_short_scroller, EAR, SHORT_SCROLLER, GtkWidget)

/* Properties: "child" (GtkWidget), "max-height" (pixels, int). */

G_END_DECLS
