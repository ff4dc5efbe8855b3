#include "shard.h"

uint32_t shard_of(const uint8_t key[KEY_LEN], uint32_t count)
{
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | key[i];
    return (uint32_t)(number % count);
}
