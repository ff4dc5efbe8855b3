/*
 * What a record says, and whether it may follow what the ledger holds
 * already. ledger_apply.c lets it take effect.
 */
#include "ledger_impl.h"

#define HOLDS_MONEY LEDGER_OPEN_OR_UNKNOWN

static int wrong_field(const struct ledger *ledger,
                       const struct ledger_event *event,
                       enum ledger_field field, struct err *err)
{
    return err_set(err, ERR_DATA,
                   "byte %llu of \"%s\": the %s record's \"%s\" is missing or "
                   "wrong",
                   (unsigned long long)event->offset, ledger->info.path,
                   ledger_type_name(event->line->type),
                   ledger_field_name(field));
}

static bool op_of(const struct ledger_line *line, enum ledger_op *op)
{
    *op = LEDGER_POST;
    if (line->type == TYPE_extend || ledger_get_is(line, FIELD_op, "extend"))
        *op = LEDGER_EXTEND;
    else if (line->type == TYPE_stop || ledger_get_is(line, FIELD_op, "stop"))
        *op = LEDGER_STOP;
    else
        return !ledger_has(line, FIELD_op) ||
               ledger_get_is(line, FIELD_op, "post");
    return true;
}

/* The record's fields that decide, whatever its type. */
static int read_fields(struct ledger *ledger, struct ledger_event *event,
                       struct err *err)
{
    const struct ledger_line *line = event->line;

    if (!ledger_get_key(line, event->key))
        return wrong_field(ledger, event, FIELD_key, err);
    if (!op_of(line, &event->op))
        return wrong_field(ledger, event, FIELD_op, err);
    if (!ledger_get_u64(line, FIELD_gen, LEDGER_GEN_MAX, &event->gen))
        return wrong_field(ledger, event, FIELD_gen, err);
    if (ledger_has(line, FIELD_epoch) &&
        !ledger_get_u64(line, FIELD_epoch, LEDGER_EPOCH_MAX, &event->epoch))
        return wrong_field(ledger, event, FIELD_epoch, err);
    if (!ledger_get_nano(line, FIELD_max_usd, &event->max_nano))
        return wrong_field(ledger, event, FIELD_max_usd, err);
    if (!ledger_get_nano(line, FIELD_cost_usd, &event->cost_nano))
        return wrong_field(ledger, event, FIELD_cost_usd, err);
    return 0;
}

/*
 * An intent and a post have what decides in front of their cid, null or not:
 * recovery reads no further, and may not take what it did not see as absent.
 */
static int read_head(const struct ledger *ledger,
                     const struct ledger_event *event, struct err *err)
{
    static const enum ledger_field needed[] = {FIELD_op,      FIELD_epoch,
                                               FIELD_max_usd, FIELD_name,
                                               FIELD_address, FIELD_cost_usd};
    bool post = event->line->type == TYPE_post;
    size_t count = post ? 6 : 4;

    if (!post && event->line->type != TYPE_intent)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (event->line->fields[needed[i]].start == 0)
            return wrong_field(ledger, event, needed[i], err);
    if (!ledger_is_string(event->line, FIELD_name))
        return wrong_field(ledger, event, FIELD_name, err);
    if (post && !ledger_is_string(event->line, FIELD_address))
        return wrong_field(ledger, event, FIELD_address, err);
    return 0;
}

static bool holds_money(enum ledger_state state)
{
    return HOLDS_MONEY >> state & 1;
}

/*
 * The maximum of the intent that a new one takes the place of: of the job's
 * newest record that is about its post, since extensions of an earlier
 * generation may have been answered meanwhile.
 */
static int read_before(struct ledger *ledger, struct ledger_event *event,
                       struct err *err)
{
    struct ledger_line line;
    uint64_t offset = event->entry.offset;
    int more = 1;

    event->before_nano = 0;
    if (!event->has_job || !holds_money(event->entry.state))
        return 0;
    int result = ledger_fetch(ledger, offset, &line, err);
    while (result == 0 && more > 0 && !ledger_get_is(&line, FIELD_op, "post")) {
        more = ledger_fetch_prev(ledger, &line, &offset, err);
        result = more < 0 ? more : 0;
    }
    /* Looked at when the record was read first: it is an amount, or none. */
    if (result == 0)
        (void)ledger_get_nano(&line, FIELD_max_usd, &event->before_nano);
    return result;
}

static bool concerns_job(const struct ledger_line *line)
{
    return line->type != TYPE_ledger && line->type != TYPE_open &&
           line->type != TYPE_entry && line->type != TYPE_close;
}

static bool begins_post(const struct ledger_event *event)
{
    return event->line->type == TYPE_intent && event->op == LEDGER_POST;
}

/* Hashes what will be looked up, and lets memory be fetched meanwhile. */
static void prepare(const struct ledger *ledger, struct ledger_event *event)
{
    const struct ledger_line *line = event->line;
    enum ledger_type type = line->type;

    ledger_index_prefetch_key(&ledger->index, event->key);
    if (begins_post(event)) {
        event->name_hash =
            ledger_name_hash(ledger, ledger_get(line, FIELD_name));
        if (!ledger->loading)
            ledger_index_prefetch_name(&ledger->index, event->name_hash);
    }
    if (ledger->watch && (type == TYPE_post || type == TYPE_settle) &&
        ledger_has(line, FIELD_address)) {
        event->address_hash =
            ledger_text_hash(ledger, ledger_get(line, FIELD_address));
        ledger_addresses_prefetch(&ledger->addresses, event->address_hash);
    }
}

