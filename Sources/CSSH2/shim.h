#include <libssh2.h>
#include <libssh2_sftp.h>

/* epoll and eventfd, which Swift's Glibc module leaves out. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* System calls that need _GNU_SOURCE in glibc's headers, take variable arguments, or are macros: out of Swift's reach. */
#include <fcntl.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A descriptor that becomes readable when the process ends (pidfd_open(2)). */
static inline int netjob_process_descriptor(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

/* An anonymous file in memory, close-on-exec (memfd_create(2)). */
static inline int netjob_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1u); }

/* As netjob_memory_file; it can be sealed, which Glibc does not show to Swift either. */
static inline int netjob_program_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 3u); }

/* GNU extensions that spawn.h keeps from strict readers. Not by their types: with spawn.h here, Swift would look for sigset_t here
   too, and not find it in Glibc any more. */
extern int netjob_spawn_chdir(void *actions, const char *path) __asm__("posix_spawn_file_actions_addchdir_np");
extern int netjob_spawn_close_from(void *actions, int from) __asm__("posix_spawn_file_actions_addclosefrom_np");

/* The next connection, non-blocking and close-on-exec (accept4(2)). */
static inline int netjob_accept(int listener) { return (int)syscall(SYS_accept4, listener, 0, 0, 02000000 | O_NONBLOCK); }

/* Both ends of a pipe, close-on-exec (pipe2(2)). */
static inline int netjob_pipe(int *ends) { return (int)syscall(SYS_pipe2, ends, 02000000); }

/* The master of a new pseudo-terminal, close-on-exec, whose slave is /dev/pts/NUMBER (pts(4), ioctl_tty(2)). */
static inline int netjob_pseudo_terminal(int *number) {
  int unlocked = 0;
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master >= 0 && (ioctl(master, TIOCSPTLCK, &unlocked) != 0 || ioctl(master, TIOCGPTN, number) != 0)) {
    close(master);
    return -1;
  }
  return master;
}

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

/* LIBSSH2_DISCONNECT_FUNC as a type: the server's reason and words (RFC 4253 section 11.1). */
typedef void (*netjob_disconnect_function)(LIBSSH2_SESSION *session, int reason, const char *message, int message_length,
                                           const char *language, int language_length, void **abstract);

static inline void netjob_set_disconnect_function(LIBSSH2_SESSION *session, netjob_disconnect_function function) {
#if LIBSSH2_VERSION_NUM >= 0x010b01
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_DISCONNECT, (libssh2_cb_generic *)function);
#else
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)function);
#endif
}

/* By default glibc gives each thread memory of its own, of which what hundreds of sessions have freed is not used by others;
   and it gives back and asks for memory at every large configuration, all of whose pages the kernel has to clear each time. See
   mallopt(3). */
static inline void netjob_share_memory(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
}
