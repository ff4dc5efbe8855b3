/*
 * One ledger's records folded into rows, as ledger_rows folds them: what each
 * type of record does to a row is the same there and here.
 */
#include "ledger_brief_impl.h"

#include "ledger_time.h"

#include "../templates/money.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE 17 /* bytes of a time up to its seconds */

struct fold {
    struct ledger_brief *brief;
    struct ledger_pass pass;
    uint64_t scope;
    uint32_t first;      /* row of this ledger */
    char minute[MINUTE]; /* "2026-11-23T10:00:" of the last time read… */
    int64_t minute_ms;   /* …and what it stands for */
};

/* "SS.mmmZ" in ms; -1 for anything else. */
static int64_t seconds_ms(const char *text)
{
    static const char shape[] = "dd.dddZ";
    int64_t ms = 0;

    for (int i = 0; i < 7; i++) {
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9'
                            : text[i] != shape[i])
            return -1;
        if (shape[i] == 'd')
            ms = ms * 10 + (text[i] - '0');
    }
    return ms < 60000 ? ms : -1;
}

/* ledger_line_ms; many records that follow one another are of one minute. */
static int64_t time_of(struct fold *fold, const struct ledger_line *line)
{
    struct ledger_text at = ledger_get(line, FIELD_at);
    int64_t ms = -1;

    if (at.len == LEDGER_TIME_LEN && fold->minute[0] != '\0' &&
        memcmp(at.bytes, fold->minute, MINUTE) == 0)
        ms = seconds_ms(at.bytes + MINUTE);
    if (ms >= 0)
        return fold->minute_ms + ms;
    if (!ledger_time_parse(at.bytes, at.len, &ms))
        return 0;
    memcpy(fold->minute, at.bytes, MINUTE);
    fold->minute_ms = ms - seconds_ms(at.bytes + MINUTE);
    return ms;
}

static uint64_t ahead(void *arg, const struct ledger_pass_record *record)
{
    struct fold *fold = arg;
    const struct ledger_line *line = &record->line;

    if (line->fields[FIELD_key].start == 0)
        return 0;
    /* The first record, which names the scope, may still be waiting. */
    uint64_t id = ledger_brief_id(fold->brief, &record->event);
    ledger_brief_prefetch(fold->brief, id ^ fold->scope);
    return id;
}

static struct ledger_text raw(const struct ledger_line *line,
                              enum ledger_field field)
{
    struct ledger_text none = {NULL, 0};

    return ledger_has(line, field) ? ledger_get(line, field) : none;
}

/* A row's identity from an intent, or a post that has none. */
static int identify(struct fold *fold, uint32_t row,
                    const struct ledger_pass_record *record, int64_t at_ms,
                    struct err *err)
{
    struct ledger_brief *brief = fold->brief;
    const struct ledger_line *line = &record->line;
    struct ledger_line whole;
    const char *why;

    /* Of a post only what decides was read. */
    if (line->type == TYPE_post && brief->want_params &&
        ledger_line_read(&fold->pass.ledger->scanner, line->text, line->len,
                         &whole, &why) == LINE_GOOD)
        line = &whole;
    struct ledger_brief_identity identity = {
        .id = raw(line, FIELD_id),
        .params = raw(line, FIELD_params),
        .market = raw(line, FIELD_market),
        .max_nano = record->event.max_nano,
    };
    ledger_brief_set_offset(brief, row, record->event.offset);
    return brief->cells.identify(brief->cells.arg, &identity, at_ms,
                                 &brief->row_cells[row], err);
}

static int charge(struct ledger_brief *brief, uint32_t row, int64_t cost,
                  struct err *err)
{
    if (cost == LEDGER_UNPRICED)
        return 0;
    if (brief->charged[row] == LEDGER_UNPRICED)
        brief->charged[row] = 0;
    if (!money_add(&brief->charged[row], cost))
        return err_set(err, ERR_LIMIT, "a job's costs are too large to add");
    return 0;
}

static void set_state(struct ledger_brief *brief, uint32_t row,
                      enum ledger_state state, enum ledger_outcome_kind outcome)
{
    struct ledger_brief_bits bits = ledger_brief_bits(brief, row);

    bits.state = state;
    bits.outcome = outcome;
    ledger_brief_set_bits(brief, row, bits);
}

