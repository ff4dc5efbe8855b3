/*
 * run_ending: how a run ended, for --format and --metrics.
 */
#include "ending.h"
#include "run_summary.h"
#include "status.h"

static void add_counts(const struct run *run, bool posting,
                       struct ending *ending)
{
    const struct survey_counts *counts = &run->survey.counts;
    const struct engine_counts *now = &run->engine.counts;

    ending->total = run->wanted.total;
    ending_add(ending, "posted", now->posted);
    ending_add(ending, "already_posted", counts->posted + counts->same);
    ending_add(ending, "duplicates", run->duplicates);
    ending_add(ending, "kept", counts->changed + counts->timeout);
    ending_add(ending, "rejected", now->rejected);
    ending_add(ending, "unknown", now->unknown + run->given_up);
    ending_add(ending, "open", now->left_open);
    ending_add(ending, "left",
               posting ? run_left_over(run) : run->wanted.fresh);
    ending->cost_name = "charged_usd";
    ending->cost_nano = now->charged_nano;
}

/* text is where an error's words go. */
static const char *reason_of(const struct run *run, bool posting, int rc,
                             int status, const struct err *err,
                             struct buf *text)
{
    if (rc < 0) {
        char words[2 * ERR_MESSAGE_MAX];
        err_format(err, words, sizeof words);
        buf_add_str(text, words);
        return buf_str(text);
    }
    if (run->engine.why[0] != '\0')
        return run->engine.why;
    if (posting)
        return "done";
    if (status == STATUS_OK)
        return "nothing was sent";
    return run->again ? "nothing was posted again; earlier jobs are rejected "
                        "or unknown"
                      : "the manifest is wrong: see standard error";
}

int run_end(const struct run *run, const struct ledger_path *path, int rc,
            int status, FILE *out, struct err *err)
{
    const struct os *os = run->os;
    bool posting = rc >= 0 && run->first_offset > 0;
    struct buf reasons, text;
    struct ending ending = {
        .command = run->command,
        .input = run->opt->args[0],
        .status = rc < 0 ? err_exit_status(rc) : status,
        .manifest = run->again ? NULL : run->opt->args[0],
        .ledger = path->path[0] ? path->path : NULL,
        .batch = path->batch[0] ? path->batch : NULL,
        .took_ms = (os->monotonic_us(os->context) - run->began_us) / 1000,
        .at_ms = os->wall_ms(os->context),
    };
    struct err unsaid = ERR_INIT;

    buf_init(&reasons, 65536);
    buf_init(&text, 65536);
    ending.why = reason_of(run, posting, rc, status, err, &text);
    reasons_json(&run->reasons, &reasons);
    ending.reasons = buf_str(&reasons);
    add_counts(run, posting, &ending);
    int told = ending_tell(&ending, run->opt, out, &unsaid);
    buf_release(&reasons);
    buf_release(&text);
    if (rc >= 0 && told < 0) {
        *err = unsaid;
        return told;
    }
    return rc < 0 ? rc : status;
}
