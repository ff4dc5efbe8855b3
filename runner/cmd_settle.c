/*
 * cmd_settle: the operator's word on jobs that may or may not exist: one by
 * its name, or those that --where picks among the open and unknown ones.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../queue/ledger_read.h"
#include "../queue/ledger_records.h"
#include "../templates/base58.h"
#include "cmd.h"
#include "row_where.h"
#include "say.h"
#include "text.h"

#define WHO_MAX 64 /* bytes of a user's name */

struct settle {
    const struct opt *opt;
    struct ledger *ledger;
    struct ledger_reader reader;
    struct markets markets;
    struct row_where where;
    uint32_t *picked; /* owned: numbers of jobs */
    uint32_t picked_count;
    char who[WHO_MAX];
};

/* The user's name, or number where it has none. */
static void name_operator(char who[WHO_MAX])
{
    const struct passwd *user = getpwuid(getuid());

    if (user && user->pw_name[0] != '\0' && strlen(user->pw_name) < WHO_MAX)
        snprintf(who, WHO_MAX, "%s", user->pw_name);
    else
        snprintf(who, WHO_MAX, "uid %lu", (unsigned long)getuid());
}

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

static int check_options(const struct opt *opt, struct err *err)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];

    if ((opt->posted != NULL) == opt->lost)
        return err_set(err, ERR_USAGE,
                       "settle needs either --posted ADDRESS or --lost");
    if (opt->posted && !base58_address(opt->posted, strlen(opt->posted), bytes))
        return err_set(err, ERR_USAGE,
                       "--posted: \"%s\" is not a job's address", opt->posted);
    if ((opt->where != NULL) == (opt->arg_count > 1))
        return err_set(err, ERR_USAGE,
                       "settle needs either the NAME of one job or --where "
                       "for many");
    return 0;
}

static bool is_doubtful(enum ledger_state state)
{
    return LEDGER_OPEN_OR_UNKNOWN >> state & 1;
}

static int settle_one(struct settle *settle, const struct ledger_job *job,
                      struct err *err)
{
    struct ledger_sent sent;
    int rc =
        ledger_read_intent(settle->ledger, job, &settle->reader, &sent, err);

    if (rc < 0)
        return rc;
    struct ledger_settlement record = {
        .gen = job->gen,
        .epoch = job->epoch,
        .idem = sent.intent.idem,
        .name = sent.intent.name,
        .address = settle->opt->posted,
        .max_nano = sent.intent.max_nano,
        .who = settle->who,
        .how = settle->opt->posted ? "--posted" : "--lost",
    };
    memcpy(record.key, sent.intent.key, sizeof record.key);
    rc = ledger_add_settle(settle->ledger, &record, err);
    if (rc == ERR_INTERNAL && settle->opt->posted)
        return err_set(err, ERR_USAGE,
                       "%s is another job's address already; \"nosbatch "
                       "results %s\" shows whose",
                       settle->opt->posted, settle->opt->args[0]);
    return rc;
}

/* --- many by --where ------------------------------------------------------ */

static int learn(void *arg, const struct ledger_row *row, struct err *err)
{
    struct settle *settle = arg;

    return row_where_learn(&settle->where, row, err);
}

static int pick(void *arg, const struct ledger_row *row, struct err *err)
{
    struct settle *settle = arg;

    if (!row->latest || !is_doubtful(row->state))
        return 0;
    int rc = row_where_test(&settle->where, row, err);
    if (rc > 0)
        settle->picked[settle->picked_count++] = row->number;
    return rc < 0 ? rc : 0;
}

static int pick_all(struct settle *settle, struct err *err)
{
    settle->picked =
        calloc(ledger_jobs(settle->ledger) + 1, sizeof *settle->picked);
    if (!settle->picked)
        return err_set(err, ERR_MEMORY, "out of memory for jobs to settle");
    int rc = ledger_rows(settle->ledger, learn, settle, err);
    if (rc == 0)
        rc = row_where_check(&settle->where, err);
    return rc == 0 ? ledger_rows(settle->ledger, pick, settle, err) : rc;
}

