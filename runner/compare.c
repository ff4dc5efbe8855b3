#include "compare.h"

#include <string.h>

/* A job or a perhaps-job: what makes a name taken. */
static bool is_live(enum ledger_state state)
{
    return state == LEDGER_POSTED || state == LEDGER_OPEN ||
           state == LEDGER_UNKNOWN || state == LEDGER_MISMATCH;
}

static bool same_node(const struct job *job, const char *node)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];

    if (!node || !job->has_node)
        return !node && !job->has_node;
    return base58_address(node, strlen(node), bytes) &&
           memcmp(bytes, job->node, sizeof bytes) == 0;
}

/* Whether the job of that name differs in its timeout only. */
static bool only_timeout(const struct job *job,
                         const struct ledger_intent *intent)
{
    uint8_t market[BASE58_ADDRESS_LEN];
    uint8_t digest[CID_DIGEST_LEN];

    return cid_parse(intent->cid, strlen(intent->cid), digest) &&
           memcmp(digest, job->digest, sizeof digest) == 0 &&
           intent->repeat == job->repeat &&
           intent->timeout_s != job->timeout_s &&
           base58_address(intent->market, strlen(intent->market), market) &&
           memcmp(market, job->market, sizeof market) == 0 &&
           same_node(job, intent->node);
}

/*
 * Looks for the job's name. *own says whether the job `number` has it;
 * another live one makes the point changed.
 */
static int find_name(struct ledger *ledger, const struct job *job,
                     const struct compare *sofar, bool *own, bool *other,
                     struct ledger_job *found, struct err *err)
{
    uint64_t cursor = 0;
    struct ledger_job at;
    int rc;

    *own = false;
    *other = false;
    while ((rc = ledger_find_name(ledger, buf_str(&job->name), job->name.len,
                                  &cursor, &at, err)) == 1) {
        if (sofar->known && at.number == sofar->found.number) {
            *own = true;
        } else if (is_live(at.state)) {
            *other = true;
            *found = at;
        }
    }
    return rc;
}

static int judge_name(struct ledger *ledger, struct ledger_reader *reader,
                      const struct job *job, struct compare *out,
                      struct err *err)
{
    struct ledger_sent sent;
    bool own, other;
    int rc = find_name(ledger, job, out, &own, &other, &out->other, err);

    if (rc < 0)
        return rc;
    if (out->kind == COMPARE_POSTED && !own)
        out->kind = COMPARE_SAME;
    if (out->kind != COMPARE_NEW || !other)
        return 0;
    rc = ledger_read_intent(ledger, &out->other, reader, &sent, err);
    if (rc < 0)
        return rc;
    out->kind =
        only_timeout(job, &sent.intent) ? COMPARE_TIMEOUT : COMPARE_CHANGED;
    return 0;
}

int compare_job(struct ledger *ledger, struct ledger_reader *reader,
                const struct job *job, struct compare *out, struct err *err)
{
    *out = (struct compare){.kind = COMPARE_NEW};
    if (!ledger || ledger_jobs(ledger) == 0)
        return 0;
    int rc = ledger_find_key(ledger, job->key, &out->found, err);
    if (rc < 0)
        return rc;
    out->known = rc == 1;
    if (out->known && out->found.state == LEDGER_POSTED)
        out->kind = COMPARE_POSTED;
    else if (out->known && is_live(out->found.state))
        out->kind = COMPARE_PENDING;
    return judge_name(ledger, reader, job, out, err);
}
