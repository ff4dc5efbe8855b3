#include "json_order.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"

/* Up to this many names are compared each with each, without memory. */
#define FEW 16

#define NO_RANK UINT32_MAX

typedef int compare_members(const struct json *doc, const struct json_member *a,
                            const struct json_member *b);

static int compare_names(const struct json *doc, uint32_t a, uint32_t b)
{
    const struct json_node *x = &doc->nodes[a];
    const struct json_node *y = &doc->nodes[b];

    return json_text_compare(doc->text + x->start, x->len, doc->text + y->start,
                             y->len);
}

static int by_name(const struct json *doc, const struct json_member *a,
                   const struct json_member *b)
{
    return compare_names(doc, a->key, b->key);
}

/* Integer-like names ascending, then the others as they stand. */
static int by_place(const struct json *doc, const struct json_member *a,
                    const struct json_member *b)
{
    (void)doc;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

/* Merges from[low, middle) and from[middle, high) into to[low, high). */
static void merge(const struct json *doc, const struct json_member *from,
                  struct json_member *to, size_t low, size_t middle,
                  size_t high, compare_members *compare)
{
    size_t left = low;
    size_t right = middle;

    for (size_t i = low; i < high; i++) {
        bool take_left =
            left < middle &&
            (right == high || compare(doc, &from[left], &from[right]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/*
 * A stable merge sort; qsort(3) is neither stable nor bound to n log n, and
 * hands no document to its comparison. spare has room for count members.
 */
static void sort(const struct json *doc, struct json_member *members,
                 struct json_member *spare, size_t count,
                 compare_members *compare)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = middle + width < count ? middle + width : count;
            merge(doc, members, spare, low, middle, high, compare);
        }
        memcpy(members, spare, count * sizeof *members);
    }
}

static uint32_t rank_of(const struct json *doc, uint32_t key)
{
    const struct json_node *node = &doc->nodes[key];
    const char *at = doc->text + node->start;
    const char *end = at + node->len;
    char digits[10];
    size_t n = 0;

    while (at < end) {
        uint32_t c = json_text_next(&at, end);
        if (c < '0' || c > '9' || n == sizeof digits)
            return NO_RANK;
        digits[n++] = (char)c;
    }
    int64_t index = json_index_key(digits, n);
    return index < 0 ? NO_RANK : (uint32_t)index;
}

/*
 * The members sorted by name, equal names as they stand, with as much spare
 * room behind them; NULL where memory runs out.
 */
static struct json_member *members_by_name(const struct json *doc,
                                           uint32_t object)
{
    size_t count = doc->nodes[object].size;
    struct json_member *members = malloc(2 * count * sizeof *members);
    uint32_t key = json_first(object);

    if (!members)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        members[i].key = key;
        members[i].value = key + 1;
        members[i].rank = NO_RANK;
        key = json_next(doc, key + 1);
    }
    sort(doc, members, members + count, count, by_name);
    return members;
}

struct json_member *json_order_members(const struct json *doc, uint32_t object,
                                       uint32_t *count)
{
    struct json_member *members = members_by_name(doc, object);
    uint32_t size = doc->nodes[object].size;
    uint32_t kept = 0;

    if (!members)
        return NULL;
    for (uint32_t i = 0; i < size; i++) {
        if (kept > 0 && by_name(doc, &members[kept - 1], &members[i]) == 0) {
            members[kept - 1].value = members[i].value;
            continue;
        }
        members[kept] = members[i];
        members[kept].rank = rank_of(doc, members[i].key);
        kept++;
    }
    sort(doc, members, members + size, kept, by_place);
    *count = kept;
    return members;
}

/* json_duplicate for a few members: each name against those before it. */
static uint32_t duplicate_of_few(const struct json *doc, uint32_t object)
{
    uint32_t keys[FEW];
    uint32_t key = json_first(object);

    for (uint32_t i = 0; i < doc->nodes[object].size; i++) {
        for (uint32_t j = 0; j < i; j++)
            if (compare_names(doc, keys[j], key) == 0)
                return key;
        keys[i] = key;
        key = json_next(doc, key + 1);
    }
    return 0;
}

uint32_t json_duplicate(const struct json *doc, uint32_t object,
                        struct err *err)
{
    uint32_t count = doc->nodes[object].size;
    uint32_t first = 0;

    err->code = 0;
    if (count <= FEW)
        return duplicate_of_few(doc, object);
    struct json_member *members = members_by_name(doc, object);
    if (!members) {
        json_err(doc, object, err, ERR_MEMORY,
                 "out of memory for an object of %u members", (unsigned)count);
        return 0;
    }
    for (uint32_t i = 1; i < count; i++)
        if (by_name(doc, &members[i - 1], &members[i]) == 0 &&
            (first == 0 || members[i].key < first))
            first = members[i].key;
    free(members);
    return first;
}

bool json_order_natural(const struct json *doc, uint32_t object)
{
    uint32_t count = doc->nodes[object].size;
    uint32_t key = json_first(object);

    if (count > FEW)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        /* Behind a backslash there may be a digit. */
        char c = doc->text[doc->nodes[key].start];
        if ((c >= '0' && c <= '9') || c == '\\')
            return false;
        key = json_next(doc, key + 1);
    }
    return duplicate_of_few(doc, object) == 0;
}
