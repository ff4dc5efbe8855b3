/* Prices kept between runs: by API, replaced whole, and never trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/market.h"

#define URL "https://api.example/api"
#define LIST \
    "[{\"address\":\"11111111111111111111111111111112\",\"slug\":\"a\"}]"

static char folder[] = "/tmp/nosbatch-unit-XXXXXX";
static char path[256];
static struct markets markets;

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    setenv("XDG_CACHE_HOME", folder, 1);
    markets_init(&markets);
    return markets_cache_path(URL, path, sizeof path) ? 0 : -1;
}

/* Empties and removes the cache's folder; returns how many files it held. */
static unsigned clear_cache(void)
{
    char name[512];
    struct dirent *entry;
    unsigned count = 0;

    snprintf(name, sizeof name, "%s/nosbatch", folder);
    DIR *dir = opendir(name);
    while (dir && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/nosbatch/%s", folder, entry->d_name);
        assert_int_equal(remove(name), 0);
        count++;
    }
    if (dir)
        closedir(dir);
    snprintf(name, sizeof name, "%s/nosbatch", folder);
    rmdir(name);
    return count;
}

static int teardown(void **state)
{
    (void)state;
    markets_release(&markets);
    clear_cache();
    return rmdir(folder);
}

static void save(const char *text, const char *url, int64_t at_ms)
{
    struct err err = ERR_INIT;

    if (markets_save(text, strlen(text), url, at_ms, &err) != 0)
        fail_msg("%s", err.message);
}

static int load(const char *url)
{
    struct err err = ERR_INIT;

    return markets_load(&markets, url, &err);
}

/* Overwrites the cache of URL. */
static void put(const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void what_is_saved_is_loaded(void **state)
{
    (void)state;
    assert_int_equal(load(URL), 0);
    save(LIST, URL, 1795478399999);
    assert_int_equal(load(URL), 1);
    assert_int_equal(markets.count, 1);
    assert_string_equal(markets.items[0].slug, "a");
    assert_int_equal(markets.source, MARKET_CACHED);
    assert_true(markets.at_ms == 1795478399999);
    /* A newer one takes its place, and leaves nothing beside it. */
    save("[]", URL, 1795478400000);
    assert_int_equal(load(URL), 1);
    assert_int_equal(markets.count, 0);
    assert_true(markets.at_ms == 1795478400000);
    assert_int_equal(clear_cache(), 1);
}

static void only_the_owner_may_read_it(void **state)
{
    struct stat st;

    (void)state;
    save(LIST, URL, 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    path[strlen(path)] = '/';
    clear_cache();
}

static void each_api_has_a_cache_of_its_own(void **state)
{
    char other[256];

    (void)state;
    save(LIST, URL, 1);
    assert_int_equal(load(URL "/"), 0);
    assert_int_equal(load("http://127.0.0.1:1"), 0);
    save("[]", "http://127.0.0.1:1", 2);
    assert_int_equal(load("http://127.0.0.1:1"), 1);
    assert_int_equal(markets.count, 0);
    assert_int_equal(load(URL), 1);
    assert_int_equal(markets.count, 1);
    /* Even where a file lies at the place of another's. */
    assert_true(markets_cache_path("http://127.0.0.1:1", other, sizeof other));
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(load(URL), 0);
    assert_int_equal(markets.count, 1);
    clear_cache();
}

static void a_cache_cut_anywhere_is_none(void **state)
{
    struct buf whole;
    char *room;

    (void)state;
    save(LIST, URL, 17);
    buf_init(&whole, 65536);
    int fd = open(path, O_RDONLY);
    room = buf_room(&whole, 4096);
    assert_non_null(room);
    ssize_t n = read(fd, room, 4096);
    assert_true(n > 0);
    buf_grown(&whole, (size_t)n);
    close(fd);
    /* The last two bytes are } and a newline, which nothing depends on. */
    for (size_t len = 0; len < whole.len - 1; len++) {
        put(whole.data, len);
        assert_int_equal(load(URL), 0);
    }
    put(whole.data, whole.len - 1);
    assert_int_equal(load(URL), 1);
    buf_release(&whole);
    clear_cache();
}

static void what_is_not_of_the_form_is_no_cache(void **state)
{
    static const char *const texts[] = {
        "",
        "null",
        "[]",
        LIST,
        "{}",
        "{\"api_url\":\"" URL "\",\"at_ms\":1}",
        "{\"api_url\":\"" URL "\",\"markets\":" LIST "}",
        "{\"at_ms\":1,\"markets\":" LIST "}",
        "{\"api_url\":7,\"at_ms\":1,\"markets\":" LIST "}",
        "{\"api_url\":\"" URL "x\",\"at_ms\":1,\"markets\":" LIST "}",
        "{\"api_url\":\"" URL "\",\"at_ms\":-1,\"markets\":" LIST "}",
        "{\"api_url\":\"" URL "\",\"at_ms\":\"1\",\"markets\":" LIST "}",
        "{\"api_url\":\"" URL "\",\"at_ms\":1e30,\"markets\":" LIST "}",
        "{\"api_url\":\"" URL "\",\"at_ms\":1,\"markets\":{}}",
        "{\"api_url\":\"" URL "\",\"at_ms\":1,\"markets\":null}"};

    (void)state;
    save(LIST, URL, 17);
    assert_int_equal(load(URL), 1);
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i], strlen(texts[i]));
        if (load(URL) != 0)
            fail_msg("%s", texts[i]);
        /* What was known before is still known. */
        assert_int_equal(markets.count, 1);
    }
    clear_cache();
}

