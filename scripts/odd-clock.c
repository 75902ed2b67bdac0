/* A clock that was set wrong: preloaded, it moves the clock of the day by as many microseconds as stand in the first eight
 * bytes of ODD_CLOCK_DIAL. The clock that only counts (CLOCK_MONOTONIC) and the machine's own stay as they are.
 *
 *   gcc -shared -fPIC -O2 -o odd-clock.so scripts/odd-clock.c -ldl
 *   ODD_CLOCK_DIAL=dial LD_PRELOAD=$PWD/odd-clock.so dashoffice serve
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *dial;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void look_at_the_dial(void)
{
    const char *path = getenv("ODD_CLOCK_DIAL");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file >= 0) {
        void *page = mmap(NULL, sizeof *dial, PROT_READ, MAP_SHARED, file, 0);
        dial = page == MAP_FAILED ? NULL : page;
        close(file);
    }
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!real) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    }
    int answer = real(clock, time);
    if (answer == 0 && dial && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t us = (int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000 + *dial;
        time->tv_sec = us / 1000000;
        time->tv_nsec = (us % 1000000) * 1000;
    }
    return answer;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    int answer = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return answer;
}

time_t time(time_t *seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds) {
        *seconds = now.tv_sec;
    }
    return now.tv_sec;
}
