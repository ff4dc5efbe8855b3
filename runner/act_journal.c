/*
 * act_journal: what the engine decides about extensions and stops, as records
 * of the ledger, where it is ours to write.
 */
#include <string.h>

#include "act_slot.h"
#include "say.h"

#define TOLD         5    /* one by one */
#define RECORD_BYTES 4096 /* of an outcome beside its name */

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

int act_reserve_disk(struct act *act, struct act_slot *s, struct err *err)
{
    const struct ledger_intent *intent = &s->intent;
    struct run *run = act->run;

    run->disk_bytes -= s->reserved_bytes;
    s->reserved_bytes = 2 * (intent->name.len + intent->params.len) +
                        intent->body.len + RECORD_BYTES;
    run->disk_bytes += s->reserved_bytes;
    return ledger_reserve(run->ledger, run->disk_bytes + s->reserved_bytes,
                          err);
}

/* --- keys and intents ----------------------------------------------------- */

static int random_idem(struct act *act, struct act_slot *s, struct err *err)
{
    const struct os *os = act->run->os;
    uint8_t bytes[16];
    int rc = os->random(os->context, bytes, sizeof bytes);

    if (rc < 0)
        return err_set_errno(err, ERR_INTERNAL, -rc,
                             "cannot get random bytes for a key");
    key_uuid(bytes, 4, s->idem);
    return 0;
}

/* The next deliberate request's key, by the count of the ledger's intents. */
static int make_idem(struct act *act, struct act_slot *s, struct err *err)
{
    struct run *run = act->run;

    if (act->single && random_idem(act, s, err) != 0)
        return err->code;
    if (!act->single)
        key_idem_op(&run->input.hasher, ledger_info(run->ledger)->scope,
                    act_verb(act), s->address, s->number++, s->idem);
    s->intent.idem = run->service.api == SERVICE_JOBS ? s->idem : NULL;
    return 0;
}

/* The prepared transaction of the key before is dead: nothing was done. */
static int release_expired(struct act *act, struct act_slot *s, struct err *err)
{
    static const struct engine_event expired = {
        .why = "the service says that its prepared transaction expired"};
    struct ledger_outcome outcome;

    run_outcome(&s->intent, &expired, &outcome);
    return ledger_add_release(act->run->ledger, &outcome, err);
}

static int record_intent(struct act *act, struct act_slot *s,
                         const struct engine_event *event, struct err *err)
{
    struct run *run = act->run;
    int rc = 0;

    if (act->records && act_reserve_disk(act, s, err) != 0) {
        engine_stop(&run->engine, err_exit_status(err->code), "%s",
                    err->message);
        return 1;
    }
    if (act->records && s->intended)
        rc = release_expired(act, s, err);
    if (rc == 0)
        rc = make_idem(act, s, err);
    s->intent.epoch = event->epoch;
    if (rc == 0 && act->records)
        rc = ledger_add_intent(run->ledger, &s->intent, err);
    s->intended = rc == 0;
    s->was_unknown = false;
    return rc;
}

/* --- outcomes ------------------------------------------------------------- */

static void tell_ended(struct act *act, const struct act_slot *s)
{
    act->more.ended++;
    if (act->more.told_ended++ >= TOLD)
        return;
    progress_clear(&act->run->progress);
    say_info(act->run->opt->quiet, "%.*s: it had ended already; nothing was %s",
             (int)s->intent.name.len, s->intent.name.bytes,
             act->op == LEDGER_EXTEND ? "charged" : "stopped");
}

