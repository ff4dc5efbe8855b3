#include "ledger_impl.h"

#include "ledger_stream.h"

#include <string.h>

/* A generation of a job. */
struct owner {
    const uint8_t *key;
    uint32_t gen;
};

/* Whether the record makes the address somebody else's job. */
static bool takes(const struct ledger_line *line, const struct owner *owner,
                  const char *address)
{
    uint8_t other[KEY_LEN];
    uint64_t gen;

    return (line->type == TYPE_post || line->type == TYPE_settle) &&
           ledger_get_is(line, FIELD_address, address) &&
           ledger_get_key(line, other) &&
           ledger_get_u64(line, FIELD_gen, LEDGER_GEN_MAX, &gen) &&
           (memcmp(other, owner->key, KEY_LEN) != 0 || gen != owner->gen);
}

/* Looks through lines of memory: what is pending. */
static bool taken_in_pending(struct ledger *ledger, const struct owner *owner,
                             const char *address)
{
    const char *at = buf_str(&ledger->pending);
    const char *end = at + ledger->pending.len;
    const char *newline;
    struct ledger_line line;
    const char *why;

    for (; (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1)
        if (ledger_line_read(&ledger->scanner, at, (size_t)(newline - at),
                             &line, &why) == LINE_GOOD &&
            takes(&line, owner, address))
            return true;
    return false;
}

/* Looks through the whole file. 1, 0 or negative. */
static int taken_in_file(struct ledger *ledger, const struct owner *owner,
                         const char *address, struct err *err)
{
    struct ledger_stream stream;
    struct ledger_stream_line in;
    struct ledger_line line;
    const char *why;
    bool found = false;
    int more = 1;

    ledger_stream_init(&stream, ledger->os, ledger->info.path, ledger->fd, 0,
                       ledger->end);
    while (!found && (more = ledger_stream_next(&stream, &in, err)) > 0)
        found = ledger_line_read(&ledger->scanner, in.text, in.len, &line,
                                 &why) == LINE_GOOD &&
                takes(&line, owner, address);
    ledger_stream_release(&stream);
    return found ? 1 : more;
}

int ledger_address_taken(struct ledger *ledger, const uint8_t key[KEY_LEN],
                         uint32_t gen, const char *address, struct err *err)
{
    const struct owner owner = {key, gen};
    struct ledger_text text = {address, strlen(address)};
    int found;

    if (!ledger->watch || !ledger_addresses_has(&ledger->addresses,
                                                ledger_text_hash(ledger, text)))
        return 0;
    found = taken_in_pending(ledger, &owner, address)
                ? 1
                : taken_in_file(ledger, &owner, address, err);
    if (found <= 0)
        return found;
    return err_set(err, ERR_INTERNAL,
                   "the service gave job %s to two different jobs; see \"%s\"",
                   address, ledger->info.path);
}
