#include "ledger_sample.h"

#include <stdio.h>
#include <string.h>

#define DUMP_MAX ((size_t)1 << 20)

const struct ledger_identity sample_identity = {
    .batch = "nightly-2026-11-23",
    .shard = "3/8",
    .api_url = "https://api.example/api",
    .generation = "jobs",
    .program = "0.1",
};

int sample_open(struct disk *disk, enum ledger_mode mode,
                struct ledger **ledger, struct err *err)
{
    struct ledger_options options = {
        .os = &disk->os,
        .mode = mode,
        .path = SAMPLE_PATH,
        .identity = &sample_identity,
        .watch = true,
    };

    return ledger_open(ledger, &options, err);
}

void sample_digest(unsigned n, uint8_t digest[CID_DIGEST_LEN])
{
    for (unsigned i = 0; i < CID_DIGEST_LEN; i++)
        digest[i] = (uint8_t)(n >> (i % 4 * 8)) ^ (uint8_t)(i * 37 + 11);
}

void sample_key(unsigned n, uint8_t key[KEY_LEN])
{
    uint8_t digest[CID_DIGEST_LEN];

    sample_digest(n * 2654435761U, digest);
    memcpy(key, digest, KEY_LEN);
}

const char *sample_address(unsigned n)
{
    static char texts[2][BASE58_TEXT_MAX];
    static unsigned turn;
    uint8_t digest[CID_DIGEST_LEN];
    char *text = texts[turn++ % 2];

    sample_digest(n + 1000000, digest);
    base58_encode(digest, sizeof digest, text);
    return text;
}

struct ledger_intent sample_intent(unsigned n, uint32_t gen, uint32_t epoch)
{
    static char cid[CID_TEXT_MAX];
    static char name[64];
    static char params[64];
    static char body[256];
    uint8_t digest[CID_DIGEST_LEN];
    struct ledger_intent intent = {
        .op = LEDGER_POST,
        .gen = gen,
        .epoch = epoch,
        .idem = "0f0e0d0c-0b0a-8908-8706-050403020100",
        .id = "lr-sweep",
        .repeat = n % 5,
        .market = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq",
        .timeout_s = 3600,
        .node = n % 2 ? NULL : "SomeNode1111111111111111111111111",
        .draw = n % 3,
        .max_nano = 47960000 + (int64_t)n,
        .replaces = n % 7 == 3 ? "aaaaaaaaaaaaaaaaaaaaaaaaaa" : NULL,
    };

    sample_key(n, intent.key);
    sample_digest(n, digest);
    cid_format(digest, cid);
    intent.cid = cid;
    int len = snprintf(name, sizeof name, "lr-sweep/\"q\"\\ \xc3\xbc=%u", n);
    intent.name = (struct ledger_text){name, (size_t)len};
    len = snprintf(params, sizeof params, "{\"n\":%u,\"s\":\"}\\\"]{\"}", n);
    intent.params = (struct ledger_text){params, (size_t)len};
    len = snprintf(body, sizeof body,
                   "{\"ipfsHash\":\"%s\",\"market\":\"%s\",\"timeout\":3600}",
                   cid, intent.market);
    intent.body = (struct ledger_text){body, (size_t)len};
    return intent;
}

struct ledger_post sample_post(const struct ledger_intent *intent,
                               const char *address)
{
    return (struct ledger_post){
        .intent = *intent,
        .address = address,
        .run = "RunAddress",
        .tx = "TxSignature",
        .cost_nano = 23980000,
        .cost_raw = "0.0239800000001",
        .credits = "23.98",
        .reservation = "res-1",
        .project = "ProjectAddress",
        .attempts = 2,
        .elapsed_ms = 321,
    };
}

struct ledger_outcome sample_outcome(const struct ledger_intent *intent)
{
    struct ledger_outcome outcome = {
        .op = intent->op,
        .gen = intent->gen,
        .epoch = intent->epoch,
        .idem = intent->idem,
        .name = intent->name,
        .address = intent->address,
        .max_nano = intent->max_nano,
        .why = "no byte was sent",
        .status = 400,
        .code = "BAD",
        .message = "the service's \"text\"",
    };

