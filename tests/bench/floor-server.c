/* SPDX-FileCopyrightText: 2026 The Earshot authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the kernel alone costs: one epoll loop, plain TCP, no library. A line "ping" is answered
 * with "pong"; any other is written to all clients, one write each. Prints its port and runs until
 * it is ended. Lines come whole: this serves the benchmark and nobody else. */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 65536

static int clients[MAX_CLIENTS]; /* descriptors */
static int places[MAX_CLIENTS];  /* of a descriptor in clients */
static int n_clients;

static int
listen_on_loopback (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (bind (fd, (const struct sockaddr *) &address, sizeof address) != 0 ||
      listen (fd, 1024) != 0 || getsockname (fd, (struct sockaddr *) &address, &size) != 0)
    return -1;
  printf ("%u\n", ntohs (address.sin_port));
  fflush (stdout);
  return fd;
}

static void
accept_all (int epoll, int listener)
{
  const int on = 1;
  int fd;

  while ((fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd };

    if (fd >= MAX_CLIENTS) {
      close (fd);
      continue;
    }
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event);
    places[fd] = n_clients;
    clients[n_clients++] = fd;
  }
}

static void
drop (int fd)
{
  int last = clients[--n_clients];

  clients[places[fd]] = last;
  places[last] = places[fd];
  close (fd);
}

static void
serve (int fd)
{
  char lines[8192], *line = lines;
  ssize_t size = recv (fd, lines, sizeof lines, 0);

  if (size <= 0) {
    drop (fd);
    return;
  }
  for (; size >= 5 && memcmp (line, "ping\n", 5) == 0; line += 5, size -= 5)
    send (fd, "pong\n", 5, MSG_NOSIGNAL);
  for (int i = 0; size > 0 && i < n_clients; i++)
    send (clients[i], line, (size_t) size, MSG_NOSIGNAL);
}

int
main (void)
{
  struct epoll_event events[128], event = { .events = EPOLLIN };
  struct rlimit limit;
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  int listener = listen_on_loopback ();

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  event.data.fd = listener;
  if (listener < 0 || epoll_ctl (epoll, EPOLL_CTL_ADD, listener, &event) != 0)
    return 1;
  for (;;) {
    int n = epoll_wait (epoll, events, 128, -1);

    for (int i = 0; i < n; i++) {
      if (events[i].data.fd == listener)
        accept_all (epoll, listener);
      else
        serve (events[i].data.fd);
    }
  }
}
