#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../queue/gzvalues_split.h"

/* Lengths that straddle the scanner's blocks of 64 bytes. */
#define TEXT_MAX 200

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

/* The value's length in a text by a plain loop; 0 where it does not end. */
static size_t plain_length(const char *text, size_t len)
{
    enum gzvalues_byte kind = gzvalues_split_byte(text[0]);
    bool quoted = kind == GZVALUES_QUOTE;
    int depth = kind == GZVALUES_OPEN;

    for (size_t i = 1; i < len; i++) {
        enum gzvalues_byte byte = gzvalues_split_byte(text[i]);

        if (kind == GZVALUES_PRIMITIVE) {
            if (byte != GZVALUES_PRIMITIVE)
                return i;
        } else if (text[i] == '\\') {
            i += quoted || text[i + 1] == '"' || text[i + 1] == '\\';
        } else if (text[i] == '"') {
            quoted = !quoted;
            if (kind == GZVALUES_QUOTE)
                return i + 1;
        } else if (!quoted && byte == GZVALUES_OPEN) {
            depth++;
        } else if (!quoted && byte == GZVALUES_CLOSE && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* The same by the scanner, given pieces of up to most bytes. */
static size_t scanned_length(const char *text, size_t len, uint32_t most)
{
    struct gzvalues_split split;
    bool ended = false;
    size_t done = 1;

    gzvalues_split_begin(&split, text[0]);
    while (done < len && !ended) {
        size_t n = 1 + random_below(most);

        if (n > len - done)
            n = len - done;
        /* A copy of the piece's size lets a sanitizer see reads behind it. */
        char *piece = malloc(n);
        assert_non_null(piece);
        memcpy(piece, text + done, n);
        size_t took = gzvalues_split_scan(&split, piece, n, &ended);
        assert_true(took <= n && (ended || took == n));
        done += took;
        free(piece);
    }
    return ended ? done : 0;
}

static void random_text(char *text, size_t len)
{
    static const char rare[] = "\"\\{}[] 1:,\xc3\x7f\x01\n";
    uint32_t density = 1 + random_below(60);

    for (size_t i = 0; i < len; i++)
        text[i] =
            random_below(density) > 0 ? 'a' : rare[random_below(sizeof rare)];
    text[0] = "{[\"x"[random_below(4)];
}

static void scanner_agrees_with_a_plain_loop_however_text_is_cut(void **state)
{
    unsigned ended = 0, open = 0;
    char text[TEXT_MAX + 1] = "";

    (void)state;
    for (int i = 0; i < 30000; i++) {
        size_t len = 1 + random_below(TEXT_MAX);

        random_text(text, len);
        size_t expected = plain_length(text, len);
        assert_int_equal(scanned_length(text, len, 1), expected);
        assert_int_equal(scanned_length(text, len, 70), expected);
        assert_int_equal(scanned_length(text, len, TEXT_MAX), expected);
        if (expected > 0)
            ended++;
        else
            open++;
    }
    assert_true(ended > 3000 && open > 3000);
}

static void backslashes_at_every_place_of_a_block(void **state)
{
    char text[160];

    (void)state;
    for (size_t at = 1; at < 140; at++) {
        for (size_t run = 1; run < 5; run++) {
            memset(text, 'a', sizeof text);
            text[0] = '[';
            text[1] = '"';
            memset(text + 1 + at, '\\', run);
            text[1 + at + run] = '"';
            text[1 + at + run + 1] = ']';
            text[sizeof text - 2] = '"';
            text[sizeof text - 1] = ']';
            size_t expected = run % 2 == 0 ? 1 + at + run + 2 : sizeof text;
            assert_int_equal(plain_length(text, sizeof text), expected);
            assert_int_equal(scanned_length(text, sizeof text, 160), expected);
            assert_int_equal(scanned_length(text, sizeof text, 3), expected);
        }
    }
}

static void every_byte_has_its_class(void **state)
{
    unsigned counts[6] = {0};

    (void)state;
    for (int c = 0; c < 256; c++)
        counts[gzvalues_split_byte((char)c)]++;
    assert_int_equal(counts[GZVALUES_SPACE], 4);
    assert_int_equal(counts[GZVALUES_QUOTE], 1);
    assert_int_equal(counts[GZVALUES_OPEN], 2);
    assert_int_equal(counts[GZVALUES_CLOSE], 2);
    assert_int_equal(counts[GZVALUES_PRIMITIVE], 94 - 5);
    assert_int_equal(counts[GZVALUES_ALIEN], 32 - 3 + 129);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_has_its_class),
        cmocka_unit_test(backslashes_at_every_place_of_a_block),
        cmocka_unit_test(scanner_agrees_with_a_plain_loop_however_text_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
