/* A disk that takes its time: preloaded, it makes fsync and fdatasync wait SLOW_FSYNC_MS milliseconds before the real
 * call, so that a test can see whether an acknowledgement waits for the disk (A11).
 *
 *   gcc -shared -fPIC -O2 -o slow-fsync.so scripts/slow-fsync.c -ldl
 *   SLOW_FSYNC_MS=50 LD_PRELOAD=$PWD/slow-fsync.so dashoffice serve
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_the_disk(void)
{
    const char *ms = getenv("SLOW_FSYNC_MS");
    long left = ms ? strtol(ms, NULL, 10) : 0;
    struct timespec time = {left / 1000, (left % 1000) * 1000000L};
    while (left > 0 && nanosleep(&time, &time) == -1 && errno == EINTR) {
    }
}

int fsync(int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_for_the_disk();
    return real(file);
}

int fdatasync(int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_for_the_disk();
    return real(file);
}
