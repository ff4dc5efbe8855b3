#include "review_compare.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [REVIEW_DEARER] = "dearer", [REVIEW_CHEAPER] = "cheaper",
    [REVIEW_SAME] = "same",     [REVIEW_NEW] = "new",
    [REVIEW_GONE] = "gone",
};

const char *review_change_name(enum review_change change)
{
    return names[change];
}

/* A group's key: parts that follow one another in memory, each with its NUL. */
static size_t key_len(const struct review_group *group, size_t parts)
{
    const char *last = group->parts[parts - 1];

    return (size_t)(last - group->parts[0]) + strlen(last) + 1;
}

static int number_of(struct review_intern *keys,
                     const struct review_group *group, size_t parts,
                     uint32_t *number, struct err *err)
{
    return review_intern_number(keys, group->parts[0], key_len(group, parts),
                                number, err);
}

static int judge(struct review_pair *pair, struct err *err)
{
    int64_t now = pair->now ? pair->now->sum.cost_nano : 0;
    int64_t was = pair->was ? pair->was->sum.cost_nano : 0;

    pair->change_nano = now;
    if (!money_add(&pair->change_nano, -was))
        return err_set(err, ERR_LIMIT, "the costs are too large to compare");
    if (!pair->was)
        pair->change = REVIEW_NEW;
    else if (!pair->now)
        pair->change = REVIEW_GONE;
    else
        pair->change = now > was   ? REVIEW_DEARER
                       : now < was ? REVIEW_CHEAPER
                                   : REVIEW_SAME;
    return 0;
}

static int by_change(const void *a, const void *b)
{
    const struct review_pair *x = a;
    const struct review_pair *y = b;
    const struct review_group *left = x->now ? x->now : x->was;
    const struct review_group *right = y->now ? y->now : y->was;

    if (x->change_nano != y->change_nano)
        return x->change_nano < y->change_nano ? 1 : -1;
    return strcmp(left->parts[0], right->parts[0]);
}

/* Fills the pairs of both reviews; keys are numbers of pairs. */
static int join(const struct review *now, const struct review *was,
                size_t parts, struct review_intern *keys,
                struct review_pair *pairs, struct err *err)
{
    uint32_t number;

    for (size_t i = 0; i < now->group_count; i++) {
        if (number_of(keys, &now->groups[i], parts, &number, err) < 0)
            return err->code;
        pairs[number].now = &now->groups[i];
    }
    for (size_t i = 0; i < was->group_count; i++) {
        if (number_of(keys, &was->groups[i], parts, &number, err) < 0)
            return err->code;
        pairs[number].was = &was->groups[i];
    }
    for (uint32_t i = 0; i < keys->count; i++)
        if (judge(&pairs[i], err) < 0)
            return err->code;
    return 0;
}

int review_compare(const struct review *now, const struct review *was,
                   const struct review_by *by, struct review_pair **pairs,
                   size_t *count, struct err *err)
{
    /* Both reviews' keys were hashed with secrets of their own already; what
       is left has no more room than their groups. */
    struct ledger_seed seed = {1, 2};
    const struct os *os = os_posix();
    struct review_intern keys;

    *count = 0;
    *pairs = calloc(now->group_count + was->group_count + 1, sizeof **pairs);
    if (!*pairs)
        return err_set(err, ERR_MEMORY, "out of memory for groups");
    (void)os->random(os->context, &seed, sizeof seed);
    review_intern_init(&keys, seed);
    int rc = join(now, was, by->count, &keys, *pairs, err);
    *count = keys.count;
    if (rc == 0 && keys.count > 1)
        qsort(*pairs, *count, sizeof **pairs, by_change);
    review_intern_release(&keys);
    return rc;
}

const struct review_group *review_pair_group(const struct review_pair *pair)
{
    return pair->now ? pair->now : pair->was;
}
