#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/select.h"
#include "manifest_help.h"

#define TEXT(cmd)                                                          \
    "\"definition\":{\"version\":\"0.1\",\"type\":\"container\",\"ops\":[" \
    "{\"type\":\"container/run\",\"id\":\"x\",\"args\":{\"image\":\"u\","  \
    "\"cmd\":\"" cmd "\"}}]}}\n"
#define GRID(id, count, fields)                                            \
    "{\"id\":\"" id "\"," MARKET ",\"params\":{\"n\":{\"range\":[1," count \
    "]}}," fields TEXT("${{ n }} x")

#define CHOSEN_MAX 200

/* One pass: the points, and how it ended. */
struct pass {
    int rc;
    struct err err;
    struct errs errs;
    uint64_t index[CHOSEN_MAX];
    unsigned count;
    unsigned later;
    struct select_left left; /* of all entries */
};

static void take_entry(struct select *select, struct entry *entry,
                       uint64_t most, struct pass *pass)
{
    uint64_t point;

    pass->rc = select_entry(select, entry, &pass->err);
    while (pass->rc == 0) {
        int rc = select_next(select, most, &point, &pass->err);
        if (rc == 0)
            break;
        if (rc < 0)
            pass->rc = rc;
        else if (rc == SELECT_LATER)
            pass->later++;
        else if (pass->count < CHOSEN_MAX)
            pass->index[pass->count++] = select_index(select, point);
    }
    pass->left.where += select->left.where;
    pass->left.option += select->left.option;
}

static void take_all(struct select *select, struct manifest *manifest,
                     uint64_t most, struct pass *pass)
{
    struct entry *entry;

    memset(pass, 0, sizeof *pass);
    errs_init(&pass->errs);
    pass->rc = select_prepare(select, manifest, &pass->errs, &pass->err);
    select_begin(select);
    while (pass->rc == 0 && pass->errs.errors == 0 &&
           manifest_next(manifest, &entry, &pass->errs) == 1)
        if (entry)
            take_entry(select, entry, most, pass);
    if (pass->rc == 0 && pass->errs.errors == 0)
        pass->rc = select_check(select, &pass->err);
}

/* Both passes that a run makes, which must be alike. */
static void run_passes(const char *text, const struct opt *opt,
                       struct pass *pass)
{
    struct manifest_options options = {.sets = NULL};
    struct err err = ERR_INIT;
    struct manifest manifest;
    struct select select;
    struct pass *again = malloc(sizeof *again);

    assert_non_null(again);
    manifest_write("m.jsonl", text, strlen(text));
    assert_int_equal(manifest_open(&manifest, manifest_path, &options, &err),
                     0);
    if (select_init(&select, opt, &err) != 0)
        fail_msg("%s", err.message);
    take_all(&select, &manifest, UINT64_MAX, pass);
    if (pass->rc == 0 && pass->errs.errors == 0) {
        assert_int_equal(manifest_rewind(&manifest, &err), 0);
        take_all(&select, &manifest, 3, again);
        assert_int_equal(again->count, pass->count);
        assert_memory_equal(again->index, pass->index, sizeof pass->index);
    }
    select_release(&select);
    manifest_release(&manifest);
    free(again);
}

