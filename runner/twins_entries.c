/* Which entries' points need not be looked at. */
#include "twins.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 4096 /* bytes of what an entry's points begin with */

static char *copy(const char *bytes, size_t *len)
{
    *len = *len < HEAD_MAX ? *len : HEAD_MAX;
    char *out = malloc(*len + 1);

    if (out && *len > 0)
        memcpy(out, bytes, *len);
    return out;
}

/* A default name begins with the id. */
static char *name_head(const struct entry *entry, size_t *len)
{
    char head[ENTRY_ID_MAX + 2];

    if (entry->has_name)
        return copy(template_head(&entry->name, len), len);
    *len = strlen(entry->id) + 1;
    head[0] = '"';
    memcpy(head + 1, entry->id, *len - 1);
    return copy(head, len);
}

int twins_entry_learn(struct twins_entry *out, struct entry *entry,
                      struct err *err)
{
    struct entry_distinct distinct;
    const char *head = template_head(&entry->definition, &out->definition_len);

    entry_distinct(entry, &distinct);
    out->definition = copy(head, &out->definition_len);
    out->name = name_head(entry, &out->name_len);
    memcpy(out->id, entry->id, strlen(entry->id) + 1);
    out->default_name = !entry->has_name;
    out->has_address = entry->has_address;
    memcpy(out->address, entry->address, sizeof out->address);
    out->has_timeout = entry->timeout.constant;
    out->timeout_s = entry->timeout_s;
    out->clear = distinct.names && distinct.keys && entry_sound(entry);
    if (out->definition && out->name)
        return 0;
    return err_set(err, ERR_MEMORY, "out of memory for an entry");
}

static bool parts_from(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return memcmp(a, b, a_len < b_len ? a_len : b_len) != 0;
}

/* Ids hold no character that may follow them in a default name. */
static bool names_apart(const struct twins_entry *a,
                        const struct twins_entry *b)
{
    if (a->default_name && b->default_name)
        return strcmp(a->id, b->id) != 0;
    return parts_from(a->name, a->name_len, b->name, b->name_len);
}

static bool jobs_apart(const struct twins_entry *a, const struct twins_entry *b)
{
    if (a->has_address && b->has_address &&
        memcmp(a->address, b->address, sizeof a->address) != 0)
        return true;
    if (a->has_timeout && b->has_timeout && a->timeout_s != b->timeout_s)
        return true;
    return parts_from(a->definition, a->definition_len, b->definition,
                      b->definition_len);
}

void twins_entries_judge(struct twins *twins)
{
    for (uint64_t i = 0; i < twins->entry_count; i++)
        twins->entries[i].compared = !twins->entries[i].clear;
    for (uint64_t i = 0; i < twins->entry_count; i++)
        for (uint64_t k = i + 1; k < twins->entry_count; k++) {
            struct twins_entry *a = &twins->entries[i];
            struct twins_entry *b = &twins->entries[k];
            if (names_apart(a, b) && jobs_apart(a, b))
                continue;
            a->compared = true;
            b->compared = true;
        }
}
