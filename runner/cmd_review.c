/*
 * cmd_review: what ledgers cost, and on what; offline.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "review_print.h"
#include "say.h"

struct reviewing {
    struct review_by by;
    struct review_time time;
    struct markets markets;
    struct review now, was;
    struct review_pair *pairs; /* owned */
    size_t pair_count;
};

/* SOURCE_DATE_EPOCH makes a page that is the same each time. */
static int made_at(int64_t *now_ms, struct err *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    const struct os *os = os_posix();

    *now_ms = os->wall_ms(os->context);
    if (!text || !text[0])
        return 0;
    size_t len = strlen(text);
    if (strspn(text, "0123456789") != len || len > 11)
        return err_set(err, ERR_USAGE,
                       "SOURCE_DATE_EPOCH: expected seconds since 1970, found "
                       "\"%s\"",
                       text);
    *now_ms = (int64_t)strtoll(text, NULL, 10) * 1000;
    return 0;
}

static void warn_torn(const struct review *review)
{
    for (size_t i = 0; i < review->ledger_count; i++)
        if (review->ledgers[i].torn_bytes > 0)
            say_warning("%s ends inside a record (a run is writing, or was "
                        "cut off): its last %llu bytes are not counted",
                        review->ledgers[i].path,
                        (unsigned long long)review->ledgers[i].torn_bytes);
}

static int review_some(const struct opt *opt, struct reviewing *all,
                       const char *const *paths, size_t count,
                       struct review *review, struct err *err)
{
    struct review_options options = {.paths = paths,
                                     .path_count = count,
                                     .by = &all->by,
                                     .time = &all->time,
                                     .where = opt->where,
                                     .older = review == &all->was,
                                     .markets = &all->markets};
    int rc = review_run(review, &options, err);

    if (rc == 0)
        warn_torn(review);
    return rc;
}

/* What may still have to be paid counts against a cap. */
static int over_cap(const struct opt *opt, const struct review_sum *total,
                    struct err *err)
{
    char cost[MONEY_TEXT_MAX], doubt[MONEY_TEXT_MAX], cap[MONEY_TEXT_MAX];
    int64_t sum = total->cost_nano;

    if (opt->max_cost_nano < 0)
        return 0;
    if (!money_add(&sum, total->doubt_nano))
        return err_set(err, ERR_LIMIT, "the costs are too large to add");
    if (sum <= opt->max_cost_nano)
        return 0;
    money_format_short(total->cost_nano, cost);
    money_format_short(total->doubt_nano, doubt);
    money_format_short(opt->max_cost_nano, cap);
    if (total->doubt_nano > 0)
        return err_set(err, ERR_CAP,
                       "these jobs cost %s, and %s at most for those that may "
                       "exist: over --max-cost %s",
                       cost, doubt, cap);
    return err_set(err, ERR_CAP, "these jobs cost %s: over --max-cost %s", cost,
                   cap);
}

static int run(const struct opt *opt, const struct app *app,
               struct reviewing *all, struct err *err)
{
    bool compares = opt->compare.count > 0;
    struct review_print print = {.opt = opt,
                                 .app = app,
                                 .review = &all->now,
                                 .was = compares ? &all->was : NULL,
                                 .by = &all->by,
                                 .time = &all->time};
    int rc = made_at(&print.now_ms, err);

    if (rc == 0 && compares)
        rc = review_some(opt, all, opt->compare.items, opt->compare.count,
                         &all->was, err);
    if (rc == 0)
        rc = review_some(opt, all, opt->args, opt->arg_count, &all->now, err);
    if (rc == 0 && compares)
        rc = review_compare(&all->now, &all->was, &all->by, &all->pairs,
                            &all->pair_count, err);
    print.pairs = all->pairs;
    print.pair_count = all->pair_count;
    if (rc == 0)
        rc = review_print(&print, err);
    return rc == 0 ? over_cap(opt, &all->now.total, err) : rc;
}

int cmd_review(const struct opt *opt, struct app *app, struct err *err)
{
    struct reviewing all;

    memset(&all, 0, sizeof all);
    markets_init(&all.markets);
    int rc = review_by_init(&all.by, opt->by, err);
    if (rc == 0)
        rc = review_time_init(&all.time, opt->time_zone, err);
    if (rc == 0)
        rc = markets_snapshot(&all.markets, err);
    if (rc == 0)
        rc = run(opt, app, &all, err);
    free(all.pairs);
    review_release(&all.was);
    review_release(&all.now);
    markets_release(&all.markets);
    review_by_release(&all.by);
    return rc;
}
