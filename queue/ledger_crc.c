/*
 * CRC-32/ISO-HDLC, which vouches for every record: reading a large ledger is
 * mostly that. Where the processor multiplies polynomials (x86's PCLMULQDQ),
 * 64 bytes are folded at a time, after Gopal, Ozturk and others, "Fast CRC
 * Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel,
 * 2009); zlib does what is short, and all of it elsewhere.
 */
#include "ledger_format.h"

#include <zlib.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define FOLD_MIN 64 /* bytes from which folding pays */

#define FOLDING __attribute__((target("pclmul,sse4.1")))

/* x^k mod P for the distances that are folded over, bit-reflected; the
   paper's names. */
static const uint64_t k1k2[2] = {0x0154442bd4, 0x01c6e41596}; /* 512 bits */
static const uint64_t k3k4[2] = {0x01751997d0, 0x00ccaa009e}; /* 128 bits */
static const uint64_t k5k0[2] = {0x0163cd6124, 0};            /* 64 bits */
static const uint64_t poly[2] = {0x01db710641, 0x01f7011641}; /* P, and mu */

FOLDING static __m128i load(const void *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

/* x moved on by the distance of the constants k, and the next bytes. */
FOLDING static __m128i fold(__m128i x, __m128i k, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(x, k, 0x00);
    __m128i high = _mm_clmulepi64_si128(x, k, 0x11);

    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* 128 bits to 32: folding to 64, then Barrett's reduction. */
FOLDING static uint32_t reduce(__m128i x)
{
    const __m128i low32 = _mm_setr_epi32(~0, 0, ~0, 0);
    __m128i k = load(k3k4);
    __m128i y = _mm_clmulepi64_si128(x, k, 0x10);

    x = _mm_xor_si128(_mm_srli_si128(x, 8), y);
    k = _mm_loadl_epi64((const __m128i *)(const void *)k5k0);
    y = _mm_srli_si128(x, 4);
    x = _mm_xor_si128(_mm_clmulepi64_si128(_mm_and_si128(x, low32), k, 0x00),
                      y);
    k = load(poly);
    y = _mm_clmulepi64_si128(_mm_and_si128(x, low32), k, 0x10);
    y = _mm_clmulepi64_si128(_mm_and_si128(y, low32), k, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(x, y), 1);
}

/* Byte i of the result is byte order[i] of x, or 0 where that is NONE. */
FOLDING static __m128i permute(__m128i x, const uint8_t *order)
{
    return _mm_shuffle_epi8(x, load(order));
}

/*
 * len is at least FOLD_MIN. Zeros in front of a text leave a CRC that starts
 * with 0 as it is: so the odd bytes come first, behind zeros that make a whole
 * block of them. The start, all ones, is added to the text's first four bytes,
 * which may reach into the second block.
 */
FOLDING static uint32_t crc_folded(const char *at, size_t len)
{
    enum {
        NONE = 0x80
    };
    static const uint8_t order[48] = {
        NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
        NONE, NONE, NONE, NONE, 0,    1,    2,    3,    4,    5,    6,    7,
        8,    9,    10,   11,   12,   13,   14,   15,   NONE, NONE, NONE, NONE,
        NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE};
    const __m128i start = _mm_cvtsi32_si128(-1);
    const __m128i far = load(k1k2);
    const __m128i near = load(k3k4);
    size_t odd = (len - 1) % 16 + 1;
    __m128i x[4];

    x[0] = permute(_mm_xor_si128(load(at), start), order + odd);
    at += odd;
    len -= odd;
    x[1] = _mm_xor_si128(load(at), permute(start, order + 16 + odd));
    x[2] = load(at + 16);
    x[3] = load(at + 32);
    for (at += 48, len -= 48; len >= 64; at += 64, len -= 64)
        for (int i = 0; i < 4; i++)
            x[i] = fold(x[i], far, load(at + (ptrdiff_t)16 * i));
    for (int i = 1; i < 4; i++)
        x[0] = fold(x[0], near, x[i]);
    for (; len >= 16; at += 16, len -= 16)
        x[0] = fold(x[0], near, load(at));
    return ~reduce(x[0]);
}

static bool can_fold(void)
{
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

uint32_t ledger_crc(const char *bytes, size_t len)
{
    if (len >= FOLD_MIN && can_fold())
        return crc_folded(bytes, len);
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes, len);
}

#else

uint32_t ledger_crc(const char *bytes, size_t len)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes, len);
}

#endif
