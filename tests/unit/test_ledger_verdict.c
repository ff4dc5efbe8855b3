/* What a ledger's bytes are taken for, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "../../queue/ledger_verdict.h"
#include "ledger_forge.h"

#define BEGIN "{\"seq\":1,\"at\":\""
#define DUR   4711
#define TYPE  "\"type\":\"ledger\""

static const struct first {
    const char *bytes;
    size_t len; /* 0: to the terminating zero */
    bool whole;
    int result;
    const char *words; /* of the message, where the result is ERR_DATA */
} firsts[] = {
    {"", 0, true, 1, NULL},
    {"\0\0\0", 3, true, 1, NULL},
    {"\0\0x", 3, true, ERR_DATA, "is no ledger"},
    {"{", 0, true, 1, NULL},
    {"{\"seq", 0, true, 1, NULL},
    {BEGIN, 0, true, 1, NULL},
    {BEGIN, 0, false, ERR_DATA, "is damaged"},
    {BEGIN "2026\n", 0, true, 1, NULL},
    {BEGIN "2026\nx", 0, true, ERR_DATA, "is damaged"},
    {"{\"seq\":1,\"at\":x", 0, true, ERR_DATA, "is damaged"},
    {"{\"seq\":1,", 0, false, ERR_DATA, "is damaged"},
    {"{\"seq\":1,\"a", 0, false, ERR_DATA, "is damaged"},
    {"{\"seq\":1", 0, false, ERR_DATA, "is no ledger"},
    {"{\"seq\":2,\"at\"", 0, false, ERR_DATA, "is no ledger"},
    {"\n", 0, true, ERR_DATA, "is no ledger"},
    {"hello, world", 0, true, ERR_DATA, "is no ledger"},
    {"{\"x\":0," TYPE ",\"version\":1}", 0, true, ERR_DATA, "is damaged"},
    {"{\"version\":1}", 0, true, ERR_DATA, "is no ledger"},
    {"{\"version\":2}", 0, true, ERR_DATA, "is no ledger"},
    {"{" TYPE ",\"version\":2}", 0, true, ERR_DATA, "of version 2,"},
    {"{\"version\":2," TYPE "}\n", 0, true, ERR_DATA, "of version 2,"},
    {TYPE ",\"version\":7}", 0, true, ERR_DATA, "of version 7,"},
    {TYPE ",\"version\":10", 0, true, ERR_DATA, "of version 10,"},
    {TYPE ",\"version\":19", 0, true, ERR_DATA, "of version 19,"},
    {TYPE ",\"version\":1000000", 0, true, ERR_DATA, "of version 100000,"},
    {TYPE ",\"version\";5", 0, true, ERR_DATA, "is no ledger"},
    {"\"version\":3,\"type\":\"ledger", 0, true, ERR_DATA, "is no ledger"},
    {"\"version\":3,\"type\":\"ledgers\"", 0, true, ERR_DATA, "is no ledger"},
    {"x\n" TYPE ",\"version\":9", 0, true, ERR_DATA, "is no ledger"},
    {"\"version\":9\n" TYPE, 0, true, ERR_DATA, "is no ledger"},
};

/* In memory of just that size: a sanitizer sees what is read behind it. */
static char *copy(const char *bytes, size_t len)
{
    char *copied = malloc(len > 0 ? len : 1);

    assert_non_null(copied);
    memcpy(copied, bytes, len);
    return copied;
}

static void first_bytes_are_one_of_four_things(void **state)
{
    struct ledger_scanner scanner;

    (void)state;
    ledger_scanner_init(&scanner);
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        const struct first *f = &firsts[i];
        struct err err = ERR_INIT;
        size_t len = f->len > 0 ? f->len : strlen(f->bytes);
        char *bytes = copy(f->bytes, len);
        int result =
            ledger_verdict_first(&scanner, "x", bytes, len, f->whole, &err);
        if (result != f->result || (f->words && !strstr(err.message, f->words)))
            fail_msg("%zu: %s: %d, %s", i, f->bytes, result, err.message);
        free(bytes);
    }
}

/* --- proofs --------------------------------------------------------------- */

static uint64_t proof_of(const struct buf *text)
{
    struct ledger_scanner scanner;
    char *bytes = copy(text->data, text->len);

    ledger_scanner_init(&scanner);
    uint64_t dur = ledger_proof(&scanner, bytes, text->len);
    free(bytes);
    return dur;
}

/*
 * So many times the words, then a record whose dur is DUR and which says
 * `more`, too; its proof.
 */
static uint64_t proof_behind(const char *words, unsigned times,
                             const char *more)
{
    struct buf text;

    buf_init(&text, 1 << 20);
    for (unsigned i = 0; i < times; i++)
        buf_add_str(&text, words);
    size_t start = text.len;
    buf_addf(&text, "{\"seq\":2," AT OPEN "%s,\"dur\":%d", more, DUR);
    unsigned long sum = crc32(0, (const unsigned char *)text.data + start,
                              (unsigned)(text.len - start));
    buf_addf(&text, ",\"crc\":\"%08lx\"}", sum);
    uint64_t dur = proof_of(&text);
    buf_release(&text);
    return dur;
}

static void a_bad_line_may_end_with_a_good_record(void **state)
{
    (void)state;
    assert_true(proof_behind("", 0, "") == DUR);
    assert_true(proof_behind("x", 1, "") == DUR);
    assert_true(proof_behind("{", 1000, "") == DUR);
    assert_true(proof_behind("{\"seq\";", 1000, "") == DUR);
    assert_true(proof_behind("{\"seq\":", 63, "") == DUR);
    assert_true(proof_behind("{\"seq\":", 64, "") == 0);
    assert_true(proof_behind("x", 1, ",\"news\":1") == UINT64_MAX);
}

static void what_holds_no_record_proves_nothing(void **state)
{
    static const char *const texts[] = {
        "x", "hello, world", "{\"seq\":", "{\"seq\":1", "{{{{{{{{{{"};
    struct buf text;

    (void)state;
    buf_init(&text, 100);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        buf_clear(&text);
        buf_add_str(&text, texts[i]);
        assert_true(proof_of(&text) == 0);
    }
    buf_release(&text);
}

/* --- what follows --------------------------------------------------------- */

static const char *follows(enum ledger_type type, uint64_t seq, uint64_t dur)
{
    struct ledger_line line = {.type = type, .seq = seq, .dur = dur};

    return ledger_does_not_follow(seq == 1 ? 0 : 4, 100, &line, 200);
}

static void records_follow_one_another(void **state)
{
    (void)state;
    assert_null(follows(TYPE_ledger, 1, 100));
    assert_null(follows(TYPE_open, 5, 200));
    assert_non_null(follows(TYPE_open, 1, 100));
    assert_non_null(follows(TYPE_ledger, 5, 100));
    assert_non_null(follows(TYPE_open, 4, 100));
    assert_non_null(follows(TYPE_open, 6, 100));
    assert_non_null(follows(TYPE_open, 5, 99));
    assert_non_null(follows(TYPE_open, 5, 201));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_bytes_are_one_of_four_things),
        cmocka_unit_test(a_bad_line_may_end_with_a_good_record),
        cmocka_unit_test(what_holds_no_record_proves_nothing),
        cmocka_unit_test(records_follow_one_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
