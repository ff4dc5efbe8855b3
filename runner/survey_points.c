/* The selected points of an entry, one by one, by one process or several. */
#include "survey_impl.h"

#include <string.h>

#include "spread.h"

#define SPREAD_POINTS_MIN 131072 /* fewer are done before workers begin */

/* One way through an entry's points. */
struct walk {
    struct survey_pass *pass;
    struct survey_entry *row;
    bool only_count;
    uint64_t counted; /* where only_count */
    struct err *fault, *err;
};

bool survey_nothing_known(const struct survey *survey)
{
    const struct seen *seen = survey->options.seen;

    return survey->ledger_jobs == 0 && (!seen || seen->count == 0);
}

/* The job of a point, with its name where a ledger may know that. */
static int take(struct survey_pass *pass, uint64_t point, struct err *fault)
{
    int rc = select_key(pass->select, point, &pass->job, fault);

    if (rc != 1 || survey_nothing_known(pass->survey))
        return rc;
    rc = entry_add_name(pass->select->entry, &pass->job, fault);
    return rc < 0 ? rc : 1;
}

static int compare(struct survey_pass *pass, struct compare *out,
                   struct err *err)
{
    const struct survey_options *options = &pass->survey->options;

    return seen_compare(options->seen, options->ledger, &pass->reader,
                        &pass->job, out, err);
}

static bool has_changed(enum compare_kind kind)
{
    return kind == COMPARE_CHANGED || kind == COMPARE_TIMEOUT;
}

/* Counts the pass's job, which is what the ledgers say of it. */
static int account(struct walk *walk, const struct compare *compare)
{
    struct survey_pass *pass = walk->pass;
    struct survey *survey = pass->survey;
    int rc = survey_count(pass, walk->row, compare->kind, 1, walk->err);

    if (rc != 0)
        return rc;
    if (compare->kind != COMPARE_NEW)
        plan_digest_point(&survey->digest, pass->job.key, compare->kind);
    survey_mark(survey, compare);
    if (!survey->options.on_changed || !has_changed(compare->kind))
        return 0;
    rc = entry_complete(pass->select->entry, &pass->job, walk->err);
    return rc < 0 ? rc
                  : survey->options.on_changed(survey->options.arg, &pass->job,
                                               compare, walk->err);
}

