/*
 * row_where: --where about jobs in a ledger.
 *
 * Names: state (as the column `state` shows it), market (slug or address),
 * cost (dollars charged; absent while nothing is), name, id, at (UTC, as
 * "2026-11-23T10:00:00.000Z"), age (seconds since then), repeat, draw, gen,
 * job_status (the service's word once it has ended: "success", "failed",
 * "stopped"), and the jobs' parameters.
 */
#ifndef RUNNER_ROW_WHERE_H
#define RUNNER_ROW_WHERE_H

#include "../queue/ledger_rows.h"
#include "../queue/ledger_time.h"
#include "market.h"
#include "where.h"

struct row_where {
    bool given; /* without --where every row is taken */
    struct arena arena;
    struct expr expr;
    struct where_name *names;
    const struct markets *markets; /* borrowed */
    int64_t now_ms;
    struct json params; /* of the current row */
    const struct ledger_row *row;
    char at[LEDGER_TIME_LEN];
};

/*
 * Takes --where (NULL: none). now_ms is the real time. ERR_USAGE where it is
 * wrong. row_where_release is due in any case.
 */
int row_where_init(struct row_where *where, const char *text,
                   const struct markets *markets, int64_t now_ms,
                   struct err *err);
void row_where_release(struct row_where *where);

/*
 * The first pass: learns which names a row's parameters have; and at its end,
 * ERR_USAGE for one that no row has, with the nearest that one has.
 */
int row_where_learn(struct row_where *where, const struct ledger_row *row,
                    struct err *err);
int row_where_check(const struct row_where *where, struct err *err);

/* Whether the expression takes a row: 1, 0, negative (the job is named). */
int row_where_test(struct row_where *where, const struct ledger_row *row,
                   struct err *err);

#endif
