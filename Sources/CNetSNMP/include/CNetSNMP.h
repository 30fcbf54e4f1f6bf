#ifndef NETJOB_CNETSNMP_H
#define NETJOB_CNETSNMP_H

#include <stddef.h>
#include <stdint.h>

/* One variable of a trap. */
struct netjob_varbind {
  const uint32_t *name;
  size_t name_length;
  char type;               /* 's': octets, 'u': Unsigned32, 't': TimeTicks, 'o': object identifier */
  const uint8_t *octets;   /* of 's' */
  const uint32_t *numbers; /* of 'o' */
  size_t length;           /* of octets or numbers */
  uint32_t number;         /* of 'u' and 't' */
};

/* One trap or inform for one receiver. Texts are NUL-terminated. */
struct netjob_trap {
  const char *host;
  uint16_t port;
  int is_inform;
  const char *community;   /* NULL is SNMPv3, of which is what follows */
  const char *user;
  int level;               /* 1: noAuthNoPriv, 2: authNoPriv, 3: authPriv */
  const char *auth_protocol;
  const char *auth_secret;
  const char *priv_protocol;
  const char *priv_secret;
  const uint8_t *engine_id; /* the sender's, which is the authoritative one of a trap */
  size_t engine_id_length;
  uint32_t engine_boots;
  uint32_t engine_time;
  const struct netjob_varbind *varbinds;
  size_t varbind_count;
  long timeout;            /* milliseconds until an inform is sent once more */
  int retries;
};

enum netjob_trap_status {
  netjob_trap_sent = 0,
  netjob_trap_no_library,
  /* The trap cannot be made: an unknown protocol, a secret that is too short. */
  netjob_trap_invalid,
  netjob_trap_failed,
};

/*
 * Sends the trap; an inform is waited for. Blocks the thread; calls wait for one another, as the library keeps users and engine
 * times for the whole process. The reason of a failure is written to `error`.
 */
enum netjob_trap_status netjob_send_trap(const struct netjob_trap *trap, char *error, size_t error_size);

/* What netjob_get_system reads, NUL-terminated; empty where the agent has none. */
struct netjob_system {
  char description[1024];
  char identifier[512]; /* in numbers */
  char name[256];
  char contact[256];
  char location[256];
  int has_uptime;
  uint32_t uptime; /* hundredths of a second */
};

/*
 * Asks an agent for sysDescr, sysObjectID, sysUpTime, sysContact, sysName and sysLocation (RFC 3418) with SNMPv2c. Blocks the
 * thread, for `timeout` milliseconds per attempt; calls do not wait for one another. The reason of a failure is written to `error`.
 */
enum netjob_trap_status netjob_get_system(
    const char *host, uint16_t port, const char *community, long timeout, int retries, struct netjob_system *system, char *error,
    size_t error_size);

/* Loads the library and makes it ready, before other threads begin: it changes the environment once. 0: it is there. */
int netjob_load_snmp(void);

#endif
