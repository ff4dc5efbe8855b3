/*
 * shard: which part of a batch a job belongs to.
 *
 * By key, so that shards never overlap, union to the whole, and do not
 * depend on how the manifest is written: u64be(first 8 key bytes) mod count.
 */
#ifndef TEMPLATES_SHARD_H
#define TEMPLATES_SHARD_H

#include "key.h"

/* The part, from 0, of count (at least 1) that a key is in. */
uint32_t shard_of(const uint8_t key[KEY_LEN], uint32_t count);

#endif
