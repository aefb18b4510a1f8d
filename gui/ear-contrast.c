/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How faint text is that no style sheet draws. */

#include "config.h"

#include "gui/ear-contrast.h"

#include <adwaita.h>

#define HIGH 0.9 /* as the style class "dim-label" */

/**
 * ear_contrast_dim:
 * @alpha: how much of a colour is enough for most people
 *
 * Makes that more for who wants a high contrast.
 *
 * Returns: how much of the colour to use
 */
double
ear_contrast_dim (double alpha)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  return adw_style_manager_get_high_contrast (manager) ? MAX (alpha, HIGH) : alpha;
}
