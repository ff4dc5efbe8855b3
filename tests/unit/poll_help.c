#include "poll_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const asking_jobs[JOBS] = {
    "gBxS1f6uyyGPuW5MzGBukidSb71jdsCb5fZaoSzULE5",
    "k7FaK87WHGVXzkaoHb7CdVPgkKDQhZ29VLDeBVbDfYn",
    "p2Yicb86aZig616Eav2VWG9vuXR5mEqhtzshZYBxzsV",
    "swqrv48gsrwpBFbftEwnP2vB4jckpvfGJfXkwaniLCC",
};

static void on_report(void *arg, uint64_t tag, enum poll_outcome outcome,
                      const struct jobinfo *info)
{
    struct asking *asking = arg;
    struct told *told = &asking->told[tag];

    told->times++;
    told->outcome = outcome;
    assert_int_equal(outcome == POLL_FOUND, info != NULL);
    if (info)
        told->info = *info;
}

static uint64_t slept_us(void *context)
{
    const struct asking *asking = context;

    return asking->waits >= SLEEP_WAIT ? asking->sleep_us : 0;
}

struct asking *asking_begin(void)
{
    struct asking *asking = calloc(1, sizeof *asking);

    assert_non_null(asking);
    asking->os = (struct os){.context = asking, .slept_us = slept_us};
    asking->now_us = 1000 * S_US;
    return asking;
}

/* The next answer: a status line's end, further headers, and a body. */
void asking_answer_with(struct asking *asking, const char *status,
                        const char *headers, const char *body)
{
    char *bytes = asking->bytes[asking->count];

    snprintf(bytes, sizeof asking->bytes[0],
             "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status,
             strlen(body), headers, body);
    asking->answers[asking->count++] = (struct raw_answer){.bytes = bytes};
}

void asking_answer(struct asking *asking, const char *status, const char *body)
{
    asking_answer_with(asking, status, "", body);
}

void asking_ask(struct asking *asking, unsigned number)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];
    struct err err = ERR_INIT;
    const char *text = asking_jobs[number % JOBS];

    assert_true(base58_address(text, strlen(text), bytes));
    if (poll_add(&asking->poll, number, bytes, &err) != 0)
        fail_msg("%s", err.message);
}

void asking_open_all(struct asking *asking, uint32_t calls, bool results)
{
    struct http_options http = net_options();
    struct err err = ERR_INIT;

    raw_server_start(&asking->server, asking->answers, asking->count);
    struct service_options service = {.api_url = asking->server.url,
                                      .authenticated = true};
    assert_int_equal(http_init(&asking->http, &http, &err), 0);
    assert_int_equal(service_open(&asking->service, &service, &err), 0);
    struct poll_options options = {
        .service = &asking->service,
        .http = &asking->http,
        .calls_max = calls,
        .give_up_us = GIVE_UP_US,
        .os = &asking->os,
        .results = results,
        .arg = asking,
        .report = on_report,
    };
    assert_int_equal(poll_init(&asking->poll, &options, asking->now_us, &err),
                     0);
}

/* Until nothing is left to ask. Where only time helps, it passes. */
void asking_run(struct asking *asking)
{
    struct http_call *call;
    struct reply reply;

    for (;;) {
        uint64_t next_us = PACE_NEVER;
        while ((call = http_next_done(&asking->http, &reply)) != NULL)
            assert_true(poll_take(&asking->poll, call, &reply, asking->now_us));
        poll_step(&asking->poll, asking->now_us, &next_us);
        if (poll_idle(&asking->poll))
            return;
        if (asking->http.in_flight > 0) {
            http_wait(&asking->http, 0, UINT64_MAX);
        } else {
            assert_true(next_us > asking->now_us && next_us != PACE_NEVER);
            asking->now_us = next_us;
            if (++asking->waits == SLEEP_WAIT)
                asking->now_us += asking->sleep_us;
        }
    }
}

void asking_end(struct asking *asking)
{
    poll_release(&asking->poll);
    http_release(&asking->http);
    service_release(&asking->service);
    raw_server_stop(&asking->server);
}

void asking_finish(struct asking *asking)
{
    raw_server_release(&asking->server);
    free(asking);
}

/* After end: request n begins so. */
void asking_expect(const struct asking *asking, unsigned n, const char *text)
{
    const char *seen = buf_str(&asking->server.seen[n]);

    if (strncmp(seen, text, strlen(text)) != 0)
        fail_msg("request %u: %s", n, seen);
}

void asking_expect_told(const struct asking *asking, unsigned tag,
                        enum poll_outcome outcome, int state)
{
    const struct told *told = &asking->told[tag];

    assert_int_equal(told->times, 1);
    assert_int_equal(told->outcome, outcome);
    if (outcome == POLL_FOUND) {
        assert_int_equal(told->info.state, state);
        assert_string_equal(told->info.address, asking_jobs[tag % JOBS]);
    }
}
