#define _GNU_SOURCE
#include "limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { piece = 1 << 20 };

int limits_append_and_sync(const char *path, size_t size, unsigned count, uint64_t *each) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return errno;
    char *bytes = calloc(1, size);
    int failure = bytes ? 0 : ENOMEM;
    for (unsigned i = 0; i < count && !failure; i++) {
        uint64_t start = limits_wall_nanoseconds();
        if (write(file, bytes, size) != (ssize_t)size || fdatasync(file)) failure = errno;
        each[i] = limits_wall_nanoseconds() - start;
    }
    free(bytes);
    close(file);
    return failure;
}

int limits_write_file(const char *path, size_t bytes, limits_result *result) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return errno;
    char *buffer = malloc(piece);
    if (!buffer) {
        close(file);
        return ENOMEM;
    }
    memset(buffer, 'w', piece);
    int failure = 0;
    uint64_t start = limits_wall_nanoseconds();
    for (size_t done = 0; done < bytes && !failure; done += piece)
        if (write(file, buffer, piece) != piece) failure = errno;
    if (!failure && fsync(file)) failure = errno;
    *result = (limits_result){limits_wall_nanoseconds() - start, bytes, 0};
    free(buffer);
    close(file);
    return failure;
}

int limits_read_file(const char *path, limits_result *result) {
    int file = open(path, O_RDONLY | O_DIRECT);
    if (file < 0) return errno;
    void *buffer;
    if (posix_memalign(&buffer, 4096, piece)) {
        close(file);
        return ENOMEM;
    }
    uint64_t total = 0, check = 0;
    ssize_t count;
    uint64_t start = limits_wall_nanoseconds();
    while ((count = read(file, buffer, piece)) > 0) {
        total += (uint64_t)count;
        check += *(const uint8_t *)buffer;
    }
    int failure = count < 0 ? errno : 0;
    *result = (limits_result){limits_wall_nanoseconds() - start, total, check};
    free(buffer);
    close(file);
    return failure;
}
