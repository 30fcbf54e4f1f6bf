#include "CNetSNMP.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libnetsnmp is loaded when the first trap is sent, as it would cost every start. */
static struct {
  void (*init_snmp)(const char *);
  netsnmp_log_handler *(*add_log)(int, int);
  int (*set_boolean)(int, int, int);
  void (*session_init)(netsnmp_session *);
  void *(*session_open)(netsnmp_session *);
  int (*session_close)(void *);
  int (*session_send)(void *, netsnmp_pdu *);
  int (*session_response)(void *, netsnmp_pdu *, netsnmp_pdu **);
  void (*session_error)(void *, int *, int *, char **);
  const char *(*error_string)(int);
  const char *(*status_string)(int);
  netsnmp_pdu *(*make_pdu)(int);
  netsnmp_variable_list *(*add_variable)(netsnmp_pdu *, const oid *, size_t, u_char, const void *, size_t);
  void (*free_pdu)(netsnmp_pdu *);
  int (*generate_key)(const oid *, u_int, const u_char *, size_t, u_char *, size_t *);
  int (*set_engine_time)(const u_char *, u_int, u_int, u_int, u_int);
  struct usmUser *(*users)(void);
  struct usmUser *(*remove_user)(struct usmUser *);
  struct usmUser *(*free_user)(struct usmUser *);
  const oid *auth_sha, *auth_sha224, *auth_sha256, *auth_sha384, *auth_sha512;
  const oid *priv_aes, *priv_aes192, *priv_aes256;
} lib;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int is_loaded;
static char load_error[256];

static void load(void) {
  void *handle = dlopen("libnetsnmp.so.40", RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    snprintf(load_error, sizeof load_error, "%s", reason ? reason : "unknown reason");
    return;
  }
#define FIND(field, name) \
  *(void **)&lib.field = dlsym(handle, name); \
  if (!lib.field) { \
    snprintf(load_error, sizeof load_error, "it has no %s", name); \
    return; \
  }
  FIND(init_snmp, "init_snmp")
  FIND(add_log, "netsnmp_register_loghandler")
  FIND(set_boolean, "netsnmp_ds_set_boolean")
  FIND(session_init, "snmp_sess_init")
  FIND(session_open, "snmp_sess_open")
  FIND(session_close, "snmp_sess_close")
  FIND(session_send, "snmp_sess_send")
  FIND(session_response, "snmp_sess_synch_response")
  FIND(session_error, "snmp_sess_error")
  FIND(error_string, "snmp_api_errstring")
  FIND(status_string, "snmp_errstring")
  FIND(make_pdu, "snmp_pdu_create")
  FIND(add_variable, "snmp_pdu_add_variable")
  FIND(free_pdu, "snmp_free_pdu")
  FIND(generate_key, "generate_Ku")
  FIND(set_engine_time, "set_enginetime")
  FIND(users, "usm_get_userList")
  FIND(remove_user, "usm_remove_user")
  FIND(free_user, "usm_free_user")
#undef FIND
  /* A protocol that the library was built without is missed when a receiver asks for it. */
#define FIND(field, name) *(void **)&lib.field = dlsym(handle, name);
  FIND(auth_sha, "usmHMACSHA1AuthProtocol")
  FIND(auth_sha224, "usmHMAC128SHA224AuthProtocol")
  FIND(auth_sha256, "usmHMAC192SHA256AuthProtocol")
  FIND(auth_sha384, "usmHMAC256SHA384AuthProtocol")
  FIND(auth_sha512, "usmHMAC384SHA512AuthProtocol")
  FIND(priv_aes, "usmAESPrivProtocol")
  FIND(priv_aes192, "usmAES192PrivProtocol")
  FIND(priv_aes256, "usmAES256PrivProtocol")
#undef FIND
  /* No MIB is read, no configuration, and nothing is kept in files: what it would write there is in the database. */
  setenv("MIBS", "", 1);
  setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
  lib.add_log(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
  lib.set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
  lib.set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
  lib.set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
  lib.set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
  lib.set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_CONFIG_LOAD, 1);
  lib.init_snmp("netjob");
  is_loaded = 1;
}

int netjob_load_snmp(void) {
  pthread_once(&once, load);
  return is_loaded ? 0 : -1;
}

