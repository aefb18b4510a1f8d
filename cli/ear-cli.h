/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <jansson.h>

#include "cli/ear-exit.h"
#include "client/ear-client.h"
#include "client/ear-session.h"

G_BEGIN_DECLS

typedef struct _EarCli EarCli;

/* What the command line says; strings are owned by main(). */
typedef struct
{
  char *server;
  char *profile;
  char *user;
  char *name;
  char *password_file;
  char *accept;
  int port;
  int ack_timeout; /* how long an open chat may take to acknowledge, in seconds */
  gboolean json;
  gboolean watch;
  gboolean longer;
  gboolean version;
} EarCliOptions;

/* One run of one command: the profile is opened, the user logged in, then the command's start
 * function is called. A command ends the run with ear_cli_quit() or ear_cli_fail(). */
struct _EarCli
{
  const EarCliOptions *options;
  const char *const *arguments; /* after the command's name */
  EarClient *client;
  EarSession *session;
  GMainLoop *loop;
  EarExit status;
  EarExit trouble;                            /* the first that did not end the run */
  void (*asked) (EarCli *cli, EarChat *chat); /* what to do with a request for a chat; nullable */
  GPtrArray *said;                            /* of ear-conversation.c */
  void (*settled) (EarCli *cli);              /* the same */
  guint overdue;                              /* the same */
};

typedef struct
{
  const char *name;
  const char *arguments; /* for the usage */
  const char *summary;
  guint n_arguments;
  gboolean signs_up;
  gboolean lasting; /* goes on until it is told to end */
  void (*start) (EarCli *cli);
} EarCommand;

extern const EarCommand ear_command_broadcast;
extern const EarCommand ear_command_chat;
extern const EarCommand ear_command_listen;
extern const EarCommand ear_command_send;
extern const EarCommand ear_command_shell;
extern const EarCommand ear_command_signup;
extern const EarCommand ear_command_trust;
extern const EarCommand ear_command_users;
extern const EarCommand ear_command_verify;

EarExit
ear_cli_run (const EarCommand *command, const EarCliOptions *options, const char *const *arguments);
void ear_cli_print (EarCli *self, json_t *event, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean ear_cli_is_ending (EarCli *self);
void ear_cli_note_trouble (EarCli *self, EarExit status);
void ear_cli_refuse_line (EarCli *self, const char *text);
void ear_cli_quit (EarCli *self, EarExit status);
void ear_cli_fail (EarCli *self, const GError *error);

G_END_DECLS
