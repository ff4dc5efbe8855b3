#include "review_by.h"

#include <stdlib.h>
#include <string.h>

#include "../templates/json.h"

#define KEY_MAX ((size_t)64 << 20)
#define PART    '\x01' /* begins a part of a group's key… */
#define ABSENT  '\x02' /* …one that is not there; JSON has neither raw */

static const char *const words[] = {
    [REVIEW_ENTRY] = "entry", [REVIEW_MARKET] = "market",
    [REVIEW_STATE] = "state", [REVIEW_HOUR] = "hour",
    [REVIEW_DAY] = "day",     [REVIEW_WEEK] = "week",
};
#define WORDS (sizeof words / sizeof words[0])

bool review_by_is_time(enum review_by_kind kind)
{
    return kind == REVIEW_HOUR || kind == REVIEW_DAY || kind == REVIEW_WEEK;
}

static enum review_by_kind kind_of(const char *name, size_t len)
{
    for (size_t i = 0; i < WORDS; i++)
        if (strlen(words[i]) == len && memcmp(words[i], name, len) == 0)
            return (enum review_by_kind)i;
    return REVIEW_PARAM;
}

static int add_item(struct review_by *by, const char *name, size_t len,
                    struct err *err)
{
    static const char prefix[] = "params.";
    struct review_by_item *item = &by->items[by->count];

    if (len == 0)
        return err_set(err, ERR_USAGE,
                       "--by: expected names with commas between them, such "
                       "as market,lr");
    if (by->count == REVIEW_BY_MAX)
        return err_set(err, ERR_USAGE, "--by: expected at most %d names",
                       REVIEW_BY_MAX);
    item->kind = kind_of(name, len);
    if (len > sizeof prefix - 1 && memcmp(name, prefix, sizeof prefix - 1) == 0)
        name += sizeof prefix - 1, len -= sizeof prefix - 1;
    for (size_t i = 0; i < by->count; i++)
        if (by->items[i].kind == item->kind &&
            strlen(by->items[i].name) == len &&
            memcmp(by->items[i].name, name, len) == 0)
            return err_set(err, ERR_USAGE, "--by names \"%.*s\" twice",
                           (int)len, name);
    item->name = malloc(len + 1);
    if (!item->name)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(item->name, name, len);
    item->name[len] = '\0';
    buf_init(&item->key, KEY_MAX);
    json_escape(&item->key, name, len);
    by->count++;
    return buf_error(&item->key, "--by", err);
}

int review_by_init(struct review_by *by, const char *text, struct err *err)
{
    memset(by, 0, sizeof *by);
    for (const char *at = text ? text : "entry";;) {
        size_t len = strcspn(at, ",");
        if (add_item(by, at, len, err) < 0)
            return err->code;
        if (at[len] == '\0')
            return 0;
        at += len + 1;
    }
}

void review_by_release(struct review_by *by)
{
    for (size_t i = 0; i < by->count; i++) {
        free(by->items[i].name);
        buf_release(&by->items[i].key);
    }
    memset(by, 0, sizeof *by);
}

/* --- cells ---------------------------------------------------------------- */

void review_cells_init(struct review_cells *cells, struct review_by *by,
                       struct review_time *time, struct ledger_seed seed)
{
    memset(cells, 0, sizeof *cells);
    cells->by = by;
    cells->time = time;
    cells->last_number = UINT32_MAX;
    review_intern_init(&cells->groups, seed);
    review_intern_init(&cells->cells, seed);
    buf_init(&cells->key, KEY_MAX);
    buf_init(&cells->params, KEY_MAX);
}

void review_cells_release(struct review_cells *cells)
{
    review_intern_release(&cells->groups);
    review_intern_release(&cells->cells);
    buf_release(&cells->key);
    buf_release(&cells->params);
}

struct review_cell review_cells_get(const struct review_cells *cells,
                                    uint32_t number)
{
    struct review_cell cell;
    size_t len;

    memcpy(&cell, review_intern_bytes(&cells->cells, number, &len),
           sizeof cell);
    return cell;
}

/* The number of a cell; jobs of one cell mostly follow one another. */
static int find_cell(struct review_cells *cells, const struct review_cell *cell,
                     uint32_t *number, struct err *err)
{
    if (cells->last_number != UINT32_MAX &&
        memcmp(cell, &cells->last, sizeof *cell) == 0) {
        *number = cells->last_number;
        return 0;
    }
    if (review_intern_number(&cells->cells, cell, sizeof *cell, number, err) <
        0)
        return err->code;
    cells->last = *cell;
    cells->last_number = *number;
    return 0;
}

/* Behind a JSON value without white space, which the ledger verified. */
static const char *behind(const char *at, const char *end)
{
    size_t depth = 0;

    for (; at < end; at++) {
        if (*at == '"') {
            for (at++; at < end && *at != '"'; at++)
                at += *at == '\\';
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0)
                return at;
            depth--;
        } else if (*at == ',' && depth == 0) {
            return at;
        }
    }
    return end;
}

/* The value of an object's member, as it stands there. */
static struct ledger_text member(struct ledger_text object,
                                 const struct buf *name)
{
    struct ledger_text found = {NULL, 0};
    size_t len = name->len;

    if (!object.bytes)
        return found;
    const char *at = object.bytes + 1;
    const char *end = object.bytes + object.len;
    while (at < end && *at == '"') {
        const char *key = at + 1;
        for (at++; at < end && *at != '"'; at++)
            at += *at == '\\';
        bool same =
            (size_t)(at - key) == len && memcmp(key, buf_str(name), len) == 0;
        const char *value = at + 2;
        if (value >= end)
            break;
        at = behind(value, end);
        if (same)
            found = (struct ledger_text){value, (size_t)(at - value)};
        at++;
    }
    return found;
}