/* A reply that is no JSON spoils nothing but the cache. */
static void a_spoilt_cache_is_none(void **state)
{
    (void)state;
    save("}, {", URL, 1);
    assert_int_equal(load(URL), 0);
    clear_cache();
}

static void what_is_no_file_is_no_cache(void **state)
{
    struct err err;

    (void)state;
    save(LIST, URL, 1);
    /* A FIFO keeps nobody waiting. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(load(URL), 0);
    assert_int_equal(unlink(path), 0);
    /* A folder cannot be replaced, and nothing is left beside it. */
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(load(URL), 0);
    assert_int_equal(markets_save("[]", 2, URL, 1, &err), ERR_IO);
    assert_int_equal(clear_cache(), 1);
}

static void a_cache_has_a_bound(void **state)
{
    size_t len = (size_t)2 << 20;
    char *text = malloc(len);
    struct err err;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', len);
    assert_int_equal(markets_save(text, len, URL, 1, &err), ERR_LIMIT);
    assert_int_equal(load(URL), 0);
    /* One that somebody else made larger is not read to its end. */
    save("[]", URL, 1);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
    assert_int_equal(load(URL), 0);
    free(text);
    clear_cache();
}

static void the_place_follows_xdg(void **state)
{
    char out[256];
    struct err err;
    const char *home = getenv("HOME");
    char *kept = home ? strdup(home) : NULL;

    (void)state;
    assert_memory_equal(path, folder, strlen(folder));
    assert_memory_equal(path + strlen(folder), "/nosbatch/markets-", 18);
    assert_int_equal(strlen(strrchr(path, '-')), 1 + 16 + 5);
    assert_false(markets_cache_path(URL, out, 20));
    setenv("HOME", "/home/x", 1);
    unsetenv("XDG_CACHE_HOME");
    assert_true(markets_cache_path(URL, out, sizeof out));
    assert_memory_equal(out, "/home/x/.cache/nosbatch/markets-", 32);
    /* As XDG has it: what is not absolute counts as not set. */
    setenv("XDG_CACHE_HOME", "relative", 1);
    assert_true(markets_cache_path(URL, out, sizeof out));
    assert_memory_equal(out, "/home/x/.cache/nosbatch/markets-", 32);
    unsetenv("HOME");
    assert_false(markets_cache_path(URL, out, sizeof out));
    assert_int_equal(markets_load(&markets, URL, &err), 0);
    assert_int_equal(markets_save("[]", 2, URL, 1, &err), ERR_CREATE);
    setenv("XDG_CACHE_HOME", "/dev/null/x", 1);
    assert_int_equal(markets_load(&markets, URL, &err), 0);
    assert_int_equal(markets_save("[]", 2, URL, 1, &err), ERR_CREATE);
    setenv("XDG_CACHE_HOME", folder, 1);
    if (kept)
        setenv("HOME", kept, 1);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(only_the_owner_may_read_it),
        cmocka_unit_test(each_api_has_a_cache_of_its_own),
        cmocka_unit_test(a_cache_cut_anywhere_is_none),
        cmocka_unit_test(what_is_not_of_the_form_is_no_cache),
        cmocka_unit_test(a_spoilt_cache_is_none),
        cmocka_unit_test(what_is_no_file_is_no_cache),
        cmocka_unit_test(a_cache_has_a_bound),
        cmocka_unit_test(the_place_follows_xdg),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
