#define _GNU_SOURCE
#include "CWeirSystem.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void weir_futex_wait(const void *word, uint32_t expected, int64_t timeout_nanoseconds) {
    struct timespec limit, *at = 0;
    if (timeout_nanoseconds >= 0) {
        limit.tv_sec = timeout_nanoseconds / 1000000000;
        limit.tv_nsec = timeout_nanoseconds % 1000000000;
        at = &limit;
    }
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, at, 0, 0);
}

void weir_futex_wake(const void *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, 0, 0, 0);
}
