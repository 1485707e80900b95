/* Sets TCP_NODELAY on every TCP connection that a program makes: preloaded into mlmmj (bench/mlmmj.py). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
    static int (*original)(int, const struct sockaddr *, socklen_t);
    int on = 1;

    if (original == 0)
        original = (int (*)(int, const struct sockaddr *, socklen_t)) dlsym(RTLD_NEXT, "connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return original(descriptor, address, length);
}
