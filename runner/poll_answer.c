/*
 * poll_answer: what an answer means for the jobs that were asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "poll_impl.h"

#define ASKED_MAX_MS (5 * 60 * 1000) /* of a 5xx: more is not waited for */

static void free_call(struct poll *poll, struct poll_call *call)
{
    call->phase = POLL_FREE;
    call->count = 0;
    poll->busy--;
}

static void report(struct poll *poll, struct poll_item *item,
                   enum poll_outcome outcome, const struct jobinfo *info)
{
    struct jobinfo *known = item->known;

    /* Only its result could not be had. */
    if (outcome != POLL_FOUND && known) {
        outcome = POLL_FOUND;
        info = known;
    }
    item->known = NULL;
    poll->options.report(poll->options.arg, item->tag, outcome,
                         outcome == POLL_FOUND ? info : NULL);
    free(known);
}

static void ask_alone(struct poll *poll, const struct poll_item *item)
{
    if (poll_queue_push(&poll->singles, item) != 0) {
        free(item->known);
        poll_give_up(poll, ERR_MEMORY, "out of memory for jobs to ask for");
    }
}

/* A group that gets no answer as a group. */
static void break_up(struct poll *poll, struct poll_call *call)
{
    call->items[0].tries = 0;
    for (uint32_t i = 0; i < call->count; i++)
        ask_alone(poll, &call->items[i]);
    free_call(poll, call);
}

/* While one job's answers break, others get their turn in its place. */
static void give_way(struct poll *poll, struct poll_call *call)
{
    struct err err = ERR_INIT;

    if (poll->singles.count == 0)
        return;
    struct poll_item next = poll_queue_pop(&poll->singles);
    ask_alone(poll, &call->items[0]);
    call->items[0] = next;
    if (poll_prepare(poll, call, &err) != 0)
        poll_give_up(poll, (enum err_code)err.code, err.message);
}

static void found_in_group(struct poll *poll, struct poll_item *item,
                           const struct jobinfo *info)
{
    if (!poll->options.results || info->state != JOBINFO_COMPLETED ||
        !jobinfo_final(info) || info->result[0] != '\0') {
        report(poll, item, POLL_FOUND, info);
        return;
    }
    item->known = malloc(sizeof *info);
    if (!item->known) {
        report(poll, item, POLL_FOUND, info);
        return;
    }
    *item->known = *info;
    ask_alone(poll, item);
}

/* The items of a group by the objects of the answer; false: no list. */
static bool take_group(struct poll *poll, struct poll_call *call)
{
    bool answered[POLL_GROUP] = {false};
    bool readable = true;
    struct jobinfo info;
    uint32_t list;

    if (!jobinfo_list(&poll->doc, &list))
        return false;
    uint32_t at = json_first(list);
    for (uint32_t n = 0; n < poll->doc.nodes[list].size; n++) {
        if (!jobinfo_read(&info, &poll->doc, at, NULL))
            readable = false;
        else
            for (uint32_t i = 0; i < call->count; i++)
                if (!answered[i] && memcmp(call->items[i].address, info.bytes,
                                           sizeof info.bytes) == 0) {
                    answered[i] = true;
                    found_in_group(poll, &call->items[i], &info);
                }
        at = json_next(&poll->doc, at);
    }
    for (uint32_t i = 0; i < call->count; i++) {
        if (answered[i])
            continue;
        if (readable)
            report(poll, &call->items[i], POLL_NOT_FOUND, NULL);
        else
            ask_alone(poll, &call->items[i]);
    }
    return true;
}

static bool take_single(struct poll *poll, struct poll_call *call)
{
    struct jobinfo info;

    if (!jobinfo_read(&info, &poll->doc, 0, call->items[0].address))
        return false;
    report(poll, &call->items[0], POLL_FOUND, &info);
    return true;
}

static void good(struct poll *poll, struct poll_call *call, uint64_t now_us)
{
    pace_good(&poll->pace, 0, &call->request, now_us);
    poll->good_us = now_us;
    poll->bad_since_us = 0;
    free_call(poll, call);
}

/* The service is in trouble: false once that has lasted too long. */
static bool bear(struct poll *poll, uint64_t now_us)
{
    const struct os *os = poll->options.os;
    uint64_t slept_us = os ? os->slept_us(os->context) : 0;
    char text[ERR_MESSAGE_MAX];

    if (poll->bad_since_us == 0) {
        poll->bad_since_us = now_us;
        poll->bad_slept_us = slept_us;
    }
    if (os_awake_us(poll->bad_since_us, poll->bad_slept_us, now_us, slept_us) <
        poll->options.give_up_us)
        return true;
    snprintf(text, sizeof text, "no usable answer about jobs from %s: %s",
             poll->options.service->api_url, poll->words);
    poll_give_up(poll, ERR_SERVICE, text);
    return false;
}