static int one_point(struct walk *walk)
{
    struct compare found;
    int rc = compare(walk->pass, &found, walk->err);

    if (rc == 0)
        rc = account(walk, &found);
    if (rc < 0)
        walk->fault->code = 0;
    return rc;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Takes the selected points as the pass's jobs, up to a position. */
static int each_job(struct walk *walk, uint64_t until)
{
    struct survey_pass *pass = walk->pass;
    struct select *select = pass->select;
    uint64_t point;

    while (select->at < until) {
        uint64_t most = lesser(until - select->at, SURVEY_LOOKED_AT);
        int rc = select_next(select, most, &point, walk->fault);
        if (rc == 0)
            break;
        if (rc == 1)
            rc = take(pass, point, walk->fault);
        if (rc < 0)
            return rc;
        if (rc != 1)
            continue;
        if (survey_without_address(pass, walk->row->entry))
            break;
        rc = one_point(walk);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Only counts them; the first one is rendered. */
static int count_points(struct walk *walk)
{
    struct survey_pass *pass = walk->pass;
    struct select *select = pass->select;
    uint64_t point;
    int rc;

    while ((rc = select_next(select, SURVEY_LOOKED_AT, &point, walk->fault)) !=
           0) {
        if (rc == 1 && walk->counted++ == 0)
            rc = select_job(select, point, &pass->job, walk->fault);
        if (rc < 0)
            return rc;
    }
    if (walk->counted == 0 || survey_without_address(pass, walk->row->entry))
        return 0;
    return survey_count(pass, walk->row, COMPARE_NEW, walk->counted, walk->err);
}

/* --- by several processes ------------------------------------------------ */

/*
 * What a worker found since its last note, up to a position: points that were
 * left out, and `count` points of one kind. Those that are not new come one
 * by one. Changed ones are only named: the caller looks at them itself.
 */
struct note {
    uint64_t until;
    uint64_t taken; /* by select_next */
    struct select_left left;
    enum compare_kind kind;
    uint64_t count;
    uint64_t first; /* the first one's index within the entry */
    uint64_t timeout_s;
    uint8_t market[BASE58_ADDRESS_LEN];
    uint8_t key[KEY_LEN];
    bool has_market, has_address;
    bool known, elsewhere; /* of compare */
    uint32_t number;       /* likewise: found.number */
};

/* A worker's state. */
struct gathering {
    struct walk *walk;
    struct spread_worker *out;
    struct note note; /* that is being gathered */
    uint64_t taken;   /* of select, when the last note was sent */
    struct select_left left;
};

/* Sends what was gathered before position `until`. */
static void send(struct gathering *g, uint64_t until, uint64_t taken)
{
    const struct select_left *left = &g->walk->pass->select->left;

    g->note.until = until;
    g->note.taken = taken - g->taken;
    g->note.left = (struct select_left){left->where - g->left.where,
                                        left->option - g->left.option,
                                        left->shard - g->left.shard};
    spread_note(g->out, &g->note);
    g->taken = taken;
    g->left = *left;
    memset(&g->note, 0, sizeof g->note);
}

static void describe(const struct job *job, struct note *note)
{
    note->has_market = job->has_market;
    note->has_address = job->has_address;
    note->timeout_s = job->timeout_s;
    memcpy(note->market, job->market, sizeof note->market);
}

static bool costs_the_same(const struct job *job, const struct note *note)
{
    return note->timeout_s == job->timeout_s &&
           note->has_market == job->has_market &&
           note->has_address == job->has_address &&
           memcmp(note->market, job->market, sizeof note->market) == 0;
}

static void gather_new(struct gathering *g, uint64_t point)
{
    struct survey_pass *pass = g->walk->pass;
    bool only_count = g->walk->only_count;

    if (g->note.count > 0 && !only_count &&
        !costs_the_same(&pass->job, &g->note))
        send(g, pass->select->at - 1, pass->select->taken - 1);
    if (g->note.count++ > 0)
        return;
    g->note.kind = COMPARE_NEW;
    g->note.first = point;
    if (!only_count)
        describe(&pass->job, &g->note);
}

static void gather_known(struct gathering *g, const struct compare *found)
{
    const struct survey_pass *pass = g->walk->pass;
    send(g, pass->select->at - 1, pass->select->taken - 1);
    if (has_changed(found->kind))
        g->taken++; /* the caller takes it itself */
    g->note.kind = found->kind;
    g->note.count = 1;
    g->note.known = found->known;
    g->note.elsewhere = found->elsewhere;
    g->note.number = found->known ? found->found.number : 0;
    describe(&pass->job, &g->note);
    memcpy(g->note.key, pass->job.key, KEY_LEN);
    send(g, pass->select->at, pass->select->taken);
}

/* A selected point; false where the caller has to look at it. */
static bool gather(struct gathering *g, uint64_t point)
{
    struct survey_pass *pass = g->walk->pass;
    struct compare found = {.kind = COMPARE_NEW};
    struct err ignored;

    if (!g->walk->only_count) {
        int rc = take(pass, point, &ignored);
        if (rc == 0)
            return true;
        if (rc < 0 ||
            (!pass->job.has_address && pass->survey->options.need_address) ||
            compare(pass, &found, &ignored) < 0)
            return false;
    }
    if (found.kind == COMPARE_NEW)
        gather_new(g, point);
    else
        gather_known(g, &found);
    return true;
}

/* In a worker. Where it fails, its notes end in front of that point. */
static bool work(void *arg, uint64_t from, uint64_t to,
                 struct spread_worker *out)
{
    struct walk *walk = arg;
    struct select *select = walk->pass->select;
    struct gathering g = {
        .walk = walk, .out = out, .taken = select->taken, .left = select->left};
    struct err ignored;
    uint64_t point;

    select->at = from;
    while (select->at < to) {
        int rc = select_next(select, to - select->at, &point, &ignored);
        bool good = rc >= 0 && (rc != 1 || gather(&g, point));
        if (!good) {
            send(&g, select->at - 1, select->taken - (rc == 1 ? 1 : 0));
            return false;
        }
    }
    send(&g, to, select->taken);
    return true;
}

/* Of points that only count: the first one stands for all. */
static int take_count(struct walk *walk, const struct note *note)
{
    struct survey_pass *pass = walk->pass;
    bool first = walk->counted == 0 && note->count > 0;

    walk->counted += note->count;
    if (!first)
        return 0;
    int rc = select_job(pass->select, note->first, &pass->job, walk->fault);
    return rc < 0 ? rc : 0;
}

static int take_jobs(struct walk *walk, const struct note *note)
{
    struct job *job = &walk->pass->job;
    struct compare found = {.kind = note->kind,
                            .known = note->known,
                            .elsewhere = note->elsewhere,
                            .found.number = note->number};

    job->has_market = note->has_market;
    job->has_address = note->has_address;
    job->timeout_s = note->timeout_s;
    memcpy(job->market, note->market, sizeof job->market);
    memcpy(job->key, note->key, sizeof job->key);
    int rc = note->kind == COMPARE_NEW
                 ? survey_count(walk->pass, walk->row, note->kind, note->count,
                                walk->err)
                 : account(walk, &found);
    if (rc < 0)
        walk->fault->code = 0;
    return rc;
}

/* In the caller, in the order of the points. */
static int take_note(void *arg, const void *bytes)
{
    struct walk *walk = arg;
    struct select *select = walk->pass->select;
    struct note note;

    memcpy(&note, bytes, sizeof note);
    select->at = note.until;
    select->taken += note.taken;
    select->chosen += note.taken;
    select->left.where += note.left.where;
    select->left.option += note.left.option;
    select->left.shard += note.left.shard;
    if (walk->only_count)
        return take_count(walk, &note);
    if (note.count == 0)
        return 0;
    if (!has_changed(note.kind))
        return take_jobs(walk, &note);
    select->at = note.until - 1;
    return each_job(walk, note.until);
}

/*
 * One where the way is short, or is a sample's: what is refused of that
 * changes how far it goes.
 */
static unsigned workers(const struct survey_pass *pass)
{
    const struct select *select = pass->select;

    if (select->share.kind != OPT_SHARE_NONE)
        return 1;
    if (pass->survey->options.workers > 0)
        return pass->survey->options.workers;
    return select->size - select->at < SPREAD_POINTS_MIN ? 1 : spread_cores();
}

static int spread(struct walk *walk)
{
    const struct select *select = walk->pass->select;
    struct spread_options options = {
        .workers = workers(walk->pass),
        .from = select->at,
        .to = select->size,
        .note_bytes = sizeof(struct note),
        .work = work,
        .take = take_note,
        .arg = walk,
    };

    _Static_assert(sizeof(struct note) <= SPREAD_NOTE_MAX, "a note's size");
    if (options.workers < 2)
        return 0;
    int rc = spread_run(&options);
    return rc < 0 ? rc : 0;
}

int survey_points(struct survey_pass *pass, struct survey_entry *row,
                  bool only_count, struct err *fault, struct err *err)
{
    struct walk walk = {.pass = pass,
                        .row = row,
                        .only_count = only_count,
                        .fault = fault,
                        .err = err};
    int rc = spread(&walk);

    if (rc < 0)
        return rc;
    return only_count ? count_points(&walk) : each_job(&walk, UINT64_MAX);
}
