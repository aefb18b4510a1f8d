/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What GLib and GTK leak, hidden from LeakSanitizer; part of the app in builds with sanitizers.
 *
 * A suppression names a function on the way to the leak. GLib has no frame pointers, so that way
 * would have to be walked by the unwind tables, at each allocation of the app: that makes it three
 * times as slow as all else that the sanitizers do. So the functions that leak are called from
 * here, and what they allocate is not asked for. */

#include "config.h"

#include <dlfcn.h>
#include <pango/pango.h>
#include <sanitizer/lsan_interface.h>

typedef void (*Initialiser) (int argc, char **argv, char **environment);

/* GLib's constructor makes the first table of quarks, which a larger one follows: it is left to who
 * may still look into it. */
static void
before_constructors (int argc, char **argv, char **environment)
{
  __lsan_disable ();
}

__attribute__ ((section (".preinit_array"), used)) static const Initialiser preinit =
  before_constructors;

__attribute__ ((constructor)) static void
after_those_of_libraries (void)
{
  __lsan_enable ();
}

/* GTK 4.8, for the plain part of what an input method has not decided on yet. */
PangoFontDescription *
pango_font_description_copy_static (const PangoFontDescription *description)
{
  typeof (&pango_font_description_copy_static) copy;
  PangoFontDescription *result;

  *(void **) &copy = dlsym (RTLD_NEXT, "pango_font_description_copy_static");
  __lsan_disable ();
  result = copy (description);
  __lsan_enable ();
  return result;
}

/* GTK 4.8, asked for the objects on the accessibility bus when there are none yet. */
gpointer *
g_hash_table_get_keys_as_array (GHashTable *table, guint *length)
{
  typeof (&g_hash_table_get_keys_as_array) get;
  gpointer *result;

  *(void **) &get = dlsym (RTLD_NEXT, "g_hash_table_get_keys_as_array");
  __lsan_disable ();
  result = get (table, length);
  __lsan_enable ();
  return result;
}
