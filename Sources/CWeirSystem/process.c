#define _GNU_SOURCE
#include <malloc.h>
#include "CWeirSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int weir_processor_count(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
    // More processors than the set holds.
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int weir_terminal_columns(int descriptor) {
    struct winsize size;
    if (!isatty(descriptor)) return 0;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

void weir_lower_thread_priority(void) {
    // Failure is harmless: the thread then competes at the normal priority.
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_BATCH, &none);
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 5);
}

void weir_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int weir_accept(int listener) {
    return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static int interrupt_pipe[2] = {-1, -1};

static void note_interrupt(int signal) {
    int saved = errno;
    unsigned char byte = (unsigned char)signal;
    // A full pipe already holds interrupts that nobody has read: one more says nothing new.
    if (write(interrupt_pipe[1], &byte, 1) < 0) errno = saved;
    errno = saved;
}

int weir_redirect_interrupts(void) {
    if (pipe2(interrupt_pipe, O_CLOEXEC) != 0) return -1;
    fcntl(interrupt_pipe[1], F_SETFL, O_NONBLOCK);
    struct sigaction action = {0};
    action.sa_handler = note_interrupt;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, &action, 0) != 0 || sigaction(SIGTERM, &action, 0) != 0) return -1;
    return interrupt_pipe[0];
}

void weir_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    // Failure is harmless: the process then has what it was started with.
    setrlimit(RLIMIT_NOFILE, &limit);
}

void weir_return_large_blocks(void) { mallopt(M_MMAP_THRESHOLD, 256 << 10); }

void weir_return_free_memory(void) { malloc_trim(0); }

const char *weir_environment_entry(size_t index) {
    extern char **environ;
    return environ ? environ[index] : 0;
}

void weir_occupy_standard_streams(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        // The lowest free number is the one that is missing.
        if (open("/dev/null", O_RDWR) < 0) return;
    }
}
