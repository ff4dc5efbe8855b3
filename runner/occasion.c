#include "occasion.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../queue/ledger.h"
#include "../templates/buf.h"
#include "say.h"

#define PATTERN_MAX (2 * (size_t)LEDGER_PATH_MAX)

static void add_literal(struct buf *out, char c)
{
    if (strchr("*?[\\", c))
        buf_add_char(out, '\\');
    buf_add_char(out, c);
}

/* A strftime format as a glob pattern: each conversion becomes "*". */
static void add_format(struct buf *out, const char *format)
{
    for (const char *c = format; *c != '\0'; c++) {
        if (*c != '%') {
            add_literal(out, *c);
        } else if (c[1] == '%') {
            add_literal(out, *c++);
        } else {
            /* E and O modify the conversion that follows them. */
            if ((c[1] == 'E' || c[1] == 'O') && c[2] != '\0')
                c++;
            if (c[1] != '\0')
                c++;
            buf_add_char(out, '*');
        }
    }
}

/*
 * What other occasions' ledgers are called: --ledger's pattern, or the
 * resolved path with the batch's name put back to its pattern.
 */
static void add_pattern(struct buf *out, const struct opt *opt,
                        const struct ledger_path *path)
{
    if (opt->ledger) {
        add_format(out, opt->ledger);
        return;
    }
    const char *slash = strrchr(path->path, '/');
    const char *file = slash ? slash + 1 : path->path;
    for (const char *c = path->path; c < file; c++)
        add_literal(out, *c);
    add_format(out, opt->batch);
    for (const char *c = file + strlen(path->batch); *c != '\0'; c++)
        add_literal(out, *c);
}

/* The newest match other than the current ledger, or NULL. */
static const char *newest(const glob_t *matches, const char *current)
{
    const char *best = NULL;
    struct timespec best_time = {0, 0};
    struct stat st;

    for (size_t i = 0; i < matches->gl_pathc; i++) {
        const char *at = matches->gl_pathv[i];
        if (strcmp(at, current) == 0 || stat(at, &st) != 0)
            continue;
        bool later = st.st_mtim.tv_sec > best_time.tv_sec ||
                     (st.st_mtim.tv_sec == best_time.tv_sec &&
                      st.st_mtim.tv_nsec > best_time.tv_nsec);
        if (!best || later) {
            best = at;
            best_time = st.st_mtim;
        }
    }
    return best;
}

static int judge(const struct opt *opt, const struct ledger_info *info,
                 const char *earlier, const char *manifest, struct err *err)
{
    char how[64] = "without an orderly end";
    const char *batch = info->identity.batch;

    if (info->closed && info->close_status >= 0 && info->close_status <= 2)
        return 0;
    if (info->closed)
        snprintf(how, sizeof how, "with status %d", info->close_status);
    if (opt->yes) {
        say_warning("the last occasion, %s, ended %s", batch ? batch : earlier,
                    how);
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "the last occasion, %s, ended %s; finish it with: nosbatch "
                   "run %s --batch '%s'%s%s%s, or leave it and start this one "
                   "with --yes",
                   batch ? batch : earlier, how, manifest, batch ? batch : "",
                   opt->ledger ? " --ledger '" : "", opt->ledger ? earlier : "",
                   opt->ledger ? "'" : "");
}

/* Damage may be anything, an end without credits too. */
static int judge_unread(const struct opt *opt, const char *earlier,
                        const struct err *unread, struct err *err)
{
    if (!opt->yes)
        return err_set(err, ERR_USAGE,
                       "the last occasion's ledger, %s, cannot be read: %s; "
                       "look at it, or start this one with --yes",
                       earlier, unread->message);
    say_warning("the last occasion's ledger, %s, cannot be read: %s", earlier,
                unread->message);
    return 0;
}

int occasion_check(const struct opt *opt, const struct ledger_path *path,
                   const char *manifest, const struct os *os, struct err *err)
{
    struct ledger_options options = {.os = os, .mode = LEDGER_READ};
    struct ledger *ledger = NULL;
    struct err unread = ERR_INIT;
    struct buf pattern;
    struct stat st;
    glob_t matches;
    int rc = 0;

    if (!opt->batch || !strchr(opt->batch, '%') || stat(path->path, &st) == 0)
        return 0;
    buf_init(&pattern, PATTERN_MAX);
    add_pattern(&pattern, opt, path);
    if (!pattern.failed &&
        glob(buf_str(&pattern), GLOB_NOSORT, NULL, &matches) == 0) {
        options.path = newest(&matches, path->path);
        int opened = options.path ? ledger_open(&ledger, &options, &unread) : 1;
        if (opened == 0)
            rc = judge(opt, ledger_info(ledger), options.path, manifest, err);
        else if (opened == ERR_DATA)
            rc = judge_unread(opt, options.path, &unread, err);
        ledger_close(ledger);
        globfree(&matches);
    }
    buf_release(&pattern);
    return rc;
}
