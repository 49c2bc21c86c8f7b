// What the Swift standard library lacks: prefetch, CRC32C, the power function, mapped memory.
#ifndef CWEIR_INTRINSICS_H
#define CWEIR_INTRINSICS_H

#include <stddef.h>
#include <stdint.h>

/// Asks the processor to bring the cache line at `p` near; never faults.
static inline void weir_prefetch(const void *p) { __builtin_prefetch(p, 1, 3); }

/// memcmp: below zero, zero or above as `a` is less than, equal to or greater than `b`.
static inline int weir_compare(const void *a, const void *b, size_t length) {
  return __builtin_memcmp(a, b, length);
}

/// CRC32C (Castagnoli) of `length` bytes, continuing from `seed` (0 at the start).
uint32_t weir_crc32c(uint32_t seed, const void *bytes, size_t length);

/// The same by tables, whatever the processor can do: for tests and comparisons.
uint32_t weir_crc32c_portable(uint32_t seed, const void *bytes, size_t length);

/// `base` to the power of `exponent`, by the C library, which is within one unit of the last place.
double weir_power(double base, double exponent);

/// Maps `bytes` (a multiple of the page size) of zeroed memory at a multiple of `alignment` (a power
/// of two, at least a page); NULL if the kernel refuses. `huge_pages` asks for 2 MiB pages.
void *weir_map_memory(size_t bytes, size_t alignment, int huge_pages);

/// Gives a whole mapping back.
void weir_unmap_memory(void *start, size_t bytes);

/// Gives the whole pages between two addresses back to the kernel; they read as zeros afterwards.
void weir_discard_memory(void *start, size_t bytes);

#endif
