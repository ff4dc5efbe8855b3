/*
 * The ledger's format, version 1.
 *
 * A file is a sequence of records. A record is one line:
 *
 *   {"seq":N,"at":"T","type":"Y",…,"dur":D,"crc":"C"}\n
 *
 *   N  decimal, 1 for the first record and one more for each
 *   T  2026-11-23T10:00:00.123Z, when the record was written
 *   Y  one of LEDGER_TYPES
 *   …  the type's fields, each `"name":value`; in an intent and in a post,
 *      `cid` stands behind all that recovery needs (prev, op, key, gen,
 *      epoch, max_usd, name, address, cost_usd); else in any order
 *   D  decimal: how many bytes of the file, from its start, were known to be
 *      on disk when the record was written; 0 in the first record
 *   C  8 lower-case hex digits: CRC-32/ISO-HDLC (zlib's crc32) of the line's
 *      bytes in front of the `,"crc":`
 *
 * No white space stands outside strings, and no control character anywhere;
 * strings are UTF-8, escaped as JavaScript does. Amounts of dollars are
 * strings with nine places; keys are 26 characters of base32; times are like
 * T; an absent value is null or left out.
 *
 * A record that concerns a job has its `key` and, but for the job's first,
 * `prev`: the byte offset of the job's record before it. So a job's history
 * can be read from its newest record backwards.
 *
 * Beside what ledger.md lists, a record holds
 *   intent   op post, extend, stop; address and seconds of extend and stop;
 *            open (seq of the invocation), boot_ms, max_usd; replaces
 *   release, reject, unknown
 *            op, gen, epoch, max_usd: what of the reservation is freed or
 *            kept; unknown has mismatch true after a payload mismatch
 *   extend, stop
 *            ended true where the job had ended: nothing was done or charged
 *   settle   address (null: lost), max_usd: what is charged with an address
 *   entry    id, template (JSON without white space)
 *
 * A line is valid if
 *   - it ends with a newline, is at most LEDGER_LINE_MAX bytes, and holds no
 *     byte below 0x20;
 *   - it begins with seq, at, type, and ends with dur, crc, as above;
 *   - in between it is a flat list of distinct known fields with JSON values;
 *   - the CRC is right.
 * A file is valid if the first record is of type `ledger`, of this version;
 * seq counts up; dur never falls and is at most its record's own offset; all
 * types are known. See ledger_recover.c for files that are not.
 */
#include "ledger_format.h"

#include "ledger_time.h"

#include "../templates/json.h"
#include "../templates/money.h"

#include <string.h>

static const char *const type_names[] = {
#define TYPE_NAME(name) #name,
    LEDGER_TYPES(TYPE_NAME)
#undef TYPE_NAME
};

/* And how a field is written: `,"name":`. */
static const struct {
    const char *name;
    const char *lead;
    size_t len; /* of lead */
} fields[] = {
#define FIELD_NAME(name) {#name, ",\"" #name "\":", sizeof #name + 3},
    LEDGER_FIELDS(FIELD_NAME)
#undef FIELD_NAME
};

const char *ledger_type_name(enum ledger_type type)
{
    return type < TYPE_COUNT ? type_names[type] : "unknown type";
}

const char *ledger_field_name(enum ledger_field field)
{
    return fields[field].name;
}

static void put_name(struct buf *line, enum ledger_field field)
{
    buf_add(line, fields[field].lead, fields[field].len);
}

void ledger_line_begin(struct buf *line, uint64_t seq, int64_t at_ms,
                       enum ledger_type type)
{
    char at[LEDGER_TIME_LEN];

    ledger_time_format(at_ms, at);
    buf_add_str(line, "{\"seq\":");
    buf_add_u64(line, seq);
    buf_add_str(line, ",\"at\":\"");
    buf_add(line, at, sizeof at);
    buf_add_str(line, "\",\"type\":\"");
    buf_add_str(line, type_names[type]);
    buf_add_char(line, '"');
}

