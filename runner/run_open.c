/*
 * run_open: the service and the ledger of a command that posts, and the
 * record of its invocation.
 */
#include <stdio.h>
#include <string.h>

#include "online.h"
#include "run.h"
#include "say.h"

#define OPTIONS_MAX ((size_t)8 << 20) /* more than a command line holds */

int run_open_service(struct run *run, struct err *err)
{
    const struct opt *opt = run->opt;
    struct service_options service = {
        .api =
            opt->api == OPT_WITH_CREDITS ? SERVICE_WITH_CREDITS : SERVICE_JOBS,
        .api_url = opt->api_url,
        .pin_url = opt->pin_url,
        .key_file = opt->api_key_file,
        .jwt_file = opt->pin_jwt_file,
        .pins = run->pins,
        .authenticated = true,
    };
    struct http_options http;
    int rc = service_open(&run->service, &service, err);

    online_http_options(opt, &http);
    if (rc == 0)
        rc = http_init(&run->http, &http, err);
    if (rc != 0)
        return rc;
    run->replay_never =
        opt->replay_never || run->service.api == SERVICE_WITH_CREDITS;
    if (run->replay_never && strcmp(run->command, "stop") != 0)
        say_info(opt->quiet,
                 "without idempotency keys each job is %s at most once; one "
                 "without a clear answer stays unknown and is not sent again",
                 strcmp(run->command, "extend") == 0 ? "extended" : "posted");
    secret_fingerprint(&run->service.key, &run->input.hasher, run->account);
    for (size_t i = 0; i < sizeof run->account_bytes; i++) {
        unsigned byte = 0;
        sscanf(run->account + 2 * i, "%2x", &byte);
        run->account_bytes[i] = (uint8_t)byte;
    }
    return 0;
}

/* What contradicts itself is no ground to spend on. */
int run_check_ledger(struct run *run, struct err *err)
{
    const struct ledger_info *info = ledger_info(run->ledger);

    if (info->contradictions == 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "%s contradicts itself: %s; \"nosbatch results --check\" "
                   "shows it all; to go on, begin another ledger with --ledger "
                   "NEW --seen %s",
                   info->path, info->contradiction ? info->contradiction : "",
                   info->path);
}

int run_record_open(struct run *run, struct err *err)
{
    struct ledger_open_record record = {
        .command = run->command,
        .account = run->account_bytes,
    };
    struct buf options;

    if (run->input.manifest.impl) {
        record.manifest = run->opt->args[0];
        record.digest = manifest_digest(&run->input.manifest);
    }
    buf_init(&options, OPTIONS_MAX);
    run_add_options(&options, run);
    record.options = (struct ledger_text){buf_str(&options), options.len};
    int rc = buf_error(&options, "the options' record", err);
    if (rc == 0)
        rc = ledger_add_open(run->ledger, &record, err);
    if (rc == 0)
        rc = ledger_commit(run->ledger, err);
    buf_release(&options);
    return rc;
}
