/*
 * Letting a record take effect: on its job's place in the index, on the
 * totals, on what is remembered beside. The same code serves records that
 * are read back and those that were just written.
 */
#include "ledger_impl.h"

#include "../templates/money.h"

#include <stdlib.h>
#include <string.h>

uint64_t ledger_text_hash(const struct ledger *ledger, struct ledger_text text)
{
    return ledger_hash(&ledger->index.seed, text.bytes, text.len);
}

uint64_t ledger_entry_hash(const struct ledger *ledger, struct ledger_text id,
                           struct ledger_text entry)
{
    uint64_t of_id = ledger_text_hash(ledger, id);

    return ledger_hash_u64(&ledger->index.seed, of_id) ^
           ledger_text_hash(ledger, entry);
}

int ledger_crowded_name(struct ledger_text name, struct err *err)
{
    return err_set(err, ERR_LIMIT, "over %d jobs have one name: \"%.*s\"",
                   LEDGER_SAME_NAME_MAX, (int)name.len, name.bytes);
}

static int overflow(struct err *err)
{
    return err_set(err, ERR_LIMIT, "the ledger's costs are too large to add");
}

/*
 * Adds (or takes back) an intent's maximum, up to $0.001, to the totals. What
 * a record holds is far enough from int64's end to be rounded.
 */
static int reserve(struct ledger_totals *totals, int64_t max_nano, int sign,
                   bool unknown, struct err *err)
{
    int64_t rounded;

    if (max_nano == LEDGER_UNPRICED) {
        totals->unpriced += sign > 0 ? 1 : UINT64_MAX;
        return 0;
    }
    (void)money_ceil_milli(max_nano, &rounded);
    if (!money_add(&totals->reserved_nano, sign * rounded) ||
        (unknown && !money_add(&totals->reserved_unknown_nano, sign * rounded)))
        return overflow(err);
    return 0;
}

static bool is_unknown(enum ledger_state state)
{
    return state == LEDGER_UNKNOWN || state == LEDGER_MISMATCH;
}

static bool is_reserved(enum ledger_state state)
{
    return LEDGER_OPEN_OR_UNKNOWN >> state & 1;
}

/* What the event costs for good: with a post, an action or a settlement. */
static int64_t charge_of(const struct ledger_event *event)
{
    const struct ledger_line *line = event->line;
    bool estimate;

    if (line->type == TYPE_settle)
        estimate = ledger_has(line, FIELD_address);
    else if (line->type == TYPE_post || line->type == TYPE_extend)
        estimate = event->cost_nano == LEDGER_UNPRICED;
    else
        return 0;
    int64_t nano = estimate ? event->max_nano : event->cost_nano;
    return nano == LEDGER_UNPRICED ? 0 : nano;
}

/* The job's state after the event. */
static enum ledger_state state_after(const struct ledger_event *event)
{
    const struct ledger_line *line = event->line;

    switch (line->type) {
    case TYPE_intent:
        return LEDGER_OPEN;
    case TYPE_post:
        return LEDGER_POSTED;
    case TYPE_release:
        return LEDGER_RELEASED;
    case TYPE_reject:
        return LEDGER_REJECTED;
    case TYPE_unknown:
        return ledger_has(line, FIELD_mismatch) ? LEDGER_MISMATCH
                                                : LEDGER_UNKNOWN;
    default: /* settle */
        if (ledger_has(line, FIELD_address))
            return LEDGER_POSTED;
        return event->entry.state == LEDGER_MISMATCH ? LEDGER_LOST_MISMATCH
                                                     : LEDGER_LOST;
    }
}

/* While a file is read names are counted at its end. */
static int check_name(const struct ledger *ledger, struct ledger_text name,
                      uint32_t hash, struct err *err)
{
    uint64_t cursor = 0;
    unsigned same = 0;

    if (ledger->loading)
        return 0;
    while (ledger_index_name(&ledger->index, hash, &cursor) != LEDGER_NO_JOB)
        same++;
    if (same >= LEDGER_SAME_NAME_MAX)
        return ledger_crowded_name(name, err);
    return 0;
}

/* Adds the event's job to the index: an intent's, or one out of nowhere. */
static int add_job(struct ledger *ledger, struct ledger_event *event,
                   struct err *err)
{
    struct ledger_text name = ledger_get(event->line, FIELD_name);
    uint32_t hash = event->line->type == TYPE_intent
                        ? event->name_hash
                        : ledger_name_hash(ledger, name);
    struct ledger_entry twin;
    uint64_t cursor = 0;
    uint32_t number;
    unsigned twins = 0;

