#define _GNU_SOURCE
#include "CWeirSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Who ignores SIGCHLD, as some launchers let their children do, is never told how a child ended.
static void heed_children(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, 0, &action) == 0 && action.sa_handler == SIG_IGN) {
        signal(SIGCHLD, SIG_DFL);
    }
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (!failure) failure = posix_spawnattr_setpgroup(attributes, 0);
    if (!failure) {
        short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
        failure = posix_spawnattr_setflags(attributes, flags);
    }
    return failure;
}

static int set_actions(posix_spawn_file_actions_t *actions, int directory, int output,
                       int errors) {
    int failure = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failure && output >= 0) failure = posix_spawn_file_actions_adddup2(actions, output, 1);
    if (!failure && errors >= 0) failure = posix_spawn_file_actions_adddup2(actions, errors, 2);
    if (!failure && directory >= 0) {
        failure = posix_spawn_file_actions_addfchdir_np(actions, directory);
    }
    if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    return failure;
}

int weir_spawn(const char *path, char *const *arguments, char *const *environment, int directory,
               int output, int errors, int *process) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t started = -1;
    heed_children();
    int failure = posix_spawnattr_init(&attributes);
    if (failure) return failure;
    failure = posix_spawn_file_actions_init(&actions);
    if (!failure) {
        failure = set_attributes(&attributes);
        if (!failure) failure = set_actions(&actions, directory, output, errors);
        if (!failure) {
            failure = posix_spawn(&started, path, &actions, &attributes, arguments, environment);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    *process = started;
    return failure;
}

int weir_open_process(int process) { return syscall(SYS_pidfd_open, process, 0); }

int weir_signal_process(int descriptor, int signal) {
    return syscall(SYS_pidfd_send_signal, descriptor, signal, 0, 0);
}

int weir_reap_process(int descriptor, int *is_signalled, int *status) {
    siginfo_t info = {0};
    // P_PIDFD: the kernel's number, which older C libraries do not name.
    while (waitid((idtype_t)3, (id_t)descriptor, &info, WEXITED | WNOHANG) != 0) {
        if (errno != EINTR) return -1;
    }
    if (info.si_pid == 0) return 0;
    *is_signalled = info.si_code != CLD_EXITED;
    *status = info.si_status;
    return 1;
}

void weir_kill_and_reap(int process) {
    kill(process, SIGKILL);
    while (waitpid(process, 0, 0) < 0 && errno == EINTR) {
    }
}
