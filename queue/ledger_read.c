#include "ledger_impl.h"

#include <string.h>

#define READER_MAX ((size_t)512 << 20)

void ledger_reader_init(struct ledger_reader *reader)
{
    arena_init(&reader->arena, READER_MAX);
    json_init(&reader->doc);
}

void ledger_reader_release(struct ledger_reader *reader)
{
    arena_release(&reader->arena);
    json_release(&reader->doc);
}

/*
 * A string with escapes: the JSON reader knows them all. Where memory runs
 * out the arena is marked, so that this is not taken for an absent value.
 */
static struct ledger_text copy_escaped(const char *quoted, size_t len,
                                       struct arena *arena, struct json *doc)
{
    struct ledger_text out = {NULL, 0};
    struct err err = ERR_INIT;
    struct buf text;

    buf_init(&text, len);
    int result = json_parse(doc, quoted, len, &err);
    if (result == 0 && doc->nodes[0].type == JSON_STRING) {
        json_string(doc, 0, &text);
        result = text.failed;
        out.len = text.len;
        out.bytes =
            text.failed ? NULL : arena_copy(arena, buf_str(&text), text.len);
    }
    buf_release(&text);
    if (result == ERR_MEMORY && arena->failed == 0)
        arena->failed = ERR_MEMORY;
    return out;
}

struct ledger_text ledger_copy(const struct ledger_line *line,
                               enum ledger_field field, struct arena *arena,
                               struct json *doc)
{
    struct ledger_text raw = ledger_get(line, field);

    if (!ledger_has(line, field))
        return (struct ledger_text){NULL, 0};
    if (ledger_is_string(line, field) && raw.len > 0 &&
        memchr(raw.bytes, '\\', raw.len))
        return copy_escaped(raw.bytes - 1, raw.len + 2, arena, doc);
    return (struct ledger_text){arena_copy(arena, raw.bytes, raw.len), raw.len};
}

/* Copies fields of one line into one reader's arena. */
struct copier {
    const struct ledger_line *line;
    struct ledger_reader *reader;
};

static struct ledger_text text_of(const struct copier *from,
                                  enum ledger_field field)
{
    return ledger_copy(from->line, field, &from->reader->arena,
                       &from->reader->doc);
}

static const char *str_of(const struct copier *from, enum ledger_field field)
{
    return text_of(from, field).bytes;
}

static uint64_t number_of(const struct copier *from, enum ledger_field field)
{
    uint64_t value = 0;

    if (!ledger_get_u64(from->line, field, UINT64_MAX, &value))
        return 0;
    return value;
}

static void read_intent_fields(const struct copier *from,
                               struct ledger_intent *out)
{
    (void)ledger_get_key(from->line, out->key);
    out->op = ledger_get_is(from->line, FIELD_op, "extend") ? LEDGER_EXTEND
              : ledger_get_is(from->line, FIELD_op, "stop") ? LEDGER_STOP
                                                            : LEDGER_POST;
    out->gen = (uint32_t)number_of(from, FIELD_gen);
    out->epoch = (uint32_t)number_of(from, FIELD_epoch);
    out->idem = str_of(from, FIELD_idem);
    out->name = text_of(from, FIELD_name);
    out->id = str_of(from, FIELD_id);
    out->params = text_of(from, FIELD_params);
    out->repeat = number_of(from, FIELD_repeat);
    out->cid = str_of(from, FIELD_cid);
    out->market = str_of(from, FIELD_market);
    out->timeout_s = number_of(from, FIELD_timeout);
    out->node = str_of(from, FIELD_node);
    out->draw = number_of(from, FIELD_draw);
    out->body = text_of(from, FIELD_body);
    (void)ledger_get_nano(from->line, FIELD_max_usd, &out->max_nano);
    out->address = out->op == LEDGER_POST ? NULL : str_of(from, FIELD_address);
    out->seconds = number_of(from, FIELD_seconds);
    out->replaces = str_of(from, FIELD_replaces);
}

static int missing(const struct ledger *ledger, uint64_t offset,
                   const char *what, struct err *err)
{
    return err_set(err, ERR_DATA, "byte %llu of \"%s\": the job has no %s",
                   (unsigned long long)offset, ledger->info.path, what);
}

/* Goes back to the job's newest post intent, and says where it is. */
static int find_intent(struct ledger *ledger, struct ledger_line *line,
                       uint64_t *offset, struct err *err)
{
    int more = 1;

    while (more > 0) {
        if (line->type == TYPE_intent && ledger_get_is(line, FIELD_op, "post"))
            return 0;
        more = ledger_fetch_prev(ledger, line, offset, err);
    }
    return more < 0 ? more : missing(ledger, *offset, "intent", err);
}

/* Whether a record is about the job's post: no extension, stop or state. */
static bool is_of_post(const struct ledger_line *line)
{
    return line->type == TYPE_settle || ledger_get_is(line, FIELD_op, "post");
}

static bool closes(const struct ledger_line *line)
{
    return line->type == TYPE_release || line->type == TYPE_reject ||
           line->type == TYPE_settle;
}

/*
 * Counts the post intents of a generation from the one at offset back to what
 * last closed the job: a release, a reject, a settlement.
 */
