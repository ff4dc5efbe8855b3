/*
 * Reading one record's line without a JSON document: one pass that notes
 * where each known field's value stands. It accepts what ledger_format.c
 * writes and little more; anything else would not have our CRC.
 */
#include "ledger_format.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define CRC_TAIL 18 /* `,"crc":"01234567"}` */
#define CODE_LEN 16 /* bytes that a field's code compares */
#define DUR_MAX  20 /* digits */

struct cursor {
    const char *at;
    const char *end;
};

static const char *const bad_json = "a value is not as this program writes it";

/* The code of a name with the `":` behind it. */
static struct ledger_field_code code_of(const char *name)
{
    struct ledger_field_code code = {.len = strlen(name)};
    unsigned char bytes[CODE_LEN] = {0};
    unsigned char mask[CODE_LEN] = {0};

    memcpy(bytes, name, code.len);
    memcpy(bytes + code.len, "\":", 2);
    memset(mask, 0xff, code.len + 2);
    memcpy(&code.low, bytes, 8);
    memcpy(&code.high, bytes + 8, 8);
    memcpy(&code.low_mask, mask, 8);
    memcpy(&code.high_mask, mask + 8, 8);
    return code;
}

void ledger_scanner_init(struct ledger_scanner *scanner)
{
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        scanner->codes[i] = code_of(ledger_field_name((enum ledger_field)i));
        scanner->next[i] = (uint8_t)((i + 1) % FIELD_COUNT);
    }
    scanner->wanted_count = 0;
    scanner->fields_size = sizeof(struct ledger_span) * FIELD_COUNT;
}

void ledger_scanner_want(struct ledger_scanner *scanner,
                         enum ledger_field field)
{
    scanner->wanted[scanner->wanted_count++] = (uint8_t)field;
}

#ifdef __SSE2__

/* The first quote from `at` on: most strings are too short for a call. */
static const char *find_quote(const char *at, const char *end)
{
    const __m128i quotes = _mm_set1_epi8('"');

    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)at);
        int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quotes));
        if (found != 0)
            return at + __builtin_ctz((unsigned)found);
    }
    return at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
}

#else

static const char *find_quote(const char *at, const char *end)
{
    return memchr(at, '"', (size_t)(end - at));
}

#endif

/* The closing quote of a string that starts at `at`, or NULL. */
static const char *string_end(const char *at, const char *end)
{
    const char *from = at;

    while ((at = find_quote(at, end))) {
        const char *slash = at;
        while (slash > from && slash[-1] == '\\')
            slash--;
        if ((at - slash) % 2 == 0)
            return at;
        at++;
    }
    return NULL;
}

/* Behind an object or an array that starts at `at`, or NULL. */
static const char *nested_end(const char *at, const char *end)
{
    size_t depth = 0;

    for (; at < end; at++) {
        if (*at == '"') {
            at = string_end(at + 1, end);
            if (!at)
                return NULL;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (--depth == 0)
                return at + 1;
        }
    }
    return NULL;
}

/* Behind a number, true, false or null, or NULL. */
static const char *plain_end(const char *at, const char *end)
{
    const char *from = at;

    while (at < end &&
           ((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
            *at == '-' || *at == '+' || *at == '.' || *at == 'E'))
        at++;
    return at > from ? at : NULL;
}

/* Steps over one value and tells where it stands; false where it is none. */
static bool value(struct cursor *cursor, const char *text,
                  struct ledger_span *span)
{
    const char *from = cursor->at;
    const char *end;

    if (from == cursor->end)
        return false;
    if (*from == '"') {
        end = string_end(++from, cursor->end);
        cursor->at = end ? end + 1 : from;
    } else {
        end = *from == '{' || *from == '[' ? nested_end(from, cursor->end)
                                           : plain_end(from, cursor->end);
        cursor->at = end;
    }
    if (!end)
        return false;
    span->start = (uint32_t)(from - text);
    span->len = (uint32_t)(end - from);
    return true;
}

static bool is_field(const struct ledger_field_code *code, uint64_t low,
                     uint64_t high)
{
    return ((low ^ code->low) & code->low_mask) == 0 &&
           ((high ^ code->high) & code->high_mask) == 0;
}

/* The field whose `name":` stands at `name`; FIELD_COUNT where none does. */
static unsigned field_at(struct ledger_scanner *scanner, unsigned before,
                         const char *name)
{
    unsigned guess = scanner->next[before];
    uint64_t low, high;

    memcpy(&low, name, 8);
    memcpy(&high, name + 8, 8);
    if (is_field(&scanner->codes[guess], low, high))
        return guess;
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        if (is_field(&scanner->codes[i], low, high)) {
            scanner->next[before] = (uint8_t)i;
            return i;
        }
    }
    return FIELD_COUNT;
}

/* Reads `"name":value`; NULL or what is wrong. */
static const char *member(struct ledger_scanner *scanner, struct cursor *cursor,
                          unsigned *before, struct ledger_line *out)
{
    /* The line ends with `"crc":"01234567"}`: no name starts so late that
       its code would be read past that. */
    if (cursor->end - cursor->at < CODE_LEN || *cursor->at != '"')
        return "expected a field's name";
    unsigned field = field_at(scanner, *before, cursor->at + 1);
    if (field == FIELD_COUNT)
        return "a field is not known";
    if (out->fields[field].start != 0)
        return "a field is there twice";
    cursor->at += scanner->codes[field].len + 3;
    if (!value(cursor, out->text, &out->fields[field]))
        return bad_json;
    *before = field;
    return NULL;
}

