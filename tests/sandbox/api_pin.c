#include "api.h"

#include <stdio.h>
#include <time.h>

#include "../../templates/definition.h"
#include "fields.h"

/* "2026-11-23T10:00:00.123Z" */
static void add_time(struct buf *out, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    char text[32];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    buf_addf(out, "%s.%03dZ", text, (int)(ms % 1000));
}

/* Only with --check-definitions: Pinata itself takes any JSON. */
static bool definition_ok(struct sandbox *sb, struct call *call)
{
    struct errs errs;
    struct err err;

    if (!sb->options.check_definitions)
        return true;
    errs_init(&errs);
    definition_check(&sb->doc, 0, DEFINITION_DEFAULT, &errs);
    if (errs_result(&errs, &err) == 0)
        return true;
    call_message(call, 400, "no valid job definition: %s", err.message);
    return false;
}

void api_pin(struct sandbox *sb, struct call *call)
{
    uint8_t digest[CID_DIGEST_LEN];
    char cid[CID_TEXT_MAX];
    struct err err;

    if (!fields_body(sb, call) || !definition_ok(sb, call))
        return;
    if (json_get(&sb->doc, 0, "pinataContent") != 0) {
        /* It would pin what is inside: never what a job means. */
        call_message(call, 400,
                     "\"pinataContent\" is a wrapper; send the "
                     "definition itself");
        return;
    }
    buf_clear(&sb->scratch);
    json_write(&sb->doc, 0, &sb->scratch);
    if (buf_error(&sb->scratch, "the definition", &err) < 0 ||
        cid_compute(&sb->hasher, buf_str(&sb->scratch), sb->scratch.len, digest,
                    cid, &err) < 0) {
        call_message(call, 400, "%s", err.message);
        return;
    }
    uint32_t number = pins_touch(&sb->pins, digest);
    if (number == TABLE_NONE) {
        call_no_memory(call);
        return;
    }
    bool before = pins_pinned(&sb->pins, number, buf_str(&sb->scratch),
                              sb->scratch.len, sb->now_ms);
    const struct pin *pin = &sb->pins.items[number];
    struct buf *body = call_answer(call, 200);
    buf_addf(body, "{\"IpfsHash\":\"%s\",\"PinSize\":%u,\"Timestamp\":\"", cid,
             pin->size);
    add_time(body, pin->pinned_ms);
    buf_add_str(body, before ? "\",\"isDuplicate\":true}" : "\"}");
}
