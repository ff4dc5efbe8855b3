/*
 * ledger_format: one record's line, written and read. Internal to the
 * ledger; the format itself is described at the head of ledger_format.c.
 */
#ifndef QUEUE_LEDGER_FORMAT_H
#define QUEUE_LEDGER_FORMAT_H

#include "ledger_records.h"

/* Every field of every record. X(name). */
#define LEDGER_FIELDS(X) \
    X(seq)               \
    X(at)                \
    X(type)              \
    X(prev)              \
    X(op)                \
    X(key)               \
    X(gen)               \
    X(epoch)             \
    X(idem)              \
    X(name)              \
    X(address)           \
    X(id)                \
    X(params)            \
    X(repeat)            \
    X(cid)               \
    X(market)            \
    X(timeout)           \
    X(node)              \
    X(draw)              \
    X(body)              \
    X(seconds)           \
    X(replaces)          \
    X(max_usd)           \
    X(open)              \
    X(boot_ms)           \
    X(run)               \
    X(tx)                \
    X(cost_usd)          \
    X(cost_source)       \
    X(cost_raw)          \
    X(credits)           \
    X(reservation)       \
    X(project)           \
    X(attempts)          \
    X(ms)                \
    X(why)               \
    X(status)            \
    X(code)              \
    X(message)           \
    X(mismatch)          \
    X(state)             \
    X(job_status)        \
    X(ended)             \
    X(listed)            \
    X(start)             \
    X(end)               \
    X(result)            \
    X(final_usd)         \
    X(who)               \
    X(how)               \
    X(version)           \
    X(ledger)            \
    X(batch)             \
    X(shard)             \
    X(api_url)           \
    X(generation)        \
    X(program)           \
    X(command)           \
    X(manifest)          \
    X(sha256)            \
    X(account)           \
    X(boot_id)           \
    X(options)           \
    X(template)          \
    X(posted)            \
    X(rejected)          \
    X(unknown)           \
    X(pending)           \
    X(charged_usd)       \
    X(dur)               \
    X(crc)

enum ledger_field {
#define LEDGER_FIELD_ENUM(name) FIELD_##name,
    LEDGER_FIELDS(LEDGER_FIELD_ENUM)
#undef LEDGER_FIELD_ENUM
    FIELD_COUNT
};

/* X(name): the record types. */
#define LEDGER_TYPES(X) \
    X(ledger)           \
    X(open)             \
    X(entry)            \
    X(intent)           \
    X(post)             \
    X(release)          \
    X(reject)           \
    X(unknown)          \
    X(extend)           \
    X(stop)             \
    X(state)            \
    X(settle)           \
    X(close)

enum ledger_type {
#define LEDGER_TYPE_ENUM(name) TYPE_##name,
    LEDGER_TYPES(LEDGER_TYPE_ENUM)
#undef LEDGER_TYPE_ENUM
    TYPE_COUNT
};

const char *ledger_type_name(enum ledger_type type);
const char *ledger_field_name(enum ledger_field field);

/* --- writing ----------------------------------------------------------- */

/* `{"seq":N,"at":"…","type":"…"`. */
void ledger_line_begin(struct buf *line, uint64_t seq, int64_t at_ms,
                       enum ledger_type type);

/* `,"field":` and the value; see each for how. */
void ledger_put_u64(struct buf *line, enum ledger_field field, uint64_t value);
/* Bytes that are not UTF-8 become U+FFFD; NULL becomes null. */
void ledger_put_str(struct buf *line, enum ledger_field field, const char *str);
/* UTF-8 as it is; absent becomes null. */
void ledger_put_text(struct buf *line, enum ledger_field field,
                     struct ledger_text text);
/* A server's text: ledger_put_str, cut at LEDGER_TEXT_MAX bytes. */
void ledger_put_server(struct buf *line, enum ledger_field field,
                       const char *str);
/* JSON as it is; absent becomes null. */
void ledger_put_json(struct buf *line, enum ledger_field field,
                     struct ledger_text json);
