#include "faults.h"

#include <stdlib.h>
#include <string.h>

#include "dice.h"

#define NUMBER_MAX 1000000000u /* bytes, seconds, milliseconds */

static const struct {
    const char *name;
    enum faults_action action;
    int argument;
    bool raw;
} actions[] = {
#define FAULTS_ROW(name, text, argument, raw) {text, name, argument, raw},
    FAULTS_ACTIONS(FAULTS_ROW)
#undef FAULTS_ROW
};

int faults_init(struct faults *faults, uint64_t seed, bool no_raw,
                struct err *err)
{
    memset(faults, 0, sizeof *faults);
    table_init(&faults->by_try);
    faults->seed = seed;
    faults->no_raw = no_raw;
    faults->items = calloc(FAULTS_MAX, sizeof *faults->items);
    if (!faults->items)
        return err_set(err, ERR_MEMORY, "out of memory for faults");
    return 0;
}

void faults_release(struct faults *faults)
{
    free(faults->items);
    free(faults->tries);
    table_release(&faults->by_try);
    faults->items = NULL;
    faults->tries = NULL;
}

/* Digits up to len bytes; false where it is no number. */
static bool read_number(const char *text, size_t len, uint64_t *out)
{
    *out = 0;
    if (len == 0 || len > 18)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(text[i] - '0');
    }
    return true;
}

/* "3", "3-7" or "3-". */
static bool read_range(const char *text, size_t len, uint64_t *from,
                       uint64_t *to)
{
    const char *dash = memchr(text, '-', len);
    size_t first = dash ? (size_t)(dash - text) : len;

    if (!read_number(text, first, from) || *from == 0)
        return false;
    *to = *from;
    if (!dash)
        return true;
    if (first + 1 == len) {
        *to = UINT64_MAX;
        return true;
    }
    return read_number(dash + 1, len - first - 1, to) && *to >= *from;
}

/* The text behind "name=" within len bytes, or NULL. */
static const char *value_of(const char *text, size_t *len, const char *name)
{
    size_t skip = strlen(name);

    if (*len <= skip || memcmp(text, name, skip) != 0)
        return NULL;
    *len -= skip;
    return text + skip;
}

static bool read_condition(struct fault *fault, const char *text, size_t len)
{
    const char *value;
    size_t n = len;

    if (len == 3 && memcmp(text, "all", 3) == 0)
        return true;
    if (len == 6 && memcmp(text, "reused", 6) == 0) {
        fault->reused = true;
        return true;
    }
    if ((value = value_of(text, &n, "every=")))
        return read_number(value, n, &fault->every) && fault->every > 0;
    if ((value = value_of(text, &n, "times=")))
        return read_number(value, n, &fault->times) && fault->times > 0;
    if ((value = value_of(text, &n, "try=")))
        return read_range(value, n, &fault->try_from, &fault->try_to);
    if ((value = value_of(text, &n, "p="))) {
        char *end;
        fault->probability = strtod(value, &end);
        return end == value + n && fault->probability >= 0 &&
               fault->probability <= 1;
    }
    return read_range(text, len, &fault->from, &fault->to);
}

static int bad(const struct fault *fault, const char *what, const char *found,
               size_t len, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "fault \"%s\": expected %s, found \"%.*s\" (--help "
                   "explains faults)",
                   fault->spec, what, (int)len, found);
}

static int read_when(struct fault *fault, const char *text, size_t len,
                     struct err *err)
{
    while (len > 0) {
        const char *comma = memchr(text, ',', len);
        size_t n = comma ? (size_t)(comma - text) : len;
        if (!read_condition(fault, text, n))
            return bad(fault,
                       "all, N, N-M, N-, every=N, p=P, try=N, reused or "
                       "times=N",
                       text, n, err);
        n += comma ? 1 : 0;
        text += n;
        len -= n;
    }
    return 0;
}

static int read_action(struct fault *fault, const char *text, bool no_raw,
                       struct err *err)
{
    size_t len = strcspn(text, "=");
    uint64_t number;

    fault->detail = text[len] == '=' ? text + len + 1 : NULL;
    fault->number = -1;
    if (fault->detail &&
        read_number(fault->detail, strlen(fault->detail), &number) &&
        number <= NUMBER_MAX)
        fault->number = (int64_t)number;
    if (len == 3 && read_number(text, len, &number) && number >= 200 &&
        number <= 599) {
        fault->action = FAULT_STATUS;
        fault->status = (unsigned)number;
        return 0;
    }
    for (size_t i = 0; i + 1 < sizeof actions / sizeof actions[0]; i++) {
        if (strlen(actions[i].name) != len ||
            memcmp(actions[i].name, text, len) != 0)
            continue;
        bool wanted = actions[i].argument > 0;
        if (fault->detail ? !wanted : actions[i].argument == 2)
            return bad(fault, wanted ? "a value" : "no value", text,
                       strlen(text), err);
        if (fault->detail && fault->number < 0 &&
            actions[i].action != FAULT_COST && actions[i].action != FAULT_BODY)
            return bad(fault, "a number up to 1000000000", fault->detail,
                       strlen(fault->detail), err);
        if (actions[i].raw && no_raw)
            return bad(fault, "an action that works with TLS", text, len, err);
        fault->action = actions[i].action;
        return 0;
    }
    return bad(fault, "an action", text, len, err);
}

