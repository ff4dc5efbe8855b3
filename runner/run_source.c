/*
 * run_source: the manifest's points that the ledger does not have, one at a
 * time, as slots come free.
 */
#include <stdio.h>
#include <string.h>

#include "replace.h"
#include "run.h"

#define POINTS_A_TURN 512 /* looked at before answers are let through */

static bool same_text(const struct ledger_text *a, const struct buf *b)
{
    return a->len == b->len && memcmp(a->bytes, buf_str(b), b->len) == 0;
}

static int same_name(const struct job *job, struct err *err)
{
    return err_set(err, ERR_DATA,
                   "two different jobs of the manifest are called \"%s\"; "
                   "give one of the entries another id or name",
                   buf_str(&job->name));
}

/*
 * Whether a job in flight has the key or the name: the ledger does not know
 * those that have no intent yet. 1: the same job; 0: no; negative: another
 * job of that name.
 */
static int in_flight(struct run *run, uint32_t slot, const struct job *job,
                     struct err *err)
{
    const struct run_tag tag =
        run_tag_of(job->key, buf_str(&job->name), job->name.len);
    const struct run_tag *tags = run->tags;
    const uint32_t count = run->slot_count;

    for (uint32_t i = 0; i < count; i++) {
        if (tags[i].key != tag.key && tags[i].name != tag.name)
            continue;
        const struct run_slot *s = &run->slots[i];
        if (i == slot || !s->busy)
            continue;
        if (memcmp(s->intent.key, job->key, KEY_LEN) == 0) {
            run->duplicates += s->replayed ? 0 : 1;
            return 1;
        }
        if (same_text(&s->intent.name, &job->name))
            return same_name(job, err);
    }
    return 0;
}

static int64_t max_nano(struct run *run, const struct job *job)
{
    const struct market *market =
        markets_by_address(&run->input.markets, job->market);

    return survey_job_max(market, job->timeout_s);
}

/* What is recorded and sent for a point that is to be posted. */
static void fill_intent(struct run *run, struct run_slot *s,
                        const struct compare *compare)
{
    const struct job *job = &s->job;
    struct ledger_intent *intent = &s->intent;

    base58_encode(job->market, sizeof job->market, s->market);
    if (job->has_node)
        base58_encode(job->node, sizeof job->node, s->node);
    snprintf(s->id, sizeof s->id, "%s", job->id);
    buf_clear(&s->body);
    service_post_body(run->service.api, job->cid, s->market, job->timeout_s,
                      job->has_node ? s->node : NULL, &s->body);
    *intent = (struct ledger_intent){
        .op = LEDGER_POST,
        .gen = compare->known ? compare->found.gen : 0,
        .epoch = compare->known ? compare->found.epoch : 0,
        .idem = run->service.api == SERVICE_JOBS ? s->idem : NULL,
        .name = {buf_str(&job->name), job->name.len},
        .id = s->id,
        .params = {buf_str(&job->params), job->params.len},
        .repeat = job->repeat,
        .cid = job->cid,
        .market = s->market,
        .timeout_s = job->timeout_s,
        .node = job->has_node ? s->node : NULL,
        .draw = job->draw,
        .body = {buf_str(&s->body), s->body.len},
        .max_nano = max_nano(run, job),
        .replaces = s->replaces[0] ? s->replaces : NULL,
    };
    if (compare->known && compare->found.state == LEDGER_LOST_MISMATCH)
        intent->epoch++;
    memcpy(intent->key, job->key, KEY_LEN);
}

static int record_entry(struct run *run, struct run_reader *reader,
                        struct err *err)
{
    size_t len;
    const char *text = manifest_entry_text(reader->manifest, &len);

    if (reader->entry_recorded)
        return 0;
    reader->entry_recorded = true;
    if (run_reserve_record(run, len, err) != 0)
        return err->code;
    return ledger_add_entry(run->ledger, reader->entry->id, text, len, err);
}

/*
 * An intent implies that its CID is pinned; but a job that was rejected may
 * have been so because that was not true (--pin none).
 */
static bool surely_pinned(const struct run *run, const struct run_slot *s,
                          const struct compare *compare)
{
    bool rejected = compare->known && compare->found.state == LEDGER_REJECTED;

    return !rejected && ledger_cid_pinned(run->ledger, s->job.digest);
}

static int start_fresh(struct run *run, struct run_reader *reader,
                       uint32_t slot, const struct compare *compare,
                       struct engine_task *task, struct err *err)
{
    struct run_slot *s = &run->slots[slot];
    int rc = record_entry(run, reader, err);

    if (rc != 0)
        return rc;
    fill_intent(run, s, compare);
    rc = buf_error(&s->body, "the body of a post", err);
    if (rc != 0)
        return rc;
    s->busy = true;
    *task = (struct engine_task){
        .pinned = !run->pins || surely_pinned(run, s, compare),
        .epoch = s->intent.epoch,
        .max_nano = s->intent.max_nano < 0 ? 0 : s->intent.max_nano,
    };
    memcpy(task->digest, s->job.digest, CID_DIGEST_LEN);
    return 1;
}

