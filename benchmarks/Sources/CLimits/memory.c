#include "limits.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t limits_wall_nanoseconds(void) { return now(CLOCK_MONOTONIC); }

uint64_t limits_thread_nanoseconds(void) { return now(CLOCK_THREAD_CPUTIME_ID); }

void *limits_allocate(size_t bytes) {
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    madvise(memory, bytes, MADV_HUGEPAGE);
    memset(memory, 0, bytes);
    return memory;
}

void limits_free(void *memory, size_t bytes) {
    if (memory) munmap(memory, bytes);
}

limits_result limits_memory_read(const void *buffer, size_t bytes) {
    const uint64_t *words = buffer;
    uint64_t a = 0, b = 0, c = 0, d = 0;
    uint64_t start = limits_thread_nanoseconds();
    for (size_t i = 0; i + 4 <= bytes / 8; i += 4) {
        a += words[i];
        b += words[i + 1];
        c += words[i + 2];
        d += words[i + 3];
    }
    return (limits_result){limits_thread_nanoseconds() - start, bytes, a + b + c + d};
}

limits_result limits_memory_fill(void *buffer, size_t bytes) {
    uint64_t start = limits_thread_nanoseconds();
    memset(buffer, 7, bytes);
    uint64_t end = limits_thread_nanoseconds();
    return (limits_result){end - start, bytes, ((const uint8_t *)buffer)[bytes / 2]};
}

limits_result limits_memory_copy(void *target, const void *source, size_t bytes) {
    uint64_t start = limits_thread_nanoseconds();
    memcpy(target, source, bytes);
    uint64_t end = limits_thread_nanoseconds();
    return (limits_result){end - start, bytes, ((const uint8_t *)target)[bytes / 2]};
}

// One step of SplitMix64.
static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void limits_chase_prepare(void *buffer, size_t bytes, uint64_t seed) {
    // Sattolo's shuffle: a permutation that is one cycle. Line i holds the index of its successor.
    uint64_t *words = buffer;
    size_t lines = bytes / 64;
    for (size_t i = 0; i < lines; i++) words[i * 8] = i;
    for (size_t i = lines - 1; i > 0; i--) {
        size_t j = next_random(&seed) % i;
        uint64_t kept = words[i * 8];
        words[i * 8] = words[j * 8];
        words[j * 8] = kept;
    }
}

limits_result limits_chase(const void *buffer, uint64_t steps) {
    const uint64_t *words = buffer;
    uint64_t place = 0;
    uint64_t start = limits_thread_nanoseconds();
    for (uint64_t i = 0; i < steps; i++) place = words[place * 8];
    return (limits_result){limits_thread_nanoseconds() - start, steps, place};
}

void limits_fill_keys(uint64_t *keys, size_t count, uint64_t limit, uint64_t seed) {
    for (size_t i = 0; i < count; i++) keys[i] = next_random(&seed) % limit + 1;
}

limits_gaps limits_spin(uint64_t nanoseconds) {
    limits_gaps gaps = {0, 0, 0};
    uint64_t last = limits_wall_nanoseconds();
    uint64_t end = last + nanoseconds;
    while (last < end) {
        uint64_t time = limits_wall_nanoseconds();
        uint64_t gap = time - last;
        if (gap > gaps.longest_nanoseconds) gaps.longest_nanoseconds = gap;
        if (gap > 20000) gaps.lost_nanoseconds += gap;
        if (gap > 1000000) gaps.above_millisecond++;
        last = time;
    }
    return gaps;
}
