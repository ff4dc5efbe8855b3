/*
 * Rows of a brief with what it does not keep: their records read again.
 */
#include "ledger_brief_impl.h"

#include <stdlib.h>
#include <string.h>

struct again {
    struct ledger_brief *brief;
    struct ledger_pass pass;
    struct ledger_reader reader;
    uint64_t scope;
    const struct ledger_brief_source *source;
    const uint32_t *rows; /* NULL: all of the source's */
    size_t count, left;
    int (*on_row)(void *arg, uint32_t number, const struct ledger_row *row,
                  struct err *err);
    void *arg;
};

static uint64_t number(const struct ledger_line *line, enum ledger_field field)
{
    uint64_t value = 0;

    return ledger_get_u64(line, field, UINT64_MAX, &value) ? value : 0;
}

/* Fills the row from its record and from the brief, and hands it on. */
static int hand_on(struct again *again, uint32_t at,
                   const struct ledger_line *line, struct err *err)
{
    struct ledger_brief *brief = again->brief;
    struct arena *arena = &again->reader.arena;
    struct json *doc = &again->reader.doc;
    struct ledger_row row = {.state = ledger_brief_bits(brief, at).state,
                             .charged_nano = brief->charged[at],
                             .final_nano = brief->final[at],
                             .max_nano = LEDGER_UNPRICED,
                             .job_state = -1};

    arena_clear(arena);
    row.gen = (uint32_t)number(line, FIELD_gen);
    row.name = ledger_copy(line, FIELD_name, arena, doc);
    row.id = ledger_copy(line, FIELD_id, arena, doc).bytes;
    row.params = ledger_copy(line, FIELD_params, arena, doc);
    row.repeat = number(line, FIELD_repeat);
    row.draw = number(line, FIELD_draw);
    row.market = ledger_copy(line, FIELD_market, arena, doc).bytes;
    row.address = ledger_copy(line, FIELD_address, arena, doc).bytes;
    row.timeout_s = number(line, FIELD_timeout);
    (void)ledger_get_nano(line, FIELD_max_usd, &row.max_nano);
    if (brief->keep_times)
        row.at_ms = brief->at_ms[at];
    if (arena_error(arena, "a job's row", err) < 0)
        return err->code;
    return again->on_row(again->arg, at, &row, err);
}

/* --- a second pass -------------------------------------------------------- */

/* The wanted row whose record this is, by where that stands. */
static uint32_t wanted_at(const struct again *again, uint64_t offset)
{
    for (size_t i = 0; i < again->count; i++) {
        uint32_t row = again->rows[i];
        if (row >= again->source->first && row < again->source->end &&
            ledger_brief_offset(again->brief, row) == offset)
            return row;
    }
    return LEDGER_BRIEF_NONE;
}

/* The row that keeps its name and so on in this record. */
static uint32_t row_of(const struct again *again,
                       const struct ledger_pass_record *record)
{
    uint64_t offset = record->event.offset;

    if (again->rows)
        return wanted_at(again, offset);
    uint64_t id = ledger_brief_id(again->brief, &record->event);
    uint32_t row = ledger_brief_find(again->brief, id ^ again->scope);
    if (row == LEDGER_BRIEF_NONE || row < again->source->first ||
        ledger_brief_offset(again->brief, row) != offset)
        return LEDGER_BRIEF_NONE;
    return row;
}

static int take(void *arg, const struct ledger_pass_record *record,
                struct err *err)
{
    struct again *again = arg;
    const struct ledger_line *line = &record->line;

    if (line->type == TYPE_ledger)
        again->scope = ledger_brief_scope(again->brief, again->pass.ledger);
    if (line->fields[FIELD_key].start == 0)
        return 0;
    uint32_t row = row_of(again, record);
    if (row == LEDGER_BRIEF_NONE)
        return 0;
    int result = hand_on(again, row, line, err);
    if (result == 0 && again->rows && --again->left == 0)
        return 1;
    return result;
}

static int run(struct again *again, struct err *err)
{
    struct ledger_pass_user user = {.arg = again, .take = take};

    again->pass.whole_lines = true;
    int result = ledger_pass_run(&again->pass, &user, err);
    return result > 0 && again->rows ? 0 : result;
}

int ledger_brief_again(struct ledger_brief *brief,
                       int (*on_row)(void *arg, uint32_t number,
                                     const struct ledger_row *row,
                                     struct err *err),
                       void *arg, struct err *err)
{
    struct again *again = calloc(1, sizeof *again);

    if (!again)
        return err_set(err, ERR_MEMORY, "out of memory for a ledger");
    again->brief = brief;
    again->source = &brief->sources[brief->source_count - 1];
    again->on_row = on_row;
    again->arg = arg;
    ledger_reader_init(&again->reader);
    int result =
        ledger_pass_open(&again->pass, brief->os, again->source->path, err);
    if (result == 0)
        result = run(again, err);
    ledger_pass_close(&again->pass);
    ledger_reader_release(&again->reader);
    free(again);
    return result;
}

/* --- a few rows ----------------------------------------------------------- */

/* Of a plain file: each record by its place. */
static int fetch_rows(struct again *again, struct err *err)
{
    struct ledger *ledger = again->pass.ledger;
    struct ledger_line line;
    int result = 0;

    ledger->end = again->pass.size;
    for (size_t i = 0; result == 0 && i < again->count; i++) {
        uint32_t row = again->rows[i];
        if (row < again->source->first || row >= again->source->end)
            continue;
        result = ledger_fetch(ledger, ledger_brief_offset(again->brief, row),
                              &line, err);
        if (result == 0)
            result = hand_on(again, row, &line, err);
    }
    return result;
}

static int some_of(struct again *again, struct err *err)
{
    again->left = 0;
    for (size_t i = 0; i < again->count; i++)
        if (again->rows[i] >= again->source->first &&
            again->rows[i] < again->source->end)
            again->left++;
    if (again->left == 0)
        return 0;
    int result = ledger_pass_open(&again->pass, again->brief->os,
                                  again->source->path, err);
    if (result == 0)
        result = again->pass.gzip ? run(again, err) : fetch_rows(again, err);
    ledger_pass_close(&again->pass);
    return result;
}

int ledger_brief_some(struct ledger_brief *brief, const uint32_t *rows,
                      size_t count,
                      int (*on_row)(void *arg, uint32_t number,
                                    const struct ledger_row *row,
                                    struct err *err),
                      void *arg, struct err *err)
{
    struct again *again = calloc(1, sizeof *again);
    int result = 0;

    if (!again)
        return err_set(err, ERR_MEMORY, "out of memory for a ledger");
    again->brief = brief;
    again->rows = rows;
    again->count = count;
    again->on_row = on_row;
    again->arg = arg;
    ledger_reader_init(&again->reader);
    for (size_t i = 0; result == 0 && i < brief->source_count; i++) {
        again->source = &brief->sources[i];
        result = some_of(again, err);
    }
    ledger_reader_release(&again->reader);
    free(again);
    return result;
}
