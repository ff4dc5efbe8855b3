/* The manifest's entries that a ledger has recorded. */
#include "ledger_impl.h"
#include "ledger_read.h"
#include "ledger_stream.h"

#include <string.h>

/* `{"seq":1,"at":"…","type":"` is shorter than this. */
#define FRONT_MAX 96

/* Most records are jobs': they are not read any further. */
static bool may_be_entry(const struct ledger_stream_line *line)
{
    static const char type[] = "\"type\":\"entry\"";
    size_t len = line->len < FRONT_MAX ? line->len : FRONT_MAX;
    const char *end = line->text + len;

    for (const char *at = line->text; at < end; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (!at || (size_t)(end - at) < sizeof type - 1)
            return false;
        if (memcmp(at, type, sizeof type - 1) == 0)
            return true;
    }
    return false;
}

int ledger_each_entry(struct ledger *ledger, const char *id, uint64_t before,
                      ledger_entry_function *on_entry, void *arg,
                      struct err *err)
{
    uint64_t end = before < ledger->end ? before : ledger->end;
    struct ledger_stream_line text;
    struct ledger_stream stream;
    struct ledger_line line;
    const char *why;
    int rc;

    ledger_stream_init(&stream, ledger->os, ledger->info.path, ledger->fd, 0,
                       end);
    while ((rc = ledger_stream_next(&stream, &text, err)) == 1) {
        if (!may_be_entry(&text) ||
            ledger_line_read(&ledger->scanner, text.text, text.len, &line,
                             &why) != LINE_GOOD ||
            line.type != TYPE_entry || !ledger_get_is(&line, FIELD_id, id))
            continue;
        rc = on_entry(arg, ledger_get(&line, FIELD_template), err);
        if (rc != 0)
            break;
    }
    ledger_stream_release(&stream);
    return rc;
}
