/* Preloaded into a node: a disk that fails. Calls on the journal's files (journal.db, journal.db-wal) end with EIO while the
   directory that BAD_DISK names holds a file of the call's name: fsync, pwrite or pread. Each that did adds a byte to NAME.fired
   there. A failed write has written nothing, and a failed sync has synced nothing: what Linux does to pages that it could not
   write. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(const char *call, int file)
{
    char path[PATH_MAX], link[64];
    const char *directory = getenv("BAD_DISK"), *name;
    ssize_t length;
    int fired;

    if (directory == NULL || snprintf(path, sizeof path, "%s/%s", directory, call) >= (int)sizeof path || access(path, F_OK) != 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    name = strrchr(path, '/');
    if (name == NULL || (strcmp(name, "/journal.db") != 0 && strcmp(name, "/journal.db-wal") != 0))
        return 0;
    snprintf(path, sizeof path, "%s/%s.fired", directory, call);
    fired = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fired >= 0) {
        if (write(fired, "x", 1) != 1)
            _exit(97); /* its own disk: the fault could not be counted */
        close(fired);
    }
    errno = EIO;
    return 1;
}

int fsync(int file)
{
    static int (*real)(int);
    if (real == NULL)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return fails("fsync", file) ? -1 : real(file);
}

int fdatasync(int file)
{
    static int (*real)(int);
    if (real == NULL)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return fails("fsync", file) ? -1 : real(file);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset)
{
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (real == NULL)
        real = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    return fails("pwrite", file) ? -1 : real(file, bytes, count, offset);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t offset)
{
    static ssize_t (*real)(int, void *, size_t, off64_t);
    if (real == NULL)
        real = (ssize_t (*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
    return fails("pread", file) ? -1 : real(file, bytes, count, offset);
}