static const oid *auth_protocol(const char *name) {
  if (!strcmp(name, "sha")) return lib.auth_sha;
  if (!strcmp(name, "sha-224")) return lib.auth_sha224;
  if (!strcmp(name, "sha-256")) return lib.auth_sha256;
  if (!strcmp(name, "sha-384")) return lib.auth_sha384;
  if (!strcmp(name, "sha-512")) return lib.auth_sha512;
  return NULL;
}

static const oid *priv_protocol(const char *name) {
  if (!strcmp(name, "aes")) return lib.priv_aes;
  if (!strcmp(name, "aes-192")) return lib.priv_aes192;
  if (!strcmp(name, "aes-256")) return lib.priv_aes256;
  return NULL;
}

/* The lengths of the library's own identifiers: 1.3.6.1.6.3.10.1.1.N, and 1.3.6.1.6.3.10.1.2.4 or 1.3.6.1.4.1.14832.1.N. */
#define AUTH_LENGTH 10
#define PRIV_LENGTH(name) (strcmp(name, "aes") ? 9 : 10)

/* Fills in what SNMPv3 needs. */
static int secure(netsnmp_session *session, const struct netjob_trap *trap, char *error, size_t size) {
  session->version = SNMP_VERSION_3;
  session->securityModel = USM_SEC_MODEL_NUMBER;
  session->securityName = (char *)trap->user;
  session->securityNameLen = strlen(trap->user);
  session->securityLevel = trap->level;
  if (trap->level >= 2) {
    const oid *protocol = auth_protocol(trap->auth_protocol);
    if (!protocol) {
      snprintf(error, size, "libsnmp was built without %s", trap->auth_protocol);
      return -1;
    }
    session->securityAuthProto = (oid *)protocol;
    session->securityAuthProtoLen = AUTH_LENGTH;
    session->securityAuthKeyLen = USM_AUTH_KU_LEN;
    int status = lib.generate_key(
        protocol, AUTH_LENGTH, (const u_char *)trap->auth_secret, strlen(trap->auth_secret), session->securityAuthKey,
        &session->securityAuthKeyLen);
    if (status != SNMPERR_SUCCESS) {
      snprintf(error, size, "no key can be made of the authentication secret: it needs 8 characters at least");
      return -1;
    }
    if (trap->level == 3) {
      const oid *cipher = priv_protocol(trap->priv_protocol);
      if (!cipher) {
        snprintf(error, size, "libsnmp was built without %s", trap->priv_protocol);
        return -1;
      }
      session->securityPrivProto = (oid *)cipher;
      session->securityPrivProtoLen = PRIV_LENGTH(trap->priv_protocol);
      session->securityPrivKeyLen = USM_PRIV_KU_LEN;
      status = lib.generate_key(
          protocol, AUTH_LENGTH, (const u_char *)trap->priv_secret, strlen(trap->priv_secret), session->securityPrivKey,
          &session->securityPrivKeyLen);
      if (status != SNMPERR_SUCCESS) {
        snprintf(error, size, "no key can be made of the privacy secret: it needs 8 characters at least");
        return -1;
      }
    }
  }
  if (!trap->is_inform) {
    session->securityEngineID = (u_char *)trap->engine_id;
    session->securityEngineIDLen = trap->engine_id_length;
    session->contextEngineID = (u_char *)trap->engine_id;
    session->contextEngineIDLen = trap->engine_id_length;
    session->engineBoots = trap->engine_boots;
    session->engineTime = trap->engine_time;
    session->flags |= SNMP_FLAGS_DONT_PROBE;
    lib.set_engine_time(trap->engine_id, (u_int)trap->engine_id_length, trap->engine_boots, trap->engine_time, TRUE);
  }
  return 0;
}

static int add(netsnmp_pdu *pdu, const struct netjob_varbind *bind) {
  oid name[MAX_OID_LEN], value[MAX_OID_LEN];
  if (bind->name_length > MAX_OID_LEN || (bind->type == 'o' && bind->length > MAX_OID_LEN)) return -1;
  for (size_t i = 0; i < bind->name_length; i++) name[i] = bind->name[i];
  u_long number = bind->number;
  netsnmp_variable_list *added = NULL;
  switch (bind->type) {
  case 's': added = lib.add_variable(pdu, name, bind->name_length, ASN_OCTET_STR, bind->octets, bind->length); break;
  case 'u': added = lib.add_variable(pdu, name, bind->name_length, ASN_UNSIGNED, &number, sizeof number); break;
  case 't': added = lib.add_variable(pdu, name, bind->name_length, ASN_TIMETICKS, &number, sizeof number); break;
  case 'o':
    for (size_t i = 0; i < bind->length; i++) value[i] = bind->numbers[i];
    added = lib.add_variable(pdu, name, bind->name_length, ASN_OBJECT_ID, value, bind->length * sizeof(oid));
    break;
  }
  return added ? 0 : -1;
}

