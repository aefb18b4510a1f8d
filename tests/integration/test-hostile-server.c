/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a hostile server says to a real client, line by line: the session ends with a stable code,
 * nothing is stored, and the chat with somebody else, which needs no server, goes on. */

#include <string.h>

#include "client/ear-announcement-list.h"
#include "client/ear-announcement.h"
#include "client/ear-chat-message.h"
#include "client/ear-chat.h"
#include "client/ear-session.h"
#include "client/ear-user-list.h"
#include "lies.h"
#include "support/ear-test-person.h"
#include "support/ear-test-wait.h"
#include "wire/ear-limits.h"
#include "wire/ear-text.h"

#define BAD EAR_ERROR_BAD_MESSAGE

typedef struct
{
  EarTestServer *server;
  EarTestPerson *alice;
  EarTestPerson *bob;
  EarChat *chat; /* alice's with bob */
  guint n_announced;

  /* The lie at hand */
  EarMessageType in_place_of;
  GBytes *line;
  EarLink *link; /* of the server to alice, borrowed */
} Fixture;

static void
announced_cb (Fixture *f)
{
  f->n_announced++;
}

static EarSession *
get_session (Fixture *f)
{
  return ear_client_get_session (f->alice->client);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = ear_test_person_new_pair (&f->alice, &f->bob);
  ear_test_person_open_chat (f->alice, f->bob);
  f->chat = ear_test_person_get_chat (f->alice, f->bob);
  g_signal_connect_swapped (f->alice->client, "announced", G_CALLBACK (announced_cb), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lies_set (NULL, NULL);
  g_clear_pointer (&f->line, g_bytes_unref);
  ear_test_person_free (f->alice);
  ear_test_person_free (f->bob);
  ear_test_server_stop_inside (f->server);
  ear_test_server_free (f->server);
}

/* Once. So many questions in so little time may be answered by an error, too. */
static GBytes *
lie_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  Fixture *f = user_data;
  EarMessageType type = ear_message_get_type (message);

  if (type != f->in_place_of && type != EAR_MESSAGE_ERROR)
    return NULL;
  lies_set (NULL, NULL);
  f->link = link;
  return f->line != NULL ? g_bytes_ref (f->line) : NULL;
}

static void
prepare_lie (Fixture *f, EarMessageType in_place_of, const char *bytes, gsize size)
{
  g_clear_pointer (&f->line, g_bytes_unref);
  f->line = bytes != NULL ? g_bytes_new (bytes, size) : NULL;
  f->in_place_of = in_place_of;
  lies_set (lie_cb, f);
}

/* Asks something that the server answers with EAR_MESSAGE_LOCATED, or with a lie. */
static void
locate (Fixture *f, GAsyncResult **result)
{
  ear_session_locate_async (get_session (f), "bob", NULL, ear_test_result_cb, result);
}

static void
assert_undisturbed (Fixture *f)
{
  g_autoptr (EarChatMessage) message = ear_chat_send (f->chat, "still here?");

  ear_test_wait (ear_chat_message_get_delivery (message) == EAR_DELIVERY_RECEIVED);
  g_assert_cmpint (ear_chat_get_state (f->chat), ==, EAR_CHAT_OPEN);
  g_assert_cmpuint (f->n_announced, ==, 0);
  g_assert_cmpuint (
    g_list_model_get_n_items (G_LIST_MODEL (ear_client_get_announcements (f->alice->client))), ==,
    0);
}

/* In the midst of a session, which comes back when the server has better manners. */
static void
attack (Fixture *f, const char *bytes, gsize size, EarError code)
{
  g_autoptr (GAsyncResult) result = NULL;
  EarSession *session = get_session (f);

  prepare_lie (f, EAR_MESSAGE_LOCATED, bytes, size);
  locate (f, &result);
  ear_test_wait (!ear_session_is_online (session));
  g_assert_error (ear_session_get_last_error (session), EAR_ERROR, (int) code);
  assert_undisturbed (f);
  ear_session_retry_now (session);
  ear_test_wait (ear_session_is_online (session));
  ear_test_wait (result != NULL);
}

static void
attack_line (Fixture *f, const char *line, EarError code)
{
  g_autofree char *with_newline = g_strconcat (line, "\n", NULL);

  attack (f, with_newline, strlen (with_newline), code);
}

static void
attack_all (Fixture *f, const char *const *lines, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *shown = ear_text_escape (lines[i], 200);

    g_test_message ("%s", shown);
    attack_line (f, lines[i], BAD);
  }
}

#define ATTACK_ALL(f, lines) attack_all (f, lines, G_N_ELEMENTS (lines))