static int record_done(struct act *act, struct act_slot *s,
                       const struct engine_event *event, struct err *err)
{
    const struct answer *answer = event->answer;
    uint64_t now_us = act->run->os->monotonic_us(act->run->os->context);
    bool charges = act->op == LEDGER_EXTEND;
    struct ledger_action record = {
        .op = act->op,
        .gen = s->intent.gen,
        .idem = s->intent.idem,
        .name = s->intent.name,
        .address = s->intent.address,
        .seconds = s->intent.seconds,
        .tx = or_null(answer->tx),
        .ended = answer->ended,
        .max_nano = s->intent.max_nano,
        .cost_nano = charges ? answer->cost_nano : 0,
        .estimate = charges && !answer->has_cost,
        .cost_raw = charges ? or_null(answer->cost_raw) : NULL,
        .attempts = event->attempts,
        .elapsed_ms = (now_us - s->started_us) / 1000,
    };

    if (answer->ended)
        tell_ended(act, s);
    memcpy(record.key, s->intent.key, sizeof record.key);
    return act->records ? ledger_add_action(act->run->ledger, &record, err) : 0;
}

/* A refusal says so at once: its reason is what the user needs. */
static void tell_rejected(struct act *act, const struct act_slot *s,
                          const struct answer *answer)
{
    if (act->more.told_rejected++ >= TOLD) {
        if (act->more.told_rejected == TOLD + 1)
            say_warning("further refusals are not shown one by one");
        return;
    }
    progress_clear(&act->run->progress);
    say_warning("%.*s: refused: HTTP %d: %s", (int)s->intent.name.len,
                s->intent.name.bytes, answer->status, answer->message);
}

static int record_outcome(struct act *act, struct act_slot *s,
                          const struct engine_event *event, struct err *err)
{
    struct ledger *ledger = act->run->ledger;
    struct ledger_outcome outcome;

    if (event->record == ENGINE_REJECT)
        tell_rejected(act, s, event->answer);
    if (!act->records)
        return 0;
    run_outcome(&s->intent, event, &outcome);
    if (event->record == ENGINE_RELEASE) {
        s->intended = false; /* what follows in this slot begins anew */
        return ledger_add_release(ledger, &outcome, err);
    }
    if (event->record == ENGINE_REJECT)
        return ledger_add_reject(ledger, &outcome, err);
    if (s->was_unknown && !outcome.mismatch)
        return 0;
    return ledger_add_unknown(ledger, &outcome, err);
}

int act_record(void *arg, uint32_t slot, const struct engine_event *event,
               struct err *err)
{
    struct act *act = arg;
    struct act_slot *s = &act->slots[slot];

    switch (event->record) {
    case ENGINE_INTENT:
        return record_intent(act, s, event, err);
    case ENGINE_POST:
        return record_done(act, s, event, err);
    case ENGINE_RELEASE:
    case ENGINE_REJECT:
    case ENGINE_UNKNOWN:
        return record_outcome(act, s, event, err);
    }
    return err_set(err, ERR_INTERNAL, "unknown kind of record");
}

int act_commit(void *arg, struct err *err)
{
    struct act *act = arg;

    return act->records ? run_commit(act->run, err) : 0;
}

void act_orphan(void *arg, uint32_t slot, const struct answer *answer)
{
    struct act *act = arg;
    const struct act_slot *s = &act->slots[slot];
    char cost[MONEY_TEXT_MAX] = "unknown";

    progress_clear(&act->run->progress);
    if (answer->has_cost)
        money_format(answer->cost_nano, cost);
    if (answer->kind != ANSWER_DONE)
        say_error("NOT RECORDED: %s of job %s: %s: %s", act_verb(act),
                  s->intent.address, answer_kind_text(answer->kind),
                  answer->message);
    else if (act->op == LEDGER_EXTEND)
        say_error("NOT RECORDED: job %s was extended by %llu s: name \"%.*s\", "
                  "cost %s; keep this line",
                  s->intent.address, (unsigned long long)s->intent.seconds,
                  (int)s->intent.name.len, s->intent.name.bytes, cost);
    else
        say_error("NOT RECORDED: job %s was stopped: name \"%.*s\"",
                  s->intent.address, (int)s->intent.name.len,
                  s->intent.name.bytes);
}
