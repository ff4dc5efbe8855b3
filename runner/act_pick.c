/*
 * act_pick: which jobs of a ledger are extended or stopped.
 *
 * Live are jobs of a newest generation that exist and are not known to have
 * ended. What an earlier invocation left open is not a matter of picking: it
 * is finished whatever --where says, as `run` does.
 */
#include <stdlib.h>
#include <string.h>

#include "../queue/ledger_rows.h"
#include "../templates/sample.h"
#include "act.h"
#include "row_where.h"

struct pass {
    struct act *act;
    struct row_where where;
    struct ledger_reader reader;
    uint64_t replays_of_resumed;
};

int act_list_add(struct act_list *list, const struct act_pick *pick,
                 struct err *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap > 0 ? list->cap * 2 : 64;
        struct act_pick *more = realloc(list->items, cap * sizeof *more);
        if (!more)
            return err_set(err, ERR_MEMORY, "out of memory for %zu jobs", cap);
        list->items = more;
        list->cap = cap;
    }
    list->items[list->count++] = *pick;
    return 0;
}

int64_t act_job_max(const struct act *act, const char *market)
{
    uint8_t address[BASE58_ADDRESS_LEN];

    if (act->op == LEDGER_STOP)
        return 0;
    if (!market || !base58_address(market, strlen(market), address))
        return -1;
    return survey_job_max(markets_by_address(&act->run->input.markets, address),
                          act->seconds);
}

int act_check_price(const struct act *act, const char *market, int64_t max_nano,
                    struct err *err)
{
    const struct opt *opt = act->run->opt;
    const struct markets *markets = &act->run->input.markets;
    uint8_t address[BASE58_ADDRESS_LEN];
    const char *label = market ? market : "unknown";

    if (max_nano >= 0)
        return 0;
    if (market && base58_address(market, strlen(market), address))
        label = markets_label(markets, address, market);
    if (opt->max_cost_nano >= 0)
        return err_set(err, ERR_DATA,
                       "market %s has no known price, so that --max-cost "
                       "cannot be kept there; leave out --max-cost, or the "
                       "market (--where)",
                       label);
    if (opt->allow_unpriced)
        return 0;
    return err_set(err, ERR_DATA,
                   "market %s has no known price, so nobody can say what an "
                   "extension may cost; give --allow-unpriced to extend its "
                   "jobs all the same",
                   label);
}

int64_t act_max_nano(const struct act *act)
{
    int64_t sum =
        act->single && act->single_max_nano > 0 ? act->single_max_nano : 0;

    for (size_t i = 0; i < act->fresh.count; i++)
        if (act->fresh.items[i].max_nano > 0 &&
            !money_add(&sum, act->fresh.items[i].max_nano))
            return INT64_MAX;
    return sum;
}

/* An open action with --max-cost has to have a price. */
static int check_replay(const struct act *act, const struct ledger_sent *sent,
                        struct err *err)
{
    if (act->run->opt->max_cost_nano < 0 || sent->intent.max_nano >= 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "an earlier extension of \"%.*s\" is still open and has no "
                   "known price, so that --max-cost cannot be kept; finish it "
                   "without --max-cost",
                   (int)sent->intent.name.len, sent->intent.name.bytes);
}

/*
 * What an earlier invocation did with the job: 1: that is all that is to be
 * done now; 0: it may be picked; negative.
 */
static int earlier(struct pass *pass, const struct ledger_row *row,
                   const struct ledger_actions *actions, bool *done,
                   struct err *err)
{
    struct act *act = pass->act;
    const struct act_pick pick = {.number = row->number};
    bool open = actions->state == LEDGER_ACTION_OPEN;
    bool resumed = act->resumes != 0 && actions->state != LEDGER_ACTION_NONE &&
                   actions->sent.open_seq >= act->resumes;

    *done = false;
    if (open || actions->state == LEDGER_ACTION_UNKNOWN) {
        if (!act_no_replay(act, actions)) {
            pass->replays_of_resumed += resumed;
            if (check_replay(act, &actions->sent, err) != 0 ||
                act_list_add(&act->replays, &pick, err) != 0)
                return err->code;
            *done = resumed;
            return act->op == LEDGER_STOP ? 1 : 0;
        }
        if (open && act_list_add(&act->given_up, &pick, err) != 0)
            return err->code;
    }
    if (!resumed)
        return 0;
    if (open || actions->state == LEDGER_ACTION_UNKNOWN ||
        actions->state == LEDGER_ACTION_MISMATCH) {
        act->more.doubtful += !open;
        *done = true;
    } else if (actions->state == LEDGER_ACTION_DONE) {
        act->more.resumed++;
        *done = true;
    }
    return 0;
}