    if (check_name(ledger, name, hash, err) < 0)
        return err->code;
    for (; (number = ledger_index_key(&ledger->index, event->key, &cursor)) !=
           LEDGER_NO_JOB;
         twins++) {
        ledger_index_get(&ledger->index, number, &twin);
        twin.twin = true;
        ledger_index_set(&ledger->index, number, &twin);
    }
    if (twins >= LEDGER_TWINS_MAX)
        return err_set(err, ERR_LIMIT, "over %d jobs share half a key",
                       LEDGER_TWINS_MAX);
    event->entry.twin = twins > 0;
    return ledger_index_add(&ledger->index, event->key, hash, &event->entry,
                            &event->number, err);
}

/* Moves the totals from the job's state before to the one after. */
static int count_job(struct ledger_totals *totals,
                     const struct ledger_event *event, enum ledger_state after,
                     struct err *err)
{
    enum ledger_state before = event->entry.state;
    bool intent = event->line->type == TYPE_intent;
    int result = 0;

    if (event->has_job && is_reserved(before))
        result = reserve(totals, intent ? event->before_nano : event->max_nano,
                         -1, is_unknown(before), err);
    if (result == 0 && is_reserved(after))
        result = reserve(totals, event->max_nano, 1, is_unknown(after), err);
    if (result < 0)
        return result;
    if (!money_add(&totals->charged_nano, charge_of(event)))
        return overflow(err);
    if (event->has_job)
        totals->jobs[before]--;
    totals->jobs[after]++;
    if (after == LEDGER_POSTED)
        totals->posts++;
    return 0;
}

/* One that is forgotten costs a second pin of the same bytes. */
static void remember_cid(struct ledger *ledger, struct ledger_text cid)
{
    uint8_t digest[CID_DIGEST_LEN];

    if (ledger->loading)
        ledger_cid_texts_note(&ledger->cid_texts, cid.bytes, cid.len);
    else if (cid_parse(cid.bytes, cid.len, digest))
        ledger_cids_add(&ledger->cids, digest);
}

/* What a posted job's address, an intent's CID leave behind. */
static int remember(struct ledger *ledger, const struct ledger_event *event,
                    struct err *err)
{
    const struct ledger_line *line = event->line;

    if (!ledger->watch)
        return 0;
    if (line->type == TYPE_intent) {
        remember_cid(ledger, ledger_get(line, FIELD_cid));
    } else if (event->address_hash != 0 &&
               ledger_addresses_add(&ledger->addresses, event->address_hash) <
                   0) {
        return err_set(err, ERR_MEMORY, "out of memory for addresses");
    }
    return 0;
}

static int rename_job(struct ledger *ledger, const struct ledger_event *event,
                      struct err *err)
{
    if (event->line->type != TYPE_intent)
        return 0;
    return ledger_index_rename(&ledger->index, event->number, event->name_hash,
                               err);
}

/* A post's record or one of those that end it: the job's state changes. */
static int apply_job(struct ledger *ledger, struct ledger_event *event,
                     struct err *err)
{
    struct ledger_totals totals = ledger->totals;
    enum ledger_state after = state_after(event);
    bool known = event->has_job;
    int result = count_job(&totals, event, after, err);

    if (result == 0)
        result = remember(ledger, event, err);
    if (result < 0)
        return result;
    event->entry.offset = event->offset;
    event->entry.gen = (uint32_t)event->gen;
    event->entry.epoch = (uint32_t)event->epoch;
    event->entry.state = after;
    result =
        known ? rename_job(ledger, event, err) : add_job(ledger, event, err);
    if (result < 0)
        return result;
    ledger_index_set(&ledger->index, event->number, &event->entry);
    ledger->totals = totals;
    return 0;
}

/* --- extend and stop --------------------------------------------------- */

static uint64_t action_hash(const struct ledger *ledger,
                            const struct ledger_event *event)
{
    uint64_t hash =
        ledger_text_hash(ledger, ledger_get(event->line, FIELD_idem));

    hash ^= ledger_hash(&ledger->index.seed, event->key, KEY_LEN);
    return ledger_hash_u64(&ledger->index.seed, hash + (uint64_t)event->op);
}

static int action_begin(struct ledger *ledger, const struct ledger_event *event,
                        struct err *err)
{
    if (ledger->action_count == LEDGER_ACTIONS_MAX)
        return err_set(err, ERR_LIMIT,
                       "over %d extensions and stops have no outcome",
                       LEDGER_ACTIONS_MAX);
    if (ledger->action_count == ledger->action_cap) {
        size_t cap = ledger->action_cap > 0 ? ledger->action_cap * 2 : 16;
        struct ledger_pending_action *more =
            realloc(ledger->actions, cap * sizeof *more);
        if (!more)
            return err_set(err, ERR_MEMORY, "out of memory for extensions");
        ledger->actions = more;
        ledger->action_cap = cap;
    }
    int result = reserve(&ledger->totals, event->max_nano, 1, false, err);
    if (result < 0)
        return result;
    ledger->actions[ledger->action_count++] = (struct ledger_pending_action){
        action_hash(ledger, event), event->max_nano, false};
    ledger->totals.open_actions++;
    return 0;
}