static int read_spec(struct fault *fault, bool no_raw, struct err *err)
{
    const char *at = fault->spec;
    size_t len = strcspn(at, ":");

    fault->probability = 1;
    fault->route = len == 3 && memcmp(at, "any", 3) == 0
                       ? ROUTE_COUNT
                       : call_route_find(at, len);
    if (at[len] != ':' || fault->route == ROUTE_CONTROL ||
        (fault->route == ROUTE_COUNT && memcmp(at, "any", 3) != 0))
        return bad(fault, "a route, such as post, pin or any, and a colon", at,
                   len, err);
    at += len + 1;
    len = strcspn(at, ":");
    int rc = read_when(fault, at, len, err);
    if (rc < 0)
        return rc;
    at += len + (at[len] == ':');
    len = strcspn(at, ":");
    fault->after = len == 5 && memcmp(at, "after", 5) == 0;
    if (at[len] != ':' ||
        (!fault->after && !(len == 6 && memcmp(at, "before", 6) == 0)))
        return bad(fault, "before or after, and a colon", at, len, err);
    return read_action(fault, at + len + 1, no_raw, err);
}

int faults_add(struct faults *faults, const char *spec, bool given,
               struct err *err)
{
    struct fault *fault = &faults->items[faults->count];
    size_t len = strlen(spec);

    if (faults->count == FAULTS_MAX)
        return err_set(err, ERR_USAGE, "more than %d faults", FAULTS_MAX);
    if (len >= FAULTS_SPEC_MAX)
        return err_set(err, ERR_USAGE, "fault of more than %d characters",
                       FAULTS_SPEC_MAX - 1);
    memset(fault, 0, sizeof *fault);
    memcpy(fault->spec, spec, len + 1);
    fault->given = given;
    int rc = read_spec(fault, faults->no_raw, err);
    if (rc == 0)
        faults->count++;
    return rc;
}

void faults_clear(struct faults *faults, bool all)
{
    uint32_t kept = 0;

    /* detail points into spec, so those given, which come first, stay put
       unless one was cleared before; all of them are then parsed again. */
    for (uint32_t i = 0; i < faults->count && !all; i++) {
        struct err ignored;
        char spec[FAULTS_SPEC_MAX];
        if (!faults->items[i].given)
            continue;
        memcpy(spec, faults->items[i].spec, sizeof spec);
        uint32_t count = faults->count;
        faults->count = kept;
        faults_add(faults, spec, true, &ignored);
        faults->count = count;
        kept++;
    }
    faults->count = kept;
    faults->tries_count = 0;
    table_clear(&faults->by_try);
}

/* How often a request with this key, or this body, was seen, this included. */
static uint64_t count_try(struct faults *faults, const struct call *call)
{
    const char *what =
        call->idempotency ? call->idempotency : buf_str(&call->body);
    size_t len = call->idempotency ? strlen(what) : call->body.len;
    uint64_t hash = table_hash(what, len, (uint64_t)call->route);
    uint32_t walk;

    for (uint32_t i = table_first(&faults->by_try, hash, &walk);
         i != TABLE_NONE; i = table_next(&faults->by_try, hash, &walk))
        if (faults->tries[i].hash == hash)
            return ++faults->tries[i].count;
    struct faults_try *tries = table_room(faults->tries, &faults->tries_cap,
                                          faults->tries_count, sizeof *tries);
    if (!tries)
        return 1;
    faults->tries = tries;
    if (!table_add(&faults->by_try, hash, faults->tries_count))
        return 1;
    faults->tries[faults->tries_count++] = (struct faults_try){hash, 1};
    return 1;
}

static bool needs_tries(const struct faults *faults)
{
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->items[i].try_to > 0)
            return true;
    return false;
}

static bool meets(const struct fault *fault, const struct call *call,
                  uint64_t seed, uint64_t tries)
{
    uint64_t n = fault->seen;

    if (fault->to > 0 && (n < fault->from || n > fault->to))
        return false;
    if (fault->every > 0 && n % fault->every != 0)
        return false;
    if (fault->try_to > 0 && (tries < fault->try_from || tries > fault->try_to))
        return false;
    if (fault->reused && !call->reused)
        return false;
    if (fault->times > 0 && fault->hits >= fault->times)
        return false;
    return fault->probability >= 1 ||
           dice_unit(seed, DICE_FAULT, n) < fault->probability;
}

const struct fault *faults_pick(struct faults *faults, const struct call *call)
{
    struct fault *picked = NULL;

    if (faults->count == 0 || call->route == ROUTE_CONTROL)
        return NULL;
    uint64_t tries = needs_tries(faults) ? count_try(faults, call) : 0;
    for (uint32_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->items[i];
        if (fault->route != ROUTE_COUNT && fault->route != call->route)
            continue;
        fault->seen++;
        /* Each has dice of its own. */
        if (!picked && meets(fault, call, faults->seed + i, tries))
            picked = fault;
    }
    if (picked)
        picked->hits++;
    return picked;
}
