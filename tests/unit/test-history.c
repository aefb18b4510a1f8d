/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* EarHistory: what was stored comes back, in order and once, also after the next start. */

#include "history-fixture.h"

#include <sys/stat.h>

static GPtrArray *
load_waiting (EarHistory *history, const char *user)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *waiting;

  ear_history_load_waiting_async (history, user, NULL, result_cb, &result);
  wait_for (&result);
  waiting = ear_history_load_waiting_finish (history, result, &error);
  g_assert_no_error (error);
  return waiting;
}

static char *
load_pin (EarHistory *history, const char *address)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *pin;

  ear_history_load_pin_async (history, address, NULL, result_cb, &result);
  wait_for (&result);
  pin = ear_history_load_pin_finish (history, result, &error);
  g_assert_no_error (error);
  return pin;
}

static void
assert_private (const char *path, guint mode)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, mode);
}

static void
test_private (Fixture *fixture, gconstpointer data)
{
  g_autofree char *profile = g_path_get_dirname (fixture->path);
  g_autofree char *wal = g_strconcat (fixture->path, "-wal", NULL);

  add_ok (fixture->history, "bob", "id-000001", "secret", EAR_DELIVERY_WAITING);
  assert_private (profile, 0700);
  assert_private (fixture->path, 0600);
  assert_private (wal, 0600);

  /* A file that was made readable is closed to the others again. */
  close_history (fixture->history);
  g_assert_cmpint (g_chmod (fixture->path, 0644), ==, 0);
  restart (fixture);
  assert_private (fixture->path, 0600);
}

static void
test_message (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GError) error = NULL;
  gint64 first = 0;
  gint64 again = 0;

  g_assert_true (
    add (fixture->history, "bob", "id-000001", "hi\n", EAR_DELIVERY_WAITING, &first, &error));
  g_assert_no_error (error);
  g_assert_cmpint (first, >, 0);
  g_assert_false (
    add (fixture->history, "bob", "id-000001", "other", EAR_DELIVERY_WAITING, &again, &error));
  g_assert_no_error (error);
  g_assert_cmpint (again, ==, first);

  /* The other side may choose the same id, and so may another user. */
  add_ok (fixture->history, "bob", "id-000001", "their hi", EAR_DELIVERY_INCOMING);
  add_ok (fixture->history, "carol", "id-000001", "carol's hi", EAR_DELIVERY_INCOMING);

  restart (fixture);
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_cmpint (message_at (page, 0)->row, ==, first);
  g_assert_cmpstr (message_at (page, 0)->id, ==, "id-000001");
  g_assert_cmpstr (message_at (page, 0)->text, ==, "hi\n");
  g_assert_cmpint (message_at (page, 0)->time_us, ==, 1700000000123456);
  g_assert_cmpint (message_at (page, 0)->delivery, ==, EAR_DELIVERY_WAITING);
  g_assert_cmpint (message_at (page, 1)->row, >, first);
  g_assert_cmpstr (message_at (page, 1)->text, ==, "their hi");
  g_assert_cmpint (message_at (page, 1)->delivery, ==, EAR_DELIVERY_INCOMING);
}

static void
test_pages (Fixture *fixture, gconstpointer data)
{
  gint64 before = 0;
  int expected = 119;

  for (guint i = 0; i < 120; i++) {
    g_autofree char *id = g_strdup_printf ("id-%06u", i);

    add_ok (fixture->history, "bob", id, id, EAR_DELIVERY_INCOMING);
  }
  for (guint n = 0; n < 3; n++) {
    g_autoptr (GPtrArray) page = load_page (fixture->history, "bob", before, 50);

    g_assert_cmpuint (page->len, ==, n < 2 ? 50 : 20);
    for (guint i = page->len; i > 0; i--) {
      g_autofree char *id = g_strdup_printf ("id-%06d", expected--);

      g_assert_cmpstr (message_at (page, i - 1)->id, ==, id);
    }
    before = message_at (page, 0)->row;
  }
  g_assert_cmpint (expected, ==, -1);
}

