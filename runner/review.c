#include "review.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)4 << 30)

uint64_t review_never_submitted(const struct review_sum *sum)
{
    return sum->outcomes[OUTCOME_REJECTED] + sum->outcomes[OUTCOME_PENDING] +
           sum->outcomes[OUTCOME_LOST];
}

void review_release(struct review *review)
{
    arena_release(&review->arena);
    free(review->groups);
    free(review->moments);
    memset(review, 0, sizeof *review);
}

struct picking {
    struct ledger_brief *brief;
    struct row_where *where;
};

/* --where about one job. */
static int pick(void *arg, uint32_t number, const struct ledger_row *row,
                struct err *err)
{
    struct picking *picking = arg;
    int rc = row_where_learn(picking->where, row, err);

    if (rc == 0)
        rc = row_where_test(picking->where, row, err);
    if (rc == 0)
        ledger_brief_leave_out(picking->brief, number);
    return rc < 0 ? rc : 0;
}

static int read_ledgers(struct ledger_brief *brief,
                        const struct review_options *options, struct err *err)
{
    const struct os *os = os_posix();
    struct row_where where;
    struct picking picking = {brief, &where};

    int rc = row_where_init(&where, options->where, options->markets,
                            os->wall_ms(os->context), err);
    for (size_t i = 0; rc == 0 && i < options->path_count; i++) {
        rc = ledger_brief_read(brief, options->paths[i], err);
        if (rc == 0 && options->where)
            rc = ledger_brief_again(brief, pick, &picking, err);
        if (rc == 0)
            ledger_brief_settle(brief);
    }
    if (rc == 0 && !options->older)
        rc = row_where_check(&where, err);
    row_where_release(&where);
    return rc;
}

/* What is said of the ledgers themselves. */
static int list_ledgers(struct review *review, const struct ledger_brief *brief,
                        struct err *err)
{
    struct arena *arena = &review->arena;

    review->ledgers =
        arena_array(arena, brief->source_count, sizeof *review->ledgers);
    for (size_t i = 0; review->ledgers && i < brief->source_count; i++) {
        const struct ledger_brief_source *source = &brief->sources[i];
        struct review_ledger *ledger = &review->ledgers[i];
        *ledger = (struct review_ledger){
            .path = arena_copy(arena, source->path, strlen(source->path)),
            .id = arena_copy(arena, source->id, strlen(source->id)),
            .records = source->records,
            .jobs = source->end - source->first,
            .torn_bytes = source->torn_bytes,
            .twice = source->twice,
        };
        if (source->batch)
            ledger->batch =
                arena_copy(arena, source->batch, strlen(source->batch));
    }
    review->ledger_count = brief->source_count;
    return arena_error(arena, "the review", err);
}

static bool wants_identity(const struct review_by *by)
{
    for (size_t i = 0; i < by->count; i++)
        if (by->items[i].kind != REVIEW_STATE &&
            !review_by_is_time(by->items[i].kind))
            return true;
    return false;
}

/* With a brief that has nothing yet. */
static int run(struct review *review, struct ledger_brief *brief,
               struct review_cells *cells, const struct review_options *options,
               struct err *err)
{
    brief->keep_times = options->where != NULL;
    brief->keep_addresses = options->path_count > 1;
    brief->want_params = wants_identity(options->by);
    int rc = read_ledgers(brief, options, err);
    if (rc == 0 && !options->older)
        rc = review_cells_check(cells, err);
    if (rc == 0)
        rc = ledger_brief_merge(brief, err);
    if (rc == 0)
        rc = list_ledgers(review, brief, err);
    return rc == 0 ? review_sum_all(review, brief, cells, options, err) : rc;
}

int review_run(struct review *review, const struct review_options *options,
               struct err *err)
{
    struct ledger_brief_cells none = {0};
    struct ledger_brief brief;
    struct review_cells cells;

    memset(review, 0, sizeof *review);
    arena_init(&review->arena, ARENA_MAX);
    int rc = ledger_brief_init(&brief, os_posix(), &none, err);
    review_cells_init(&cells, options->by, options->time, brief.seed);
    brief.cells = review_cells_functions(&cells);
    if (rc == 0)
        rc = run(review, &brief, &cells, options, err);
    review_cells_release(&cells);
    ledger_brief_release(&brief);
    return rc;
}
