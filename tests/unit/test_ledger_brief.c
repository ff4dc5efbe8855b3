/*
 * Brief rows against ledger_rows, on a ledger of every type of record, cut
 * behind each of them and inside each; and the rows' memory.
 */
#include "../../queue/ledger_brief_impl.h"
#include "ledger_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS_MAX 256

/* What both say of a job, as text, so that lists can be compared. */
struct list {
    char rows[ROWS_MAX][160];
    size_t count;
};

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void add(struct list *list, enum ledger_state state, int64_t charged,
                int64_t final)
{
    assert_true(list->count < ROWS_MAX);
    snprintf(list->rows[list->count++], sizeof list->rows[0], "%s %lld %lld",
             ledger_state_name(state), (long long)charged, (long long) final);
}

static int on_row(void *arg, const struct ledger_row *row, struct err *err)
{
    (void)err;
    add(arg, row->state, row->charged_nano, row->final_nano);
    return 0;
}

static int identify(void *arg, const struct ledger_brief_identity *identity,
                    int64_t at_ms, uint32_t *cell, struct err *err)
{
    (void)arg;
    (void)err;
    assert_non_null(identity->id.bytes);
    assert_non_null(identity->market.bytes);
    assert_true(at_ms > 0);
    *cell = 7;
    return 0;
}

static int move(void *arg, int64_t at_ms, uint32_t *cell, struct err *err)
{
    (void)arg;
    (void)err;
    assert_true(at_ms > 0);
    assert_int_equal(*cell, 7);
    return 0;
}

static const struct ledger_brief_cells cells = {NULL, identify, move};

/* What ledger_open and ledger_rows say of the file; their code. */
static int read_rows(struct disk *disk, struct list *list, struct err *err)
{
    struct ledger *ledger = NULL;
    int result = sample_open(disk, LEDGER_READ, &ledger, err);

    list->count = 0;
    if (result == 0)
        result = ledger_rows(ledger, on_row, list, err);
    ledger_close(ledger);
    return result;
}

static int read_brief(struct disk *disk, struct list *list, struct err *err)
{
    struct ledger_brief brief;
    struct ledger_brief_row row;

    list->count = 0;
    int result = ledger_brief_init(&brief, &disk->os, &cells, err);
    brief.want_params = true;
    if (result == 0)
        result = ledger_brief_read(&brief, SAMPLE_PATH, err);
    for (uint32_t i = 0; result == 0 && i < brief.count; i++) {
        ledger_brief_get(&brief, i, &row);
        add(list, row.state, row.charged_nano, row.final_nano);
    }
    ledger_brief_release(&brief);
    return result;
}

static void assert_same(struct disk *disk)
{
    static struct list rows, brief;
    struct err rows_err = ERR_INIT, brief_err = ERR_INIT;
    int expected = read_rows(disk, &rows, &rows_err);
    int found = read_brief(disk, &brief, &brief_err);

    if (expected > 0) {
        /* ledger_open's word for a file that begins none. */
        assert_int_equal(found, ERR_INPUT);
        return;
    }
    assert_int_equal(found, expected);
    assert_string_equal(brief_err.message, rows_err.message);
    if (expected < 0)
        return;
    assert_int_equal(brief.count, rows.count);
    qsort(rows.rows, rows.count, sizeof rows.rows[0], compare);
    qsort(brief.rows, brief.count, sizeof brief.rows[0], compare);
    for (size_t i = 0; i < rows.count; i++)
        assert_string_equal(brief.rows[i], rows.rows[i]);
}

static void every_beginning_of_a_ledger_is_read_alike(void **state)
{
    struct err err = ERR_INIT;
    struct disk disk;

    (void)state;
    disk_init(&disk);
    if (sample_write(&disk, NULL, &err) < 0)
        fail_msg("%s", err.message);
    const struct os *os = &disk.os;
    int fd = os_open(os, SAMPLE_PATH, 2 /* O_RDWR */, 0);
    assert_true(fd >= 0);
    struct os_stat st;
    assert_int_equal(os->fstat(os->context, fd, &st), 0);
    for (uint64_t size = st.size; size > 0; size -= size < 41 ? size : 41) {
        assert_same(&disk);
        assert_int_equal(os_truncate(os, fd, size), 0);
    }
    (void)os->close(os->context, fd);
    disk_release(&disk);
}

/* Rows from ids alone; the table must find all of them. */
static void a_million_rows_take_at_most_forty_bytes_each(void **state)
{
    struct err err = ERR_INIT;
    struct ledger_brief brief;
    const uint32_t count = 1000000;
    uint32_t row;

    (void)state;
    assert_int_equal(ledger_brief_init(&brief, os_posix(), &cells, &err), 0);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t id = ledger_hash(&brief.seed, &i, sizeof i);
        assert_int_equal(
            ledger_brief_add(&brief, id, LEDGER_BRIEF_NONE, &row, &err), 0);
        assert_int_equal(row, i);
        uint64_t bytes = (uint64_t)brief.count * 34 +
                         (uint64_t)brief.slot_cap * sizeof *brief.slots;
        if (i > 10000)
            assert_true(bytes <= (uint64_t)brief.count * 40);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t id = ledger_hash(&brief.seed, &i, sizeof i);
        assert_int_equal(ledger_brief_find(&brief, id), i);
    }
    uint32_t other = count;
    assert_int_equal(ledger_brief_find(&brief, ledger_hash(&brief.seed, &other,
                                                           sizeof other)),
                     LEDGER_BRIEF_NONE);
    ledger_brief_release(&brief);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_beginning_of_a_ledger_is_read_alike),
        cmocka_unit_test(a_million_rows_take_at_most_forty_bytes_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