static void
test_delivery (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) waiting = NULL;
  g_autoptr (GPtrArray) page = NULL;

  add_ok (fixture->history, "bob", "id-000001", "one", EAR_DELIVERY_WAITING);
  add_ok (fixture->history, "bob", "id-000002", "two", EAR_DELIVERY_WAITING);
  add_ok (fixture->history, "bob", "id-000003", "three", EAR_DELIVERY_WAITING);
  add_ok (fixture->history, "bob", "id-000001", "theirs", EAR_DELIVERY_INCOMING);
  add_ok (fixture->history, "carol", "id-000004", "four", EAR_DELIVERY_WAITING);
  ear_history_set_delivery (fixture->history, "bob", "id-000001", EAR_DELIVERY_RECEIVED);
  ear_history_set_delivery (fixture->history, "bob", "id-000001", EAR_DELIVERY_SENT);
  ear_history_set_delivery (fixture->history, "bob", "id-000003", EAR_DELIVERY_SENT);
  ear_history_set_delivery (fixture->history, "bob", "nobody's", EAR_DELIVERY_SENT);

  waiting = load_waiting (fixture->history, "bob");
  g_assert_cmpuint (waiting->len, ==, 2);
  g_assert_cmpstr (message_at (waiting, 0)->text, ==, "two");
  g_assert_cmpint (message_at (waiting, 0)->delivery, ==, EAR_DELIVERY_WAITING);
  g_assert_cmpstr (message_at (waiting, 1)->text, ==, "three");
  g_assert_cmpint (message_at (waiting, 1)->delivery, ==, EAR_DELIVERY_SENT);

  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpint (message_at (page, 0)->delivery, ==, EAR_DELIVERY_RECEIVED);
  g_assert_cmpint (message_at (page, 3)->delivery, ==, EAR_DELIVERY_INCOMING);
}

/* Read is what was received up to the one that was seen. */
static void
test_read (Fixture *fixture, gconstpointer data)
{
  static const EarDelivery expected[] = { EAR_DELIVERY_READ, EAR_DELIVERY_SENT, EAR_DELIVERY_READ,
                                          EAR_DELIVERY_RECEIVED };
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GPtrArray) later = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree char *id = g_strdup_printf ("id-%06u", i);

    add_ok (fixture->history, "bob", id, "text", EAR_DELIVERY_WAITING);
    ear_history_set_delivery (fixture->history, "bob", id,
                              i == 1 ? EAR_DELIVERY_SENT : EAR_DELIVERY_RECEIVED);
  }
  ear_history_set_read (fixture->history, "bob", "id-000002");
  ear_history_set_read (fixture->history, "bob", "nobody's");
  ear_history_set_delivery (fixture->history, "bob", "id-000000", EAR_DELIVERY_SENT);
  page = load_page (fixture->history, "bob", 0, 50);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpint (message_at (page, i)->delivery, ==, expected[i]);

  ear_history_set_delivery (fixture->history, "bob", "id-000001", EAR_DELIVERY_RECEIVED);
  ear_history_set_read (fixture->history, "bob", "id-000000");
  later = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpint (message_at (later, 1)->delivery, ==, EAR_DELIVERY_READ);
  g_assert_cmpint (message_at (later, 2)->delivery, ==, EAR_DELIVERY_READ);
}

/* Who is forgotten comes back as a stranger: what was read before says nothing of what is new. */
static void
test_read_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GPtrArray) page = NULL;

  for (guint round = 0; round < 2; round++) {
    add_ok (fixture->history, "bob", "id-000001", "ours", EAR_DELIVERY_RECEIVED);
    add_ok (fixture->history, "bob", "id-000001", "theirs", EAR_DELIVERY_INCOMING);
    if (round > 0)
      break;
    ear_history_mark_read (fixture->history, "bob");
    ear_history_set_read (fixture->history, "bob", "id-000001");
    ear_history_remove_contact_async (fixture->history, "bob", NULL, NULL, NULL);
  }
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpuint (page->len, ==, 2);
  g_assert_cmpint (message_at (page, 0)->delivery, ==, EAR_DELIVERY_RECEIVED);
  contacts = load_contacts (fixture->history);
  g_assert_cmpuint (((EarHistoryContact *) contacts->pdata[0])->unread, ==, 1);
}

/* Lines about keys are in the chat, but are no messages: they do not wait, are not unread, are not
 * the last thing that was said, and stand there once. */
static void
test_notes (Fixture *fixture, gconstpointer data)
{
  static const EarDelivery expected[] = { EAR_DELIVERY_INCOMING, EAR_DELIVERY_KEY_CHANGED,
                                          EAR_DELIVERY_KEY_TRUSTED, EAR_DELIVERY_KEY_REFUSED };
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GPtrArray) waiting = NULL;
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GError) error = NULL;
  EarHistoryContact *contact;
  gint64 row = -1;

  add_ok (fixture->history, "bob", "id-000001", "hello", EAR_DELIVERY_INCOMING);
  add_ok (fixture->history, "bob", "id-000002", SERVER_A, EAR_DELIVERY_KEY_CHANGED);
  g_assert_false (
    add (fixture->history, "bob", "id-000003", SERVER_A, EAR_DELIVERY_KEY_CHANGED, &row, &error));
  g_assert_no_error (error);
  g_assert_cmpint (row, ==, 0);
  add_ok (fixture->history, "bob", "id-000004", SERVER_A, EAR_DELIVERY_KEY_TRUSTED);
  add_ok (fixture->history, "bob", "id-000005", SERVER_B, EAR_DELIVERY_KEY_REFUSED);
  ear_history_set_delivery (fixture->history, "bob", "id-000005", EAR_DELIVERY_RECEIVED);
  ear_history_set_read (fixture->history, "bob", "id-000005");

  restart (fixture);
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpuint (page->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < page->len; i++)
    g_assert_cmpint (message_at (page, i)->delivery, ==, expected[i]);
  waiting = load_waiting (fixture->history, "bob");
  g_assert_cmpuint (waiting->len, ==, 0);
  contacts = load_contacts (fixture->history);
  contact = contacts->pdata[0];
  g_assert_cmpuint (contact->unread, ==, 1);
  g_assert_cmpstr (contact->last_message, ==, "hello");
}

