#include "sample.h"

#include <string.h>

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)
#define KEYS   4

static uint64_t mix(uint64_t z)
{
    z ^= z >> 30;
    z *= UINT64_C(0xbf58476d1ce4e5b9);
    z ^= z >> 27;
    z *= UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t upper(uint64_t word, unsigned bits)
{
    return bits == 0 ? 0 : word >> (64 - bits);
}

static unsigned bits_of(uint64_t number)
{
    unsigned bits = 0;

    for (; number != 0; number >>= 1)
        bits++;
    return bits;
}

void sample_init(struct sample *sample, struct hasher *hasher, uint64_t seed,
                 const char *label, uint64_t size)
{
    unsigned bits = bits_of(size - 1);
    uint8_t digest[CID_DIGEST_LEN];
    uint64_t words[KEYS] = {0};
    size_t len = strlen(label);

    hasher_begin(hasher);
    hasher_add(hasher, "nbp1", 4);
    hasher_add_u64(hasher, seed);
    hasher_add_u32(hasher, (uint32_t)len);
    hasher_add(hasher, label, len);
    hasher_end(hasher, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        words[i / 8] = words[i / 8] << 8 | digest[i];
    sample->size = size;
    sample->upper_bits = bits / 2;
    sample->lower_bits = bits - bits / 2;
    for (unsigned r = 0; r < SAMPLE_ROUNDS; r++)
        sample->keys[r] = words[r % KEYS] + r * GOLDEN;
}

/* One round, which is its own inverse. */
static void turn(const struct sample *s, unsigned r, uint64_t *left,
                 uint64_t *right)
{
    if (r % 2 == 0)
        *left ^= upper(mix(*right + s->keys[r]), s->upper_bits);
    else
        *right ^= upper(mix(*left + s->keys[r]), s->lower_bits);
}

static uint64_t once(const struct sample *s, uint64_t number, bool inverse)
{
    uint64_t mask = (UINT64_C(1) << s->lower_bits) - 1;
    uint64_t left = number >> s->lower_bits;
    uint64_t right = number & mask;

    for (unsigned r = 0; r < SAMPLE_ROUNDS; r++)
        turn(s, inverse ? SAMPLE_ROUNDS - 1 - r : r, &left, &right);
    return left << s->lower_bits | right;
}

static uint64_t walk(const struct sample *s, uint64_t number, bool inverse)
{
    do
        number = once(s, number, inverse);
    while (number >= s->size);
    return number;
}

uint64_t sample_at(const struct sample *sample, uint64_t position)
{
    return walk(sample, position, false);
}

uint64_t sample_position(const struct sample *sample, uint64_t index)
{
    return walk(sample, index, true);
}

uint64_t sample_count(const struct sample *sample, uint64_t below,
                      uint64_t start, uint64_t count)
{
    uint64_t found = 0;

    if (below >= sample->size)
        return count;
    if (count <= below) {
        for (uint64_t i = 0; i < count; i++)
            found += sample_position(sample, start + i) < below;
    } else if (count == sample->size) {
        found = below;
    } else {
        for (uint64_t i = 0; i < below; i++)
            found += sample_at(sample, i) - start < count;
    }
    return found;
}

uint64_t sample_share(uint64_t count, uint64_t thousandths)
{
    const uint64_t whole = 100000;

    return count / whole * thousandths + count % whole * thousandths / whole;
}
