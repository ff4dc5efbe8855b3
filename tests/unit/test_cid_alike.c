#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../templates/cid_alike.h"

#define CONTENT_MAX 700

struct bench {
    struct hasher hasher;
    struct cid_alike alike;
    char content[CONTENT_MAX];
    char stem[CONTENT_MAX];
};

static int set_up(void **state)
{
    static struct bench b;
    struct err err = ERR_INIT;

    memset(&b, 0, sizeof b);
    for (size_t i = 0; i < CONTENT_MAX; i++)
        b.content[i] = (char)('a' + (7 * i + i / 26) % 26);
    memcpy(b.stem, b.content, sizeof b.stem);
    b.alike.stem = b.stem;
    *state = &b;
    return hasher_init(&b.hasher, &err);
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    hasher_release(&b->hasher);
    return 0;
}

/* Twice: the first makes the state that the second goes on from. */
static void check(struct bench *b, size_t len)
{
    uint8_t expected[CID_DIGEST_LEN];
    uint8_t found[CID_DIGEST_LEN];
    struct err err = ERR_INIT;

    assert_int_equal(
        cid_compute(&b->hasher, b->content, len, expected, NULL, &err), 0);
    for (int i = 0; i < 2; i++) {
        memset(found, 0, sizeof found);
        assert_int_equal(cid_alike_compute(&b->alike, &b->hasher, b->content,
                                           len, found, &err),
                         0);
        assert_memory_equal(found, expected, sizeof found);
    }
}

static void every_length_behind_every_stem(void **state)
{
    struct bench *b = *state;

    for (size_t stem = 0; stem <= 330; stem += stem % 64 < 4 ? 1 : 29) {
        b->alike.len = stem;
        memset(b->alike.states, 0, sizeof b->alike.states);
        for (size_t len = 0; len < 400; len += 1 + len % 5)
            check(b, len);
    }
}

static void the_same_length_with_other_endings(void **state)
{
    struct bench *b = *state;

    b->alike.len = 200;
    for (int c = 'a'; c < 'z'; c++) {
        b->content[200] = (char)c;
        b->content[449] = (char)c;
        check(b, 450);
    }
}

/* More lengths than there are states, of which some share a place. */
static void lengths_take_turns(void **state)
{
    struct bench *b = *state;

    b->alike.len = 300;
    for (size_t round = 0; round < 3; round++)
        for (size_t len = 400; len < 400 + 3 * CID_ALIKE_STATES; len++)
            check(b, len);
    for (size_t round = 0; round < 6; round++)
        check(b, 400 + round % 2 * CID_ALIKE_STATES);
}

static void another_beginning_has_its_own_digest(void **state)
{
    struct bench *b = *state;

    b->alike.len = 300;
    check(b, 500);
    for (size_t i = 0; i < 300; i += 23) {
        b->content[i] ^= 1;
        check(b, 500);
        b->content[i] ^= 1;
    }
    check(b, 500);
    check(b, 299);
}

static void a_content_over_one_block_is_refused(void **state)
{
    static char large[CID_CONTENT_MAX + 1];
    struct bench *b = *state;
    uint8_t digest[CID_DIGEST_LEN];
    struct err err = ERR_INIT;

    memcpy(large, b->content, CONTENT_MAX);
    b->alike.len = 300;
    assert_int_equal(cid_alike_compute(&b->alike, &b->hasher, large,
                                       sizeof large, digest, &err),
                     ERR_LIMIT);
    b->alike.len = 0;
    assert_int_equal(cid_alike_compute(&b->alike, &b->hasher, large,
                                       sizeof large, digest, &err),
                     ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_length_behind_every_stem, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_same_length_with_other_endings,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(lengths_take_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_beginning_has_its_own_digest,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_content_over_one_block_is_refused,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