static void points_are_those_of_the_expressions(void **state)
{
    static const struct {
        const char *text, *where, *indexes;
        unsigned left, left_option;
    } rows[] = {
        {GRID("a", "4", ""), NULL, "0 1 2 3 ", 0, 0},
        {GRID("a", "4", "\"where\":\"n != 2\","), NULL, "0 2 3 ", 1, 0},
        {GRID("a", "4", "\"where\":\"n != 2\","), "n > 1", "2 3 ", 1, 1},
        {GRID("a", "2", "") GRID("b", "2", ""), "n == 2", "1 3 ", 0, 2},
        {GRID("a", "2", "\"where\":\"n == 2\",") GRID("b", "2", ""), NULL,
         "1 2 3 ", 1, 0},
        {GRID("a", "2", "") ENTRY("b") GRID("c", "2", ""), "!(n == 1)", "1 4 ",
         0, 3},
        {GRID("a", "2", "") ENTRY("b") GRID("c", "2", ""), "id != 'a'",
         "2 3 4 ", 0, 2},
        {GRID("a", "3", "\"repeat\":2,"), "repeat == 1 && n >= 2", "3 5 ", 0,
         4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct opt opt = {.where = rows[i].where};
        struct pass pass;
        char found[128] = "";
        run_passes(rows[i].text, &opt, &pass);
        assert_int_equal(pass.rc, 0);
        for (unsigned p = 0; p < pass.count; p++)
            snprintf(found + strlen(found), sizeof found - strlen(found),
                     "%llu ", (unsigned long long)pass.index[p]);
        assert_string_equal(found, rows[i].indexes);
        assert_int_equal(pass.left.where, rows[i].left);
        assert_int_equal(pass.left.option, rows[i].left_option);
    }
}

/* Of samples of 1 to all: so many, none twice, and each holds the last. */
static void check_samples(const char *text, const char *where, unsigned all)
{
    bool before[CHOSEN_MAX] = {false};

    for (unsigned n = 1; n <= all + 1; n++) {
        struct opt opt = {
            .where = where, .sample = {OPT_SHARE_COUNT, n}, .seed = 11};
        bool seen[CHOSEN_MAX] = {false};
        struct pass pass;
        run_passes(text, &opt, &pass);
        assert_int_equal(pass.rc, 0);
        assert_int_equal(pass.count, n < all ? n : all);
        for (unsigned p = 0; p < pass.count; p++) {
            assert_true(pass.index[p] < CHOSEN_MAX);
            assert_false(seen[pass.index[p]]);
            seen[pass.index[p]] = true;
        }
        for (unsigned p = 0; p < CHOSEN_MAX; p++)
            assert_true(!before[p] || seen[p]);
        memcpy(before, seen, sizeof before);
    }
}

static void samples_grow_point_by_point(void **state)
{
    (void)state;
    check_samples(GRID("a", "17", ""), NULL, 17);
    check_samples(GRID("a", "30", ""), "n > 20", 10);
    check_samples(GRID("a", "9", "") ENTRY("b") GRID("c", "13", ""), NULL, 23);
    check_samples(GRID("a", "9", "\"where\":\"n > 3\",") ENTRY("b")
                      GRID("c", "13", ""),
                  NULL, 20);
    check_samples(GRID("a", "9", "\"where\":\"n > 3\",") ENTRY("b")
                      GRID("c", "13", "") GRID("d", "5", ""),
                  "n < 8 || n == 13", 4 + 8 + 5);
    check_samples(ENTRY("a") ENTRY("b") ENTRY("c") ENTRY("d") ENTRY("e"), NULL,
                  5);
}

static void one_entry_comes_in_permutation_order(void **state)
{
    struct err err = ERR_INIT;
    struct hasher hasher;
    struct sample order;
    struct opt opt = {.sample = {OPT_SHARE_COUNT, 30}, .seed = 5};
    struct pass pass;

    (void)state;
    assert_int_equal(hasher_init(&hasher, &err), 0);
    sample_init(&order, &hasher, 5, "a", 100);
    run_passes(GRID("a", "100", ""), &opt, &pass);
    for (unsigned p = 0; p < 30; p++)
        assert_int_equal(pass.index[p], sample_at(&order, p));
    /* An expression passes points by and keeps the order. */
    opt.where = "n > 50";
    run_passes(GRID("a", "100", ""), &opt, &pass);
    unsigned at = 0;
    for (uint64_t i = 0; i < 100 && at < 30; i++)
        if (sample_at(&order, i) >= 50)
            assert_int_equal(pass.index[at++], sample_at(&order, i));
    assert_int_equal(at, 30);
    hasher_release(&hasher);
}

static void shares_are_of_what_is_left(void **state)
{
    static const struct {
        const char *text, *where;
        uint64_t thousandths;
        unsigned count;
    } rows[] = {
        {GRID("a", "100", ""), NULL, 10000, 10},
        {GRID("a", "100", ""), "n <= 50", 10000, 5},
        {GRID("a", "100", "\"where\":\"n <= 29\","), NULL, 10000, 2},
        {GRID("a", "60", "") GRID("b", "40", ""), NULL, 25000, 25},
        {GRID("a", "60", "") GRID("b", "40", ""), "n <= 20", 25000, 10},
        {GRID("a", "7", ""), NULL, 100000, 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct opt opt = {.where = rows[i].where,
                          .sample = {OPT_SHARE_PERCENT, rows[i].thousandths}};
        struct pass pass;
        run_passes(rows[i].text, &opt, &pass);
        assert_int_equal(pass.rc, 0);
        assert_int_equal(pass.count, rows[i].count);
    }
}

static const struct {
    const char *text, *where;
    struct opt_share sample;
    int code;
    const char *message;
} faults[] = {
    {GRID("a", "4", ""),
     "n > 7",
     {OPT_SHARE_NONE, 0},
     ERR_USAGE,
     "nothing is left: there is no point that --where takes; \"nosbatch "
     "expand\" shows their parameters"},
    {GRID("a", "4", "\"where\":\"n > 7\","),
     NULL,
     {OPT_SHARE_NONE, 0},
     ERR_DATA,
     "nothing is left: there is no point that `where` takes"},
    {GRID("a", "4", ""),
     NULL,
     {OPT_SHARE_COUNT, 0},
     ERR_USAGE,
     "nothing is left: --sample takes less than one point"},
    {GRID("a", "4", ""),
     NULL,
     {OPT_SHARE_PERCENT, 24000},
     ERR_USAGE,
     "nothing is left: --sample takes less than one point"},
    {GRID("a", "4", "") GRID("b", "4", ""),
     "n > 7",
     {OPT_SHARE_COUNT, 2},
     ERR_USAGE,
     "nothing is left: there is no point that --where takes; \"nosbatch "
     "expand\" shows their parameters"},
    {GRID("a", "4", "") GRID("b", "4", ""),
     "m > 7 || n == 1",
     {OPT_SHARE_NONE, 0},
     ERR_USAGE,
     "--where: column 1: unknown name \"m\" (did you mean \"n\"?)"},
    {GRID("a", "4", ""),
     "n == 1 && age > 7",
     {OPT_SHARE_NONE, 0},
     ERR_USAGE,
     "--where: column 11: \"age\" is known of jobs in a ledger only"},
    {GRID("a", "1000000000", ""),
     "n > 1",
     {OPT_SHARE_PERCENT, 1000},
     ERR_LIMIT,
     "a --sample in per cent with an expression needs the points counted, "
     "and there are 1000000000; expected at most 100000000: give a number "
     "instead"},
    {GRID("a", "100000000", "") ENTRY("b"),
     "n > 1",
     {OPT_SHARE_COUNT, 5},
     ERR_LIMIT,
     "a --sample over several entries with an expression needs the points "
     "counted, and there are 100000001; expected at most 100000000"},
    {GRID("a", "2", "\"repeat\":3000000000000000000,")
         GRID("b", "2", "\"repeat\":3000000000000000000,"),
     NULL,
     {OPT_SHARE_COUNT, 5},
     ERR_LIMIT,
     "the manifest has over 9223372036854775807 points, which --sample "
     "cannot number"},
    {GRID("a", "1000000000", "") GRID("b", "1000000000", ""),
     NULL,
     {OPT_SHARE_COUNT, 200000000},
     ERR_LIMIT,
     "a: a sample of 200000000 points over several entries is too large to "
     "be shared out; sample the entries one by one, or take at most "
     "100000000"},
};

static void faults_say_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct opt opt = {.where = faults[i].where, .sample = faults[i].sample};
        struct pass pass;
        run_passes(faults[i].text, &opt, &pass);
        if (pass.rc != faults[i].code ||
            strcmp(pass.err.message, faults[i].message) != 0)
            fail_msg("%s\nfound    %d %s", faults[i].message, pass.rc,
                     pass.err.message);
    }
}

