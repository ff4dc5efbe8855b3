#include <stdio.h>
#include <string.h>

#include "../../templates/money.h"
#include "answers.h"
#include "api.h"
#include "changes.h"
#include "dice.h"
#include "orders.h"
#include "replay.h"

static const struct field jobs_only[] = {{"jobs", FIELDS_LIST, true}};

static const struct field extend_item[] = {
    {"jobAddress", FIELDS_ADDRESS, true},
    {"seconds", FIELDS_SECONDS, true},
};

static const struct field stop_item[] = {{"jobAddress", FIELDS_ADDRESS, true}};

static void item_path(char out[32], uint32_t i)
{
    snprintf(out, 32, "$.jobs[%u]", i);
}

/* The list in the body; false: answered. */
static bool read_list(struct sandbox *sb, struct call *call, uint32_t *list)
{
    struct field_value value;

    if (!fields_body(sb, call) ||
        !fields_read(sb, call, 0, "$", jobs_only, 1, &value))
        return false;
    *list = value.node;
    return true;
}

static bool same_order(const struct order *a, const struct order *b)
{
    return memcmp(a->cid, b->cid, sizeof a->cid) == 0 &&
           memcmp(a->market_address, b->market_address, 32) == 0 &&
           a->timeout_s == b->timeout_s;
}

static bool read_orders(struct sandbox *sb, struct call *call, uint32_t list,
                        struct order *orders)
{
    uint32_t count = sb->doc.nodes[list].size;
    uint32_t at = json_first(list);
    char path[32];

    for (uint32_t i = 0; i < count; i++) {
        item_path(path, i);
        if (!orders_read(sb, call, at, path, ORDERS_BATCH, &orders[i]))
            return false;
        for (uint32_t k = 0; k < i; k++) {
            if (!same_order(&orders[k], &orders[i]))
                continue;
            call_message(call, 400, "%s is the same job as $.jobs[%u]", path,
                         k);
            return false;
        }
        at = json_next(&sb->doc, at);
    }
    return true;
}

/* All of a batch is checked and paid before any of it is done. */
static bool pay_orders(struct sandbox *sb, struct call *call,
                       struct order *orders, uint32_t count)
{
    int64_t total = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t before = 0;
        for (uint32_t k = 0; k < i; k++)
            before += memcmp(orders[k].market_address, orders[i].market_address,
                             32) == 0;
        if (!orders_check(sb, call, &orders[i], before))
            return false;
        if (!money_add(&total, orders[i].cost_nano))
            total = INT64_MAX;
    }
    return orders_pay(sb, call, total);
}

static void add_item_head(struct buf *body, uint32_t i)
{
    buf_addf(body, "%s{\"index\":%u,\"status\":\"confirmed\"",
             i == 0 ? "{\"items\":[" : ",", i);
}

static void add_posted(struct sandbox *sb, struct buf *body, uint32_t i,
                       uint32_t job)
{
    uint8_t run[32];
    uint64_t serial = sb->jobs.items[job].serial;

    add_item_head(body, i);
    buf_add_str(body, ",\"job\":");
    answers_address(body, sb->jobs.items[job].address);
    buf_add_str(body, ",\"run\":");
    dice_bytes((uint64_t)sb->options.seed, DICE_RUN, serial, run, sizeof run);
    answers_address(body, run);
    buf_add_str(body, ",\"tx\":");
    answers_tx(sb, body, serial);
    buf_add_char(body, '}');
}

void api_post_batch(struct sandbox *sb, struct call *call)
{
    struct order orders[FIELDS_LIST_MAX];
    uint32_t list;

    if (!read_list(sb, call, &list) || !read_orders(sb, call, list, orders) ||
        !replay_begin(sb, call, true))
        return;
    uint32_t count = sb->doc.nodes[list].size;
    if (!pay_orders(sb, call, orders, count))
        return;
    struct buf *body = call_answer(call, 200);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t job = orders_create(sb, call, &orders[i]);
        if (job == TABLE_NONE)
            return;
        add_posted(sb, body, i, job);
    }
    buf_add_str(body, "]}");
    replay_end(sb, call, TABLE_NONE);
}

/* One change of a batch. */
struct change {
    uint32_t job;
    int64_t seconds;
    int64_t cost_nano; /* 0 for a job that has ended */
};

static bool read_changes(struct sandbox *sb, struct call *call, uint32_t list,
                         const struct field *fields, size_t field_count,
                         struct change *changes)
{
    struct field_value values[2] = {{0}};
    uint32_t at = json_first(list);
    char path[32];

    for (uint32_t i = 0; i < sb->doc.nodes[list].size; i++) {
        item_path(path, i);
        if (!fields_read(sb, call, at, path, fields, field_count, values))
            return false;
        struct change *change = &changes[i];
        change->job = changes_find(sb, call, values[0].bytes);
        if (change->job == TABLE_NONE)
            return false;
        change->seconds = values[1].number;
        change->cost_nano = 0;
        if (field_count > 1 && !changes_ended(sb, change->job))
            change->cost_nano = changes_price(sb, change->job, change->seconds);
        for (uint32_t k = 0; k < i; k++) {
            if (changes[k].job != change->job)
                continue;
            call_message(call, 400, "%s is the same job as $.jobs[%u]", path,
                         k);
            return false;
        }
        at = json_next(&sb->doc, at);
    }
    return true;
}

static void add_changed(struct sandbox *sb, struct buf *body, uint32_t i,
                        const struct change *change, bool done)
{
    add_item_head(body, i);
    buf_add_str(body, ",\"job\":");
    answers_address(body, sb->jobs.items[change->job].address);
    buf_add_str(body, ",\"tx\":");
    if (done)
        answers_tx(sb, body, changes_number(sb));
    else
        buf_add_str(body, "null");
    buf_add_char(body, '}');
}

void api_extend_batch(struct sandbox *sb, struct call *call)
{
    struct change changes[FIELDS_LIST_MAX] = {{0}};
    int64_t total = 0;
    uint32_t list;

    if (!read_list(sb, call, &list) || !replay_begin(sb, call, true) ||
        !read_changes(sb, call, list, extend_item, 2, changes))
        return;
    uint32_t count = sb->doc.nodes[list].size;
    for (uint32_t i = 0; i < count; i++)
        if (!money_add(&total, changes[i].cost_nano))
            total = INT64_MAX;
    if (!orders_pay(sb, call, total))
        return;
    struct buf *body = call_answer(call, 200);
    for (uint32_t i = 0; i < count; i++) {
        bool live = !changes_ended(sb, changes[i].job);
        if (live && !changes_extend(sb, call, changes[i].job,
                                    changes[i].seconds, changes[i].cost_nano))
            return;
        add_changed(sb, body, i, &changes[i], live);
    }
    buf_add_str(body, "]}");
    replay_end(sb, call, TABLE_NONE);
}

void api_stop_batch(struct sandbox *sb, struct call *call)
{
    struct change changes[FIELDS_LIST_MAX] = {{0}};
    uint32_t list;

    if (!read_list(sb, call, &list) || !replay_begin(sb, call, true) ||
        !read_changes(sb, call, list, stop_item, 1, changes))
        return;
    struct buf *body = call_answer(call, 200);
    for (uint32_t i = 0; i < sb->doc.nodes[list].size; i++) {
        bool live = !changes_ended(sb, changes[i].job);
        if (live)
            changes_stop(sb, changes[i].job);
        add_changed(sb, body, i, &changes[i], live);
    }
    buf_add_str(body, "]}");
    replay_end(sb, call, TABLE_NONE);
}
