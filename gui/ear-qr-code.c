/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A QR code as a picture that is sharp at every size: black on white in both styles, because that
 * is what scanners read, with the quiet zone that the standard asks for. */

#include "gui/ear-qr-code.h"

#include <qrencode.h>

#define QUIET 4  /* modules around it; ISO/IEC 18004 */
#define MODULE 6 /* pixels each */

/**
 * ear_qr_code_new:
 * @text: what a scanner shall read
 *
 * Makes a picture of a text.
 *
 * Returns: (transfer full) (nullable): the picture, or %NULL when the text is too long
 */
GdkPaintable *
ear_qr_code_new (const char *text)
{
  QRcode *code = QRcode_encodeString (text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
  GtkSnapshot *snapshot;
  graphene_rect_t area;
  int size;

  if (code == NULL)
    return NULL;
  size = (code->width + 2 * QUIET) * MODULE;
  snapshot = gtk_snapshot_new ();
  area = GRAPHENE_RECT_INIT (0, 0, (float) size, (float) size);
  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 1, 1, 1, 1 }, &area);
  for (int i = 0; i < code->width * code->width; i++) {
    int x = (QUIET + i % code->width) * MODULE, y = (QUIET + i / code->width) * MODULE;

    if ((code->data[i] & 1) == 0)
      continue;
    area = GRAPHENE_RECT_INIT ((float) x, (float) y, MODULE, MODULE);
    gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 1 }, &area);
  }
  QRcode_free (code);
  return gtk_snapshot_free_to_paintable (snapshot,
                                         &GRAPHENE_SIZE_INIT ((float) size, (float) size));
}
