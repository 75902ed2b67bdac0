/* A process that dies of what it writes: preloaded, it kills it, as nobody could say no to, before a file is given bytes that hold
 * DEADLY_TEXT.
 *
 *   gcc -shared -fPIC -O2 -o deadly-text.so scripts/deadly-text.c -ldl
 *   DEADLY_TEXT=word LD_PRELOAD=$PWD/deadly-text.so dashoffice serve
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char *text;

__attribute__((constructor)) static void read_the_text(void)
{
    text = getenv("DEADLY_TEXT");
}

static void die_of(const void *bytes, size_t count)
{
    if (text && *text && memmem(bytes, count, text, strlen(text))) {
        kill(getpid(), SIGKILL);
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at)
{
    die_of(bytes, count);
    return REAL(pwrite)(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at)
{
    die_of(bytes, count);
    return REAL(pwrite64)(file, bytes, count, at);
}