static void
test_contacts (Fixture *fixture, gconstpointer data)
{
  const EarHistoryContact bob = { .user = (char *) "bob",
                                  .name = (char *) "Bob B.",
                                  .fingerprint = (char *) SERVER_B,
                                  .last_seen_us = 1700000000000001,
                                  .verified = TRUE,
                                  .blocked = TRUE,
                                  .key_changed = TRUE };
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GPtrArray) later = NULL;
  EarHistoryContact *contact;

  add_ok (fixture->history, "bob", "id-000001", "one", EAR_DELIVERY_INCOMING);
  add_ok (fixture->history, "bob", "id-000002", "two", EAR_DELIVERY_INCOMING);
  add_ok (fixture->history, "carol", "id-000003", "three", EAR_DELIVERY_WAITING);
  ear_history_save_contact_async (fixture->history, &bob, NULL, NULL, NULL);

  contacts = load_contacts (fixture->history);
  g_assert_cmpuint (contacts->len, ==, 2);
  contact = contacts->pdata[0];
  g_assert_cmpstr (contact->user, ==, "bob");
  g_assert_cmpstr (contact->name, ==, "Bob B.");
  g_assert_cmpstr (contact->fingerprint, ==, SERVER_B);
  g_assert_cmpint (contact->last_seen_us, ==, 1700000000000001);
  g_assert_true (contact->verified);
  g_assert_true (contact->blocked);
  g_assert_true (contact->key_changed);
  g_assert_cmpuint (contact->unread, ==, 2);
  g_assert_cmpstr (contact->last_message, ==, "two");
  contact = contacts->pdata[1];
  g_assert_cmpstr (contact->user, ==, "carol");
  g_assert_null (contact->fingerprint);
  g_assert_cmpuint (contact->unread, ==, 0);
  g_assert_cmpstr (contact->last_message, ==, "three");

  ear_history_mark_read (fixture->history, "bob");
  restart (fixture);
  later = load_contacts (fixture->history);
  contact = later->pdata[0];
  g_assert_cmpuint (contact->unread, ==, 0);
  g_assert_true (contact->verified);
}

static void
test_accounts (Fixture *fixture, gconstpointer data)
{
  const char *const others[][2] = { { SERVER_A, "bob" }, { SERVER_B, "alice" } };

  add_ok (fixture->history, "carol", "id-000001", "for alice at A", EAR_DELIVERY_WAITING);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (GPtrArray) page = NULL;
    g_autoptr (GPtrArray) contacts = NULL;

    ear_history_set_account (fixture->history, others[i][0], others[i][1]);
    page = load_page (fixture->history, "carol", 0, 50);
    contacts = load_contacts (fixture->history);
    g_assert_cmpuint (page->len, ==, 0);
    g_assert_cmpuint (contacts->len, ==, 0);
    add_ok (fixture->history, "carol", "id-000001", "another", EAR_DELIVERY_WAITING);
  }
}

static void
test_pins (Fixture *fixture, gconstpointer data)
{
  g_autofree char *none = load_pin (fixture->history, "host:4400");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *other = NULL;

  g_assert_null (none);
  ear_history_save_pin_async (fixture->history, "host:4400", SERVER_A, NULL, NULL, NULL);
  first = load_pin (fixture->history, "host:4400");
  g_assert_cmpstr (first, ==, SERVER_A);
  ear_history_save_pin_async (fixture->history, "host:4400", SERVER_B, NULL, NULL, NULL);
  restart (fixture);
  second = load_pin (fixture->history, "host:4400");
  g_assert_cmpstr (second, ==, SERVER_B);
  other = load_pin (fixture->history, "host:4401");
  g_assert_null (other);
}

static void
count_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *counter = user_data;
  g_autoptr (GError) error = NULL;
  gint64 row = 0;

  g_assert_true (ear_history_add_message_finish (EAR_HISTORY (source), result, &row, &error));
  g_assert_no_error (error);
  g_assert_cmpint (row, ==, ++*counter);
}

