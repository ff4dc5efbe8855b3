/*
 * review_by: what `review` groups by, and the cells that jobs are put into
 * while ledgers are read.
 *
 * A cell is a group (entry, market and parameters, as the ledger spells
 * them), an hour and a maximum cost. What depends on the job's end (its
 * state) or on the words shown (a market's slug, 1e-1 for 0.1) comes when all
 * is read.
 */
#ifndef RUNNER_REVIEW_BY_H
#define RUNNER_REVIEW_BY_H

#include "../queue/ledger_brief.h"
#include "../templates/nearest.h"
#include "review_intern.h"
#include "review_time.h"

#define REVIEW_BY_MAX 8

enum review_by_kind {
    REVIEW_ENTRY,
    REVIEW_MARKET,
    REVIEW_STATE,
    REVIEW_HOUR,
    REVIEW_DAY,
    REVIEW_WEEK,
    REVIEW_PARAM
};

struct review_by_item {
    enum review_by_kind kind;
    char *name;     /* owned: as given; of a parameter without "params." */
    struct buf key; /* owned: the name as JSON escapes it */
    bool seen;      /* a job has this parameter */
};

struct review_by {
    struct review_by_item items[REVIEW_BY_MAX];
    size_t count;
};

/*
 * Reads --by; NULL is "entry". A parameter that is called like one of the
 * other words is params.NAME. ERR_USAGE. review_by_release is due.
 */
int review_by_init(struct review_by *by, const char *text, struct err *err);
void review_by_release(struct review_by *by);

bool review_by_is_time(enum review_by_kind kind);

/* Looked up by its bytes: there is nothing between its fields. */
struct review_cell {
    int64_t max_nano; /* LEDGER_UNPRICED: not known */
    uint32_t group;   /* of the raw ones */
    struct review_hour hour;
    uint32_t zero;
};

struct review_cells {
    struct review_by *by;     /* borrowed */
    struct review_time *time; /* borrowed */
    struct review_intern groups, cells;
    struct buf key;          /* of the group being looked up */
    struct review_cell last; /* the cell found last… */
    uint32_t last_number;    /* …and its number; UINT32_MAX: none */
    struct buf params;       /* of some job, for a hint */
};

void review_cells_init(struct review_cells *cells, struct review_by *by,
                       struct review_time *time, struct ledger_seed seed);
void review_cells_release(struct review_cells *cells);

/* The functions that a ledger_brief calls. */
struct ledger_brief_cells review_cells_functions(struct review_cells *cells);

struct review_cell review_cells_get(const struct review_cells *cells,
                                    uint32_t number);

/*
 * What a raw group has for an item (entry, market, a parameter): JSON text of
 * a parameter, else what stands between a JSON string's quotes; bytes NULL
 * where it has none.
 */
struct ledger_text review_cells_part(const struct review_cells *cells,
                                     uint32_t group, size_t item);

/* ERR_USAGE for a parameter of --by that no job has, with the nearest. */
int review_cells_check(const struct review_cells *cells, struct err *err);

#endif
