#include "match.h"

#include <stdlib.h>
#include <string.h>

/* How a job fits an intent. */
enum fit {
    FIT_NOT,
    FIT_NEAR,  /* it might be it, but for its timeout or node */
    FIT_VAGUE, /* it is of that identity, but when was it listed? */
    FIT_EXACT
};

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/*
 * Equal for intents of one identity, nodes left out: one without a node and
 * one with may have the same job.
 */
static int compare_identity(const struct match_intent *a,
                            const struct match_intent *b)
{
    int order = memcmp(a->cid, b->cid, sizeof a->cid);

    if (order == 0)
        order = memcmp(a->market, b->market, sizeof a->market);
    if (order == 0)
        order = compare_u64(a->timeout_s, b->timeout_s);
    if (order == 0)
        order = compare_u64(a->account, b->account);
    return order;
}

static int by_identity(const void *left, const void *right)
{
    const struct match_intent *a = left;
    const struct match_intent *b = right;
    int order = compare_identity(a, b);

    if (order == 0)
        order = a->until_s < b->until_s ? -1 : a->until_s > b->until_s;
    if (order == 0)
        order = a->from_s < b->from_s ? -1 : a->from_s > b->from_s;
    return order != 0 ? order : compare_u64(a->tag, b->tag);
}

/*
 * A job shows the node that runs it; one that was sent to no special node
 * may show any.
 */
static bool node_fits(const struct match_intent *intent,
                      const struct match_job *job)
{
    return !intent->has_node ||
           (job->has_node &&
            memcmp(intent->node, job->node, sizeof job->node) == 0);
}

static enum fit fit_of(const struct match_intent *intent,
                       const struct match_job *job)
{
    if (intent->account != job->account ||
        memcmp(intent->cid, job->cid, sizeof job->cid) != 0 ||
        memcmp(intent->market, job->market, sizeof job->market) != 0)
        return FIT_NOT;
    if (job->listed_s != 0 &&
        (job->listed_s < intent->from_s || job->listed_s > intent->until_s))
        return FIT_NOT;
    if (job->timeout_s != intent->timeout_s || !node_fits(intent, job))
        return FIT_NEAR;
    return job->listed_s == 0 ? FIT_VAGUE : FIT_EXACT;
}

/* The jobs that fit a group of intents of one identity. */
struct group {
    struct match_intent *intents;
    size_t count;
    uint32_t *exact; /* owned: indices of jobs, by their time of listing */
    uint32_t exact_count, vague, near;
    uint32_t shown[MATCH_SHOWN_MAX];
    uint32_t found;
};

static enum fit best_fit(const struct group *group, const struct match_job *job)
{
    enum fit best = FIT_NOT;

    for (size_t i = 0; i < group->count && best != FIT_EXACT; i++) {
        enum fit fit = fit_of(&group->intents[i], job);
        best = fit > best ? fit : best;
    }
    return best;
}

/* Puts an exact job in its place by time. */
static void insert(struct group *group, const struct match_job *jobs,
                   uint32_t job)
{
    uint32_t at = group->exact_count++;

    while (at > 0 && jobs[group->exact[at - 1]].listed_s > jobs[job].listed_s) {
        group->exact[at] = group->exact[at - 1];
        at--;
    }
    group->exact[at] = job;
}

static void find_jobs(struct group *group, const struct match_job *jobs,
                      size_t job_count)
{
    group->exact_count = group->vague = group->near = group->found = 0;
    for (uint32_t i = 0; i < job_count; i++) {
        enum fit fit = best_fit(group, &jobs[i]);
        if (fit == FIT_NOT)
            continue;
        if (group->found < MATCH_SHOWN_MAX)
            group->shown[group->found] = i;
        group->found++;
        group->vague += fit == FIT_VAGUE;
        group->near += fit == FIT_NEAR;
        if (fit == FIT_EXACT)
            insert(group, jobs, i);
    }
}

/*
 * Whether each intent has a job of its own: both are in the order of time, so
 * that the first one that is free is as good as any.
 */
static bool pair_up(const struct group *group, const struct match_job *jobs)
{
    for (size_t i = 0; i < group->count; i++)
        if (fit_of(&group->intents[i], &jobs[group->exact[i]]) != FIT_EXACT)
            return false;
    return true;
}

static bool all_may_be_lost(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (!group->intents[i].may_be_lost)
            return false;
    return true;
}

static bool has_open(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->intents[i].open)
            return true;
    return false;
}

static enum match_why judge(const struct group *group,
                            const struct match_job *jobs,
                            enum match_verdict *verdict)
{
    *verdict = MATCH_UNCLEAR;
    if (has_open(group))
        return MATCH_OPEN;
    if (group->vague > 0)
        return MATCH_VAGUE;
    if (group->found == 0) {
        if (!all_may_be_lost(group))
            return MATCH_NONE_YET;
        *verdict = MATCH_LOST;
        return MATCH_DECIDED;
    }
    if (group->exact_count < group->count)
        return MATCH_TOO_FEW;
    if (group->exact_count > group->count)
        return MATCH_TOO_MANY;
    if (!pair_up(group, jobs))
        return MATCH_NO_PAIRING;
    *verdict = MATCH_POSTED;
    return MATCH_DECIDED;
}

static void decide_group(struct group *group, const struct match_job *jobs,
                         size_t job_count)
{
    enum match_verdict verdict;

    find_jobs(group, jobs, job_count);
    enum match_why why = judge(group, jobs, &verdict);
    for (size_t i = 0; i < group->count; i++) {
        struct match_intent *intent = &group->intents[i];
        intent->verdict = verdict;
        intent->why = why;
        intent->intents = (uint32_t)group->count;
        intent->found = group->found;
        memcpy(intent->candidates, group->shown, sizeof group->shown);
        if (verdict == MATCH_POSTED) {
            intent->found = 1;
            intent->candidates[0] = group->exact[i];
        }
    }
}

int match_decide(struct match_intent *intents, size_t intent_count,
                 const struct match_job *jobs, size_t job_count,
                 struct err *err)
{
    struct group group = {0};
    size_t at = 0;

    group.exact = calloc(job_count + 1, sizeof *group.exact);
    if (!group.exact)
        return err_set(err, ERR_MEMORY, "out of memory for %zu jobs",
                       job_count);
    if (intent_count > 1)
        qsort(intents, intent_count, sizeof *intents, by_identity);
    while (at < intent_count) {
        size_t end = at + 1;
        while (end < intent_count &&
               compare_identity(&intents[at], &intents[end]) == 0)
            end++;
        group.intents = &intents[at];
        group.count = end - at;
        decide_group(&group, jobs, job_count);
        at = end;
    }
    free(group.exact);
    return 0;
}
