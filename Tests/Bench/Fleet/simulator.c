// A fleet of simulated switches behind one SSH server, cheap enough that the client is what a benchmark measures.
//
//   simulator DELAY-MS BYTES
//
// Listens on every address of the loopback interface at a port of its own choice: 127.1.0.1 is sw1, 127.1.1.1 is sw257. Each
// speaks like a Cisco IOS switch: user "netops" with password "lab", enable secret "sesame"; each line that is typed is answered
// after DELAY-MS, `show running-config` with BYTES bytes that differ from device to device. Prints "port N" and the host key's
// "key SHA256:..." and runs until SIGTERM; then prints what it has done and what that cost.
//
// One thread, epoll, OpenSSL's libcrypto. The protocol is RFC 4250 to 4254 with curve25519-sha256 (RFC 8731), ssh-ed25519
// (RFC 8709), aes-ctr (RFC 4344) and hmac-sha2-256 (RFC 6668); one session channel per connection, no key re-exchange.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IDENTIFICATION "SSH-2.0-fleet"
#define PASSWORD "lab"
#define SECRET "sesame"

struct buffer {
  uint8_t *bytes;
  size_t start, end, capacity;
};

enum mode { EXEC, ENABLE };

struct connection {
  int descriptor;
  unsigned number;
  struct buffer in, out, typed, output;
  char peer_identification[256];
  uint8_t *peer_kexinit;
  size_t peer_kexinit_length;
  uint8_t kexinit[512];
  size_t kexinit_length;
  uint8_t session_id[32], keys[4][32];
  size_t cipher_key_length;
  EVP_CIPHER_CTX *decipher, *encipher;
  EVP_MAC_CTX *in_mac, *out_mac;
  uint32_t in_sequence, out_sequence;
  uint32_t packet_length; // of the packet whose first block has been deciphered; 0 for none
  uint32_t peer_channel, peer_window, peer_packet_limit;
  enum mode mode;
  int asks_secret, is_busy, is_closing, wants_write, is_open, skips_feed;
  char line[256];
  size_t line_length;
  struct timespec due;
  struct connection *next; // in the queue of those whose answer is due
};

static int delay_ms;
static size_t config_size;
static char *config_template;
static size_t config_length;
static int poller;
static EVP_PKEY *host_key;
static uint8_t host_blob[4 + 11 + 4 + 32];
static EVP_CIPHER *aes128, *aes256;
static EVP_MAC *hmac;
static EVP_MD *sha256;
static struct connection *first_due, *last_due;
static unsigned long connections, logins, left, now_open, most_open;
static volatile sig_atomic_t is_ended;

// --- bytes

