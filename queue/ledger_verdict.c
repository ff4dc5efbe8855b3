#include "ledger_verdict.h"

#include <string.h>

#define PROOF_TRIES    64 /* places in a bad line where one may begin */
#define VERSION_ENOUGH 100000

int ledger_verdict_damaged(const char *path, uint64_t offset, const char *why,
                           struct err *err)
{
    return err_set(err, ERR_DATA,
                   "byte %llu of \"%s\" is damaged: %s, and a later record "
                   "proves that it was whole once; nothing is sent: restore "
                   "the file from a copy",
                   (unsigned long long)offset, path, why);
}

int ledger_verdict_foreign(const char *path, uint64_t offset, const char *why,
                           struct err *err)
{
    return err_set(err, ERR_DATA,
                   "byte %llu of \"%s\": the record's CRC is right, but %s: "
                   "it is of another version of this program, or the file "
                   "was put together by hand",
                   (unsigned long long)offset, path, why);
}

int ledger_verdict_newer(const char *path, unsigned version, struct err *err)
{
    return err_set(err, ERR_DATA,
                   "\"%s\" is a ledger of version %u, expected %d: use the "
                   "newer nosbatch that wrote it",
                   path, version, LEDGER_VERSION);
}

const char *ledger_does_not_follow(uint64_t seq, uint64_t greatest_dur,
                                   const struct ledger_line *line,
                                   uint64_t offset)
{
    if (line->seq != seq + 1)
        return "its seq does not follow the one before";
    if (line->dur < greatest_dur)
        return "its dur is less than the one before";
    if (line->dur > offset)
        return "its dur is past its own place";
    if ((line->type == TYPE_ledger) != (line->seq == 1))
        return "the first record, and only that, is of type ledger";
    return NULL;
}

uint64_t ledger_proof(struct ledger_scanner *scanner, const char *text,
                      size_t len)
{
    static const char head[] = "{\"seq\":";
    const size_t head_len = sizeof head - 1;
    const char *end = text + len;
    struct ledger_line line;
    const char *why;
    int tries = 0;

    for (const char *at = text;
         tries < PROOF_TRIES && (size_t)(end - at) > head_len &&
         (at = memchr(at, '{', (size_t)(end - at) - head_len));
         at++) {
        if (memcmp(at, head, head_len) != 0)
            continue;
        tries++;
        enum ledger_verdict verdict =
            ledger_line_skim(scanner, at, (size_t)(end - at), &line, &why);
        if (verdict == LINE_GOOD)
            return line.dur;
        if (verdict == LINE_FOREIGN)
            return UINT64_MAX;
    }
    return 0;
}

/* Whether the bytes can be the beginning of a first record. */
static bool begins_ledger(const char *bytes, size_t len)
{
    static const char first[] = "{\"seq\":1,\"at\":\"";
    size_t zeros = 0;
    size_t agree = len < sizeof first - 1 ? len : sizeof first - 1;
    const char *newline = memchr(bytes, '\n', len);

    while (zeros < len && bytes[zeros] == '\0')
        zeros++;
    if (newline && newline != bytes + len - 1)
        return false;
    return zeros == len || memcmp(bytes, first, agree) == 0;
}

static bool begins(const char *bytes, size_t len, const char *word)
{
    size_t word_len = strlen(word);

    return len >= word_len && memcmp(bytes, word, word_len) == 0;
}

/* The number that the bytes begin with; of a huge one the first digits. */
static unsigned number_at(const char *bytes, size_t len)
{
    unsigned number = 0;

    for (size_t i = 0; i < len && bytes[i] >= '0' && bytes[i] <= '9' &&
                       number < VERSION_ENOUGH;
         i++)
        number = number * 10 + (unsigned)(bytes[i] - '0');
    return number;
}

/* The number behind "version": in a first line that we cannot read; 0. */
static unsigned version_of(const char *bytes, size_t len)
{
    static const char name[] = "\"version\":";
    const size_t name_len = sizeof name - 1;
    unsigned version = 0;
    bool is_ledger = false;

    for (size_t i = 0; i < len && bytes[i] != '\n'; i++) {
        if (begins(bytes + i, len - i, "\"type\":\"ledger\""))
            is_ledger = true;
        if (begins(bytes + i, len - i, name))
            version = number_at(bytes + i + name_len, len - i - name_len);
    }
    return is_ledger ? version : 0;
}

/* What is said of first bytes that are no first record. */
static int refuse_first(const char *path, const char *bytes, size_t len,
                        unsigned version, struct err *err)
{
    if (version == LEDGER_VERSION || begins(bytes, len, "{\"seq\":1,"))
        return err_set(err, ERR_DATA,
                       "byte 0 of \"%s\" is damaged: the first record cannot "
                       "be read; nothing is sent: restore the file from a copy",
                       path);
    return err_set(err, ERR_DATA,
                   "\"%s\" is no ledger and is left alone: name another file; "
                   "a ledger is called NAME.ledger.jsonl, unless --ledger "
                   "says otherwise",
                   path);
}

int ledger_verdict_first(struct ledger_scanner *scanner, const char *path,
                         const char *bytes, size_t len, bool whole,
                         struct err *err)
{
    const char *newline = len > 0 ? memchr(bytes, '\n', len) : NULL;
    enum ledger_verdict verdict = LINE_BAD;
    struct ledger_line line;
    const char *why;

    if (newline)
        verdict = ledger_line_read(scanner, bytes, (size_t)(newline - bytes),
                                   &line, &why);
    if (verdict == LINE_GOOD)
        return 0;
    unsigned version = version_of(bytes, len);
    if (version > LEDGER_VERSION)
        return ledger_verdict_newer(path, version, err);
    if (verdict == LINE_BAD && whole && begins_ledger(bytes, len))
        return 1;
    return refuse_first(path, bytes, len, version, err);
}
