#include "twins.h"

#include <stdlib.h>
#include <string.h>

#include "../queue/ledger_hash.h"
#include "twins_tell.h"

#define LOOKED_AT_A_TURN 65536
#define FEW_POINTS       4096 /* of an entry: compared while it is at hand */

#define SHOWN_MAX (4 * TWINS_SHOWN_MAX) /* two of each pair of both kinds */

/* One twins_find. */
struct finding {
    struct twins *twins;
    struct manifest *manifest;
    struct select *select;
    struct entry *entry; /* the current one */
    uint64_t number;     /* the next entry's */
    uint64_t point;      /* the next compared one's */
    uint64_t looked_at;  /* points, also those that are left out */
    bool skipped;        /* an entry was too large to be compared at once */
    struct job job;
    struct errs found; /* of this pass */
    struct twins_shown shown[SHOWN_MAX];
    unsigned shown_count;
};

void twins_init(struct twins *twins)
{
    memset(twins, 0, sizeof *twins);
    twins_records_init(&twins->records);
}

void twins_release(struct twins *twins)
{
    for (size_t i = 0; i < TWINS_ENTRIES_MAX; i++) {
        free(twins->entries[i].name);
        free(twins->entries[i].definition);
    }
    twins_records_release(&twins->records);
    twins_init(twins);
}

static bool compares(const struct twins *twins, uint64_t number)
{
    return !twins->cut && (twins->all || (number < TWINS_ENTRIES_MAX &&
                                          twins->entries[number].compared));
}

uint64_t twins_next(struct twins *twins, uint64_t number, uint64_t count)
{
    if (!compares(twins, number))
        return 0;
    uint64_t at = twins->same_last;
    twins->same_last += count;
    return twins_records_count(&twins->records, at, count);
}

/* Of a job's key, or of what it will be made of. */
static uint64_t hash_key(const struct job *job)
{
    static const struct ledger_seed seed = {1, 1};
    struct {
        uint8_t digest[CID_DIGEST_LEN];
        uint64_t repeat, timeout_s, market;
    } all = {.repeat = job->repeat, .timeout_s = job->timeout_s};

    if (job->has_address)
        return ledger_hash(&seed, job->key, KEY_LEN);
    memcpy(all.digest, job->digest, sizeof all.digest);
    all.market = ledger_hash(&seed, job->market_text, strlen(job->market_text));
    return ledger_hash(&seed, &all, sizeof all);
}

static uint64_t hash_name(const struct job *job)
{
    static const struct ledger_seed seed = {2, 2};

    return ledger_hash(&seed, buf_str(&job->name), job->name.len);
}

/* --- passes -------------------------------------------------------------- */

typedef int job_function(struct finding *f, struct err *err);

static int record(struct finding *f, struct err *err)
{
    if (f->twins->records.count >= TWINS_POINTS_MAX) {
        f->twins->cut = true;
        return 0;
    }
    return twins_records_add(&f->twins->records, hash_key(&f->job),
                             hash_name(&f->job), err);
}

/* Takes the entry's selected points one by one; a fault goes to f->found. */
static int each_point(struct finding *f, job_function *on_job, struct err *err)
{
    struct err fault = ERR_INIT;
    uint64_t point;
    int rc;

    while ((rc = select_next(f->select, LOOKED_AT_A_TURN, &point, &fault)) !=
           0) {
        f->looked_at += rc == SELECT_LATER ? LOOKED_AT_A_TURN : 1;
        f->twins->cut |= f->looked_at > SELECT_COUNT_MAX;
        if (rc == 1)
            rc = select_job(f->select, point, &f->job, &fault);
        if (rc < 0) {
            errs_add(&f->found, &fault);
            return 0;
        }
        if (f->twins->cut)
            return 0;
        if (rc == 1 && on_job(f, err) != 0)
            return err->code;
    }
    return 0;
}

/* Whether no more points than that may be selected, or gone through. */
static bool at_most(const struct finding *f, uint64_t most)
{
    uint64_t count;
    bool exact = select_count(f->select, &count);

    return count <= most ||
           (!exact && most == TWINS_POINTS_MAX && count <= SELECT_COUNT_MAX);
}

/* The first pass: learns what entries are like, and compares small ones. */
static int meet(struct finding *f, struct err *err)
{
    struct twins *twins = f->twins;
    uint64_t number = twins->entry_count++;

    if (number < TWINS_ENTRIES_MAX &&
        twins_entry_learn(&twins->entries[number], f->entry, err) != 0)
        return err->code;
    f->skipped |= !at_most(f, FEW_POINTS) || twins->cut;
    return f->skipped ? 0 : each_point(f, record, err);
}

/* The second one, where there are large ones. */
static int compare(struct finding *f, struct err *err)
{
    if (!compares(f->twins, f->number++))
        return 0;
    if (at_most(f, TWINS_POINTS_MAX))
        return each_point(f, record, err);
    f->twins->cut = true;
    return 0;
}

static int pass(struct finding *f, job_function *visit, struct err *err)
{
    struct err fault;
    int rc = 0;

    f->number = 0;
    f->point = 0;
    f->looked_at = 0;
    errs_init(&f->found);
    select_begin(f->select);
    while (rc == 0 && !errs_full(&f->found) &&
           manifest_next(f->manifest, &f->entry, &f->found) > 0) {
        if (!f->entry)
            continue;
        if (select_entry(f->select, f->entry, &fault) != 0)
            errs_add(&f->found, &fault);
        else
            rc = visit(f, err);
    }
    return rc;
}

/* --- telling ------------------------------------------------------------- */

