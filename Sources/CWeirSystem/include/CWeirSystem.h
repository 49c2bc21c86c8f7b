// System calls that Swift's Glibc module lacks or cannot call: futex, epoll, pidfd, ioctl,
// signals, priorities, limits.
#ifndef CWEIR_SYSTEM_H
#define CWEIR_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

/// Sleeps while `*word == expected`, at most `timeout_nanoseconds` (negative: no limit).
void weir_futex_wait(const void *word, uint32_t expected, int64_t timeout_nanoseconds);

/// Wakes up to `count` sleepers on `word`.
void weir_futex_wake(const void *word, int count);

/// The most descriptors that one `weir_poll` reports.
#define WEIR_POLL_LIMIT 256

/// A new epoll instance; -1 with `errno`.
int weir_poller_open(void);

/// A new eventfd that the epoll instance reports once for each `weir_poller_ring`; -1 with `errno`.
int weir_poller_add_bell(int poller);

/// Makes `weir_poll` report the bell.
void weir_poller_ring(int bell);

/// Watches a descriptor, or changes what is waited for: reading, and writing if asked for. 0, or -1
/// with `errno`.
int weir_poller_watch(int poller, int descriptor, int for_writing);

/// Ends the watching; harmless if there is none.
void weir_poller_forget(int poller, int descriptor);

/// Waits for descriptors to be ready, at most `timeout_nanoseconds` (negative: no limit), and stores
/// at most `WEIR_POLL_LIMIT` of them. How many; 0 after a signal.
int weir_poll(int poller, int *ready, int64_t timeout_nanoseconds);

/// Processors that this process may run on.
int weir_processor_count(void);

/// Columns of the terminal behind a descriptor; 0 if it is no terminal.
int weir_terminal_columns(int descriptor);

/// Lets the calling thread run only where others leave processor time: nice +5, SCHED_BATCH.
void weir_lower_thread_priority(void);

/// Names the calling thread for the system's tools; 15 bytes at most.
void weir_name_thread(const char *name);

/// Accepts a connection as a non-blocking socket that children do not inherit; -1 with `errno`.
int weir_accept(int listener);

/// Takes a lock on an open file that keeps out all others, or (shared) those who want to; 0, or -1
/// with `errno`: EAGAIN if it is held. Freed with the last descriptor of this opening.
int weir_lock(int descriptor, int is_shared);

/// Whether somebody holds a lock on an open file through another opening: 1 or 0, or -1 with `errno`.
int weir_is_locked(int descriptor);

/// From now on SIGINT and SIGTERM write one byte into a pipe instead of ending the process.
/// Returns the pipe's reading end, or -1 with `errno`. Called once.
int weir_redirect_interrupts(void);

/// Starts a program with /dev/null as standard input, default signals, its own process group and no
/// other descriptor than the standard streams. `directory`, `output` and `errors` are descriptors, or
/// -1 for those of this process. 0 and the process's id, or an error number.
int weir_spawn(const char *path, char *const *arguments, char *const *environment, int directory,
               int output, int errors, int *process);

/// A descriptor of a child that has not been waited for (pidfd; Linux 5.3); -1 with `errno`. Readable
/// once it has ended.
int weir_open_process(int process);

/// Sends a signal to the process behind a descriptor; 0, or -1 with `errno`.
int weir_signal_process(int descriptor, int signal);

/// How the child behind a descriptor (Linux 5.4) ended, without waiting: 1 and its exit code or the
/// signal's number, 0 if it runs, or -1 with `errno`.
int weir_reap_process(int descriptor, int *is_signalled, int *status);

/// Ends a child and waits for that.
void weir_kill_and_reap(int process);

/// Opens /dev/null in place of standard streams that are closed.
void weir_occupy_standard_streams(void);

/// Raises the number of descriptors that this process may have open to the most that it may ask for.
void weir_raise_descriptor_limit(void);

/// From now on heap blocks of 256 KiB and more go back to the kernel as soon as they are freed. By
/// itself the C library begins to keep them after the first ones.
void weir_return_large_blocks(void);

/// Gives the whole pages between blocks of the heap back to the kernel; by itself the C library keeps
/// them for ever, in an arena for each thread. Takes a millisecond for some ten MiB of free memory.
void weir_return_free_memory(void);

/// The entry NAME=value of the environment at an index; null behind the last.
const char *weir_environment_entry(size_t index);

#endif
