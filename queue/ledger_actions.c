#include "ledger_actions.h"

#include "ledger_impl.h"

#include <string.h>

static const char *const op_names[] = {"post", "extend", "stop"};

/* What a record that is no intent makes of the action that it answers. */
static enum ledger_action_state state_of(const struct ledger_line *line)
{
    switch (line->type) {
    case TYPE_extend:
    case TYPE_stop:
        return LEDGER_ACTION_DONE;
    case TYPE_release:
        return LEDGER_ACTION_RELEASED;
    case TYPE_reject:
        return LEDGER_ACTION_REJECTED;
    case TYPE_unknown:
        return ledger_has(line, FIELD_mismatch) ? LEDGER_ACTION_MISMATCH
                                                : LEDGER_ACTION_UNKNOWN;
    default:
        return LEDGER_ACTION_OPEN;
    }
}

/* Going back through the records of one op at one address. */
struct walk {
    const char *op;
    const char *address;
    enum ledger_action_state newest; /* NONE: no answer met yet */
    char idem[KEY_UUID_MAX];         /* that it names; "" where null */
};

static void idem_of(const struct ledger_line *line, char out[KEY_UUID_MAX])
{
    struct ledger_text text = ledger_get(line, FIELD_idem);

    out[0] = '\0';
    if (!ledger_has(line, FIELD_idem) || text.len >= KEY_UUID_MAX)
        return;
    memcpy(out, text.bytes, text.len);
    out[text.len] = '\0';
}

static bool concerns(const struct walk *walk, const struct ledger_line *line)
{
    bool of_op = ledger_get_is(line, FIELD_op, walk->op);

    return of_op && ledger_get_is(line, FIELD_address, walk->address);
}

/* The newest intent: it is open unless a later record answered its key. */
static enum ledger_action_state judge(const struct walk *walk,
                                      const struct ledger_line *line)
{
    char idem[KEY_UUID_MAX];

    idem_of(line, idem);
    if (walk->newest == LEDGER_ACTION_NONE || strcmp(idem, walk->idem) != 0)
        return LEDGER_ACTION_OPEN;
    return walk->newest;
}

/* 1 where the line was replaced, since other records were read; 0; negative. */
static int look_at(struct ledger *ledger, struct walk *walk,
                   const struct ledger_line *line, uint64_t offset,
                   struct ledger_reader *reader, struct ledger_actions *out,
                   struct err *err)
{
    if (!concerns(walk, line))
        return 0;
    if (line->type != TYPE_intent) {
        if (out->intents == 0 && walk->newest == LEDGER_ACTION_NONE) {
            walk->newest = state_of(line);
            idem_of(line, walk->idem);
        }
        return 0;
    }
    if (out->intents++ > 0)
        return 0;
    out->state = judge(walk, line);
    int result =
        ledger_read_sent(ledger, line, offset, reader, &out->sent, err);
    return result < 0 ? result : 1;
}

int ledger_read_actions(struct ledger *ledger, const struct ledger_job *job,
                        enum ledger_op op, const char *address,
                        struct ledger_reader *reader,
                        struct ledger_actions *out, struct err *err)
{
    struct walk walk = {.op = op_names[op], .address = address};
    struct ledger_line line;
    uint64_t offset = job->offset;
    int more = ledger_fetch(ledger, offset, &line, err) < 0 ? err->code : 1;

    *out = (struct ledger_actions){.state = LEDGER_ACTION_NONE};
    while (more > 0) {
        more = look_at(ledger, &walk, &line, offset, reader, out, err);
        if (more > 0)
            more = ledger_fetch(ledger, offset, &line, err);
        if (more == 0)
            more = ledger_fetch_prev(ledger, &line, &offset, err);
    }
    return more;
}

static int read_invoked(const struct ledger_invocation *invocation,
                        const struct ledger_line *line,
                        struct ledger_reader *reader,
                        struct ledger_invoked *out, struct err *err)
{
    struct arena *arena = &reader->arena;

    arena_clear(arena);
    *out = (struct ledger_invoked){
        .seq = invocation->seq,
        .at_ms = ledger_line_ms(line),
        .manifest =
            ledger_copy(line, FIELD_manifest, arena, &reader->doc).bytes,
        .options = ledger_copy(line, FIELD_options, arena, &reader->doc),
        .closed = invocation->closed,
        .status = invocation->status,
    };
    return arena_error(arena, "a ledger's record", err);
}

int ledger_find_invoked(struct ledger *ledger, const char *command,
                        struct ledger_reader *reader,
                        struct ledger_invoked *out, struct err *err)
{
    struct ledger_line line;

    for (size_t i = ledger->invocation_count; i-- > 0;) {
        const struct ledger_invocation *at = &ledger->invocations[i];
        if (ledger_fetch(ledger, at->offset, &line, err) < 0)
            return err->code;
        if (!ledger_get_is(&line, FIELD_command, command))
            continue;
        int result = read_invoked(at, &line, reader, out, err);
        return result < 0 ? result : 1;
    }
    return 0;
}
