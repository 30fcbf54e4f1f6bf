#include <libssh2.h>
#include <libssh2_sftp.h>

/* epoll and eventfd, which Swift's Glibc module leaves out. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <malloc.h>

/* LIBSSH2_RECV_FUNC as a type. It returns a byte count, 0 at the end, or a negative errno. */
typedef ssize_t (*netjob_receive_function)(libssh2_socket_t descriptor, void *buffer, size_t length, int flags,
                                           void **abstract);

/* libssh2_session_callback_set takes a void pointer, which Swift cannot make of a function; 1.11.1 renamed it. */
static inline void netjob_set_receive_function(LIBSSH2_SESSION *session, netjob_receive_function function) {
#if LIBSSH2_VERSION_NUM >= 0x010b01
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)function);
#else
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)function);
#endif
}

/* By default glibc gives each thread memory of its own, of which what hundreds of sessions have freed is not used by others;
   and it gives back and asks for memory at every large configuration. See mallopt(3). */
static inline void netjob_share_memory(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
}