void ledger_put_u64(struct buf *line, enum ledger_field field, uint64_t value)
{
    put_name(line, field);
    buf_add_u64(line, value);
}

/* Quotes bytes, with U+FFFD for each byte that is no part of UTF-8. */
static void quote_repaired(struct buf *line, const char *bytes, size_t len)
{
    buf_add_char(line, '"');
    for (size_t i = 0; i < len;) {
        size_t size = 1;
        while (size < 4 && i + size < len && !json_utf8_valid(bytes + i, size))
            size++;
        if (json_utf8_valid(bytes + i, size)) {
            json_escape(line, bytes + i, size);
            i += size;
        } else {
            buf_add_str(line, "\xef\xbf\xbd");
            i++;
        }
    }
    buf_add_char(line, '"');
}

static void put_bytes(struct buf *line, enum ledger_field field,
                      const char *bytes, size_t len)
{
    put_name(line, field);
    if (!bytes)
        buf_add_str(line, "null");
    else if (json_utf8_valid(bytes, len))
        json_quote(line, bytes, len);
    else
        quote_repaired(line, bytes, len);
}

void ledger_put_str(struct buf *line, enum ledger_field field, const char *str)
{
    put_bytes(line, field, str, str ? strlen(str) : 0);
}

void ledger_put_text(struct buf *line, enum ledger_field field,
                     struct ledger_text text)
{
    put_bytes(line, field, text.bytes, text.len);
}

void ledger_put_server(struct buf *line, enum ledger_field field,
                       const char *str)
{
    size_t len = str ? strlen(str) : 0;

    if (len > LEDGER_TEXT_MAX) {
        len = LEDGER_TEXT_MAX;
        /* Back to a character's first byte, but only within one character:
           what is no UTF-8 has no such end. */
        for (int i = 0; i < 3 && ((unsigned char)str[len] & 0xc0) == 0x80; i++)
            len--;
    }
    put_bytes(line, field, str, len);
}

void ledger_put_json(struct buf *line, enum ledger_field field,
                     struct ledger_text json)
{
    put_name(line, field);
    if (json.bytes)
        buf_add(line, json.bytes, json.len);
    else
        buf_add_str(line, "null");
}

void ledger_put_nano(struct buf *line, enum ledger_field field, int64_t nano)
{
    char text[MONEY_TEXT_MAX];

    put_name(line, field);
    if (nano == LEDGER_UNPRICED) {
        buf_add_str(line, "null");
        return;
    }
    buf_add_char(line, '"');
    buf_add(line, text, money_format(nano, text));
    buf_add_char(line, '"');
}

void ledger_put_key(struct buf *line, const uint8_t key[KEY_LEN])
{
    char text[KEY_TEXT_MAX];

    key_format(key, text);
    put_name(line, FIELD_key);
    buf_add_char(line, '"');
    buf_add(line, text, KEY_TEXT_MAX - 1);
    buf_add_char(line, '"');
}

void ledger_put_hex(struct buf *line, enum ledger_field field,
                    const uint8_t *bytes, size_t len)
{
    put_name(line, field);
    if (!bytes) {
        buf_add_str(line, "null");
        return;
    }
    buf_add_char(line, '"');
    buf_add_hex(line, bytes, len);
    buf_add_char(line, '"');
}

void ledger_line_end(struct buf *line, size_t start, uint64_t dur)
{
    uint8_t crc[4];

    ledger_put_u64(line, FIELD_dur, dur);
    if (line->failed)
        return;
    uint32_t sum = ledger_crc(line->data + start, line->len - start);
    for (int i = 0; i < 4; i++)
        crc[i] = (uint8_t)(sum >> (24 - 8 * i));
    ledger_put_hex(line, FIELD_crc, crc, sizeof crc);
    buf_add_str(line, "}\n");
}