static int settle_many(struct settle *settle, struct err *err)
{
    struct ledger_job job;
    int rc = pick_all(settle, err);

    if (rc == 0 && settle->opt->posted && settle->picked_count > 1)
        rc = err_set(err, ERR_USAGE,
                     "--posted is the address of one job, and --where picks "
                     "%u that are in doubt: name one of them",
                     settle->picked_count);
    for (uint32_t i = 0; rc == 0 && i < settle->picked_count; i++) {
        ledger_job_at(settle->ledger, settle->picked[i], &job);
        rc = settle_one(settle, &job, err);
    }
    return rc;
}

/* --- one by its name ------------------------------------------------------ */

/* The doubtful job of that name; there is at most one that is not settled. */
static int settle_name(struct settle *settle, const char *name, struct err *err)
{
    struct ledger_job job, found;
    uint64_t cursor = 0;
    bool known = false;
    bool doubtful = false;
    int rc;

    while ((rc = ledger_find_name(settle->ledger, name, strlen(name), &cursor,
                                  &job, err)) == 1) {
        known = true;
        if (is_doubtful(job.state)) {
            doubtful = true;
            found = job;
        }
    }
    if (rc < 0)
        return rc;
    if (!known)
        return err_set(err, ERR_USAGE, "%s has no job called \"%s\"",
                       settle->opt->args[0], name);
    if (!doubtful)
        return err_set(err, ERR_USAGE,
                       "\"%s\" is not in doubt: only an open or unknown job "
                       "can be settled",
                       name);
    return settle_one(settle, &found, err);
}

static int open_ledger(struct settle *settle, struct err *err)
{
    struct ledger_options options = {
        .os = os_posix(),
        .mode = LEDGER_WRITE,
        .path = settle->opt->args[0],
        .watch = true,
        .warn = warn,
    };
    /* Or a name that was mistyped would leave a lock file behind. */
    int rc = access(options.path, F_OK) == 0
                 ? ledger_open(&settle->ledger, &options, err)
                 : 1;

    if (rc == 1)
        return err_set(err, ERR_INPUT, "there is no ledger %s",
                       settle->opt->args[0]);
    return rc;
}

static void say_settled(const struct settle *settle)
{
    const struct opt *opt = settle->opt;
    bool quiet = opt->quiet;
    char count[TEXT_HUMAN_MAX];

    if (opt->arg_count > 1)
        say_info(quiet,
                 opt->posted ? "\"%s\" is settled: it was posted"
                             : "\"%s\" is settled: it is lost, and the next "
                               "run posts it again",
                 opt->args[1]);
    else if (settle->picked_count == 0)
        say_info(quiet, "--where picks no job that is in doubt");
    else
        say_info(quiet,
                 opt->posted ? "%s job is settled: it was posted"
                 : settle->picked_count == 1
                     ? "%s job is settled: it is lost, and the next run posts "
                       "it again"
                     : "%s jobs are settled: they are lost, and the next run "
                       "posts them again",
                 text_count(settle->picked_count, count));
}

static void release(struct settle *settle)
{
    ledger_close(settle->ledger);
    ledger_reader_release(&settle->reader);
    row_where_release(&settle->where);
    markets_release(&settle->markets);
    free(settle->picked);
}

int cmd_settle(const struct opt *opt, struct app *app, struct err *err)
{
    const struct os *os = os_posix();
    struct settle settle = {.opt = opt};

    (void)app;
    name_operator(settle.who);
    ledger_reader_init(&settle.reader);
    markets_init(&settle.markets);
    int rc = row_where_init(&settle.where, opt->where, &settle.markets,
                            os->wall_ms(os->context), err);
    if (rc == 0)
        rc = check_options(opt, err);
    if (rc == 0)
        rc = markets_snapshot(&settle.markets, err);
    if (rc == 0)
        rc = open_ledger(&settle, err);
    if (rc == 0)
        rc = opt->where ? settle_many(&settle, err)
                        : settle_name(&settle, opt->args[1], err);
    if (rc == 0)
        rc = ledger_commit(settle.ledger, err);
    if (rc == 0)
        say_settled(&settle);
    release(&settle);
    return rc;
}
