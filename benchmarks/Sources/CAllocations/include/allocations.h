// Counts what is taken from the heap.
#ifndef WEIR_ALLOCATIONS_H
#define WEIR_ALLOCATIONS_H

#include <stdint.h>

/// Calls of malloc, calloc, realloc and their aligned kin by the calling thread so far.
uint64_t allocations_of_thread(void);

#endif