static void want(struct finding *f, const struct twins_pairs *pairs)
{
    for (unsigned i = 0; i < pairs->shown; i++) {
        f->shown[f->shown_count++].number = pairs->pairs[i].first;
        f->shown[f->shown_count++].number = pairs->pairs[i].other;
    }
}

static int look(struct finding *f, struct err *err)
{
    (void)err;
    for (unsigned i = 0; i < f->shown_count; i++)
        if (f->shown[i].number == f->point)
            twins_shown_take(&f->shown[i], f->entry, &f->job,
                             hash_key(&f->job));
    f->point++;
    return 0;
}

/* The last pass. */
static int look_through(struct finding *f, struct err *err)
{
    if (!compares(f->twins, f->number++))
        return 0;
    return each_point(f, look, err);
}

static void tell_more(const struct twins_pairs *pairs, const char *file,
                      struct errs *errs)
{
    struct err err = ERR_INIT;
    uint64_t more = pairs->count - pairs->shown;

    if (more == 0)
        return;
    err_set(&err, ERR_WARNING, "%llu more point%s the same as others",
            (unsigned long long)more, more == 1 ? " is" : "s are");
    err.file = file;
    errs_add(errs, &err);
}

/* Hashes may agree by chance; then there is nothing to tell. */
static void tell(const struct finding *f, struct errs *errs)
{
    const struct twins_records *records = &f->twins->records;
    const struct twins_shown *pair = f->shown;

    for (unsigned i = 0; i < records->name_pairs.shown; i++, pair += 2)
        if (pair[0].found && pair[1].found && pair[0].key != pair[1].key &&
            strcmp(pair[0].name, pair[1].name) == 0)
            twins_tell_name(&pair[0], &pair[1], errs);
    if (errs->errors > 0 && records->name_pairs.count > TWINS_SHOWN_MAX)
        errs->errors += (unsigned)(records->name_pairs.count - TWINS_SHOWN_MAX);
    for (unsigned i = 0; i < records->same_pairs.shown; i++, pair += 2)
        if (pair[0].found && pair[1].found && errs->errors == 0)
            twins_tell_same(&pair[0], &pair[1], errs);
    if (errs->errors == 0)
        tell_more(&records->same_pairs, f->manifest->file, errs);
}

/* --- all of it ----------------------------------------------------------- */

/* Another pass; its problems, which the first one did not have, to errs. */
static int again(struct finding *f, job_function *visit, struct errs *errs,
                 struct err *err)
{
    int rc = manifest_rewind(f->manifest, err);

    if (rc == 0)
        rc = pass(f, visit, err);
    if (rc == 0 && f->found.errors > 0)
        errs_add_all(errs, &f->found);
    return rc;
}

/* Whether there is anything to compare in a second pass. */
static bool choose(struct twins *twins)
{
    bool any = false;

    twins->all = twins->entry_count > TWINS_ENTRIES_MAX;
    if (twins->all)
        return true;
    twins_entries_judge(twins);
    for (uint64_t i = 0; i < twins->entry_count; i++)
        any |= twins->entries[i].compared;
    return any;
}

static int compare_large(struct finding *f, struct errs *errs, struct err *err)
{
    struct twins *twins = f->twins;

    twins->cut = false;
    twins_records_clear(&twins->records);
    return choose(twins) ? again(f, compare, errs, err) : 0;
}

/* Compares what was recorded, and tells. */
static int judge(struct finding *f, struct errs *errs, struct err *err)
{
    struct twins_records *records = &f->twins->records;
    int rc = twins_records_finish(records, err);

    want(f, &records->name_pairs);
    want(f, &records->same_pairs);
    if (rc == 0 && f->shown_count > 0)
        rc = again(f, look_through, errs, err);
    if (rc == 0 && errs->errors == 0)
        tell(f, errs);
    return rc;
}

static void tell_cut(const char *file, struct errs *errs)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_WARNING,
            "over %d points would have to be looked at to know whether each "
            "can be rendered, two of them are one job, or different jobs have "
            "one name: that shows only as they are posted",
            TWINS_POINTS_MAX);
    err.file = file;
    errs_add(errs, &err);
}

/* Without room for a temporary file, posting has to find them. */
static bool may_go_on(struct twins *twins, struct errs *errs, struct err *err)
{
    if (err->code != ERR_CREATE && err->code != ERR_IO)
        return false;
    twins->cut = true;
    err_prefix(err, "the points could not be compared: ");
    err->code = ERR_WARNING;
    errs_add(errs, err);
    return true;
}

static int find(struct finding *f, struct errs *errs, struct err *err)
{
    int rc = pass(f, meet, err);

    if (rc == 0 && f->found.errors > 0)
        errs_add_all(errs, &f->found);
    if (rc == 0 && errs->errors == 0) {
        f->twins->all = !f->skipped;
        if (f->skipped)
            rc = compare_large(f, errs, err);
    }
    if (rc == 0 && errs->errors == 0 && f->twins->cut)
        tell_cut(f->manifest->file, errs);
    else if (rc == 0 && errs->errors == 0)
        rc = judge(f, errs, err);
    if (rc < 0 && may_go_on(f->twins, errs, err))
        rc = 0;
    if (rc == 0 && errs->errors == 0)
        rc = manifest_rewind(f->manifest, err);
    return rc;
}

int twins_find(struct twins *twins, struct manifest *manifest,
               struct select *select, struct errs *errs, struct err *err)
{
    struct finding *f = calloc(1, sizeof *f);

    if (!f)
        return err_set(err, ERR_MEMORY, "out of memory for comparing points");
    f->twins = twins;
    f->manifest = manifest;
    f->select = select;
    job_init(&f->job);
    int rc = find(f, errs, err);
    job_release(&f->job);
    free(f);
    return rc;
}
