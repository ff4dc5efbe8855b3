#include "answers.h"

#include <string.h>

#include "../../templates/key.h"
#include "../../templates/money.h"
#include "dice.h"

void answers_money(struct buf *out, int64_t nano)
{
    char text[MONEY_TEXT_MAX];
    size_t len = money_format(nano, text);

    while (len > 0 && text[len - 1] == '0')
        len--;
    if (len > 0 && text[len - 1] == '.')
        len--;
    buf_add(out, text, len);
}

void answers_address(struct buf *out, const uint8_t address[32])
{
    char text[BASE58_TEXT_MAX];
    size_t len = base58_encode(address, 32, text);

    buf_add_char(out, '"');
    buf_add(out, text, len);
    buf_add_char(out, '"');
}

static void add_drawn_address(const struct sandbox *sb, struct buf *out,
                              enum dice_purpose purpose, uint64_t number)
{
    uint8_t bytes[32];

    dice_bytes((uint64_t)sb->options.seed, purpose, number, bytes,
               sizeof bytes);
    answers_address(out, bytes);
}

void answers_tx(const struct sandbox *sb, struct buf *out, uint64_t number)
{
    uint8_t bytes[64];
    char text[BASE58_TEXT_MAX];

    dice_bytes((uint64_t)sb->options.seed, DICE_TX, number, bytes,
               sizeof bytes);
    size_t len = base58_encode(bytes, sizeof bytes, text);
    buf_add_char(out, '"');
    buf_add(out, text, len);
    buf_add_char(out, '"');
}

void answers_charge(const struct sandbox *sb, struct buf *out, int64_t nano,
                    uint64_t number, const char *cost)
{
    uint8_t bytes[16];
    char uuid[KEY_UUID_MAX];

    dice_bytes((uint64_t)sb->options.seed, DICE_RESERVATION, number, bytes,
               sizeof bytes);
    key_uuid(bytes, 4, uuid);
    buf_add_str(out, "\"costUSD\":");
    if (cost)
        buf_add_str(out, cost);
    else
        answers_money(out, nano);
    buf_add_str(out, ",\"creditsUsed\":");
    answers_money(out, nano * ANSWERS_CREDITS_A_DOLLAR);
    buf_add_str(out, ",\"reservationId\":\"");
    buf_add_str(out, uuid);
    buf_add_char(out, '"');
}

void answers_post(const struct sandbox *sb, struct buf *out, uint32_t number,
                  const struct answers_lie *lie)
{
    const struct job *job = &sb->jobs.items[number];
    const char *project = sb->accounts.items[job->account].project;

    if (job->old) {
        buf_add_str(out, "{\"jobAddress\":");
        answers_address(out, job->address);
    } else {
        buf_add_str(out, "{\"tx\":");
        answers_tx(sb, out, job->serial);
        buf_add_str(out, ",\"job\":");
        answers_address(out, job->address);
        buf_add_str(out, ",\"run\":");
        add_drawn_address(sb, out, DICE_RUN, job->serial);
    }
    if (!lie || !lie->no_credits) {
        buf_add_str(out, job->old ? "," : ",\"credits\":{");
        answers_charge(sb, out, job->cost_nano, job->serial,
                       lie ? lie->cost : NULL);
        buf_add_str(out, ",\"project\":\"");
        buf_add_str(out, project);
        buf_add_str(out, job->old ? "\"" : "\"}");
    }
    buf_add_char(out, '}');
}

const char *answers_job_status(const struct sandbox *sb, const struct job *job)
{
    if (job->state < JOBS_COMPLETED ||
        sb->now_ms < job->end_ms + sb->options.status_lag_ms)
        return NULL;
    if (job->state == JOBS_STOPPED)
        return "stopped";
    return job->failed ? "failed" : "success";
}

static void add_result(const struct sandbox *sb, struct buf *out,
                       const struct job *job, const char *status)
{
    uint8_t digest[CID_DIGEST_LEN];
    char text[CID_TEXT_MAX];

    if (!status || job->state != JOBS_COMPLETED) {
        buf_add_str(out, ",\"ipfsResult\":null");
        return;
    }
    dice_bytes((uint64_t)sb->options.seed, DICE_RESULT, job->serial, digest,
               sizeof digest);
    cid_format(digest, text);
    buf_addf(out, ",\"ipfsResult\":\"%s\"", text);
}

static void add_node(const struct sandbox *sb, struct buf *out,
                     const struct job *job)
{
    if (job->has_node)
        answers_address(out, job->node);
    else if (job->start_ms > 0)
        add_drawn_address(sb, out, DICE_NODE, job->serial);
    else
        buf_add_str(out, "null");
}

static void add_times(struct buf *out, const struct job *job)
{
    bool ended = job->state >= JOBS_COMPLETED;

    buf_addf(out, ",\"timeStart\":%lld,\"timeEnd\":%lld,\"timeout\":%lld",
             (long long)(job->start_ms / 1000),
             (long long)(ended ? job->end_ms / 1000 : 0),
             (long long)job->timeout_s);
    buf_addf(out, ",\"listedAt\":%lld", (long long)(job->listed_ms / 1000));
}

static void add_documents(const struct sandbox *sb, struct buf *out,
                          const struct job *job, const char *status)
{
    const char *definition = sb->pins.items[job->pin].text;

    buf_addf(out, ",\"jobDefinition\":%s,\"jobResult\":",
             definition ? definition : "null");
    if (status && job->state == JOBS_COMPLETED)
        buf_addf(out, "{\"status\":\"%s\"}", status);
    else
        buf_add_str(out, "null");
}

void answers_job(const struct sandbox *sb, struct buf *out, uint32_t number,
                 bool whole)
{
    const struct job *job = &sb->jobs.items[number];
    const struct market *market = &sb->markets.items[job->market];
    const char *status = answers_job_status(sb, job);
    char cid[CID_TEXT_MAX];

    buf_add_str(out, "{\"address\":");
    answers_address(out, job->address);
    buf_addf(out, ",\"state\":%d,\"jobStatus\":%s%s%s", (int)job->state,
             status ? "\"" : "", status ? status : "null", status ? "\"" : "");
    add_times(out, job);
    buf_add_str(out, ",\"usdRewardPerHour\":");
    if (market->priced)
        answers_money(out, market->reward_nano);
    else
        buf_add_str(out, "null");
    cid_format(sb->pins.items[job->pin].digest, cid);
    buf_addf(out, ",\"ipfsJob\":\"%s\"", cid);
    if (whole || !sb->options.lean_batch)
        add_result(sb, out, job, status);
    buf_addf(out, ",\"market\":\"%s\",\"node\":", market->address_text);
    add_node(sb, out, job);
    /* Jobs paid with credits share one payer, whatever the project. */
    buf_add_str(out, ",\"payer\":");
    add_drawn_address(sb, out, DICE_NODE, UINT64_MAX);
    buf_addf(out, ",\"project\":\"%s\"",
             sb->accounts.items[job->account].project);
    if (whole)
        add_documents(sb, out, job, status);
    buf_add_char(out, '}');
}