/*
 * The action that an outcome belongs to; NULL: none. Without idempotency keys
 * an unknown one looks like a later one of its job, and is never answered.
 */
static struct ledger_pending_action *find_action(struct ledger *ledger,
                                                 uint64_t hash)
{
    struct ledger_pending_action *found = NULL;

    for (size_t i = ledger->action_count; i-- > 0;) {
        if (ledger->actions[i].hash != hash)
            continue;
        found = &ledger->actions[i];
        if (!found->unknown)
            break;
    }
    return found;
}

/* Frees what the action's intent reserved, or marks it as unknown. */
static int action_end(struct ledger *ledger, const struct ledger_event *event,
                      struct err *err)
{
    struct ledger_pending_action *action =
        find_action(ledger, action_hash(ledger, event));
    bool unknown = event->line->type == TYPE_unknown;
    int result;

    if (!action)
        return 0;
    result =
        reserve(&ledger->totals, action->max_nano, -1, action->unknown, err);
    if (result == 0 && unknown)
        result = reserve(&ledger->totals, action->max_nano, 1, true, err);
    if (result < 0)
        return result;
    if (unknown) {
        action->unknown = true;
        return 0;
    }
    *action = ledger->actions[--ledger->action_count];
    ledger->totals.open_actions--;
    return 0;
}

/* Records of a job that exists: its state stays, its newest record changes. */
static int apply_to_job(struct ledger *ledger, struct ledger_event *event,
                        struct err *err)
{
    int64_t charged = ledger->totals.charged_nano;
    int result = 0;

    if (!money_add(&charged, charge_of(event)))
        return overflow(err);
    if (event->op != LEDGER_POST && event->line->type == TYPE_intent)
        result = action_begin(ledger, event, err);
    else if (event->op != LEDGER_POST && event->line->type != TYPE_state)
        result = action_end(ledger, event, err);
    if (result < 0)
        return result;
    ledger->totals.charged_nano = charged;
    if (!event->has_job)
        return 0;
    event->entry.offset = event->offset;
    ledger_index_set(&ledger->index, event->number, &event->entry);
    return 0;
}

/* --- the rest ---------------------------------------------------------- */

static int apply_open(struct ledger *ledger, const struct ledger_event *event,
                      struct err *err)
{
    if (ledger->invocation_count == ledger->invocation_cap) {
        size_t cap =
            ledger->invocation_cap > 0 ? ledger->invocation_cap * 2 : 8;
        struct ledger_invocation *more =
            realloc(ledger->invocations, cap * sizeof *more);
        if (!more)
            return err_set(err, ERR_MEMORY, "out of memory for invocations");
        ledger->invocations = more;
        ledger->invocation_cap = cap;
    }
    ledger->invocations[ledger->invocation_count++] =
        (struct ledger_invocation){.seq = event->line->seq,
                                   .offset = event->offset};
    return 0;
}

/* Whoever has the lock writes alone: the end is the newest invocation's. */
static void apply_close(struct ledger *ledger, const struct ledger_event *event)
{
    uint64_t status = 0;

    if (ledger->invocation_count == 0)
        return;
    (void)ledger_get_u64(event->line, FIELD_status, UINT8_MAX, &status);
    ledger->invocations[ledger->invocation_count - 1].closed = true;
    ledger->invocations[ledger->invocation_count - 1].status = (int)status;
}

/* Whether the event changes its job's state, or makes a job known. */
static bool moves_job(const struct ledger_event *event)
{
    const struct ledger_line *line = event->line;
    bool exists = line->type == TYPE_post || (line->type == TYPE_settle &&
                                              ledger_has(line, FIELD_address));

    if (line->type == TYPE_state || event->op != LEDGER_POST)
        return false;
    if (!event->contradicts)
        return true;
    if (!event->has_job)
        return exists || line->type == TYPE_intent;
    return exists && event->gen >= event->entry.gen;
}

int ledger_apply(struct ledger *ledger, struct ledger_event *event,
                 struct err *err)
{
    const struct ledger_line *line = event->line;

    switch (line->type) {
    case TYPE_open:
        return apply_open(ledger, event, err);
    case TYPE_entry:
        if (ledger_hashes_add(
                &ledger->entries,
                ledger_entry_hash(ledger, ledger_get(line, FIELD_id),
                                  ledger_get(line, FIELD_template))) < 0)
            return err_set(err, ERR_MEMORY, "out of memory for entries");
        return 0;
    case TYPE_close:
        apply_close(ledger, event);
        return 0;
    case TYPE_ledger:
    case TYPE_COUNT:
        return 0;
    default:
        return moves_job(event) ? apply_job(ledger, event, err)
                                : apply_to_job(ledger, event, err);
    }
}
