/*
 * cmd_settle: the operator's word on a job that may or may not exist.
 */
#include <string.h>

#include "../queue/ledger_read.h"
#include "../queue/ledger_records.h"
#include "../templates/base58.h"
#include "cmd.h"
#include "say.h"

struct settle {
    const struct opt *opt;
    struct ledger *ledger;
    struct ledger_reader reader;
    uint64_t settled;
};

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
        .who = "operator",
        .how = settle->opt->posted ? "--posted" : "--lost",
    };
    memcpy(record.key, sent.intent.key, sizeof record.key);
    rc = ledger_add_settle(settle->ledger, &record, err);
    settle->settled += rc == 0 ? 1 : 0;
    return rc;
}

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
    int rc = ledger_open(&settle->ledger, &options, err);

    if (rc == 1)
        return err_set(err, ERR_INPUT, "there is no ledger %s",
                       settle->opt->args[0]);
    return rc;
}

int cmd_settle(const struct opt *opt, struct app *app, struct err *err)
{
    struct settle settle = {.opt = opt};
    int rc = check_options(opt, err);

    (void)app;
    ledger_reader_init(&settle.reader);
    if (rc == 0)
        rc = open_ledger(&settle, err);
    if (rc == 0)
        rc = settle_name(&settle, opt->args[1], err);
    if (rc == 0)
        rc = ledger_commit(settle.ledger, err);
    if (rc == 0)
        say_info(opt->quiet,
                 opt->posted ? "\"%s\" is settled: it was posted"
                             : "\"%s\" is settled: it is lost, and the next "
                               "run posts it again",
                 opt->args[1]);
    ledger_close(settle.ledger);
    ledger_reader_release(&settle.reader);
    return rc;
}
