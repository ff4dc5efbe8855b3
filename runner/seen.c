#include "seen.h"

#include "say.h"

static void warn(void *arg, const char *text)
{
    (void)arg;
    say_warning("%s", text);
}

int seen_open(struct seen *seen, const struct opt *opt, const struct os *os,
              struct err *err)
{
    seen->count = 0;
    for (unsigned i = 0; i < opt->seen.count; i++) {
        struct ledger_options options = {
            .os = os,
            .mode = LEDGER_READ,
            .path = opt->seen.items[i],
            .warn = warn,
        };
        int rc = ledger_open(&seen->ledgers[i], &options, err);
        if (rc == 1)
            return err_set(err, ERR_INPUT, "--seen: there is no ledger %s",
                           opt->seen.items[i]);
        if (rc != 0)
            return rc;
        seen->count++;
    }
    return 0;
}

void seen_release(struct seen *seen)
{
    for (unsigned i = 0; i < seen->count; i++)
        ledger_close(seen->ledgers[i]);
    seen->count = 0;
}

int seen_compare(const struct seen *seen, struct ledger *ledger,
                 struct ledger_reader *reader, const struct job *job,
                 struct compare *out, struct err *err)
{
    int rc = compare_job(ledger, reader, job, out, err);

    for (unsigned i = 0; rc == 0 && seen && i < seen->count; i++) {
        struct compare there;
        if (out->kind != COMPARE_NEW)
            break;
        rc = compare_job(seen->ledgers[i], reader, job, &there, err);
        if (rc == 0 && there.kind != COMPARE_NEW) {
            /* This ledger's place of the job, if any, stays what it was. */
            out->kind =
                there.kind == COMPARE_POSTED ? COMPARE_SAME : there.kind;
            out->elsewhere = true;
        }
    }
    return rc;
}
