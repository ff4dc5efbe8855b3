/*
 * manifest: the work-queue file as a stream of compiled entries.
 *
 * Reads the optional header, applies its defaults and the options, compiles
 * one entry at a time, and checks that ids are unique. A file whose first
 * value is a plain job definition (an object with `ops`) is one entry whose
 * id is the file's stem. Standard input ("-"), like all that cannot be read
 * twice, is spooled to an unlinked file.
 *
 * A file's size when it is opened is the manifest's end: what is appended
 * later is for the next run. A pass after the first gives out nothing of a
 * block (64 KiB of the file as stored) that has changed since.
 *
 * An entry that repeats one of the last few shapes but for free text is not
 * read again (entry_models.h). Memory: one entry, those models, and 16 bytes
 * for each entry's id during the first pass.
 */
#ifndef QUEUE_MANIFEST_H
#define QUEUE_MANIFEST_H

#include "../templates/entry.h"
#include "gzvalues.h"

/* What the command line says about how a manifest is read; all borrowed. */
struct manifest_options {
    const struct entry_set *sets;
    size_t set_count;
    const struct json *rows; /* --rows: a list of objects; NULL: not given */
    const char *market;      /* --market, or NULL */
    const char *timeout;     /* --timeout, or NULL */
    const char *id; /* --id for a plain definition; NULL: file's stem */
    enum definition_schema schema;
    bool no_digest; /* manifest_digest is not asked for */
    int (*market_address)(void *arg, const char *slug, uint8_t address[32],
                          struct err *err);
    void *market_arg;
};

struct manifest_impl;

struct manifest {
    struct manifest_impl *impl; /* owned */
    const char *file;           /* as given; "-" becomes "standard input" */
};

/*
 * Opens path for reading; a manifest that cannot be read twice is read to its
 * end here. path, options and what it points to are borrowed until
 * manifest_release, which is due only where this returns 0. ERR_INPUT where
 * it cannot be read, ERR_USAGE where options->id cannot be an id, ERR_CREATE,
 * ERR_IO, ERR_MEMORY.
 */
int manifest_open(struct manifest *manifest, const char *path,
                  const struct manifest_options *options, struct err *err);
void manifest_release(struct manifest *manifest);

/*
 * The next entry: 1 with *entry (owned by the manifest, valid until the next
 * call), 0 at the end, negative where reading cannot go on (also added to
 * errs). An entry with problems adds them to errs and is returned as 1 with
 * *entry NULL, so that one pass finds the problems of many entries; when errs
 * is full reading does not go on. A file without any entry is an error,
 * except for one that holds nothing but headers without defaults: expand
 * prints {"manifest":1} where there is no job, so that what is empty on
 * purpose can be told from what was lost.
 */
int manifest_next(struct manifest *manifest, struct entry **entry,
                  struct errs *errs);

/*
 * Starts another pass over the same bytes, after a first one that came to its
 * end (else ERR_INTERNAL): it ends where the first pass's end was (bytes
 * appended since are not read), and fails with ERR_DATA at the first block
 * that differs, at the latest at the end, where the text's hash does.
 */
int manifest_rewind(struct manifest *manifest, struct err *err);

/*
 * Another pass, by itself, over the bytes of a manifest whose first pass came
 * to its end (else ERR_INTERNAL): both may be read by turns. What `of` borrows
 * is borrowed by it, too. manifest_release is due only where this returns 0.
 */
int manifest_share(struct manifest *manifest, const struct manifest *of,
                   struct err *err);

/*
 * After a whole pass: number of entries; SHA-256 of the decompressed bytes
 * (zeros with options->no_digest).
 */
uint64_t manifest_entries(const struct manifest *manifest);
const uint8_t *manifest_digest(const struct manifest *manifest);

/* The bytes of the current entry's text as read, for `entry` records. */
const char *manifest_entry_text(const struct manifest *manifest, size_t *len);

#endif
