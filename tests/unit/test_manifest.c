#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "gzvalues_help.h"
#include "manifest_help.h"

#define TEXT_MAX ((size_t)1 << 20)

static int read_text(const char *text)
{
    const struct manifest_options options = {0};

    return manifest_read_as("m.jsonl", text, strlen(text), &options);
}

static const struct {
    const char *text;
    const char *entries;
} good[] = {
    {ENTRY("a"), "a@1:1 "},
    {ENTRY("a") "\n" ENTRY("b") "\n", "a@1:1 b@2:1 "},
    {ENTRY("a") "\r\n\r\n" ENTRY("b") "\r\n", "a@1:1 b@3:1 "},
    {"\n {\n\"id\": \"a\",\n" MARKET ",\n\"definition\":\n" DEFINITION "\n}"
     "\n\n\t" ENTRY("b"),
     "a@2:2 b@9:2 "},
    {ENTRY("a") ENTRY("a-"), "a@1:1 a-@1:167 "},
    {"{\"manifest\":1}" ENTRY("a"), "a@1:15 "},
    {"{\"manifest\": 1, \"defaults\": {}}\n" ENTRY("a"), "a@2:1 "},
    {"{\"manifest\":1,\"defaults\":{" MARKET ",\"timeout\":\"1h\"}}\n"
     "{\"id\":\"a\",\"definition\":" DEFINITION "}",
     "a@2:1 "},
    /* Names tell entries of one id apart. */
    {NAMED("a", "x") NAMED("a", "y") ENTRY("a"), "a@1:1 a@1:178 a@1:355 "},
};

static void manifests_give_their_entries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_entries(read_text(good[i].text), good[i].entries);
}

static void gzip_manifests_give_the_same_whatever_their_name(void **state)
{
    const struct manifest_options options = {0};
    struct buf file;

    (void)state;
    buf_init(&file, TEXT_MAX);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t len = strlen(good[i].text), cut = len / 3;

        buf_clear(&file);
        add_member(&file, good[i].text, cut);
        add_member(&file, good[i].text + cut, len - cut);
        assert_entries(
            manifest_read_as("m.jsonl.gz", file.data, file.len, &options),
            good[i].entries);
        assert_entries(
            manifest_read_as("m.jsonl", file.data, file.len, &options),
            good[i].entries);
        assert_entries(
            manifest_read_as("m.jsonl.gz", good[i].text, len, &options),
            good[i].entries);
    }
    buf_release(&file);
}

static void a_plain_definition_is_an_entry_of_the_files_name(void **state)
{
    struct manifest_options options = {.market = "nvidia-3060"};

    (void)state;
    assert_entries(manifest_read_as("hello world.json", DEFINITION,
                                    strlen(DEFINITION), &options),
                   "hello-world@1:1 ");
    options.id = "other_1.x";
    assert_entries(manifest_read_as("hello.json", DEFINITION,
                                    strlen(DEFINITION), &options),
                   "other_1.x@1:1 ");
}

static void an_id_of_the_command_line_is_checked(void **state)
{
    static const char *const wrong[] = {
        "", "a b", "a/b", "\xc3\xa9",
        "01234567890123456789012345678901234567890123456789012345678901234"};
    struct manifest manifest;
    struct err err;

    (void)state;
    manifest_write("d.json", DEFINITION, strlen(DEFINITION));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct manifest_options options = {.id = wrong[i]};

        assert_int_equal(
            manifest_open(&manifest, manifest_path, &options, &err), ERR_USAGE);
        assert_non_null(strstr(err.message, "--id: expected"));
        assert_null(manifest.impl);
    }
    const struct manifest_options options = {.id = "fine"};
    assert_int_equal(
        manifest_read_as("m.jsonl", ENTRY("a"), strlen(ENTRY("a")), &options),
        0);
    assert_string_equal(buf_str(&manifest_seen), "! ");
    assert_non_null(strstr(manifest_errs.items[0].message, "leave out --id"));
}

