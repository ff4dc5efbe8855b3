#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/report.h"

static const struct report_column columns[] = {
    {"name", false}, {"jobs", true}, {"cost", true}, {"params", false}};

#define COLUMNS (sizeof columns / sizeof columns[0])

/* Two rows as most tests want them. */
static void add_rows(struct report *report)
{
    struct err err = ERR_INIT;
    const struct report_cell first[COLUMNS] = {
        report_text("sweep/lr=0.1"), report_integer(15),
        report_money(7190000000), report_json("{\"lr\":0.1}", 10)};
    const struct report_cell second[COLUMNS] = {
        report_text("b"), report_number("2e3", 3), report_money(23980000),
        report_none()};

    assert_int_equal(report_row(report, first, &err), 0);
    assert_int_equal(report_row(report, second, &err), 0);
}

/* What a report of the rows that `add` gives looks like. To be freed. */
static char *print(const struct report_options *options,
                   void (*add)(struct report *report))
{
    struct report report;
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_int_equal(
        report_begin(&report, out, options, columns, COLUMNS, &err), 0);
    if (add)
        add(&report);
    assert_int_equal(report_end(&report, &err), 0);
    report_release(&report);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void expect(struct report_options options, void (*add)(struct report *),
                   const char *expected)
{
    char *text = print(&options, add);

    assert_string_equal(text, expected);
    free(text);
}

static void a_table_is_aligned(void **state)
{
    (void)state;
    expect((struct report_options){OPT_TABLE, false, 0}, add_rows,
           "name          jobs      cost  params\n"
           "sweep/lr=0.1    15     $7.19  {\"lr\":0.1}\n"
           "b              2e3  $0.02398  -\n");
}

static void json_is_one_array(void **state)
{
    (void)state;
    expect((struct report_options){OPT_JSON, false, 0}, add_rows,
           "[\n"
           "{\"name\":\"sweep/lr=0.1\",\"jobs\":15,\"cost\":\"7.190000000\","
           "\"params\":{\"lr\":0.1}},\n"
           "{\"name\":\"b\",\"jobs\":2e3,\"cost\":\"0.023980000\","
           "\"params\":null}\n"
           "]\n");
}

static void jsonl_is_one_object_a_line(void **state)
{
    (void)state;
    expect((struct report_options){OPT_JSONL, false, 0}, add_rows,
           "{\"name\":\"sweep/lr=0.1\",\"jobs\":15,\"cost\":\"7.190000000\","
           "\"params\":{\"lr\":0.1}}\n"
           "{\"name\":\"b\",\"jobs\":2e3,\"cost\":\"0.023980000\","
           "\"params\":null}\n");
}

static void csv_is_quoted_where_needed(void **state)
{
    (void)state;
    expect((struct report_options){OPT_CSV, false, 0}, add_rows,
           "name,jobs,cost,params\r\n"
           "sweep/lr=0.1,15,7.190000000,\"{\"\"lr\"\":0.1}\"\r\n"
           "b,2e3,0.023980000,\r\n");
}

static void no_rows_are_fine(void **state)
{
    (void)state;
    expect((struct report_options){OPT_TABLE, false, 0}, NULL,
           "name  jobs  cost  params\n");
    expect((struct report_options){OPT_JSON, false, 0}, NULL, "[]\n");
    expect((struct report_options){OPT_JSONL, false, 0}, NULL, "");
    expect((struct report_options){OPT_CSV, false, 0}, NULL,
           "name,jobs,cost,params\r\n");
}

static void add_hostile(struct report *report)
{
    struct err err = ERR_INIT;
    const struct report_cell cells[COLUMNS] = {
        report_bytes("=1+1\x1b[2J\0,", 10), report_integer(-5),
        report_money(-500000000), report_text("\xe2\x80\xae\"\n\xff")};

    assert_int_equal(report_row(report, cells, &err), 0);
}

static void hostile_text_is_harmless(void **state)
{
    (void)state;
    expect((struct report_options){OPT_TABLE, true, 0}, add_hostile,
           "name              jobs    cost  params\n"
           "=1+1\\x1b[2J\\x00,    -5  -$0.50  \\u{202e}\"\\n\\xff\n");
    expect((struct report_options){OPT_JSONL, false, 0}, add_hostile,
           "{\"name\":\"=1+1\\u001b[2J\\u0000,\",\"jobs\":-5,"
           "\"cost\":\"-0.500000000\",\"params\":\"\\u202e\\\"\\n"
           "\xef\xbf\xbd\"}\n");
    expect((struct report_options){OPT_CSV, true, 0}, add_hostile,
           "name,jobs,cost,params\r\n"
           "\"'=1+1\\x1b[2J\\x00,\",-5,-0.500000000,"
           "\"\\u{202e}\"\"\\n\\xff\"\r\n");
}

static void csv_formulas_get_an_apostrophe(void **state)
{
    static const char *const texts[] = {"=a", "+a", "-a", "@a", "\ta", "\x7f"};
    struct err err = ERR_INIT;
    struct report_options options = {OPT_CSV, false, 0};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct report report;
        char *text = NULL, wanted[64];
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        struct report_cell cell = report_text(texts[i]);
        assert_int_equal(report_begin(&report, out, &options, columns, 1, &err),
                         0);
        assert_int_equal(report_row(&report, &cell, &err), 0);
        assert_int_equal(report_end(&report, &err), 0);
        report_release(&report);
        fclose(out);
        snprintf(wanted, sizeof wanted, "name\r\n'%s\r\n", texts[i]);
        assert_string_equal(text, wanted);
        free(text);
    }
}

