#include "sort.h"

#include <stdlib.h>
#include <string.h>

/* What a cell is, in the order in which they come. */
enum class {
    CLASS_NUMBER,
    CLASS_TEXT,
    CLASS_NONE
};

struct sort_item {
    uint64_t ref;
    enum class class;
    uint32_t len; /* of text */
    double number;
    const char *text; /* in the arena */
};

_Static_assert(sizeof(struct sort_item) <= SORT_ITEM_BYTES,
               "an item is larger than sort.h says");

void sort_init(struct sort *sort, const char *option)
{
    *sort = (struct sort){.given = option != NULL, .column = option};
    arena_init(&sort->texts, SORT_TEXTS_MAX);
    if (option && option[0] == '-') {
        sort->descending = true;
        sort->column = option + 1;
    }
}

void sort_release(struct sort *sort)
{
    free(sort->items);
    sort->items = NULL;
    sort->count = 0;
    sort->cap = 0;
    arena_release(&sort->texts);
}

static int too_many(struct err *err)
{
    return err_set(err, ERR_LIMIT,
                   "too many rows to sort; pick fewer with --where, or have "
                   "another program sort the rows of --format csv");
}

static int grow(struct sort *sort, struct err *err)
{
    size_t cap = sort->cap > 0 ? sort->cap * 2 : 1024;

    if (sort->count < sort->cap)
        return 0;
    if (cap > SORT_ROWS_MAX)
        return too_many(err);
    struct sort_item *items = realloc(sort->items, cap * sizeof *items);
    if (!items)
        return err_set(err, ERR_MEMORY, "out of memory for %zu rows to sort",
                       cap);
    sort->items = items;
    sort->cap = cap;
    return 0;
}

static int take_text(struct sort *sort, struct sort_item *item,
                     const struct report_cell *cell, struct err *err)
{
    size_t len = cell->len < SORT_TEXT_MAX ? cell->len : SORT_TEXT_MAX;

    item->class = CLASS_TEXT;
    item->len = (uint32_t)len;
    item->text = arena_copy(&sort->texts, cell->text, len);
    if (item->text)
        return 0;
    return sort->texts.failed == ERR_LIMIT
               ? too_many(err)
               : arena_error(&sort->texts, "rows to sort", err);
}

/* A number's digits; the text goes on behind them. */
static double value_of(const struct report_cell *cell)
{
    char digits[512];
    size_t len = cell->len < sizeof digits ? cell->len : sizeof digits - 1;

    memcpy(digits, cell->text, len);
    digits[len] = '\0';
    return strtod(digits, NULL);
}

int sort_add(struct sort *sort, uint64_t ref, const struct report_cell *cell,
             struct err *err)
{
    int rc = grow(sort, err);

    if (rc != 0)
        return rc;
    struct sort_item *item = &sort->items[sort->count];
    *item = (struct sort_item){.ref = ref, .class = CLASS_NUMBER};
    switch (cell->kind) {
    case REPORT_NONE:
        item->class = CLASS_NONE;
        break;
    case REPORT_TEXT:
    case REPORT_JSON:
        rc = take_text(sort, item, cell, err);
        break;
    case REPORT_NUMBER:
        item->number = value_of(cell);
        break;
    case REPORT_INTEGER:
    case REPORT_MONEY:
        item->number = (double)cell->number;
        break;
    }
    sort->count += rc == 0 ? 1 : 0;
    return rc;
}

static int compare_texts(const struct sort_item *a, const struct sort_item *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int found = memcmp(a->text, b->text, len);

    if (found != 0)
        return found;
    return a->len < b->len ? -1 : a->len > b->len;
}

static int compare(const struct sort_item *a, const struct sort_item *b,
                   int sign)
{
    int found = 0;

    if (a->class != b->class) {
        found = a->class < b->class ? -1 : 1;
        return a->class == CLASS_NONE || b->class == CLASS_NONE ? found
                                                                : sign * found;
    }
    if (a->class == CLASS_NUMBER)
        found = a->number < b->number ? -1 : a->number > b->number;
    else if (a->class == CLASS_TEXT)
        found = compare_texts(a, b);
    if (found != 0)
        return sign * found;
    return a->ref < b->ref ? -1 : a->ref > b->ref;
}

static int rising(const void *a, const void *b)
{
    return compare(a, b, 1);
}

static int falling(const void *a, const void *b)
{
    return compare(a, b, -1);
}

void sort_finish(struct sort *sort)
{
    if (sort->count > 1)
        qsort(sort->items, sort->count, sizeof *sort->items,
              sort->descending ? falling : rising);
}

uint64_t sort_ref(const struct sort *sort, size_t i)
{
    return sort->items[i].ref;
}