/* -- Lines -- */

#define REMOVED "{\"type\":\"broadcast-removed\",\"number\":1}"

static void
test_long_lines (Fixture *f, gconstpointer data)
{
  g_autofree char *nested = g_strnfill (70000, '[');
  g_autofree char *endless = g_strnfill (1000 * 1000, 'x');
  g_autofree char *long_line = g_strnfill (EAR_LIMIT_LINE_SERVER + 1, ' ');
  g_autoptr (GAsyncResult) unanswered = NULL;
  g_autoptr (GAsyncResult) answered = NULL;

  attack (f, nested, strlen (nested), EAR_ERROR_TOO_LONG);
  attack (f, endless, strlen (endless), EAR_ERROR_TOO_LONG);
  memcpy (long_line, REMOVED, strlen (REMOVED));
  long_line[EAR_LIMIT_LINE_SERVER] = '\n';
  attack (f, long_line, EAR_LIMIT_LINE_SERVER + 1, EAR_ERROR_TOO_LONG);

  /* Neither is just as much too much. */
  long_line[EAR_LIMIT_LINE_SERVER - 1] = '\n';
  prepare_lie (f, EAR_MESSAGE_LOCATED, long_line, EAR_LIMIT_LINE_SERVER);
  locate (f, &unanswered);
  locate (f, &answered);
  ear_test_wait (answered != NULL);
  g_assert_true (ear_session_is_online (get_session (f)));
  ear_session_log_out (get_session (f));
  ear_test_wait (unanswered != NULL);
}

static void
test_shapes (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = {
    "",
    "{}",
    "[]",
    "null",
    "\"ok\"",
    "{\"type\":\"ok\",\"re\":1",
    "{\"type\":\"ok\",\"re\":1}{\"type\":\"bye\"}",
    "{\"type\":\"ok\",\"re\":[[[[[1]]]]]}",
    /* Members */
    "{\"type\":\"ok\",\"re\":1,\"re\":1}",
    "{\"type\":\"ok\",\"type\":\"ok\",\"re\":1}",
    "{\"type\":\"ok\",\"re\":1,\"from\":\"admin\"}",
    "{\"type\":\"open-sesame\",\"re\":1}",
    "{\"type\":1,\"re\":1}",
    "{\"type\":\"OK\",\"re\":1}",
    "{\"re\":1}",
    "{\"type\":\"ok\"}",
    /* What only clients and peers say */
    "{\"type\":\"hello\",\"version\":1}",
    "{\"type\":\"locate\",\"id\":1,\"user\":\"bob\"}",
    "{\"type\":\"leave\",\"id\":1}",
    "{\"type\":\"request\",\"greeting\":\"x\"}",
    "{\"type\":\"message\",\"id\":\"12345678\",\"text\":\"x\",\"age\":0}",
  };
  g_autoptr (GString) many = g_string_new ("{\"type\":\"ok\",\"re\":1");

  ATTACK_ALL (f, lines);
  for (guint i = 0; i < 31; i++)
    g_string_append_printf (many, ",\"x%u\":1", i);
  g_string_append_c (many, '}');
  attack_line (f, many->str, BAD);
}

/* -- Characters, numbers, addresses -- */

#define BROADCAST(text)                                                               \
  "{\"type\":\"broadcast\",\"number\":1,\"user\":\"bob\",\"name\":\"bob\",\"age\":0," \
  "\"text\":\"" text "\"}"

static void
test_characters (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = {
    "\xef\xbb\xbf" REMOVED,
    "{\"type\":\"ok\\u0000\",\"re\":1}",
    BROADCAST ("a\\u0000b"),
    BROADCAST ("a\\ud800b"),
    BROADCAST ("\\udc00\\ud800"),
    BROADCAST ("\xc0\xaf"),
    BROADCAST ("\xed\xa0\x80"),
    BROADCAST ("\xf4\x90\x80\x80"),
    BROADCAST ("\xff"),
    BROADCAST ("\xe2\x82"),
    BROADCAST ("\xef\xbf\xbe"),
    BROADCAST ("\\ufffe"),
    BROADCAST ("\\u001b[2J"),
    BROADCAST ("\\u2028"),
    BROADCAST (""),
  };
  static const char nul[] = BROADCAST ("a\0b") "\n";
  g_autofree char *wide = g_strnfill (EAR_LIMIT_TEXT + 1, 'W');
  g_autofree char *too_wide = g_strdup_printf (BROADCAST ("%s"), wide);

  ATTACK_ALL (f, lines);
  attack (f, nul, sizeof nul - 1, BAD);
  attack_line (f, too_wide, BAD);
}