int ledger_event_fields(struct ledger *ledger, const struct ledger_line *line,
                        uint64_t offset, struct ledger_event *event,
                        struct err *err)
{
    event->line = line;
    event->offset = offset;
    event->epoch = 0;
    if (!concerns_job(line))
        return 0;
    if (offset > LEDGER_OFFSET_MAX)
        return err_set(
            err, ERR_LIMIT, "\"%s\" is over %llu bytes: begin another ledger",
            ledger->info.path, (unsigned long long)LEDGER_OFFSET_MAX);
    if (read_fields(ledger, event, err) < 0 ||
        read_head(ledger, event, err) < 0)
        return err->code;
    return 0;
}

/* Field by field: the compiler's clearing of the whole takes longer. */
static void begin(struct ledger_event *event)
{
    event->op = LEDGER_POST;
    event->gen = 0;
    event->max_nano = 0;
    event->cost_nano = 0;
    event->name_hash = 0;
    event->address_hash = 0;
    event->has_job = false;
    event->number = 0;
    event->entry.offset = 0;
    event->entry.gen = 0;
    event->entry.epoch = 0;
    event->entry.state = LEDGER_OPEN;
    event->entry.twin = false;
    event->before_nano = 0;
    event->contradicts = false;
}

int ledger_event_read(struct ledger *ledger, const struct ledger_line *line,
                      uint64_t offset, struct ledger_event *event,
                      struct err *err)
{
    begin(event);
    if (ledger_event_fields(ledger, line, offset, event, err) < 0)
        return err->code;
    if (concerns_job(line))
        prepare(ledger, event);
    return 0;
}

int ledger_event_find(struct ledger *ledger, struct ledger_event *event,
                      struct err *err)
{
    bool begins = begins_post(event);

    if (!concerns_job(event->line))
        return 0;
    int found = ledger_locate(ledger, event->key, begins, &event->number, err);
    if (found < 0)
        return found;
    event->has_job = found > 0;
    if (event->has_job)
        ledger_index_get(&ledger->index, event->number, &event->entry);
    return begins ? read_before(ledger, event, err) : 0;
}

/* Whether a post intent of this gen and epoch may follow the job's state. */
static bool intent_may_follow(const struct ledger_event *event)
{
    const struct ledger_entry *job = &event->entry;
    bool same_gen = event->gen == job->gen;

    if (!event->has_job)
        return event->gen == 0 && event->epoch == 0;
    switch (job->state) {
    case LEDGER_REJECTED:
    case LEDGER_RELEASED:
    case LEDGER_LOST:
        return same_gen && event->epoch == job->epoch;
    case LEDGER_OPEN:
    case LEDGER_UNKNOWN:
    case LEDGER_LOST_MISMATCH:
        return same_gen && event->epoch == job->epoch + 1;
    case LEDGER_POSTED:
        return event->gen == job->gen + 1 && event->epoch == 0;
    default: /* a mismatch is for a person to settle */
        return false;
    }
}

/* The states in which a record of this type may come; 0: it needs no job. */
static unsigned states_before(const struct ledger_event *event)
{
    bool of_post = event->op == LEDGER_POST;

    switch (event->line->type) {
    case TYPE_post:
    case TYPE_settle:
        return HOLDS_MONEY;
    case TYPE_release:
    case TYPE_reject:
        return of_post ? 1U << LEDGER_OPEN : ~0U;
    case TYPE_unknown:
        return of_post ? 1U << LEDGER_OPEN | 1U << LEDGER_UNKNOWN : ~0U;
    case TYPE_intent: /* of an extension or a stop */
        return 1U << LEDGER_POSTED;
    case TYPE_extend:
    case TYPE_stop:
    case TYPE_state:
        return ~0U;
    default: /* those that concern no job */
        return 0;
    }
}

static const char *const state_names[LEDGER_STATES] = {
    "open",    "posted",  "rejected", "released",
    "unknown", "unknown", "lost",     "lost"};

const char *ledger_state_name(enum ledger_state state)
{
    return state_names[state];
}

static int contradiction(const struct ledger_event *event, struct err *err)
{
    char key[KEY_TEXT_MAX];
    const char *type = ledger_type_name(event->line->type);

    key_format(event->key, key);
    if (!event->has_job)
        return err_set(err, ERR_INTERNAL,
                       "%s of job %s (generation %llu) without an intent", type,
                       key, (unsigned long long)event->gen);
    return err_set(err, ERR_INTERNAL,
                   "%s of job %s (generation %llu, epoch %llu) while it is %s "
                   "(generation %u, epoch %u)",
                   type, key, (unsigned long long)event->gen,
                   (unsigned long long)event->epoch,
                   ledger_state_name(event->entry.state), event->entry.gen,
                   event->entry.epoch);
}

/* Records of the job's newest generation, and those that may be of older. */
static bool generation_fits(const struct ledger_event *event)
{
    bool older = event->line->type == TYPE_state || event->op != LEDGER_POST;

    if (older)
        return event->gen <= event->entry.gen;
    return event->gen == event->entry.gen && event->epoch == event->entry.epoch;
}

int ledger_judge(const struct ledger *ledger, const struct ledger_event *event,
                 struct err *err)
{
    enum ledger_type type = event->line->type;
    unsigned states = states_before(event);

    if (type == TYPE_intent && ledger->invocation_count == 0)
        return err_set(err, ERR_INTERNAL, "an intent without an open record");
    if (states == 0)
        return 0;
    if (type == TYPE_intent && event->op == LEDGER_POST)
        return intent_may_follow(event) ? 0 : contradiction(event, err);
    if (!event->has_job || !(states >> event->entry.state & 1) ||
        !generation_fits(event))
        return contradiction(event, err);
    return 0;
}