static void tell(void *handle, netsnmp_session *template, char *error, size_t size) {
  int number = 0, system = 0;
  if (handle) {
    char *text = NULL;
    lib.session_error(handle, &system, &number, &text);
    snprintf(error, size, "%s", text ? text : lib.error_string(number));
    free(text);
  } else {
    snprintf(error, size, "%s", lib.error_string(template->s_snmp_errno));
  }
}

static enum netjob_trap_status exchange(void *handle, const struct netjob_trap *trap, char *error, size_t size) {
  netsnmp_pdu *pdu = lib.make_pdu(trap->is_inform ? SNMP_MSG_INFORM : SNMP_MSG_TRAP2);
  if (!pdu) {
    snprintf(error, size, "out of memory");
    return netjob_trap_failed;
  }
  for (size_t i = 0; i < trap->varbind_count; i++) {
    if (add(pdu, &trap->varbinds[i]) == 0) continue;
    lib.free_pdu(pdu);
    snprintf(error, size, "variable %zu cannot be put into the trap", i);
    return netjob_trap_invalid;
  }
  if (!trap->is_inform) {
    if (lib.session_send(handle, pdu)) return netjob_trap_sent;
    tell(handle, NULL, error, size);
    lib.free_pdu(pdu);
    return netjob_trap_failed;
  }
  netsnmp_pdu *response = NULL;
  int status = lib.session_response(handle, pdu, &response);
  enum netjob_trap_status result = netjob_trap_failed;
  if (status == STAT_SUCCESS && response && response->errstat == SNMP_ERR_NOERROR) {
    result = netjob_trap_sent;
  } else if (status == STAT_SUCCESS && response) {
    snprintf(error, size, "the receiver answered: %s", lib.status_string((int)response->errstat));
  } else if (status == STAT_TIMEOUT) {
    snprintf(error, size, "no answer");
  } else {
    tell(handle, NULL, error, size);
  }
  if (response) lib.free_pdu(response);
  return result;
}

enum netjob_trap_status netjob_send_trap(const struct netjob_trap *trap, char *error, size_t error_size) {
  if (netjob_load_snmp() != 0) {
    snprintf(error, error_size, "%s", load_error);
    return netjob_trap_no_library;
  }
  pthread_mutex_lock(&turn);
  netsnmp_session session;
  lib.session_init(&session);
  session.timeout = trap->timeout * 1000;
  session.retries = trap->retries;
  enum netjob_trap_status status = netjob_trap_failed;
  if (trap->community) {
    session.version = SNMP_VERSION_2c;
    session.community = (u_char *)trap->community;
    session.community_len = strlen(trap->community);
  } else if (secure(&session, trap, error, error_size) != 0) {
    pthread_mutex_unlock(&turn);
    return netjob_trap_invalid;
  }
  /* A name is looked up in one family only, so that the other is tried where the first has no address for it. */
  int is_ipv6 = strchr(trap->host, ':') != NULL;
  char peer[300];
  snprintf(peer, sizeof peer, is_ipv6 ? "udp6:[%s]:%u" : "udp:%s:%u", trap->host, trap->port);
  session.peername = peer;
  void *handle = lib.session_open(&session);
  if (!handle && !is_ipv6 && session.s_snmp_errno != SNMPERR_TIMEOUT) {
    char other[300];
    snprintf(other, sizeof other, "udp6:%s:%u", trap->host, trap->port);
    session.peername = other;
    int first = session.s_snmp_errno;
    handle = lib.session_open(&session);
    if (!handle) session.s_snmp_errno = first;
  }
  if (handle) {
    status = exchange(handle, trap, error, error_size);
    lib.session_close(handle);
  } else if (session.s_snmp_errno == SNMPERR_TIMEOUT) {
    snprintf(error, error_size, "no answer");
  } else {
    tell(NULL, &session, error, error_size);
  }
  /* Another receiver may know a user of the same name by another secret. */
  struct usmUser *user;
  while ((user = lib.users()) != NULL) {
    lib.remove_user(user);
    if (lib.users() == user) break;
    lib.free_user(user);
  }
  memset(session.securityAuthKey, 0, sizeof session.securityAuthKey);
  memset(session.securityPrivKey, 0, sizeof session.securityPrivKey);
  pthread_mutex_unlock(&turn);
  return status;
}