#define LOCATED(addresses, port)                                                          \
  "{\"type\":\"located\",\"re\":1,\"user\":\"bob\",\"name\":\"bob\","                     \
  "\"fingerprint\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"," \
  "\"addresses\":[" addresses "],\"port\":" port "}"
#define DIAL(addresses, port)                                                             \
  "{\"type\":\"dial\",\"user\":\"bob\",\"name\":\"bob\","                                 \
  "\"fingerprint\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"," \
  "\"addresses\":[" addresses "],\"port\":" port "}"
#define PLACE "\"192.0.2.1\""

static void
test_numbers (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = {
    "{\"type\":\"broadcast-removed\",\"number\":9223372036854775808}",
    "{\"type\":\"broadcast-removed\",\"number\":9007199254740993}",
    "{\"type\":\"broadcast-removed\",\"number\":0}",
    "{\"type\":\"broadcast-removed\",\"number\":-1}",
    "{\"type\":\"broadcast-removed\",\"number\":1e999}",
    "{\"type\":\"broadcast-removed\",\"number\":1.5}",
    "{\"type\":\"broadcast-removed\",\"number\":01}",
    "{\"type\":\"broadcast-removed\",\"number\":\"1\"}",
    "{\"type\":\"ok\",\"re\":0}",
    "{\"type\":\"reached\",\"number\":1,\"count\":-1}",
    "{\"type\":\"error\",\"code\":\"slow-down\",\"text\":\"\",\"retry_after\":86400001}",
    LOCATED (PLACE, "65536"),
    LOCATED (PLACE, "\"4400\""),
    DIAL (PLACE, "65536"),
    DIAL (PLACE, "-1"),
    "{\"type\":\"roster\",\"re\":1,\"users\":[],\"total\":-1,\"more\":false}",
  };

  ATTACK_ALL (f, lines);
}

static void
test_addresses (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = {
    LOCATED ("", "4400"),
    LOCATED ("\"localhost\"", "4400"),
    LOCATED ("\"fe80::1%eth0\"", "4400"),
    DIAL ("\"127.0.0.1:22\"", "4400"),
    DIAL ("[]", "4400"),
  };
  g_autoptr (GString) thousand = g_string_new ("\"10.0.0.1\"");
  g_autofree char *located = NULL;
  g_autofree char *dial = NULL;

  for (guint i = 1; i < 1000; i++)
    g_string_append_printf (thousand, ",\"10.0.%u.%u\"", i / 250, i % 250);
  located = g_strdup_printf (LOCATED ("%s", "4400"), thousand->str);
  dial = g_strdup_printf (DIAL ("%s", "4400"), thousand->str);
  ATTACK_ALL (f, lines);
  attack_line (f, located, BAD);
  attack_line (f, dial, BAD);
}

/* -- Order -- */

#define WELCOME                                                                                   \
  "{\"type\":\"welcome\",\"version\":1,\"name\":\"x\",\"signup\":\"open\",\"iterations\":100000}" \
  "\n"
#define CHALLENGE "{\"type\":\"challenge\",\"re\":1,\"data\":\"x\",\"secret\":\"password\"}\n"
#define AUTHENTICATED                                                       \
  "{\"type\":\"authenticated\",\"re\":1,\"data\":\"x\",\"user\":\"alice\"," \
  "\"name\":\"alice\",\"upgrade\":true}\n"

typedef struct
{
  EarMessageType in_place_of;
  const char *line;
} LoginCase;

