/* Stands between a process and its disk (LD_PRELOAD): counts what it writes under one folder, makes the n-th of it fail or kills the
 * process there, and keeps a journal of every write, sync, cut, rename and removal from which power losses are replayed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { ONCE = 1, FROM_NOW_ON = 2, KILL = 3, KILL_HALF_WAY = 4 };

static char watched[PATH_MAX];
static long count, at;
static int error_number, how, journal = -1;

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)


static void put(char act, const char *name, int64_t offset, const void *data, int64_t length) {
  REAL(write);
  if (journal < 0) return;
  int32_t named = (int32_t)strlen(name);
  char head[1 + 4 + 8 + 8];
  head[0] = act;
  memcpy(head + 1, &named, 4);
  memcpy(head + 5, &offset, 8);
  memcpy(head + 13, &length, 8);
  if (real(journal, head, sizeof head) < 0 || real(journal, name, named) < 0 || (length && real(journal, data, length) < 0)) _exit(99);
}

void fault_watch(const char *folder, int journal_descriptor) {
  snprintf(watched, sizeof watched, "%s", folder);
  journal = journal_descriptor;
}
void fault_arm(long n, int error, int manner) { count = 0; at = n; error_number = error; how = manner; }
long fault_count(void) { return count; }
void fault_mark(int64_t number) { put('A', "", number, "", 0); }

static int name_of(int descriptor, char *name) {
  char link[64];
  if (!watched[0] || descriptor == journal) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, name, PATH_MAX - 1);
  if (length < 0) return 0;
  name[length] = 0;
  return strncmp(name, watched, strlen(watched)) == 0;
}

/* Whether this one must fail. */
static int hit(void) {
  count++;
  if (!at || count < at) return 0;
  if (how == KILL) kill(getpid(), SIGKILL);
  return how == FROM_NOW_ON || how == KILL_HALF_WAY || count == at;
}

static int shared_memory(const char *name) {
  size_t length = strlen(name);
  return length > 4 && strcmp(name + length - 4, "-shm") == 0;
}

static ssize_t put_at(int d, const void *b, size_t n, off64_t o, const char *name) {
  REAL(pwrite64);
  if (hit()) {
    if (how == KILL_HALF_WAY) {
      real(d, b, n / 2, o);
      kill(getpid(), SIGKILL);
    }
    errno = error_number;
    return -1;
  }
  ssize_t done = real(d, b, n, o);
  if (done > 0 && !shared_memory(name)) put('W', name, o, b, done);
  return done;
}

ssize_t pwrite64(int d, const void *b, size_t n, off64_t o) {
  REAL(pwrite64);
  char name[PATH_MAX];
  return name_of(d, name) ? put_at(d, b, n, o, name) : real(d, b, n, o);
}
ssize_t pwrite(int d, const void *b, size_t n, off_t o) { return pwrite64(d, b, n, o); }

ssize_t write(int d, const void *b, size_t n) {
  REAL(write);
  char name[PATH_MAX];
  if (!name_of(d, name)) return real(d, b, n);
  off64_t place = lseek64(d, 0, SEEK_CUR);
  ssize_t done = put_at(d, b, n, place, name);
  if (done > 0) lseek64(d, place + done, SEEK_SET);
  return done;
}

int fsync(int d) {
  REAL(fsync);
  char name[PATH_MAX];
  if (!name_of(d, name)) return real(d);
  if (hit()) {
    if (how == KILL_HALF_WAY) kill(getpid(), SIGKILL);
    errno = error_number;
    return -1;
  }
  put('S', name, 0, "", 0);
  return 0; /* what is on the disk is told by the journal, not by this disk */
}
int fdatasync(int d) { return fsync(d); }

int ftruncate64(int d, off64_t n) {
  REAL(ftruncate64);
  char name[PATH_MAX];
  if (!name_of(d, name)) return real(d, n);
  if (hit()) {
    if (how == KILL_HALF_WAY) kill(getpid(), SIGKILL);
    errno = error_number;
    return -1;
  }
  int done = real(d, n);
  if (!done && !shared_memory(name)) put('T', name, n, "", 0);
  return done;
}
int ftruncate(int d, off_t n) { return ftruncate64(d, n); }

int rename(const char *from, const char *to) {
  REAL(rename);
  int ours = watched[0] && strncmp(to, watched, strlen(watched)) == 0;
  if (ours && hit()) {
    if (how == KILL_HALF_WAY) kill(getpid(), SIGKILL);
    errno = error_number;
    return -1;
  }
  int done = real(from, to);
  if (ours && !done) put('R', from, 0, to, (int64_t)strlen(to));
  return done;
}

int unlink(const char *name) {
  REAL(unlink);
  int done = real(name);
  if (!done && watched[0] && strncmp(name, watched, strlen(watched)) == 0 && !shared_memory(name)) put('U', name, 0, "", 0);
  return done;
}