    memcpy(outcome.key, intent->key, KEY_LEN);
    return outcome;
}

int sample_begin(struct ledger *ledger, struct err *err)
{
    static const uint8_t digest[32] = {1, 2, 3};
    static const uint8_t account[8] = {0xab, 0xcd, 9};
    struct ledger_open_record record = {
        .command = "run",
        .manifest = "sweep.jsonl.gz",
        .digest = digest,
        .account = account,
        .options = {"{\"max_cost\":\"5\"}", 16},
    };

    return ledger_add_open(ledger, &record, err);
}

void sample_dump(struct ledger *ledger, struct buf *out)
{
    const struct ledger_totals *totals = ledger_totals(ledger);
    const struct ledger_info *info = ledger_info(ledger);
    struct ledger_job job;

    buf_addf(out, "records %llu charged %lld reserved %lld unknown %lld ",
             (unsigned long long)info->records, (long long)totals->charged_nano,
             (long long)totals->reserved_nano,
             (long long)totals->reserved_unknown_nano);
    buf_addf(out, "unpriced %llu posts %llu actions %llu contradictions %llu\n",
             (unsigned long long)totals->unpriced,
             (unsigned long long)totals->posts,
             (unsigned long long)totals->open_actions,
             (unsigned long long)info->contradictions);
    for (int i = 0; i < LEDGER_STATES; i++)
        buf_addf(out, "%llu ", (unsigned long long)totals->jobs[i]);
    for (uint32_t i = 0; i < ledger_jobs(ledger); i++) {
        ledger_job_at(ledger, i, &job);
        buf_addf(out, "\n%u %d %u %u %llu", job.number, (int)job.state, job.gen,
                 job.epoch, (unsigned long long)job.offset);
    }
    buf_add_char(out, '\n');
}

/* --- the sample --------------------------------------------------------- */

struct writer {
    struct ledger *ledger;
    struct sample_steps *steps;
    uint64_t durable;
    struct err *err;
    int result;
};

static void step(struct writer *w, int result)
{
    struct sample_steps *steps = w->steps;

    if (w->result < 0)
        return;
    w->result = result;
    if (result < 0 || !steps)
        return;
    buf_init(&steps->dumps[steps->count], DUMP_MAX);
    sample_dump(w->ledger, &steps->dumps[steps->count]);
    steps->ends[steps->count] = ledger_info(w->ledger)->bytes;
    steps->durs[steps->count] = w->durable;
    steps->count++;
}

static void commit(struct writer *w)
{
    if (w->result < 0)
        return;
    w->result = ledger_commit(w->ledger, w->err);
    if (w->result < 0)
        return;
    w->durable = ledger_info(w->ledger)->bytes;
    if (w->steps)
        w->steps->committed = w->durable;
}

static void intent(struct writer *w, unsigned n, uint32_t gen, uint32_t epoch)
{
    struct ledger_intent record = sample_intent(n, gen, epoch);

    step(w, ledger_add_intent(w->ledger, &record, w->err));
}

static void post(struct writer *w, unsigned n, uint32_t gen, uint32_t epoch)
{
    struct ledger_intent record = sample_intent(n, gen, epoch);
    struct ledger_post posted =
        sample_post(&record, sample_address(n + gen * 100));

    posted.estimate = n == 2;
    step(w, ledger_add_post(w->ledger, &posted, w->err));
}

typedef int outcome_function(struct ledger *, const struct ledger_outcome *,
                             struct err *);

static void outcome(struct writer *w, unsigned n, uint32_t epoch,
                    outcome_function *add, bool mismatch)
{
    struct ledger_intent record = sample_intent(n, 0, epoch);
    struct ledger_outcome ended = sample_outcome(&record);

    ended.mismatch = mismatch;
    step(w, add(w->ledger, &ended, w->err));
}

