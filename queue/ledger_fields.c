/* The values of a line's fields, as C sees them. */
#include "ledger_format.h"

#include "ledger_time.h"

#include <string.h>

#define NANO_PLACES 9

struct ledger_text ledger_get(const struct ledger_line *line,
                              enum ledger_field field)
{
    struct ledger_span span = line->fields[field];
    struct ledger_text text = {line->text + span.start, span.len};

    if (span.start == 0)
        text.bytes = "";
    return text;
}

bool ledger_is_string(const struct ledger_line *line, enum ledger_field field)
{
    uint32_t start = line->fields[field].start;

    return start != 0 && line->text[start - 1] == '"';
}

bool ledger_has(const struct ledger_line *line, enum ledger_field field)
{
    struct ledger_text text = ledger_get(line, field);

    if (line->fields[field].start == 0)
        return false;
    return ledger_is_string(line, field) || text.len != 4 ||
           memcmp(text.bytes, "null", 4) != 0;
}

#define SAFE_DIGITS 19 /* of them, the largest number is below 2^64 */

static bool digits_u64(const char *text, size_t len, uint64_t max,
                       uint64_t *out)
{
    uint64_t sum = 0;

    if (len == 0 || len > SAFE_DIGITS + 1 || (len > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        if (i == SAFE_DIGITS && sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (sum > max)
        return false;
    *out = sum;
    return true;
}

bool ledger_get_u64(const struct ledger_line *line, enum ledger_field field,
                    uint64_t max, uint64_t *out)
{
    struct ledger_text text = ledger_get(line, field);

    return !ledger_is_string(line, field) &&
           digits_u64(text.bytes, text.len, max, out);
}

bool ledger_get_nano(const struct ledger_line *line, enum ledger_field field,
                     int64_t *nano)
{
    struct ledger_text text = ledger_get(line, field);
    uint64_t dollars;
    uint64_t places = 0;

    *nano = LEDGER_UNPRICED;
    if (!ledger_has(line, field))
        return true;
    if (!ledger_is_string(line, field) || text.len < NANO_PLACES + 2)
        return false;
    const char *dot = text.bytes + text.len - NANO_PLACES - 1;
    if (*dot != '.' ||
        !digits_u64(text.bytes, (size_t)(dot - text.bytes),
                    (uint64_t)INT64_MAX / 1000000000 - 1, &dollars))
        return false;
    for (int i = 1; i <= NANO_PLACES; i++) {
        if (dot[i] < '0' || dot[i] > '9')
            return false;
        places = places * 10 + (uint64_t)(dot[i] - '0');
    }
    *nano = (int64_t)(dollars * 1000000000 + places);
    return true;
}

bool ledger_get_key(const struct ledger_line *line, uint8_t key[KEY_LEN])
{
    struct ledger_text text = ledger_get(line, FIELD_key);

    return ledger_is_string(line, FIELD_key) &&
           key_parse(text.bytes, text.len, key);
}

bool ledger_get_is(const struct ledger_line *line, enum ledger_field field,
                   const char *str)
{
    struct ledger_text text = ledger_get(line, field);

    return ledger_is_string(line, field) && strlen(str) == text.len &&
           memcmp(str, text.bytes, text.len) == 0;
}

int64_t ledger_line_ms(const struct ledger_line *line)
{
    struct ledger_text at = ledger_get(line, FIELD_at);
    int64_t ms = 0;

    return ledger_time_parse(at.bytes, at.len, &ms) ? ms : 0;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

bool ledger_unhex(struct ledger_text text, uint8_t *out, size_t size)
{
    if (text.len != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit_of(text.bytes[2 * i]);
        int low = digit_of(text.bytes[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
