/*
 * ending_metrics: Prometheus' text format,
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../templates/json.h"
#include "../templates/money.h"
#include "ending.h"
#include "replace_file.h"
#include "status.h"

#define METRICS_MAX ((size_t)64 << 10) /* bytes of a file that is read */
#define LABELS_MAX  8192

static const char success_name[] = "nosbatch_last_success_timestamp_seconds";

/* Backslash, quote and newline are escaped; what is not UTF-8 has no place. */
static void add_label(struct buf *out, const char *text)
{
    bool valid = json_utf8_valid(text, strlen(text));

    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            buf_add_char(out, '\\');
        if (*text == '\n')
            buf_add_str(out, "\\n");
        else
            buf_add_char(out,
                         !valid && (unsigned char)*text >= 0x80 ? '?' : *text);
    }
}

/* `{command="run",input="m.json"` */
static void add_labels(struct buf *out, const struct ending *ending)
{
    const char *slash = strrchr(ending->input, '/');

    buf_addf(out, "{command=\"%s\",input=\"", ending->command);
    add_label(out, slash && slash[1] != '\0' ? slash + 1 : ending->input);
    buf_add_char(out, '"');
}

static void add_head(struct buf *out, const char *name, const char *help)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void add_sample(struct buf *out, const char *name, const char *help,
                       const struct buf *labels, const char *value)
{
    add_head(out, name, help);
    buf_addf(out, "%s%s} %s\n", name, buf_str(labels), value);
}

static void add_jobs(struct buf *out, const struct ending *ending,
                     const struct buf *labels)
{
    add_head(out, "nosbatch_jobs", "Jobs of the last invocation by outcome.");
    for (size_t i = 0; i < ending->count; i++)
        buf_addf(out, "nosbatch_jobs%s,outcome=\"%s\"} %llu\n", buf_str(labels),
                 ending->counts[i].name,
                 (unsigned long long)ending->counts[i].value);
}

void ending_metrics(const struct ending *ending, int64_t success_s,
                    struct buf *out)
{
    char value[MONEY_TEXT_MAX + 32];
    struct buf labels;

    buf_init(&labels, LABELS_MAX);
    add_labels(&labels, ending);
    add_jobs(out, ending, &labels);
    money_format(ending->cost_nano, value);
    add_sample(
        out, "nosbatch_cost_dollars",
        "What the last invocation charged (run, retry), or what its jobs cost "
        "(wait).",
        &labels, value);
    snprintf(value, sizeof value, "%llu.%03llu",
             (unsigned long long)(ending->took_ms / 1000),
             (unsigned long long)(ending->took_ms % 1000));
    add_sample(out, "nosbatch_duration_seconds",
               "How long the last invocation took.", &labels, value);
    snprintf(value, sizeof value, "%d", ending->status);
    add_sample(out, "nosbatch_exit_status",
               "Exit status of the last invocation, 0 where all is well.",
               &labels, value);
    snprintf(value, sizeof value, "%lld", (long long)(ending->at_ms / 1000));
    add_sample(out, "nosbatch_end_timestamp_seconds",
               "When the last invocation ended.", &labels, value);
    snprintf(value, sizeof value, "%lld", (long long)success_s);
    add_sample(out, success_name,
               "When an invocation last ended with status 0; 0: never.",
               &labels, value);
    if (labels.failed && !out->failed)
        out->failed = labels.failed;
    buf_release(&labels);
}

/* Reads a file whole; leaves out empty where that cannot be. */
static void read_whole(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = -1;

    if (fd < 0)
        return;
    for (;;) {
        char *room = buf_room(out, 4096);
        n = room ? read(fd, room, 4096) : -1;
        if (n < 0 && room && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        buf_grown(out, (size_t)n);
    }
    close(fd);
    if (n < 0)
        buf_clear(out);
}

/*
 * The last success of the same command that the file tells of, whatever its
 * input was called: a nightly ledger has another name each time.
 */
static int64_t earlier_success(const struct ending *ending, const char *path)
{
    struct buf text, wanted;
    int64_t success_s = 0;

    buf_init(&text, METRICS_MAX);
    buf_init(&wanted, LABELS_MAX);
    read_whole(path, &text);
    buf_addf(&wanted, "\n%s{command=\"%s\",", success_name, ending->command);
    const char *at = strstr(buf_str(&text), buf_str(&wanted));
    if (at)
        at = strstr(at, "\"} ");
    if (at)
        success_s = strtoll(at + 3, NULL, 10);
    buf_release(&text);
    buf_release(&wanted);
    return success_s > 0 ? success_s : 0;
}

int ending_check(const char *path, struct err *err)
{
    char folder[REPLACE_PATH_MAX];
    const char *slash;
    struct stat st;

    if (!path)
        return 0;
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_set(err, ERR_CREATE,
                       "--metrics: \"%s\" is no regular file, and would be "
                       "replaced by one",
                       path);
    slash = strrchr(path, '/');
    if (path[0] == '\0' || (slash && slash[1] == '\0') ||
        strlen(path) >= sizeof folder)
        return err_set(err, ERR_CREATE,
                       "--metrics: expected a file's name, found \"%.200s\"",
                       path);
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    if (access(folder, W_OK | X_OK) != 0)
        return err_set_errno(err, ERR_CREATE, errno,
                             "--metrics: cannot write into the folder \"%s\"",
                             folder);
    /* replace_file's temporary name is the longer one. */
    char temporary[REPLACE_PATH_MAX + 16];
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (lstat(temporary, &st) != 0 && errno != ENOENT)
        return err_set_errno(err, ERR_CREATE, errno,
                             "--metrics: cannot write \"%.200s\"", path);
    return 0;
}

int ending_write_metrics(const struct ending *ending, const char *path,
                         struct err *err)
{
    int64_t success_s = ending->status == STATUS_OK
                            ? ending->at_ms / 1000
                            : earlier_success(ending, path);
    struct buf text;
    int rc = ending_check(path, err);
    if (rc != 0)
        return rc;
    buf_init(&text, METRICS_MAX);
    ending_metrics(ending, success_s, &text);
    rc = buf_error(&text, "the metrics", err);
    if (rc == 0)
        rc = replace_file(path, &text, 0644, err);
    buf_release(&text);
    return rc;
}
