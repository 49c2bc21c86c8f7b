// What the Swift standard library lacks: prefetch, CRC32C, and the power function.
#ifndef CWEIR_INTRINSICS_H
#define CWEIR_INTRINSICS_H

#include <stddef.h>
#include <stdint.h>

/// Asks the processor to bring the cache line at `p` near; never faults.
static inline void weir_prefetch(const void *p) { __builtin_prefetch(p, 1, 3); }

/// CRC32C (Castagnoli) of `length` bytes, continuing from `seed` (0 at the start).
uint32_t weir_crc32c(uint32_t seed, const void *bytes, size_t length);

/// The same by tables, whatever the processor can do: for tests and comparisons.
uint32_t weir_crc32c_portable(uint32_t seed, const void *bytes, size_t length);

/// `base` to the power of `exponent`, by the C library, which is within one unit of the last place.
double weir_power(double base, double exponent);

#endif