static enum ledger_type type_of(const struct ledger_line *line)
{
    struct ledger_text text = ledger_get(line, FIELD_type);

    for (unsigned i = 0; i < TYPE_COUNT; i++) {
        const char *name = ledger_type_name((enum ledger_type)i);
        if (name[0] == text.bytes[0] && strlen(name) == text.len &&
            memcmp(name, text.bytes, text.len) == 0)
            return (enum ledger_type)i;
    }
    return TYPE_COUNT;
}

/* Whether all that decides has been read: the rest need not be. */
static bool decided(const struct ledger_scanner *scanner,
                    const struct ledger_line *line)
{
    if (line->fields[FIELD_cid].start == 0)
        return false;
    if (line->type != TYPE_intent)
        return line->type == TYPE_post;
    for (unsigned i = 0; i < scanner->wanted_count; i++)
        if (line->fields[scanner->wanted[i]].start == 0)
            return false;
    return true;
}

static const char *members(struct ledger_scanner *scanner,
                           struct ledger_line *out, bool skim)
{
    static const uint8_t first[] = {FIELD_seq, FIELD_at, FIELD_type};
    struct cursor cursor = {out->text + 1, out->text + out->len - 1};
    unsigned before = FIELD_crc;
    const char *wrong;

    for (unsigned count = 0;; count++, cursor.at++) {
        wrong = member(scanner, &cursor, &before, out);
        if (wrong)
            return wrong;
        if (count < sizeof first && before != first[count])
            return "does not begin with seq, at, type";
        if (before == FIELD_type)
            out->type = type_of(out);
        if (skim && decided(scanner, out))
            return NULL;
        if (cursor.at == cursor.end)
            return NULL;
        if (*cursor.at != ',')
            return "expected a comma between fields";
    }
}

/* Whether the CRC at the line's end is that of what is in front of it. */
static bool crc_right(const char *text, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const char *tail = text + len - CRC_TAIL;
    uint32_t sum = ledger_crc(text, len - CRC_TAIL);

    if (memcmp(tail, ",\"crc\":\"", 8) != 0 || memcmp(tail + 16, "\"}", 2) != 0)
        return false;
    for (int i = 0; i < 8; i++)
        if (tail[8 + i] != digits[sum >> (28 - 4 * i) & 15])
            return false;
    return true;
}

/* dur, which ends where the CRC's field begins, found from there. */
static bool find_dur(struct ledger_line *line)
{
    const char *end = line->text + line->len - CRC_TAIL;
    const char *at = end;

    while (at > line->text && end - at < DUR_MAX && at[-1] >= '0' &&
           at[-1] <= '9')
        at--;
    if (at - line->text < 7 || memcmp(at - 7, ",\"dur\":", 7) != 0)
        return false;
    line->fields[FIELD_dur].start = (uint32_t)(at - line->text);
    line->fields[FIELD_dur].len = (uint32_t)(end - at);
    return ledger_get_u64(line, FIELD_dur, UINT64_MAX, &line->dur);
}

/* What is wrong with the list of fields of a line whose CRC is right. */
static const char *fields_wrong(struct ledger_scanner *scanner,
                                struct ledger_line *out, bool skim)
{
    const char *wrong = members(scanner, out, skim);

    if (wrong)
        return wrong;
    if (!ledger_get_u64(out, FIELD_seq, UINT64_MAX, &out->seq) ||
        !find_dur(out))
        return "seq, dur and crc are not in their places";
    return out->type == TYPE_COUNT ? "its type is not known" : NULL;
}

static enum ledger_verdict read_line(struct ledger_scanner *scanner,
                                     const char *text, size_t len,
                                     struct ledger_line *out, bool skim,
                                     const char **why)
{
    *why = NULL;
    /* Of a size that the compiler does not know, so that it calls the C
       library's: what it puts inline takes a tenth of all reading. */
    memset(out->fields, 0, scanner->fields_size);
    out->type = TYPE_COUNT;
    out->text = text;
    out->len = len;
    if (len < CRC_TAIL + 8 || len >= LEDGER_LINE_MAX)
        *why = "its length is wrong";
    else if (text[0] != '{')
        *why = "it is no JSON object";
    else if (!crc_right(text, len))
        *why = "its CRC is wrong";
    if (*why)
        return LINE_BAD;
    *why = fields_wrong(scanner, out, skim);
    return *why ? LINE_FOREIGN : LINE_GOOD;
}

enum ledger_verdict ledger_line_read(struct ledger_scanner *scanner,
                                     const char *text, size_t len,
                                     struct ledger_line *out, const char **why)
{
    return read_line(scanner, text, len, out, false, why);
}

enum ledger_verdict ledger_line_skim(struct ledger_scanner *scanner,
                                     const char *text, size_t len,
                                     struct ledger_line *out, const char **why)
{
    return read_line(scanner, text, len, out, true, why);
}
