#include "dice.h"

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t dice_bits(uint64_t seed, enum dice_purpose purpose, uint64_t n)
{
    uint64_t x = mix(seed + 0x9e3779b97f4a7c15u);

    x = mix(x + (uint64_t)purpose * 0x9e3779b97f4a7c15u);
    return mix(x + (n + 1) * 0x9e3779b97f4a7c15u);
}

double dice_unit(uint64_t seed, enum dice_purpose purpose, uint64_t n)
{
    return (double)(dice_bits(seed, purpose, n) >> 11) / 9007199254740992.0;
}

void dice_bytes(uint64_t seed, enum dice_purpose purpose, uint64_t n,
                uint8_t *out, size_t size)
{
    uint64_t start = dice_bits(seed, purpose, n);
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0)
            word = mix(start + (i / 8 + 1) * 0x9e3779b97f4a7c15u);
        out[i] = (uint8_t)(word >> (i % 8 * 8));
    }
}