static void add_wide(struct report *report)
{
    struct err err = ERR_INIT;
    const struct report_cell cells[COLUMNS] = {
        report_text("\xe6\xbc\xa2\xe5\xad\x97"), report_integer(1),
        report_money(0), report_text("a long text that has to be cut")};

    assert_int_equal(report_row(report, cells, &err), 0);
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    expect((struct report_options){OPT_TABLE, false, 0}, add_wide,
           "name  jobs   cost  params\n"
           "\xe6\xbc\xa2\xe5\xad\x97     1  $0.00  a long text that has to be "
           "cut\n");
}

static void a_narrow_terminal_cuts_texts_only(void **state)
{
    (void)state;
    expect((struct report_options){OPT_TABLE, true, 36}, add_wide,
           "name  jobs   cost  params\n"
           "\xe6\xbc\xa2\xe5\xad\x97     1  $0.00  a long text that\xe2\x80\xa6"
           "\n");
    expect((struct report_options){OPT_TABLE, true, 10}, add_wide,
           "name  jobs   cost  params\n"
           "\xe6\xbc\xa2\xe5\xad\x97     1  $0.00  a long text\xe2\x80\xa6\n");
}

static void a_table_past_its_bound_flows(void **state)
{
    struct report_options options = {OPT_TABLE, false, 0};
    static char text[REPORT_TABLE_MAX / 4];
    struct report report;
    struct err err = ERR_INIT;
    FILE *out = tmpfile();
    char line[32];

    (void)state;
    assert_non_null(out);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(report_begin(&report, out, &options, columns, 2, &err), 0);
    for (int i = 0; i < 8; i++) {
        const struct report_cell cells[2] = {report_text(text),
                                             report_integer(i)};
        assert_int_equal(report_row(&report, cells, &err), 0);
        assert_true(report.cells.len <= REPORT_TABLE_MAX + sizeof text);
    }
    const struct report_cell cells[2] = {report_text("y"), report_integer(8)};
    assert_int_equal(report_row(&report, cells, &err), 0);
    assert_int_equal(report.cells.len, 0);
    assert_int_equal(report_end(&report, &err), 0);
    report_release(&report);
    assert_int_equal(ftell(out), 10 * (sizeof text - 1 + 2 + 4 + 1));
    assert_int_equal(fseek(out, -8, SEEK_END), 0);
    assert_non_null(fgets(line, sizeof line, out));
    assert_string_equal(line, "      8\n");
    fclose(out);
}

static void write_errors_are_reported(void **state)
{
    static const enum opt_format formats[] = {OPT_TABLE, OPT_JSON, OPT_JSONL,
                                              OPT_CSV};

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct report_options options = {formats[i], false, 0};
        struct report report;
        struct err err = ERR_INIT;
        FILE *out = fopen("/dev/full", "w");
        struct report_cell cell = report_text("x");
        if (!out)
            skip();
        int rc = report_begin(&report, out, &options, columns, 1, &err);
        if (rc == 0)
            rc = report_row(&report, &cell, &err);
        if (rc == 0)
            rc = report_end(&report, &err);
        assert_int_equal(rc, ERR_IO);
        assert_non_null(strstr(err.message, "No space left"));
        report_release(&report);
        fclose(out);
    }
}

static void columns_are_bounded(void **state)
{
    struct report_options options = {OPT_CSV, false, 0};
    struct report report;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(report_begin(&report, stdout, &options, columns, 0, &err),
                     ERR_LIMIT);
    report_release(&report);
    assert_int_equal(report_begin(&report, stdout, &options, columns,
                                  REPORT_COLUMNS_MAX + 1, &err),
                     ERR_LIMIT);
    report_release(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_aligned),
        cmocka_unit_test(json_is_one_array),
        cmocka_unit_test(jsonl_is_one_object_a_line),
        cmocka_unit_test(csv_is_quoted_where_needed),
        cmocka_unit_test(no_rows_are_fine),
        cmocka_unit_test(hostile_text_is_harmless),
        cmocka_unit_test(csv_formulas_get_an_apostrophe),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(a_narrow_terminal_cuts_texts_only),
        cmocka_unit_test(a_table_past_its_bound_flows),
        cmocka_unit_test(write_errors_are_reported),
        cmocka_unit_test(columns_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
