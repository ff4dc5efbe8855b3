/*
 * run_journal: what the engine decides, as records of the ledger.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "live.h"
#include "run.h"
#include "say.h"

#define REJECTIONS_TOLD 5    /* one by one; the ledger has all */
#define RECORD_BYTES    4096 /* of an outcome beside its name and parameters */
#define PENDING_MAX     ((size_t)32 << 20) /* bytes; more are committed early */

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

int run_reserve_disk(struct run *run, struct run_slot *s, struct err *err)
{
    const struct ledger_intent *intent = &s->intent;

    run->disk_bytes -= s->reserved_bytes;
    s->reserved_bytes = 2 * (intent->name.len + intent->params.len) +
                        intent->body.len + RECORD_BYTES;
    run->disk_bytes += s->reserved_bytes;
    return ledger_reserve(run->ledger, run->disk_bytes + s->reserved_bytes,
                          err);
}

int run_reserve_record(struct run *run, size_t len, struct err *err)
{
    return ledger_reserve(run->ledger, run->disk_bytes + len + RECORD_BYTES,
                          err);
}

static int record_intent(struct run *run, struct run_slot *s,
                         const struct engine_event *event, struct err *err)
{
    struct ledger_intent *intent = &s->intent;

    if (run_reserve_disk(run, s, err) != 0) {
        engine_stop(&run->engine, err_exit_status(err->code), "%s",
                    err->message);
        return 1;
    }
    intent->epoch = event->epoch;
    key_idem(&run->input.hasher, ledger_info(run->ledger)->scope, intent->key,
             intent->gen, intent->epoch, s->idem);
    intent->idem = run->service.api == SERVICE_JOBS ? s->idem : NULL;
    int rc = ledger_add_intent(run->ledger, intent, err);
    if (rc == 0)
        s->was_unknown = false; /* of the epoch before */
    return rc;
}

static int record_post(struct run *run, struct run_slot *s,
                       const struct engine_event *event, struct err *err)
{
    const struct answer *answer = event->answer;
    uint64_t now_us = run->os->monotonic_us(run->os->context);
    struct ledger_post post = {
        .intent = s->intent,
        .address = answer->address,
        .run = or_null(answer->run),
        .tx = or_null(answer->tx),
        .cost_nano = answer->cost_nano,
        .estimate = !answer->has_cost,
        .cost_raw = or_null(answer->cost_raw),
        .credits = or_null(answer->credits),
        .reservation = or_null(answer->reservation),
        .project = or_null(answer->project),
        .attempts = event->attempts,
        .elapsed_ms = (now_us - s->started_us) / 1000,
    };
    int rc = ledger_add_post(run->ledger, &post, err);

    run->finished += s->replayed ? 1 : 0;
    if (run->project[0] == '\0')
        memcpy(run->project, answer->project, sizeof run->project);
    if (rc != ERR_INTERNAL)
        return rc;
    /* Recorded all the same, as what was charged has to be. */
    engine_stop(&run->engine, err_exit_status(rc), "%s", err->message);
    return 0;
}

void run_outcome(const struct ledger_intent *intent,
                 const struct engine_event *event, struct ledger_outcome *out)
{
    const struct answer *answer = event->answer;

    *out = (struct ledger_outcome){
        .op = intent->op,
        .gen = intent->gen,
        .epoch = intent->epoch,
        .idem = intent->idem,
        .name = intent->name,
        .address = intent->address,
        .max_nano = intent->max_nano,
        .why = event->why ? event->why : "refused",
    };
    memcpy(out->key, intent->key, sizeof out->key);
    if (!answer)
        return;
    out->status = answer->status;
    out->code = or_null(answer->code);
    out->message = or_null(answer->message);
    out->mismatch = answer->kind == ANSWER_MISMATCH;
}

/*
 * A refused pin leaves nothing to record: no intent was written, and the next
 * run finds the job new.
 */
static bool never_intended(const struct run_slot *s)
{
    return s->reserved_bytes == 0 && s->started_us == 0;
}

/* A rejection says so at once: its reason is what the user needs. */
static void tell_rejected(struct run *run, const struct run_slot *s,
                          const struct answer *answer)
{
    int name_len = (int)s->intent.name.len;

    reasons_note(&run->reasons, answer->status, answer->message);
    if (run->rejections_told++ >= REJECTIONS_TOLD) {
        if (run->rejections_told == REJECTIONS_TOLD + 1) {
            progress_clear(&run->progress);
            say_warning("further rejections are not shown one by one");
        }
        return;
    }
    progress_clear(&run->progress);
    const char *what =
        never_intended(s) ? "its definition could not be pinned" : "rejected";
    if (answer->status >= 300)
        say_warning("%.*s: %s: HTTP %d: %s", name_len, s->intent.name.bytes,
                    what, answer->status, answer->message);
    else
        say_warning("%.*s: %s: %s", name_len, s->intent.name.bytes, what,
                    answer->message);
}

