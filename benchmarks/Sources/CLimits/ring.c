#include "limits.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { places = 1024, line = 64 };

// Each side's position has a cache line of its own, beside what that side remembers of the other.
typedef struct {
    _Alignas(line) _Atomic uint64_t written;
    uint64_t seen_read;
    _Alignas(line) _Atomic uint64_t read;
    uint64_t seen_written;
    _Alignas(line) uint64_t slots[places];
    uint64_t words;
    unsigned batch;
    uint64_t check;
} ring;

static void pause_a_little(unsigned *spins) {
    // With fewer processors than threads, spinning alone would wait for the end of a time slice.
    if (++*spins % 256 == 0) sched_yield();
}

static void *consume(void *argument) {
    ring *r = argument;
    uint64_t position = 0, sum = 0;
    unsigned spins = 0;
    while (position < r->words) {
        if (r->seen_written == position) {
            r->seen_written = atomic_load_explicit(&r->written, memory_order_acquire);
            if (r->seen_written == position) {
                pause_a_little(&spins);
                continue;
            }
        }
        while (position < r->seen_written) sum += r->slots[position++ % places];
        atomic_store_explicit(&r->read, position, memory_order_release);
    }
    r->check = sum;
    return NULL;
}

static void produce(ring *r) {
    uint64_t position = 0;
    unsigned spins = 0;
    while (position < r->words) {
        uint64_t end = position + r->batch < r->words ? position + r->batch : r->words;
        while (end - r->seen_read > places) {
            r->seen_read = atomic_load_explicit(&r->read, memory_order_acquire);
            if (end - r->seen_read > places) pause_a_little(&spins);
        }
        for (; position < end; position++) r->slots[position % places] = position;
        atomic_store_explicit(&r->written, position, memory_order_release);
    }
}

limits_result limits_ring(uint64_t words, unsigned batch) {
    static ring r;
    r = (ring){.words = words, .batch = batch};
    uint64_t start = limits_wall_nanoseconds();
    pthread_t consumer;
    if (pthread_create(&consumer, NULL, consume, &r)) return (limits_result){0, 0, 0};
    produce(&r);
    pthread_join(consumer, NULL);
    return (limits_result){limits_wall_nanoseconds() - start, words, r.check};
}
