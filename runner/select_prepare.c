/* What a selection must know of all entries before its first pass. */
#include "select.h"

#include "where.h"

#define COUNT_A_TURN 4096

static void learn_name(const struct entry *entry, struct where_name *name)
{
    const char *known;

    for (uint32_t i = 0; (known = entry_known_name(entry, i)) != NULL; i++)
        where_offer(name, known);
}

/*
 * Goes over all entries. Warnings are left to the pass that follows. Returns
 * false where there were errors, which errs then has.
 */
static bool look_through(struct select *select, struct manifest *manifest,
                         struct where_name *names, uint64_t *points,
                         struct errs *errs)
{
    struct entry *entry;
    struct errs found;

    errs_init(&found);
    while (!errs_full(&found) && manifest_next(manifest, &entry, &found) > 0) {
        if (!entry)
            continue;
        uint64_t size = entry_points(entry);
        *points = size > UINT64_MAX - *points ? UINT64_MAX : *points + size;
        select->entries++;
        select->tested |= entry->has_where;
        for (uint32_t i = 0; i < select->where.name_count; i++)
            learn_name(entry, &names[i]);
    }
    if (found.errors > 0)
        errs_add_all(errs, &found);
    return found.errors == 0;
}

/* Counts what the expressions take of an entry: 0, or negative. */
static int count_entry(struct select *select, struct entry *entry,
                       struct err *err)
{
    uint64_t point;
    int rc = select_entry(select, entry, err);

    while (rc == 0) {
        rc = select_next(select, COUNT_A_TURN, &point, err);
        if (rc == 0)
            return 0;
        rc = rc < 0 ? rc : 0;
    }
    return rc;
}

/* Counts the candidates of all entries; errs tells where it could not. */
static int count(struct select *select, struct manifest *manifest,
                 struct errs *errs, struct err *err)
{
    const struct opt_share share = select->share;
    struct errs found;
    struct entry *entry;
    int rc = manifest_rewind(manifest, err);

    errs_init(&found);
    select->share.kind = OPT_SHARE_NONE;
    select_begin(select);
    while (rc == 0 && manifest_next(manifest, &entry, &found) > 0)
        if (entry)
            rc = count_entry(select, entry, err);
    select->share = share;
    select->candidates = select->chosen;
    if (rc < 0)
        errs_add(errs, err);
    else if (found.errors > 0)
        errs_add_all(errs, &found);
    return 0;
}

static int know_candidates(struct select *select, struct manifest *manifest,
                           uint64_t points, struct errs *errs, struct err *err)
{
    bool percent = select->share.kind == OPT_SHARE_PERCENT;

    if (points > PARAMS_POINTS_MAX)
        return err_set(err, ERR_LIMIT,
                       "the manifest has over %lld points, which --sample "
                       "cannot number",
                       (long long)PARAMS_POINTS_MAX);
    select->tested |= select->has_where;
    select->candidates = select->tested ? UINT64_MAX : points;
    if (!select->tested || (select->entries == 1 && !percent))
        return 0;
    if (points > SELECT_COUNT_MAX)
        return err_set(err, ERR_LIMIT,
                       "%s with an expression needs the points counted, and "
                       "there are %llu; expected at most %d%s",
                       percent ? "a --sample in per cent"
                               : "a --sample over several entries",
                       (unsigned long long)points, SELECT_COUNT_MAX,
                       percent ? ": give a number instead" : "");
    return count(select, manifest, errs, err);
}

static void know_wanted(struct select *select)
{
    const struct opt_share *share = &select->share;

    select->wanted = share->kind == OPT_SHARE_PERCENT
                         ? sample_share(select->candidates, share->value)
                         : share->value;
    if (select->wanted > select->candidates)
        select->wanted = select->candidates;
    if (select->entries > 1 && select->candidates > 0)
        sample_init(&select->turns, &select->hasher, select->seed, "",
                    select->candidates);
}

int select_prepare(struct select *select, struct manifest *manifest,
                   struct errs *errs, struct err *err)
{
    bool sampled = select->share.kind != OPT_SHARE_NONE;
    struct where_name *names;
    uint64_t points = 0;
    int rc = 0;

    if (select->prepared || (!select->has_where && !sampled))
        return 0;
    select->prepared = true;
    names = where_names(&select->where, &select->arena);
    if (!names)
        return arena_error(&select->arena, "--where", err);
    if (!look_through(select, manifest, names, &points, errs))
        return 0;
    rc = where_check(&select->where, names, entry_ledger_name,
                     "jobs in a ledger", err);
    if (rc == 0 && sampled) {
        rc = know_candidates(select, manifest, points, errs, err);
        know_wanted(select);
    }
    if (rc == 0 && errs->errors == 0)
        rc = manifest_rewind(manifest, err);
    return rc;
}
