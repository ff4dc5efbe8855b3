#include "budget.h"

/*
 * Sums that pass int64 go to its end and stay there, whatever is taken away
 * later: over any cap, which is the point.
 */
static void add(int64_t *sum, int64_t nano)
{
    if (*sum != INT64_MAX && !money_add(sum, nano))
        *sum = nano > 0 ? INT64_MAX : INT64_MIN;
}

void budget_init(struct budget *budget, int64_t cap_nano, int64_t charged_nano,
                 int64_t stuck_nano)
{
    *budget = (struct budget){
        .capped = cap_nano >= 0,
        .cap_nano = cap_nano,
        .charged_nano = charged_nano,
        .stuck_nano = stuck_nano,
    };
}

int64_t budget_weight(int64_t max_nano)
{
    int64_t weight;

    return money_ceil_milli(max_nano, &weight) ? weight : INT64_MAX;
}

enum budget_verdict budget_reserve(struct budget *budget, int64_t max_nano)
{
    int64_t weight = budget_weight(max_nano);

    if (budget->capped) {
        int64_t least = budget->charged_nano;
        add(&least, budget->stuck_nano);
        add(&least, weight);
        if (least > budget->cap_nano)
            return BUDGET_OVER;
        add(&least, budget->flight_nano);
        if (least > budget->cap_nano)
            return BUDGET_WAIT;
    }
    add(&budget->flight_nano, weight);
    return BUDGET_OK;
}

void budget_revive(struct budget *budget, int64_t max_nano)
{
    int64_t weight = budget_weight(max_nano);

    add(&budget->stuck_nano, -weight);
    add(&budget->flight_nano, weight);
}

void budget_free(struct budget *budget, int64_t max_nano)
{
    add(&budget->flight_nano, -budget_weight(max_nano));
}

bool budget_charge(struct budget *budget, int64_t max_nano, int64_t cost_nano)
{
    int64_t weight = budget_weight(max_nano);

    add(&budget->flight_nano, -weight);
    add(&budget->charged_nano, cost_nano);
    return cost_nano <= weight;
}

void budget_stick(struct budget *budget, int64_t max_nano)
{
    int64_t weight = budget_weight(max_nano);

    add(&budget->flight_nano, -weight);
    add(&budget->stuck_nano, weight);
}

int64_t budget_used(const struct budget *budget)
{
    int64_t used = budget->charged_nano;

    add(&used, budget->flight_nano);
    add(&used, budget->stuck_nano);
    return used;
}
