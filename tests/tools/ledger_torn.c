/*
 * ledger-torn: power cuts at every moment of a real run, on a disk that loses
 * and reorders what was not synced; then the ledger is opened again, and the
 * power fails during that, too.
 *
 *   ledger-torn [--initial LEDGER] [--seed S] [--states N] [--every M]
 *               [--only K] [--lies] RECORD
 *
 * RECORD is what syscall-fault's plan `record` wrote of a run; LEDGER is the
 * ledger that was there before it. States are numbered from 1; --only repeats
 * one, --every takes every Mth; N limits them (the drawn ones make it full).
 * --lies: the disk's syncs do nothing, which must be found out.
 *
 * After each cut
 *   - what is recovered is a beginning of what had been written, and holds
 *     all that was synced;
 *   - each job whose request had left is in the index, as open, or as posted
 *     if its post is there;
 *   - nothing is refused, except where a block holds other bytes of the file,
 *     or where nothing was synced yet and a block holds rubbish;
 *   - a request leaves only when its intent is durable.
 * A file cut at any byte is recovered up to the last whole record; one whose
 * bit is flipped is refused where a later record proves that it was durable.
 *
 * Last line: "states N refused N failures N". Status 1 where any failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../queue/ledger_records.h"
#include "ledger_torn/disk.h"
#include "ledger_torn/history.h"

#define LEDGER      "run.jsonl"
#define JOBS_MAX    256
#define RECORDS_MAX 8192
#define SHOWN_MAX   20
#define SETS_MAX    10 /* sectors of which all subsets are tried */

/* A job, from the intents and posts that were written. */
struct job {
    char idem[HISTORY_IDEM_LEN + 1];
    uint8_t key[KEY_LEN];
    uint64_t intent_end, post_end; /* offsets behind these; 0: none */
    bool sent;
};

struct torture {
    uint64_t seed, most, every, only;
    uint64_t state, done, refused, failures;
    bool lies;
    struct history history;
    struct disk base, disk; /* as the run had it; the one that is cut */
    struct buf truth;       /* what had been written before the cut */
    uint64_t need;          /* so much of it must be recovered */
    bool may_refuse;
    struct job jobs[JOBS_MAX];
    unsigned job_count;
    uint64_t ends[RECORDS_MAX]; /* behind each record of the whole file */
    unsigned record_count;
    uint64_t greatest_dur;
    struct dice dice;
};

static void failed(struct torture *t, const char *what, uint64_t a, uint64_t b)
{
    if (t->failures++ < SHOWN_MAX)
        printf("state %llu: %s (%llu, %llu)\n", (unsigned long long)t->state,
               what, (unsigned long long)a, (unsigned long long)b);
}

/* Whether the next state is to be tried; its dice are its own. */
static bool next_state(struct torture *t)
{
    t->state++;
    if (t->state > t->most || t->state % t->every != t->seed % t->every ||
        (t->only != 0 && t->state != t->only))
        return false;
    t->done++;
    t->dice.state = t->seed * 0x2545f4914f6cdd1dU + t->state;
    t->may_refuse = false;
    return true;
}

/* --- judging ---------------------------------------------------------------
 */

static void judge_jobs(struct torture *t, struct ledger *ledger, uint64_t bytes)
{
    for (unsigned i = 0; i < t->job_count; i++) {
        const struct job *job = &t->jobs[i];
        struct ledger_job found;
        struct err err = ERR_INIT;
        if (!job->sent)
            continue;
        if (ledger_find_key(ledger, job->key, &found, &err) != 1) {
            failed(t, "a job that was sent is lost", i, bytes);
            continue;
        }
        bool posted = job->post_end != 0 && job->post_end <= bytes;
        if (found.state != (posted ? LEDGER_POSTED : LEDGER_OPEN))
            failed(t, "a job that was sent is in another state", i,
                   (uint64_t)found.state);
    }
}

static bool any_sent(const struct torture *t)
{
    for (unsigned i = 0; i < t->job_count; i++)
        if (t->jobs[i].sent)
            return true;
    return false;
}

