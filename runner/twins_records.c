#include "twins_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../queue/manifest_file.h"

#define FIRST_CAP 64

struct twins_record {
    uint64_t key, name, number;
};

void twins_records_init(struct twins_records *records)
{
    *records = (struct twins_records){.held = NULL};
}

void twins_records_clear(struct twins_records *records)
{
    if (records->file)
        fclose(records->file);
    free(records->same);
    records->file = NULL;
    records->same = NULL;
    records->held_count = 0;
    records->count = 0;
    records->same_pairs = (struct twins_pairs){.count = 0};
    records->name_pairs = (struct twins_pairs){.count = 0};
}

void twins_records_release(struct twins_records *records)
{
    twins_records_clear(records);
    free(records->held);
    twins_records_init(records);
}

static int file_fault(struct err *err)
{
    return err_set_errno(err, ERR_IO, errno,
                         "a temporary file (TMPDIR names another folder)");
}

static int open_file(struct twins_records *records, struct err *err)
{
    int fd = -1;
    int rc = manifest_file_unnamed(&fd, err);

    if (rc != 0)
        return rc;
    records->file = fdopen(fd, "w+");
    if (records->file)
        return 0;
    close(fd);
    return err_set(err, ERR_MEMORY, "out of memory for a file");
}

static int write_held(struct twins_records *records, struct err *err)
{
    size_t count = records->held_count;

    if (!records->file && open_file(records, err) != 0)
        return err->code;
    if (fwrite(records->held, sizeof *records->held, count, records->file) !=
        count)
        return file_fault(err);
    records->held_count = 0;
    return 0;
}

static int make_room(struct twins_records *records, struct err *err)
{
    size_t cap = records->held_cap ? records->held_cap * 2 : FIRST_CAP;

    if (records->held_cap >= TWINS_HELD_MAX)
        return write_held(records, err);
    void *held = realloc(records->held, cap * sizeof *records->held);
    if (!held)
        return err_set(err, ERR_MEMORY, "out of memory for %zu points", cap);
    records->held = held;
    records->held_cap = cap;
    return 0;
}

int twins_records_add(struct twins_records *records, uint64_t key,
                      uint64_t name, struct err *err)
{
    if (records->held_count == records->held_cap &&
        make_room(records, err) != 0)
        return err->code;
    records->held[records->held_count++] =
        (struct twins_record){key, name, records->count++};
    return 0;
}

/* --- looking through what is held ---------------------------------------- */

static int by_number(const struct twins_record *a, const struct twins_record *b)
{
    return (a->number > b->number) - (a->number < b->number);
}

static int by_key(const void *left, const void *right)
{
    const struct twins_record *a = left;
    const struct twins_record *b = right;

    return a->key != b->key ? (a->key > b->key) - (a->key < b->key)
                            : by_number(a, b);
}

static int by_name(const void *left, const void *right)
{
    const struct twins_record *a = left;
    const struct twins_record *b = right;

    return a->name != b->name ? (a->name > b->name) - (a->name < b->name)
                              : by_number(a, b);
}

/* Counts a pair, and keeps it where it is among the lowest. */
static void note(struct twins_pairs *pairs, uint64_t first, uint64_t other)
{
    unsigned at = pairs->shown;

    pairs->count++;
    while (at > 0 && pairs->pairs[at - 1].other > other)
        at--;
    if (at == TWINS_SHOWN_MAX)
        return;
    pairs->shown += pairs->shown < TWINS_SHOWN_MAX;
    memmove(&pairs->pairs[at + 1], &pairs->pairs[at],
            (pairs->shown - at - 1) * sizeof pairs->pairs[0]);
    pairs->pairs[at] = (struct twins_pair){first, other};
}

static void note_key(struct twins_records *records, uint64_t first,
                     uint64_t other)
{
    records->same[other / 8] |= (uint8_t)(1U << other % 8);
    note(&records->same_pairs, first, other);
}

/*
 * Sorts what is held and notes the pairs; what has the key or the name of an
 * earlier one is dropped.
 */
static void sweep(struct twins_records *records, bool names)
{
    struct twins_record *held = records->held;
    size_t kept = 0;

    if (records->held_count == 0)
        return;
    qsort(held, records->held_count, sizeof *held, names ? by_name : by_key);
    for (size_t i = 1; i < records->held_count; i++) {
        const struct twins_record *first = &held[kept];
        bool same =
            names ? first->name == held[i].name : first->key == held[i].key;
        if (!same)
            held[++kept] = held[i];
        else if (!names)
            note_key(records, first->number, held[i].number);
        else if (first->key != held[i].key)
            note(&records->name_pairs, first->number, held[i].number);
    }
    records->held_count = kept + 1;
}

/* --- in parts ------------------------------------------------------------ */

/* Takes up what belongs to a part; equal ones may fill the room, so sweep. */
static int read_part(struct twins_records *records, bool names, uint64_t part,
                     uint64_t parts, struct err *err)
{
    struct twins_record record;

    rewind(records->file);
    records->held_count = 0;
    while (fread(&record, sizeof record, 1, records->file) == 1) {
        if ((names ? record.name : record.key) % parts != part)
            continue;
        if (records->held_count == records->held_cap)
            sweep(records, names);
        if (records->held_count == records->held_cap)
            return err_set(err, ERR_LIMIT, "too many points in one part");
        records->held[records->held_count++] = record;
    }
    if (ferror(records->file))
        return file_fault(err);
    sweep(records, names);
    return 0;
}

static int each_part(struct twins_records *records, struct err *err)
{
    uint64_t parts = records->count / (TWINS_HELD_MAX / 2) + 1;
    int rc = write_held(records, err);

    if (rc == 0 && fflush(records->file) != 0)
        rc = file_fault(err);
    for (uint64_t part = 0; rc == 0 && part < parts; part++)
        rc = read_part(records, true, part, parts, err);
    for (uint64_t part = 0; rc == 0 && part < parts; part++)
        rc = read_part(records, false, part, parts, err);
    return rc;
}

/* All at once: what the names' sweep drops is still due for the keys'. */
static int at_once(struct twins_records *records, struct err *err)
{
    size_t bytes = records->held_count * sizeof *records->held;
    size_t count = records->held_count;
    struct twins_record *copy = malloc(bytes + 1);

    if (!copy)
        return err_set(err, ERR_MEMORY, "out of memory for %zu points", count);
    if (count > 0)
        memcpy(copy, records->held, bytes);
    sweep(records, true);
    if (count > 0)
        memcpy(records->held, copy, bytes);
    records->held_count = count;
    free(copy);
    sweep(records, false);
    return 0;
}

int twins_records_finish(struct twins_records *records, struct err *err)
{
    records->same = calloc(records->count / 8 + 1, 1);
    if (!records->same)
        return err_set(err, ERR_MEMORY, "out of memory for %llu points",
                       (unsigned long long)records->count);
    return records->file ? each_part(records, err) : at_once(records, err);
}

bool twins_records_is_same(const struct twins_records *records, uint64_t number)
{
    return number < records->count && records->same &&
           (records->same[number / 8] >> number % 8 & 1) != 0;
}

uint64_t twins_records_count(const struct twins_records *records,
                             uint64_t number, uint64_t count)
{
    uint64_t found = 0;

    if (records->same_pairs.count == 0)
        return 0;
    for (uint64_t i = 0; i < count; i++)
        found += twins_records_is_same(records, number + i);
    return found;
}
