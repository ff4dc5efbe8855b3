/*
 * bench-read WHAT FILE: how long one way of reading a file takes.
 *
 * Prints "SECONDS BYTES COUNT EXTRA": processor time of user and system, bytes
 * read, what was counted, and a number that is explained below. The limits:
 *   inflate   a gzip file through zlib alone (count: members)
 *   json      the JSON values of a plain file, a line each, through the JSON
 *             reader; reading the file is not counted in (count: values)
 *   crc       a file and its CRC-32 by the ledger's function
 *   zcrc      the same by zlib's
 * and what is measured beside them:
 *   manifest  all entries of a manifest, read and checked (count: entries)
 *   ledger    a ledger's index (count: jobs; extra: its bytes of memory)
 *   posting   the same with what `run` keeps beside: addresses and CIDs
 *
 * Exit status 0, or 2 with a line on standard error. For the scripts of bench.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "../queue/ledger_impl.h"
#include "../queue/manifest.h"

#define PIECE_BYTES ((size_t)256 << 10)
#define GZIP_ONLY   31 /* inflateInit2: a gzip header is expected */
#define NANO        1e-9
#define TROUBLE     2

struct measure {
    int fd;
    const char *path;
    double seconds;
    uint64_t bytes, count, extra;
    struct err err;
};

static double processor_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * NANO;
}

/* The next piece of the file; 0 at its end. */
static size_t piece(struct measure *m, char *out)
{
    ssize_t n = read(m->fd, out, PIECE_BYTES);

    return n > 0 ? (size_t)n : 0;
}

static int measure_crc(struct measure *m)
{
    static char text[PIECE_BYTES];
    size_t n;

    while ((n = piece(m, text)) > 0) {
        m->extra ^= ledger_crc(text, n);
        m->bytes += n;
    }
    return 0;
}

static int measure_zcrc(struct measure *m)
{
    static char text[PIECE_BYTES];
    size_t n;

    while ((n = piece(m, text)) > 0) {
        m->extra ^= crc32_z(0, (const unsigned char *)text, n);
        m->bytes += n;
    }
    return 0;
}

/* Inflates what zlib was given, whatever the number of members. */
static int inflate_piece(struct measure *m, z_stream *zlib)
{
    static unsigned char text[PIECE_BYTES];
    int rc = Z_OK;

    while (rc == Z_OK || rc == Z_STREAM_END) {
        zlib->next_out = text;
        zlib->avail_out = sizeof text;
        rc = inflate(zlib, Z_NO_FLUSH);
        m->bytes += sizeof text - zlib->avail_out;
        m->count += rc == Z_STREAM_END;
        if (rc == Z_STREAM_END && zlib->avail_in == 0)
            break;
        if (rc == Z_STREAM_END)
            inflateReset(zlib);
    }
    return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ? 0 : rc;
}

static int measure_inflate(struct measure *m)
{
    static char packed[PIECE_BYTES];
    z_stream zlib = {0};
    size_t n;
    int rc = inflateInit2(&zlib, GZIP_ONLY);

    while (rc == Z_OK && (n = piece(m, packed)) > 0) {
        zlib.next_in = (unsigned char *)packed;
        zlib.avail_in = (uInt)n;
        rc = inflate_piece(m, &zlib);
    }
    inflateEnd(&zlib);
    return rc == Z_OK ? 0 : err_set(&m->err, ERR_DATA, "%s", zError(rc));
}

/* The whole lines of a text of *len bytes; what is left moves to its front. */
static int parse_lines(struct measure *m, struct json *doc, char *text,
                       size_t *len)
{
    char *line = text;
    char *end = text + *len;
    char *newline;
    int rc = 0;

    while (rc == 0 && (newline = memchr(line, '\n', (size_t)(end - line)))) {
        rc = json_parse(doc, line, (size_t)(newline - line), &m->err);
        line = newline + 1;
        m->count++;
    }
    *len = (size_t)(end - line);
    memmove(text, line, *len);
    return rc;
}

static int measure_json(struct measure *m)
{
    static char text[2 * PIECE_BYTES];
    struct json doc;
    double start;
    double parsing = 0;
    size_t kept = 0;
    size_t n;
    int rc = 0;

    json_init(&doc);
    while (rc == 0 && kept < PIECE_BYTES && (n = piece(m, text + kept)) > 0) {
        m->bytes += n;
        kept += n;
        start = processor_seconds();
        rc = parse_lines(m, &doc, text, &kept);
        parsing += processor_seconds() - start;
    }
    json_release(&doc);
    m->seconds = parsing;
    return rc;
}

static int measure_manifest(struct measure *m)
{
    const struct manifest_options options = {.schema = DEFINITION_DEFAULT};
    struct manifest manifest;
    struct entry *entry;
    struct errs errs;

    errs_init(&errs);
    if (manifest_open(&manifest, m->path, &options, &m->err) < 0)
        return m->err.code;
    while (manifest_next(&manifest, &entry, &errs) > 0)
        m->bytes += entry ? 1 : 0;
    m->count = manifest_entries(&manifest);
    manifest_release(&manifest);
    return errs_result(&errs, &m->err);
}

static int read_ledger(struct measure *m, bool watch)
{
    struct ledger_options options = {
        .os = os_posix(), .mode = LEDGER_READ, .path = m->path, .watch = watch};
    struct ledger *ledger;

    if (ledger_open(&ledger, &options, &m->err) != 0)
        return m->err.code != 0
                   ? m->err.code
                   : err_set(&m->err, ERR_INPUT, "there is no such ledger");
    m->bytes = ledger_info(ledger)->bytes;
    m->count = ledger_jobs(ledger);
    m->extra = ledger_index_bytes(&ledger->index) +
               ledger_addresses_bytes(&ledger->addresses);
    ledger_close(ledger);
    return 0;
}

static int measure_ledger(struct measure *m)
{
    return read_ledger(m, false);
}

static int measure_posting(struct measure *m)
{
    return read_ledger(m, true);
}

static const struct {
    const char *name;
    int (*measure)(struct measure *m);
} ways[] = {
    {"inflate", measure_inflate},   {"json", measure_json},
    {"crc", measure_crc},           {"zcrc", measure_zcrc},
    {"manifest", measure_manifest}, {"ledger", measure_ledger},
    {"posting", measure_posting},
};

#define WAYS (sizeof ways / sizeof ways[0])

static int run(int (*measure)(struct measure *m), const char *path)
{
    struct measure m = {.path = path, .seconds = -1, .err = ERR_INIT};

    m.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (m.fd < 0) {
        perror(path);
        return TROUBLE;
    }
    double start = processor_seconds();
    int rc = measure(&m);
    double seconds = processor_seconds() - start;
    close(m.fd);
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", path, m.err.message);
        return TROUBLE;
    }
    printf("%.6f %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
           m.seconds >= 0 ? m.seconds : seconds, m.bytes, m.count, m.extra);
    return 0;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < WAYS; i++)
        if (strcmp(argv[1], ways[i].name) == 0)
            return run(ways[i].measure, argv[2]);
    fprintf(stderr, "usage: bench-read inflate|json|crc|zcrc|manifest|ledger|"
                    "posting FILE\n");
    return TROUBLE;
}