/* What one point has in another type stops the counting, too. */
static void a_type_is_found_while_counting(void **state)
{
    struct opt opt = {.where = "n > 'x'", .sample = {OPT_SHARE_COUNT, 1}};
    struct pass pass;

    (void)state;
    run_passes(GRID("a", "4", "") ENTRY("b"), &opt, &pass);
    assert_int_equal(pass.errs.errors, 1);
    assert_int_equal(pass.errs.items[0].code, ERR_USAGE);
    assert_string_equal(
        pass.errs.items[0].message,
        "a: --where: column 1: cannot order n, which is the number 1, and the "
        "string \"x\" (at n=1)");
}

/* A bad entry is told once, and nothing is read again. */
static void errors_of_the_manifest_are_told_once(void **state)
{
    struct opt opt = {.sample = {OPT_SHARE_COUNT, 1}};
    struct pass pass;

    (void)state;
    run_passes("{\"id\":\"a\"}\n" ENTRY("b"), &opt, &pass);
    assert_int_equal(pass.rc, 0);
    assert_int_equal(pass.errs.errors, 1);
    assert_int_equal(pass.count, 0);
}

static void warnings_are_told_once(void **state)
{
    struct opt opt = {.where = "id == 'a'", .sample = {OPT_SHARE_COUNT, 1}};
    struct pass pass;

    (void)state;
    run_passes("{\"id\":\"a\",\"params\":{\"c\":1}," MARKET "," TEXT("x")
                   ENTRY("b"),
               &opt, &pass);
    assert_int_equal(pass.rc, 0);
    assert_int_equal(pass.errs.warnings, 1);
}

static void select_next_gives_way(void **state)
{
    struct manifest_options options = {.sets = NULL};
    const char *text = GRID("a", "100", "");
    struct opt opt = {.where = "n == 100"};
    struct err err = ERR_INIT;
    struct manifest manifest;
    struct select select;
    struct pass pass;

    (void)state;
    manifest_write("m.jsonl", text, strlen(text));
    assert_int_equal(manifest_open(&manifest, manifest_path, &options, &err),
                     0);
    assert_int_equal(select_init(&select, &opt, &err), 0);
    take_all(&select, &manifest, 10, &pass);
    assert_int_equal(pass.count, 1);
    assert_int_equal(pass.later, 9);
    select_release(&select);
    manifest_release(&manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_those_of_the_expressions),
        cmocka_unit_test(samples_grow_point_by_point),
        cmocka_unit_test(one_entry_comes_in_permutation_order),
        cmocka_unit_test(shares_are_of_what_is_left),
        cmocka_unit_test(faults_say_what_to_do),
        cmocka_unit_test(a_type_is_found_while_counting),
        cmocka_unit_test(errors_of_the_manifest_are_told_once),
        cmocka_unit_test(warnings_are_told_once),
        cmocka_unit_test(select_next_gives_way),
    };

    return cmocka_run_group_tests(tests, manifest_setup, manifest_teardown);
}
