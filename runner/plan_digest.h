/*
 * plan_digest: a short text that stands for all that `plan` showed, so that
 * `run --expect` can refuse when any of it has changed.
 *
 * Four parts, each the SHA-256 of "nbe1", the part's letter, and what follows;
 * a string is its length and its bytes (one that was not given: 2^32 - 1),
 * numbers are u64be, lengths and states u32be:
 *
 *   m  manifest   the SHA-256 of its decompressed bytes, that of the entries'
 *                 ids as strings (a plain job definition's is the file's stem)
 *   s  selection  --set (their number, each as given), --market, --timeout,
 *                 --where, --sample (kind: 0 none, 1 number, 2 per cent; then
 *                 the number, or thousandths), --seed, --shard (I, N; 0, 0),
 *                 --changed (0 refuse, 1 keep, 2 replace)
 *   p  prices     for each market of the jobs its address, 1 and nano-dollars
 *                 an hour, or 0 and 0 without a price; the hashes of all of
 *                 them are combined by exclusive or. Not where the price is
 *                 from, nor its age
 *   l  ledger     its id (a string; none yet: not given), its file's name
 *                 without folders, its batch; if there is one, nano-dollars
 *                 charged and reserved; the SHA-256 of key (16 bytes) and
 *                 state (1 posted, 2 same, 3 pending, 4 changed, 5 changed in
 *                 the timeout) of each selected point that is not new, in the
 *                 manifest's order; how many are gone
 *
 * The digest is 26 characters of base32 (as a key's) of the first 16 bytes
 * of the SHA-256 of "nbe1" and the four parts, "-", and the first two
 * bytes of each part in hex, from which run tells which one differs.
 *
 * What follows from these is not hashed again: they determine every job. A
 * manifest whose bytes changed is another one, even if it means the same.
 * Memory is constant, and only points that are not new cost time.
 */
#ifndef RUNNER_PLAN_DIGEST_H
#define RUNNER_PLAN_DIGEST_H

#include "../queue/ledger_read.h"
#include "../queue/manifest.h"
#include "ledger_path.h"
#include "opt.h"

#define PLAN_DIGEST_MAX 44 /* 43 characters and the NUL */

struct survey;

/* What a survey gathers on its way. */
struct plan_digest {
    struct hasher entries;
    struct hasher points;
};

/* ERR_MEMORY, ERR_INTERNAL; plan_digest_release is due in any case. */
int plan_digest_init(struct plan_digest *digest, struct err *err);
void plan_digest_release(struct plan_digest *digest);

/* An entry, in the manifest's order. */
void plan_digest_entry(struct plan_digest *digest, const char *id);

/* A selected point that is not new; state is an enum compare_kind. */
void plan_digest_point(struct plan_digest *digest, const uint8_t key[KEY_LEN],
                       unsigned state);

/* What was surveyed; all borrowed. */
struct plan_digest_facts {
    struct survey *survey;           /* after survey_run; its digest is
                                        finished here, once */
    const struct manifest *manifest; /* that it read */
    const struct opt *opt;
    const struct ledger *ledger; /* NULL: none yet */
    const struct ledger_path *path;
};

/* Writes the digest. */
void plan_digest_finish(const struct plan_digest_facts *facts,
                        char text[PLAN_DIGEST_MAX]);

/* ERR_USAGE where text (of --expect) is no digest. */
int plan_digest_check(const char *text, struct err *err);

/*
 * ERR_DATA where the digest that was expected is not the one at hand; the
 * message names what differs. Both have the right form.
 */
int plan_digest_compare(const char *expected, const char *found,
                        struct err *err);

#endif
