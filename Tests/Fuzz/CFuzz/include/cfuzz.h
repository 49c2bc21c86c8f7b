// What the fuzzer needs of the process: a meter of the heap, memory with a wall behind it, and a last
// word before a crash.
#ifndef WEIR_CFUZZ_H
#define WEIR_CFUZZ_H

#include <stddef.h>
#include <stdint.h>

/// Has a crash, or a decode of more than `seconds` of processor time, say which input it was.
void fuzz_install(int seconds);

/// Names the input that is decoded next; `decoder` stays valid until the next call. Null: none.
void fuzz_note(const char *decoder, uint64_t seed, uint64_t input);

/// Copies an input so that it, and `padding` bytes behind it, end where memory ends: a read past them
/// is a crash. Valid until the next call; null if it is too large.
void *fuzz_guarded(const void *bytes, size_t count, size_t padding);

/// Begins to measure the heap of this thread.
void fuzz_meter_start(void);

/// Bytes that were held at most since then, beside what was held before.
int64_t fuzz_meter_peak(void);

/// Allocations since then.
uint64_t fuzz_meter_calls(void);

#endif
