#include "ledger_path.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../templates/json.h"

/* Whether strftime makes something of it that depends on the time. */
static bool has_date(const char *text)
{
    while ((text = strchr(text, '%')) != NULL) {
        text++;
        if (*text != '\0' && strchr("%nt", *text) == NULL)
            return true;
        if (*text != '\0')
            text++;
    }
    return false;
}

/* strftime, with a sentinel behind since it returns 0 for "" as well. */
static int expand(char *out, size_t size, const char *format, int64_t now_ms,
                  const char *what, struct err *err)
{
    char wide[LEDGER_PATH_MAX + 2];
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    int n = snprintf(wide, sizeof wide, "%s", format);

    if (n < 0 || (size_t)n >= sizeof wide - 1)
        return err_set(err, ERR_USAGE, "%s is too long", what);
    wide[n] = '.';
    wide[n + 1] = '\0';
    char expanded[LEDGER_PATH_MAX];
    if (!gmtime_r(&seconds, &utc))
        return err_set(err, ERR_USAGE, "the clock's date cannot be used");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size_t len = strftime(expanded, sizeof expanded, wide, &utc);
#pragma GCC diagnostic pop
    if (len <= 1 || len > size)
        return err_set(err, ERR_USAGE, "%s is %s", what,
                       len <= 1 ? "empty" : "too long");
    memcpy(out, expanded, len - 1);
    out[len - 1] = '\0';
    return 0;
}

static int resolve_batch(struct ledger_path *out, const struct opt *opt,
                         int64_t now_ms, struct err *err)
{
    if (!opt->batch)
        return 0;
    if (expand(out->batch, sizeof out->batch, opt->batch, now_ms, "--batch",
               err) != 0)
        return err->code;
    if (!json_utf8_valid(out->batch, strlen(out->batch)))
        return err_set(err, ERR_USAGE, "--batch: a name has to be UTF-8");
    for (const char *c = out->batch; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '/')
            return err_set(err, ERR_USAGE,
                           "--batch: a name may not hold \"/\" or control "
                           "characters");
    if (opt->ledger && has_date(opt->ledger) && !has_date(opt->batch))
        return err_set(err, ERR_USAGE,
                       "--ledger has a date and --batch has none: the same "
                       "batch in two ledgers would not post its jobs again; "
                       "give --batch a date too, such as '%s-%%F'",
                       opt->batch);
    return 0;
}

static bool cut_suffix(const char *text, size_t *len, const char *suffix)
{
    size_t n = strlen(suffix);

    if (*len <= n || memcmp(text + *len - n, suffix, n) != 0)
        return false;
    *len -= n;
    return true;
}

/* "dir/sweep" of "dir/sweep.jsonl.gz". */
static size_t stem_len(const char *path)
{
    size_t len = strlen(path);

    cut_suffix(path, &len, ".gz");
    if (!cut_suffix(path, &len, ".jsonl") && !cut_suffix(path, &len, ".json"))
        cut_suffix(path, &len, ".ndjson");
    return len;
}

static int resolve_default(struct ledger_path *out, const char *manifest,
                           const char *shard, struct err *err)
{
    const char *slash = strrchr(manifest, '/');
    size_t folder_len = slash && strcmp(manifest, "-") != 0
                            ? (size_t)(slash + 1 - manifest)
                            : 0;
    int n;

    if (out->batch[0] != '\0')
        n = snprintf(out->path, sizeof out->path, "%.*s%s%s.ledger.jsonl",
                     (int)folder_len, manifest, out->batch, shard);
    else
        n = snprintf(out->path, sizeof out->path, "%.*s%s.ledger.jsonl",
                     (int)stem_len(manifest), manifest, shard);
    if (n < 0 || (size_t)n >= sizeof out->path)
        return err_set(err, ERR_USAGE, "the ledger's path is too long");
    return 0;
}

int ledger_path_resolve(struct ledger_path *out, const struct opt *opt,
                        const char *manifest, int64_t now_ms, struct err *err)
{
    char part[2 * LEDGER_SHARD_MAX] = "";

    memset(out, 0, sizeof *out);
    if (opt->shard.count > 0) {
        snprintf(out->shard, sizeof out->shard, "%u/%u", opt->shard.index,
                 opt->shard.count);
        snprintf(part, sizeof part, ".%u-of-%u", opt->shard.index,
                 opt->shard.count);
    }
    if (resolve_batch(out, opt, now_ms, err) != 0)
        return err->code;
    if (opt->ledger)
        return expand(out->path, sizeof out->path, opt->ledger, now_ms,
                      "--ledger", err);
    if (strcmp(manifest, "-") == 0 && out->batch[0] == '\0')
        return err_set(err, ERR_USAGE,
                       "a manifest from standard input has no name to call "
                       "its ledger by: give --ledger FILE or --batch NAME");
    return resolve_default(out, manifest, part, err);
}

int ledger_path_check(const char *path, struct err *err)
{
    struct stat st;

    if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
        return 0;
    return err_set(err, ERR_CREATE,
                   "\"%s\" is a symbolic link: name the file itself", path);
}