static const struct {
    const char *text;
    const char *entries;
    int rc; /* of the pass's end */
    uint64_t line, column;
    const char *message;
} bad[] = {
    {"", "", ERR_DATA, 0, 0, "the manifest is empty; an entry is {\"id\""},
    {" \r\n", "", ERR_DATA, 0, 0, "the manifest is empty"},
    {"{\"manifest\":1,\"defaults\":{}}", "", ERR_DATA, 0, 0,
     "a header, but no entries"},
    {"7", "! ", 0, 1, 1, "expected an entry (an object), found a number"},
    {"\n \"x\" " ENTRY("a"), "! a@2:6 ", 0, 2, 2, "found a string"},
    {"[" ENTRY("a") "," ENTRY("b") "]", "! ", 0, 1, 1, "jq -c '.[]' FILE"},
    {ENTRY("a") ",\n" ENTRY("b"), "a@1:1 ! b@2:1 ", 0, 1, 167,
     "entries follow one another without commas"},
    {ENTRY("a") " nope " ENTRY("b"), "a@1:1 ! b@1:173 ", 0, 1, 168, ""},
    {"  {\"id\":1,}" ENTRY("b"), "! b@1:12 ", 0, 1, 11, ""},
    {"  {\"id\":\n  tru}" ENTRY("b"), "! b@2:7 ", 0, 2, 3, ""},
    {ENTRY("a") "\n]", "a@1:1 ", ERR_DATA, 2, 1, "found \"]\" without"},
    {ENTRY("a") "\n{\"id\":\"b\"", "a@1:1 ", ERR_DATA, 2, 1, "never ends"},
    {"\xef\xbb\xbf" ENTRY("a"), "", ERR_DATA, 0, 0, "byte order mark"},
    {ENTRY("a") "\n  " ENTRY("a"), "a@1:1 ! ", 0, 2, 9,
     "a: $.id: the entry at line 1 has the same id"},
    {DEFINITION "\n" ENTRY("a"), "m@1:1 ! ", 0, 2, 1, "stands alone"},
    {ENTRY("a") "\n" DEFINITION, "a@1:1 ! ", 0, 2, 1,
     "expected an entry, found a job definition"},
    {"{\"manifest\":1}\n" DEFINITION, "! ", 0, 2, 1,
     "expected an entry, found a job definition"},
    {ENTRY("a") "\n{\"manifest\":1,\"defaults\":{}}", "a@1:1 ! ", 0, 2, 1,
     "found a header, which may only be the first value"},
    /* Headers. */
    {"{\"manifest\":2,\"new\":1}", "", ERR_DATA, 1, 13,
     "header: $.manifest: this program reads version 1 of manifests, found 2"},
    {" {\"manifest\":\"1\"}", "", ERR_DATA, 1, 14,
     "header: $.manifest: expected a number, found a string"},
    {"{\"manifest\":1,\n\"default\":{}}", "", ERR_DATA, 2, 1,
     "(did you mean \"defaults\"?)"},
    {"{\"defaults\":{}}", "", ERR_DATA, 1, 1, "missing \"manifest\""},
    {"{\"manifest\":1,\"manifest\":1}", "", ERR_DATA, 1, 15, "duplicate key"},
    {"{\"manifest\":1,\"defaults\":[]}", "", ERR_DATA, 1, 26,
     "header: $.defaults: expected an object, found a list"},
    {"{\"manifest\":1,\"defaults\":{\"markt\":1}}", "", ERR_DATA, 1, 27,
     "(did you mean \"market\"?)"},
    {"{\"manifest\":1,\"defaults\":{\"market\":1}}", "", ERR_DATA, 1, 36,
     "header: $.defaults.market: expected a string, found a number"},
    {"{\"manifest\":1,\"defaults\":{\"timeout\":true}}", "", ERR_DATA, 1, 37,
     "header: $.defaults.timeout: expected seconds or a time"},
    {"{\"manifest\":1,\"defaults\":{\"params\":[]}}", "", ERR_DATA, 1, 36,
     "header: $.defaults.params: expected an object, found a list"},
    {"{\"manifest\":1,\"defaults\":{\"params\":{\"a\":1,\"a\":2}}}", "",
     ERR_DATA, 1, 43, "duplicate key \"a\""},
    {"{\"manifest\":1,\"defaults\":{\"draw\":{\"cnt\":1}}}", "", ERR_DATA, 1,
     35, "unknown key \"cnt\""},
    {"{\"manifest\":1,\"defaults\":{\"draw\":{\"count\":0}}}", "", ERR_DATA, 1,
     43, "header: $.defaults.draw.count: expected a whole number from 1"},
    {"{\"manifest\":1,\"defaults\":{\"draw\":{\"seed\":1.5}}}", "", ERR_DATA, 1,
     42, "header: $.defaults.draw.seed: expected a whole number from 0"},
};

