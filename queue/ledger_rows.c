/*
 * Folding a job's history into a row for each of its generations. From the
 * index comes where a job's newest record stands; from there its records are
 * followed back by `prev`, and then read in the order of writing.
 */
#include "ledger_rows.h"

#include "ledger_impl.h"

#include "../templates/money.h"

#include <stdlib.h>
#include <string.h>

struct ledger_folder {
    struct ledger *ledger; /* borrowed */
    struct ledger_job job; /* whose records these are */
    struct ledger_reader reader;
    uint64_t *offsets; /* owned: of a job's records, newest first */
    size_t count, cap;
    struct ledger_row row;
    struct ledger_line line; /* the record being folded */
};

static const char *str(struct ledger_folder *fold, enum ledger_field field)
{
    return ledger_copy(&fold->line, field, &fold->reader.arena,
                       &fold->reader.doc)
        .bytes;
}

static uint64_t number(const struct ledger_folder *fold,
                       enum ledger_field field)
{
    uint64_t value = 0;

    return ledger_get_u64(&fold->line, field, UINT64_MAX, &value) ? value : 0;
}

static int64_t seconds(const struct ledger_folder *fold,
                       enum ledger_field field)
{
    uint64_t value = number(fold, field);

    return value <= INT64_MAX ? (int64_t)value : 0;
}

static int64_t nano(const struct ledger_folder *fold, enum ledger_field field)
{
    int64_t value = LEDGER_UNPRICED;

    return ledger_get_nano(&fold->line, field, &value) ? value
                                                       : LEDGER_UNPRICED;
}

/* Adds to what is charged, if that is known. */
static void charge(struct ledger_row *row, int64_t cost)
{
    if (cost == LEDGER_UNPRICED)
        return;
    if (row->charged_nano == LEDGER_UNPRICED)
        row->charged_nano = 0;
    (void)money_add(&row->charged_nano, cost);
}

static void fold_identity(struct ledger_folder *fold)
{
    struct ledger_row *row = &fold->row;

    row->name = ledger_copy(&fold->line, FIELD_name, &fold->reader.arena,
                            &fold->reader.doc);
    row->id = str(fold, FIELD_id);
    row->params = ledger_copy(&fold->line, FIELD_params, &fold->reader.arena,
                              &fold->reader.doc);
    row->repeat = number(fold, FIELD_repeat);
    row->draw = number(fold, FIELD_draw);
    row->market = str(fold, FIELD_market);
    row->timeout_s = number(fold, FIELD_timeout);
    row->node = str(fold, FIELD_node);
    row->cid = str(fold, FIELD_cid);
    row->max_nano = nano(fold, FIELD_max_usd);
}

static void fold_intent(struct ledger_folder *fold)
{
    struct ledger_row *row = &fold->row;

    if (!row->name.bytes || row->state != LEDGER_OPEN)
        fold_identity(fold);
    row->state = LEDGER_OPEN;
    row->error = NULL;
    row->code = NULL;
    row->status = 0;
}

static void fold_post(struct ledger_folder *fold)
{
    struct ledger_row *row = &fold->row;

    if (!row->name.bytes)
        fold_identity(fold);
    row->state = LEDGER_POSTED;
    row->address = str(fold, FIELD_address);
    row->run = str(fold, FIELD_run);
    row->tx = str(fold, FIELD_tx);
    row->project = str(fold, FIELD_project);
    row->reservation = str(fold, FIELD_reservation);
    row->credits = str(fold, FIELD_credits);
    row->cost_source = str(fold, FIELD_cost_source);
    row->attempts = (uint32_t)number(fold, FIELD_attempts);
    row->elapsed_ms = number(fold, FIELD_ms);
    row->error = NULL;
    row->code = NULL;
    row->status = 0;
    charge(row, nano(fold, FIELD_cost_usd));
}

static void fold_ending(struct ledger_folder *fold, enum ledger_state state)
{
    struct ledger_row *row = &fold->row;

    row->state = state;
    row->error =
        str(fold,
            ledger_has(&fold->line, FIELD_message) ? FIELD_message : FIELD_why);
    row->code = str(fold, FIELD_code);
    row->status = (int)(number(fold, FIELD_status) % 1000);
}

static void fold_settle(struct ledger_folder *fold)
{
    struct ledger_row *row = &fold->row;

    row->error = NULL;
    row->code = NULL;
    row->status = 0;
    if (!ledger_has(&fold->line, FIELD_address)) {
        row->state =
            row->state == LEDGER_MISMATCH ? LEDGER_LOST_MISMATCH : LEDGER_LOST;
        return;
    }
    row->state = LEDGER_POSTED;
    row->address = str(fold, FIELD_address);
    row->cost_source = "settle";
    charge(row, nano(fold, FIELD_max_usd));
}

static void fold_report(struct ledger_folder *fold)
{
    struct ledger_row *row = &fold->row;

    row->job_state = (int)(number(fold, FIELD_state) % 1000);
    row->ended = row->ended || row->job_state >= 2;
    row->job_status = str(fold, FIELD_job_status);
    row->listed_s = seconds(fold, FIELD_listed);
    row->start_s = seconds(fold, FIELD_start);
    row->end_s = seconds(fold, FIELD_end);
    row->result = str(fold, FIELD_result);
    row->final_nano = nano(fold, FIELD_final_usd);
}