static int fold_post(struct fold *fold, uint32_t row,
                     const struct ledger_pass_record *record, struct err *err)
{
    struct ledger_brief *brief = fold->brief;

    set_state(brief, row, LEDGER_POSTED, OUTCOME_POSTED);
    ledger_brief_set_offset(brief, row, record->event.offset);
    if (brief->keep_addresses) {
        struct ledger_text address = ledger_get(&record->line, FIELD_address);
        brief->addresses[row] =
            ledger_hash(&brief->seed, address.bytes, address.len);
    }
    return charge(brief, row, record->event.cost_nano, err);
}

static int fold_settle(struct fold *fold, uint32_t row,
                       const struct ledger_pass_record *record, struct err *err)
{
    struct ledger_brief *brief = fold->brief;
    struct ledger_text address = raw(&record->line, FIELD_address);
    enum ledger_state before = ledger_brief_bits(brief, row).state;

    if (!address.bytes) {
        set_state(brief, row,
                  before == LEDGER_MISMATCH ? LEDGER_LOST_MISMATCH
                                            : LEDGER_LOST,
                  OUTCOME_LOST);
        return 0;
    }
    set_state(brief, row, LEDGER_POSTED, OUTCOME_POSTED);
    if (brief->keep_addresses)
        brief->addresses[row] =
            ledger_hash(&brief->seed, address.bytes, address.len);
    return charge(brief, row, record->event.max_nano, err);
}

/* What the service's words for a job's state come to. */
static enum ledger_outcome_kind outcome_of(const struct ledger_line *line)
{
    uint64_t state = 0;

    (void)ledger_get_u64(line, FIELD_state, UINT64_MAX, &state);
    if (state == 0)
        return OUTCOME_QUEUED;
    if (state == 1)
        return OUTCOME_RUNNING;
    if (ledger_get_is(line, FIELD_job_status, "success"))
        return OUTCOME_SUCCESS;
    if (ledger_get_is(line, FIELD_job_status, "stopped"))
        return OUTCOME_STOPPED;
    if (ledger_has(line, FIELD_job_status))
        return OUTCOME_FAILED;
    return state == 3 ? OUTCOME_STOPPED : OUTCOME_COMPLETED;
}

static void fold_report(struct ledger_brief *brief, uint32_t row,
                        const struct ledger_line *line)
{
    struct ledger_brief_bits bits = ledger_brief_bits(brief, row);
    int64_t final = LEDGER_UNPRICED;

    if (bits.state == LEDGER_POSTED)
        bits.outcome = outcome_of(line);
    ledger_brief_set_bits(brief, row, bits);
    (void)ledger_get_nano(line, FIELD_final_usd, &final);
    brief->final[row] = final;
}

static int fold_extend(struct ledger_brief *brief, uint32_t row, int64_t cost,
                       struct err *err)
{
    void *extensions = brief->extensions;

    if (cost == LEDGER_UNPRICED || cost == 0)
        return charge(brief, row, cost, err);
    if (!ledger_brief_grow(&extensions, brief->extension_count,
                           &brief->extension_cap, sizeof *brief->extensions))
        return err_set(err, ERR_MEMORY, "out of memory for extensions");
    brief->extensions = extensions;
    brief->extensions[brief->extension_count++] =
        (struct ledger_brief_extension){row, cost};
    return charge(brief, row, cost, err);
}

/* A record that says what became of the post. */
static int fold_outcome(struct fold *fold, uint32_t row,
                        const struct ledger_pass_record *record,
                        struct err *err)
{
    struct ledger_brief *brief = fold->brief;

    switch (record->line.type) {
    case TYPE_post:
        return fold_post(fold, row, record, err);
    case TYPE_settle:
        return fold_settle(fold, row, record, err);
    case TYPE_intent:
        set_state(brief, row, LEDGER_OPEN, OUTCOME_OPEN);
        break;
    case TYPE_release:
        set_state(brief, row, LEDGER_RELEASED, OUTCOME_PENDING);
        break;
    case TYPE_reject:
        set_state(brief, row, LEDGER_REJECTED, OUTCOME_REJECTED);
        break;
    case TYPE_unknown:
        set_state(brief, row,
                  ledger_has(&record->line, FIELD_mismatch) ? LEDGER_MISMATCH
                                                            : LEDGER_UNKNOWN,
                  OUTCOME_UNKNOWN);
        break;
    default:
        break;
    }
    return 0;
}

