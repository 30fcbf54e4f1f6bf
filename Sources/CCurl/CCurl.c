#include "CCurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* libcurl is loaded when the first mail is sent: it brings some twenty other libraries, which would cost every start. */
static struct {
  CURLcode (*global_init)(long);
  CURL *(*easy_init)(void);
  CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
  CURLcode (*easy_perform)(CURL *);
  void (*easy_cleanup)(CURL *);
  const char *(*easy_strerror)(CURLcode);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
} lib;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_loaded;
static char load_error[256];

static void load(void) {
  /* Either build will do; the first is the one that Debian's libcurl4 brings. */
  void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    snprintf(load_error, sizeof load_error, "%s", reason ? reason : "unknown reason");
    handle = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
  }
  if (!handle) return;
#define FIND(field, name) \
  *(void **)&lib.field = dlsym(handle, name); \
  if (!lib.field) { \
    snprintf(load_error, sizeof load_error, "it has no %s", name); \
    return; \
  }
  FIND(global_init, "curl_global_init")
  FIND(easy_init, "curl_easy_init")
  FIND(easy_setopt, "curl_easy_setopt")
  FIND(easy_perform, "curl_easy_perform")
  FIND(easy_cleanup, "curl_easy_cleanup")
  FIND(easy_strerror, "curl_easy_strerror")
  FIND(slist_append, "curl_slist_append")
  FIND(slist_free_all, "curl_slist_free_all")
#undef FIND
  if (lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    snprintf(load_error, sizeof load_error, "it does not start");
    return;
  }
  is_loaded = 1;
}

struct transfer {
  const char *rest;
  size_t length;
  char refusal[256]; /* the server's last line that says no */
};

static size_t give(char *buffer, size_t size, size_t count, void *context) {
  struct transfer *transfer = context;
  size_t wanted = size * count;
  size_t given = wanted < transfer->length ? wanted : transfer->length;
  memcpy(buffer, transfer->rest, given);
  transfer->rest += given;
  transfer->length -= given;
  return given;
}

static size_t hear(char *line, size_t size, size_t count, void *context) {
  struct transfer *transfer = context;
  size_t length = size * count;
  /* What it says to our good-bye after that is of no interest. */
  if (length == 0 || (line[0] != '4' && line[0] != '5')) return length;
  size_t kept = length < sizeof transfer->refusal - 1 ? length : sizeof transfer->refusal - 1;
  memcpy(transfer->refusal, line, kept);
  while (kept > 0 && (transfer->refusal[kept - 1] == '\r' || transfer->refusal[kept - 1] == '\n')) kept--;
  transfer->refusal[kept] = 0;
  return length;
}

static size_t ignore(char *line, size_t size, size_t count, void *context) {
  (void)line;
  (void)context;
  return size * count;
}

enum netjob_mail_status netjob_send_mail(const struct netjob_mail *mail, char *error, size_t error_size) {
  pthread_once(&once, load);
  if (!is_loaded) {
    snprintf(error, error_size, "%s", load_error);
    return netjob_mail_no_library;
  }
  struct transfer transfer = {mail->message, mail->length, ""};
  char detail[CURL_ERROR_SIZE] = "";
  CURL *curl = lib.easy_init();
  struct curl_slist *recipients = curl ? lib.slist_append(NULL, mail->recipient) : NULL;
  if (!recipients) {
    if (curl) lib.easy_cleanup(curl);
    snprintf(error, error_size, "out of memory");
    return netjob_mail_server_failed;
  }
  static const long policies[] = {CURLUSESSL_NONE, CURLUSESSL_TRY, CURLUSESSL_ALL};
  CURLcode status = CURLE_OK;
  /* One that cannot be set is not passed over: it may be the one that verifies. */
#define SET(option, value) \
  if (status == CURLE_OK) status = lib.easy_setopt(curl, option, value);
  SET(CURLOPT_ERRORBUFFER, detail)
  SET(CURLOPT_URL, mail->url)
#if LIBCURL_VERSION_NUM >= 0x075500
  SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
#else
  SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_SMTP | CURLPROTO_SMTPS))
#endif
  SET(CURLOPT_PROXY, "") /* none of the environment's */
  SET(CURLOPT_NOSIGNAL, 1L)
  SET(CURLOPT_TIMEOUT_MS, mail->timeout)
  SET(CURLOPT_CONNECTTIMEOUT_MS, mail->timeout)
  SET(CURLOPT_USE_SSL, policies[mail->tls < 0 || mail->tls > 2 ? 2 : mail->tls])
  SET(CURLOPT_SSL_VERIFYPEER, 1L)
  SET(CURLOPT_SSL_VERIFYHOST, 2L)
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2)
  if (mail->ca_file) SET(CURLOPT_CAINFO, mail->ca_file)
  if (mail->user) SET(CURLOPT_USERNAME, mail->user)
  if (mail->password) SET(CURLOPT_PASSWORD, mail->password)
  SET(CURLOPT_MAIL_FROM, mail->sender)
  SET(CURLOPT_MAIL_RCPT, recipients)
  SET(CURLOPT_UPLOAD, 1L)
  SET(CURLOPT_READFUNCTION, give)
  SET(CURLOPT_READDATA, &transfer)
  SET(CURLOPT_HEADERFUNCTION, hear)
  SET(CURLOPT_HEADERDATA, &transfer)
  SET(CURLOPT_WRITEFUNCTION, ignore)
#undef SET
  if (status == CURLE_OK) status = lib.easy_perform(curl);
  lib.slist_free_all(recipients);
  lib.easy_cleanup(curl);
  if (status == CURLE_OK) return netjob_mail_sent;
  const char *reason = detail[0] ? detail : lib.easy_strerror(status);
  /* libcurl names the code of a refusal, the server's own words say why. */
  if (transfer.refusal[0]) {
    snprintf(error, error_size, "%s: %s", reason, transfer.refusal);
  } else {
    snprintf(error, error_size, "%s", reason);
  }
  int is_of_mail = status == CURLE_SEND_ERROR || status == CURLE_WEIRD_SERVER_REPLY;
  return transfer.refusal[0] && is_of_mail ? netjob_mail_refused : netjob_mail_server_failed;
}
