#define _GNU_SOURCE
#include "CWeirSystem.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int weir_poller_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

int weir_poller_add_bell(int poller) {
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bell < 0) return -1;
    // Edge triggered: each write is reported once, so that nobody has to read the counter.
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = bell};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, bell, &event) == 0) return bell;
    int failure = errno;
    close(bell);
    errno = failure;
    return -1;
}

void weir_poller_ring(int bell) {
    uint64_t one = 1;
    // Fails only if the counter is full: after 2^64 - 2 rings.
    if (write(bell, &one, sizeof one) < 0) return;
}

int weir_poller_watch(int poller, int descriptor, int for_writing) {
    struct epoll_event event = {.data.fd = descriptor};
    event.events = EPOLLIN | (for_writing ? EPOLLOUT : 0);
    if (epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
    if (errno != ENOENT) return -1;
    return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

void weir_poller_forget(int poller, int descriptor) {
    epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, 0);
}

// epoll_wait knows only milliseconds; epoll_pwait2 came with Linux 5.11.
static int wait_for(int poller, struct epoll_event *events, int64_t timeout_nanoseconds) {
#ifdef SYS_epoll_pwait2
    struct timespec limit = {.tv_sec = timeout_nanoseconds / 1000000000,
                             .tv_nsec = timeout_nanoseconds % 1000000000};
    int count = syscall(SYS_epoll_pwait2, poller, events, WEIR_POLL_LIMIT,
                        timeout_nanoseconds < 0 ? 0 : &limit, 0, 0);
    if (count >= 0 || errno != ENOSYS) return count;
#endif
    int64_t milliseconds = -1;
    if (timeout_nanoseconds >= 0) {
        // Upwards: who wakes too early would ask again and again until the deadline.
        milliseconds = timeout_nanoseconds / 1000000 + (timeout_nanoseconds % 1000000 != 0);
        if (milliseconds > 1 << 30) milliseconds = 1 << 30;
    }
    return epoll_wait(poller, events, WEIR_POLL_LIMIT, (int)milliseconds);
}

int weir_poll(int poller, int *ready, int64_t timeout_nanoseconds) {
    struct epoll_event events[WEIR_POLL_LIMIT];
    int count = wait_for(poller, events, timeout_nanoseconds);
    for (int index = 0; index < count; index++) ready[index] = events[index].data.fd;
    return count < 0 ? 0 : count;
}