/* No usable answer: asked again later, or in another way, or not any more. */
static void failed(struct poll *poll, struct poll_call *call, int64_t asked_ms,
                   uint64_t now_us)
{
    double chance =
        poll->options.chance ? poll->options.chance(poll->options.arg) : 0;

    if (asked_ms > ASKED_MAX_MS)
        asked_ms = ASKED_MAX_MS;
    pace_failed(&poll->pace, 0, now_us, asked_ms);
    if (!bear(poll, now_us))
        return;
    struct poll_item *first = &call->items[0];
    if (first->tries++ == 0)
        first->first_bad_us = now_us;
    bool others = poll->good_us > first->first_bad_us;
    bool last = poll->busy == 1 && !poll_has_work(poll);
    call->phase = POLL_WAIT;
    call->wake_us = now_us + pace_backoff_us(first->tries, chance);
    if (first->tries < POLL_TRIES)
        return;
    if (call->group && (others || last)) {
        break_up(poll, call);
    } else if (!call->group && (others || first->known)) {
        report(poll, first, POLL_NO_ANSWER, NULL);
        free_call(poll, call);
    } else if (!call->group) {
        give_way(poll, call);
    }
}

static void refused_for_rate(struct poll *poll, struct poll_call *call,
                             const struct answer *answer, uint64_t now_us)
{
    pace_refused(&poll->pace, 0, &call->request, now_us,
                 answer->retry_after_ms);
    call->phase = POLL_WAIT;
    call->wake_us = now_us;
    if (answer->retry_after_ms > 0 &&
        (uint64_t)answer->retry_after_ms * 1000 > poll->options.give_up_us)
        poll_give_up(poll, ERR_SERVICE,
                     "the service asks for a pause longer than --give-up; try "
                     "again later");
    else
        bear(poll, now_us);
}

/* A status other than 2xx, or no whole answer. */
static void take_refusal(struct poll *poll, struct poll_call *call,
                         const struct reply *reply, uint64_t now_us)
{
    struct answer answer;
    bool no_route =
        reply->kind == REPLY_WHOLE &&
        (reply->status == 404 || reply->status == 405 || reply->status == 501);

    answer_post(&answer, reply, &poll->doc);
    snprintf(poll->words, sizeof poll->words, "%.*s",
             (int)sizeof poll->words - 1, answer.message);
    if (answer.kind == ANSWER_DENIED) {
        char text[ERR_MESSAGE_MAX];
        pace_failed(&poll->pace, 0, now_us, -1);
        snprintf(text, sizeof text, ANSWER_KEY_REFUSED, answer.message);
        poll_give_up(poll, ERR_ACCESS, text);
    } else if (answer.kind == ANSWER_RATE) {
        refused_for_rate(poll, call, &answer, now_us);
    } else if (call->group &&
               (no_route || answer.kind == ANSWER_REFUSED ||
                (reply->kind == REPLY_WHOLE && reply->status == 413))) {
        poll->no_groups = poll->no_groups || no_route;
        pace_good(&poll->pace, 0, &call->request, now_us);
        break_up(poll, call);
    } else if (answer.kind == ANSWER_REFUSED) {
        report(poll, &call->items[0],
               reply->status == 404 ? POLL_NOT_FOUND : POLL_NO_ANSWER, NULL);
        good(poll, call, now_us);
    } else {
        failed(poll, call, answer.retry_after_ms, now_us);
    }
}

static struct poll_call *find_call(const struct poll *poll,
                                   const struct http_call *http)
{
    for (uint32_t i = 0; i < poll->call_count; i++)
        if (poll->calls[i].http == http)
            return &poll->calls[i];
    return NULL;
}

bool poll_take(struct poll *poll, struct http_call *http,
               const struct reply *reply, uint64_t now_us)
{
    struct poll_call *call = find_call(poll, http);
    struct err ignored;

    if (!call)
        return false;
    if (poll->failure.code != 0) {
        call->phase = POLL_WAIT;
        return true;
    }
    if (reply->kind != REPLY_WHOLE || reply->status / 100 != 2) {
        take_refusal(poll, call, reply, now_us);
        return true;
    }
    bool usable =
        json_parse(&poll->doc, reply->body, reply->len, &ignored) == 0 &&
        (call->group ? take_group(poll, call) : take_single(poll, call));
    if (usable) {
        good(poll, call, now_us);
    } else {
        snprintf(poll->words, sizeof poll->words,
                 "HTTP %d with a body that says nothing about %s",
                 reply->status, call->group ? "jobs" : "the job");
        failed(poll, call, -1, now_us);
    }
    return true;
}