static void reserve(struct buffer *b, size_t count) {
  if (b->capacity - b->end >= count) return;
  if (b->start > 0) {
    memmove(b->bytes, b->bytes + b->start, b->end - b->start);
    b->end -= b->start;
    b->start = 0;
  }
  if (b->capacity - b->end >= count) return;
  size_t capacity = b->capacity ? b->capacity : 1024;
  while (capacity - b->end < count) capacity *= 2;
  b->bytes = realloc(b->bytes, capacity);
  if (!b->bytes) abort();
  b->capacity = capacity;
}
static size_t length(const struct buffer *b) { return b->end - b->start; }
static void put(struct buffer *b, const void *bytes, size_t count) {
  reserve(b, count);
  memcpy(b->bytes + b->end, bytes, count);
  b->end += count;
}
static void put_byte(struct buffer *b, uint8_t value) { put(b, &value, 1); }
static void put_number(struct buffer *b, uint32_t value) {
  value = htonl(value);
  put(b, &value, 4);
}
static void put_string(struct buffer *b, const void *bytes, size_t count) {
  put_number(b, (uint32_t)count);
  put(b, bytes, count);
}
static void put_text(struct buffer *b, const char *text) { put_string(b, text, strlen(text)); }
static void clear(struct buffer *b) { b->start = b->end = 0; }
static uint32_t number_at(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// What is left of a packet; a string that is not there reads as empty and marks it as bad.
struct reader {
  const uint8_t *at, *end;
  int is_bad;
};
static uint32_t take_number(struct reader *r) {
  if (r->end - r->at < 4) {
    r->is_bad = 1;
    return 0;
  }
  r->at += 4;
  return number_at(r->at - 4);
}
static uint8_t take_byte(struct reader *r) {
  if (r->at == r->end) {
    r->is_bad = 1;
    return 0;
  }
  return *r->at++;
}
static const uint8_t *take_string(struct reader *r, size_t *count) {
  *count = take_number(r);
  if ((size_t)(r->end - r->at) < *count) {
    r->is_bad = 1;
    *count = 0;
  }
  r->at += *count;
  return r->at - *count;
}
static int is(const uint8_t *bytes, size_t count, const char *text) {
  return count == strlen(text) && memcmp(bytes, text, count) == 0;
}

// --- packets

static void send_packet(struct connection *c, const uint8_t *payload, size_t count) {
  size_t block = c->encipher ? 16 : 8, padding = block - (5 + count) % block;
  if (padding < 4) padding += block;
  size_t total = 5 + count + padding;
  reserve(&c->out, total + 32);
  uint8_t *packet = c->out.bytes + c->out.end;
  uint32_t field = htonl((uint32_t)(total - 4));
  memcpy(packet, &field, 4);
  packet[4] = (uint8_t)padding;
  memcpy(packet + 5, payload, count);
  memset(packet + 5 + count, 0, padding);
  c->out.end += total;
  if (c->encipher) {
    uint32_t sequence = htonl(c->out_sequence);
    size_t written;
    int size;
    EVP_MAC_init(c->out_mac, NULL, 0, NULL);
    EVP_MAC_update(c->out_mac, (uint8_t *)&sequence, 4);
    EVP_MAC_update(c->out_mac, packet, total);
    EVP_MAC_final(c->out_mac, packet + total, &written, 32);
    EVP_EncryptUpdate(c->encipher, packet, &size, packet, (int)total);
    c->out.end += 32;
  }
  c->out_sequence++;
}
static struct buffer scratch;
static struct buffer *packet(uint8_t type) {
  clear(&scratch);
  put_byte(&scratch, type);
  return &scratch;
}
static void send_scratch(struct connection *c) { send_packet(c, scratch.bytes, scratch.end); }

static void drop(struct connection *c) {
  if (c->is_open) now_open--;
  close(c->descriptor);
  if (c->is_busy) { // out of the queue
    struct connection **link = &first_due, *before = NULL;
    while (*link && *link != c) before = *link, link = &(*link)->next;
    if (*link) *link = c->next;
    if (last_due == c) last_due = before;
  }
  EVP_CIPHER_CTX_free(c->decipher);
  EVP_CIPHER_CTX_free(c->encipher);
  EVP_MAC_CTX_free(c->in_mac);
  EVP_MAC_CTX_free(c->out_mac);
  free(c->in.bytes);
  free(c->out.bytes);
  free(c->typed.bytes);
  free(c->output.bytes);
  free(c->peer_kexinit);
  free(c);
}

// --- key exchange

static void hash_string(EVP_MD_CTX *h, const void *bytes, size_t count) {
  uint32_t field = htonl((uint32_t)count);
  EVP_DigestUpdate(h, &field, 4);
  EVP_DigestUpdate(h, bytes, count);
}
static void hash_integer(EVP_MD_CTX *h, const uint8_t *bytes, size_t count) {
  while (count > 0 && *bytes == 0) bytes++, count--;
  int is_signed = count > 0 && *bytes & 0x80;
  uint32_t field = htonl((uint32_t)(count + is_signed));
  EVP_DigestUpdate(h, &field, 4);
  if (is_signed) EVP_DigestUpdate(h, "", 1);
  EVP_DigestUpdate(h, bytes, count);
}

static void send_kexinit(struct connection *c) {
  uint8_t cookie[16];
  RAND_bytes(cookie, sizeof cookie);
  struct buffer *p = packet(20);
  put(p, cookie, sizeof cookie);
  put_text(p, "curve25519-sha256,curve25519-sha256@libssh.org");
  put_text(p, "ssh-ed25519");
  for (int i = 0; i < 2; i++) put_text(p, "aes128-ctr,aes256-ctr");
  for (int i = 0; i < 2; i++) put_text(p, "hmac-sha2-256");
  for (int i = 0; i < 2; i++) put_text(p, "none");
  for (int i = 0; i < 2; i++) put_text(p, "");
  put_byte(p, 0);
  put_number(p, 0);
  memcpy(c->kexinit, p->bytes, p->end);
  c->kexinit_length = p->end;
  send_scratch(c);
}

// Keeps the client's offer and looks for what cannot be taken for granted: which key length it likes better.
static int take_kexinit(struct connection *c, const uint8_t *payload, size_t count) {
  free(c->peer_kexinit);
  c->peer_kexinit = malloc(count);
  memcpy(c->peer_kexinit, payload, count);
  c->peer_kexinit_length = count;
  struct reader r = {payload + 17, payload + count, count < 17};
  if (r.is_bad) return 0;
  for (int i = 0; i < 3; i++) {
    size_t size;
    const char *names = (const char *)take_string(&r, &size);
    if (i < 2) continue;
    char list[1024];
    snprintf(list, sizeof list, "%.*s", (int)size, names);
    const char *small = strstr(list, "aes128-ctr"), *large = strstr(list, "aes256-ctr");
    if (!small && !large) return 0;
    c->cipher_key_length = small && (!large || small < large) ? 16 : 32;
  }
  return !r.is_bad;
}

static int exchange_keys(struct connection *c, const uint8_t *peer, size_t count) {
  if (count != 32 || !c->peer_kexinit) return 0;
  uint8_t ours[32], shared[32], hash[32], signature[64];
  size_t size = 32, signature_size = sizeof signature;
  EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
  EVP_PKEY *peer_key = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, 32);
  EVP_PKEY_CTX *derivation = EVP_PKEY_CTX_new(key, NULL);
  int is_good = EVP_PKEY_get_raw_public_key(key, ours, &size) > 0 && EVP_PKEY_derive_init(derivation) > 0 &&
                EVP_PKEY_derive_set_peer(derivation, peer_key) > 0 && EVP_PKEY_derive(derivation, shared, &size) > 0;
  EVP_PKEY_CTX_free(derivation);
  EVP_PKEY_free(peer_key);
  EVP_PKEY_free(key);
  if (!is_good) return 0;

  EVP_MD_CTX *h = EVP_MD_CTX_new();
  EVP_DigestInit_ex(h, sha256, NULL);
  hash_string(h, c->peer_identification, strlen(c->peer_identification));
  hash_string(h, IDENTIFICATION, strlen(IDENTIFICATION));
  hash_string(h, c->peer_kexinit, c->peer_kexinit_length);
  hash_string(h, c->kexinit, c->kexinit_length);
  hash_string(h, host_blob, sizeof host_blob);
  hash_string(h, peer, 32);
  hash_string(h, ours, 32);
  hash_integer(h, shared, 32);
  EVP_DigestFinal_ex(h, hash, NULL);
  memcpy(c->session_id, hash, 32);
  EVP_MD_CTX *signer = EVP_MD_CTX_new();
  is_good = EVP_DigestSignInit(signer, NULL, NULL, NULL, host_key) > 0 &&
            EVP_DigestSign(signer, signature, &signature_size, hash, 32) > 0;
  EVP_MD_CTX_free(signer);

  uint8_t keys[6][32];
  for (int i = 0; i < 6; i++) {
    char letter = (char)('A' + i);
    EVP_DigestInit_ex(h, sha256, NULL);
    hash_integer(h, shared, 32);
    EVP_DigestUpdate(h, hash, 32);
    EVP_DigestUpdate(h, &letter, 1);
    EVP_DigestUpdate(h, c->session_id, 32);
    EVP_DigestFinal_ex(h, keys[i], NULL);
  }
  EVP_MD_CTX_free(h);
  if (!is_good) return 0;

  struct buffer *p = packet(31);
  put_string(p, host_blob, sizeof host_blob);
  put_string(p, ours, 32);
  put_number(p, 4 + 11 + 4 + 64);
  put_text(p, "ssh-ed25519");
  put_string(p, signature, 64);
  send_scratch(c);
  packet(21);
  send_scratch(c);

  EVP_CIPHER *cipher = c->cipher_key_length == 16 ? aes128 : aes256;
  OSSL_PARAM parameters[] = {OSSL_PARAM_utf8_string("digest", "SHA256", 6), OSSL_PARAM_END};
  c->encipher = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex2(c->encipher, cipher, keys[3], keys[1], NULL);
  c->out_mac = EVP_MAC_CTX_new(hmac);
  EVP_MAC_init(c->out_mac, keys[5], 32, parameters);
  memcpy(c->keys[0], keys[0], 32); // the client's, in force with its NEWKEYS
  memcpy(c->keys[1], keys[2], 32);
  memcpy(c->keys[2], keys[4], 32);
  return 1;
}

