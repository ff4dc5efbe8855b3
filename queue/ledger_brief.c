/*
 * The rows, the table that finds them by their id, and the merge of ledgers.
 */
#include "ledger_brief_impl.h"

#include <stdlib.h>
#include <string.h>

#define EMPTY      UINT32_MAX
#define TAG_BITS   6
#define TAG_MASK   63U
#define FIRST_CAP  1024
#define LOAD_TENTH 8     /* slots in use, of ten: then the table grows… */
#define GROW_BY    6 / 5 /* …to this: at most 6 bytes a job, short searches */

static const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_OPEN] = "open",           [OUTCOME_POSTED] = "posted",
    [OUTCOME_QUEUED] = "queued",       [OUTCOME_RUNNING] = "running",
    [OUTCOME_COMPLETED] = "completed", [OUTCOME_SUCCESS] = "success",
    [OUTCOME_FAILED] = "failed",       [OUTCOME_STOPPED] = "stopped",
    [OUTCOME_UNKNOWN] = "unknown",     [OUTCOME_REJECTED] = "rejected",
    [OUTCOME_PENDING] = "pending",     [OUTCOME_LOST] = "lost",
};

const char *ledger_outcome_name(enum ledger_outcome_kind outcome)
{
    return outcome_names[outcome];
}

int ledger_brief_init(struct ledger_brief *brief, const struct os *os,
                      const struct ledger_brief_cells *cells, struct err *err)
{
    memset(brief, 0, sizeof *brief);
    brief->os = os;
    brief->cells = *cells;
    int result = os->random(os->context, &brief->seed, sizeof brief->seed);
    if (result < 0)
        return err_set_errno(err, ERR_INTERNAL, -result,
                             "cannot get random bytes");
    return 0;
}

void ledger_brief_release(struct ledger_brief *brief)
{
    for (size_t i = 0; i < brief->source_count; i++) {
        free(brief->sources[i].path);
        free(brief->sources[i].id);
        free(brief->sources[i].batch);
    }
    free(brief->sources);
    free(brief->extensions);
    free(brief->pairs);
    free(brief->ids);
    free(brief->charged);
    free(brief->final);
    free(brief->row_cells);
    free(brief->offset_low);
    free(brief->offset_high);
    free(brief->bits);
    free(brief->at_ms);
    free(brief->addresses);
    free(brief->slots);
    memset(brief, 0, sizeof *brief);
}

/* --- a row's parts -------------------------------------------------------- */

struct ledger_brief_bits ledger_brief_bits(const struct ledger_brief *brief,
                                           uint32_t row)
{
    unsigned bits = brief->bits[row];

    return (struct ledger_brief_bits){
        .state = (enum ledger_state)(bits & 7),
        .outcome = (enum ledger_outcome_kind)(bits >> 3 & 15),
        .out = bits >> 7};
}

void ledger_brief_set_bits(struct ledger_brief *brief, uint32_t row,
                           struct ledger_brief_bits bits)
{
    brief->bits[row] =
        (uint8_t)((unsigned)bits.state | (unsigned)bits.outcome << 3 |
                  (bits.out ? 1U : 0U) << 7);
}

uint64_t ledger_brief_offset(const struct ledger_brief *brief, uint32_t row)
{
    return brief->offset_low[row] | (uint64_t)brief->offset_high[row] << 32;
}

void ledger_brief_set_offset(struct ledger_brief *brief, uint32_t row,
                             uint64_t offset)
{
    brief->offset_low[row] = (uint32_t)offset;
    brief->offset_high[row] = (uint8_t)(offset >> 32);
}

void ledger_brief_get(const struct ledger_brief *brief, uint32_t row,
                      struct ledger_brief_row *out)
{
    struct ledger_brief_bits bits = ledger_brief_bits(brief, row);

    *out = (struct ledger_brief_row){.state = bits.state,
                                     .outcome = bits.outcome,
                                     .cell = brief->row_cells[row],
                                     .charged_nano = brief->charged[row],
                                     .final_nano = brief->final[row],
                                     .out = bits.out};
}

void ledger_brief_leave_out(struct ledger_brief *brief, uint32_t row)
{
    struct ledger_brief_bits bits = ledger_brief_bits(brief, row);

    bits.out = true;
    ledger_brief_set_bits(brief, row, bits);
}

int64_t *ledger_brief_scratch(struct ledger_brief *brief)
{
    return (int64_t *)brief->ids;
}

/* --- the table ------------------------------------------------------------ */

uint64_t ledger_brief_scope(const struct ledger_brief *brief,
                            const struct ledger *ledger)
{
    return ledger_hash(&brief->seed, ledger->info.scope,
                       strlen(ledger->info.scope));
}

uint64_t ledger_brief_id(const struct ledger_brief *brief,
                         const struct ledger_event *event)
{
    uint64_t words[KEY_LEN / 8 + 1];

    memcpy(words, event->key, KEY_LEN);
    words[KEY_LEN / 8] = event->gen;
    return ledger_hash(&brief->seed, words, sizeof words);
}