/* What comes in another step than its own ends the log-in. */
static void
test_login_order (Fixture *f, gconstpointer data)
{
  static const LoginCase cases[] = {
    { EAR_MESSAGE_WELCOME, CHALLENGE },
    { EAR_MESSAGE_WELCOME, AUTHENTICATED },
    { EAR_MESSAGE_WELCOME, "{\"type\":\"ok\",\"re\":1}\n" },
    { EAR_MESSAGE_WELCOME, BROADCAST ("too early") "\n" },
    { EAR_MESSAGE_WELCOME, "[]\n" },
    { EAR_MESSAGE_CHALLENGE, WELCOME },
    { EAR_MESSAGE_CHALLENGE, CHALLENGE },
    { EAR_MESSAGE_CHALLENGE, AUTHENTICATED },
    { EAR_MESSAGE_CHALLENGE, DIAL (PLACE, "4400") "\n" },
    { EAR_MESSAGE_AUTHENTICATED, WELCOME },
    { EAR_MESSAGE_AUTHENTICATED, CHALLENGE },
    { EAR_MESSAGE_AUTHENTICATED, "{\"type\":\"ok\",\"re\":2}\n" },
    { EAR_MESSAGE_AUTHENTICATED, BROADCAST ("too early") "\n" },
    { EAR_MESSAGE_OK, WELCOME },
    { EAR_MESSAGE_OK, AUTHENTICATED },
    { EAR_MESSAGE_OK, "{\"type\":\"ok\",\"re\":99}\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%u: %s", i, cases[i].line);
    ear_session_log_out (get_session (f));
    prepare_lie (f, cases[i].in_place_of, cases[i].line, strlen (cases[i].line));
    g_assert_false (ear_test_person_log_in (f->alice, &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
    g_assert_cmpint (ear_session_get_state (get_session (f)), ==, EAR_SESSION_IDLE);
    g_assert_cmpuint (f->n_announced, ==, 0);
  }
  {
    g_autoptr (GError) error = NULL;

    ear_test_person_log_in (f->alice, &error);
    g_assert_no_error (error);
  }
}

#define A_KEY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ANSWER(type, fields) "{\"type\":\"" type "\",\"re\":@" fields "}\n"
#define AN_OK ANSWER ("ok", "")
#define AN_IDENTIFIED ANSWER ("identified", ",\"user\":\"bob\",\"name\":\"bob\"")
#define A_CHALLENGE ANSWER ("challenge", ",\"data\":\"x\",\"secret\":\"password\"")
#define A_MANAGED ANSWER ("managed", ",\"who\":\"everybody\",\"disabled\":[],\"total\":0")

static EarMessage *
new_request (EarMessageType type)
{
  EarMessage *request = ear_message_new (type);

  if (type == EAR_MESSAGE_LOCATE || type == EAR_MESSAGE_DIAL_BACK || type == EAR_MESSAGE_ENABLE)
    ear_message_set_string (request, "user", "bob");
  else if (type == EAR_MESSAGE_IDENTIFY)
    ear_message_set_string (request, "fingerprint", A_KEY);
  else if (type == EAR_MESSAGE_BROADCAST)
    ear_message_set_string (request, "text", "hello");
  else if (type == EAR_MESSAGE_RENAME)
    ear_message_set_string (request, "name", "Alice");
  return request;
}

typedef struct
{
  EarMessageType request;
  const char *answer;
} AnswerCase;

typedef struct
{
  EarMessage *request;
  const char *answer;
} WrongAnswer;

/* In the place of the right one, which may be an error. */
static GBytes *
answer_cb (EarLink *link, EarMessage *message, gpointer user_data)
{
  const WrongAnswer *wrong = user_data;
  gint64 id = ear_message_get_integer (wrong->request, "id");
  g_auto (GStrv) parts = g_strsplit (wrong->answer, "@", 2);
  g_autofree char *line = NULL;

  if (!ear_message_has (message, "re") || ear_message_get_integer (message, "re") != id)
    return NULL;
  lies_set (NULL, NULL);
  line = g_strdup_printf ("%s%" G_GINT64_FORMAT "%s", parts[0], id, parts[1]);
  return g_bytes_new (line, strlen (line));
}

/* What is no answer to the request ends the session: nobody reads its fields. */
static void
test_wrong_answers (Fixture *f, gconstpointer data)
{
  static const AnswerCase cases[] = {
    { EAR_MESSAGE_LOCATE, AN_OK },          { EAR_MESSAGE_LOCATE, AN_IDENTIFIED },
    { EAR_MESSAGE_IDENTIFY, AN_OK },        { EAR_MESSAGE_IDENTIFY, A_MANAGED },
    { EAR_MESSAGE_IDENTIFY, A_CHALLENGE },  { EAR_MESSAGE_DIAL_BACK, AN_IDENTIFIED },
    { EAR_MESSAGE_DIAL_BACK, A_CHALLENGE }, { EAR_MESSAGE_BROADCAST, AN_IDENTIFIED },
    { EAR_MESSAGE_BROADCAST, AN_OK },       { EAR_MESSAGE_BROADCAST, A_MANAGED },
    { EAR_MESSAGE_RENAME, AN_IDENTIFIED },  { EAR_MESSAGE_ENABLE, A_MANAGED },
    { EAR_MESSAGE_MANAGE, AN_OK },          { EAR_MESSAGE_MANAGE, AN_IDENTIFIED },
    { EAR_MESSAGE_LEAVE, AN_IDENTIFIED },
  };
  EarSession *session = get_session (f);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EarMessage) request = new_request (cases[i].request);
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;

    g_test_message ("%s: %s", ear_message_get_name (request), cases[i].answer);
    ear_session_request_async (session, request, NULL, ear_test_result_cb, &result);
    lies_set (answer_cb, &(WrongAnswer){ request, cases[i].answer });
    ear_test_wait (result != NULL);
    g_assert_null (ear_session_request_finish (session, result, &error));
    g_assert_error (error, EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
    g_assert_false (ear_session_is_online (session));
    g_assert_error (ear_session_get_last_error (session), EAR_ERROR, EAR_ERROR_BAD_MESSAGE);
    g_assert_cmpint (ear_chat_get_state (f->chat), ==, EAR_CHAT_OPEN);
    if (cases[i].request == EAR_MESSAGE_LEAVE)
      return; /* the last: there is no account to come back to */
    ear_session_retry_now (session);
    ear_test_wait (ear_session_is_online (session));
  }
}

/* What answers nothing, once the session is online, is for nobody. */
static void
test_answers_nothing (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = {
    WELCOME,
    "{\"type\":\"challenge\",\"re\":999,\"data\":\"x\",\"secret\":\"password\"}\n",
    "{\"type\":\"authenticated\",\"re\":999,\"data\":\"x\",\"user\":\"bob\",\"name\":\"bob\","
    "\"upgrade\":true}\n",
    "{\"type\":\"ok\",\"re\":999}\n",
    "{\"type\":\"error\",\"re\":999,\"code\":\"bad-login\",\"text\":\"\"}\n",
  };
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  prepare_lie (f, EAR_MESSAGE_LOCATED, NULL, 0);
  locate (f, &first);
  ear_test_wait (f->link != NULL && first != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (GBytes) line = g_bytes_new_static (lines[i], strlen (lines[i]));

    ear_link_send_line (f->link, line);
  }
  locate (f, &result);
  ear_test_wait (result != NULL);
  g_assert_true (ear_session_is_online (get_session (f)));
  g_assert_cmpstr (ear_session_get_user (get_session (f)), ==, "alice");
  assert_undisturbed (f);
}

/* -- Very many -- */

static void
say_broadcast (Fixture *f, guint number)
{
  g_autofree char *text =
    g_strdup_printf ("{\"type\":\"broadcast\",\"number\":%u,\"user\":\"bob\",\"name\":\"bob\","
                     "\"age\":0,\"text\":\"x\"}\n",
                     number);
  g_autoptr (GBytes) line = g_bytes_new (text, strlen (text));

  ear_link_send_line (f->link, line);
}

static void
assert_broadcasts (Fixture *f, guint first, guint n)
{
  GListModel *list = G_LIST_MODEL (ear_client_get_announcements (f->alice->client));
  g_autoptr (EarAnnouncement) oldest = g_list_model_get_item (list, 0);

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, n);
  g_assert_cmpuint (ear_announcement_get_number (oldest), ==, first);
}

