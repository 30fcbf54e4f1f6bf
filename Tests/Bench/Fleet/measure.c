// Runs a command and prints what it took: wall and CPU seconds (with its own children), the peak memory of its largest process
// in KB. A process of its own, because that peak counts the memory of whoever forks.
//
//   measure COMMAND [ARGUMENT]...
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

int main(int count, char **arguments) {
  if (count < 2) return 2;
  struct timespec before, after;
  struct rusage usage;
  int status;
  clock_gettime(CLOCK_MONOTONIC, &before);
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    execvp(arguments[1], arguments + 1);
    perror(arguments[1]);
    _exit(127);
  }
  while (wait4(child, &status, 0, &usage) < 0) {
  }
  clock_gettime(CLOCK_MONOTONIC, &after);
  fprintf(stderr, "{\"wall\": %.4f, \"cpu\": %.4f, \"peak\": %ld, \"exit\": %d}\n",
          (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9,
          seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
  return 0;
}