static void assert_bad(size_t i, int rc)
{
    const struct err *err = &manifest_errs.items[0];

    if (manifest_errs.errors != 1 || rc != bad[i].rc ||
        strcmp(buf_str(&manifest_seen), bad[i].entries) != 0 ||
        err->line != bad[i].line || err->column != bad[i].column ||
        !strstr(err->message, bad[i].message))
        fail_msg("row %zu: rc %d, %u errors, %s, %llu:%llu: %s", i, rc,
                 manifest_errs.errors, buf_str(&manifest_seen),
                 (unsigned long long)err->line, (unsigned long long)err->column,
                 err->message);
    assert_string_equal(err->file, manifest_path);
}

static void problems_have_a_place_and_a_next_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_bad(i, read_text(bad[i].text));
}

/* What expand prints of an empty shard, and its parts joined again. */
static void bare_headers_alone_are_an_empty_manifest(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"manifest\":1}"), 0);
    assert_int_equal(manifest_errs.errors, 0);
    assert_int_equal(read_text("{\"manifest\":1}\n{\"manifest\":1}\n"), 0);
    assert_int_equal(manifest_errs.errors, 0);
    assert_int_equal(read_text(ENTRY("a") "\n{\"manifest\":1}\n" ENTRY("b")),
                     0);
    assert_string_equal(buf_str(&manifest_seen), "a@1:1 b@3:1 ");
    assert_int_equal(manifest_errs.errors, 0);
}

static void one_pass_finds_the_problems_of_many_entries(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, TEXT_MAX);
    for (int i = 1; i < ERRS_MAX; i++)
        buf_addf(&text, "%d\n" ENTRY("e%d") "\n", i, i);
    assert_int_equal(read_text(text.data), 0);
    assert_int_equal(manifest_errs.errors, ERRS_MAX - 1);
    for (unsigned i = 0; i < manifest_errs.count; i++)
        assert_int_equal(manifest_errs.items[i].line, 2 * i + 1);
    for (int i = 0; i < 1000; i++)
        buf_add_str(&text, "0\n");
    assert_int_equal(read_text(text.data), ERR_DATA);
    assert_int_equal(manifest_errs.errors, ERRS_MAX);
    buf_release(&text);
}

static void a_header_tells_all_its_problems(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"manifest\":1,\"x\":1,\"defaults\":"
                               "{\"market\":1,\"y\":2}}" ENTRY("a")),
                     ERR_DATA);
    assert_int_equal(manifest_errs.errors, 3);
    assert_string_equal(buf_str(&manifest_seen), "");
}

