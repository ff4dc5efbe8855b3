#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../templates/money.h"
#include "text.h"

#define PLAIN_US      10000000ULL /* between two plain lines */
#define ALWAYS_US     1000000ULL  /* likewise with --progress always */
#define COLUMNS_LEAST 2           /* one character, and room for the cursor */
#define COLUMNS_GUESS 80
#define PART_MAX      96

static bool is_terminal(void)
{
    const char *term = getenv("TERM");

    return isatty(STDERR_FILENO) && term && term[0] != '\0' &&
           strcmp(term, "dumb") != 0;
}

void progress_init(struct progress *progress, bool always, bool never,
                   bool quiet, uint64_t now_us)
{
    *progress = (struct progress){.start_us = now_us, .shown_us = now_us};
    if (quiet || never)
        progress->mode = PROGRESS_NONE;
    else if (is_terminal())
        progress->mode = PROGRESS_LINE;
    else
        progress->mode = PROGRESS_PLAIN;
    progress->every_us = progress->mode == PROGRESS_LINE ? PROGRESS_EVERY_US
                         : always                        ? ALWAYS_US
                                                         : PLAIN_US;
}

static size_t columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_GUESS;
    return size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

/* What a line is made of; the first is the last to go. */
enum rank {
    RANK_DONE,
    RANK_TROUBLE,
    RANK_REJECTED,
    RANK_UNKNOWN,
    RANK_COST,
    RANK_LEFT,
    RANK_ALLOWED,
    RANK_RATE,
    RANK_FLIGHT
};

struct part {
    enum rank rank;
    char text[PART_MAX];
};

/* In the order in which they are shown. */
struct parts {
    struct part items[RANK_FLIGHT + 1];
    size_t len;
};

static void __attribute__((format(printf, 3, 4)))
add_part(struct parts *parts, enum rank rank, const char *format, ...)
{
    struct part *part = &parts->items[parts->len++];
    va_list args;

    part->rank = rank;
    va_start(args, format);
    vsnprintf(part->text, sizeof part->text, format, args);
    va_end(args);
}

static void add_rate(struct parts *parts, const struct progress *progress,
                     const struct progress_state *state, uint64_t now_us)
{
    char left[TEXT_HUMAN_MAX];
    uint64_t ms = (now_us - progress->start_us) / 1000;

    if (state->posted == 0 || ms < 500)
        return;
    double rate = (double)state->posted * 1000 / (double)ms;
    add_part(parts, RANK_RATE, rate < 10 ? "%.1f/s" : "%.0f/s", rate);
    if (state->total > state->done) {
        double wait_ms = (double)(state->total - state->done) / rate * 1000;
        if (wait_ms < 1e12)
            add_part(parts, RANK_LEFT, "%s left",
                     text_duration((uint64_t)wait_ms, left));
    }
}

static void add_all(struct parts *parts, const struct progress *progress,
                    const struct progress_state *state, uint64_t now_us)
{
    char money[MONEY_TEXT_MAX];
    char done[TEXT_HUMAN_MAX];
    char total[TEXT_HUMAN_MAX];

    money_format_short(state->charged_nano, money);
    add_part(parts, RANK_DONE, "%s/%s", text_count(state->done, done),
             text_count(state->total, total));
    add_part(parts, RANK_COST, "%s", money);
    add_part(parts, RANK_FLIGHT, "%u in flight", state->in_flight);
    if (state->rejected > 0)
        add_part(parts, RANK_REJECTED, "%s rejected",
                 text_count(state->rejected, done));
    if (state->unknown > 0)
        add_part(parts, RANK_UNKNOWN, "%s unknown",
                 text_count(state->unknown, done));
    if (state->trouble)
        add_part(parts, RANK_TROUBLE, "%s", state->trouble);
    else
        add_rate(parts, progress, state, now_us);
    if (state->allowed && !state->trouble)
        add_part(parts, RANK_ALLOWED, "%s", state->allowed);
}

/* The parts of at most that rank. */
static void join(const struct parts *parts, int rank, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < parts->len; i++)
        if ((int)parts->items[i].rank <= rank)
            buf_addf(out, "%s%s", out->len > 0 ? ", " : "",
                     parts->items[i].text);
}

void progress_describe(const struct progress *progress,
                       const struct progress_state *state, uint64_t now_us,
                       size_t width, struct buf *out)
{
    struct parts parts = {.len = 0};
    int rank = RANK_FLIGHT;

    add_all(&parts, progress, state, now_us);
    do
        join(&parts, rank, out);
    while (width > 0 && text_width(buf_str(out), out->len) > width &&
           rank-- > RANK_DONE);
}

static void put(const struct buf *text)
{
    ssize_t ignored = write(STDERR_FILENO, buf_str(text), text->len);

    (void)ignored;
}

bool progress_due(const struct progress *progress, uint64_t now_us)
{
    return progress->mode != PROGRESS_NONE &&
           now_us - progress->shown_us >= progress->every_us;
}

void progress_put(struct progress *progress, const char *text, uint64_t now_us)
{
    struct buf out;

    progress->shown_us = now_us;
    buf_init(&out, 8192);
    if (progress->mode == PROGRESS_LINE) {
        size_t fits = text_fit(text, strlen(text), columns() - 1);
        buf_add_str(&out, "\r");
        buf_add(&out, text, fits);
        buf_add_str(&out, "\033[K");
        progress->visible = true;
    } else {
        buf_addf(&out, "nosbatch: %s\n", text);
    }
    if (!out.failed)
        put(&out);
    buf_release(&out);
}

void progress_show(struct progress *progress,
                   const struct progress_state *state, uint64_t now_us)
{
    struct buf text;

    if (!progress_due(progress, now_us))
        return;
    buf_init(&text, 4096);
    progress_describe(progress, state, now_us,
                      progress->mode == PROGRESS_LINE ? columns() - 1 : 0,
                      &text);
    if (!text.failed)
        progress_put(progress, buf_str(&text), now_us);
    buf_release(&text);
}

void progress_clear(struct progress *progress)
{
    static const char erase[] = "\r\033[K";

    if (!progress->visible)
        return;
    ssize_t ignored = write(STDERR_FILENO, erase, sizeof erase - 1);
    (void)ignored;
    progress->visible = false;
}