static void take_keys(struct connection *c) {
  OSSL_PARAM parameters[] = {OSSL_PARAM_utf8_string("digest", "SHA256", 6), OSSL_PARAM_END};
  c->decipher = EVP_CIPHER_CTX_new();
  EVP_DecryptInit_ex2(c->decipher, c->cipher_key_length == 16 ? aes128 : aes256, c->keys[1], c->keys[0], NULL);
  c->in_mac = EVP_MAC_CTX_new(hmac);
  EVP_MAC_init(c->in_mac, c->keys[2], 32, parameters);
}

// --- the switch

static void say(struct connection *c, const char *text) { put(&c->output, text, strlen(text)); }
static void prompt(struct connection *c) {
  char text[64];
  snprintf(text, sizeof text, "sw%u%c", c->number, c->mode == ENABLE ? '#' : '>');
  say(c, text);
}

// Places for what differs between devices: %% is four hexadecimal digits of a hash over the device and the place.
static void make_template(void) {
  struct buffer b = {0};
  const char *head = "!\r\nversion 15.2\r\nservice timestamps log datetime msec\r\nno service pad\r\n!\r\nhostname %%\r\n!\r\n"
                     "enable secret 5 $1$%%$%%%%%%%%%%\r\n!\r\nip domain-name fleet.example.net\r\nspanning-tree mode rapid-pvst\r\n";
  put(&b, head, strlen(head));
  for (unsigned i = 1; b.end + 200 < config_size; i++) {
    char text[400];
    snprintf(text, sizeof text,
             "!\r\ninterface GigabitEthernet%u/0/%u\r\n description to host %%%%%%%% port %%%%, room %u\r\n"
             " switchport access vlan %u\r\n switchport mode access\r\n ip address 10.%u.%u.%u 255.255.255.0\r\n"
             " service-policy input MARK-%%%%%%%%\r\n spanning-tree portfast\r\n",
             i / 48 + 1, i % 48 + 1, i * 7 % 90, i * 13 % 4000 + 2, i % 250, i * 31 % 250, i * 17 % 250);
    put(&b, text, strlen(text));
  }
  while (b.end + 8 < config_size) put(&b, "!\r\n", 3);
  put(&b, "!\r\nend\r\n", 8);
  config_template = (char *)b.bytes;
  config_length = b.end;
}

