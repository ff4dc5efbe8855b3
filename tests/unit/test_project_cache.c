/* Whose jobs a key's are, remembered between runs. */
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

#include "../../runner/cache_file.h"
#include "../../runner/project_cache.h"

#define URL     "https://api.example/api"
#define KEY     "0123456789abcdef"
#define PROJECT "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define OTHER   "CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ"

static char folder[] = "/tmp/nosbatch-test-XXXXXX";

static int setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("XDG_CACHE_HOME", folder, 1);
    return 0;
}

static int clean(void **state)
{
    char command[200];

    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

/* The file that is about URL and KEY. */
static void write_cache(const char *text)
{
    char path[CACHE_FILE_PATH_MAX];
    struct buf contents;
    struct err err = ERR_INIT;

    assert_true(cache_file_path("project", KEY " " URL, path, sizeof path));
    buf_init(&contents, 100000);
    buf_add_str(&contents, text);
    assert_int_equal(cache_file_write(path, &contents, &err), 0);
    buf_release(&contents);
}

static void what_was_saved_is_known(void **state)
{
    char project[BASE58_ADDRESS_MAX];

    (void)state;
    assert_false(project_cache_load(URL, KEY, project));
    project_cache_save(URL, KEY, PROJECT);
    assert_true(project_cache_load(URL, KEY, project));
    assert_string_equal(project, PROJECT);
    project_cache_save(URL, KEY, OTHER);
    assert_true(project_cache_load(URL, KEY, project));
    assert_string_equal(project, OTHER);
    /* Of that key and that service alone. */
    assert_false(project_cache_load(URL, "0123456789abcdee", project));
    assert_false(project_cache_load("https://other/api", KEY, project));
    assert_false(project_cache_load(URL, "", project));
}

static void what_is_no_project_is_not_kept(void **state)
{
    char project[BASE58_ADDRESS_MAX];

    (void)state;
    project_cache_save(URL, KEY, OTHER);
    project_cache_save(URL, KEY, "");
    project_cache_save(URL, KEY, "x\"}");
    project_cache_save(URL, KEY, PROJECT "1");
    assert_true(project_cache_load(URL, KEY, project));
    assert_string_equal(project, OTHER);
}

static void a_file_that_is_something_else_is_no_cache(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{",
        "{\"api_url\":\"" URL "\",\"account\":\"" KEY "\"}",
        "{\"api_url\":\"" URL "\",\"account\":\"" KEY "\",\"project\":7}",
        "{\"api_url\":\"" URL "\",\"account\":\"" KEY "\",\"project\":\"x\"}",
        "{\"api_url\":\"" URL "\",\"account\":\"" KEY
        "\",\"project\":\"" PROJECT PROJECT "\"}",
        "{\"api_url\":\"" URL "\",\"account\":\"f\",\"project\":\"" PROJECT
        "\"}",
        "{\"api_url\":\"f\",\"account\":\"" KEY "\",\"project\":\"" PROJECT
        "\"}",
    };
    char project[BASE58_ADDRESS_MAX];

    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_cache(texts[i]);
        if (project_cache_load(URL, KEY, project))
            fail_msg("%s", texts[i]);
    }
    write_cache("{\"api_url\":\"" URL "\",\"account\":\"" KEY
                "\",\"project\":\"" PROJECT "\"}");
    assert_true(project_cache_load(URL, KEY, project));
}

static void without_a_home_nothing_is_kept(void **state)
{
    char project[BASE58_ADDRESS_MAX];
    char path[20];

    (void)state;
    setenv("XDG_CACHE_HOME", "relative", 1);
    unsetenv("HOME");
    project_cache_save(URL, KEY, PROJECT);
    assert_false(project_cache_load(URL, KEY, project));
    setenv("XDG_CACHE_HOME", folder, 1);
    assert_false(cache_file_path("project", "x", path, sizeof path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_saved_is_known),
        cmocka_unit_test(what_is_no_project_is_not_kept),
        cmocka_unit_test(a_file_that_is_something_else_is_no_cache),
        cmocka_unit_test(without_a_home_nothing_is_kept),
    };

    return cmocka_run_group_tests(tests, setup, clean);
}