/* More calls at once than fit into one transaction: results in order, and the page sees them all.
 */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  const guint n = 600;
  g_autoptr (GPtrArray) page = NULL;
  guint counter = 0;

  for (guint i = 0; i < n; i++) {
    g_autofree char *id = g_strdup_printf ("id-%06u", i);
    const EarHistoryMessage message = { .id = id, .text = id };

    ear_history_add_message_async (fixture->history, "bob", &message, NULL, count_cb, &counter);
    ear_history_set_delivery (fixture->history, "bob", id, EAR_DELIVERY_RECEIVED);
  }
  page = load_page (fixture->history, "bob", 0, 1000);
  g_assert_cmpuint (counter, ==, n);
  g_assert_cmpuint (page->len, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (message_at (page, i)->delivery, ==, EAR_DELIVERY_RECEIVED);
}

static void
test_unclosed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) page = NULL;

  add_ok (fixture->history, "bob", "id-000001", "one", EAR_DELIVERY_WAITING);
  ear_history_set_delivery (fixture->history, "bob", "id-000001", EAR_DELIVERY_RECEIVED);
  g_assert_finalize_object (fixture->history);
  fixture->history = ear_history_new (fixture->path);
  open_history (fixture->history, &error);
  g_assert_no_error (error);
  ear_history_set_account (fixture->history, SERVER_A, "alice");
  page = load_page (fixture->history, "bob", 0, 50);
  g_assert_cmpint (message_at (page, 0)->delivery, ==, EAR_DELIVERY_RECEIVED);
}

static void
test_not_open (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) contacts = NULL;

  close_history (fixture->history);
  g_assert_false (
    add (fixture->history, "bob", "id-000001", "late", EAR_DELIVERY_WAITING, NULL, &error));
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
  g_clear_error (&error);

  /* And it can be opened again; before set_account nobody is meant. */
  g_assert_finalize_object (fixture->history);
  fixture->history = ear_history_new (fixture->path);
  open_history (fixture->history, &error);
  g_assert_no_error (error);
  ear_history_load_contacts_async (fixture->history, NULL, result_cb, &result);
  wait_for (&result);
  contacts = ear_history_load_contacts_finish (fixture->history, result, &error);
  g_assert_null (contacts);
  g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_FILE);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GError) error = NULL;

  ear_history_load_page_async (fixture->history, "bob", 0, 50, cancellable, result_cb, &result);
  g_cancellable_cancel (cancellable);
  wait_for (&result);
  page = ear_history_load_page_finish (fixture->history, result, &error);
  g_assert_null (page);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Any bytes may be in a text: valid ones come back as they were, others as valid ones. */
static void
test_texts (Fixture *fixture, gconstpointer data)
{
  const char *const fixed[] = { "",
                                "'); DROP TABLE message; --",
                                "?1 :name @x $y %s %n",
                                "\xe2\x80\xae\xe2\x81\xa6",
                                "\xf0\x9f\x91\x82\xf0\x9f\x8f\xbd",
                                "\xff\xfe",
                                "\xc3" };
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) page = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    g_ptr_array_add (texts, g_strdup (fixed[i]));
  for (guint i = 0; i < 200; i++) {
    guint length = (guint) g_test_rand_int_range (0, 4096);
    char *text = g_malloc (length + 1);

    for (guint j = 0; j < length; j++)
      text[j] = (char) g_test_rand_int_range (1, 256);
    text[length] = '\0';
    g_ptr_array_add (texts, i % 2 == 0 ? g_utf8_make_valid (text, -1) : g_strdup (text));
    g_free (text);
  }
  for (guint i = 0; i < texts->len; i++) {
    g_autofree char *id = g_strdup_printf ("id-%06u", i);

    add_ok (fixture->history, "bob", id, texts->pdata[i], EAR_DELIVERY_INCOMING);
  }
  restart (fixture);
  page = load_page (fixture->history, "bob", 0, 1000);
  g_assert_cmpuint (page->len, ==, texts->len);
  for (guint i = 0; i < page->len; i++) {
    g_autofree char *expected = g_utf8_make_valid (texts->pdata[i], -1);

    g_assert_cmpstr (message_at (page, i)->text, ==, expected);
  }
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/history/private", test_private);
  ADD ("/history/message", test_message);
  ADD ("/history/pages", test_pages);
  ADD ("/history/delivery", test_delivery);
  ADD ("/history/read", test_read);
  ADD ("/history/read-again", test_read_again);
  ADD ("/history/notes", test_notes);
  ADD ("/history/contacts", test_contacts);
  ADD ("/history/accounts", test_accounts);
  ADD ("/history/pins", test_pins);
  ADD ("/history/order", test_order);
  ADD ("/history/unclosed", test_unclosed);
  ADD ("/history/not-open", test_not_open);
  ADD ("/history/cancelled", test_cancelled);
  ADD ("/history/texts", test_texts);

  return g_test_run ();
}