static void extend(struct writer *w, unsigned n)
{
    struct ledger_intent record = sample_intent(n, 0, 0);
    struct ledger_action action = {
        .op = LEDGER_EXTEND,
        .idem = record.idem,
        .name = record.name,
        .address = sample_address(n),
        .seconds = 1800,
        .tx = "TxExtend",
        .max_nano = 24000000,
        .cost_nano = 23000000,
        .attempts = 1,
        .elapsed_ms = 12,
    };

    memcpy(action.key, record.key, KEY_LEN);
    record.op = LEDGER_EXTEND;
    record.address = action.address;
    record.seconds = 1800;
    record.max_nano = 24000000;
    record.body = (struct ledger_text){"{\"seconds\":1800}", 16};
    step(w, ledger_add_intent(w->ledger, &record, w->err));
    commit(w);
    step(w, ledger_add_action(w->ledger, &action, w->err));
    action.op = LEDGER_STOP;
    record.op = LEDGER_STOP;
    record.max_nano = 0;
    step(w, ledger_add_intent(w->ledger, &record, w->err));
    action.max_nano = 0;
    action.cost_nano = 0;
    action.tx = NULL;
    step(w, ledger_add_action(w->ledger, &action, w->err));
}

static void report(struct writer *w, unsigned n)
{
    struct ledger_report record = {
        .gen = 0,
        .address = sample_address(n),
        .state = 2,
        .job_status = "success",
        .listed_s = 1795428001,
        .start_s = 1795428002,
        .end_s = 1795428033,
        .result = "QmResult",
        .final_nano = 413000,
    };

    sample_key(n, record.key);
    step(w, ledger_add_state(w->ledger, &record, w->err));
}

static void settle(struct writer *w, unsigned n, const char *address)
{
    struct ledger_intent record = sample_intent(n, 0, 0);
    struct ledger_settlement settled = {
        .idem = record.idem,
        .name = record.name,
        .address = address,
        .max_nano = record.max_nano,
        .who = "operator",
        .how = "seen on the dashboard",
    };

    memcpy(settled.key, record.key, KEY_LEN);
    step(w, ledger_add_settle(w->ledger, &settled, w->err));
}

static void write_jobs(struct writer *w)
{
    for (unsigned n = 1; n <= 7; n++)
        intent(w, n, 0, 0);
    commit(w);
    post(w, 1, 0, 0);
    post(w, 2, 0, 0);
    outcome(w, 3, 0, ledger_add_release, false);
    outcome(w, 4, 0, ledger_add_reject, false);
    commit(w);
    outcome(w, 5, 0, ledger_add_unknown, false);
    outcome(w, 6, 0, ledger_add_unknown, true);
    intent(w, 7, 0, 1);
    commit(w);
    extend(w, 1);
    commit(w);
    settle(w, 5, sample_address(5));
    settle(w, 6, NULL);
    report(w, 1);
    intent(w, 6, 0, 1);
    intent(w, 1, 1, 0);
    commit(w);
    post(w, 1, 1, 0);
    intent(w, 3, 0, 0);
}

int sample_write(struct disk *disk, struct sample_steps *steps, struct err *err)
{
    static const char entry[] = "{\"id\": \"lr-sweep\",\n \"params\": [ 1 ]}";
    struct writer w = {.steps = steps, .err = err};
    struct ledger_close_record closed = {
        .status = 2, .why = "2 unknown", .posted = 3, .charged_nano = 71940000};

    if (steps) {
        steps->count = 0;
        steps->committed = 0;
    }
    w.result = sample_open(disk, LEDGER_WRITE, &w.ledger, err);
    if (w.result != 0)
        return w.result;
    step(&w, 0); /* the first record */
    w.durable = ledger_info(w.ledger)->bytes;
    step(&w, sample_begin(w.ledger, err));
    step(&w, ledger_add_entry(w.ledger, "lr-sweep", entry, strlen(entry), err));
    write_jobs(&w);
    step(&w, ledger_add_close(w.ledger, &closed, err));
    commit(&w);
    int records = (int)ledger_info(w.ledger)->records;
    ledger_close(w.ledger);
    return w.result < 0 ? w.result : records;
}

void sample_steps_release(struct sample_steps *steps)
{
    for (unsigned i = 0; i < steps->count; i++)
        buf_release(&steps->dumps[i]);
    steps->count = 0;
}
