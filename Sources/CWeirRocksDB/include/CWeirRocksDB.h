// What RocksDB's C interface lacks.
#ifndef CWEIR_ROCKSDB_H
#define CWEIR_ROCKSDB_H

#ifdef __cplusplus
extern "C" {
#endif

/// Makes the directory `target` a copy of an open database as of now: table files by hard link, the rest
/// copied. `database` is a `rocksdb_t` of RocksDB's C interface.
///
/// Instead of `rocksdb_checkpoint_create`, which may wait for ever: it waits for obsolete files to be
/// deleted, and up to RocksDB 10 the signal that none are left is sometimes not given (facebook/rocksdb
/// pull request 14069). This one asks for the list of live files, which waits for nothing, while no file
/// may be deleted.
///
/// Returns null, or what went wrong, to be freed with `free`; then nothing is left of `target`.
char *weir_rocksdb_checkpoint(void *database, const char *target);

#ifdef __cplusplus
}
#endif

#endif