static int count_epochs(struct ledger *ledger, uint64_t offset, uint32_t gen,
                        uint32_t *count, struct err *err)
{
    struct ledger_line line;
    uint64_t of_gen;
    int more = ledger_fetch(ledger, offset, &line, err) < 0 ? err->code : 1;

    *count = 0;
    while (more > 0) {
        if (is_of_post(&line)) {
            if (!ledger_get_u64(&line, FIELD_gen, UINT64_MAX, &of_gen))
                of_gen = gen;
            if (of_gen != gen || closes(&line))
                break;
            *count += line.type == TYPE_intent ? 1 : 0;
        }
        more = ledger_fetch_prev(ledger, &line, &offset, err);
    }
    return more < 0 ? more : 0;
}

/* Boot and account of the invocation whose open record has this seq. */
static int read_invocation(struct ledger *ledger, uint64_t seq,
                           struct ledger_sent *out, struct err *err)
{
    struct ledger_line line;
    struct ledger_text text;
    size_t i = ledger->invocation_count;

    out->has_account = false;
    memset(out->account, 0, sizeof out->account);
    memset(out->boot_id, 0, sizeof out->boot_id);
    while (i > 0 && ledger->invocations[i - 1].seq > seq)
        i--;
    if (i == 0 || ledger->invocations[i - 1].seq != seq)
        return err_set(err, ERR_DATA,
                       "\"%s\": no open record has seq %llu, which an intent "
                       "names",
                       ledger->info.path, (unsigned long long)seq);
    if (ledger_fetch(ledger, ledger->invocations[i - 1].offset, &line, err) < 0)
        return err->code;
    text = ledger_get(&line, FIELD_boot_id);
    if (text.len < sizeof out->boot_id)
        memcpy(out->boot_id, text.bytes, text.len);
    text = ledger_get(&line, FIELD_account);
    out->has_account = ledger_is_string(&line, FIELD_account) &&
                       ledger_unhex(text, out->account, sizeof out->account);
    return 0;
}

int ledger_read_sent(struct ledger *ledger, const struct ledger_line *line,
                     uint64_t offset, struct ledger_reader *reader,
                     struct ledger_sent *out, struct err *err)
{
    struct copier from = {line, reader};

    arena_clear(&reader->arena);
    *out = (struct ledger_sent){0};
    read_intent_fields(&from, &out->intent);
    out->seq = line->seq;
    out->open_seq = number_of(&from, FIELD_open);
    out->at_ms = ledger_line_ms(line);
    out->boot_ms = number_of(&from, FIELD_boot_ms);
    if (arena_error(&reader->arena, "a ledger's record", err) < 0)
        return err->code;
    if (!out->intent.body.bytes)
        return missing(ledger, offset, "body in its intent", err);
    return read_invocation(ledger, out->open_seq, out, err);
}

int ledger_read_intent(struct ledger *ledger, const struct ledger_job *job,
                       struct ledger_reader *reader, struct ledger_sent *out,
                       struct err *err)
{
    struct ledger_line line;
    uint64_t offset = job->offset;
    int result = ledger_fetch(ledger, offset, &line, err);

    if (result == 0)
        result = find_intent(ledger, &line, &offset, err);
    if (result == 0)
        result = ledger_read_sent(ledger, &line, offset, reader, out, err);
    if (result < 0)
        return result;
    return count_epochs(ledger, offset, out->intent.gen, &out->epochs, err);
}

static void read_post_fields(const struct copier *from, struct ledger_post *out)
{
    read_intent_fields(from, &out->intent);
    out->address = str_of(from, FIELD_address);
    out->run = str_of(from, FIELD_run);
    out->tx = str_of(from, FIELD_tx);
    (void)ledger_get_nano(from->line, FIELD_cost_usd, &out->cost_nano);
    out->estimate = ledger_get_is(from->line, FIELD_cost_source, "estimate");
    out->cost_raw = str_of(from, FIELD_cost_raw);
    out->credits = str_of(from, FIELD_credits);
    out->reservation = str_of(from, FIELD_reservation);
    out->project = str_of(from, FIELD_project);
    out->attempts = (uint32_t)number_of(from, FIELD_attempts);
    out->elapsed_ms = number_of(from, FIELD_ms);
}

/* A job that was settled as posted: an address, and what its intent says. */
static int read_settled(struct ledger *ledger, struct ledger_line *line,
                        uint64_t offset, struct ledger_reader *reader,
                        struct ledger_post *out, struct err *err)
{
    struct copier from = {line, reader};
    const char *address = str_of(&from, FIELD_address);

    int result = find_intent(ledger, line, &offset, err);
    if (result < 0)
        return result;
    read_intent_fields(&from, &out->intent);
    out->address = address;
    out->cost_nano = out->intent.max_nano;
    out->estimate = true;
    return 1;
}

int ledger_read_post(struct ledger *ledger, const struct ledger_job *job,
                     struct ledger_reader *reader, struct ledger_post *out,
                     struct err *err)
{
    struct ledger_line line;
    struct copier from = {&line, reader};
    uint64_t offset = job->offset;
    int result = ledger_fetch(ledger, offset, &line, err);

    arena_clear(&reader->arena);
    *out = (struct ledger_post){0};
    for (int more = 1; result == 0 && more > 0;) {
        if (number_of(&from, FIELD_gen) < job->gen)
            break;
        if (line.type == TYPE_post) {
            read_post_fields(&from, out);
            result = 1;
        } else if (line.type == TYPE_settle &&
                   ledger_has(&line, FIELD_address)) {
            result = read_settled(ledger, &line, offset, reader, out, err);
        } else {
            more = ledger_fetch_prev(ledger, &line, &offset, err);
            result = more < 0 ? more : 0;
        }
    }
    if (result > 0 && arena_error(&reader->arena, "a ledger's record", err) < 0)
        return err->code;
    return result;
}
