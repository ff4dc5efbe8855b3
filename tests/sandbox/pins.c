#include "pins.h"

#include <stdlib.h>
#include <string.h>

void pins_init(struct pins *pins)
{
    memset(pins, 0, sizeof *pins);
    table_init(&pins->by_cid);
}

void pins_clear(struct pins *pins)
{
    for (uint32_t i = 0; i < pins->count; i++)
        free(pins->items[i].text);
    pins->count = 0;
    pins->text_bytes = 0;
    table_clear(&pins->by_cid);
}

void pins_release(struct pins *pins)
{
    pins_clear(pins);
    free(pins->items);
    table_release(&pins->by_cid);
    pins_init(pins);
}

uint32_t pins_find(const struct pins *pins, const uint8_t *digest)
{
    uint64_t hash = table_digest(digest);
    uint32_t walk;

    for (uint32_t i = table_first(&pins->by_cid, hash, &walk); i != TABLE_NONE;
         i = table_next(&pins->by_cid, hash, &walk))
        if (memcmp(pins->items[i].digest, digest, CID_DIGEST_LEN) == 0)
            return i;
    return TABLE_NONE;
}

uint32_t pins_touch(struct pins *pins, const uint8_t *digest)
{
    uint32_t found = pins_find(pins, digest);

    if (found != TABLE_NONE)
        return found;
    struct pin *items =
        table_room(pins->items, &pins->cap, pins->count, sizeof *items);
    if (!items)
        return TABLE_NONE;
    pins->items = items;
    if (!table_add(&pins->by_cid, table_digest(digest), pins->count))
        return TABLE_NONE;
    struct pin *pin = &items[pins->count];
    memset(pin, 0, sizeof *pin);
    memcpy(pin->digest, digest, CID_DIGEST_LEN);
    return pins->count++;
}

static void keep_text(struct pins *pins, struct pin *pin, const char *content,
                      size_t len)
{
    if (pin->text || len > PINS_TEXT_MAX - pins->text_bytes)
        return;
    pin->text = malloc(len + 1);
    if (!pin->text)
        return;
    memcpy(pin->text, content, len);
    pin->text[len] = '\0';
    pins->text_bytes += len;
}

bool pins_pinned(struct pins *pins, uint32_t number, const char *content,
                 size_t len, int64_t now_ms)
{
    struct pin *pin = &pins->items[number];
    bool before = pin->pinned;

    pin->pin_count++;
    if (before)
        return true;
    pin->pinned = true;
    pin->pinned_ms = now_ms;
    pin->size = (uint32_t)len;
    keep_text(pins, pin, content, len);
    return false;
}
