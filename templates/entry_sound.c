/*
 * Whether all points of an entry can be rendered, by looking at each axis
 * alone.
 *
 * A placeholder's text depends on one digit of the point, and so does whether
 * it can be written; what is derived of several is put together of such texts.
 * So if every value of each digit can be rendered while the others stand at
 * their first one, all points can, unless they grow too long: a length is the
 * first point's plus what each digit adds to it.
 */
#include "entry_impl.h"
#include "template_impl.h"

#include <string.h>

#define LOOKED_AT_MAX ((uint64_t)1 << 18) /* values of a digit, at most */
#define LOOKED_AT_FEW 4096 /* of counted numbers: more are not looked at */

/* Bytes of a number: as it is, and by d or x, e or g, f. */
#define PLAIN_MOST  PARAMS_SCRATCH_MAX
#define FORMAT_MOST (2 * TEMPLATE_WIDTH_MAX)
#define FIXED_MOST  (FORMAT_MOST + 310)

enum length {
    DEFINITION,
    NAME,
    PARAMS,
    DERIVED,
    LENGTHS
};

static const size_t length_most[LENGTHS] = {
    [DEFINITION] = CID_CONTENT_MAX,
    [NAME] = ENTRY_NAME_MAX,
    [PARAMS] = JSON_TEXT_MAX,
    [DERIVED] = POINT_DERIVED_MAX,
};

struct walk {
    struct entry *entry;
    struct job job;
    size_t base[LENGTHS]; /* at the first point */
    size_t most[LENGTHS]; /* at any, of the digits so far */
    size_t name_least;
};

/* --- one digit, all its values ------------------------------------------- */

static bool look(struct walk *w, uint64_t index, size_t lengths[LENGTHS])
{
    struct err ignored;

    if (entry_render(w->entry, index, &w->job, &ignored) < 0)
        return false;
    lengths[DEFINITION] = w->job.definition.len;
    lengths[NAME] = w->job.name.len;
    lengths[PARAMS] = w->job.params.len;
    lengths[DERIVED] = w->entry->point.derived.len;
    return true;
}

/* The index of the point that has this value of a digit, else first ones. */
static uint64_t index_of(const struct params *params, uint32_t digit,
                         uint64_t value)
{
    uint64_t index = value;

    while (++digit < params->digit_count)
        index *= params->digits[digit].radix;
    return index;
}

static bool look_at_all(struct walk *w, uint32_t digit)
{
    const struct params *params = &w->entry->params;
    uint64_t radix = params->digits[digit].radix;
    size_t least = w->base[NAME];
    size_t most[LENGTHS] = {0};
    size_t lengths[LENGTHS];

    for (uint64_t value = 0; value < radix; value++) {
        if (!look(w, index_of(params, digit, value), lengths))
            return false;
        for (int i = 0; i < LENGTHS; i++)
            if (lengths[i] > most[i])
                most[i] = lengths[i];
        if (lengths[NAME] < least)
            least = lengths[NAME];
    }
    for (int i = 0; i < LENGTHS; i++)
        w->most[i] += most[i] - w->base[i];
    size_t fewer = w->base[NAME] - least;
    w->name_least -= fewer < w->name_least ? fewer : w->name_least;
    return true;
}

/* --- one digit that counts ----------------------------------------------- */

static bool is_whole(const struct decimal *value, bool negative)
{
    return value->scale == 0 && value->digits <= PARAMS_INTEGER_MAX &&
           value->digits >= (negative ? -PARAMS_INTEGER_MAX : 0);
}

bool entry_counts_whole(const struct param *param, bool negative)
{
    return param->kind == PARAM_RANGE && is_whole(&param->from, negative) &&
           is_whole(&param->to, negative) && is_whole(&param->step, true);
}

static size_t longest(char conversion)
{
    switch (conversion) {
    case 'd':
    case 'x':
    case 'e':
    case 'g':
        return FORMAT_MOST;
    case 'f':
        return FIXED_MOST;
    default:
        return PLAIN_MOST;
    }
}

/*
 * Adds the most that the mentions of a number take in a template. param is
 * NULL for the replica's number. False where it cannot stand there.
 */
static bool add_mentions(const struct template *tpl, uint32_t ref,
                         const struct param *param, size_t *most)
{
    for (uint32_t i = 0; i < tpl->count; i++) {
        const struct template_segment *seg = &tpl->segments[i];
        char conversion = seg->format.conversion;
        if ((seg->kind != TEMPLATE_VALUE && seg->kind != TEMPLATE_INSIDE) ||
            seg->ref != ref)
            continue;
        if ((conversion == 'd' && param && !entry_counts_whole(param, true)) ||
            (conversion == 'x' && param && !entry_counts_whole(param, false)))
            return false;
        *most += longest(conversion);
    }
    return true;
}

