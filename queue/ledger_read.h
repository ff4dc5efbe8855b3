/*
 * ledger_read: reading a job's records back from the file.
 *
 * Each record of a job but its first names the one before it ("prev"), so
 * that from the index's one offset a job's whole history can be read.
 */
#ifndef QUEUE_LEDGER_READ_H
#define QUEUE_LEDGER_READ_H

#include "ledger_records.h"

#include "../templates/arena.h"
#include "../templates/json.h"

/* The memory of what was read; kept between reads. */
struct ledger_reader {
    struct arena arena;
    struct json doc;
};

void ledger_reader_init(struct ledger_reader *reader);
void ledger_reader_release(struct ledger_reader *reader);

/* What the conditions of a replay are decided on. */
struct ledger_sent {
    struct ledger_intent intent; /* body included */
    uint64_t seq;
    uint64_t open_seq;            /* of its invocation's open record */
    int64_t at_ms;                /* when the intent was written */
    uint64_t boot_ms;             /* CLOCK_BOOTTIME then */
    char boot_id[OS_BOOT_ID_MAX]; /* of the invocation that wrote it */
    uint8_t account[8];           /* fingerprint; zeros where none */
    bool has_account;
    /* Its generation's intents since the last release, reject or settlement,
       this one included: one for each epoch that the service let expire. */
    uint32_t epochs;
};

/*
 * The newest post intent of a job: the only one of its idem since that was
 * last released, rejected or settled as lost, since a replay writes none.
 * Pointers into *reader, valid until its next use. ERR_DATA where the file
 * does not have it.
 */
int ledger_read_intent(struct ledger *ledger, const struct ledger_job *job,
                       struct ledger_reader *reader, struct ledger_sent *out,
                       struct err *err);

/*
 * The post of a job's newest generation: 1 with *out, 0 where the job has none
 * (one that was settled as posted has an address only: out->address, the rest
 * from its intent; that is 1, too), or negative.
 */
int ledger_read_post(struct ledger *ledger, const struct ledger_job *job,
                     struct ledger_reader *reader, struct ledger_post *out,
                     struct err *err);

/*
 * Called with an entry's text, valid for the call: 0 to go on, else to end
 * with that.
 */
typedef int ledger_entry_function(void *arg, struct ledger_text text,
                                  struct err *err);

/*
 * Goes through the file up to the offset `before` and calls on_entry for
 * each `entry` record of the manifest's entry `id`, oldest first: what the
 * entry of a job posted there may have been. Returns 0 at the end, what
 * on_entry returned, ERR_IO or ERR_MEMORY.
 */
int ledger_each_entry(struct ledger *ledger, const char *id, uint64_t before,
                      ledger_entry_function *on_entry, void *arg,
                      struct err *err);

#endif
