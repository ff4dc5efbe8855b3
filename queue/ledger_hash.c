#include "ledger_hash.h"

#include <string.h>

struct state {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void rounds(struct state *s, int count)
{
    for (int i = 0; i < count; i++) {
        s->a += s->b;
        s->b = rotate(s->b, 13) ^ s->a;
        s->a = rotate(s->a, 32);
        s->c += s->d;
        s->d = rotate(s->d, 16) ^ s->c;
        s->a += s->d;
        s->d = rotate(s->d, 21) ^ s->a;
        s->c += s->b;
        s->b = rotate(s->b, 17) ^ s->c;
        s->c = rotate(s->c, 32);
    }
}

/* Fewer than eight bytes, the first one lowest. */
static uint64_t load_some(const unsigned char *bytes, size_t len)
{
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static uint64_t load(const unsigned char *bytes)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
#else
    return load_some(bytes, 8);
#endif
}

uint64_t ledger_hash(const struct ledger_seed *seed, const void *bytes,
                     size_t len)
{
    const unsigned char *at = bytes;
    struct state s = {
        seed->low ^ 0x736f6d6570736575U, seed->high ^ 0x646f72616e646f6dU,
        seed->low ^ 0x6c7967656e657261U, seed->high ^ 0x7465646279746573U};
    size_t whole = len & ~(size_t)7;

    for (size_t i = 0; i < whole; i += 8) {
        uint64_t word = load(at + i);
        s.d ^= word;
        rounds(&s, 2);
        s.a ^= word;
    }
    uint64_t last = load_some(at + whole, len - whole) | (uint64_t)len << 56;
    s.d ^= last;
    rounds(&s, 2);
    s.a ^= last;
    s.c ^= 0xff;
    rounds(&s, 4);
    return s.a ^ s.b ^ s.c ^ s.d;
}

uint64_t ledger_hash_u64(const struct ledger_seed *seed, uint64_t value)
{
    value ^= seed->low;
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93U;
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93U;
    return value ^ value >> 32 ^ seed->high;
}
