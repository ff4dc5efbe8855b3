#include "orders.h"

#include <string.h>

#include "../../templates/money.h"
#include "answers.h"

static const struct field single[] = {
    {"ipfsHash", FIELDS_CID, true},
    {"market", FIELDS_ADDRESS, true},
    {"timeout", FIELDS_SECONDS, false},
    {"node", FIELDS_ADDRESS, false},
};

static const struct field old[] = {
    {"ipfsHash", FIELDS_CID, true},
    {"market", FIELDS_ADDRESS, true},
    {"timeout", FIELDS_SECONDS, false},
    {"host", FIELDS_ADDRESS, false},
};

#define FIELD_COUNT 4

bool orders_read(struct sandbox *sb, struct call *call, uint32_t node,
                 const char *path, enum orders_form form, struct order *order)
{
    struct field_value values[FIELD_COUNT] = {{0}};
    /* In a batch a node cannot be named. */
    size_t count = form == ORDERS_BATCH ? FIELD_COUNT - 1 : FIELD_COUNT;

    if (!fields_read(sb, call, node, path, form == ORDERS_OLD ? old : single,
                     count, values))
        return false;
    memset(order, 0, sizeof *order);
    memcpy(order->cid, values[0].bytes, sizeof order->cid);
    memcpy(order->market_address, values[1].bytes, 32);
    order->timeout_s =
        values[2].present ? values[2].number : ORDERS_TIMEOUT_DEFAULT;
    order->has_node = values[3].present;
    memcpy(order->node, values[3].bytes, 32);
    return true;
}

static bool check_market(struct sandbox *sb, struct call *call,
                         struct order *order, uint32_t more)
{
    int found = markets_find(&sb->markets, order->market_address);

    if (found < 0) {
        call_message(call, 400, "Unknown market");
        return false;
    }
    order->market = (uint32_t)found;
    const struct market *market = &sb->markets.items[order->market];
    if (!market->premium && !sb->options.any_market) {
        call_message(call, 403,
                     "Credits can only be used in PREMIUM markets. Market %s "
                     "is of type %s.",
                     market->slug, market->type);
        return false;
    }
    if (sb->options.queue_max > 0 &&
        (int64_t)market->queued + more >= sb->options.queue_max) {
        call_message(call, 400, "The queue of market %s is full (%u jobs)",
                     market->slug, market->queued);
        return false;
    }
    return true;
}

bool orders_check(struct sandbox *sb, struct call *call, struct order *order,
                  uint32_t more)
{
    if (!check_market(sb, call, order, more))
        return false;
    if (order->timeout_s < sb->options.min_timeout_s) {
        call_message(call, 400, "timeout must be at least %lld seconds",
                     (long long)sb->options.min_timeout_s);
        return false;
    }
    order->pin = sb->options.any_cid ? pins_touch(&sb->pins, order->cid)
                                     : pins_find(&sb->pins, order->cid);
    bool known = order->pin != TABLE_NONE &&
                 (sb->options.any_cid || sb->pins.items[order->pin].pinned);
    if (!known) {
        call_message(call, 400,
                     "ipfsHash: no such job definition was pinned here");
        return false;
    }
    order->cost_nano =
        orders_price(sb, &sb->markets.items[order->market], order->timeout_s);
    return true;
}

int64_t orders_price(const struct sandbox *sb, const struct market *market,
                     int64_t seconds)
{
    int64_t step = sb->options.cost_step_nano;
    int64_t nano;

    if (!money_for_time(market->hourly_nano, (uint64_t)seconds, &nano))
        return INT64_MAX;
    if (step > 0 && nano % step > 0 && nano < INT64_MAX - step)
        nano += step - nano % step;
    return nano;
}

/* Rounded to thousandths, as the message shows it. */
static long long in_milli(int64_t nano)
{
    return nano > INT64_MAX - MONEY_MILLI
               ? INT64_MAX / MONEY_MILLI
               : (nano + MONEY_MILLI / 2) / MONEY_MILLI;
}

bool orders_pay(struct sandbox *sb, struct call *call, int64_t nano)
{
    struct account *account = &sb->accounts.items[call->access->account];

    if (nano <= ANSWERS_CHARGE_MAX && accounts_reserve(account, nano))
        return true;
    int64_t left = accounts_available(account);
    long long have = in_milli(left < 0 ? 0 : left);
    long long need = in_milli(nano);
    call_message(call, 402,
                 "Insufficient credits. Available: $%lld.%03lld, Required: "
                 "$%lld.%03lld",
                 have / 1000, have % 1000, need / 1000, need % 1000);
    return false;
}

static uint32_t give_back(struct sandbox *sb, struct call *call,
                          const struct order *order)
{
    accounts_settle(&sb->accounts.items[call->access->account],
                    order->cost_nano, 0);
    call_no_memory(call);
    return TABLE_NONE;
}

uint32_t orders_create(struct sandbox *sb, struct call *call,
                       const struct order *order)
{
    uint32_t number =
        jobs_add(&sb->jobs, (uint64_t)sb->options.seed, &sb->hasher);

    if (number == TABLE_NONE)
        return give_back(sb, call, order);
    struct job *job = &sb->jobs.items[number];
    job->old = call->old;
    job->pin = order->pin;
    job->market = order->market;
    job->account = call->access->account;
    job->key = call->key;
    job->has_node = order->has_node;
    memcpy(job->node, order->node, sizeof job->node);
    job->timeout_s = order->timeout_s;
    job->cost_nano = job->reserved_nano = order->cost_nano;
    if (!life_begin(&sb->life, number, sb->now_ms)) {
        job->state = JOBS_STOPPED;
        job->reserved_nano = 0;
        return give_back(sb, call, order);
    }
    sb->pins.items[order->pin].job_count++;
    if (call->key == TABLE_NONE)
        sb->counts.jobs_without_key++;
    else
        sb->keys.items[call->key].job_count++;
    return number;
}
