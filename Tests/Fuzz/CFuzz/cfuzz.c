#include "cfuzz.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

// MARK: The heap

// The functions of the C library under the names that it keeps for those who replace them. Defined
// in the executable, the ones below stand in for the library's everywhere in the process.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static __thread int64_t held __attribute__((tls_model("local-exec")));
static __thread int64_t peak __attribute__((tls_model("local-exec")));
static __thread uint64_t calls __attribute__((tls_model("local-exec")));

static inline void *taken(void *memory) {
    calls++;
    if (memory) held += (int64_t)malloc_usable_size(memory);
    if (held > peak) peak = held;
    return memory;
}

static inline void given(void *memory) {
    if (memory) held -= (int64_t)malloc_usable_size(memory);
}

void fuzz_meter_start(void) {
    held = 0;
    peak = 0;
    calls = 0;
}

int64_t fuzz_meter_peak(void) { return peak; }
uint64_t fuzz_meter_calls(void) { return calls; }

void *malloc(size_t size) { return taken(__libc_malloc(size)); }

void *calloc(size_t number, size_t size) { return taken(__libc_calloc(number, size)); }

void *realloc(void *memory, size_t size) {
    int64_t before = memory ? (int64_t)malloc_usable_size(memory) : 0;
    void *moved = __libc_realloc(memory, size);
    if (moved || size == 0) held -= before;
    return taken(moved);
}

void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) {
    return taken(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    *memory = taken(__libc_memalign(alignment, size));
    return *memory ? 0 : ENOMEM;
}

void free(void *memory) {
    given(memory);
    __libc_free(memory);
}

// MARK: The wall

enum { room = 1 << 20, page = 4096 };

void *fuzz_guarded(const void *bytes, size_t count, size_t padding) {
    static char *wall;
    if (!wall) {
        char *memory = mmap(0, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED || mprotect(memory + room, page, PROT_NONE)) return 0;
        wall = memory + room;
    }
    if (count + padding > room) return 0;
    char *start = wall - padding - count;
    if (count) memcpy(start, bytes, count);
    memset(start + count, 0, padding);
    return start;
}

// MARK: The last word

static const char *volatile decoder_now;
static volatile uint64_t seed_now;
static volatile uint64_t input_now;

void fuzz_note(const char *decoder, uint64_t seed, uint64_t input) {
    seed_now = seed;
    input_now = input;
    decoder_now = decoder;
}

static void say(const char *text) {
    if (write(2, text, strlen(text)) < 0) return;
}

static void say_number(uint64_t number) {
    char digits[21];
    int start = 20;
    digits[20] = 0;
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    say(digits + start);
}

static void last_word(int signal_number) {
    const char *decoder = decoder_now;
    say(signal_number == SIGVTALRM ? "\nhang: " : "\ncrash: ");
    say("--decoder ");
    say(decoder ? decoder : "none");
    say(" --seed ");
    say_number(seed_now);
    say(" --replay ");
    say_number(input_now);
    say(" (signal ");
    say_number((uint64_t)signal_number);
    say(")\n");
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void fuzz_install(int seconds) {
    static char stack[64 << 10];
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&own, 0);
    int deadly[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGVTALRM};
    struct sigaction action = {.sa_handler = last_word, .sa_flags = SA_ONSTACK | SA_NODEFER};
    for (unsigned index = 0; index < sizeof deadly / sizeof *deadly; index++) {
        sigaction(deadly[index], &action, 0);
    }
    struct itimerval time = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_VIRTUAL, &time, 0);
}
