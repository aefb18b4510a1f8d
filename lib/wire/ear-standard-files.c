/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Standard input, output and error of a program. */

#include "wire/ear-standard-files.h"

#include <fcntl.h>
#include <unistd.h>

/**
 * ear_standard_files_open:
 *
 * Opens /dev/null in the place of each standard file with which the program was not started. Else
 * the first files that it opens take these places, and what it prints goes into one of them.
 * Programs call it before anything else.
 */
void
ear_standard_files_open (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0)
    close (fd);
}
