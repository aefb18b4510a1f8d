/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "gui/ear-notices.h"
#include "gui/ear-sidebar.h"
#include "gui/ear-window.h"

G_BEGIN_DECLS

/* Shared by ear-window.c (what is shown) and ear-window-actions.c (what can be done). */
struct _EarWindow
{
  AdwApplicationWindow parent_instance;

  /* Template children */
  GtkWidget *toasts;
  GtkWidget *leaflet;
  EarSidebar *sidebar;
  GtkWidget *content;
  GtkWidget *content_header;
  GtkWidget *back_button;
  GtkWidget *chat_menu_button;
  EarNotices *notices;
  GtkWidget *pages;
  GtkWidget *chat_bin;

  EarNotices *narrow_notices; /* of the sidebar, for a narrow window */
  GtkWidget *chat_title;

  /* Owned */
  EarClient *client;
  EarPresence *presence;
  GSettings *settings; /* nullable */
  EarChat *chat;       /* the one shown */
  GSignalGroup *chat_signals;
  GSignalGroup *user_signals;
  GCancellable *cancellable;
  guint focus_source;
};

void ear_window_class_init_actions (GtkWidgetClass *widget_class);
void ear_window_update_actions (EarWindow *self);
void ear_window_show_people (EarWindow *self);
gboolean ear_window_focus_chat (EarWindow *self);
char *ear_window_dup_server_link (EarWindow *self);

G_END_DECLS
