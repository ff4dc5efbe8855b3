/*
 * What the service answers, to every call: the first byte says how the reply
 * came, the second which status, the rest is its body. Whatever stands there,
 * a job is believed to exist only where a whole 2xx reply names its address.
 */
#include <string.h>

#include "../../runner/answer.h"
#include "../../runner/credits.h"
#include "../../runner/jobinfo.h"
#include "../../runner/market.h"
#include "fuzz.h"

static const int statuses[] = {0,   100, 200, 201, 204, 301, 400, 401,
                               402, 403, 404, 409, 422, 429, 500, 503};
#define STATUSES (sizeof statuses / sizeof statuses[0])

static bool is_done(const struct answer *answer, const struct reply *reply)
{
    if (answer->kind != ANSWER_DONE)
        return false;
    FUZZ_HOLDS(reply->kind == REPLY_WHOLE);
    FUZZ_HOLDS(reply->status >= 200 && reply->status < 300);
    return true;
}

static void check_texts(const struct answer *answer)
{
    FUZZ_HOLDS(json_utf8_valid(answer->message, strlen(answer->message)));
    FUZZ_HOLDS(json_utf8_valid(answer->code, strlen(answer->code)));
    FUZZ_HOLDS(json_utf8_valid(answer->tx, strlen(answer->tx)));
    FUZZ_HOLDS(json_utf8_valid(answer->project, strlen(answer->project)));
    FUZZ_HOLDS(!answer->has_cost || answer->cost_nano >= 0);
    FUZZ_HOLDS(answer->retry_after_ms >= -1);
}

/* A refusal is believed only where it came whole, too. */
static void check_post(const struct reply *reply, struct json *scratch)
{
    struct answer answer;
    uint8_t bytes[BASE58_ADDRESS_LEN];

    answer_post(&answer, reply, scratch);
    check_texts(&answer);
    if (is_done(&answer, reply))
        FUZZ_HOLDS(
            base58_address(answer.address, strlen(answer.address), bytes));
    if (reply->kind == REPLY_LOST)
        FUZZ_HOLDS(answer.kind == ANSWER_AMBIGUOUS);
    if (reply->kind == REPLY_UNSENT)
        FUZZ_HOLDS(answer.kind == ANSWER_UNSENT);
    if (answer.kind == ANSWER_REFUSED || answer.kind == ANSWER_CREDITS)
        FUZZ_HOLDS(reply->kind == REPLY_WHOLE && reply->status >= 400 &&
                   reply->status < 500);
}

/* An extension or a stop is done only where the reply names that very job. */
static void check_change(const struct reply *reply, struct json *scratch)
{
    static const char address[] =
        "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq";
    struct answer answer;

    answer_change(&answer, reply, address, scratch);
    check_texts(&answer);
    if (is_done(&answer, reply))
        FUZZ_HOLDS(strcmp(answer.address, address) == 0);
    FUZZ_HOLDS(!answer.ended || answer.cost_nano == 0);
    if (answer.kind == ANSWER_REFUSED)
        FUZZ_HOLDS(reply->kind == REPLY_WHOLE);
}

static void check_pin(const struct reply *reply, struct json *scratch)
{
    static const char cid[] = "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH";
    struct answer answer;

    answer_pin(&answer, reply, cid, scratch);
    check_texts(&answer);
    if (is_done(&answer, reply))
        FUZZ_HOLDS(reply->len > sizeof cid);
}

static void check_credits(const char *text, size_t len)
{
    struct err err = ERR_INIT;
    struct credits credits;

    if (credits_parse(&credits, text, len, &err) == 0)
        FUZZ_HOLDS(credits.available_nano == credits.assigned_nano -
                                                 credits.reserved_nano -
                                                 credits.settled_nano);
    else
        FUZZ_HOLDS(err.code < 0 && err.message[0] != '\0');
}

static void check_markets(const char *text, size_t len)
{
    struct err err = ERR_INIT;
    struct markets markets;

    markets_init(&markets);
    if (markets_parse(&markets, text, len, MARKET_FETCHED, 1, &err) == 0) {
        FUZZ_HOLDS(markets.count <= MARKET_COUNT_MAX);
        for (size_t i = 0; i < markets.count; i++)
            FUZZ_HOLDS(!markets.items[i].has_price ||
                       markets.items[i].hourly_nano >=
                           markets.items[i].reward_nano);
    } else {
        FUZZ_HOLDS(err.code < 0 && err.message[0] != '\0');
    }
    markets_release(&markets);
}

/* Jobs: one, or the members of a list. */
static void check_jobs(const char *text, size_t len, struct json *doc)
{
    struct err err = ERR_INIT;
    struct jobinfo info;
    uint32_t list, at;

    if (json_parse(doc, text, len, &err) != 0)
        return;
    if (jobinfo_read(&info, doc, 0, NULL)) {
        FUZZ_HOLDS(info.address[0] != '\0' && info.state < JOBINFO_STATES);
        FUZZ_HOLDS(jobinfo_final_nano(&info) >= -1);
    }
    if (!jobinfo_list(doc, &list))
        return;
    at = json_first(list);
    for (uint32_t i = 0; i < doc->nodes[list].size; i++) {
        if (jobinfo_read(&info, doc, at, NULL))
            FUZZ_HOLDS(
                base58_address(info.address, strlen(info.address), info.bytes));
        at = json_next(doc, at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json scratch;
    struct reply reply = {.retry_after_ms = -1};

    if (size < 2)
        return 0;
    const char *body = (const char *)data + 2;
    json_init(&scratch);
    reply.kind = (enum reply_kind)(data[0] % 3);
    reply.status = statuses[data[1] % STATUSES];
    reply.body = body;
    reply.len = size - 2;
    check_post(&reply, &scratch);
    check_change(&reply, &scratch);
    check_pin(&reply, &scratch);
    check_credits(body, size - 2);
    check_markets(body, size - 2);
    check_jobs(body, size - 2, &scratch);
    json_release(&scratch);
    return 0;
}