/* "0.023980000"; LEDGER_UNPRICED becomes null. */
void ledger_put_nano(struct buf *line, enum ledger_field field, int64_t nano);
void ledger_put_key(struct buf *line, const uint8_t key[KEY_LEN]);
void ledger_put_hex(struct buf *line, enum ledger_field field,
                    const uint8_t *bytes, size_t len); /* NULL: null */

/* `,"dur":N,"crc":"…"}` and a newline; the record began at offset start. */
void ledger_line_end(struct buf *line, size_t start, uint64_t dur);

/* CRC-32/ISO-HDLC. */
uint32_t ledger_crc(const char *bytes, size_t len);

/* --- reading ----------------------------------------------------------- */

/* Where a field's value stands in the line; of a string between its quotes. */
struct ledger_span {
    uint32_t start;
    uint32_t len;
};

struct ledger_line {
    const char *text; /* borrowed: the line, its newline left out */
    size_t len;
    uint64_t seq;
    uint64_t dur;
    enum ledger_type type;
    struct ledger_span fields[FIELD_COUNT]; /* start 0: not there */
};

/* A field's `name":` as two words, to be compared at once. */
struct ledger_field_code {
    uint64_t low, high;
    uint64_t low_mask, high_mask;
    size_t len; /* of the name */
};

/*
 * Tables of the field names, and which field followed which the last time,
 * so that most names are compared once.
 */
#define LEDGER_WANTED_MAX 4
struct ledger_scanner {
    struct ledger_field_code codes[FIELD_COUNT];
    uint8_t next[FIELD_COUNT];
    uint8_t wanted[LEDGER_WANTED_MAX]; /* see ledger_scanner_want */
    uint8_t wanted_count;
    size_t fields_size; /* of a line's fields: see read_line */
};

void ledger_scanner_init(struct ledger_scanner *scanner);

/* Has ledger_line_skim read on in an intent until it has this field, too. */
void ledger_scanner_want(struct ledger_scanner *scanner,
                         enum ledger_field field);

enum ledger_verdict {
    LINE_GOOD,
    LINE_BAD,    /* what a torn write or damage leaves */
    LINE_FOREIGN /* the CRC is right, but this version did not write it */
};

/*
 * Reads a line of len bytes without its newline, as "valid if" at the head
 * of ledger_format.c demands of one line. LINE_GOOD with *out, or *why says
 * in words what is wrong. An unknown type is LINE_FOREIGN.
 */
enum ledger_verdict ledger_line_read(struct ledger_scanner *scanner,
                                     const char *text, size_t len,
                                     struct ledger_line *out, const char **why);

/*
 * ledger_line_read for recovery: of an intent or a post it reads no further
 * than the cid, which stands behind all that decides, and (of an intent) than
 * what was asked for with ledger_scanner_want. The CRC vouches for the rest;
 * its fields may not be set in *out.
 */
enum ledger_verdict ledger_line_skim(struct ledger_scanner *scanner,
                                     const char *text, size_t len,
                                     struct ledger_line *out, const char **why);

/* Whether the field is there and not null. */
bool ledger_has(const struct ledger_line *line, enum ledger_field field);
/* The value as it stands in the line; of a string without its quotes. */
struct ledger_text ledger_get(const struct ledger_line *line,
                              enum ledger_field field);
/* An unsigned integer of at most max; false, *out as it was, where it is none.
 */
bool ledger_get_u64(const struct ledger_line *line, enum ledger_field field,
                    uint64_t max, uint64_t *out);
/* A nine-place amount that is not negative, or null: LEDGER_UNPRICED. */
bool ledger_get_nano(const struct ledger_line *line, enum ledger_field field,
                     int64_t *nano);
bool ledger_get_key(const struct ledger_line *line, uint8_t key[KEY_LEN]);
/* The record's own time; 0 where it cannot be read. */
int64_t ledger_line_ms(const struct ledger_line *line);
/* Exactly size bytes of lower-case hex. */
bool ledger_unhex(struct ledger_text text, uint8_t *out, size_t size);
/* A string that holds no escapes, equal to str. */
bool ledger_get_is(const struct ledger_line *line, enum ledger_field field,
                   const char *str);
/* Whether the value is a string (it has quotes), a number and so on. */
bool ledger_is_string(const struct ledger_line *line, enum ledger_field field);

#endif
