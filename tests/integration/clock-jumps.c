/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "clock-jumps.h"

#include <sys/timerfd.h>
#include <time.h>

/* Read by the threads of the stores, too. */
static gint64 calendar_s;
static gint64 boot_s;
static GHashTable *timers; /* descriptor → what it was set to, owned */

/* Names that the linker makes. */
int __real_clock_gettime (clockid_t clock, struct timespec *now);
int __wrap_clock_gettime (clockid_t clock, struct timespec *now);
int __real_timerfd_settime (int fd,
                            int flags,
                            const struct itimerspec *when,
                            struct itimerspec *before);
int __wrap_timerfd_settime (int fd,
                            int flags,
                            const struct itimerspec *when,
                            struct itimerspec *before);
gint64 __real_g_get_real_time (void);
gint64 __wrap_g_get_real_time (void);

int
__wrap_clock_gettime (clockid_t clock, struct timespec *now)
{
  int result = __real_clock_gettime (clock, now);

  if (clock == CLOCK_BOOTTIME)
    now->tv_sec += __atomic_load_n (&boot_s, __ATOMIC_SEQ_CST);
  return result;
}

gint64
__wrap_g_get_real_time (void)
{
  return __real_g_get_real_time () +
         __atomic_load_n (&calendar_s, __ATOMIC_SEQ_CST) * G_USEC_PER_SEC;
}

static int
set_timer (int fd, const struct itimerspec *when)
{
  struct itimerspec moved = *when;

  moved.it_value.tv_sec -= boot_s;
  if (moved.it_value.tv_sec <= 0) /* long ago: at once */
    moved.it_value = (struct timespec){ .tv_nsec = 1 };
  return __real_timerfd_settime (fd, TFD_TIMER_ABSTIME, &moved, NULL);
}

int
__wrap_timerfd_settime (int fd, int flags, const struct itimerspec *when, struct itimerspec *before)
{
  g_assert_cmpint (flags, ==, TFD_TIMER_ABSTIME);
  if (timers == NULL)
    timers = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_insert (timers, GINT_TO_POINTER (fd), g_memdup2 (when, sizeof *when));
  return set_timer (fd, when);
}

void
clock_jumps_set_calendar (gint64 by_s)
{
  __atomic_add_fetch (&calendar_s, by_s, __ATOMIC_SEQ_CST);
}

void
clock_jumps_sleep (gint64 for_s)
{
  GHashTableIter iter;
  gpointer fd, when;

  clock_jumps_set_calendar (for_s);
  __atomic_add_fetch (&boot_s, for_s, __ATOMIC_SEQ_CST);
  if (timers == NULL)
    return;
  g_hash_table_iter_init (&iter, timers);
  while (g_hash_table_iter_next (&iter, &fd, &when))
    set_timer (GPOINTER_TO_INT (fd), when); /* fails for one that is closed by now */
}

/* When nothing runs by these clocks any more. */
void
clock_jumps_undo (void)
{
  g_clear_pointer (&timers, g_hash_table_unref);
  __atomic_store_n (&calendar_s, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n (&boot_s, 0, __ATOMIC_SEQ_CST);
}