static int open_ledger(struct torture *t, struct ledger **ledger)
{
    struct ledger_options options = {
        .os = &t->disk.os, .mode = LEDGER_WRITE, .path = LEDGER, .watch = true};
    struct err err = ERR_INIT;
    int rc = ledger_open(ledger, &options, &err);

    if (rc < 0 && t->only != 0)
        printf("refused: %s\n", err.message);
    return rc;
}

/*
 * Opens the ledger that the cut left and judges it. Leaves it open in *out,
 * or NULL.
 */
static void judge(struct torture *t, struct ledger **out)
{
    int rc = open_ledger(t, out);

    if (rc < 0 && !t->may_refuse)
        failed(t, "refused", (uint64_t)-rc, t->need);
    if (rc < 0)
        t->refused++;
    if (rc == 1 && (t->need > 0 || any_sent(t)))
        failed(t, "taken for a ledger that has not begun", t->need, 0);
    if (rc != 0)
        return;
    uint64_t bytes = ledger_info(*out)->bytes;
    if (bytes < t->need)
        failed(t, "what was synced is lost", bytes, t->need);
    if (bytes > t->truth.len || t->disk.seen.len != bytes ||
        memcmp(t->disk.seen.data, t->truth.data, bytes) != 0)
        failed(t, "other bytes than were written", bytes, t->truth.len);
    else
        judge_jobs(t, *out, bytes);
}

static void judge_and_close(struct torture *t)
{
    struct ledger *ledger = NULL;

    judge(t, &ledger);
    ledger_close(ledger);
}

static void set_truth(struct torture *t, const struct buf *bytes)
{
    buf_clear(&t->truth);
    buf_add(&t->truth, buf_str(bytes), bytes->len);
}

/*
 * The ledger that a cut left is opened and a record added, and the power
 * fails before the nth change of that, too.
 */
static void cut_recovery(struct torture *t)
{
    struct ledger_open_record record = {.command = "run", .manifest = "m"};
    struct ledger *ledger = NULL;
    struct err err = ERR_INIT;
    struct disk *disk = &t->disk;

    disk->changes = 0;
    disk->off_at = 1 + (unsigned)dice_below(&t->dice, 6);
    if (open_ledger(t, &ledger) == 0) {
        t->need = ledger_info(ledger)->bytes;
        set_truth(t, &disk->seen);
        if (ledger_add_open(ledger, &record, &err) == 0 &&
            ledger_commit(ledger, &err) == 0)
            t->need = ledger_info(ledger)->bytes;
        set_truth(t, &disk->seen);
    }
    ledger_close(ledger);
    disk_cut(disk,
             (enum disk_loss)(dice_below(&t->dice, 2) ? DISK_KEEP_SECTORS
                                                      : DISK_LOSE_ALL),
             0, DISK_ZEROS, &t->dice);
    judge_and_close(t);
}

/* --- the states ------------------------------------------------------------
 */

/* One cut at this moment of the run. */
static void cut_now(struct torture *t, enum disk_loss loss, uint64_t arg,
                    enum disk_fill fill, bool again)
{
    disk_copy(&t->disk, &t->base);
    set_truth(t, &t->base.seen);
    t->need = t->base.named ? t->base.durable.len : 0;
    /* Rubbish where nothing was synced yet may be anybody's file. */
    t->may_refuse = fill == DISK_STALE ||
                    (fill == DISK_RUBBISH && t->base.durable.len == 0);
    disk_cut(&t->disk, loss, arg, fill, &t->dice);
    if (again && !t->may_refuse)
        cut_recovery(t);
    else
        judge_and_close(t);
}

/* All cuts that can be listed, then some that are drawn. */
static void cut_here(struct torture *t, uint64_t drawn)
{
    size_t pending = disk_pending(&t->base);
    unsigned sectors = disk_sectors(&t->base);

    for (size_t n = 0; n <= pending; n++)
        if (next_state(t))
            cut_now(t, DISK_KEEP_BYTES, n, DISK_ZEROS, false);
    for (uint64_t set = 0; sectors <= SETS_MAX && set >> sectors == 0; set++)
        if (next_state(t))
            cut_now(t, DISK_KEEP_SET, set, DISK_ZEROS, false);
    for (; drawn > 0; drawn--) {
        if (!next_state(t))
            continue;
        enum disk_loss loss = (enum disk_loss)dice_below(&t->dice, DISK_LOSSES);
        uint64_t arg = dice_below(&t->dice, pending + 1);
        enum disk_fill fill = (enum disk_fill)dice_below(&t->dice, DISK_FILLS);
        cut_now(t, loss == DISK_KEEP_SET ? DISK_KEEP_SECTORS : loss, arg, fill,
                dice_below(&t->dice, 2) == 1);
    }
}