/* Whether a job of that market is another reader's. */
static bool is_elsewhere(const struct run_reader *reader,
                         const uint8_t market[BASE58_ADDRESS_LEN])
{
    return reader->market &&
           memcmp(reader->market, market, BASE58_ADDRESS_LEN) != 0;
}

/*
 * Renders the point into the slot: 1 where it is to be posted, *compare then
 * being what the ledger says; 0 where not; negative.
 */
static int wants_point(struct run *run, struct run_reader *reader,
                       uint32_t slot, uint64_t point, struct compare *compare,
                       struct err *err)
{
    struct run_slot *s = &run->slots[slot];
    int rc = select_job(reader->select, point, &s->job, err);

    if (rc == 0 || (rc == 1 && is_elsewhere(reader, s->job.market)))
        return 0; /* of another shard, or for another reader */
    if (rc == 1)
        rc = seen_compare(&run->seen, run->ledger, &s->reader, &s->job, compare,
                          err);
    if (rc == 0)
        rc = in_flight(run, slot, &s->job, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (compare->kind == COMPARE_TIMEOUT ||
        (compare->elsewhere && compare->kind != COMPARE_NEW))
        return 0;
    s->replaces[0] = '\0';
    if (compare->kind == COMPARE_CHANGED && run->replace)
        return replace_ready(run, &s->job, s->replaces, err);
    if (compare->kind == COMPARE_CHANGED)
        return compare->other.offset < run->first_offset
                   ? 0
                   : same_name(&s->job, err);
    if (compare->kind == COMPARE_NEW)
        return 1;
    run->duplicates += compare->found.number < run->first_new ? 0 : 1;
    return 0;
}

/* The next entry: 1, 0 at the end, negative. */
static int next_entry(struct run_reader *reader, struct err *err)
{
    struct errs errs;
    int got;

    errs_init(&errs);
    if (!reader->entry)
        select_begin(reader->select);
    got = manifest_next(reader->manifest, &reader->entry, &errs);
    if (errs_result(&errs, err) != 0)
        return err->code;
    reader->entry_recorded = false;
    if (got == 1 && select_entry(reader->select, reader->entry, err) != 0)
        return err->code;
    return got;
}

/* Whether all points of the current entry are for another reader. */
static bool may_skip(const struct run_reader *reader)
{
    return reader->entry->has_address &&
           is_elsewhere(reader, reader->entry->address) &&
           !select_restricts(reader->select);
}

/* The next selected point: 1, 0 at the manifest's end, LATER, negative. */
static int find_point(struct run_reader *reader, uint64_t *point,
                      struct err *err)
{
    struct select *select = reader->select;
    int rc = reader->entry && !may_skip(reader)
                 ? select_next(select, POINTS_A_TURN, point, err)
                 : 0;

    while (rc == 0 && (rc = next_entry(reader, err)) == 1)
        rc = may_skip(reader) ? 0
                              : select_next(select, POINTS_A_TURN, point, err);
    return rc;
}

/* The point that was held back, or the next one. */
static int take_point(struct run_reader *reader, uint64_t *point,
                      struct err *err)
{
    if (!reader->held)
        return find_point(reader, point, err);
    reader->held = false;
    *point = reader->held_point;
    return 1;
}

/* The next point that is to be posted: 1, 0 at the end, LATER, negative. */
static int seek(struct run *run, struct run_reader *reader, uint32_t slot,
                uint64_t *point, struct compare *compare, struct err *err)
{
    for (int i = 0; i < POINTS_A_TURN; i++) {
        int rc = take_point(reader, point, err);
        if (rc == SELECT_LATER)
            break;
        if (rc != 1)
            return rc;
        rc = wants_point(run, reader, slot, *point, compare, err);
        if (rc != 0)
            return rc;
    }
    return ENGINE_NEXT_LATER;
}

int run_reader_next(struct run *run, struct run_reader *reader, uint32_t slot,
                    struct engine_task *task, struct err *err)
{
    struct compare compare;
    uint64_t point;
    int rc = seek(run, reader, slot, &point, &compare, err);

    return rc == 1 ? start_fresh(run, reader, slot, &compare, task, err) : rc;
}

int run_reader_peek(struct run *run, struct run_reader *reader, uint32_t slot,
                    struct err *err)
{
    struct compare compare;

    if (reader->held)
        return 1;
    int rc = seek(run, reader, slot, &reader->held_point, &compare, err);
    reader->held = rc == 1;
    return rc;
}

int run_manifest_next(struct run *run, uint32_t slot, struct engine_task *task,
                      struct err *err)
{
    return run_reader_next(run, &run->reading, slot, task, err);
}
