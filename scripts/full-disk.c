/* A disk that is full, or may only be read: preloaded, it answers every change of a file below FULL_DISK_DIR with the error
 * number that stands in the first eight bytes of FULL_DISK_DIAL, for as long as that is not 0. Two errors make sense: ENOSPC
 * (28: nothing can grow) and EROFS (30: nothing can be written, made, moved or removed).
 *
 *   gcc -shared -fPIC -O2 -o full-disk.so scripts/full-disk.c -ldl
 *   FULL_DISK_DIAL=dial FULL_DISK_DIR=/srv/data LD_PRELOAD=$PWD/full-disk.so dashoffice serve
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static const volatile int64_t *dial;
static const char *folder;

__attribute__((constructor)) static void look_at_the_dial(void)
{
    const char *path = getenv("FULL_DISK_DIAL");
    folder = getenv("FULL_DISK_DIR");
    int file = path && folder ? open(path, O_RDONLY) : -1;
    if (file >= 0) {
        void *page = mmap(NULL, sizeof *dial, PROT_READ, MAP_SHARED, file, 0);
        dial = page == MAP_FAILED ? NULL : page;
        close(file);
    }
}

static int is_ours(const char *path)
{
    return path && strncmp(path, folder, strlen(folder)) == 0;
}

/* The error for a change of an open file; 0: go on. */
static int trouble_with(int file)
{
    if (!dial || *dial == 0) {
        return 0;
    }
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return 0;
    }
    path[length] = '\0';
    return is_ours(path) ? (int)*dial : 0;
}

/* The error for making, moving or removing this name; 0: go on. A full disk still gives room for a name. */
static int trouble_at(const char *path)
{
    return dial && *dial == EROFS && is_ours(path) ? EROFS : 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSE(trouble)                                                                                                    \
    do {                                                                                                                   \
        int error = (trouble);                                                                                             \
        if (error) {                                                                                                       \
            errno = error;                                                                                                 \
            return -1;                                                                                                     \
        }                                                                                                                  \
    } while (0)

ssize_t write(int file, const void *bytes, size_t count)
{
    REFUSE(trouble_with(file));
    return REAL(write)(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    REFUSE(trouble_with(file));
    return REAL(writev)(file, parts, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at)
{
    REFUSE(trouble_with(file));
    return REAL(pwrite)(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at)
{
    REFUSE(trouble_with(file));
    return REAL(pwrite64)(file, bytes, count, at);
}

int ftruncate(int file, off_t length)
{
    REFUSE(trouble_with(file));
    return REAL(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length)
{
    REFUSE(trouble_with(file));
    return REAL(ftruncate64)(file, length);
}

static int changes(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
}

#define OPEN(name)                                                                                                         \
    int name(const char *path, int flags, ...)                                                                             \
    {                                                                                                                      \
        va_list rest;                                                                                                      \
        va_start(rest, flags);                                                                                             \
        mode_t mode = va_arg(rest, mode_t);                                                                                \
        va_end(rest);                                                                                                      \
        REFUSE(changes(flags) ? trouble_at(path) : 0);                                                                     \
        return REAL(name)(path, flags, mode);                                                                              \
    }
OPEN(open)
OPEN(open64)

int mkdir(const char *path, mode_t mode)
{
    REFUSE(trouble_at(path));
    return REAL(mkdir)(path, mode);
}

int rename(const char *from, const char *to)
{
    REFUSE(trouble_at(to));
    return REAL(rename)(from, to);
}

int unlink(const char *path)
{
    REFUSE(trouble_at(path));
    return REAL(unlink)(path);
}
