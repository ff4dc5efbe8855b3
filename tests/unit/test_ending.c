/* How a command ended, for machines: the metrics' text and its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/ending.h"

static char folder[] = "/tmp/nosbatch-unit-XXXXXX";
static char path[64];

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/x.prom", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

static struct ending sample(int status)
{
    struct ending ending = {
        .command = "run",
        .input = "/srv/m.json",
        .status = status,
        .why = "done",
        .cost_name = "charged_usd",
        .cost_nano = 719400000,
        .took_ms = 1234,
        .at_ms = 1795451653999,
    };

    ending_add(&ending, "posted", 15);
    ending_add(&ending, "rejected", 0);
    return ending;
}

/* The text of --metrics; the caller releases it. */
static void metrics(const struct ending *ending, struct buf *out)
{
    buf_init(out, 65536);
    ending_metrics(ending, 7, out);
    assert_int_equal(out->failed, 0);
}

static void has_line(const char *text, const char *line)
{
    char whole[512];

    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (!strstr(text, whole))
        fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void samples_have_labels_and_values(void **state)
{
    struct ending ending = sample(3);
    struct buf text;

    (void)state;
    metrics(&ending, &text);
    has_line(buf_str(&text), "nosbatch_jobs{command=\"run\",input=\"m.json\","
                             "outcome=\"posted\"} 15");
    has_line(buf_str(&text), "nosbatch_jobs{command=\"run\",input=\"m.json\","
                             "outcome=\"rejected\"} 0");
    has_line(buf_str(&text), "nosbatch_cost_dollars{command=\"run\",input=\""
                             "m.json\"} 0.719400000");
    has_line(buf_str(&text), "nosbatch_duration_seconds{command=\"run\","
                             "input=\"m.json\"} 1.234");
    has_line(buf_str(&text),
             "nosbatch_exit_status{command=\"run\",input=\"m.json\"} 3");
    has_line(buf_str(&text), "nosbatch_end_timestamp_seconds{command=\"run\","
                             "input=\"m.json\"} 1795451653");
    has_line(buf_str(&text), "nosbatch_last_success_timestamp_seconds{"
                             "command=\"run\",input=\"m.json\"} 7");
    buf_release(&text);
}

/* Each line is a comment or a sample, each name has one HELP and one TYPE. */
static void the_format_is_prometheus(void **state)
{
    struct ending ending = sample(0);
    struct buf text;
    unsigned helps = 0, types = 0, samples = 0;

    (void)state;
    metrics(&ending, &text);
    assert_int_equal(text.data[text.len - 1], '\n');
    for (char *line = strtok(text.data, "\n"); line;
         line = strtok(NULL, "\n")) {
        if (strncmp(line, "# HELP nosbatch_", 16) == 0)
            helps++;
        else if (strncmp(line, "# TYPE nosbatch_", 16) == 0)
            types++;
        else if (strncmp(line, "nosbatch_", 9) == 0 && strstr(line, "\"} "))
            samples++;
        else
            fail_msg("%s", line);
    }
    assert_int_equal(helps, 6);
    assert_int_equal(types, 6);
    assert_int_equal(samples, 7);
    buf_release(&text);
}

static void a_hostile_name_stays_a_label(void **state)
{
    static const struct {
        const char *input, *shown;
    } rows[] = {{"a\"} 1\nevil 2", "input=\"a\\\"} 1\\nevil 2\""},
                {"back\\slash", "input=\"back\\\\slash\""},
                {"b\xffx", "input=\"b?x\""},
                {"-", "input=\"-\""},
                {"folder/", "input=\"folder/\""},
                {"caf\xc3\xa9", "input=\"caf\xc3\xa9\""}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ending ending = sample(0);
        struct buf text;
        ending.input = rows[i].input;
        metrics(&ending, &text);
        assert_non_null(strstr(buf_str(&text), rows[i].shown));
        assert_null(strstr(buf_str(&text), "\nevil"));
        buf_release(&text);
    }
}

static void counts_beyond_the_last_are_left_out(void **state)
{
    struct ending ending = sample(0);

    (void)state;
    for (int i = 0; i < 2 * ENDING_COUNTS_MAX; i++)
        ending_add(&ending, "more", 1);
    assert_int_equal(ending.count, ENDING_COUNTS_MAX);
}

/* --- the file --------------------------------------------------------------
 */

/* What the file says of the last success. */
static long long success(void)
{
    char text[4096];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    const char *at = strstr(text, "\nnosbatch_last_success_timestamp_seconds{");
    assert_non_null(at);
    return strtoll(strstr(at, "} ") + 2, NULL, 10);
}

static void write_it(const struct ending *ending)
{
    struct err err = ERR_INIT;

    if (ending_write_metrics(ending, path, &err) != 0)
        fail_msg("%s", err.message);
}

static void the_last_success_is_remembered(void **state)
{
    struct ending good = sample(0);
    struct ending bad = sample(69);
    struct ending other = sample(1);
    struct stat st;

    (void)state;
    write_it(&bad);
    assert_int_equal(success(), 0);
    write_it(&good);
    assert_int_equal(success(), 1795451653);
    bad.at_ms += 3600000;
    bad.input = "/srv/next-night.json";
    write_it(&bad);
    assert_int_equal(success(), 1795451653);
    other.command = "wait";
    write_it(&other);
    assert_int_equal(success(), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(unlink(path), 0);
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    struct ending ending = sample(0);
    struct err err = ERR_INIT;
    struct stat st;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(ending_check(path, &err), ERR_CREATE);
    assert_int_equal(ending_write_metrics(&ending, path, &err), ERR_CREATE);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(unlink(path), 0);

    assert_int_equal(symlink("elsewhere", path), 0);
    assert_int_equal(ending_write_metrics(&ending, path, &err), ERR_CREATE);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(unlink(path), 0);
}

static void what_cannot_be_written_is_known_before(void **state)
{
    char missing[128];
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(ending_check(NULL, &err), 0);
    assert_int_equal(ending_check(path, &err), 0);
    assert_int_equal(ending_check("name", &err), 0);
    assert_int_equal(ending_check("", &err), ERR_CREATE);
    snprintf(missing, sizeof missing, "%s/no/x.prom", folder);
    assert_int_equal(ending_check(missing, &err), ERR_CREATE);
    snprintf(missing, sizeof missing, "%s/", folder);
    assert_int_equal(ending_check(missing, &err), ERR_CREATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_have_labels_and_values),
        cmocka_unit_test(the_format_is_prometheus),
        cmocka_unit_test(a_hostile_name_stays_a_label),
        cmocka_unit_test(counts_beyond_the_last_are_left_out),
        cmocka_unit_test(the_last_success_is_remembered),
        cmocka_unit_test(what_is_no_regular_file_is_not_replaced),
        cmocka_unit_test(what_cannot_be_written_is_known_before),
    };

    return cmocka_run_group_tests_name("ending", tests, setup, teardown);
}
