/*
 * ledger_pass: all good records of a ledger in one pass, without an index.
 * Internal to the ledger.
 *
 * The file may be gzip-compressed. What is said of a file that is no ledger,
 * damaged or of another version is what ledger_open says of it: framing, CRC,
 * seq, dur, types and the fields that decide are verified alike. What it does
 * not do is to judge whether records contradict one another.
 */
#ifndef QUEUE_LEDGER_PASS_H
#define QUEUE_LEDGER_PASS_H

#include "gzvalues_inflate.h"
#include "ledger_impl.h"
#include "ledger_stream.h"

/* A little ahead of taking effect, so that memory can be fetched. */
#define LEDGER_PASS_AHEAD 16

struct ledger_pass_record {
    struct ledger_line line; /* its text is in the stream's memory */
    struct ledger_event event;
    uint64_t note; /* what `ahead` returned */
};

struct ledger_pass_user {
    void *arg;
    /* A record was read and will be taken soon; may be NULL. */
    uint64_t (*ahead)(void *arg, const struct ledger_pass_record *record);
    /* In the file's order. Other than 0 ends the pass and is returned. */
    int (*take)(void *arg, const struct ledger_pass_record *record,
                struct err *err);
};

struct ledger_pass {
    struct ledger *ledger; /* owned; its index stays empty */
    uint64_t size;         /* of the file */
    bool gzip;
    bool whole_lines; /* set it after opening to have all fields read */
    struct gzvalues_inflate inflate;
    struct ledger_stream stream;
    struct ledger_pass_user user;
    uint64_t seq, greatest_dur;
    uint64_t bad_at; /* UINT64_MAX: no bad line yet */
    const char *bad_why;
    uint64_t end; /* of the last good record; 0: there is none */
    unsigned first, count;
    struct ledger_pass_record ring[LEDGER_PASS_AHEAD];
};

/*
 * Opens a file for one pass. ERR_INPUT where it is not there. In any case
 * ledger_pass_close is due.
 */
int ledger_pass_open(struct ledger_pass *pass, const struct os *os,
                     const char *path, struct err *err);
void ledger_pass_close(struct ledger_pass *pass);

/*
 * Reads it to its end, or to the torn tail: pass->end, and what the first
 * record says is in ledger_info(pass->ledger). Returns 0, what take returned,
 * or the error.
 */
int ledger_pass_run(struct ledger_pass *pass,
                    const struct ledger_pass_user *user, struct err *err);

#endif
