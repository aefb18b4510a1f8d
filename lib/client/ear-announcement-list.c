/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The broadcasts of the last 30 minutes, in the order of their numbers, each number once.
 *
 * Each has a deadline of its own, counted from its time when it is added: a clock that is changed
 * later changes nothing. What is too old when it comes is not added. */

#include "client/ear-announcement-list.h"

#include "client/ear-announcement.h"
#include "wire/ear-clock.h"
#include "wire/ear-deadlines.h"
#include "wire/ear-limits.h"

typedef struct
{
  EarAnnouncementList *list; /* borrowed */
  EarAnnouncement *announcement;
  EarDeadline deadline;
} Entry;

struct _EarAnnouncementList
{
  GObject parent_instance;

  /* Owned */
  GSequence *entries; /* of Entry */
  EarDeadlines *deadlines;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (EarAnnouncementList,
                               ear_announcement_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  ear_deadline_clear (&entry->deadline);
  g_object_unref (entry->announcement);
  g_free (entry);
}

static GType
get_item_type (GListModel *model)
{
  return EAR_TYPE_ANNOUNCEMENT;
}

static guint
get_n_items (GListModel *model)
{
  return (guint) g_sequence_get_length (EAR_ANNOUNCEMENT_LIST (model)->entries);
}

static gpointer
get_item (GListModel *model, guint position)
{
  EarAnnouncementList *self = EAR_ANNOUNCEMENT_LIST (model);
  Entry *entry;

  if (position >= (guint) g_sequence_get_length (self->entries))
    return NULL;
  entry = g_sequence_get (g_sequence_get_iter_at_pos (self->entries, (int) position));
  return g_object_ref (entry->announcement);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  guint64 x = ear_announcement_get_number (((const Entry *) a)->announcement);
  guint64 y = ear_announcement_get_number (((const Entry *) b)->announcement);

  return (x > y) - (x < y);
}

static GSequenceIter *
find (EarAnnouncementList *self, guint64 number)
{
  g_autoptr (GDateTime) epoch = g_date_time_new_from_unix_utc (0);
  g_autoptr (EarAnnouncement) key = ear_announcement_new (number, "", "", "", epoch);
  Entry wanted = { .announcement = key };

  return g_sequence_lookup (self->entries, &wanted, compare_cb, NULL);
}

static void
expired_cb (gpointer user_data)
{
  Entry *entry = user_data;

  ear_announcement_list_remove (entry->list, ear_announcement_get_number (entry->announcement));
}

/* In milliseconds. A sender's clock may be ahead: nothing is shown for longer than it may be. */
static gint64
get_time_left (EarAnnouncementList *self, EarAnnouncement *announcement)
{
  gint64 sent_ms = g_date_time_to_unix (ear_announcement_get_time (announcement)) * 1000 +
                   g_date_time_get_microsecond (ear_announcement_get_time (announcement)) / 1000;
  gint64 now_ms = ear_clock_get_real_time (ear_deadlines_get_clock (self->deadlines)) / 1000;

  return MIN (EAR_LIMIT_BROADCAST_AGE_MS, sent_ms + EAR_LIMIT_BROADCAST_AGE_MS - now_ms);
}

static void
ear_announcement_list_finalize (GObject *object)
{
  EarAnnouncementList *self = EAR_ANNOUNCEMENT_LIST (object);

  g_clear_pointer (&self->entries, g_sequence_free);
  g_clear_pointer (&self->deadlines, ear_deadlines_unref);
  G_OBJECT_CLASS (ear_announcement_list_parent_class)->finalize (object);
}

static void
ear_announcement_list_class_init (EarAnnouncementListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ear_announcement_list_finalize;
}

static void
ear_announcement_list_init (EarAnnouncementList *self)
{
  self->entries = g_sequence_new (entry_free);
}

/**
 * ear_announcement_list_new:
 * @deadlines: where announcements expire
 *
 * Returns: (transfer full): an empty list
 */
EarAnnouncementList *
ear_announcement_list_new (EarDeadlines *deadlines)
{
  EarAnnouncementList *self = g_object_new (EAR_TYPE_ANNOUNCEMENT_LIST, NULL);

  self->deadlines = ear_deadlines_ref (deadlines);
  return self;
}

/**
 * ear_announcement_list_add:
 * @self: a list
 * @announcement: (transfer none): an announcement
 *
 * Adds an announcement, until it is 30 minutes old.
 *
 * Returns: whether it was added: it is new, and young enough
 */
gboolean
ear_announcement_list_add (EarAnnouncementList *self, EarAnnouncement *announcement)
{
  gint64 left_ms = get_time_left (self, announcement);
  GSequenceIter *place;
  Entry *entry;

  if (left_ms <= 0 ||
      ear_announcement_list_lookup (self, ear_announcement_get_number (announcement)) != NULL)
    return FALSE;
  entry = g_new0 (Entry, 1);
  entry->list = self;
  entry->announcement = g_object_ref (announcement);
  ear_deadline_init (&entry->deadline, self->deadlines, expired_cb, entry);
  ear_deadline_set (&entry->deadline, left_ms);
  place = g_sequence_insert_sorted (self->entries, entry, compare_cb, NULL);
  g_list_model_items_changed (G_LIST_MODEL (self), (guint) g_sequence_iter_get_position (place), 0,
                              1);
  return TRUE;
}

/**
 * ear_announcement_list_lookup:
 * @self: a list
 * @number: the number of an announcement
 *
 * Returns: (transfer none) (nullable): the announcement
 */
EarAnnouncement *
ear_announcement_list_lookup (EarAnnouncementList *self, guint64 number)
{
  GSequenceIter *place = find (self, number);

  return place != NULL ? ((Entry *) g_sequence_get (place))->announcement : NULL;
}

/**
 * ear_announcement_list_remove:
 * @self: a list
 * @number: the number of an announcement that may be there or not
 *
 * Takes an announcement away.
 */
void
ear_announcement_list_remove (EarAnnouncementList *self, guint64 number)
{
  g_autoptr (EarAnnouncementList) held = g_object_ref (self);
  GSequenceIter *place = find (self, number);
  guint position;

  if (place == NULL)
    return;
  position = (guint) g_sequence_iter_get_position (place);
  g_sequence_remove (place);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

/**
 * ear_announcement_list_clear:
 * @self: a list
 *
 * Empties the list.
 */
void
ear_announcement_list_clear (EarAnnouncementList *self)
{
  guint n_items = (guint) g_sequence_get_length (self->entries);

  if (n_items == 0)
    return;
  g_sequence_remove_range (g_sequence_get_begin_iter (self->entries),
                           g_sequence_get_end_iter (self->entries));
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n_items, 0);
}
