/* A manifest that is read twice, and files that change meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "manifest_help.h"

static void append(const char *text)
{
    int fd = open(manifest_path, O_WRONLY | O_APPEND);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* What is appended while a manifest is open is for the next run. */
static void a_manifest_ends_where_it_ended_when_it_was_opened(void **state)
{
    const struct manifest_options options = {0};
    struct manifest manifest;
    uint8_t digest[CID_DIGEST_LEN];
    struct err err;

    (void)state;
    manifest_write("m.jsonl", ENTRY("a") "\n", strlen(ENTRY("a") "\n"));
    manifest_begin(&manifest, manifest_path, &options);
    append(ENTRY("b") "\n");
    assert_entries(manifest_pass(&manifest), "a@1:1 ");
    memcpy(digest, manifest_digest(&manifest), sizeof digest);
    append("{\"half an");
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(manifest_rewind(&manifest, &err), 0);
        assert_entries(manifest_pass(&manifest), "a@1:1 ");
        assert_memory_equal(digest, manifest_digest(&manifest), sizeof digest);
    }
    assert_int_equal(manifest_entries(&manifest), 1);
    manifest_release(&manifest);
}

/* Two passes by turns over one file, whatever the first one's place is. */
static void a_shared_manifest_is_read_by_itself(void **state)
{
    const struct manifest_options options = {0};
    struct manifest manifest, shared[2];
    struct entry *entry;
    struct errs errs;
    struct err err;

    (void)state;
    manifest_write("m.jsonl", ENTRY("a") "\n" ENTRY("b") "\n",
                   strlen(ENTRY("a") "\n" ENTRY("b") "\n"));
    manifest_begin(&manifest, manifest_path, &options);
    assert_int_equal(manifest_share(&shared[0], &manifest, &err), ERR_INTERNAL);
    assert_entries(manifest_pass(&manifest), "a@1:1 b@2:1 ");
    append(ENTRY("c") "\n");
    errs_init(&errs);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(manifest_share(&shared[i], &manifest, &err), 0);
        assert_int_equal(manifest_next(&shared[i], &entry, &errs), 1);
        assert_string_equal(entry->id, "a");
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(manifest_next(&shared[i], &entry, &errs), 1);
        assert_string_equal(entry->id, "b");
        assert_int_equal(manifest_next(&shared[i], &entry, &errs), 0);
        assert_memory_equal(manifest_digest(&shared[i]),
                            manifest_digest(&manifest), CID_DIGEST_LEN);
        manifest_release(&shared[i]);
    }
    assert_int_equal(manifest_rewind(&manifest, &err), 0);
    assert_entries(manifest_pass(&manifest), "a@1:1 b@2:1 ");
    manifest_release(&manifest);
}

static void overwrite(const char *text)
{
    int fd = open(manifest_path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* The second pass over a file that was tampered with. */
static int read_after(void (*tamper)(void))
{
    const struct manifest_options options = {0};
    struct manifest manifest;
    struct err err;

    manifest_write("m.jsonl", ENTRY("a") "\n", strlen(ENTRY("a") "\n"));
    manifest_begin(&manifest, manifest_path, &options);
    assert_entries(manifest_pass(&manifest), "a@1:1 ");
    tamper();
    assert_int_equal(manifest_rewind(&manifest, &err), 0);
    int rc = manifest_pass(&manifest);
    manifest_release(&manifest);
    return rc;
}

static void change_one_byte(void)
{
    overwrite(ENTRY("b"));
}

static void cut_the_file(void)
{
    assert_int_equal(truncate(manifest_path, 20), 0);
}

static void nothing_is_read_of_a_file_that_changed_between_passes(void **state)
{
    (void)state;
    assert_int_equal(read_after(change_one_byte), ERR_DATA);
    assert_string_equal(buf_str(&manifest_seen), "");
    assert_non_null(
        strstr(manifest_errs.items[0].message, "the file changed while"));
    assert_int_equal(read_after(cut_the_file), ERR_DATA);
    assert_string_equal(buf_str(&manifest_seen), "");
    assert_non_null(
        strstr(manifest_errs.items[0].message, "the file got shorter"));
}

static void a_second_pass_needs_a_whole_first_one(void **state)
{
    const struct manifest_options options = {0};
    struct manifest manifest;
    struct entry *entry;
    struct err err;

    (void)state;
    manifest_write("m.jsonl", ENTRY("a"), strlen(ENTRY("a")));
    manifest_begin(&manifest, manifest_path, &options);
    errs_init(&manifest_errs);
    assert_int_equal(manifest_next(&manifest, &entry, &manifest_errs), 1);
    assert_int_equal(manifest_rewind(&manifest, &err), ERR_INTERNAL);
    manifest_release(&manifest);
}

static void standard_input_is_read_twice(void **state)
{
    const struct manifest_options options = {.market = "nvidia-3060"};
    int ends[2], saved = dup(STDIN_FILENO);
    struct manifest manifest;
    struct err err;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], DEFINITION, strlen(DEFINITION)),
                     strlen(DEFINITION));
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    manifest_begin(&manifest, "-", &options);
    assert_string_equal(manifest.file, "standard input");
    assert_entries(manifest_pass(&manifest), "stdin@1:1 ");
    assert_int_equal(manifest_rewind(&manifest, &err), 0);
    assert_entries(manifest_pass(&manifest), "stdin@1:1 ");
    manifest_release(&manifest);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_ends_where_it_ended_when_it_was_opened),
        cmocka_unit_test(a_shared_manifest_is_read_by_itself),
        cmocka_unit_test(nothing_is_read_of_a_file_that_changed_between_passes),
        cmocka_unit_test(a_second_pass_needs_a_whole_first_one),
        cmocka_unit_test(standard_input_is_read_twice),
    };

    return cmocka_run_group_tests(tests, manifest_setup, manifest_teardown);
}
