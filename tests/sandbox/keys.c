#include "keys.h"

#include <stdlib.h>
#include <string.h>

void keys_init(struct keys *keys)
{
    memset(keys, 0, sizeof *keys);
    table_init(&keys->by_text);
}

void keys_clear(struct keys *keys)
{
    for (uint32_t i = 0; i < keys->count; i++) {
        free(keys->items[i].text);
        free(keys->items[i].reply);
    }
    keys->count = 0;
    table_clear(&keys->by_text);
}

void keys_release(struct keys *keys)
{
    keys_clear(keys);
    free(keys->items);
    table_release(&keys->by_text);
    keys_init(keys);
}

static uint64_t hash_of(uint32_t account, const char *text)
{
    return table_hash(text, strlen(text), account);
}

uint32_t keys_find(const struct keys *keys, uint32_t account, const char *text)
{
    uint64_t hash = hash_of(account, text);
    uint32_t walk;

    for (uint32_t i = table_first(&keys->by_text, hash, &walk); i != TABLE_NONE;
         i = table_next(&keys->by_text, hash, &walk))
        if (keys->items[i].account == account &&
            strcmp(keys->items[i].text, text) == 0)
            return i;
    return TABLE_NONE;
}

uint32_t keys_touch(struct keys *keys, uint32_t account, const char *text)
{
    uint32_t found = keys_find(keys, account, text);
    size_t size = strlen(text) + 1;

    if (found != TABLE_NONE)
        return found;
    struct key *items =
        table_room(keys->items, &keys->cap, keys->count, sizeof *items);
    if (!items)
        return TABLE_NONE;
    keys->items = items;
    char *copy = malloc(size);
    if (!copy)
        return TABLE_NONE;
    memcpy(copy, text, size);
    if (!table_add(&keys->by_text, hash_of(account, text), keys->count)) {
        free(copy);
        return TABLE_NONE;
    }
    struct key *key = &items[keys->count];
    memset(key, 0, sizeof *key);
    key->text = copy;
    key->account = account;
    key->job = TABLE_NONE;
    return keys->count++;
}

enum keys_verdict keys_judge(const struct key *key, uint64_t payload,
                             const struct keys_now *now, int64_t memory_ms)
{
    if (key->expired)
        return KEYS_EXPIRED;
    if (!key->answered || now->service_ms - key->answered_ms >= memory_ms)
        return KEYS_NEW;
    if (key->payload != payload)
        return KEYS_MISMATCH;
    return now->mono_us < key->busy_until_us ? KEYS_BUSY : KEYS_REPEAT;
}

bool keys_answer(struct key *key, uint64_t payload, const struct keys_now *now,
                 int64_t busy_until_us, uint32_t job, const char *reply)
{
    char *copy = NULL;

    if (reply) {
        size_t size = strlen(reply) + 1;
        copy = malloc(size);
        if (!copy)
            return false;
        memcpy(copy, reply, size);
    }
    free(key->reply);
    key->reply = copy;
    key->job = job;
    key->answered = true;
    key->payload = payload;
    key->answered_ms = now->service_ms;
    key->busy_until_us = busy_until_us;
    return true;
}