static void fold_extend(struct ledger_folder *fold)
{
    if (ledger_has(&fold->line, FIELD_ended))
        fold->row.ended = true;
    else
        fold->row.timeout_s += number(fold, FIELD_seconds);
    charge(&fold->row, nano(fold, FIELD_cost_usd));
}

static void fold_record(struct ledger_folder *fold)
{
    enum ledger_type type = fold->line.type;
    bool action = ledger_has(&fold->line, FIELD_op) &&
                  !ledger_get_is(&fold->line, FIELD_op, "post");

    if (type == TYPE_state)
        fold_report(fold);
    else if (type == TYPE_extend)
        fold_extend(fold);
    else if (type == TYPE_stop)
        fold->row.ended = true;
    if (action || type == TYPE_state)
        return;
    fold->row.at_ms = ledger_line_ms(&fold->line);
    if (type == TYPE_intent)
        fold_intent(fold);
    else if (type == TYPE_post)
        fold_post(fold);
    else if (type == TYPE_release)
        fold_ending(fold, LEDGER_RELEASED);
    else if (type == TYPE_reject)
        fold_ending(fold, LEDGER_REJECTED);
    else if (type == TYPE_unknown)
        fold_ending(fold, ledger_has(&fold->line, FIELD_mismatch)
                              ? LEDGER_MISMATCH
                              : LEDGER_UNKNOWN);
    else if (type == TYPE_settle)
        fold_settle(fold);
}

/* Notes where the job's records stand, newest first. */
static int find_records(struct ledger_folder *fold, uint32_t number,
                        struct err *err)
{
    struct ledger_line line;

    fold->count = 0;
    ledger_job_at(fold->ledger, number, &fold->job);
    uint64_t offset = fold->job.offset;
    int more =
        ledger_fetch(fold->ledger, offset, &line, err) < 0 ? err->code : 1;

    while (more > 0) {
        if (fold->count == fold->cap) {
            size_t cap = fold->cap > 0 ? fold->cap * 2 : 64;
            uint64_t *offsets = realloc(fold->offsets, cap * sizeof *offsets);
            if (!offsets)
                return err_set(err, ERR_MEMORY,
                               "out of memory for a job's history");
            fold->offsets = offsets;
            fold->cap = cap;
        }
        fold->offsets[fold->count++] = offset;
        more = ledger_fetch_prev(fold->ledger, &line, &offset, err);
    }
    return more;
}

static void begin_row(struct ledger_folder *fold, uint32_t gen)
{
    arena_clear(&fold->reader.arena);
    fold->row = (struct ledger_row){
        .number = fold->job.number,
        .latest = gen == fold->job.gen,
        .gen = gen,
        .charged_nano = LEDGER_UNPRICED,
        .max_nano = LEDGER_UNPRICED,
        .final_nano = LEDGER_UNPRICED,
        .job_state = -1,
    };
}

/* The row of one generation: 1, 0 where there is no record of it. */
static int fold_generation(struct ledger_folder *fold, uint32_t gen,
                           struct err *err)
{
    struct ledger_line *line = &fold->line;
    uint8_t key[KEY_LEN];
    int found = 0;

    begin_row(fold, gen);
    for (size_t i = fold->count; i-- > 0;) {
        if (ledger_fetch(fold->ledger, fold->offsets[i], line, err) < 0)
            return err->code;
        if (number(fold, FIELD_gen) != gen)
            continue;
        found = 1;
        fold_record(fold);
        if (ledger_get_key(line, key))
            key_format(key, fold->row.key);
    }
    int result = arena_error(&fold->reader.arena, "a job's row", err);
    return result < 0 ? result : found;
}

int ledger_folder_open(struct ledger_folder **out, struct ledger *ledger,
                       struct err *err)
{
    struct ledger_folder *fold = calloc(1, sizeof *fold);

    *out = fold;
    if (!fold)
        return err_set(err, ERR_MEMORY, "out of memory for a ledger's rows");
    fold->ledger = ledger;
    ledger_reader_init(&fold->reader);
    return 0;
}

void ledger_folder_close(struct ledger_folder *folder)
{
    if (!folder)
        return;
    ledger_reader_release(&folder->reader);
    free(folder->offsets);
    free(folder);
}

int ledger_folder_row(struct ledger_folder *folder, uint32_t number,
                      uint32_t gen, const struct ledger_row **row,
                      struct err *err)
{
    int result = find_records(folder, number, err);

    *row = &folder->row;
    return result < 0 ? result : fold_generation(folder, gen, err);
}

static int fold_job(struct ledger_folder *fold, uint32_t number,
                    int (*row)(void *arg, const struct ledger_row *row,
                               struct err *err),
                    void *arg, struct err *err)
{
    int result = find_records(fold, number, err);

    for (uint32_t gen = 0; result == 0 && gen <= fold->job.gen; gen++) {
        result = fold_generation(fold, gen, err);
        if (result > 0)
            result = row(arg, &fold->row, err);
    }
    return result;
}

int ledger_rows(struct ledger *ledger,
                int (*row)(void *arg, const struct ledger_row *row,
                           struct err *err),
                void *arg, struct err *err)
{
    struct ledger_folder *fold;
    int result = ledger_folder_open(&fold, ledger, err);

    for (uint32_t i = 0; result == 0 && i < ledger_jobs(ledger); i++)
        result = fold_job(fold, i, row, arg, err);
    ledger_folder_close(fold);
    return result;
}