/* The end of the last whole record at or before a byte. */
static uint64_t whole(const struct torture *t, uint64_t at)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < t->record_count && t->ends[i] <= at; i++)
        end = t->ends[i];
    return end;
}

static void put_file(struct torture *t, size_t len)
{
    buf_clear(&t->disk.seen);
    buf_add(&t->disk.seen, t->truth.data, len);
    disk_create(&t->disk);
    disk_sync(&t->disk);
    disk_sync_name(&t->disk);
}

/* Which jobs were sent does not matter here: all that is whole must be read. */
static void cut_file(struct torture *t)
{
    for (size_t n = 0; n <= t->truth.len; n++) {
        if (!next_state(t))
            continue;
        put_file(t, n);
        t->need = whole(t, n);
        judge_and_close(t);
        if (t->disk.seen.len != t->need && t->need > 0)
            failed(t, "cut elsewhere than at a record's end", n, t->need);
    }
}

static void flip_file(struct torture *t)
{
    for (size_t n = 0; n < t->truth.len; n++) {
        struct ledger *ledger = NULL;
        if (!next_state(t))
            continue;
        put_file(t, t->truth.len);
        t->disk.seen.data[n] ^= (char)(1U << dice_below(&t->dice, 8));
        t->need = whole(t, n);
        if (n >= t->greatest_dur) {
            judge_and_close(t);
            if (t->disk.seen.len != t->need)
                failed(t, "damage at the end was believed", n, t->need);
            continue;
        }
        if (open_ledger(t, &ledger) >= 0)
            failed(t, "damage in the middle was not refused", n, t->need);
        ledger_close(ledger);
    }
}

/* --- the run ---------------------------------------------------------------
 */

static struct job *job_of(struct torture *t, const char *idem)
{
    for (unsigned i = 0; i < t->job_count; i++)
        if (memcmp(t->jobs[i].idem, idem, HISTORY_IDEM_LEN) == 0)
            return &t->jobs[i];
    if (t->job_count == JOBS_MAX)
        exit(125);
    struct job *job = &t->jobs[t->job_count++];
    memcpy(job->idem, idem, HISTORY_IDEM_LEN);
    return job;
}

/* A field's value in a line that ends with a NUL; NULL where it has none. */
static const char *field(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    return at ? at + strlen(name) : NULL;
}

static void read_record(struct torture *t, const char *line, uint64_t end)
{
    const char *idem = field(line, ",\"idem\":\"");
    const char *key = field(line, ",\"key\":\"");
    const char *dur = field(line, ",\"dur\":");

    if (t->record_count == RECORDS_MAX || !dur)
        exit(125);
    t->ends[t->record_count++] = end;
    t->greatest_dur = strtoull(dur, NULL, 10);
    if (!idem || !key)
        return;
    struct job *job = job_of(t, idem);
    key_parse(key, KEY_TEXT_MAX - 1, job->key);
    if (strstr(line, "\"type\":\"intent\"") && job->intent_end == 0)
        job->intent_end = end;
    if (strstr(line, "\"type\":\"post\"") && job->post_end == 0)
        job->post_end = end;
}

/* Offsets of all records and jobs of the finished file. */
static void read_records(struct torture *t, const struct buf *bytes)
{
    uint64_t start = 0;

    for (size_t i = 0; i < bytes->len; i++) {
        if (bytes->data[i] != '\n')
            continue;
        bytes->data[i] = '\0';
        read_record(t, bytes->data + start, i + 1);
        bytes->data[i] = '\n';
        start = i + 1;
    }
}

static void note_sent(struct torture *t, const struct history_event *event)
{
    struct job *job = job_of(t, event->bytes);

    job->sent = true;
    if (!t->lies && (job->intent_end == 0 ||
                     job->intent_end > t->base.durable.len || !t->base.named))
        failed(t, "sent before its intent was durable", job->intent_end,
               t->base.durable.len);
}