static void say_config(struct connection *c) {
  static const char digits[] = "0123456789abcdef";
  uint32_t hash = c->number * 2654435761u;
  reserve(&c->output, config_length);
  size_t start = c->output.end;
  put(&c->output, config_template, config_length);
  char *at = (char *)c->output.bytes + start, *end = at + config_length;
  while ((at = memchr(at, '%', (size_t)(end - at)))) {
    hash = hash * 1664525u + 1013904223u;
    at[0] = digits[hash >> 28];
    at[1] = digits[hash >> 24 & 15];
    at += 2;
  }
}

static void push(struct connection *c);

// Answers the line that has been typed; its delay is over.
static void answer(struct connection *c) {
  const char *line = c->line;
  if (c->asks_secret) {
    c->asks_secret = 0;
    if (strcmp(line, SECRET) == 0) c->mode = ENABLE;
    else say(c, "% Access denied\r\n");
  } else if (strcmp(line, "enable") == 0) {
    if (c->mode == EXEC) {
      c->asks_secret = 1;
      say(c, "Password: ");
      return;
    }
  } else if (strcmp(line, "disable") == 0) {
    c->mode = EXEC;
  } else if (strcmp(line, "exit") == 0 || strcmp(line, "quit") == 0) {
    c->is_closing = 1;
    left++;
    return;
  } else if (strcmp(line, "show running-config") == 0 && c->mode == ENABLE) {
    char text[100];
    snprintf(text, sizeof text, "Building configuration...\r\n\r\nCurrent configuration : %zu bytes\r\n", config_length);
    say(c, text);
    say_config(c);
    say(c, "\r\n");
  } else if (strcmp(line, "show startup-config") == 0 && c->mode == ENABLE) {
    char text[100];
    snprintf(text, sizeof text, "Using %zu out of 4194304 bytes\r\n", config_length);
    say(c, text);
    say_config(c);
    say(c, "\r\n");
  } else if (strcmp(line, "show version") == 0) {
    char text[400];
    snprintf(text, sizeof text,
             "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E3, RELEASE SOFTWARE (fc3)\r\n"
             "sw%u uptime is 3 weeks, 2 days\r\ncisco WS-C2960X-48TS-L (APM86XXX) processor with 524288K bytes of memory.\r\n"
             "Processor board ID FOC%08u\r\n",
             c->number, c->number);
    say(c, text);
  } else if (strncmp(line, "term", 4) != 0 && *line) {
    say(c, "           ^\r\n% Invalid input detected at '^' marker.\r\n\r\n");
  }
  prompt(c);
}