static void add_part(struct review_cells *cells, struct ledger_text part)
{
    buf_add_char(&cells->key, part.bytes ? PART : ABSENT);
    if (part.bytes)
        buf_add(&cells->key, part.bytes, part.len);
}

static void build_key(struct review_cells *cells,
                      const struct ledger_brief_identity *identity)
{
    bool hint = cells->params.len == 0;

    buf_clear(&cells->key);
    for (size_t i = 0; i < cells->by->count; i++) {
        struct review_by_item *item = &cells->by->items[i];
        struct ledger_text part = {NULL, 0};
        if (item->kind == REVIEW_ENTRY)
            part = identity->id;
        else if (item->kind == REVIEW_MARKET)
            part = identity->market;
        else if (item->kind == REVIEW_PARAM)
            part = member(identity->params, &item->key);
        if (item->kind == REVIEW_PARAM && part.bytes)
            item->seen = true;
        add_part(cells, part);
    }
    if (hint && identity->params.bytes)
        buf_add(&cells->params, identity->params.bytes, identity->params.len);
}

static int identify(void *arg, const struct ledger_brief_identity *identity,
                    int64_t at_ms, uint32_t *number, struct err *err)
{
    struct review_cells *cells = arg;
    struct review_cell cell;
    const char *last = "";
    size_t len = 0;

    build_key(cells, identity);
    if (buf_error(&cells->key, "a group", err) < 0)
        return err->code;
    memset(&cell, 0, sizeof cell);
    if (cells->last_number != UINT32_MAX)
        last = review_intern_bytes(&cells->groups, cells->last.group, &len);
    if (len > 0 && len == cells->key.len &&
        memcmp(last, buf_str(&cells->key), len) == 0)
        cell.group = cells->last.group;
    else if (review_intern_number(&cells->groups, buf_str(&cells->key),
                                  cells->key.len, &cell.group, err) < 0)
        return err->code;
    cell.hour = review_time_hour(cells->time, at_ms);
    cell.max_nano = identity->max_nano;
    return find_cell(cells, &cell, number, err);
}

static int move(void *arg, int64_t at_ms, uint32_t *number, struct err *err)
{
    struct review_cells *cells = arg;
    struct review_cell cell = *number == cells->last_number
                                  ? cells->last
                                  : review_cells_get(cells, *number);

    struct review_hour hour = review_time_hour(cells->time, at_ms);
    if (hour.hour == cell.hour.hour && hour.offset_min == cell.hour.offset_min)
        return 0;
    cell.hour = hour;
    return find_cell(cells, &cell, number, err);
}

struct ledger_brief_cells review_cells_functions(struct review_cells *cells)
{
    return (struct ledger_brief_cells){
        .arg = cells, .identify = identify, .move = move};
}

struct ledger_text review_cells_part(const struct review_cells *cells,
                                     uint32_t group, size_t item)
{
    struct ledger_text none = {NULL, 0};
    size_t len;
    const char *at = review_intern_bytes(&cells->groups, group, &len);
    const char *end = at + len;

    for (size_t i = 0; at < end; i++) {
        char mark = *at++;
        const char *from = at;
        while (at < end && *at != PART && *at != ABSENT)
            at++;
        if (i == item)
            return mark == PART
                       ? (struct ledger_text){from, (size_t)(at - from)}
                       : none;
    }
    return none;
}

/* Offers the names of some job's parameters, kept in names. */
static void offer_params(const struct review_cells *cells,
                         struct nearest *search, struct buf *names)
{
    struct err ignored = ERR_INIT;
    struct json doc;

    json_init(&doc);
    if (json_parse(&doc, buf_str(&cells->params), cells->params.len,
                   &ignored) == 0 &&
        buf_room(names, cells->params.len)) {
        uint32_t at = json_first(0);
        for (uint32_t i = 0; i < doc.nodes[0].size; i++) {
            size_t start = names->len;
            json_string(&doc, at, names);
            buf_add_char(names, '\0');
            nearest_offer(search, buf_str(names) + start);
            at = json_next(&doc, at + 1);
        }
    }
    json_release(&doc);
}

static int no_parameter(const struct review_cells *cells, const char *name,
                        struct err *err)
{
    struct nearest search;
    struct buf names;
    char hint[128];

    buf_init(&names, KEY_MAX);
    nearest_begin(&search, name, strlen(name));
    for (size_t w = 0; w < WORDS; w++)
        nearest_offer(&search, words[w]);
    offer_params(cells, &search, &names);
    err_set(err, ERR_USAGE,
            "--by: no job has a parameter \"%s\"%s; \"nosbatch results "
            "LEDGER --format jsonl\" shows what they have",
            name, nearest_hint(&search, hint, sizeof hint));
    buf_release(&names);
    return err->code;
}

int review_cells_check(const struct review_cells *cells, struct err *err)
{
    for (size_t i = 0; i < cells->by->count; i++) {
        const struct review_by_item *item = &cells->by->items[i];
        if (item->kind == REVIEW_PARAM && !item->seen && cells->cells.count > 0)
            return no_parameter(cells, item->name, err);
    }
    return 0;
}
