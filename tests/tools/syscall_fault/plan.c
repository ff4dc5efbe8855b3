#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "calls.h"

#define SPACE " \n"

static const struct {
    const char *name;
    enum plan_mode mode;
    bool error, n; /* has these */
    unsigned class;
} modes[] = {
    {"run", PLAN_RUN, false, false, CALLS_ALL},
    {"count", PLAN_COUNT, false, false, CALLS_ALL},
    {"kill", PLAN_KILL, false, true, CALLS_ALL},
    {"errno", PLAN_ERRNO, true, true, CALLS_FILES},
    {"short", PLAN_SHORT, false, true, CALLS_DATA},
    {"torn", PLAN_TORN, true, true, CALLS_ROOM},
    {"record", PLAN_RECORD, false, false, CALLS_FILES | CALLS_NET},
};

#define MODES (sizeof modes / sizeof modes[0])

static bool parse_option(struct plan *plan, const char *word)
{
    unsigned class = calls_class(word);

    if (class != 0)
        plan->class = class;
    else if (strcmp(word, "pause") == 0)
        plan->pause = true;
    else if (strcmp(word, "from") == 0)
        plan->from = true;
    else if (strcmp(word, "odd") == 0)
        plan->odd = true;
    else
        return false;
    return true;
}

bool plan_parse(struct plan *plan, char *text)
{
    const char *word = strtok(text, SPACE);
    size_t i = 0;

    while (word && i < MODES && strcmp(modes[i].name, word) != 0)
        i++;
    if (!word || i == MODES)
        return false;
    *plan = (struct plan){.mode = modes[i].mode, .class = modes[i].class};
    plan->from = plan->mode == PLAN_TORN;
    if (modes[i].error && (word = strtok(NULL, SPACE)))
        plan->error = atoi(word);
    if (modes[i].n && (word = strtok(NULL, SPACE)))
        plan->n = atol(word);
    if ((modes[i].error && plan->error < 1) || (modes[i].n && plan->n < 1))
        return false;
    if (plan->mode == PLAN_RECORD &&
        (!(word = strtok(NULL, SPACE)) || !(plan->record = fopen(word, "we"))))
        return false;
    while ((word = strtok(NULL, SPACE)))
        if (!parse_option(plan, word))
            return false;
    return true;
}

bool plan_is_due(const struct plan *plan, long count)
{
    if (plan->mode == PLAN_COUNT || plan->mode == PLAN_RECORD ||
        count < plan->n)
        return false;
    if (plan->odd)
        return (count - plan->n) % 2 == 0;
    return count == plan->n || plan->from;
}
