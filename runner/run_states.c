#include "run_states.h"

#include <string.h>

#include "say.h"

#define STATE_BYTES  1024   /* of a record, texts included */
#define QUEUED_MOST  1000   /* waiting to be asked for, at once */
#define PENDING_MOST 262144 /* bytes added before a commit */

bool run_states_ended(const struct ledger_row *row)
{
    return row->job_state == JOBINFO_COMPLETED ||
           row->job_state == JOBINFO_STOPPED;
}

bool run_states_final(const struct ledger_row *row)
{
    return row->job_state == JOBINFO_STOPPED ||
           (row->job_state == JOBINFO_COMPLETED && row->job_status);
}

static bool same_text(const char *known, const char *said)
{
    return strcmp(known ? known : "", said) == 0;
}

/* Whether the row says it all already. */
static bool is_known(const struct ledger_row *row, const struct jobinfo *info)
{
    return row->job_state == (int)info->state &&
           same_text(row->job_status, info->job_status) &&
           same_text(row->result, info->result) &&
           row->start_s == info->start_s && row->end_s == info->end_s &&
           row->final_nano == jobinfo_final_nano(info);
}

static int add_state(struct run_states *states, const struct ledger_row *row,
                     const struct jobinfo *info, struct err *err)
{
    struct ledger *ledger = states->run->ledger;
    struct ledger_report report = {
        .gen = row->gen,
        .address = row->address,
        .state = (int)info->state,
        .job_status = info->job_status[0] ? info->job_status : NULL,
        .listed_s = info->listed_s,
        .start_s = info->start_s,
        .end_s = info->end_s,
        .result = info->result[0] ? info->result : NULL,
        .final_nano = jobinfo_final_nano(info),
    };

    if (states->options.brief && info->state == JOBINFO_COMPLETED)
        report.job_status = NULL; /* or nobody would ask for its result */
    if (!key_parse(row->key, strlen(row->key), report.key))
        return err_set(err, ERR_INTERNAL, "a row without a key");
    return ledger_add_state(ledger, &report, err);
}

/*
 * Records may use only room that no outcome in flight needs: where the disk
 * has no more, what was found out is used, but not kept.
 */
static bool has_room(struct run_states *states)
{
    struct err err;

    if (states->full)
        return false;
    if (run_reserve_record(states->run, STATE_BYTES, &err) == 0)
        return true;
    states->full = true;
    say_warning("%s; the jobs' states are not recorded", err.message);
    return false;
}

static int take(struct run_states *states, uint32_t number,
                const struct jobinfo *info, struct err *err)
{
    const struct ledger_row *row;
    struct ledger_job job;

    if (states->options.brief && !jobinfo_ended(info))
        return 0;
    ledger_job_at(states->run->ledger, number, &job);
    int rc = ledger_folder_row(states->folder, number, job.gen, &row, err);
    if (rc <= 0)
        return rc;
    if (row->state != LEDGER_POSTED || !row->address ||
        strcmp(row->address, info->address) != 0 || is_known(row, info) ||
        !has_room(states))
        return 0;
    return add_state(states, row, info, err);
}

static void report(void *arg, uint64_t tag, enum poll_outcome outcome,
                   const struct jobinfo *info)
{
    struct run_states *states = arg;
    struct err err = ERR_INIT;

    if (outcome == POLL_NOT_FOUND)
        states->missing++;
    else if (outcome == POLL_NO_ANSWER)
        states->unanswered++;
    else
        states->found++;
    if (info && states->err.code == 0 &&
        take(states, (uint32_t)tag, info, &err) < 0)
        states->err = err;
    if (states->options.told)
        states->options.told(states->options.arg, (uint32_t)tag, outcome,
                             info && jobinfo_ended(info));
}

static double chance(void *arg)
{
    return run_chance(((struct run_states *)arg)->run);
}