static void the_headers_defaults_reach_every_entry(void **state)
{
    static const char text[] =
        "{\"manifest\":1,\"defaults\":{" MARKET ",\"timeout\":\"2h\"}}\n"
        "{\"id\":\"a\",\"definition\":" DEFINITION "}\n"
        "{\"id\":\"b\",\"timeout\":90,\"definition\":" DEFINITION "}\n";
    static const uint64_t expected[] = {7200, 90};
    const struct manifest_options options = {0};
    struct manifest manifest;
    struct entry *entry;
    struct err err;

    (void)state;
    manifest_write("m.jsonl", text, strlen(text));
    manifest_begin(&manifest, manifest_path, &options);
    for (int pass = 0; pass < 2; pass++) {
        errs_init(&manifest_errs);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(manifest_next(&manifest, &entry, &manifest_errs),
                             1);
            assert_non_null(entry);
            assert_true(entry->has_market);
            assert_int_equal(entry->timeout_s, expected[i]);
        }
        assert_int_equal(manifest_next(&manifest, &entry, &manifest_errs), 0);
        assert_int_equal(manifest_next(&manifest, &entry, &manifest_errs), 0);
        assert_int_equal(manifest_entries(&manifest), 2);
        assert_int_equal(manifest_rewind(&manifest, &err), 0);
    }
    manifest_release(&manifest);
}

static void the_options_reach_every_entry(void **state)
{
    static const char text[] = "{\"id\":\"a\",\"definition\":" DEFINITION "}";
    const struct manifest_options options = {.market = "nvidia-3060",
                                             .timeout = "30m"};
    struct manifest manifest;
    struct entry *entry;
    size_t len;

    (void)state;
    manifest_write("m.jsonl", text, strlen(text));
    manifest_begin(&manifest, manifest_path, &options);
    errs_init(&manifest_errs);
    assert_int_equal(manifest_next(&manifest, &entry, &manifest_errs), 1);
    assert_non_null(entry);
    assert_int_equal(entry->timeout_s, 1800);
    const char *seen_text = manifest_entry_text(&manifest, &len);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(seen_text, text, len);
    manifest_release(&manifest);
}

static void damage_is_told_after_the_entries_before_it(void **state)
{
    const struct manifest_options options = {0};
    struct buf file;

    (void)state;
    buf_init(&file, TEXT_MAX);
    add_member(&file, ENTRY("a") "\n", strlen(ENTRY("a") "\n"));
    add_member(&file, ENTRY("b") "\n", strlen(ENTRY("b") "\n"));
    assert_int_equal(
        manifest_read_as("m.gz", file.data, file.len - 1, &options), ERR_DATA);
    assert_string_equal(buf_str(&manifest_seen), "a@1:1 b@2:1 ");
    assert_int_equal(manifest_errs.errors, 1);
    assert_string_equal(manifest_errs.items[0].file, manifest_path);
    assert_non_null(
        strstr(manifest_errs.items[0].message, "inside gzip member 2"));
    buf_release(&file);
}

static void a_missing_file_is_told_by_its_name(void **state)
{
    const struct manifest_options options = {0};
    struct manifest manifest;
    struct err err;

    (void)state;
    assert_int_equal(manifest_open(&manifest, "no/such.jsonl", &options, &err),
                     ERR_INPUT);
    assert_string_equal(err.file, "no/such.jsonl");
    manifest_release(&manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manifests_give_their_entries),
        cmocka_unit_test(gzip_manifests_give_the_same_whatever_their_name),
        cmocka_unit_test(a_plain_definition_is_an_entry_of_the_files_name),
        cmocka_unit_test(an_id_of_the_command_line_is_checked),
        cmocka_unit_test(problems_have_a_place_and_a_next_step),
        cmocka_unit_test(bare_headers_alone_are_an_empty_manifest),
        cmocka_unit_test(one_pass_finds_the_problems_of_many_entries),
        cmocka_unit_test(a_header_tells_all_its_problems),
        cmocka_unit_test(the_headers_defaults_reach_every_entry),
        cmocka_unit_test(the_options_reach_every_entry),
        cmocka_unit_test(damage_is_told_after_the_entries_before_it),
        cmocka_unit_test(a_missing_file_is_told_by_its_name),
    };

    return cmocka_run_group_tests(tests, manifest_setup, manifest_teardown);
}
