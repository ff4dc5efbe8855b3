/*
 * ledger_forge: a ledger put together by hand, record by record, with right
 * seq, dur and crc and any words, on a simulated disk.
 */
#ifndef TESTS_UNIT_LEDGER_FORGE_H
#define TESTS_UNIT_LEDGER_FORGE_H

#include "../../queue/ledger_impl.h"
#include "ledger_sample.h"

#define AT    "\"at\":\"2026-11-23T10:00:00.123Z\",\"type\":"
#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "baaaaaaaaaaaaaaaaaaaaaaaaa"
#define MOST  "9223372035.999999999" /* dollars that a record may hold */
#define LEDGER                                              \
    "\"ledger\",\"version\":1,\"ledger\":\"L\",\"batch\":"  \
    "\"nightly-2026-11-23\",\"shard\":\"3/8\",\"api_url\":" \
    "\"https://api.example/api\",\"generation\":\"jobs\","  \
    "\"program\":\"0\""
#define OPEN "\"open\",\"command\":\"run\""
#define JOB(type, op, key, gen, epoch, max)                           \
    "\"" type "\",\"op\":\"" op "\",\"key\":\"" key "\",\"gen\":" gen \
    ",\"epoch\":" epoch ",\"max_usd\":\"" max "\",\"name\":\"n\""
#define INTENT(key, gen, epoch, max) JOB("intent", "post", key, gen, epoch, max)
#define POST(key, gen, max, cost)           \
    JOB("post", "post", key, gen, "0", max) \
    ",\"address\":\"" KEY_A "\",\"cost_usd\":" cost
#define OF_POST(type, key, max) JOB(type, "post", key, "0", "0", max)
#define EXTENSION(type, idem, max) \
    JOB(type, "extend", KEY_A, "0", "0", max) ",\"idem\":\"" idem "\""
#define ITEMS_MAX 12

struct forged {
    struct disk disk;
    struct buf bytes;
    unsigned records;
    struct ledger *ledger;
    struct err err;
};

/* cmocka's setup and teardown: *state is an empty one. */
int forge_setup(void **state);
int forge_teardown(void **state);

/* Adds the record whose type and fields are `text`. */
void forge_add(struct forged *forged, const char *text);

/* Opens a file of the bytes so far for writing. */
int forge_open(struct forged *forged);

/* Begins anew: a first record, an invocation, and these up to NULL; opens. */
int forge_story(struct forged *forged, const char *const *items);

/* Fails where the ledger was opened, changed, or refused in other words. */
void forge_assert_refused(struct forged *forged, const char *words);

#endif
