// Large blocks of memory straight from the kernel.
#define _GNU_SOURCE
#include "CWeirIntrinsics.h"

#include <sys/mman.h>

void *weir_map_memory(size_t bytes, size_t alignment, int huge_pages) {
  size_t padded = bytes + alignment;
  unsigned char *start = mmap(NULL, padded, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return NULL;
  size_t before = (alignment - (uintptr_t)start % alignment) % alignment;
  if (before > 0) munmap(start, before);
  if (padded - before > bytes) munmap(start + before + bytes, padded - before - bytes);
  if (huge_pages) madvise(start + before, bytes, MADV_HUGEPAGE);
  return start + before;
}

void weir_unmap_memory(void *start, size_t bytes) { munmap(start, bytes); }

void weir_discard_memory(void *start, size_t bytes) {
  uintptr_t page = 4096;
  uintptr_t first = ((uintptr_t)start + page - 1) / page * page;
  uintptr_t end = ((uintptr_t)start + bytes) / page * page;
  if (end > first) madvise((void *)first, end - first, MADV_DONTNEED);
}
