#include "wait_tally.h"

#include <string.h>

#include "../templates/money.h"
#include "poll.h"
#include "status.h"
#include "text.h"

#define GROUP_US  500000ULL
#define SINGLE_US 50000ULL

int wait_until_parse(struct wait_until *until, const char *text,
                     struct err *err)
{
    static const char prefix[] = "failed=";
    const char *digits = text ? text + sizeof prefix - 1 : NULL;

    *until = (struct wait_until){.any = text && strcmp(text, "any") == 0};
    if (!text || until->any)
        return 0;
    if (strncmp(text, prefix, sizeof prefix - 1) == 0 &&
        strspn(digits, "0123456789") == strlen(digits) && strlen(digits) <= 9)
        for (const char *c = digits; *c != '\0'; c++)
            until->failed = until->failed * 10 + (uint64_t)(*c - '0');
    if (until->failed > 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "--until: expected any or failed=N with N from 1, found "
                   "\"%s\"",
                   text);
}

/* Whether what is still to come of a live job has stayed out for too long. */
static bool is_unclear(const struct watched *job, int64_t now_ms)
{
    int64_t since_ms = job->at_ms;

    if (job->job_state == JOBINFO_COMPLETED && job->end_s > 0)
        since_ms = job->end_s * 1000;
    return (job->missing || job->job_state == JOBINFO_COMPLETED) &&
           now_ms - since_ms > WAIT_LAG_MS;
}

static void count_live(struct wait_tally *tally, const struct watched *job,
                       int64_t now_ms)
{
    if (is_unclear(job, now_ms)) {
        tally->unclear++;
        return;
    }
    tally->waiting++;
    tally->queued += job->job_state == JOBINFO_QUEUED;
    tally->running += job->job_state == JOBINFO_RUNNING;
}

static void count_ended(struct wait_tally *tally, const struct watched *job)
{
    if (watch_succeeded(job))
        tally->succeeded++;
    else if (strcmp(watch_word(job), "stopped") == 0)
        tally->stopped++;
    else
        tally->failed++;
    if (job->final_nano >= 0 && !money_add(&tally->final_nano, job->final_nano))
        tally->final_nano = INT64_MAX;
}

void wait_tally_count(struct wait_tally *tally, const struct watch *watch,
                      int64_t now_ms)
{
    *tally = (struct wait_tally){0};
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *job = &watch->jobs[i];
        if (!job->picked || !job->newest)
            continue;
        tally->total++;
        if (job->state == LEDGER_OPEN)
            tally->open++;
        else if (job->state == LEDGER_UNKNOWN || job->state == LEDGER_MISMATCH)
            tally->unknown++;
        else if (job->state != LEDGER_POSTED || !job->has_address)
            tally->unposted++;
        else if (watch_is_live(job))
            count_live(tally, job, now_ms);
        else
            count_ended(tally, job);
    }
}

uint64_t wait_tally_ended(const struct wait_tally *tally)
{
    return tally->succeeded + tally->failed + tally->stopped;
}

bool wait_tally_met(const struct wait_tally *tally,
                    const struct wait_until *until)
{
    if (until->any && wait_tally_ended(tally) > 0)
        return true;
    return until->failed > 0 && tally->failed + tally->stopped >= until->failed;
}

int wait_tally_status(const struct wait_tally *tally, bool met)
{
    int status = STATUS_OK;

    if (tally->failed + tally->stopped > 0 || (!met && tally->unposted > 0))
        status = STATUS_REJECTED;
    if (!met && tally->unknown + tally->open + tally->unclear > 0)
        status = STATUS_UNKNOWN;
    return status;
}

uint64_t wait_look_us(const struct wait_tally *tally, bool groups,
                      uint64_t quiet_us)
{
    uint64_t by_number =
        groups ? (tally->waiting + POLL_GROUP - 1) / POLL_GROUP * GROUP_US
               : tally->waiting * SINGLE_US;
    uint64_t us = quiet_us / 10;

    us = us > by_number ? us : by_number;
    us = us > WAIT_LOOK_LEAST_US ? us : WAIT_LOOK_LEAST_US;
    return us < WAIT_LOOK_MOST_US ? us : WAIT_LOOK_MOST_US;
}

/* Adds "3 failed" behind a separator, where the count is not 0. */
static void add_part(struct buf *out, const char **separator, uint64_t count,
                     const char *what)
{
    char text[TEXT_HUMAN_MAX];

    if (count == 0)
        return;
    buf_addf(out, "%s%s %s", *separator, text_count(count, text), what);
    *separator = ", ";
}

void wait_tally_describe(const struct wait_tally *tally, struct buf *out)
{
    uint64_t ended = wait_tally_ended(tally);
    uint64_t other = tally->waiting - tally->queued - tally->running;
    char done[TEXT_HUMAN_MAX];
    char total[TEXT_HUMAN_MAX];
    const char *separator = ": ";

    buf_addf(out, "%s/%s ended", text_count(ended, done),
             text_count(tally->total, total));
    add_part(out, &separator, tally->succeeded, "success");
    add_part(out, &separator, tally->failed, "failed");
    add_part(out, &separator, tally->stopped, "stopped");
    separator = "; ";
    add_part(out, &separator, tally->running, "running");
    add_part(out, &separator, tally->queued, "queued");
    add_part(out, &separator, other, "to come");
    add_part(out, &separator, tally->unclear, "unclear");
    add_part(out, &separator, tally->unknown, "unknown");
    add_part(out, &separator, tally->open, "open");
    add_part(out, &separator, tally->unposted, "not posted");
}
