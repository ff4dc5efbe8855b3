/*
 * doubt_say: what became of unknown jobs, in words, and what the operator can
 * type about the rest.
 */
#include <string.h>

#include "doubt.h"
#include "say.h"
#include "signals.h"
#include "text.h"

#define SHOWN_MAX 10 /* jobs that are spelt out */

/* A word as a shell reads it; what is harmless stays as it is. */
static void add_word(struct buf *out, const char *text, size_t len)
{
    static const char harmless[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "_./=,:@%+-";
    bool plain = len > 0;

    for (size_t i = 0; i < len && plain; i++)
        plain = text[i] == '#' ? i > 0
                               : text[i] != '\0' && strchr(harmless, text[i]);
    if (plain) {
        buf_add(out, text, len);
        return;
    }
    buf_add_char(out, '\'');
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\'')
            buf_add_str(out, "'\\''");
        else
            buf_add_char(out, text[i]);
    buf_add_char(out, '\'');
}

static const char *plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static void say_settled(const struct doubt *doubt)
{
    char text[TEXT_HUMAN_MAX];

    if (doubt->posted > 0)
        say_info(false, "%s unknown %s found and recorded as posted",
                 text_count(doubt->posted, text),
                 plural(doubt->posted, "job was", "jobs were"));
    if (doubt->lost > 0)
        say_info(false,
                 "%s unknown %s recorded as lost: the account has no such "
                 "job; the next run posts %s again",
                 text_count(doubt->lost, text),
                 plural(doubt->lost, "job was", "jobs were"),
                 plural(doubt->lost, "it", "them"));
}

/* Why nothing at all was settled; NULL where that is not so. */
static const char *why_nothing(const struct doubt *doubt)
{
    const struct listing *listing = &doubt->listing;

    if (doubt->held)
        return "a run holds a ledger: ask again when it has ended";
    if (doubt->changed)
        return "a ledger has changed meanwhile: ask again";
    if (listing->interrupted)
        return "the listing was interrupted";
    if (listing->no_route)
        return "the service does not list jobs: look for them in the "
               "dashboard, then \"nosbatch settle\"";
    if (listing->unsteady)
        return "the account's jobs would not hold still or could not be read "
               "in full: ask again later";
    if (doubt->blind)
        return "the service lists jobs without saying whose or what they "
               "are";
    return NULL;
}

static void add_reason(const struct match_intent *intent, struct buf *out)
{
    unsigned intents = intent->intents;
    unsigned found = intent->found;

    switch (intent->why) {
    case MATCH_OPEN:
        buf_add_str(out, "a run that did not end well may have sent the same "
                         "job; run it again first");
        break;
    case MATCH_NONE_YET:
        buf_add_str(out, "the account has no such job (yet)");
        break;
    case MATCH_VAGUE:
        buf_addf(out,
                 "%u such %s of the account, and the service does not say "
                 "when %s listed",
                 found, plural(found, "job", "jobs"),
                 plural(found, "it was", "they were"));
        break;
    default:
        if (intents > 1)
            buf_addf(out, "%u unknown jobs are alike, and ", intents);
        buf_addf(out,
                 "%u %s of the account may be %s (name all ledgers that may "
                 "have posted one)",
                 found, plural(found, "job", "jobs"),
                 plural(intents, "it", "among them"));
        break;
    }
}

/* "nosbatch settle LEDGER NAME" and what is added. */
static void say_command(const struct watch_ledger *ledger,
                        struct ledger_text name, const char *option,
                        const char *address)
{
    struct buf line;

    buf_init(&line, 16384);
    buf_add_str(&line, "  nosbatch settle ");
    add_word(&line, ledger->path, strlen(ledger->path));
    buf_addf(&line, " %s", option);
    if (address)
        buf_addf(&line, " %s", address);
    buf_add_str(&line, name.len > 0 && name.bytes[0] == '-' ? " -- " : " ");
    add_word(&line, name.bytes, name.len);
    if (!line.failed)
        say_info(false, "%s", buf_str(&line));
    buf_release(&line);
}

static void say_unclear(const struct doubt *doubt,
                        const struct match_intent *intent)
{
    const struct watched *job = &doubt->watch->jobs[intent->tag];
    const struct watch_ledger *ledger = &doubt->watch->ledgers[job->ledger];
    struct ledger_reader reader;
    struct ledger_sent sent;
    struct ledger_job at;
    struct err ignored;
    struct buf reason;

    ledger_reader_init(&reader);
    buf_init(&reason, 4096);
    ledger_job_at(ledger->ledger, job->number, &at);
    add_reason(intent, &reason);
    if (ledger_read_intent(ledger->ledger, &at, &reader, &sent, &ignored) ==
        0) {
        struct ledger_text name = sent.intent.name;
        say_info(false, "\"%.*s\" may or may not exist: %s; once you know:",
                 (int)name.len, name.bytes, buf_str(&reason));
        for (uint32_t i = 0; i < intent->found && i < MATCH_SHOWN_MAX; i++)
            say_command(ledger, name, "--posted",
                        doubt->infos[intent->candidates[i]].address);
        if (intent->found == 0)
            say_command(ledger, name, "--posted", "ADDRESS");
        say_command(ledger, name, "--lost", NULL);
    }
    buf_release(&reason);
    ledger_reader_release(&reader);
}

static void say_rest(const struct doubt *doubt)
{
    char text[TEXT_HUMAN_MAX];
    uint64_t left = 0;

    for (size_t i = 0; i < doubt->intent_count; i++) {
        const struct match_intent *intent = &doubt->intents[i];
        if (intent->open || intent->verdict != MATCH_UNCLEAR ||
            !doubt->watch->jobs[intent->tag].picked)
            continue;
        if (left++ < SHOWN_MAX || doubt->opt->verbose)
            say_unclear(doubt, intent);
    }
    if (left > SHOWN_MAX && !doubt->opt->verbose)
        say_info(false, "and %s more unknown jobs; -v shows them all",
                 text_count(left - SHOWN_MAX, text));
}

void doubt_say(const struct doubt *doubt)
{
    const char *why = why_nothing(doubt);
    char text[TEXT_HUMAN_MAX];

    say_settled(doubt);
    if (why)
        say_warning("unknown jobs are not settled: %s", why);
    else
        say_rest(doubt);
    if (doubt->homeless > 0)
        say_warning("%s unknown %s not looked for: no reply has told yet "
                    "whose jobs to list; give --project ADDRESS (the "
                    "dashboard shows it)",
                    text_count(doubt->homeless, text),
                    plural(doubt->homeless, "job was", "jobs were"));
}
