/*
 * market_cache: prices kept between runs, so that planning works offline.
 *
 * File: of the kind "markets", about the API's URL (cache_file.h). Contents:
 * {"api_url":"…","at_ms":N,"markets":[as fetched]}. A file that is not of
 * that form, or of another URL, is no cache.
 */
#include <string.h>

#include "cache_file.h"
#include "market.h"

#define CACHE_FILE_MAX ((size_t)2 << 20)

bool markets_cache_path(const char *api_url, char *out, size_t size)
{
    return cache_file_path("markets", api_url, out, size);
}

int markets_save(const char *text, size_t len, const char *api_url,
                 int64_t at_ms, struct err *err)
{
    char path[CACHE_FILE_PATH_MAX];
    struct buf contents;

    if (!markets_cache_path(api_url, path, sizeof path))
        return err_set(err, ERR_CREATE, "no home for a cache of prices");
    buf_init(&contents, CACHE_FILE_MAX);
    buf_add_str(&contents, "{\"api_url\":");
    json_quote(&contents, api_url, strlen(api_url));
    buf_addf(&contents, ",\"at_ms\":%lld,\"markets\":", (long long)at_ms);
    buf_add(&contents, text, len);
    buf_add_str(&contents, "}\n");
    int rc = buf_error(&contents, "the cache of prices", err);
    if (rc == 0)
        rc = cache_file_write(path, &contents, err);
    buf_release(&contents);
    return rc;
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
    char path[CACHE_FILE_PATH_MAX];
    struct buf text;
    int64_t at_ms = 0;
    int rc = 0;

    if (!markets_cache_path(api_url, path, sizeof path))
        return 0;
    buf_init(&text, CACHE_FILE_MAX + 65536);
    if (cache_file_read(path, &text) && check_text(&text, api_url, &at_ms) &&
        markets_parse(markets, buf_str(&text), text.len, MARKET_CACHED, at_ms,
                      err) == 0)
        rc = 1;
    buf_release(&text);
    return rc;
}