static uint32_t home(const struct ledger_brief *brief, uint64_t id)
{
    return (uint32_t)((id >> 32) * brief->slot_cap >> 32);
}

static uint32_t next_slot(const struct ledger_brief *brief, uint32_t at)
{
    return at + 1 == brief->slot_cap ? 0 : at + 1;
}

void ledger_brief_prefetch(const struct ledger_brief *brief, uint64_t id)
{
    if (brief->slot_cap > 0)
        __builtin_prefetch(brief->slots + home(brief, id));
}

/* The slot of the row with this id, or the empty one where it belongs. */
static uint32_t seek(const struct ledger_brief *brief, uint64_t id)
{
    uint32_t at = home(brief, id);

    while (brief->slots[at] != EMPTY) {
        uint32_t slot = brief->slots[at];
        if ((slot & TAG_MASK) == (id & TAG_MASK) &&
            brief->ids[slot >> TAG_BITS] == id)
            break;
        at = next_slot(brief, at);
    }
    return at;
}

uint32_t ledger_brief_find(const struct ledger_brief *brief, uint64_t id)
{
    if (brief->slot_cap == 0)
        return LEDGER_BRIEF_NONE;
    uint32_t slot = brief->slots[seek(brief, id)];
    return slot == EMPTY ? LEDGER_BRIEF_NONE : slot >> TAG_BITS;
}

/* Puts a row where its id is found, in place of another with that id. */
static void put(struct ledger_brief *brief, uint32_t row)
{
    uint64_t id = brief->ids[row];

    brief->slots[seek(brief, id)] = row << TAG_BITS | (uint32_t)(id & TAG_MASK);
}

/* put, for an id that is not there. */
static void put_new(struct ledger_brief *brief, uint32_t row)
{
    uint64_t id = brief->ids[row];
    uint32_t at = home(brief, id);

    while (brief->slots[at] != EMPTY)
        at = next_slot(brief, at);
    brief->slots[at] = row << TAG_BITS | (uint32_t)(id & TAG_MASK);
}

static bool knows_more(const struct ledger_brief *brief, uint32_t a,
                       uint32_t b);

/*
 * Larger, and filled again from the rows. Of those with one id the one in the
 * ledger being read stays, else the one that knows more.
 */
static int grow_table(struct ledger_brief *brief, struct err *err)
{
    uint64_t cap = brief->slot_cap > 0 ? (uint64_t)brief->slot_cap * GROW_BY
                                       : FIRST_CAP * 2;

    free(brief->slots);
    brief->slots = malloc(cap * sizeof *brief->slots);
    brief->slot_cap = brief->slots ? (uint32_t)cap : 0;
    if (!brief->slots)
        return err_set(err, ERR_MEMORY, "out of memory for jobs");
    memset(brief->slots, 0xff, cap * sizeof *brief->slots);
    /* Within one ledger all ids differ. */
    for (uint32_t row = 0; brief->current == 0 && row < brief->count; row++)
        put_new(brief, row);
    for (uint32_t row = 0; brief->current > 0 && row < brief->count; row++) {
        uint32_t before = ledger_brief_find(brief, brief->ids[row]);
        if (before == LEDGER_BRIEF_NONE || row >= brief->current ||
            knows_more(brief, row, before))
            put(brief, row);
    }
    return 0;
}

/* One array of the rows, larger. */
static bool widen(void *array, uint32_t cap, size_t size)
{
    void **place = array;
    void *more = realloc(*place, cap * size);

    if (more)
        *place = more;
    return more != NULL;
}

/* Untouched memory costs nothing: the arrays may be larger than the rows. */
static int grow_rows(struct ledger_brief *brief, struct err *err)
{
    uint64_t cap = brief->cap > 0 ? (uint64_t)brief->cap * 2 : FIRST_CAP;

    cap = cap < LEDGER_BRIEF_JOBS_MAX ? cap : LEDGER_BRIEF_JOBS_MAX;
    if (brief->count == LEDGER_BRIEF_JOBS_MAX)
        return err_set(err, ERR_LIMIT,
                       "over %u jobs in one review: review fewer ledgers",
                       LEDGER_BRIEF_JOBS_MAX);
    uint32_t n = (uint32_t)cap;
    if (!widen(&brief->ids, n, 8) || !widen(&brief->charged, n, 8) ||
        !widen(&brief->final, n, 8) || !widen(&brief->row_cells, n, 4) ||
        !widen(&brief->offset_low, n, 4) || !widen(&brief->offset_high, n, 1) ||
        !widen(&brief->bits, n, 1) ||
        (brief->keep_times && !widen(&brief->at_ms, n, 8)) ||
        (brief->keep_addresses && !widen(&brief->addresses, n, 8)))
        return err_set(err, ERR_MEMORY, "out of memory for jobs");
    brief->cap = n;
    return 0;
}

