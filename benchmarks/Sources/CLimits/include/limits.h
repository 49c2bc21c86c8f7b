// What this machine can do: small loops in C, each with one number to compare the engine with.
#ifndef WEIR_LIMITS_H
#define WEIR_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/// How long a loop took and how much it did.
typedef struct {
    /// Processor time of the calling thread, or wall time where the comment says so.
    uint64_t nanoseconds;
    /// Operations or bytes, as the function says.
    uint64_t amount;
    /// Depends on all the work, so that none of it is optimised away.
    uint64_t check;
} limits_result;

/// Wall time of a clock that only grows.
uint64_t limits_wall_nanoseconds(void);
/// Processor time of the calling thread.
uint64_t limits_thread_nanoseconds(void);

/// Zeroed memory on huge pages where the kernel gives them, present before the return; null if there
/// is not enough.
void *limits_allocate(size_t bytes);
void limits_free(void *memory, size_t bytes);

/// Sums all words of a buffer. Amount: bytes.
limits_result limits_memory_read(const void *buffer, size_t bytes);
/// Fills a buffer. Amount: bytes.
limits_result limits_memory_fill(void *buffer, size_t bytes);
/// Copies a buffer. Amount: bytes copied (each is read and written).
limits_result limits_memory_copy(void *target, const void *source, size_t bytes);

/// Makes one random cycle through all cache lines of a buffer.
void limits_chase_prepare(void *buffer, size_t bytes, uint64_t seed);
/// Follows the cycle. Amount: loads, each of which waits for the one before.
limits_result limits_chase(const void *buffer, uint64_t steps);

/// A hash table of 16-byte entries (8-byte key, 8-byte counter), open addressing, linear probing.
typedef struct limits_table limits_table;
/// A table with the keys 1 to `keys`; null if there is not enough memory.
limits_table *limits_table_make(uint64_t keys);
void limits_table_free(limits_table *table);
/// Bytes of its entries.
size_t limits_table_bytes(const limits_table *table);
/// Adds one to the counter of each key, one after the other. Amount: updates.
limits_result limits_table_update(limits_table *table, const uint64_t *keys, size_t count);
/// The same in blocks: hash all, prefetch all, update all. Amount: updates.
limits_result limits_table_update_prefetched(
    limits_table *table, const uint64_t *keys, size_t count);
/// Uniform keys from 1 to `limit`.
void limits_fill_keys(uint64_t *keys, size_t count, uint64_t limit, uint64_t seed);

/// CRC32C by the processor's instruction, in one chain or in three at once. Amount: bytes.
/// Zero nanoseconds: this processor has no such instruction.
limits_result limits_crc32c(const void *buffer, size_t bytes, int lanes);

/// Passes words through a ring of 1024 places from one thread to another, `batch` words at a time.
/// Amount: words. Wall time.
limits_result limits_ring(uint64_t words, unsigned batch);

/// Appends `size` bytes and waits for the disk, `count` times; `each[i]` is the wall time of one.
/// Returns 0, or the system's error number.
int limits_append_and_sync(
    const char *path, size_t size, unsigned count, uint64_t *each);
/// Writes a file of `bytes` through the page cache and waits for the disk. Amount: bytes. Wall time.
int limits_write_file(const char *path, size_t bytes, limits_result *result);
/// Reads a file past the page cache. Amount: bytes. Wall time.
int limits_read_file(const char *path, limits_result *result);

/// A RocksDB database with 8-byte keys and values.
typedef struct limits_store limits_store;
/// Opens a new database in a directory that must not exist; null with a text in `error` (to be
/// freed) if that fails. No log is written, as for the engine's image.
limits_store *limits_store_open(const char *path, size_t cache_bytes, char **error);
void limits_store_close(limits_store *store);
/// Writes the keys, then flushes and compacts. Amount: puts; the time is that of the puts.
limits_result limits_store_put(
    limits_store *store, const uint64_t *keys, size_t count, char **error);
/// Reads the keys. Amount: gets; check: how many were found.
limits_result limits_store_get(
    limits_store *store, const uint64_t *keys, size_t count, char **error);
/// Reads each key and writes it back plus one. Amount: read-modify-writes.
limits_result limits_store_update(
    limits_store *store, const uint64_t *keys, size_t count, char **error);

/// Gaps that a thread sees which only looks at the clock.
typedef struct {
    uint64_t longest_nanoseconds;
    /// Sum of all gaps above 20 µs: time that others had.
    uint64_t lost_nanoseconds;
    uint64_t above_millisecond;
} limits_gaps;
/// Looks at the clock without a pause for `nanoseconds`.
limits_gaps limits_spin(uint64_t nanoseconds);

#endif
