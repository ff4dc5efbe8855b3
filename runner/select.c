#include "select.h"

#include <string.h>

#include "../templates/shard.h"
#include "where.h"

#define ARENA_MAX ((size_t)16 << 20)

static bool samples(const struct select *select)
{
    return select->share.kind != OPT_SHARE_NONE;
}

int select_init(struct select *select, const struct opt *opt, struct err *err)
{
    int rc;

    memset(select, 0, sizeof *select);
    arena_init(&select->arena, ARENA_MAX);
    select->share = opt->sample;
    select->seed = (uint64_t)opt->seed;
    select->shard = opt->shard;
    rc = hasher_init(&select->hasher, err);
    if (rc < 0 || !opt->where)
        return rc;
    select->has_where = true;
    return where_compile(&select->where, opt->where, &select->arena, err);
}

void select_release(struct select *select)
{
    hasher_release(&select->hasher);
    arena_release(&select->arena);
}

bool select_restricts(const struct select *select)
{
    return select->has_where || samples(select) || select->shard.count > 0;
}

void select_begin(struct select *select)
{
    select->base = 0;
    select->slots = 0;
    select->chosen = 0;
    select->refused = 0;
    select->entry = NULL;
    select->size = 0;
    select->found = 0;
}

/* Whether an expression speaks about the current entry's points. */
static bool tested(const struct select *select)
{
    return select->has_where || select->entry->has_where;
}

/* How many of the entry's candidates, whose number is known, are taken. */
static int set_quota(struct select *select, struct err *err)
{
    uint64_t count = select->found;
    uint64_t steps = count < select->wanted ? count : select->wanted;

    select->counting = false;
    select->at = 0;
    if (count == 0 || select->wanted >= select->candidates) {
        select->quota = count;
        return 0;
    }
    if (steps > SELECT_COUNT_MAX) {
        err_set(err, ERR_LIMIT,
                "a sample of %llu points over several entries is too large "
                "to be shared out; sample the entries one by one, or take at "
                "most %d",
                (unsigned long long)select->wanted, SELECT_COUNT_MAX);
        return entry_place_error(select->entry, false, err);
    }
    select->quota =
        sample_count(&select->turns, select->wanted, select->slots, count);
    return 0;
}

int select_entry(struct select *select, struct entry *entry, struct err *err)
{
    select->base += select->size;
    select->slots += select->found;
    select->entry = entry;
    select->size = entry_points(entry);
    if (select->size > PARAMS_POINTS_MAX - select->base) {
        select->size = 0; /* the next entry's base stays one */
        err_set(err, ERR_LIMIT,
                "with this entry the manifest has over 2^63 - 1 points, which "
                "no index can number: shorten its axes, or make it a manifest "
                "of its own");
        return entry_place_error(entry, false, err);
    }
    select->at = 0;
    select->found = 0;
    select->taken = 0;
    select->counting = false;
    select->left = (struct select_left){0, 0, 0};
    if (select->has_where)
        entry_bind(entry, &select->where);
    if (!samples(select))
        return 0;
    sample_init(&select->order, &select->hasher, select->seed, entry->id,
                select->size);
    select->quota = select->wanted;
    if (select->entries == 1)
        return 0;
    if (tested(select)) {
        select->counting = true;
        return 0;
    }
    select->found = select->size;
    return set_quota(select, err);
}

/* --- points -------------------------------------------------------------- */

/* --where at the point that was sought: 1, 0, negative. */
static int test_option(struct select *select, struct err *err)
{
    enum expr_truth truth;
    int rc = entry_test(select->entry, &select->where, &truth, err);

    if (rc == 0)
        return truth == EXPR_TRUE;
    /* With a line it is the template that is at fault. */
    if (err->column > 0 && err->line == 0) {
        err_prefix(err,
                   "--where: column %llu: ", (unsigned long long)err->column);
        err->code = ERR_USAGE;
    }
    return entry_place_error(select->entry, true, err);
}

/* Whether both expressions take a point; *by is where a refusal counts. */
static int test(struct select *select, uint64_t point, uint64_t **by,
                struct err *err)
{
    struct entry *entry = select->entry;
    int rc = entry_selects(entry, point, err);

