#include "review_group.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX ((size_t)64 << 20)

int review_group_begin(struct review_summing *summing, struct err *err)
{
    size_t count = (size_t)summing->cells->cells.count * OUTCOMES + 1;

    review_intern_init(&summing->keys, summing->brief->seed);
    review_intern_init(&summing->hours, summing->brief->seed);
    buf_init(&summing->key, KEY_MAX);
    json_init(&summing->doc);
    summing->group_of = calloc(count, sizeof *summing->group_of);
    if (!summing->group_of)
        return err_set(err, ERR_MEMORY, "out of memory for groups");
    return 0;
}

void review_group_end(struct review_summing *summing)
{
    review_intern_release(&summing->keys);
    review_intern_release(&summing->hours);
    buf_release(&summing->key);
    json_release(&summing->doc);
    free(summing->group_of);
}

/* A JSON string of text that stood escaped between quotes; or null. */
static void add_quoted(struct buf *out, struct ledger_text text)
{
    if (!text.bytes) {
        buf_add_str(out, "null");
        return;
    }
    buf_add_char(out, '"');
    buf_add(out, text.bytes, text.len);
    buf_add_char(out, '"');
}

static void add_market(struct review_summing *summing, struct ledger_text text)
{
    uint8_t address[BASE58_ADDRESS_LEN];
    char copy[BASE58_ADDRESS_MAX];

    if (!text.bytes || text.len >= sizeof copy ||
        !base58_address(text.bytes, text.len, address)) {
        add_quoted(&summing->key, text);
        return;
    }
    memcpy(copy, text.bytes, text.len);
    copy[text.len] = '\0';
    const char *label = markets_label(summing->options->markets, address, copy);
    json_quote(&summing->key, label, strlen(label));
}

/* A parameter's value as JavaScript spells it: 0.1 for 1e-1. */
static int add_param(struct review_summing *summing, struct ledger_text text,
                     struct err *err)
{
    if (!text.bytes) {
        buf_add_str(&summing->key, "null");
        return 0;
    }
    if (json_parse(&summing->doc, text.bytes, text.len, err) < 0)
        return err_prefix(err, "a job's parameters: ");
    json_write(&summing->doc, 0, &summing->key);
    return 0;
}

static void add_time(struct review_summing *summing, enum review_by_kind kind,
                     struct review_hour hour)
{
    char text[REVIEW_TIME_TEXT];

    if (kind == REVIEW_HOUR)
        review_time_hour_text(summing->options->time, hour, text);
    else if (kind == REVIEW_DAY)
        review_time_day_text(hour, text);
    else
        review_time_week_text(hour, text);
    json_quote(&summing->key, text, strlen(text));
}

/* One part of a group's key as JSON, and a NUL. */
static int add_part(struct review_summing *summing, size_t item,
                    const struct review_cell *cell,
                    enum ledger_outcome_kind outcome, struct err *err)
{
    enum review_by_kind kind = summing->options->by->items[item].kind;
    const char *word = ledger_outcome_name(outcome);
    int rc = 0;

    if (kind == REVIEW_STATE)
        json_quote(&summing->key, word, strlen(word));
    else if (review_by_is_time(kind))
        add_time(summing, kind, cell->hour);
    else if (kind == REVIEW_ENTRY)
        add_quoted(&summing->key,
                   review_cells_part(summing->cells, cell->group, item));
    else if (kind == REVIEW_MARKET)
        add_market(summing,
                   review_cells_part(summing->cells, cell->group, item));
    else
        rc = add_param(
            summing, review_cells_part(summing->cells, cell->group, item), err);
    buf_add_char(&summing->key, '\0');
    return rc;
}

/* A new group, its parts copied out of the key. */
static int add_group(struct review_summing *summing, struct review_hour hour,
                     struct err *err)
{
    struct review *review = summing->review;
    size_t count = summing->options->by->count;
    void *groups = review->groups;

    if (!ledger_brief_grow(&groups, review->group_count, &summing->group_cap,
                           sizeof *review->groups))
        return err_set(err, ERR_MEMORY, "out of memory for groups");
    review->groups = groups;
    struct review_group *group = &review->groups[review->group_count];
    memset(group, 0, sizeof *group);
    group->hour = hour;
    group->parts = arena_array(&review->arena, count, sizeof *group->parts);
    char *key =
        arena_copy(&review->arena, buf_str(&summing->key), summing->key.len);
    if (!group->parts || !key)
        return arena_error(&review->arena, "groups", err);
    for (size_t i = 0; i < count; i++) {
        group->parts[i] = key;
        key += strlen(key) + 1;
    }
    review->group_count++;
    return 0;
}

static int find_group(struct review_summing *summing,
                      const struct review_cell *cell,
                      enum ledger_outcome_kind outcome, uint32_t *number,
                      struct err *err)
{
    buf_clear(&summing->key);
    for (size_t i = 0; i < summing->options->by->count; i++)
        if (add_part(summing, i, cell, outcome, err) < 0)
            return err->code;
    if (buf_error(&summing->key, "a group", err) < 0 ||
        review_intern_number(&summing->keys, buf_str(&summing->key),
                             summing->key.len, number, err) < 0)
        return err->code;
    if (*number < summing->review->group_count)
        return 0;
    return add_group(summing, cell->hour, err);
}

int review_group_of(struct review_summing *summing,
                    const struct ledger_brief_row *row, uint32_t *number,
                    struct err *err)
{
    uint32_t *known =
        &summing->group_of[(size_t)row->cell * OUTCOMES + (size_t)row->outcome];

    if (*known == 0) {
        struct review_cell cell = review_cells_get(summing->cells, row->cell);
        if (find_group(summing, &cell, row->outcome, number, err) < 0)
            return err->code;
        *known = *number + 1;
    }
    *number = *known - 1;
    return 0;
}