static bool is_stale(const struct act *act, uint32_t number)
{
    return !act->stale || (act->stale[number / 8] >> number % 8 & 1) != 0;
}

/* Whether the options pick a live job: 1, 0, negative. */
static int is_picked(struct pass *pass, const struct ledger_row *row,
                     struct err *err)
{
    if (row->ended || !is_stale(pass->act, row->number))
        return 0;
    return row_where_test(&pass->where, row, err);
}

static int consider(void *arg, const struct ledger_row *row, struct err *err)
{
    struct pass *pass = arg;
    struct act *act = pass->act;
    struct act_pick pick = {.number = row->number};
    struct ledger_actions actions;
    struct ledger_job job;

    if (!row->latest || row->state != LEDGER_POSTED || !row->address)
        return 0;
    ledger_job_at(act->run->ledger, row->number, &job);
    int rc = ledger_read_actions(act->run->ledger, &job, act->op, row->address,
                                 &pass->reader, &actions, err);
    if (rc == 0)
        rc = earlier(pass, row, &actions, &pick.done, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    /* What is done counts for the sample, whatever it looks like by now. */
    rc = pick.done ? 1 : is_picked(pass, row, err);
    if (rc <= 0)
        return rc;
    pick.max_nano = pick.done ? 0 : act_job_max(act, row->market);
    if (act_check_price(act, row->market, pick.max_nano, err) != 0)
        return err->code;
    return act_list_add(&act->fresh, &pick, err);
}

static int learn(void *arg, const struct ledger_row *row, struct err *err)
{
    struct pass *pass = arg;

    return row_where_learn(&pass->where, row, err);
}

/* How many of `count` jobs --sample wants. */
static uint64_t sample_size(const struct opt_share *share, uint64_t count)
{
    if (share->kind == OPT_SHARE_PERCENT)
        return sample_share(count, share->value);
    return share->value < count ? share->value : count;
}

/*
 * Takes the sample, of which the jobs that an interrupted command has done
 * are a part: so the same command takes the same ones.
 */
static int take_sample(struct act *act, struct err *err)
{
    const struct opt *opt = act->run->opt;
    struct act_list *all = &act->fresh;
    struct act_list taken = {.count = 0};
    struct sample order;
    uint64_t wanted = sample_size(&opt->sample, all->count);
    int rc = 0;

    if (opt->sample.kind == OPT_SHARE_NONE || all->count == 0)
        return 0;
    for (size_t i = 0; i < all->count && wanted > 0; i++)
        wanted -= all->items[i].done;
    sample_init(&order, &act->run->input.hasher, (uint64_t)opt->seed, "",
                all->count);
    for (uint64_t i = 0; rc == 0 && wanted > 0 && i < all->count; i++) {
        const struct act_pick *pick = &all->items[sample_at(&order, i)];
        if (pick->done)
            continue;
        rc = act_list_add(&taken, pick, err);
        wanted--;
    }
    free(all->items);
    *all = taken;
    return rc;
}

static void leave_out_done(struct act_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].done)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

static int go_through(struct pass *pass, struct err *err)
{
    struct act *act = pass->act;

    act->replays.count = 0;
    act->fresh.count = 0;
    act->given_up.count = 0;
    act->more = (struct act_counts){0};
    pass->replays_of_resumed = 0;
    return ledger_rows(act->run->ledger, consider, pass, err);
}

int act_pick(struct act *act, struct err *err)
{
    const struct run *run = act->run;
    struct pass pass = {.act = act};
    bool finished = false;

    ledger_reader_init(&pass.reader);
    int rc = row_where_init(&pass.where, run->opt->where, &run->input.markets,
                            run->os->wall_ms(run->os->context), err);
    if (rc == 0 && run->opt->where)
        rc = ledger_rows(run->ledger, learn, &pass, err);
    if (rc == 0)
        rc = row_where_check(&pass.where, err);
    if (rc == 0 && act->op == LEDGER_EXTEND)
        rc = act_find_resume(act, &finished, err);
    if (rc == 0)
        rc = go_through(&pass, err);
    if (rc == 0 && finished && pass.replays_of_resumed == 0) {
        /* Nothing of it is left to be done: this is another extension. */
        act->resumes = 0;
        rc = go_through(&pass, err);
    }
    if (rc == 0)
        rc = take_sample(act, err);
    leave_out_done(&act->fresh);
    row_where_release(&pass.where);
    ledger_reader_release(&pass.reader);
    return rc;
}