static void become_due(struct connection *c) {
  clock_gettime(CLOCK_MONOTONIC, &c->due);
  c->due.tv_nsec += delay_ms * 1000000L;
  c->due.tv_sec += c->due.tv_nsec / 1000000000L;
  c->due.tv_nsec %= 1000000000L;
  c->is_busy = 1;
  c->next = NULL;
  if (last_due) last_due->next = c;
  else first_due = c;
  last_due = c;
}

// Echoes what has been typed, and takes one line after the other from it.
static void work(struct connection *c) {
  while (!c->is_busy && !c->is_closing && length(&c->typed) > 0) {
    uint8_t *start = c->typed.bytes + c->typed.start, *end = c->typed.bytes + c->typed.end, *at = start;
    if (c->skips_feed && *start == '\n') {
      c->skips_feed = 0;
      c->typed.start++;
      continue;
    }
    c->skips_feed = 0;
    while (at < end && *at != '\r' && *at != '\n') at++;
    size_t count = (size_t)(at - start), room = sizeof c->line - 1 - c->line_length;
    if (count > room) count = room;
    memcpy(c->line + c->line_length, start, count);
    c->line_length += count;
    if (!c->asks_secret) put(&c->output, start, count);
    c->typed.start += (size_t)(at - start);
    if (at == end) break;
    c->typed.start++;
    c->skips_feed = *at == '\r';
    c->line[c->line_length] = 0;
    c->line_length = 0;
    say(c, "\r\n");
    if (!c->asks_secret && !*c->line) prompt(c);
    else if (delay_ms > 0) become_due(c);
    else answer(c);
  }
}

// --- connections

// Puts as much output into packets as the client's window allows.
static void push(struct connection *c) {
  while (length(&c->output) > 0 && c->peer_window > 0 && length(&c->out) < 256 * 1024) {
    size_t count = length(&c->output), most = 4096;
    if (most > c->peer_packet_limit) most = c->peer_packet_limit;
    if (most > c->peer_window) most = c->peer_window;
    if (count > most) count = most;
    struct buffer *p = packet(94);
    put_number(p, c->peer_channel);
    put_string(p, c->output.bytes + c->output.start, count);
    send_scratch(c);
    c->output.start += count;
    c->peer_window -= (uint32_t)count;
  }
  if (c->is_closing == 1 && length(&c->output) == 0) {
    c->is_closing = 2;
    struct buffer *p = packet(98);
    put_number(p, c->peer_channel);
    put_text(p, "exit-status");
    put_byte(p, 0);
    put_number(p, 0);
    send_scratch(c);
    put_number(packet(96), c->peer_channel);
    send_scratch(c);
    put_number(packet(97), c->peer_channel);
    send_scratch(c);
  }
}

// Sends what there is; returns 0 when the connection is gone.
static int flush(struct connection *c) {
  for (;;) {
    push(c);
    if (length(&c->out) == 0) break;
    ssize_t count = send(c->descriptor, c->out.bytes + c->out.start, length(&c->out), MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) return 0;
    c->out.start += (size_t)count;
    if (length(&c->out) == 0) clear(&c->out);
  }
  int wants = length(&c->out) > 0;
  if (wants != c->wants_write) {
    struct epoll_event event = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_MOD, c->descriptor, &event);
    c->wants_write = wants;
  }
  return 1;
}