static bool has_pending(const struct disk *disk)
{
    return disk->op_count > 0 || disk->named != disk->exists;
}

/* The ledger that was there: only what it knew to be durable surely is. */
static bool read_initial(struct torture *t, const char *path)
{
    char bytes[1 << 16];
    FILE *file = path ? fopen(path, "rb") : NULL;
    size_t len = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    size_t dur = 0;

    if (file)
        fclose(file);
    if (!path || len == 0)
        return path == NULL;
    for (size_t i = 0; i + 8 < len; i++)
        if (memcmp(bytes + i, ",\"dur\":", 7) == 0)
            dur = (size_t)strtoull(bytes + i + 7, NULL, 10);
    disk_create(&t->base);
    disk_sync_name(&t->base);
    disk_write(&t->base, 0, bytes, dur);
    disk_sync(&t->base);
    disk_write(&t->base, dur, bytes + dur, len - dur);
    return true;
}

/* The whole run without a cut: counts moments, reads what was written. */
static unsigned rehearse(struct torture *t, const char *initial)
{
    unsigned moments = 0;

    if (!read_initial(t, initial))
        return 0;
    for (unsigned i = 0; i < t->history.count; i++) {
        history_apply(&t->history.events[i], &t->base);
        moments += has_pending(&t->base) ? 1 : 0;
    }
    read_records(t, &t->base.seen);
    set_truth(t, &t->base.seen);
    cut_file(t);
    flip_file(t);
    disk_release(&t->base);
    disk_init(&t->base);
    t->base.lies = t->lies;
    return moments;
}

/* Every moment of the run. */
static bool torture(struct torture *t, const char *initial)
{
    unsigned moments = rehearse(t, initial);
    uint64_t drawn;

    if (moments == 0 || t->job_count == 0 || !read_initial(t, initial)) {
        printf("the record tells of no ledger\n");
        return false;
    }
    /* What can be listed takes about as many states as there are bytes. */
    drawn = t->most > 3 * t->truth.len ? (t->most - 3 * t->truth.len) / moments
                                       : 10;
    for (unsigned i = 0; i < t->history.count; i++) {
        history_apply(&t->history.events[i], &t->base);
        if (t->history.events[i].kind == HISTORY_SEND)
            note_sent(t, &t->history.events[i]);
        if (has_pending(&t->base) || t->history.events[i].kind == HISTORY_SEND)
            cut_here(t, has_pending(&t->base) ? drawn : 1);
    }
    while (t->state < t->most && t->only == 0)
        cut_here(t, drawn);
    return true;
}

static int report(const struct torture *t)
{
    printf("states %llu refused %llu failures %llu\n",
           (unsigned long long)t->done, (unsigned long long)t->refused,
           (unsigned long long)t->failures);
    return t->failures > 0 ? 1 : 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: ledger-torn [--initial LEDGER] [--seed S] "
                    "[--states N] [--every M] [--only K] [--lies] RECORD\n");
    return 125;
}

int main(int argc, char **argv)
{
    static struct torture t = {.seed = 1, .most = 100000, .every = 1};
    const char *initial = NULL;
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--lies") == 0)
            t.lies = true;
        else if (i + 1 == argc)
            return usage();
        else if (strcmp(argv[i], "--initial") == 0)
            initial = argv[++i];
        else if (strcmp(argv[i], "--seed") == 0)
            t.seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--states") == 0)
            t.most = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--every") == 0)
            t.every = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0)
            t.only = strtoull(argv[++i], NULL, 10);
        else
            return usage();
    }
    if (i + 1 != argc || t.every == 0 ||
        !history_read(&t.history, argv[i], LEDGER))
        return usage();
    buf_init(&t.truth, DISK_BYTES_MAX);
    disk_init(&t.base);
    disk_init(&t.disk);
    t.base.lies = t.lies;
    bool ran = torture(&t, initial);
    disk_release(&t.base);
    disk_release(&t.disk);
    buf_release(&t.truth);
    history_release(&t.history);
    return ran ? report(&t) : 125;
}
