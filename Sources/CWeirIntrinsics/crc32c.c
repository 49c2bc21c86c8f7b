#include "CWeirIntrinsics.h"

#include <string.h>

// Table-driven CRC32C for processors without the instruction, built on first use by the loader.
static uint32_t table[8][256];

__attribute__((constructor)) static void build_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
        table[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++)
            table[t][i] = (table[t - 1][i] >> 8) ^ table[0][table[t - 1][i] & 0xFF];
}

static uint32_t crc_portable(uint32_t crc, const unsigned char *p, size_t n) {
    while (n--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xFF];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_sse42(
    uint32_t seed, const unsigned char *p, size_t n) {
    uint64_t crc = seed;
    while (n >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        crc = __builtin_ia32_crc32di(crc, word);
        p += 8;
        n -= 8;
    }
    uint32_t tail = (uint32_t)crc;
    while (n--) tail = __builtin_ia32_crc32qi(tail, *p++);
    return tail;
}
#endif

uint32_t weir_crc32c(uint32_t seed, const void *bytes, size_t length) {
    uint32_t crc = ~seed;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc_sse42(crc, (const unsigned char *)bytes, length);
#endif
    return ~crc_portable(crc, (const unsigned char *)bytes, length);
}
