/*
 * act_resume: an extension that was interrupted, and the record of this one.
 *
 * The same command finishes what a killed or stopped `extend` began: jobs
 * that it extended already are passed by. Once it has come to its end, the
 * same command is a second extension. The newest `extend` of the ledger says
 * which: its open record has the options that pick jobs, and the first
 * invocation that it resumes itself; its close record says how it ended.
 */
#include <stdio.h>
#include <string.h>

#include "../templates/json.h"
#include "act_slot.h"
#include "replay.h"
#include "status.h"

#define OPTIONS_MAX ((size_t)1 << 20)

const char *act_no_replay(const struct act *act,
                          const struct ledger_actions *actions)
{
    if (act->run->replay_never || !actions->sent.intent.idem)
        return "without idempotency it may not be sent again";
    return replay_refused(act->run->os, &actions->sent,
                          act->run->account_bytes);
}

static void add_text(struct buf *out, const char *name, const char *text)
{
    buf_addf(out, ",\"%s\":", name);
    if (text)
        json_quote(out, text, strlen(text));
    else
        buf_add_str(out, "null");
}

/* `{"seconds":1800,…`: what has to be the same, as the record begins. */
static void add_same(struct buf *out, const struct act *act)
{
    const struct opt *opt = act->run->opt;

    buf_addf(out, "{\"seconds\":%llu", (unsigned long long)act->seconds);
    add_text(out, "where", opt->where);
    buf_addf(out, ",\"sample\":[%d,%llu,%lld]", (int)opt->sample.kind,
             (unsigned long long)opt->sample.value, (long long)opt->seed);
    add_text(out, "stale", opt->stale ? opt->manifest : NULL);
}

/* The number of the record's member "resumes"; 0 without. */
static uint64_t resumes_of(const struct ledger_text *options)
{
    struct json doc;
    struct err ignored;
    uint64_t seq = 0;

    json_init(&doc);
    if (json_parse(&doc, options->bytes, options->len, &ignored) == 0) {
        uint32_t at = json_get(&doc, 0, "resumes");
        if (at != 0 && doc.nodes[at].type == JSON_NUMBER)
            seq = (uint64_t)json_double(&doc, at);
    }
    json_release(&doc);
    return seq;
}

/* Whether it came to its end: then the same command is another one. */
static bool has_ended(const struct ledger_invoked *invoked)
{
    return invoked->closed &&
           (invoked->status == STATUS_OK || invoked->status == STATUS_REJECTED);
}

int act_find_resume(struct act *act, bool *finished, struct err *err)
{
    struct ledger_invoked invoked;
    struct buf same;
    int rc = ledger_find_invoked(act->run->ledger, "extend", &act->run->reader,
                                 &invoked, err);

    act->resumes = 0;
    *finished = false;
    if (rc <= 0 || has_ended(&invoked) || !invoked.options.bytes)
        return rc < 0 ? rc : 0;
    buf_init(&same, OPTIONS_MAX);
    add_same(&same, act);
    rc = buf_error(&same, "the options' record", err);
    if (rc == 0 && invoked.options.len > same.len &&
        memcmp(invoked.options.bytes, buf_str(&same), same.len) == 0) {
        uint64_t first = resumes_of(&invoked.options);
        act->resumes = first > 0 ? first : invoked.seq;
        act->resumes_at_ms = invoked.at_ms;
        *finished = invoked.closed && invoked.status == STATUS_UNKNOWN;
    }
    buf_release(&same);
    return rc;
}

static int record_unknown(struct act *act, uint32_t number, struct err *err)
{
    struct run *run = act->run;
    struct act_slot *s = &act->slots[0]; /* idle still: its memory serves */
    struct ledger_actions actions = {.state = LEDGER_ACTION_NONE};
    struct ledger_post post;
    struct ledger_job job;

    ledger_job_at(run->ledger, number, &job);
    int rc = ledger_read_post(run->ledger, &job, &s->post, &post, err);
    if (rc > 0)
        rc = ledger_read_actions(run->ledger, &job, act->op, post.address,
                                 &s->sent, &actions, err);
    if (rc < 0)
        return rc;
    const struct engine_event event = {.why = act_no_replay(act, &actions)};
    struct ledger_outcome outcome;
    if (!event.why)
        return 0; /* its key has come of age again: left open */
    run_outcome(&actions.sent.intent, &event, &outcome);
    act->more.given_up++;
    return ledger_add_unknown(run->ledger, &outcome, err);
}

static int add_open(struct act *act, struct err *err)
{
    struct run *run = act->run;
    struct ledger_open_record record = {
        .command = act_verb(act),
        .account = run->account_bytes,
    };
    struct buf options;
    char money[MONEY_TEXT_MAX];

    buf_init(&options, OPTIONS_MAX);
    add_same(&options, act);
    if (act->resumes != 0)
        buf_addf(&options, ",\"resumes\":%llu",
                 (unsigned long long)act->resumes);
    if (run->opt->max_cost_nano >= 0) {
        money_format(run->opt->max_cost_nano, money);
        buf_addf(&options, ",\"max_cost_usd\":\"%s\"", money);
    }
    buf_addf(&options, ",\"replay\":\"%s\"}",
             run->replay_never ? "never" : "auto");
    record.options = (struct ledger_text){buf_str(&options), options.len};
    int rc = buf_error(&options, "the options' record", err);
    if (rc == 0)
        rc = ledger_add_open(run->ledger, &record, err);
    buf_release(&options);
    return rc;
}

int act_record_open(struct act *act, struct err *err)
{
    if (!act->records)
        return 0;
    int rc = add_open(act, err);
    for (size_t i = 0; rc == 0 && i < act->given_up.count; i++)
        rc = record_unknown(act, act->given_up.items[i].number, err);
    return rc < 0 ? rc : ledger_commit(act->run->ledger, err);
}
