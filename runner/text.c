#include "text.h"

#include <stdio.h>
#include <string.h>

/* --- characters ---------------------------------------------------------- */

/*
 * The character at bytes and its length; 0 where the first byte begins no
 * UTF-8 character (overlong forms, surrogates and cut ones included).
 */
static size_t decode(const char *bytes, size_t len, uint32_t *character)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t need = at[0] < 0x80   ? 1
                  : at[0] < 0xc2 ? 0
                  : at[0] < 0xe0 ? 2
                  : at[0] < 0xf0 ? 3
                  : at[0] < 0xf5 ? 4
                                 : 0;
    uint32_t value;

    if (need == 0 || need > len)
        return 0;
    value = need == 1 ? at[0] : at[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3fu);
    }
    if ((need == 3 && (value < 0x800 || (value >= 0xd800 && value < 0xe000))) ||
        (need == 4 && (value < 0x10000 || value > 0x10ffff)))
        return 0;
    *character = value;
    return need;
}

struct range {
    uint32_t first, last;
};

static bool in_ranges(uint32_t character, const struct range *ranges,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

#define IN(character, ranges) \
    in_ranges(character, ranges, sizeof(ranges) / sizeof(ranges)[0])

/* Unicode 15: Cc, Zl, Zp, and what of Cf reorders or hides text. */
static const struct range unsafe[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},
    {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* East Asian wide and fullwidth, and emoji, in coarse blocks. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
    {0xa960, 0xa97c},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},
    {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Marks that stand on the character before, in coarse blocks. */
static const struct range combining[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
    {0x64b, 0x65f},   {0x6d6, 0x6dc},   {0x900, 0x902},   {0x93c, 0x93c},
    {0x941, 0x948},   {0x94d, 0x94d},   {0xe31, 0xe31},   {0xe34, 0xe3a},
    {0xe47, 0xe4e},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20f0},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

/* --- safe text ----------------------------------------------------------- */

static void add_visible(struct buf *out, uint32_t character)
{
    switch (character) {
    case '\n':
        buf_add_str(out, "\\n");
        return;
    case '\r':
        buf_add_str(out, "\\r");
        return;
    case '\t':
        buf_add_str(out, "\\t");
        return;
    }
    if (character < 0x80)
        buf_addf(out, "\\x%02x", (unsigned)character);
    else
        buf_addf(out, "\\u{%x}", (unsigned)character);
}

void text_visible(struct buf *out, const char *bytes, size_t len)
{
    uint32_t character;
    size_t size;

    for (size_t i = 0; i<len; i += size> 0 ? size : 1) {
        size = decode(bytes + i, len - i, &character);
        if (size == 0)
            buf_addf(out, "\\x%02x", (unsigned char)bytes[i]);
        else if (IN(character, unsafe))
            add_visible(out, character);
        else
            buf_add(out, bytes + i, size);
    }
}

bool text_is_safe(const char *bytes, size_t len)
{
    uint32_t character;
    size_t size;

    for (size_t i = 0; i < len; i += size) {
        size = decode(bytes + i, len - i, &character);
        if (size == 0 || IN(character, unsafe))
            return false;
    }
    return true;
}

void text_json(struct buf *out, const char *json, size_t len)
{
    uint32_t character;
    size_t size;

    for (size_t i = 0; i<len; i += size> 0 ? size : 1) {
        size = decode(json + i, len - i, &character);
        if (size == 0)
            buf_add_str(out, "\xef\xbf\xbd");
        else if (character < 0x7f || !IN(character, unsafe))
            /* JSON has escaped C0 inside strings; outside it is space. */
            buf_add(out, json + i, size);
        else if (character < 0x10000)
            buf_addf(out, "\\u%04x", (unsigned)character);
        else
            buf_addf(out, "\\u%04x\\u%04x",
                     (unsigned)(0xd7c0 + (character >> 10)),
                     (unsigned)(0xdc00 + (character & 0x3ff)));
    }
}

/* Bytes and columns of the character at text; a stray byte takes one. */
static size_t step(const char *text, size_t len, size_t *columns)
{
    uint32_t character;
    size_t size = decode(text, len, &character);

    *columns = 1;
    if (size == 0)
        return 1;
    if (IN(character, combining))
        *columns = 0;
    else if (IN(character, wide))
        *columns = 2;
    return size;
}

size_t text_width(const char *utf8, size_t len)
{
    size_t width = 0, columns;

    for (size_t i = 0; i < len; width += columns)
        i += step(utf8 + i, len - i, &columns);
    return width;
}

size_t text_fit(const char *utf8, size_t len, size_t columns)
{
    size_t i = 0, width = 0, more;

    while (i < len) {
        size_t size = step(utf8 + i, len - i, &more);
        if (width + more > columns)
            break;
        width += more;
        i += size;
    }
    return i;
}

/* --- numbers for people -------------------------------------------------- */

const char *text_duration(uint64_t ms, char out[TEXT_HUMAN_MAX])
{
    uint64_t s = ms / 1000;
    unsigned long long tenths = ms / 100;
    unsigned long long min = s / 60, h = s / 3600, d = s / 86400;

    if (tenths < 100)
        snprintf(out, TEXT_HUMAN_MAX, "%llu.%llu s", tenths / 10, tenths % 10);
    else if (min == 0)
        snprintf(out, TEXT_HUMAN_MAX, "%llu s", (unsigned long long)s);
    else if (h == 0)
        snprintf(out, TEXT_HUMAN_MAX, "%llu min %02llu s", min,
                 (unsigned long long)(s % 60));
    else if (d == 0)
        snprintf(out, TEXT_HUMAN_MAX, "%llu h %02llu min", h, min % 60);
    else
        snprintf(out, TEXT_HUMAN_MAX, "%llu d %llu h", d, h % 24);
    return out;
}

const char *text_bytes(uint64_t bytes, char out[TEXT_HUMAN_MAX])
{
    static const char prefixes[] = "KMGTPE";
    unsigned i = 0;
    uint64_t unit = 1024;

    if (bytes < 1024) {
        snprintf(out, TEXT_HUMAN_MAX, "%u byte%s", (unsigned)bytes,
                 bytes == 1 ? "" : "s");
        return out;
    }
    while (i + 1 < sizeof prefixes - 1 && bytes / unit >= 1024) {
        unit *= 1024;
        i++;
    }
    /* Cut, not rounded: 1023.99 KiB must not become 1024.0 KiB. */
    snprintf(out, TEXT_HUMAN_MAX, "%llu.%llu %ciB",
             (unsigned long long)(bytes / unit),
             (unsigned long long)(bytes % unit * 10 / unit), prefixes[i]);
    return out;
}

const char *text_count(uint64_t count, char out[TEXT_HUMAN_MAX])
{
    char digits[24];
    int len =
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    size_t n = 0;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = '\0';
    return out;
}
