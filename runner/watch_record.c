/*
 * watch_record: news into the ledgers, each under its lock.
 */
#include <string.h>

#include "say.h"
#include "watch.h"

#define PENDING_MOST ((size_t)1 << 20) /* bytes added before a commit */

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

int watch_open_to_append(const struct watch_ledger *ledger, const struct os *os,
                         struct ledger **out, struct err *err)
{
    struct ledger_options options = {
        .os = os,
        .mode = LEDGER_WRITE,
        .path = ledger->path,
        .watch = true,
        .warn = warn,
    };
    int rc = ledger_open(out, &options, err);

    if (rc == ERR_LOCKED)
        return 1;
    if (rc == 1)
        return err_set(err, ERR_INPUT, "there is no ledger %s", ledger->path);
    if (rc == 0 &&
        strcmp(ledger_info(*out)->id, ledger_info(ledger->ledger)->id) != 0)
        rc = err_set(err, ERR_DATA,
                     "%s has become another ledger meanwhile: nothing was "
                     "recorded",
                     ledger->path);
    if (rc != 0) {
        ledger_close(*out);
        *out = NULL;
    }
    return rc;
}

static int add_state(struct ledger *ledger, const struct watched *job,
                     struct err *err)
{
    char address[BASE58_TEXT_MAX];
    struct ledger_report report = {
        .gen = job->gen,
        .address = address,
        .state = job->job_state,
        .job_status = job->job_status[0] ? job->job_status : NULL,
        .listed_s = job->listed_s,
        .start_s = job->start_s,
        .end_s = job->end_s,
        .result = job->result[0] ? job->result : NULL,
        .final_nano = job->final_nano,
    };

    memcpy(report.key, job->key, sizeof report.key);
    base58_encode(job->address, sizeof job->address, address);
    int rc = ledger_add_state(ledger, &report, err);
    if (rc == 0 && ledger_pending_bytes(ledger) > PENDING_MOST)
        rc = ledger_commit(ledger, err);
    return rc;
}

/* The ledger's jobs are those from `from` on, up to the next ledger's. */
static int record_one(struct watch *watch, uint32_t at, size_t from, size_t to,
                      struct err *err)
{
    struct ledger *ledger = NULL;
    int rc = watch_open_to_append(&watch->ledgers[at], watch->os, &ledger, err);

    watch->ledgers[at].held = rc == 1;
    if (rc != 0)
        return rc < 0 ? rc : 0;
    for (size_t i = from; rc == 0 && i < to; i++)
        if (watch->jobs[i].news)
            rc = add_state(ledger, &watch->jobs[i], err);
    if (rc == 0)
        rc = ledger_commit(ledger, err);
    for (size_t i = from; rc == 0 && i < to; i++)
        watch->jobs[i].news = false;
    ledger_close(ledger);
    return rc;
}

int watch_record(struct watch *watch, struct err *err)
{
    size_t to = 0;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < watch->ledger_count; i++) {
        size_t from = to;
        bool news = false;
        for (; to < watch->count && watch->jobs[to].ledger == i; to++)
            news = news || watch->jobs[to].news;
        if (news)
            rc = record_one(watch, i, from, to, err);
    }
    return rc;
}
