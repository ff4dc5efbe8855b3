/*
 * twins: points of a manifest that are one job, different jobs that have one
 * name, and points that cannot be rendered, found before anything is spent.
 *
 * Points with one key are one job, the first one's; the others are its twins
 * and are not posted. Different jobs of one name are an error.
 *
 * Of an entry whose axes alone prove that its points differ (entry_distinct)
 * and can be rendered (entry_sound), and whose definitions and names begin
 * otherwise than those of all other entries, no point is looked at; that is
 * judged of up to TWINS_ENTRIES_MAX entries. The selected points of the others
 * are rendered and compared by hashes (twins_records), up to TWINS_POINTS_MAX
 * of them: beyond, nothing is compared and `cut` says so. Memory is constant
 * but for two bits a point that is compared.
 */
#ifndef RUNNER_TWINS_H
#define RUNNER_TWINS_H

#include "../queue/manifest.h"
#include "select.h"
#include "twins_records.h"

#define TWINS_ENTRIES_MAX 64
#define TWINS_POINTS_MAX  10000000

/* What is remembered of an entry. */
struct twins_entry {
    char *name, *definition; /* owned: what all of them begin with */
    size_t name_len, definition_len;
    char id[ENTRY_ID_MAX + 1];
    bool default_name;
    bool has_address;
    uint8_t address[BASE58_ADDRESS_LEN];
    bool has_timeout;
    uint64_t timeout_s;
    bool clear;    /* no two of its points are alike, and none is at fault */
    bool compared; /* its points are gone through */
};

struct twins {
    struct twins_entry entries[TWINS_ENTRIES_MAX];
    uint64_t entry_count; /* also of those that are not remembered */
    struct twins_records records;
    bool all;           /* the points of all entries are compared */
    bool cut;           /* there are too many: nothing was compared */
    uint64_t same_last; /* of twins_next: the point that is next */
};

/* twins_release is due in any case. */
void twins_init(struct twins *twins);
void twins_release(struct twins *twins);

/*
 * Goes over the manifest, which is at the start of a pass, once or more, and
 * leaves it at the start of another one, unless errs has errors then: those
 * of entries and points, and jobs of one name. Warns in errs of the first few
 * twins. select is prepared. Returns 0, or a negative code of what ended it.
 */
int twins_find(struct twins *twins, struct manifest *manifest,
               struct select *select, struct errs *errs, struct err *err);

/*
 * For a pass behind twins_find: of the next `count` selected points of entry
 * `number` (from 0) how many are twins of earlier ones.
 */
uint64_t twins_next(struct twins *twins, uint64_t number, uint64_t count);

/* Parts of twins_find; see twins_entries.c. */
int twins_entry_learn(struct twins_entry *out, struct entry *entry,
                      struct err *err);
void twins_entries_judge(struct twins *twins);

#endif
