// The least that a client can do: one thread, poll, libssh2 without blocking, each answer into a file of its own.
//
//   floor PORT COUNT AT-ONCE FOLDER
//
// Logs in to 127.1.0.1 and so on, enables, switches paging off, reads the running configuration, leaves. Prints how many
// devices failed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum step { CONNECTING, HANDSHAKE, LOGIN, CHANNEL, TERMINAL, SHELL, TALK, LEAVE, FREE };

// What is typed, and what the answer ends with.
static const struct {
  const char *typed, *end;
} talk[] = {{"", ">"}, {"enable\n", "Password: "}, {"sesame\n", "#"}, {"terminal length 0\n", "#"},
            {"show running-config\n", "#"}, {"exit\n", NULL}};
enum { LINES = sizeof talk / sizeof *talk, CONFIG = 4 };

struct device {
  int number, descriptor, line, has_typed, file;
  enum step step;
  LIBSSH2_SESSION *session;
  LIBSSH2_CHANNEL *channel;
  char tail[16];
  int tail_length;
};

static int port, failures;
static const char *folder;

static void begin(struct device *d, int number) {
  memset(d, 0, sizeof *d);
  d->number = number;
  d->file = -1;
  d->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(d->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(0x7f010000u + (unsigned)number);
  connect(d->descriptor, (struct sockaddr *)&address, sizeof address);
}

static int fail(struct device *d) {
  failures++;
  d->step = FREE;
  return 0;
}

// Remembers the last bytes and says whether they end as is waited for.
static int ends(struct device *d, const char *bytes, int count, const char *end) {
  if (count > 15) bytes += count - 15, count = 15;
  if (d->tail_length + count > 15) {
    int keep = 15 - count;
    memmove(d->tail, d->tail + d->tail_length - keep, (size_t)keep);
    d->tail_length = keep;
  }
  memcpy(d->tail + d->tail_length, bytes, (size_t)count);
  d->tail_length += count;
  int size = (int)strlen(end);
  return d->tail_length >= size && memcmp(d->tail + d->tail_length - size, end, (size_t)size) == 0;
}

// One line typed and its answer read; 0 when it is done.
static int converse(struct device *d) {
  static char bytes[65536];
  const char *typed = talk[d->line].typed, *end = talk[d->line].end;
  if (!d->has_typed) {
    if (*typed) {
      ssize_t count = libssh2_channel_write(d->channel, typed, strlen(typed));
      if (count < 0) return (int)count;
    }
    d->has_typed = 1;
    d->tail_length = 0;
  }
  for (;;) {
    ssize_t count = libssh2_channel_read(d->channel, bytes, sizeof bytes);
    if (count < 0) return (int)count;
    if (count == 0) return libssh2_channel_eof(d->channel) && !end ? 0 : -1;
    if (d->line == CONFIG) {
      if (d->file < 0) {
        char path[300];
        snprintf(path, sizeof path, "%s/%d", folder, d->number);
        d->file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      }
      if (write(d->file, bytes, (size_t)count) != count) return -1;
    }
    if (end && ends(d, bytes, (int)count, end)) return 0;
  }
}

// Goes on as far as it can; returns 0 when the device is done with.
static int go_on(struct device *d) {
  int status = 0;
  for (;;) {
    switch (d->step) {
    case CONNECTING: {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(d->descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error) return fail(d);
      d->session = libssh2_session_init();
      libssh2_session_set_blocking(d->session, 0);
      break;
    }
    case HANDSHAKE: status = libssh2_session_handshake(d->session, d->descriptor); break;
    case LOGIN: status = libssh2_userauth_password(d->session, "netops", "lab"); break;
    case CHANNEL:
      d->channel = libssh2_channel_open_session(d->session);
      status = d->channel ? 0 : libssh2_session_last_errno(d->session);
      break;
    case TERMINAL: status = libssh2_channel_request_pty(d->channel, "vt100"); break;
    case SHELL: status = libssh2_channel_shell(d->channel); break;
    case TALK:
      status = converse(d);
      if (status == 0 && ++d->line < LINES) {
        d->has_typed = 0;
        continue;
      }
      break;
    case LEAVE: status = libssh2_session_disconnect(d->session, "bye"); break;
    case FREE:
      if (d->channel) libssh2_channel_free(d->channel);
      if (d->session) libssh2_session_free(d->session);
      if (d->file >= 0) close(d->file);
      close(d->descriptor);
      return 0;
    }
    if (status == LIBSSH2_ERROR_EAGAIN) return 1;
    if (status != 0) {
      fail(d);
      continue;
    }
    d->step++;
  }
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: floor PORT COUNT AT-ONCE FOLDER\n");
    return 2;
  }
  port = atoi(arguments[1]);
  int devices = atoi(arguments[2]), width = atoi(arguments[3]), next = 1, open = 0;
  folder = arguments[4];
  libssh2_init(0);
  struct device *all = calloc((size_t)width, sizeof *all);
  struct pollfd *polls = calloc((size_t)width, sizeof *polls);
  while (open < width && next <= devices) begin(&all[open++], next++);
  while (open > 0) {
    for (int i = 0; i < open; i++) {
      polls[i].fd = all[i].descriptor;
      polls[i].events = POLLIN;
      if (all[i].step == CONNECTING ||
          libssh2_session_block_directions(all[i].session) & LIBSSH2_SESSION_BLOCK_OUTBOUND)
        polls[i].events = POLLOUT;
    }
    poll(polls, (nfds_t)open, -1);
    for (int i = open - 1; i >= 0; i--) {
      if (!polls[i].revents || go_on(&all[i])) continue;
      if (next <= devices) begin(&all[i], next++);
      else all[i] = all[--open];
    }
  }
  printf("{\"failed\": %d}\n", failures);
  return 0;
}
