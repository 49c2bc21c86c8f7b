// System calls that Swift's Glibc module lacks: futex, epoll, and the errno behind them.
#ifndef CWEIR_SYSTEM_H
#define CWEIR_SYSTEM_H

#include <stdint.h>

/// Sleeps while `*word == expected`, at most `timeout_nanoseconds` (negative: no limit).
void weir_futex_wait(const uint32_t *word, uint32_t expected, int64_t timeout_nanoseconds);

/// Wakes up to `count` sleepers on `word`.
void weir_futex_wake(const uint32_t *word, int count);

#endif
