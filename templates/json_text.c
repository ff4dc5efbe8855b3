#include "json_text.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t json_text_utf8(const char *at, const char *end)
{
    size_t left = (size_t)(end - at);

    if (left == 0)
        return 0;
    unsigned char lead = (unsigned char)at[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4 || left < 2 || !is_tail(at[1]))
        return 0;
    if (lead < 0xe0)
        return 2;
    unsigned char second = (unsigned char)at[1];
    if (left < 3 || !is_tail(at[2]))
        return 0;
    if (lead < 0xf0) {
        bool overlong = lead == 0xe0 && second < 0xa0;
        bool surrogate = lead == 0xed && second >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (left < 4 || !is_tail(at[3]))
        return 0;
    bool overlong = lead == 0xf0 && second < 0x90;
    bool beyond = lead == 0xf4 && second >= 0x90;
    return overlong || beyond ? 0 : 4;
}

bool json_utf8_valid(const char *bytes, size_t len)
{
    const char *at = bytes;
    const char *end = bytes + len;

    while (at < end) {
        uint64_t word;
        if (end - at >= 8) {
            memcpy(&word, at, sizeof word);
            if ((word & HIGH_BITS) == 0) {
                at += 8;
                continue;
            }
        }
        size_t n = json_text_utf8(at, end);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

static uint32_t hex_digit(char c)
{
    if (c <= '9')
        return (uint32_t)(c - '0');
    return (uint32_t)((c | 0x20) - 'a' + 10);
}

static uint32_t hex_four(const char *at)
{
    return hex_digit(at[0]) << 12 | hex_digit(at[1]) << 8 |
           hex_digit(at[2]) << 4 | hex_digit(at[3]);
}

/* The character of an escape; *at stands behind its backslash. */
static uint32_t next_escape(const char **at)
{
    char c = *(*at)++;

    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        break;
    default:
        return (unsigned char)c;
    }
    uint32_t unit = hex_four(*at);
    *at += 4;
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    uint32_t low = hex_four(*at + 2);
    *at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

uint32_t json_text_next(const char **at, const char *end)
{
    size_t n = json_text_utf8(*at, end);
    const unsigned char *in = (const unsigned char *)*at;

    *at += n;
    switch (n) {
    case 1:
        return in[0] == '\\' ? next_escape(at) : in[0];
    case 2:
        return (in[0] & 0x1fu) << 6 | (in[1] & 0x3fu);
    case 3:
        return (in[0] & 0x0fu) << 12 | (in[1] & 0x3fu) << 6 | (in[2] & 0x3fu);
    default:
        return (in[0] & 0x07u) << 18 | (in[1] & 0x3fu) << 12 |
               (in[2] & 0x3fu) << 6 | (in[3] & 0x3fu);
    }
}

static bool has_escape(const char *raw, size_t len)
{
    return len > 0 && memchr(raw, '\\', len) != NULL;
}

static int compare_plain(const char *a, size_t a_len, const char *b,
                         size_t b_len)
{
    size_t len = a_len < b_len ? a_len : b_len;
    int order = len > 0 ? memcmp(a, b, len) : 0;

    if (order != 0)
        return order;
    return (a_len > b_len) - (a_len < b_len);
}

int json_text_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    const char *a_end = a + a_len;
    const char *b_end = b + b_len;

    /* Bytes of UTF-8 are in the order of the code points. */
    if (!has_escape(a, a_len) && !has_escape(b, b_len))
        return compare_plain(a, a_len, b, b_len);
    while (a < a_end && b < b_end) {
        uint32_t x = json_text_next(&a, a_end);
        uint32_t y = json_text_next(&b, b_end);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a < a_end) - (b < b_end);
}

static size_t encode_utf8(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

bool json_text_equals(const char *raw, size_t len, const char *str)
{
    const char *end = raw + len;
    size_t left = strlen(str);
    char utf8[4];

    if (!has_escape(raw, len))
        return len == left && memcmp(raw, str, len) == 0;
    while (raw < end) {
        size_t n = encode_utf8(json_text_next(&raw, end), utf8);
        if (n > left || memcmp(utf8, str, n) != 0)
            return false;
        str += n;
        left -= n;
    }
    return left == 0;
}

/*
 * Adds the bytes of raw up to its next escape and moves *at there; false at
 * the end of raw.
 */
static bool copy_plain(const char **at, const char *end, struct buf *out)
{
    size_t left = (size_t)(end - *at);
    const char *escape = left > 0 ? memchr(*at, '\\', left) : NULL;
    size_t len = escape ? (size_t)(escape - *at) : left;

    buf_add(out, *at, len);
    *at += len;
    return escape != NULL;
}

void json_text_decode(const char *raw, size_t len, struct buf *out)
{
    const char *end = raw + len;
    char utf8[4];

    while (copy_plain(&raw, end, out)) {
        size_t n = encode_utf8(json_text_next(&raw, end), utf8);
        buf_add(out, utf8, n);
    }
}

void json_text_canonical(const char *raw, size_t len, struct buf *out)
{
    const char *end = raw + len;
    char utf8[4];

    buf_add_char(out, '"');
    while (copy_plain(&raw, end, out)) {
        size_t n = encode_utf8(json_text_next(&raw, end), utf8);
        json_escape(out, utf8, n);
    }
    buf_add_char(out, '"');
}

bool json_text_is_canonical(const char *raw, size_t len)
{
    const char *end = raw + len;
    const char *at = raw;

    while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        if (at[1] == '/' || at[1] == 'u')
            return false;
        at += 2;
    }
    return true;
}

/* The letter behind the backslash, or 0 where it takes \u00xx. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

static void escape_byte(struct buf *out, unsigned char c)
{
    char letter = short_escape(c);
    char text[2] = {'\\', letter};

    if (letter) {
        buf_add(out, text, sizeof text);
        return;
    }
    buf_add(out, "\\u00", 4);
    buf_add_hex(out, &c, 1);
}

/*
 * Whether one of eight bytes has to be escaped: is below 0x20, a quote or a
 * backslash. A byte's high bit shows a borrow, where it did not have it
 * before; one behind such a byte may show one too many.
 */
static bool any_to_escape(uint64_t word)
{
    uint64_t ones = HIGH_BITS >> 7;
    uint64_t quote = word ^ ones * '"';
    uint64_t slash = word ^ ones * '\\';
    uint64_t lower = (word - ones * 0x20) | (quote - ones) | (slash - ones);

    return (lower & ~word & HIGH_BITS) != 0;
}

/* The next byte from i on that has to be escaped, or len. */
static size_t next_to_escape(const char *utf8, size_t i, size_t len)
{
    for (; i + 8 <= len; i += 8) {
        uint64_t word;
        memcpy(&word, utf8 + i, sizeof word);
        if (any_to_escape(word))
            break;
    }
    for (; i < len; i++) {
        unsigned char c = (unsigned char)utf8[i];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
    }
    return i;
}

void json_escape(struct buf *out, const char *utf8, size_t len)
{
    size_t from = 0;

    while (from < len) {
        size_t to = next_to_escape(utf8, from, len);
        if (to > from)
            buf_add(out, utf8 + from, to - from);
        if (to < len)
            escape_byte(out, (unsigned char)utf8[to]);
        from = to + 1;
    }
}

void json_quote(struct buf *out, const char *utf8, size_t len)
{
    buf_add_char(out, '"');
    json_escape(out, utf8, len);
    buf_add_char(out, '"');
}

int64_t json_index_key(const char *utf8, size_t len)
{
    int64_t value = 0;

    if (len == 0 || len > 10 || (utf8[0] == '0' && len > 1))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (utf8[i] < '0' || utf8[i] > '9')
            return -1;
        value = value * 10 + (utf8[i] - '0');
    }
    return value < INT64_C(4294967295) ? value : -1;
}