bool ledger_brief_grow(void **array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return true;
    size_t more = *cap > 0 ? *cap * 2 : 64;
    void *larger = realloc(*array, more * size);
    if (!larger)
        return false;
    *array = larger;
    *cap = more;
    return true;
}

static int add_pair(struct ledger_brief *brief, uint32_t older, uint32_t newer,
                    struct err *err)
{
    void *pairs = brief->pairs;

    if (!ledger_brief_grow(&pairs, brief->pair_count, &brief->pair_cap,
                           sizeof *brief->pairs))
        return err_set(err, ERR_MEMORY, "out of memory for jobs");
    brief->pairs = pairs;
    brief->pairs[brief->pair_count++] =
        (struct ledger_brief_pair){older, newer};
    return 0;
}

int ledger_brief_add(struct ledger_brief *brief, uint64_t id, uint32_t older,
                     uint32_t *row, struct err *err)
{
    if (brief->count == brief->cap && grow_rows(brief, err) < 0)
        return err->code;
    if ((uint64_t)brief->slot_used * 10 >=
            (uint64_t)brief->slot_cap * LOAD_TENTH &&
        grow_table(brief, err) < 0)
        return err->code;
    uint32_t n = brief->count;
    if (older != LEDGER_BRIEF_NONE && add_pair(brief, older, n, err) < 0)
        return err->code;
    brief->ids[n] = id;
    brief->charged[n] = LEDGER_UNPRICED;
    brief->final[n] = LEDGER_UNPRICED;
    brief->row_cells[n] = 0;
    ledger_brief_set_offset(brief, n, 0);
    brief->bits[n] = 0;
    if (brief->keep_times)
        brief->at_ms[n] = 0;
    if (brief->keep_addresses)
        brief->addresses[n] = 0;
    brief->count++;
    *row = n;
    if (older != LEDGER_BRIEF_NONE) {
        put(brief, n);
        return 0;
    }
    put_new(brief, n);
    brief->slot_used++;
    return 0;
}

/* --- merging -------------------------------------------------------------- */

/* Whether a knows more of the job than b does. */
static bool knows_more(const struct ledger_brief *brief, uint32_t a, uint32_t b)
{
    struct ledger_brief_row x, y;

    ledger_brief_get(brief, a, &x);
    ledger_brief_get(brief, b, &y);
    if ((x.state == LEDGER_POSTED) != (y.state == LEDGER_POSTED))
        return x.state == LEDGER_POSTED;
    if ((x.final_nano < 0) != (y.final_nano < 0))
        return y.final_nano < 0;
    if (x.outcome != y.outcome && x.state == LEDGER_POSTED)
        return x.outcome > y.outcome;
    if (x.charged_nano != y.charged_nano)
        return x.charged_nano > y.charged_nano;
    return a > b;
}

/* Leaves out the one of the two that knows less; returns the other. */
static uint32_t choose(struct ledger_brief *brief, uint32_t a, uint32_t b)
{
    bool first = knows_more(brief, a, b);
    uint32_t loser = first ? b : a;

    for (size_t i = 0; i < brief->source_count; i++)
        if (loser >= brief->sources[i].first && loser < brief->sources[i].end &&
            !ledger_brief_bits(brief, loser).out)
            brief->sources[i].twice++;
    ledger_brief_leave_out(brief, loser);
    return first ? a : b;
}

void ledger_brief_settle(struct ledger_brief *brief)
{
    for (size_t i = 0; i < brief->pair_count; i++) {
        struct ledger_brief_pair pair = brief->pairs[i];
        put(brief, choose(brief, pair.older, pair.newer));
    }
    brief->pair_count = 0;
    brief->current = brief->count;
}

/* Of the rows with one address; the table finds addresses now. */
static int merge_addresses(struct ledger_brief *brief, struct err *err)
{
    brief->slot_used = 0;
    memset(brief->slots, 0xff, (size_t)brief->slot_cap * sizeof *brief->slots);
    memcpy(brief->ids, brief->addresses,
           (size_t)brief->count * sizeof *brief->ids);
    for (uint32_t row = 0; row < brief->count; row++) {
        if (brief->ids[row] == 0)
            continue;
        if ((uint64_t)brief->slot_used++ * 10 >=
            (uint64_t)brief->slot_cap * LOAD_TENTH)
            return err_set(err, ERR_INTERNAL, "more addresses than jobs");
        uint32_t at = seek(brief, brief->ids[row]);
        uint32_t best = row;
        if (brief->slots[at] != EMPTY)
            best = choose(brief, brief->slots[at] >> TAG_BITS, row);
        brief->slots[at] =
            best << TAG_BITS | (uint32_t)(brief->ids[row] & TAG_MASK);
    }
    return 0;
}

int ledger_brief_merge(struct ledger_brief *brief, struct err *err)
{
    int result = 0;

    if (brief->keep_addresses && brief->source_count > 1 && brief->count > 0)
        result = merge_addresses(brief, err);
    free(brief->slots);
    brief->slots = NULL;
    brief->slot_cap = 0;
    return result;
}
