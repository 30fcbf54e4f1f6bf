#ifndef NETJOB_CCURL_H
#define NETJOB_CCURL_H

#include <stddef.h>

/* One mail for one recipient. Texts are NUL-terminated; what is NULL is not used. */
struct netjob_mail {
  const char *url;        /* smtp:// or smtps://, the EHLO name as its path */
  const char *sender;     /* with angle brackets */
  const char *recipient;  /* with angle brackets */
  const char *user;
  const char *password;
  const char *ca_file;
  int tls;                /* 0: never, 1: where it is offered, 2: always */
  long timeout;           /* milliseconds in all */
  const char *message;    /* headers and body, lines ended by CRLF */
  size_t length;
};

enum netjob_mail_status {
  netjob_mail_sent = 0,
  netjob_mail_no_library,
  /* Server or way to it: another mail would fare no better now. */
  netjob_mail_server_failed,
  /* The server refused this sender, recipient or message. */
  netjob_mail_refused,
};

/* Sends the mail and returns when the server has taken it or it failed; blocks the thread. The reason is written to `error`. */
enum netjob_mail_status netjob_send_mail(const struct netjob_mail *mail, char *error, size_t error_size);

#endif
