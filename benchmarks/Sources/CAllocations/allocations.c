#include "allocations.h"

#include <errno.h>
#include <stddef.h>

// The functions of the C library under the names that it keeps for those who replace them. Defined
// in the executable, the ones below stand in for the library's everywhere in the process.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// In the executable's own block of thread-local memory, which is there before any call.
static __thread uint64_t count __attribute__((tls_model("local-exec")));

static inline void note(void) { count++; }

uint64_t allocations_of_thread(void) { return count; }

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    note();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    note();
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}