/* A record of the job's post: where it stands, and when. */
static int fold_place(struct fold *fold, uint32_t row, bool fresh,
                      const struct ledger_pass_record *record, struct err *err)
{
    struct ledger_brief *brief = fold->brief;
    enum ledger_type type = record->line.type;
    int64_t at_ms = time_of(fold, &record->line);
    bool moved = ledger_brief_bits(brief, row).state != LEDGER_OPEN;

    if (brief->keep_times)
        brief->at_ms[row] = at_ms;
    if (fresh || (type == TYPE_intent && moved))
        return identify(fold, row, record, at_ms, err);
    return brief->cells.move(brief->cells.arg, at_ms, &brief->row_cells[row],
                             err);
}

/* Whether a record makes a job known that has none before it. */
static bool begins(const struct ledger_pass_record *record)
{
    enum ledger_type type = record->line.type;

    if (record->event.op != LEDGER_POST)
        return false;
    return type == TYPE_intent || type == TYPE_post ||
           (type == TYPE_settle && ledger_has(&record->line, FIELD_address));
}

static int take(void *arg, const struct ledger_pass_record *record,
                struct err *err)
{
    struct fold *fold = arg;
    struct ledger_brief *brief = fold->brief;
    enum ledger_type type = record->line.type;
    uint64_t id = record->note ^ fold->scope;

    if (type == TYPE_ledger)
        fold->scope = ledger_brief_scope(brief, fold->pass.ledger);
    if (record->line.fields[FIELD_key].start == 0)
        return 0;
    uint32_t row = ledger_brief_find(brief, id);
    bool fresh = row == LEDGER_BRIEF_NONE || row < fold->first;
    if (fresh && !begins(record))
        return 0;
    if (fresh && ledger_brief_add(brief, id, row, &row, err) < 0)
        return err->code;
    if (type == TYPE_state) {
        fold_report(brief, row, &record->line);
        return 0;
    }
    if (type == TYPE_extend)
        return fold_extend(brief, row, record->event.cost_nano, err);
    if (record->event.op != LEDGER_POST)
        return 0;
    int result = fold_place(fold, row, fresh, record, err);
    return result == 0 ? fold_outcome(fold, row, record, err) : result;
}

/* --- a whole ledger ------------------------------------------------------- */

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *out = malloc(size);

    if (out)
        memcpy(out, text, size);
    return out;
}

static int add_source(struct ledger_brief *brief, const struct fold *fold,
                      struct err *err)
{
    const struct ledger_pass *pass = &fold->pass;
    const struct ledger_info *info = ledger_info(pass->ledger);
    size_t n = brief->source_count;
    void *more = realloc(brief->sources, (n + 1) * sizeof *brief->sources);

    if (!more)
        return err_set(err, ERR_MEMORY, "out of memory for ledgers");
    brief->sources = more;
    struct ledger_brief_source *source = &brief->sources[n];
    *source = (struct ledger_brief_source){
        .path = copy(info->path),
        .id = copy(info->id),
        .batch = info->identity.batch ? copy(info->identity.batch) : NULL,
        .first = fold->first,
        .end = brief->count,
        .records = info->records,
        .torn_bytes = pass->gzip ? 0 : pass->size - pass->end,
    };
    brief->source_count++;
    if (!source->path || !source->id)
        return err_set(err, ERR_MEMORY, "out of memory for ledgers");
    return 0;
}

int ledger_brief_read(struct ledger_brief *brief, const char *path,
                      struct err *err)
{
    struct fold *fold = calloc(1, sizeof *fold);

    if (!fold)
        return err_set(err, ERR_MEMORY, "out of memory for a ledger");
    fold->brief = brief;
    fold->first = brief->count;
    brief->current = brief->count;
    struct ledger_pass_user user = {.arg = fold, .ahead = ahead, .take = take};
    int result = ledger_pass_open(&fold->pass, brief->os, path, err);
    if (result == 0 && brief->want_params) {
        ledger_scanner_want(&fold->pass.ledger->scanner, FIELD_id);
        ledger_scanner_want(&fold->pass.ledger->scanner, FIELD_params);
        ledger_scanner_want(&fold->pass.ledger->scanner, FIELD_market);
    }
    if (result == 0)
        result = ledger_pass_run(&fold->pass, &user, err);
    if (result == 0)
        result = add_source(brief, fold, err);
    ledger_pass_close(&fold->pass);
    free(fold);
    return result;
}