static void fail_login(struct connection *c) {
  struct buffer *p = packet(51);
  put_text(p, "password");
  put_byte(p, 0);
  send_scratch(c);
}

// Acts on a packet; returns 0 when the connection is to end.
static int take_packet(struct connection *c, const uint8_t *payload, size_t count) {
  struct reader r = {payload + 1, payload + count, 0};
  size_t size;
  const uint8_t *text;
  switch (payload[0]) {
  case 1: return 0;
  case 2: case 3: case 4: case 96: return 1;
  case 20: return !c->decipher && take_kexinit(c, payload, count);
  case 21: take_keys(c); return 1;
  case 30: text = take_string(&r, &size); return exchange_keys(c, text, size);
  case 5:
    text = take_string(&r, &size);
    put_string(packet(6), text, size);
    send_scratch(c);
    return 1;
  case 50: {
    size_t user_size;
    const uint8_t *user = take_string(&r, &user_size);
    take_string(&r, &size);
    text = take_string(&r, &size);
    if (is(text, size, "password") && take_byte(&r) == 0 && is(user, user_size, "netops")) {
      text = take_string(&r, &size);
      if (is(text, size, PASSWORD)) {
        packet(52);
        send_scratch(c);
        logins++;
        return 1;
      }
    }
    fail_login(c);
    return 1;
  }
  case 80:
    take_string(&r, &size);
    if (take_byte(&r)) {
      packet(82);
      send_scratch(c);
    }
    return 1;
  case 90: {
    take_string(&r, &size);
    c->peer_channel = take_number(&r);
    c->peer_window = take_number(&r);
    c->peer_packet_limit = take_number(&r);
    struct buffer *p = packet(91);
    put_number(p, c->peer_channel);
    put_number(p, 0);
    put_number(p, 1 << 21);
    put_number(p, 32768);
    send_scratch(c);
    return !r.is_bad;
  }
  case 93:
    take_number(&r);
    c->peer_window += take_number(&r);
    return 1;
  case 94:
    take_number(&r);
    text = take_string(&r, &size);
    put(&c->typed, text, size);
    if (length(&c->typed) > 65536) return 0;
    work(c);
    return 1;
  case 97:
    if (c->is_closing < 2) {
      put_number(packet(97), c->peer_channel);
      send_scratch(c);
      c->is_closing = 2;
    }
    return 1;
  case 98: {
    take_number(&r);
    text = take_string(&r, &size);
    int is_shell = is(text, size, "shell");
    if (take_byte(&r)) {
      put_number(packet(is_shell || is(text, size, "pty-req") ? 99 : 100), c->peer_channel);
      send_scratch(c);
    }
    if (is_shell) {
      c->is_open = 1;
      if (++now_open > most_open) most_open = now_open;
      say(c, "\r\n");
      prompt(c);
    }
    return 1;
  }
  default: {
    put_number(packet(3), c->in_sequence - 1);
    send_scratch(c);
    return 1;
  }
  }
}

// Acts on what has been received; returns 0 when the connection is to end.
static int take_bytes(struct connection *c) {
  if (!*c->peer_identification) {
    uint8_t *start = c->in.bytes + c->in.start, *feed = memchr(start, '\n', length(&c->in));
    if (!feed) return length(&c->in) < 256;
    size_t count = (size_t)(feed - start);
    if (count > 0 && start[count - 1] == '\r') count--;
    if (count < 8 || count > 255 || memcmp(start, "SSH-2.0-", 8) != 0) return 0;
    memcpy(c->peer_identification, start, count);
    c->in.start += (size_t)(feed - start) + 1;
  }
  for (;;) {
    size_t block = c->decipher ? 16 : 8, tag = c->decipher ? 32 : 0;
    if (length(&c->in) < block) return 1;
    uint8_t *start = c->in.bytes + c->in.start;
    int size;
    if (!c->packet_length) {
      if (c->decipher) EVP_DecryptUpdate(c->decipher, start, &size, start, 16);
      c->packet_length = number_at(start);
      if (c->packet_length < 12 || c->packet_length > 35000 || (c->packet_length + 4) % block != 0) return 0;
    }
    size_t total = 4 + c->packet_length;
    if (length(&c->in) < total + tag) return 1;
    if (c->decipher) {
      uint8_t code[32];
      uint32_t sequence = htonl(c->in_sequence);
      size_t written;
      EVP_DecryptUpdate(c->decipher, start + 16, &size, start + 16, (int)total - 16);
      EVP_MAC_init(c->in_mac, NULL, 0, NULL);
      EVP_MAC_update(c->in_mac, (uint8_t *)&sequence, 4);
      EVP_MAC_update(c->in_mac, start, total);
      EVP_MAC_final(c->in_mac, code, &written, 32);
      if (memcmp(code, start + total, 32) != 0) return 0;
    }
    c->in_sequence++;
    if (start[4] + 2u > c->packet_length) return 0;
    c->packet_length = 0;
    c->in.start += total + tag;
    if (!take_packet(c, start + 5, total - 5 - start[4])) return 0;
  }
}

