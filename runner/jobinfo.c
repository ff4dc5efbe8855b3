#include "jobinfo.h"

#include <string.h>

#include "../templates/money.h"

#define STRING_MAX   ((size_t)1 << 20)     /* bytes of a string decoded */
#define TIME_MAX_S   253402300799LL        /* the end of the year 9999 */
#define LENGTH_MAX_S (100LL * 366 * 86400) /* of a timeout */

static const char *const state_names[JOBINFO_STATES] = {
    [JOBINFO_QUEUED] = "queued",
    [JOBINFO_RUNNING] = "running",
    [JOBINFO_COMPLETED] = "completed",
    [JOBINFO_STOPPED] = "stopped",
};

/* As the API's query parameter and some of its answers spell them. */
static const char *const state_words[JOBINFO_STATES] = {
    [JOBINFO_QUEUED] = "QUEUED",
    [JOBINFO_RUNNING] = "RUNNING",
    [JOBINFO_COMPLETED] = "COMPLETED",
    [JOBINFO_STOPPED] = "STOPPED",
};

const char *jobinfo_state_name(int state)
{
    return state >= 0 && state < JOBINFO_STATES ? state_names[state] : "?";
}

/* A string member, whole; "" where there is none that fits or it has a NUL. */
static void read_text(const struct json *doc, uint32_t object, const char *name,
                      char *out, size_t size)
{
    uint32_t at = json_get(doc, object, name);
    struct buf text;

    out[0] = '\0';
    if (at == 0 || doc->nodes[at].type != JSON_STRING)
        return;
    buf_init(&text, STRING_MAX);
    json_string(doc, at, &text);
    if (!text.failed && text.len < size && !memchr(buf_str(&text), 0, text.len))
        memcpy(out, buf_str(&text), text.len + 1);
    buf_release(&text);
}

static void read_address(const struct json *doc, uint32_t object,
                         const char *name, char out[BASE58_ADDRESS_MAX])
{
    uint8_t bytes[BASE58_ADDRESS_LEN];

    read_text(doc, object, name, out, BASE58_ADDRESS_MAX);
    if (!base58_address(out, strlen(out), bytes))
        out[0] = '\0';
}

/* A whole number from 0 to max; 0 for anything else. */
static int64_t read_seconds(const struct json *doc, uint32_t object,
                            const char *name, int64_t max_s)
{
    uint32_t at = json_get(doc, object, name);
    int64_t value;

    if (at == 0 || doc->nodes[at].type != JSON_NUMBER ||
        !json_int(doc, at, 0, max_s, &value))
        return 0;
    return value;
}

static bool read_state(const struct json *doc, uint32_t object,
                       enum jobinfo_state *out)
{
    uint32_t at = json_get(doc, object, "state");
    int64_t number;

    if (at == 0)
        return false;
    if (doc->nodes[at].type == JSON_NUMBER &&
        json_int(doc, at, 0, JOBINFO_STATES - 1, &number)) {
        *out = (enum jobinfo_state)number;
        return true;
    }
    for (int i = 0; i < JOBINFO_STATES; i++)
        if (doc->nodes[at].type == JSON_STRING &&
            json_equals(doc, at, state_words[i])) {
            *out = (enum jobinfo_state)i;
            return true;
        }
    return false;
}

/* A number, or a string of one, from its own digits. */
static void read_reward(const struct json *doc, uint32_t object,
                        struct jobinfo *out)
{
    uint32_t at = json_get(doc, object, "usdRewardPerHour");
    struct err ignored;
    int64_t nano;

    if (at == 0 || (doc->nodes[at].type != JSON_NUMBER &&
                    doc->nodes[at].type != JSON_STRING))
        return;
    if (money_parse(doc->text + doc->nodes[at].start, doc->nodes[at].len, &nano,
                    NULL, &ignored) != 0 ||
        nano < 0)
        return;
    out->has_reward = true;
    out->reward_nano = nano;
}

static bool read_own_address(const struct json *doc, uint32_t node,
                             const uint8_t *expected, struct jobinfo *out)
{
    uint32_t at = json_get(doc, node, "address");

    if (at == 0 && expected) {
        char text[BASE58_TEXT_MAX];
        size_t len = base58_encode(expected, BASE58_ADDRESS_LEN, text);
        memcpy(out->address, text, len + 1);
    } else {
        read_address(doc, node, "address", out->address);
    }
    return base58_address(out->address, strlen(out->address), out->bytes) &&
           (!expected || memcmp(out->bytes, expected, BASE58_ADDRESS_LEN) == 0);
}

bool jobinfo_read(struct jobinfo *out, const struct json *doc, uint32_t node,
                  const uint8_t expected[BASE58_ADDRESS_LEN])
{
    uint8_t digest[CID_DIGEST_LEN];

    memset(out, 0, sizeof *out);
    if (doc->nodes[node].type != JSON_OBJECT ||
        !read_own_address(doc, node, expected, out) ||
        !read_state(doc, node, &out->state))
        return false;
    read_text(doc, node, "jobStatus", out->job_status, sizeof out->job_status);
    out->listed_s = read_seconds(doc, node, "listedAt", TIME_MAX_S);
    out->start_s = read_seconds(doc, node, "timeStart", TIME_MAX_S);
    out->end_s = read_seconds(doc, node, "timeEnd", TIME_MAX_S);
    out->timeout_s = read_seconds(doc, node, "timeout", LENGTH_MAX_S);
    read_reward(doc, node, out);
    read_text(doc, node, "ipfsJob", out->cid, sizeof out->cid);
    if (!cid_parse(out->cid, strlen(out->cid), digest))
        out->cid[0] = '\0';
    read_text(doc, node, "ipfsResult", out->result, sizeof out->result);
    read_address(doc, node, "market", out->market);
    read_address(doc, node, "node", out->node);
    read_address(doc, node, "payer", out->payer);
    read_address(doc, node, "project", out->project);
    return true;
}

bool jobinfo_list(const struct json *doc, uint32_t *list)
{
    uint32_t at = 0;

    if (doc->nodes[0].type == JSON_OBJECT)
        at = json_get(doc, 0, "jobs");
    if (doc->nodes[at].type != JSON_ARRAY)
        return false;
    *list = at;
    return true;
}

bool jobinfo_ended(const struct jobinfo *info)
{
    return info->state >= JOBINFO_COMPLETED;
}

bool jobinfo_final(const struct jobinfo *info)
{
    return info->state == JOBINFO_STOPPED ||
           (info->state == JOBINFO_COMPLETED && info->job_status[0] != '\0');
}

bool jobinfo_succeeded(int state, const char *job_status)
{
    return state == JOBINFO_COMPLETED && job_status &&
           strcmp(job_status, "success") == 0;
}

int64_t jobinfo_final_nano(const struct jobinfo *info)
{
    int64_t seconds = info->end_s - info->start_s;
    int64_t nano;

    if (info->state == JOBINFO_STOPPED && info->start_s == 0)
        return 0;
    if (!jobinfo_ended(info) || info->start_s == 0 || seconds < 0 ||
        info->timeout_s == 0 || !info->has_reward)
        return -1;
    if (seconds > info->timeout_s)
        seconds = info->timeout_s;
    return money_for_time(info->reward_nano, (uint64_t)seconds, &nano) ? nano
                                                                       : -1;
}