static bool mentions(const struct template *tpl, uint32_t ref)
{
    for (uint32_t i = 0; i < tpl->count; i++) {
        const struct template_segment *seg = &tpl->segments[i];
        if (seg->kind != TEMPLATE_LITERAL && seg->ref == ref)
            return true;
    }
    return false;
}

/* What is derived of it may stand anywhere, and more than once. */
static bool is_derived_from(const struct entry *entry, uint32_t ref)
{
    for (uint32_t i = 0; i < entry->derive_count; i++)
        if (mentions(&entry->derives[i], ref))
            return true;
    return mentions(&entry->definition, TEMPLATE_REF_NAME);
}

static bool count_on(const struct entry *entry, uint32_t ref,
                     const struct param *param, size_t most[LENGTHS])
{
    if (is_derived_from(entry, ref))
        return false;
    most[PARAMS] += PLAIN_MOST;
    if (!entry->has_name)
        most[NAME] += PLAIN_MOST;
    else if (!add_mentions(&entry->name, ref, param, &most[NAME]))
        return false;
    return add_mentions(&entry->definition, ref, param, &most[DEFINITION]);
}

/* The digit's parameters, where each of them counts in steps. */
static bool count_on_all(const struct entry *entry, uint32_t digit,
                         size_t most[LENGTHS])
{
    const struct params *params = &entry->params;

    if (digit == params->digit_count - 1)
        return count_on(entry, TEMPLATE_REF_REPEAT, NULL, most);
    if (digit == params->digit_count - 2)
        return false; /* draws */
    for (uint32_t i = 0; i < params->count; i++) {
        const struct param *param = &params->items[i];
        if (param->digit != digit)
            continue;
        if ((param->kind != PARAM_RANGE && param->kind != PARAM_LINSPACE &&
             param->kind != PARAM_LOGSPACE) ||
            !count_on(entry, i, param, most))
            return false;
    }
    return true;
}

/* --- all of them --------------------------------------------------------- */

/* Of these, what is true of each digit is true of all together. */
static bool is_simple(const struct template *tpl, const struct params *params)
{
    for (uint32_t i = 0; i < tpl->count; i++) {
        const struct template_segment *seg = &tpl->segments[i];
        char conversion = seg->format.conversion;
        if (seg->kind == TEMPLATE_LITERAL)
            continue;
        /* The keys of an object may become equal. */
        if (seg->kind == TEMPLATE_OBJECT || seg->kind == TEMPLATE_MEMBER)
            return false;
        if (seg->ref == TEMPLATE_REF_NAME ||
            (seg->ref < TEMPLATE_REF_NAME &&
             params->items[seg->ref].kind == PARAM_DERIVE))
            if (conversion != 0 && conversion != 'j')
                return false;
    }
    return true;
}

static bool all_simple(const struct entry *entry)
{
    const struct params *params = &entry->params;

    if ((entry->has_market && !entry->market.constant) ||
        (entry->has_node && !entry->node.constant) ||
        !entry->timeout.constant ||
        !(entry->definition.constant || entry->definition.free_text) ||
        !is_simple(&entry->definition, params) ||
        (entry->has_name && !is_simple(&entry->name, params)))
        return false;
    for (uint32_t i = 0; i < entry->derive_count; i++)
        if (!is_simple(&entry->derives[i], params))
            return false;
    return true;
}

static bool one_digit(struct walk *w, uint32_t digit)
{
    uint64_t radix = w->entry->params.digits[digit].radix;
    size_t most[LENGTHS];

    memcpy(most, w->most, sizeof most);
    if (radix > LOOKED_AT_FEW && count_on_all(w->entry, digit, most)) {
        memcpy(w->most, most, sizeof most);
        return true;
    }
    return radix == 1 || (radix <= LOOKED_AT_MAX && look_at_all(w, digit));
}

static bool each_digit(struct walk *w)
{
    const struct params *params = &w->entry->params;

    if (!look(w, 0, w->base))
        return false;
    for (int i = 0; i < LENGTHS; i++)
        w->most[i] = w->base[i];
    w->name_least = w->base[NAME];
    for (uint32_t i = 0; i < params->digit_count; i++)
        if (!one_digit(w, i))
            return false;
    for (int i = 0; i < LENGTHS; i++)
        if (w->most[i] > length_most[i])
            return false;
    return w->name_least > 0;
}

bool entry_sound(struct entry *entry)
{
    struct walk w = {.entry = entry};

    if (!all_simple(entry))
        return false;
    job_init(&w.job);
    bool sound = each_digit(&w);
    job_release(&w.job);
    return sound;
}
