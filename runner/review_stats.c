#include "review_stats.h"

static void swap(int64_t *a, int64_t *b)
{
    int64_t was = *a;

    *a = *b;
    *b = was;
}

/* The middle one of three. */
static int64_t median(int64_t a, int64_t b, int64_t c)
{
    if (a > b)
        swap(&a, &b);
    if (b > c)
        b = c;
    return a > b ? a : b;
}

/*
 * Hoare's selection with a pivot from places that a generator chooses, so
 * that no order of the values makes it slow; equal ones go to the middle.
 */
int64_t review_stats_rank(int64_t *values, size_t count, size_t rank)
{
    size_t from = 0, to = count;
    uint64_t random = 0x9e3779b97f4a7c15U ^ count;

    while (to - from > 1) {
        int64_t some[3];
        for (int i = 0; i < 3; i++) {
            random ^= random << 13, random ^= random >> 7,
                random ^= random << 17;
            some[i] = values[from + random % (to - from)];
        }
        int64_t pivot = median(some[0], some[1], some[2]);
        size_t less = from, at = from, more = to;
        while (at < more) {
            if (values[at] < pivot)
                swap(&values[at++], &values[less++]);
            else if (values[at] > pivot)
                swap(&values[at], &values[--more]);
            else
                at++;
        }
        if (rank >= less && rank < more)
            return pivot;
        if (rank < less)
            to = less;
        else
            from = more;
    }
    return values[from];
}

size_t review_stats_percentile(size_t count, unsigned percent)
{
    /* Parts, so that no product overflows. */
    size_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;

    return rank > 0 ? rank - 1 : 0;
}

int64_t review_stats_mean(int64_t sum, uint64_t count)
{
    bool negative = sum < 0;
    uint64_t size = negative ? UINT64_C(0) - (uint64_t)sum : (uint64_t)sum;
    uint64_t mean = size / count;
    uint64_t rest = size % count;

    if (rest > count - rest || (rest == count - rest && mean % 2 == 1))
        mean++;
    return negative ? -(int64_t)mean : (int64_t)mean;
}
