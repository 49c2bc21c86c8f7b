#include "limits.h"

#include <rocksdb/c.h>
#include <stdlib.h>
#include <string.h>

struct limits_store {
    rocksdb_t *database;
    rocksdb_options_t *options;
    rocksdb_block_based_table_options_t *table;
    rocksdb_cache_t *cache;
    rocksdb_readoptions_t *reads;
    rocksdb_writeoptions_t *writes;
};

limits_store *limits_store_open(const char *path, size_t cache_bytes, char **error) {
    limits_store *store = calloc(1, sizeof *store);
    store->cache = rocksdb_cache_create_lru(cache_bytes);
    store->table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_block_cache(store->table, store->cache);
    rocksdb_block_based_options_set_filter_policy(
        store->table, rocksdb_filterpolicy_create_bloom_full(10));
    // The filter belongs to the options of the table from here on.
    store->options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(store->options, 1);
    rocksdb_options_set_error_if_exists(store->options, 1);
    rocksdb_options_set_compression(store->options, rocksdb_no_compression);
    rocksdb_options_set_block_based_table_factory(store->options, store->table);
    store->reads = rocksdb_readoptions_create();
    store->writes = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(store->writes, 1);
    *error = NULL;
    store->database = rocksdb_open(store->options, path, error);
    if (*error) {
        limits_store_close(store);
        return NULL;
    }
    return store;
}

void limits_store_close(limits_store *store) {
    if (store->database) rocksdb_close(store->database);
    rocksdb_readoptions_destroy(store->reads);
    rocksdb_writeoptions_destroy(store->writes);
    rocksdb_options_destroy(store->options);
    rocksdb_block_based_options_destroy(store->table);
    rocksdb_cache_destroy(store->cache);
    free(store);
}

static void put(limits_store *store, uint64_t key, uint64_t value, char **error) {
    uint64_t ordered = __builtin_bswap64(key);
    rocksdb_put(
        store->database, store->writes, (const char *)&ordered, 8, (const char *)&value, 8, error);
}

// The value of a key; `found` is 0 if there is none.
static uint64_t get(limits_store *store, uint64_t key, int *found, char **error) {
    uint64_t ordered = __builtin_bswap64(key), value = 0;
    rocksdb_pinnableslice_t *slice = rocksdb_get_pinned(
        store->database, store->reads, (const char *)&ordered, 8, error);
    *found = slice != NULL;
    if (slice) {
        size_t length;
        const char *bytes = rocksdb_pinnableslice_value(slice, &length);
        if (length == 8) memcpy(&value, bytes, 8);
        rocksdb_pinnableslice_destroy(slice);
    }
    return value;
}

limits_result limits_store_put(
    limits_store *store, const uint64_t *keys, size_t count, char **error) {
    *error = NULL;
    uint64_t start = limits_wall_nanoseconds();
    for (size_t i = 0; i < count && !*error; i++) put(store, keys[i], i, error);
    uint64_t end = limits_wall_nanoseconds();
    if (!*error) {
        rocksdb_flushoptions_t *flush = rocksdb_flushoptions_create();
        rocksdb_flush(store->database, flush, error);
        rocksdb_flushoptions_destroy(flush);
        rocksdb_compact_range(store->database, NULL, 0, NULL, 0);
    }
    return (limits_result){end - start, count, 0};
}

limits_result limits_store_get(
    limits_store *store, const uint64_t *keys, size_t count, char **error) {
    *error = NULL;
    uint64_t hits = 0;
    uint64_t start = limits_wall_nanoseconds();
    for (size_t i = 0; i < count && !*error; i++) {
        int found;
        get(store, keys[i], &found, error);
        hits += (uint64_t)found;
    }
    return (limits_result){limits_wall_nanoseconds() - start, count, hits};
}

limits_result limits_store_update(
    limits_store *store, const uint64_t *keys, size_t count, char **error) {
    *error = NULL;
    uint64_t hits = 0;
    uint64_t start = limits_wall_nanoseconds();
    for (size_t i = 0; i < count && !*error; i++) {
        int found;
        uint64_t value = get(store, keys[i], &found, error);
        hits += (uint64_t)found;
        if (!*error) put(store, keys[i], value + 1, error);
    }
    return (limits_result){limits_wall_nanoseconds() - start, count, hits};
}
