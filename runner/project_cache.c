#include "project_cache.h"

#include <stdio.h>
#include <string.h>

#include "../templates/json.h"
#include "cache_file.h"

#define CONTENTS_MAX 16384

static bool is_address(const char *text)
{
    uint8_t bytes[BASE58_ADDRESS_LEN];

    return base58_address(text, strlen(text), bytes);
}

static bool find_path(const char *api_url, const char *account,
                      char path[CACHE_FILE_PATH_MAX])
{
    struct buf about;

    buf_init(&about, CONTENTS_MAX);
    buf_addf(&about, "%s %s", account, api_url);
    bool found = !about.failed && cache_file_path("project", buf_str(&about),
                                                  path, CACHE_FILE_PATH_MAX);
    buf_release(&about);
    return found;
}

static void add_member(struct buf *out, const char *before, const char *text)
{
    buf_add_str(out, before);
    json_quote(out, text, strlen(text));
}

void project_cache_save(const char *api_url, const char *account,
                        const char *project)
{
    char path[CACHE_FILE_PATH_MAX];
    char known[BASE58_ADDRESS_MAX];
    struct buf contents;
    struct err ignored;

    if (!is_address(project) || account[0] == '\0' ||
        !find_path(api_url, account, path) ||
        (project_cache_load(api_url, account, known) &&
         strcmp(known, project) == 0))
        return;
    buf_init(&contents, CONTENTS_MAX);
    add_member(&contents, "{\"api_url\":", api_url);
    add_member(&contents, ",\"account\":", account);
    add_member(&contents, ",\"project\":", project);
    buf_add_str(&contents, "}\n");
    if (!contents.failed)
        (void)cache_file_write(path, &contents, &ignored);
    buf_release(&contents);
}

static bool is_member(const struct json *doc, const char *name,
                      const char *text)
{
    uint32_t at = json_get(doc, 0, name);

    return at != 0 && doc->nodes[at].type == JSON_STRING &&
           json_equals(doc, at, text);
}

static bool read_project(const struct json *doc, const char *api_url,
                         const char *account, char project[BASE58_ADDRESS_MAX])
{
    uint32_t at = 0;

    if (doc->nodes[0].type == JSON_OBJECT &&
        is_member(doc, "api_url", api_url) &&
        is_member(doc, "account", account))
        at = json_get(doc, 0, "project");
    /* An address has nothing to unescape. */
    if (at == 0 || doc->nodes[at].type != JSON_STRING ||
        doc->nodes[at].len >= BASE58_ADDRESS_MAX)
        return false;
    snprintf(project, BASE58_ADDRESS_MAX, "%.*s", (int)doc->nodes[at].len,
             doc->text + doc->nodes[at].start);
    return is_address(project);
}

bool project_cache_load(const char *api_url, const char *account,
                        char project[BASE58_ADDRESS_MAX])
{
    char path[CACHE_FILE_PATH_MAX];
    struct err ignored;
    struct json doc;
    struct buf text;
    bool known = false;

    if (account[0] == '\0' || !find_path(api_url, account, path))
        return false;
    json_init(&doc);
    buf_init(&text, CONTENTS_MAX + 65536);
    if (cache_file_read(path, &text) &&
        json_parse(&doc, buf_str(&text), text.len, &ignored) == 0)
        known = read_project(&doc, api_url, account, project);
    buf_release(&text);
    json_release(&doc);
    return known;
}
