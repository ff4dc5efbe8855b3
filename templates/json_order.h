/*
 * json_order: an object's members in JavaScript's order, without duplicates.
 */
#ifndef TEMPLATES_JSON_ORDER_H
#define TEMPLATES_JSON_ORDER_H

#include "json.h"

struct json_member {
    uint32_t key;   /* the node of the name's first occurrence */
    uint32_t value; /* the node of the last value under that name */
    uint32_t rank;  /* an integer-like name's number, else UINT32_MAX */
};

/*
 * Whether JavaScript would write the object's members as they stand: no name
 * is integer-like and none occurs twice. May say false where it would, which
 * only costs time.
 */
bool json_order_natural(const struct json *doc, uint32_t object);

/*
 * The members in the order of JSON.stringify(JSON.parse(text)), allocated
 * with malloc, for the caller to free; *count of them. NULL where memory runs
 * out. Takes n log n comparisons of names.
 */
struct json_member *json_order_members(const struct json *doc, uint32_t object,
                                       uint32_t *count);

#endif