static void copy_text(char *to, size_t size, const netsnmp_variable_list *variable) {
  size_t length = variable->val_len < size - 1 ? variable->val_len : size - 1;
  memcpy(to, variable->val.string, length);
  to[length] = 0;
}

static void take(const netsnmp_variable_list *variable, struct netjob_system *system) {
  /* 1.3.6.1.2.1.1.N.0 */
  if (variable->name_length != 9 || variable->name[8] != 0) return;
  if (variable->name[7] == 1 && variable->type == ASN_OCTET_STR) {
    copy_text(system->description, sizeof system->description, variable);
  } else if (variable->name[7] == 5 && variable->type == ASN_OCTET_STR) {
    copy_text(system->name, sizeof system->name, variable);
  } else if (variable->name[7] == 4 && variable->type == ASN_OCTET_STR) {
    copy_text(system->contact, sizeof system->contact, variable);
  } else if (variable->name[7] == 6 && variable->type == ASN_OCTET_STR) {
    copy_text(system->location, sizeof system->location, variable);
  } else if (variable->name[7] == 3 && variable->type == ASN_TIMETICKS) {
    system->has_uptime = 1;
    system->uptime = (uint32_t)*variable->val.integer;
  } else if (variable->name[7] == 2 && variable->type == ASN_OBJECT_ID) {
    size_t used = 0;
    for (size_t i = 0; i < variable->val_len / sizeof(oid) && used < sizeof system->identifier - 24; i++) {
      used += (size_t)snprintf(
          system->identifier + used, sizeof system->identifier - used, "%s%lu", i ? "." : "",
          (unsigned long)variable->val.objid[i]);
    }
  }
}

enum netjob_trap_status netjob_get_system(
    const char *host, uint16_t port, const char *community, long timeout, int retries, struct netjob_system *system, char *error,
    size_t error_size) {
  memset(system, 0, sizeof *system);
  if (netjob_load_snmp() != 0) {
    snprintf(error, error_size, "%s", load_error);
    return netjob_trap_no_library;
  }
  netsnmp_session session;
  lib.session_init(&session);
  session.version = SNMP_VERSION_2c;
  session.community = (u_char *)community;
  session.community_len = strlen(community);
  session.timeout = timeout * 1000;
  session.retries = retries;
  char peer[300];
  snprintf(peer, sizeof peer, strchr(host, ':') ? "udp6:[%s]:%u" : "udp:%s:%u", host, port);
  session.peername = peer;
  pthread_mutex_lock(&turn);
  void *handle = lib.session_open(&session);
  pthread_mutex_unlock(&turn);
  if (!handle) {
    tell(NULL, &session, error, error_size);
    return netjob_trap_failed;
  }
  enum netjob_trap_status result = netjob_trap_failed;
  netsnmp_pdu *pdu = lib.make_pdu(SNMP_MSG_GET), *response = NULL;
  static const oid wanted[] = {1, 2, 3, 4, 5, 6};
  for (size_t i = 0; pdu && i < sizeof wanted / sizeof wanted[0]; i++) {
    oid name[] = {1, 3, 6, 1, 2, 1, 1, wanted[i], 0};
    lib.add_variable(pdu, name, 9, ASN_NULL, NULL, 0);
  }
  int status = pdu ? lib.session_response(handle, pdu, &response) : STAT_ERROR;
  if (status == STAT_SUCCESS && response && response->errstat == SNMP_ERR_NOERROR) {
    for (netsnmp_variable_list *variable = response->variables; variable; variable = variable->next_variable) {
      take(variable, system);
    }
    result = netjob_trap_sent;
  } else if (status == STAT_SUCCESS && response) {
    snprintf(error, error_size, "the agent answered: %s", lib.status_string((int)response->errstat));
  } else if (status == STAT_TIMEOUT) {
    snprintf(error, error_size, "no answer");
  } else {
    tell(handle, NULL, error, error_size);
  }
  if (response) lib.free_pdu(response);
  pthread_mutex_lock(&turn);
  lib.session_close(handle);
  pthread_mutex_unlock(&turn);
  return result;
}