static int receive(struct connection *c) {
  for (;;) {
    reserve(&c->in, 8192);
    ssize_t count = recv(c->descriptor, c->in.bytes + c->in.end, 8192, 0);
    if (count < 0 && errno == EAGAIN) return 1;
    if (count <= 0) return 0;
    c->in.end += (size_t)count;
    if (!take_bytes(c)) return 0;
    if (length(&c->in) == 0) clear(&c->in);
    if (count < 8192) return 1;
  }
}

static void take_connection(int listener) {
  for (;;) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    struct sockaddr_in local;
    socklen_t size = sizeof local;
    getsockname(descriptor, (struct sockaddr *)&local, &size);
    int one = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection *c = calloc(1, sizeof *c);
    c->descriptor = descriptor;
    c->number = ntohl(local.sin_addr.s_addr) & 0xffff;
    connections++;
    put(&c->out, IDENTIFICATION "\r\n", strlen(IDENTIFICATION) + 2);
    send_kexinit(c);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
    if (!flush(c)) drop(c);
  }
}

// Answers what is due; returns how long to wait for the next.
static int answer_due(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  while (first_due) {
    struct connection *c = first_due;
    long left_us = (c->due.tv_sec - now.tv_sec) * 1000000 + (c->due.tv_nsec - now.tv_nsec) / 1000;
    if (left_us > 0) return (int)(left_us / 1000) + 1;
    first_due = c->next;
    if (!first_due) last_due = NULL;
    c->is_busy = 0;
    answer(c);
    work(c);
    if (!flush(c)) drop(c);
  }
  return -1;
}

static void end(int number) {
  (void)number;
  is_ended = 1;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: simulator DELAY-MS BYTES\n");
    return 2;
  }
  delay_ms = atoi(arguments[1]);
  config_size = strtoul(arguments[2], NULL, 10);
  make_template();
  aes128 = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
  aes256 = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
  hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  host_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
  uint8_t raw[32], digest[32];
  size_t size = sizeof raw;
  EVP_PKEY_get_raw_public_key(host_key, raw, &size);
  struct buffer blob = {0};
  put_text(&blob, "ssh-ed25519");
  put_string(&blob, raw, 32);
  memcpy(host_blob, blob.bytes, sizeof host_blob);
  EVP_Digest(host_blob, sizeof host_blob, digest, NULL, sha256, NULL);
  char fingerprint[64];
  EVP_EncodeBlock((uint8_t *)fingerprint, digest, 32);
  *strchr(fingerprint, '=') = 0;

  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  // every address of the loopback interface, and nothing from outside
  if (setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0) {
    perror("simulator: lo");
    return 1;
  }
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t address_size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
    perror("simulator: listen");
    return 1;
  }
  getsockname(listener, (struct sockaddr *)&address, &address_size);
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  printf("port %d\nkey SHA256:%s\n", ntohs(address.sin_port), fingerprint);
  fflush(stdout);

  struct epoll_event events[256];
  while (!is_ended) {
    int ready = epoll_wait(poller, events, 256, answer_due());
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (!c) take_connection(listener);
      else if (!receive(c) || !flush(c)) drop(c);
    }
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"connections\": %lu, \"logins\": %lu, \"left\": %lu, \"mostAtOnce\": %lu, \"cpuSeconds\": %.3f}\n", connections, logins,
         left, most_open,
         (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  return 0;
}
