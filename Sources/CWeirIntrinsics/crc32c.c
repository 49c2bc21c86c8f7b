#include "CWeirIntrinsics.h"

#include <string.h>

// CRC32C (Castagnoli): polynomial 0x1EDC6F41, reflected 0x82F63B78.
//
// Two ways, chosen once when the program is loaded: the processor's instruction, three streams at a
// time (its latency is three cycles, its throughput one a cycle), or tables of eight bytes a step.
// The streams are joined by multiplying by x^(8n) modulo the polynomial, which a table for each
// fixed n does in four look-ups. After Mark Adler's crc32c.c (2013) and Gopal et al., Fast CRC
// Computation for iSCSI Polynomial Using CRC32 Instruction, Intel 2011.

#define POLYNOMIAL 0x82F63B78u

static uint32_t table[8][256];

static void build_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & (0u - (crc & 1)));
        table[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++)
            table[t][i] = (table[t - 1][i] >> 8) ^ table[0][table[t - 1][i] & 0xFF];
}

static uint32_t crc_portable(uint32_t crc, const unsigned char *p, size_t n) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (n >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word ^= crc;
        crc = table[7][word & 0xFF] ^ table[6][(word >> 8) & 0xFF] ^
              table[5][(word >> 16) & 0xFF] ^ table[4][(word >> 24) & 0xFF] ^
              table[3][(word >> 32) & 0xFF] ^ table[2][(word >> 40) & 0xFF] ^
              table[1][(word >> 48) & 0xFF] ^ table[0][word >> 56];
        p += 8;
        n -= 8;
    }
#endif
    while (n--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xFF];
    return crc;
}

#if defined(__x86_64__)
// Bytes of each of the three streams: long ones for frames and blocks, short ones for the rest.
#define LONG_STREAM 4096
#define SHORT_STREAM 256

// shift[k][b]: what byte k of a remainder, being b, becomes when n zero bytes follow.
static uint32_t shift_long[4][256], shift_short[4][256];

// `crc` followed by n zero bytes.
static uint32_t append_zeros(uint32_t crc, size_t n) {
    while (n--) crc = (crc >> 8) ^ table[0][crc & 0xFF];
    return crc;
}

static void build_shift(uint32_t shift[4][256], size_t n) {
    // The shift is linear: the powers of two determine the rest.
    for (int bit = 0; bit < 32; bit++)
        shift[bit / 8][1u << (bit % 8)] = append_zeros(1u << bit, n);
    for (int k = 0; k < 4; k++)
        for (uint32_t b = 1; b < 256; b++)
            shift[k][b] = shift[k][b & (b - 1)] ^ shift[k][b & (0u - b)];
}

static inline uint32_t apply_shift(uint32_t shift[4][256], uint32_t crc) {
    return shift[0][crc & 0xFF] ^ shift[1][(crc >> 8) & 0xFF] ^ shift[2][(crc >> 16) & 0xFF] ^
           shift[3][crc >> 24];
}

static inline uint64_t load_word(const unsigned char *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

// Three streams of `stream` bytes at p, p + stream, p + 2 * stream.
__attribute__((target("sse4.2"), always_inline)) static inline uint32_t crc_three(
    uint32_t seed, const unsigned char *p, size_t stream, uint32_t shift[4][256]) {
    uint64_t a = seed, b = 0, c = 0;
    for (const unsigned char *end = p + stream; p < end; p += 8) {
        a = __builtin_ia32_crc32di(a, load_word(p));
        b = __builtin_ia32_crc32di(b, load_word(p + stream));
        c = __builtin_ia32_crc32di(c, load_word(p + 2 * stream));
    }
    uint32_t joined = apply_shift(shift, (uint32_t)a) ^ (uint32_t)b;
    return apply_shift(shift, joined) ^ (uint32_t)c;
}

__attribute__((target("sse4.2"))) static uint32_t crc_sse42(
    uint32_t crc, const unsigned char *p, size_t n) {
    while (n && ((uintptr_t)p & 7)) {
        crc = __builtin_ia32_crc32qi(crc, *p++);
        n--;
    }
    while (n >= 3 * LONG_STREAM) {
        crc = crc_three(crc, p, LONG_STREAM, shift_long);
        p += 3 * LONG_STREAM;
        n -= 3 * LONG_STREAM;
    }
    while (n >= 3 * SHORT_STREAM) {
        crc = crc_three(crc, p, SHORT_STREAM, shift_short);
        p += 3 * SHORT_STREAM;
        n -= 3 * SHORT_STREAM;
    }
    uint64_t wide = crc;
    for (; n >= 8; p += 8, n -= 8) wide = __builtin_ia32_crc32di(wide, load_word(p));
    crc = (uint32_t)wide;
    while (n--) crc = __builtin_ia32_crc32qi(crc, *p++);
    return crc;
}
#endif

static uint32_t (*chosen)(uint32_t, const unsigned char *, size_t) = crc_portable;

__attribute__((constructor)) static void choose(void) {
    build_tables();
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2")) {
        build_shift(shift_long, LONG_STREAM);
        build_shift(shift_short, SHORT_STREAM);
        chosen = crc_sse42;
    }
#endif
}

uint32_t weir_crc32c(uint32_t seed, const void *bytes, size_t length) {
    return ~chosen(~seed, (const unsigned char *)bytes, length);
}

uint32_t weir_crc32c_portable(uint32_t seed, const void *bytes, size_t length) {
    return ~crc_portable(~seed, (const unsigned char *)bytes, length);
}
