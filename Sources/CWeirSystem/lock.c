// Locks of open file descriptions: fcntl(2), "Open file description locks".
#define _GNU_SOURCE
#include "CWeirSystem.h"

#include <fcntl.h>
#include <unistd.h>

static struct flock whole_file(short type) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    return lock;
}

int weir_lock(int descriptor, int is_shared) {
    struct flock lock = whole_file(is_shared ? F_RDLCK : F_WRLCK);
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int weir_is_locked(int descriptor) {
    struct flock lock = whole_file(F_WRLCK);
    if (fcntl(descriptor, F_OFD_GETLK, &lock) < 0) return -1;
    return lock.l_type != F_UNLCK;
}
