#include "shard.h"

uint32_t shard_of(const uint8_t key[KEY_LEN], uint32_t count)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number |= (uint64_t)key[i] << (56 - 8 * i);
    return (uint32_t)(number % count);
}
