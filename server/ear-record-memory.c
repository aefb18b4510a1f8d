/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory for TLS records. So that an idle connection has no buffer, OpenSSL takes one of 17 KB for
 * each record and gives it back at once; for the C library that is a large block, to be cut out of
 * the heap and joined to it again. Here one of them stays at hand in each thread: the next record,
 * of whichever connection, finds it still in the processor's cache. */

#include "server/ear-record-memory.h"

#include <glib.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* What counts as a record's buffer, in bytes; all of them are made as large as the largest. */
#define RECORD_MIN 16384
#define RECORD_MAX 20480

static __thread void *spare;

static void *
allocate (size_t size, const char *file, int line)
{
  void *block = spare;

  if (size < RECORD_MIN || size > RECORD_MAX)
    return malloc (size);
  if (block == NULL)
    return malloc (RECORD_MAX);
  spare = NULL;
  return block;
}

static void *
reallocate (void *block, size_t size, const char *file, int line)
{
  return realloc (block, size);
}

static void
release (void *block, const char *file, int line)
{
  gsize size = spare == NULL && block != NULL ? malloc_usable_size (block) : 0;

  if (size >= RECORD_MAX && size < 2 * RECORD_MAX)
    spare = block;
  else
    free (block);
}

/**
 * ear_record_memory_init:
 *
 * Has OpenSSL use this memory; call it before anything else of OpenSSL's.
 */
void
ear_record_memory_init (void)
{
  if (CRYPTO_set_mem_functions (allocate, reallocate, release) != 1)
    g_debug ("OpenSSL has its own memory already");
}
