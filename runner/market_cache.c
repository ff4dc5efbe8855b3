/*
 * market_cache: prices kept between runs, so that planning works offline.
 *
 * File: $XDG_CACHE_HOME/nosbatch/markets-HASH.json (or ~/.cache), HASH being
 * 16 hex digits of the API's URL (FNV-1a, 64 bit). Contents:
 * {"api_url":"…","at_ms":N,"markets":[as fetched]}. A file that is not of
 * that form, or of another URL, is no cache.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "market.h"
#include "replace_file.h"

#define CACHE_FILE_MAX ((size_t)2 << 20)
#define CACHE_PATH_MAX 4096

static uint64_t fnv1a(const char *text)
{
    uint64_t hash = 14695981039346656037ULL;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
    return hash;
}

/* An absolute path in the environment, or NULL. */
static const char *folder_of(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] == '/' ? value : NULL;
}

bool markets_cache_path(const char *api_url, char *out, size_t size)
{
    const char *cache = folder_of("XDG_CACHE_HOME");
    const char *home = folder_of("HOME");
    unsigned long long hash = fnv1a(api_url);
    int n;

    if (cache)
        n = snprintf(out, size, "%s/nosbatch/markets-%016llx.json", cache,
                     hash);
    else if (home)
        n = snprintf(out, size, "%s/.cache/nosbatch/markets-%016llx.json", home,
                     hash);
    else
        return false;
    return n > 0 && (size_t)n < size;
}

/* Makes the folders above path's last part; existing ones are fine. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

int markets_save(const char *text, size_t len, const char *api_url,
                 int64_t at_ms, struct err *err)
{
    char path[CACHE_PATH_MAX];
    struct buf contents;

    if (!markets_cache_path(api_url, path, sizeof path))
        return err_set(err, ERR_CREATE, "no home for a cache of prices");
    make_folders(path);
    buf_init(&contents, CACHE_FILE_MAX);
    buf_add_str(&contents, "{\"api_url\":");
    json_quote(&contents, api_url, strlen(api_url));
    buf_addf(&contents, ",\"at_ms\":%lld,\"markets\":", (long long)at_ms);
    buf_add(&contents, text, len);
    buf_add_str(&contents, "}\n");
    int rc = buf_error(&contents, "the cache of prices", err);
    if (rc == 0)
        rc = replace_file(path, &contents, 0600, err);
    buf_release(&contents);
    return rc;
}

static bool read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = -1;

    if (fd < 0)
        return false;
    for (;;) {
        char *room = buf_room(out, 65536);
        n = room ? read(fd, room, 65536) : -1;
        if (n < 0 && room && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        buf_grown(out, (size_t)n);
    }
    close(fd);
    return n == 0;
}

/* Whether the cache's text is of that API; *at_ms is when it was fetched. */
static bool check_text(const struct buf *text, const char *api_url,
                       int64_t *at_ms)
{
    struct json doc;
    struct err ignored;
    bool good = false;

    json_init(&doc);
    if (json_parse(&doc, buf_str(text), text->len, &ignored) == 0 &&
        doc.nodes[0].type == JSON_OBJECT) {
        uint32_t url = json_get(&doc, 0, "api_url");
        uint32_t at = json_get(&doc, 0, "at_ms");
        good = url != 0 && at != 0 && doc.nodes[url].type == JSON_STRING &&
               json_equals(&doc, url, api_url) &&
               doc.nodes[at].type == JSON_NUMBER &&
               json_int(&doc, at, 0, INT64_MAX, at_ms) &&
               json_get(&doc, 0, "markets") != 0;
    }
    json_release(&doc);
    return good;
}

int markets_load(struct markets *markets, const char *api_url, struct err *err)
{
    char path[CACHE_PATH_MAX];
    struct buf text;
    int64_t at_ms = 0;
    int rc = 0;

    if (!markets_cache_path(api_url, path, sizeof path))
        return 0;
    buf_init(&text, CACHE_FILE_MAX + 65536);
    if (read_file(path, &text) && check_text(&text, api_url, &at_ms) &&
        markets_parse(markets, buf_str(&text), text.len, MARKET_CACHED, at_ms,
                      err) == 0)
        rc = 1;
    buf_release(&text);
    return rc;
}
