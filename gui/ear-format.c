/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Every text that a widget puts together: times, counts, one-line previews, errors as sentences.
 * Pure functions without widgets, so that tests can try each. What comes back is plain text, never
 * markup; the caller owns it. */

#include "config.h"

#include "gui/ear-format.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>

#include "client/ear-chat-message.h"
#include "client/ear-user.h"
#include "wire/ear-error.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

#define PREVIEW_CHARACTERS 120
#define LINK_START 280 /* longer than a scheme, a host (RFC 1035) and a port */
#define LINK_END 80

/* Whole days between two dates as a person counts them: from midnight to midnight. */
static int
days_between (GDateTime *then, GDateTime *now)
{
  GDate a, b;
  int year, month, day;

  g_date_time_get_ymd (then, &year, &month, &day);
  g_date_clear (&a, 1);
  g_date_set_dmy (&a, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  g_date_time_get_ymd (now, &year, &month, &day);
  g_date_clear (&b, 1);
  g_date_set_dmy (&b, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  return g_date_days_between (&a, &b);
}

static GDateTime *
dup_now (GDateTime *now)
{
  return now != NULL ? g_date_time_to_local (now) : g_date_time_new_now_local ();
}

/**
 * ear_format_clock:
 * @time: a moment
 *
 * Formats the time of day.
 *
 * Returns: (transfer full): such as "14:02"
 */
char *
ear_format_clock (GDateTime *time)
{
  g_return_val_if_fail (time != NULL, NULL);

  g_autoptr (GDateTime) local = g_date_time_to_local (time);

  /* Translators: a time of day, for g_date_time_format(). */
  return g_date_time_format (local, _ ("%H:%M"));
}

/**
 * ear_format_day:
 * @time: a moment
 * @now: (nullable): the present
 *
 * Names the day of @time, as a heading between messages.
 *
 * Returns: (transfer full): such as "Today", "Yesterday", "Monday" or "3 March 2026"
 */
char *
ear_format_day (GDateTime *time, GDateTime *now)
{
  g_return_val_if_fail (time != NULL, NULL);

  g_autoptr (GDateTime) local = g_date_time_to_local (time);
  g_autoptr (GDateTime) present = dup_now (now);
  int days = days_between (local, present);

  if (days == 0)
    return g_strdup (_ ("Today"));
  if (days == 1)
    return g_strdup (_ ("Yesterday"));
  if (days > 1 && days < 7)
    return g_date_time_format (local, "%A");
  if (g_date_time_get_year (local) == g_date_time_get_year (present))
    /* Translators: a day of this year, for g_date_time_format(). */
    return g_date_time_format (local, _ ("%-d %B"));
  /* Translators: a day of another year, for g_date_time_format(). */
  return g_date_time_format (local, _ ("%-d %B %Y"));
}

/**
 * ear_format_moment:
 * @time: a moment
 * @now: (nullable): the present
 *
 * Formats a moment with as much of its date as is needed.
 *
 * Returns: (transfer full): such as "14:02" or "Yesterday, 14:02"
 */
char *
ear_format_moment (GDateTime *time, GDateTime *now)
{
  g_return_val_if_fail (time != NULL, NULL);

  g_autoptr (GDateTime) local = g_date_time_to_local (time);
  g_autoptr (GDateTime) present = dup_now (now);
  g_autofree char *clock = ear_format_clock (time);

  if (days_between (local, present) == 0)
    return g_steal_pointer (&clock);

  g_autofree char *day = ear_format_day (time, now);
  /* Translators: a day and a time of day. */
  return g_strdup_printf (_ ("%s, %s"), day, clock);
}

/**
 * ear_format_ago:
 * @time: a moment
 * @now: (nullable): the present
 *
 * Says how long ago @time was. A moment in the future, as a wrong clock makes it, is now.
 *
 * Returns: (transfer full): such as "now", "2 min ago" or "yesterday"
 */
char *
ear_format_ago (GDateTime *time, GDateTime *now)
{
  g_return_val_if_fail (time != NULL, NULL);

  g_autoptr (GDateTime) local = g_date_time_to_local (time);
  g_autoptr (GDateTime) present = dup_now (now);
  GTimeSpan span = g_date_time_difference (present, local);
  int days = days_between (local, present);

  if (span < G_TIME_SPAN_MINUTE)
    return g_strdup (_ ("now"));
  if (span < G_TIME_SPAN_HOUR) {
    int minutes = (int) (span / G_TIME_SPAN_MINUTE);

    return g_strdup_printf (ngettext ("%d min ago", "%d min ago", minutes), minutes);
  }
  if (days == 0) {
    int hours = (int) (span / G_TIME_SPAN_HOUR);

    return g_strdup_printf (ngettext ("%d h ago", "%d h ago", hours), hours);
  }
  if (days == 1)
    return g_strdup (_ ("yesterday"));
  if (days < 7)
    return g_strdup_printf (ngettext ("%d day ago", "%d days ago", days), days);
  return ear_format_day (time, now);
}

/**
 * ear_format_last_seen:
 * @time: (nullable): when a user was last active
 * @now: (nullable): the present
 *
 * Says when a user who is away was last active.
 *
 * Returns: (transfer full): such as "last seen 2 min ago"
 */
char *
ear_format_last_seen (GDateTime *time, GDateTime *now)
{
  if (time == NULL)
    return g_strdup (_ ("away"));

  g_autofree char *ago = ear_format_ago (time, now);
  /* Translators: %s is "2 min ago", "yesterday", "3 March" … */
  return g_strdup_printf (_ ("last seen %s"), ago);
}

/**
 * ear_format_count:
 * @count: how many
 *
 * Formats a number with the locale's grouping.
 *
 * Returns: (transfer full): such as "37"
 */
char *
ear_format_count (guint count)
{
  const char *separator = localeconv ()->thousands_sep;
  g_autofree char *digits = g_strdup_printf ("%u", count);
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n = strlen (digits);

  for (gsize i = 0; i < n; i++) {
    if (i > 0 && (n - i) % 3 == 0)
      g_string_append (text, separator);
    g_string_append_c (text, digits[i]);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * ear_format_badge:
 * @count: unread messages
 *
 * Formats a count for a badge, which has room for three characters.
 *
 * Returns: (transfer full): such as "2" or "99+"
 */
char *
ear_format_badge (guint count)
{
  return count > 99 ? g_strdup ("99+") : g_strdup_printf ("%u", count);
}

/**
 * ear_format_reach:
 * @count: how many other users are active
 *
 * Says whom an announcement would reach.
 *
 * Returns: (transfer full): a sentence
 */
char *
ear_format_reach (guint count)
{
  g_autofree char *number = ear_format_count (count);

  if (count == 0)
    return g_strdup (_ ("Nobody else is here now. Reaches everyone who comes within 30 minutes."));
  return g_strdup_printf (
    ngettext ("Reaches %s user now, and everyone who comes within 30 minutes.",
              "Reaches %s users now, and everyone who comes within 30 minutes.", count),
    number);
}

/**
 * ear_format_reached:
 * @count: how many users have an announcement
 *
 * Says whom an announcement has reached.
 *
 * Returns: (transfer full): such as "Reached 42 users"
 */
char *
ear_format_reached (guint count)
{
  g_autofree char *number = ear_format_count (count);

  if (count == 0)
    return g_strdup (_ ("Reached nobody yet"));
  return g_strdup_printf (ngettext ("Reached %s user", "Reached %s users", count), number);
}

/**
 * ear_format_part:
 * @n_listed: how many users are in the list
 * @n_active: how many there are
 * @search: what was searched for, or ""
 *
 * Says that a list does not show everybody.
 *
 * Returns: (transfer full): a sentence or two
 */
char *
ear_format_part (guint n_listed, guint n_active, const char *search)
{
  g_autofree char *listed = ear_format_count (n_listed);
  g_autofree char *active = ear_format_count (n_active);
  g_autofree char *sought = ear_format_preview (search);

  if (*search != '\0')
    /* Translators: the first %s is what was typed, the second a number. */
    return g_strdup_printf (_ ("Names that begin with “%s”, among %s users."), sought, active);
  /* Translators: the first 500 of 2,310 users. */
  return g_strdup_printf (_ ("The first %s of %s. Search to find others."), listed, active);
}

/**
 * ear_format_position:
 * @index: from 0
 * @count: how many there are
 *
 * Formats a pager's text.
 *
 * Returns: (transfer full): such as "1 of 3"
 */
char *
ear_format_position (guint index, guint count)
{
  /* Translators: a pager: the first of three announcements. */
  return g_strdup_printf (_ ("%u of %u"), index + 1, count);
}

/**
 * ear_format_retry:
 * @seconds: until the next try
 *
 * Says when the server will be tried again.
 *
 * Returns: (transfer full): such as "Trying again in 8 s"
 */
char *
ear_format_retry (guint seconds)
{
  if (seconds == 0)
    return g_strdup (_ ("Trying again…"));
  return g_strdup_printf (_ ("Trying again in %u s"), seconds);
}

/**
 * ear_format_length:
 * @used: bytes of a text
 * @most: bytes that it may have
 *
 * Formats how much room a text takes.
 *
 * Returns: (transfer full): such as "12 / 4,096"
 */
char *
ear_format_length (gsize used, gsize most)
{
  g_autofree char *left = ear_format_count ((guint) MIN (used, G_MAXUINT));
  g_autofree char *right = ear_format_count ((guint) MIN (most, G_MAXUINT));

  return g_strdup_printf ("%s / %s", left, right);
}

/**
 * ear_format_preview:
 * @text: (nullable): a text of one or more lines
 *
 * Makes one short line of a text, to stand beside others: runs of white space become one space, the
 * end is cut, so are towers of marks, and what turns the direction of writing does so for the line
 * alone.
 *
 * Returns: (transfer full): the line, maybe empty
 */
char *
ear_format_preview (const char *text)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint n = 0, n_stacked = 0;
  gboolean space = FALSE;

  for (const char *p = text; p != NULL && *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    n_stacked = ear_text_is_stacking (c) ? n_stacked + 1 : 0;
    if (n_stacked > EAR_TEXT_MAX_STACKED)
      continue;
    if (g_unichar_isspace (c)) {
      space = line->len > 0;
      continue;
    }
    if (n >= PREVIEW_CHARACTERS) {
      g_string_append (line, "…");
      break;
    }
    if (space)
      g_string_append_c (line, ' ');
    n += space ? 2 : 1;
    space = FALSE;
    g_string_append_unichar (line, c);
  }
  return ear_text_isolate (line->str);
}

/**
 * ear_format_link:
 * @uri: a link as ear_web_links_find() gives it, plain ASCII
 *
 * Makes a link as short as a dialog wants it. What is left out is in the middle: the host is never
 * a part of that.
 *
 * Returns: (transfer full): such as "https://example.org/a…z"
 */
char *
ear_format_link (const char *uri)
{
  gsize length = strlen (uri);

  if (length <= LINK_START + LINK_END)
    return g_strdup (uri);
  return g_strdup_printf ("%.*s…%s", LINK_START, uri, uri + length - LINK_END);
}

/* As the other end of the line cuts it, but with a sign that it was cut. */
static char *
dup_cut (const char *text, gsize most)
{
  const char *end = text + most - strlen ("…");

  if (strlen (text) <= most)
    return g_strdup (text);
  while ((*end & 0xc0) == 0x80)
    end--; /* not in the middle of a character */
  return g_strdup_printf ("%.*s…", (int) (end - text), text);
}

/**
 * ear_format_status:
 * @status: (nullable): what the person wrote, one line
 * @do_not_disturb: whether they want to be left alone
 *
 * Makes the status that others see, which is cut to what the protocol has room for.
 *
 * Returns: (transfer full): such as "Do not disturb · In the lab", maybe empty
 */
char *
ear_format_status (const char *status, gboolean do_not_disturb)
{
  g_autofree char *both = NULL;

  if (!do_not_disturb)
    return g_strdup (status != NULL ? status : "");
  if (status == NULL || *status == '\0')
    return g_strdup (_ ("Do not disturb"));
  /* Translators: %s is what a person wrote about themselves, such as "In the lab". Short: both
   * share 64 bytes. */
  both = g_strdup_printf (_ ("Do not disturb · %s"), status);
  return dup_cut (both, EAR_LIMIT_DISPLAY);
}

/**
 * ear_format_note:
 * @note: a line of a chat about a key
 * @name: whose key it is
 * @now: (nullable): the present
 *
 * Says what happened to a key, and when.
 *
 * Returns: (transfer full): such as "Bob’s key has changed · 14:02"
 */
char *
ear_format_note (EarChatMessage *note, const char *name, GDateTime *now)
{
  g_return_val_if_fail (note != NULL && name != NULL, NULL);

  g_autofree char *time = ear_format_moment (ear_chat_message_get_time (note), now);

  EarDelivery what = ear_chat_message_get_delivery (note);

  if (what == EAR_DELIVERY_KEY_REFUSED)
    /* Translators: the first and the second %s are a person's name, the third is a time. */
    return g_strdup_printf (_ ("Another device asked to chat as %s and was turned away. Ask %s "
                               "if it is theirs: it can ask again once you end this chat · %s"),
                            name, name, time);
  /* Translators: the first %s is a person's name, the second a time. */
  return g_strdup_printf (what == EAR_DELIVERY_KEY_TRUSTED
                            ? _ ("You trusted the new key of %s · %s")
                            : _ ("%s’s key has changed · %s"),
                          name, time);
}

/**
 * ear_format_user_line:
 * @user: a user
 * @now: (nullable): the present
 *
 * Makes the second line of a user's row: the account name, then what is most worth knowing: that
 * they ask for a chat, the last message when it is unread, that the chat goes on although they are
 * not at the server, that nobody knows whether they are away, when they were last seen if they are,
 * their status, the last message.
 *
 * Returns: (transfer full): such as "bob · See you at eight"
 */
char *
ear_format_user_line (EarUser *user, GDateTime *now)
{
  g_return_val_if_fail (user != NULL, NULL);

  const char *status = ear_user_get_status (user);
  const char *message = ear_user_get_last_message (user);
  gboolean has_message = message != NULL && *message != '\0';
  g_autofree char *more = NULL;

  if (ear_user_get_asking (user))
    more = g_strdup (_ ("would like to chat"));
  else if (has_message && ear_user_get_unread (user) > 0)
    more = ear_format_preview (message);
  else if (!ear_user_get_active (user) && ear_user_get_chatting (user))
    more = g_strdup (_ ("direct chat goes on"));
  else if (!ear_user_get_active (user) && ear_user_may_be_active (user))
    /* Translators: nobody knows whether they are here or away. */
    more = g_strdup (_ ("may be active"));
  else if (!ear_user_may_be_active (user))
    more = ear_format_last_seen (ear_user_get_last_seen (user), now);
  else if (status != NULL && *status != '\0')
    more = ear_format_preview (status);
  else if (has_message)
    more = ear_format_preview (message);
  if (more == NULL || *more == '\0')
    return g_strdup (ear_user_get_account (user));
  return g_strdup_printf ("%s · %s", ear_user_get_account (user), more);
}

/**
 * ear_format_sender:
 * @name: (nullable): a display name
 * @account: an account name
 *
 * Names somebody so that a display name cannot pass for another's account.
 *
 * Returns: (transfer full): such as "Bob Okafor (bob)", or "Bob" when that is the account
 *   but for its case
 */
char *
ear_format_sender (const char *name, const char *account)
{
  g_autofree char *isolated = NULL;

  if (name == NULL || *name == '\0')
    return g_strdup (account);
  if (g_ascii_strcasecmp (name, account) == 0)
    return g_strdup (name);
  isolated = ear_text_isolate (name);
  return g_strdup_printf ("%s (%s)", isolated, account);
}

/**
 * ear_format_error:
 * @error: what went wrong
 *
 * Says in a sentence what went wrong and what to do.
 *
 * Returns: (transfer full): a sentence
 */
char *
ear_format_error (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain != EAR_ERROR)
    return g_strdup (error->message);

  switch ((EarError) error->code) {
  case EAR_ERROR_BAD_LOGIN:
    return g_strdup (_ ("User name and password don’t match."));
  case EAR_ERROR_BAD_NAME:
    return g_strdup (_ ("A user name has up to 32 lower-case letters, digits, dots, dashes and "
                        "underscores, and begins with a letter."));
  case EAR_ERROR_NAME_TAKEN:
    return g_strdup (_ ("Somebody has this user name already. Please choose another."));
  case EAR_ERROR_SIGNUP_CLOSED:
    return g_strdup (_ ("This server takes sign-ups only with an invitation link."));
  case EAR_ERROR_UNKNOWN_INVITE:
    return g_strdup (_ ("The server doesn’t know this invitation. Please ask for a new link."));
  case EAR_ERROR_INVITE_USED:
    return g_strdup (_ ("This invitation has been used already. Please ask for a new link."));
  case EAR_ERROR_INVITE_EXPIRED:
    return g_strdup (_ ("This invitation is too old. Please ask for a new link."));
  case EAR_ERROR_DISABLED:
    return g_strdup (_ ("This account is disabled. Please ask who runs the server."));
  case EAR_ERROR_NOT_ALLOWED:
    return g_strdup (_ ("Only admins of this server can do that."));
  case EAR_ERROR_BAD_LINK:
    return g_strdup (_ ("This is not a server’s address. It looks like chat.example.org:4400, or "
                        "begins with earshot://."));
  case EAR_ERROR_UNREACHABLE:
    return g_strdup (_ ("Can’t reach the server. Is the address right, and the server running?"));
  case EAR_ERROR_KEY_CHANGED:
    return g_strdup (_ ("This server is not the one that you know: its key has changed. Ask who "
                        "runs it before you log in."));
  case EAR_ERROR_TLS:
  case EAR_ERROR_BAD_VERSION:
    return g_strdup (_ ("What answers there is not an Earshot server that this app understands."));
  case EAR_ERROR_SLOW_DOWN:
    return g_strdup (_ ("That was a lot at once. Please wait a little and try again."));
  case EAR_ERROR_FULL:
    return g_strdup (_ ("The server is full. Please try again later."));
  case EAR_ERROR_READ_ONLY:
    return g_strdup (_ ("The server can’t write to its disk. Please tell who runs it."));
  case EAR_ERROR_TIMEOUT:
  case EAR_ERROR_CLOSED:
    return g_strdup (_ ("The connection to the server broke. Please try again."));
  case EAR_ERROR_SHUTTING_DOWN:
    return g_strdup (_ ("The server is stopping. Please try again in a moment."));
  case EAR_ERROR_TAKEN_OVER:
    return g_strdup (_ ("You logged in somewhere else."));
  case EAR_ERROR_OFFLINE:
    return g_strdup (_ ("You are not connected to the server."));
  case EAR_ERROR_BAD_FILE:
    /* Translators: %s is a sentence that names a file and says what is wrong with it. */
    return g_strdup_printf (_ ("%s.\n\nYour messages and the keys of your contacts are kept there, "
                               "so Earshot doesn’t go on without it. Mend the file, or move it "
                               "away to begin anew."),
                            error->message);
  case EAR_ERROR_TOO_LONG:
    return g_strdup (_ ("This is too long."));
  default:
    return g_strdup (error->message != NULL && *error->message != '\0'
                       ? error->message
                       : ear_error_get_text ((EarError) error->code));
  }
}
