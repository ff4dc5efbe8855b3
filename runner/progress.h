/*
 * progress: how far a command is, while it runs.
 *
 * On a terminal one line that is rewritten at most ten times a second; else,
 * plain lines, one in ten seconds (with --progress always, in one). Time is an
 * argument.
 */
#ifndef RUNNER_PROGRESS_H
#define RUNNER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "../templates/buf.h"

enum progress_mode {
    PROGRESS_NONE,
    PROGRESS_LINE, /* one line, rewritten */
    PROGRESS_PLAIN /* a line now and then */
};

#define PROGRESS_EVERY_US 100000ULL /* between two showings of the line */

/* What is shown. Counts are durable ones. */
struct progress_state {
    uint64_t total; /* points of the manifest */
    uint64_t done;  /* settled: posted before or now, rejected, unknown */
    uint64_t posted;
    uint64_t rejected;
    uint64_t unknown;
    uint32_t in_flight;
    int64_t charged_nano;
    const char *trouble; /* a few words where the service is away, or NULL */
    const char *allowed; /* likewise where it limits the rate, or NULL */
};

struct progress {
    enum progress_mode mode;
    uint64_t start_us;
    uint64_t shown_us; /* last time that it was */
    uint64_t every_us; /* how often it may be */
    bool visible;      /* a line stands on the terminal */
};

/* auto, always and never as the option; quiet wins over all. */
void progress_init(struct progress *progress, bool always, bool never,
                   bool quiet, uint64_t now_us);

/*
 * Writes the state in words to out, in at most width columns (0: any number)
 * as far as that can be: what matters least is left out first, never half of
 * it. "160/1,500, $7.67, 40 in flight, 1 rejected, 53/s, 25 s left"
 */
void progress_describe(const struct progress *progress,
                       const struct progress_state *state, uint64_t now_us,
                       size_t width, struct buf *out);

/* Shows the state where it is time for that. */
void progress_show(struct progress *progress,
                   const struct progress_state *state, uint64_t now_us);

/* Whether something may be shown again. */
bool progress_due(const struct progress *progress, uint64_t now_us);

/* Shows text, fit for a terminal, in its stead; to be called when due. */
void progress_put(struct progress *progress, const char *text, uint64_t now_us);

/* Takes the line away, so that other text can be written. */
void progress_clear(struct progress *progress);

#endif