/* Huge parameters: what waits for the turn's commit has a bound. */
static int make_room(struct run *run, struct err *err)
{
    if (ledger_pending_bytes(run->ledger) <= PENDING_MAX)
        return 0;
    return run_commit(run, err);
}

static int record(struct run *run, struct run_slot *s,
                  const struct engine_event *event, struct err *err)
{
    struct ledger_outcome outcome;

    if (make_room(run, err) != 0)
        return err->code;
    switch (event->record) {
    case ENGINE_INTENT:
        return record_intent(run, s, event, err);
    case ENGINE_POST:
        return record_post(run, s, event, err);
    case ENGINE_RELEASE:
        run_outcome(&s->intent, event, &outcome);
        return ledger_add_release(run->ledger, &outcome, err);
    case ENGINE_REJECT:
        tell_rejected(run, s, event->answer);
        if (never_intended(s)) {
            run->pin_failed++;
            return 0;
        }
        run_outcome(&s->intent, event, &outcome);
        return ledger_add_reject(run->ledger, &outcome, err);
    case ENGINE_UNKNOWN:
        run_outcome(&s->intent, event, &outcome);
        if (s->was_unknown && !outcome.mismatch)
            return 0;
        return ledger_add_unknown(run->ledger, &outcome, err);
    }
    return err_set(err, ERR_INTERNAL, "unknown kind of record");
}

int run_record(void *arg, uint32_t slot, const struct engine_event *event,
               struct err *err)
{
    struct run *run = arg;
    struct run_slot *s = &run->slots[slot];
    int rc = record(run, s, event, err);

    if (run->live && event->record != ENGINE_INTENT)
        live_leave(run->live, s, rc == 0 && event->record == ENGINE_POST);
    return rc;
}

void run_pinned(void *arg, uint32_t slot)
{
    struct run *run = arg;

    ledger_cid_note(run->ledger, run->slots[slot].job.digest);
}

/* Whether a record's line has the type: after {"seq":N,"at":"…", at most 60
   bytes. */
static bool is_type(const char *line, size_t len, const char *type)
{
    size_t type_len = strlen(type);
    size_t head = len < 80 ? len : 80;

    for (size_t i = 0; i + type_len <= head; i++)
        if (memcmp(line + i, type, type_len) == 0)
            return true;
    return false;
}

/* Jobs and charges whose records a failed commit may have lost. */
static void tell_pending(struct run *run)
{
    size_t len;
    const char *at = ledger_pending(run->ledger, &len);
    const char *end = at + len;
    const char *newline;

    progress_clear(&run->progress);
    for (; (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1) {
        size_t line_len = (size_t)(newline - at);
        if (is_type(at, line_len, "\"type\":\"post\"") ||
            is_type(at, line_len, "\"type\":\"extend\""))
            say_error("PERHAPS NOT RECORDED: %.*s; keep this line",
                      (int)line_len, at);
    }
}

int run_commit(void *arg, struct err *err)
{
    struct run *run = arg;

    int rc = ledger_commit(run->ledger, err);
    if (rc != 0) {
        http_halt(&run->http);
        tell_pending(run);
    }
    return rc;
}

/* The last resort: what cannot be recorded is at least on the screen. */
void run_orphan(void *arg, uint32_t slot, const struct answer *answer)
{
    struct run *run = arg;
    const struct run_slot *s = &run->slots[slot];
    char cost[MONEY_TEXT_MAX] = "unknown";
    char key[KEY_TEXT_MAX];
    int name_len = (int)s->intent.name.len;

    progress_clear(&run->progress);
    key_format(s->intent.key, key);
    if (answer->has_cost)
        money_format(answer->cost_nano, cost);
    if (answer->kind == ANSWER_DONE)
        say_error("NOT RECORDED: job %s exists: name \"%.*s\", key %s, cost "
                  "%s; keep this line",
                  answer->address, name_len, s->intent.name.bytes, key, cost);
    else
        say_error("NOT RECORDED: name \"%.*s\", key %s: %s: %s", name_len,
                  s->intent.name.bytes, key, answer_kind_text(answer->kind),
                  answer->message);
}
