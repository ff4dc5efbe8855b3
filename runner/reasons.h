/*
 * reasons: why jobs were rejected, counted, for the summary.
 */
#ifndef RUNNER_REASONS_H
#define RUNNER_REASONS_H

#include "../templates/buf.h"

#define REASONS_MAX     64  /* different ones; more count as others */
#define REASON_TEXT_MAX 200 /* bytes; longer ones are cut */
#define REASONS_SHOWN   3

struct reason {
    uint64_t count;
    char text[REASON_TEXT_MAX];
};

/* All zero: none yet. */
struct reasons {
    struct reason items[REASONS_MAX];
    size_t len;
    uint64_t others; /* rejections that found no place */
};

/*
 * Counts one: "HTTP 400: text", or the text alone where status is below 300.
 * The text is copied as it came, whatever is in it.
 */
void reasons_note(struct reasons *reasons, int status, const char *text);

/*
 * The REASONS_SHOWN commonest, the commonest first, of equal ones the earlier:
 * their number, in out. *rest is how many rejections have another reason.
 */
size_t reasons_commonest(const struct reasons *reasons,
                         const struct reason *out[REASONS_SHOWN],
                         uint64_t *rest);

/* Adds them as JSON: [{"count":7,"reason":"…"}], the commonest first. */
void reasons_json(const struct reasons *reasons, struct buf *out);

#endif
