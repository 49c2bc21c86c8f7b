#include "limits.h"

#include <stdlib.h>

typedef struct {
    uint64_t key;
    uint64_t value;
} entry;

struct limits_table {
    entry *entries;
    uint64_t mask;
    unsigned shift;
};

// The finaliser of MurmurHash3, as an engine needs it that does not know its keys: a single product
// would lay dense keys out evenly, which random ones never are.
static inline uint64_t home(const limits_table *table, uint64_t key) {
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53u;
    return key >> table->shift;
}

static inline uint64_t bump(limits_table *table, uint64_t place, uint64_t key) {
    for (;; place = (place + 1) & table->mask) {
        entry *e = &table->entries[place];
        if (e->key == key) return ++e->value;
        if (e->key == 0) {
            e->key = key;
            return e->value = 1;
        }
    }
}

limits_table *limits_table_make(uint64_t keys) {
    limits_table *table = malloc(sizeof *table);
    if (!table) return NULL;
    // At most 75 % full.
    unsigned bits = 4;
    while ((3ull << bits) / 4 < keys) bits++;
    table->mask = (1ull << bits) - 1;
    table->shift = 64 - bits;
    table->entries = limits_allocate(sizeof(entry) << bits);
    if (!table->entries) {
        free(table);
        return NULL;
    }
    for (uint64_t key = 1; key <= keys; key++) bump(table, home(table, key), key);
    return table;
}

void limits_table_free(limits_table *table) {
    limits_free(table->entries, limits_table_bytes(table));
    free(table);
}

size_t limits_table_bytes(const limits_table *table) {
    return (table->mask + 1) * sizeof(entry);
}

limits_result limits_table_update(limits_table *table, const uint64_t *keys, size_t count) {
    uint64_t check = 0;
    uint64_t start = limits_thread_nanoseconds();
    for (size_t i = 0; i < count; i++) check += bump(table, home(table, keys[i]), keys[i]);
    return (limits_result){limits_thread_nanoseconds() - start, count, check};
}

enum { block = 32 };

limits_result limits_table_update_prefetched(
    limits_table *table, const uint64_t *keys, size_t count) {
    uint64_t check = 0;
    uint64_t places[block];
    uint64_t start = limits_thread_nanoseconds();
    for (size_t i = 0; i < count; i += block) {
        size_t length = count - i < block ? count - i : block;
        for (size_t j = 0; j < length; j++) {
            places[j] = home(table, keys[i + j]);
            __builtin_prefetch(&table->entries[places[j]], 1, 3);
        }
        for (size_t j = 0; j < length; j++) check += bump(table, places[j], keys[i + j]);
    }
    return (limits_result){limits_thread_nanoseconds() - start, count, check};
}