int run_states_init(struct run_states *states, struct run *run,
                    const struct run_states_options *wanted, struct err *err)
{
    struct poll_options options = {
        .service = &run->service,
        .http = &run->http,
        .calls_max = wanted->calls_max,
        .rate = wanted->rate,
        .give_up_us = (uint64_t)run->opt->give_up_ms * 1000,
        .os = run->os,
        .arg = states,
        .report = report,
        .results = !wanted->brief,
        .chance = chance,
    };

    *states =
        (struct run_states){.run = run, .options = *wanted, .err = ERR_INIT};
    states->polls = true;
    int rc = poll_init(&states->poll, &options,
                       run->os->monotonic_us(run->os->context), err);
    return rc ? rc : ledger_folder_open(&states->folder, run->ledger, err);
}

void run_states_release(struct run_states *states)
{
    if (states->polls)
        poll_release(&states->poll);
    states->polls = false;
    ledger_folder_close(states->folder);
    states->folder = NULL;
}

static int ask_row(struct run_states *states, const struct ledger_row *row,
                   struct err *err)
{
    uint8_t address[BASE58_ADDRESS_LEN];

    if (row->state != LEDGER_POSTED || !row->address ||
        !base58_address(row->address, strlen(row->address), address))
        return 0;
    states->asked++;
    int rc = poll_add(&states->poll, row->number, address, err);
    return rc ? rc : 1;
}

int run_states_ask(struct run_states *states, uint32_t number, struct err *err)
{
    const struct ledger_row *row;
    struct ledger_job job;

    ledger_job_at(states->run->ledger, number, &job);
    int rc = ledger_folder_row(states->folder, number, job.gen, &row, err);
    return rc <= 0 ? rc : ask_row(states, row, err);
}

/* Adds jobs from *number on until enough of them wait. */
static int feed(struct run_states *states, uint32_t *number, struct err *err)
{
    const struct ledger_row *row;
    struct ledger *ledger = states->run->ledger;
    int rc = 0;

    while (rc >= 0 && *number < ledger_jobs(ledger) &&
           states->poll.groups.count < QUEUED_MOST) {
        struct ledger_job job;
        ledger_job_at(ledger, (*number)++, &job);
        if (job.state != LEDGER_POSTED)
            continue;
        rc = ledger_folder_row(states->folder, job.number, job.gen, &row, err);
        if (rc == 1 && !run_states_final(row))
            rc = ask_row(states, row, err);
    }
    return rc < 0 ? rc : 0;
}

/* One turn: answers, requests, what was learnt. */
static int turn(struct run_states *states, uint64_t *next_us, struct err *err)
{
    struct run *run = states->run;
    struct http_call *call;
    struct reply reply;
    uint64_t now_us = run->os->monotonic_us(run->os->context);

    *next_us = UINT64_MAX;
    while ((call = http_next_done(&run->http, &reply)) != NULL)
        poll_take(&states->poll, call, &reply, now_us);
    if (states->err.code != 0) {
        *err = states->err;
        return err->code;
    }
    poll_step(&states->poll, now_us, next_us);
    return ledger_pending_bytes(run->ledger) > PENDING_MOST
               ? ledger_commit(run->ledger, err)
               : 0;
}

int run_states_ask_all(struct run_states *states, struct err *err)
{
    struct run *run = states->run;
    uint32_t number = 0;
    uint64_t next_us;
    int rc = feed(states, &number, err);

    while (rc == 0 && !poll_idle(&states->poll)) {
        rc = turn(states, &next_us, err);
        if (rc == 0)
            rc = feed(states, &number, err);
        if (rc == 0 && !poll_idle(&states->poll))
            http_wait(&run->http, run->os->monotonic_us(run->os->context),
                      next_us);
    }
    if (rc == 0)
        rc = ledger_commit(run->ledger, err);
    if (rc == 0 && poll_failure(&states->poll)) {
        *err = *poll_failure(&states->poll);
        return err->code;
    }
    return rc;
}
