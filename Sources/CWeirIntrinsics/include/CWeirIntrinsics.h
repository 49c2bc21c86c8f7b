// What the Swift standard library lacks: prefetch, masks of vectors, CRC32C, the power function, mapped
// memory.
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

/// The first byte from `p` on that ends or interrupts text in JSON: a quote, a backslash, or one below a
/// blank. Looks at sixteen bytes at a time, up to fifteen behind the one found; `*others` becomes zero
/// if all bytes looked at are ASCII.
static inline __attribute__((always_inline)) const uint8_t *weir_text_stop(const uint8_t *p,
                                                                           uint32_t *others) {
  typedef uint8_t bytes __attribute__((ext_vector_type(16)));
  typedef _Bool bits __attribute__((ext_vector_type(16)));
  bytes all = 0;
  for (;; p += 16) {
    bytes block;
    __builtin_memcpy(&block, p, sizeof block);
    all |= block;
    bits stops = __builtin_convertvector((block == '"') | (block == '\\') | (block < ' '), bits);
    uint16_t mask;
    __builtin_memcpy(&mask, &stops, sizeof mask);
    if (mask == 0) continue;
    bits high = __builtin_convertvector(all >= 0x80, bits);
    uint16_t found;
    __builtin_memcpy(&found, &high, sizeof found);
    *others = found;
    return p + __builtin_ctz(mask);
  }
}

/// CRC32C (Castagnoli) of `length` bytes, continuing from `seed` (0 at the start).
uint32_t weir_crc32c(uint32_t seed, const void *bytes, size_t length);

/// The same by tables, whatever the processor can do: for tests and comparisons.
uint32_t weir_crc32c_portable(uint32_t seed, const void *bytes, size_t length);

/// `base` to the power of `exponent`, by the C library, which is within one unit of the last place.
double weir_power(double base, double exponent);

/// The logarithm of `value` to the base of 10, by the C library.
double weir_log10(double value);

/// Maps `bytes` (a multiple of the page size) of zeroed memory at a multiple of `alignment` (a power
/// of two, at least a page); NULL if the kernel refuses. `huge_pages` asks for 2 MiB pages.
void *weir_map_memory(size_t bytes, size_t alignment, int huge_pages);

/// Gives a whole mapping back.
void weir_unmap_memory(void *start, size_t bytes);

/// Gives the whole pages between two addresses back to the kernel; they read as zeros afterwards.
void weir_discard_memory(void *start, size_t bytes);

#endif