/* Of broadcasts the client keeps as many as a server does: also on its disk; and it knows the
 * others again. */
static void
test_many_broadcasts (Fixture *f, gconstpointer data)
{
  guint n = 2 * EAR_LIMIT_BROADCASTS + 100;
  g_autoptr (GAsyncResult) result = NULL;

  prepare_lie (f, EAR_MESSAGE_LOCATED, NULL, 0);
  locate (f, &result);
  ear_test_wait (f->link != NULL && result != NULL);
  for (guint i = 1; i <= n; i++)
    say_broadcast (f, i);
  ear_test_wait (f->n_announced == n);
  assert_broadcasts (f, n - EAR_LIMIT_BROADCASTS + 1, EAR_LIMIT_BROADCASTS);
  for (guint i = 1; i <= n; i += 50)
    say_broadcast (f, i);
  say_broadcast (f, n + 1);
  ear_test_wait (f->n_announced > n);
  g_assert_cmpuint (f->n_announced, ==, n + 1);

  ear_test_person_leave (f->alice);
  ear_test_person_come_back (f->alice);
  assert_broadcasts (f, n - EAR_LIMIT_BROADCASTS + 2, EAR_LIMIT_BROADCASTS);
}

#define ADD(path, func) g_test_add ("/hostile-server/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("long-lines", test_long_lines);
  ADD ("shapes", test_shapes);
  ADD ("characters", test_characters);
  ADD ("numbers", test_numbers);
  ADD ("addresses", test_addresses);
  ADD ("login-order", test_login_order);
  ADD ("wrong-answers", test_wrong_answers);
  ADD ("answers-nothing", test_answers_nothing);
  ADD ("many-broadcasts", test_many_broadcasts);
  return g_test_run ();
}