    *by = &select->left.where;
    if (rc != 1 || !select->has_where)
        return rc;
    if (!entry->has_where && entry_seek(entry, point, err) < 0)
        return entry_place_error(entry, true, err);
    *by = &select->left.option;
    return test_option(select, err);
}

/* The sample's order would be followed for hours: 0, or ERR_LIMIT. */
static int refuse(struct select *select, struct err *err)
{
    if (++select->refused < SELECT_COUNT_MAX)
        return 0;
    err_set(err, ERR_LIMIT,
            "only %llu of %llu points of the sample were found among %d: the "
            "expression takes too few; narrow the parameters instead",
            (unsigned long long)select->chosen,
            (unsigned long long)select->wanted, SELECT_COUNT_MAX);
    return entry_place_error(select->entry, false, err);
}

/* One position: 1 with *point, 0 for one that is refused, negative. */
static int step(struct select *select, uint64_t *point, struct err *err)
{
    bool ordered = samples(select) && !select->counting;
    uint64_t at = select->at++;
    uint64_t *by;

    *point = ordered ? sample_at(&select->order, at) : at;
    int rc = tested(select) ? test(select, *point, &by, err) : 1;
    if (rc < 0)
        return rc;
    if (select->counting) {
        select->found += (uint64_t)rc;
        return 0;
    }
    if (rc == 1) {
        select->taken++;
        select->chosen++;
        return 1;
    }
    ++*by;
    return ordered ? refuse(select, err) : 0;
}

int select_next(struct select *select, uint64_t most, uint64_t *point,
                struct err *err)
{
    for (uint64_t i = 0; i < most; i++) {
        if (select->counting && select->at == select->size) {
            int rc = set_quota(select, err);
            if (rc < 0)
                return rc;
        }
        bool full = samples(select) && !select->counting &&
                    select->taken == select->quota;
        if (full || select->at == select->size)
            return 0;
        int rc = step(select, point, err);
        if (rc != 0)
            return rc;
    }
    return SELECT_LATER;
}

int select_key(struct select *select, uint64_t point, struct job *job,
               struct err *err)
{
    int rc = entry_key(select->entry, point, job, err);

    if (rc < 0)
        return rc;
    if (select->shard.count == 0)
        return 1;
    if (!job->has_address) {
        err_set(err, ERR_DATA,
                "--shard needs the job's key, and so the address of its "
                "market; give --market");
        return entry_place_error(select->entry, false, err);
    }
    if (shard_of(job->key, select->shard.count) == select->shard.index)
        return 1;
    select->left.shard++;
    return 0;
}

int select_job(struct select *select, uint64_t point, struct job *job,
               struct err *err)
{
    int rc;

    if (select->shard.count == 0) {
        rc = entry_job(select->entry, point, job, err);
        return rc < 0 ? rc : 1;
    }
    rc = select_key(select, point, job, err);
    if (rc == 1 && entry_complete(select->entry, job, err) < 0)
        return err->code;
    return rc;
}

uint64_t select_index(const struct select *select, uint64_t point)
{
    int64_t given = select->entry->given_index;

    return given >= 0 ? (uint64_t)given : select->base + point;
}

bool select_count(const struct select *select, uint64_t *count)
{
    bool shared = samples(select) && !select->counting;

    *count = select->size;
    if (shared && select->quota < *count)
        *count = select->quota;
    return !tested(select) && select->shard.count == 0;
}

int select_check(const struct select *select, struct err *err)
{
    /* A manifest that is empty on purpose has no entry at all. */
    if (select->chosen > 0 || !select->entry)
        return 0;
    if (samples(select) && select->wanted == 0 && select->candidates > 0)
        return err_set(err, ERR_USAGE,
                       "nothing is left: --sample takes less than one point");
    if (select->has_where)
        return err_set(err, ERR_USAGE,
                       "nothing is left: there is no point that --where takes; "
                       "\"nosbatch expand\" shows their parameters");
    return err_set(err, ERR_DATA,
                   "nothing is left: there is no point that `where` takes");
}
