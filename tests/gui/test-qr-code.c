/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a scanner sees: the modules that libqrencode makes of the text, each where it belongs, black
 * on white, with the quiet zone around. */

#include <adwaita.h>
#include <qrencode.h>

#include "gui/ear-qr-code.h"

#define QUIET 4
#define DIGITS "537114731608623296654152835344840504553615322755485454885314"

static cairo_surface_t *
draw (GdkPaintable *code)
{
  int size = gdk_paintable_get_intrinsic_width (code);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, size, size);
  cairo_t *context = cairo_create (surface);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;

  gdk_paintable_snapshot (code, snapshot, size, size);
  node = gtk_snapshot_free_to_node (snapshot);
  gsk_render_node_draw (node, context);
  cairo_destroy (context);
  cairo_surface_flush (surface);
  return surface;
}

static gboolean
is_black (cairo_surface_t *surface, int x, int y)
{
  const guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  guint32 pixel = ((const guint32 *) (gconstpointer) (data + (gsize) y * (gsize) stride))[x];

  g_assert_true (pixel == 0xff000000 || pixel == 0xffffffff);
  return pixel == 0xff000000;
}

static void
test_modules (void)
{
  g_autoptr (GdkPaintable) code = ear_qr_code_new (DIGITS);
  QRcode *wanted = QRcode_encodeString (DIGITS, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
  int modules = wanted->width + 2 * QUIET;
  int module = gdk_paintable_get_intrinsic_width (code) / modules;
  cairo_surface_t *seen = draw (code);

  g_assert_cmpint (gdk_paintable_get_intrinsic_width (code), ==, module * modules);
  for (int y = 0; y < modules; y++) {
    for (int x = 0; x < modules; x++) {
      int column = x - QUIET, row = y - QUIET;
      gboolean inside = column >= 0 && row >= 0 && column < wanted->width && row < wanted->width;
      gboolean black = inside && (wanted->data[row * wanted->width + column] & 1) != 0;

      g_assert_cmpint (is_black (seen, x * module + module / 2, y * module + module / 2), ==,
                       black);
    }
  }
  cairo_surface_destroy (seen);
  QRcode_free (wanted);
}

static void
test_too_long (void)
{
  g_autofree char *text = g_strnfill (8000, '1');

  g_assert_null (ear_qr_code_new (text));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  g_test_add_func ("/qr-code/modules", test_modules);
  g_test_add_func ("/qr-code/too-long", test_too_long);
  return g_test_run ();
}
