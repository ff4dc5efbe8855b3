/*
 * What is sure of all points of an entry, by looking at each axis alone.
 *
 * A rendered text is read from its start. Of a placeholder whose texts never
 * hold the byte that follows it (or are all of one length, or are followed by
 * no other placeholder) the text can be told from the whole; where no two
 * values of its axis have one text, the axis' value can, too. If that is so
 * of every axis, no two points have one text. Reading ends at the first
 * placeholder whose end cannot be told.
 */
#include "entry_impl.h"
#include "template_impl.h"

#include <stdlib.h>
#include <string.h>

#define SPELT_MAX  ((uint64_t)1 << 18) /* values of an axis gone through */
#define SPELT_FEW  4096  /* of a number's axis: fewer are looked at exactly */
#define STEPS_MAX  10000 /* segments, derived ones as often as mentioned */
#define DIGIT_NONE UINT32_MAX
#define DIGIT_MANY (UINT32_MAX - 1)

/* How the values of one axis are written at one place. */
struct spelling {
    bool holds[256]; /* the bytes of them all */
    size_t shortest, longest;
    bool distinct;
};

struct walk {
    struct entry *entry;
    bool *known;      /* by digit: its value can be told from the text */
    uint32_t *derive; /* by derived parameter: the digit that it is of */
    struct buf text;  /* scratch */
    uint32_t steps;
    bool lost;      /* nothing more can be told */
    bool pending;   /* a placeholder's end was not found yet, */
    bool doubtful;  /* and what follows it may stand in it, too */
    uint32_t digit; /* of the pending one */
    struct spelling spelling;
};

/* Writes what stands at a place; false where it cannot. */
typedef bool spell_function(struct walk *w, const void *place);

static void settle(struct walk *w)
{
    if (w->pending && w->spelling.distinct)
        w->known[w->digit] = true;
    w->pending = false;
    w->doubtful = false;
}

static bool one_length(const struct spelling *spelling)
{
    return spelling->shortest == spelling->longest;
}

static void add_literal(struct walk *w, const char *bytes, size_t len)
{
    if (len == 0 || !w->pending || w->doubtful)
        return;
    if (one_length(&w->spelling) || !w->spelling.holds[(unsigned char)*bytes])
        settle(w);
    else
        w->doubtful = true;
}

/* Computes the point that has this value of a digit, else the first ones. */
static bool seek(struct walk *w, uint32_t digit, uint64_t value)
{
    struct entry *entry = w->entry;
    const struct params *params = &entry->params;
    uint64_t index = value;
    struct err err;

    for (uint32_t i = digit; i != DIGIT_NONE && ++i < params->digit_count;)
        index *= params->digits[i].radix;
    if (params_point(params, index, entry->context->hasher, &entry->point,
                     &err) < 0)
        return false;
    entry->point.id = entry->id;
    return entry_derive(entry, &entry->scratch, &err) == 0;
}

/* FNV-1a: a collision only makes two texts seem equal. */
static uint64_t hash(const struct buf *text)
{
    uint64_t h = 0xcbf29ce484222325U;

    for (size_t i = 0; i < text->len; i++)
        h = (h ^ (unsigned char)text->data[i]) * 0x100000001b3U;
    return h;
}

static int compare_hashes(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return (*a > *b) - (*a < *b);
}

static void look_at(struct spelling *spelling, const struct buf *text)
{
    for (size_t i = 0; i < text->len; i++)
        spelling->holds[(unsigned char)text->data[i]] = true;
    if (text->len < spelling->shortest)
        spelling->shortest = text->len;
    if (text->len > spelling->longest)
        spelling->longest = text->len;
}

/* Goes through the values of a digit: false where one cannot be written. */
static bool spell_all(struct walk *w, uint32_t digit, spell_function *spell,
                      const void *place, uint64_t *hashes)
{
    struct spelling *spelling = &w->spelling;
    uint64_t radix = w->entry->params.digits[digit].radix;

    *spelling = (struct spelling){.shortest = SIZE_MAX, .distinct = true};
    for (uint64_t value = 0; value < radix; value++) {
        buf_clear(&w->text);
        if (!seek(w, digit, value) || !spell(w, place) || w->text.failed)
            return false;
        look_at(spelling, &w->text);
        hashes[value] = hash(&w->text);
    }
    qsort(hashes, radix, sizeof *hashes, compare_hashes);
    for (uint64_t i = 1; i < radix; i++)
        spelling->distinct &= hashes[i] != hashes[i - 1];
    return true;
}

/* Of numbers as they are, or by d or x, it is known without looking. */
static void spell_numbers(struct spelling *spelling)
{
    static const char bytes[] = "0123456789abcdefx.+-";

    *spelling = (struct spelling){.longest = SIZE_MAX, .distinct = true};
    for (size_t i = 0; i + 1 < sizeof bytes; i++)
        spelling->holds[(unsigned char)bytes[i]] = true;
}

/* Numbers that an operator counts out are different, if its ends are. */
static bool is_progression(const struct walk *w, uint32_t position)
{
    const struct params *params = &w->entry->params;

    if (position >= params->count)
        return false;
    const struct param *param = &params->items[position];
    return param->kind == PARAM_RANGE ||
           ((param->kind == PARAM_LINSPACE || param->kind == PARAM_LOGSPACE) &&
            (param->low < param->high || param->low > param->high));
}

/* A placeholder of one digit; param is its parameter where that is bare. */
static void add_varying(struct walk *w, uint32_t digit, uint32_t param,
                        spell_function *spell, const void *place)
{
    uint64_t radix = w->entry->params.digits[digit].radix;
    bool spelt = false;

    if (w->pending && (w->doubtful || !one_length(&w->spelling)))
        w->lost = true;
    if (w->lost)
        return;
    settle(w);
    if (radix > SPELT_FEW && is_progression(w, param)) {
        spell_numbers(&w->spelling);
        spelt = true;
    } else if (radix <= SPELT_MAX) {
        uint64_t *hashes = malloc(radix * sizeof *hashes);
        spelt = hashes && spell_all(w, digit, spell, place, hashes);
        free(hashes);
    }
    w->lost = !spelt;
    w->pending = spelt;
    w->digit = digit;
}

/* What is the same at every point. */
static void add_constant(struct walk *w, spell_function *spell,
                         const void *place)
{
    buf_clear(&w->text);
    if (seek(w, DIGIT_NONE, 0) && spell(w, place) && !w->text.failed)
        add_literal(w, w->text.data, w->text.len);
    else
        w->lost = true;
}

/* --- templates ----------------------------------------------------------- */

struct place {
    const struct template *tpl;
    uint32_t at;
};

static bool spell_segment(struct walk *w, const void *arg)
{
    const struct place *place = arg;
    struct err err;

    return template_render_range(place->tpl, place->at, place->at + 1,
                                 &w->entry->point, &w->text, &err) == 0;
}

static uint32_t varying(const struct params *params, uint32_t digit)
{
    return digit != PARAM_NO_DIGIT && params->digits[digit].radix > 1
               ? digit
               : DIGIT_NONE;
}

/* Which of the derived parameters, or their count. */
static uint32_t derive_of(const struct entry *entry, uint32_t param)
{
    uint32_t i = 0;

    while (i < entry->derive_count && entry->derive_order[i] != param)
        i++;
    return i;
}

static uint32_t digit_of_param(const struct walk *w, uint32_t param)
{
    const struct params *params = &w->entry->params;
    uint32_t derive = derive_of(w->entry, param);

    return derive < w->entry->derive_count
               ? w->derive[derive]
               : varying(params, params->items[param].digit);
}

static uint32_t digit_of(const struct walk *w, uint32_t ref)
{
    const struct params *params = &w->entry->params;

    switch (ref) {
    case TEMPLATE_REF_REPEAT:
        return varying(params, params->digit_count - 1);
    case TEMPLATE_REF_DRAW:
        return varying(params, params->digit_count - 2);
    case TEMPLATE_REF_ID:
        return DIGIT_NONE;
    case TEMPLATE_REF_NAME:
        return DIGIT_MANY;
    default:
        return digit_of_param(w, ref);
    }
}

static uint32_t join(uint32_t a, uint32_t b)
{
    if (a == DIGIT_NONE || a == b)
        return b;
    return b == DIGIT_NONE ? a : DIGIT_MANY;
}

/* They stand in an order in which each needs earlier ones only. */
static void learn_derived(struct walk *w)
{
    const struct entry *entry = w->entry;

    for (uint32_t i = 0; i < entry->derive_count; i++) {
        const struct template *tpl = &entry->derives[i];
        w->derive[i] = DIGIT_NONE;
        for (uint32_t at = 0; at < tpl->count; at++) {
            enum template_kind kind = tpl->segments[at].kind;
            if (kind == TEMPLATE_VALUE || kind == TEMPLATE_INSIDE)
                w->derive[i] =
                    join(w->derive[i], digit_of(w, tpl->segments[at].ref));
        }
    }
}

static void add_template(struct walk *w, const struct template *tpl,
                         bool inside);

/* A parameter that is derived of several: what it is made of stands there. */
static void add_derived(struct walk *w, const struct template_segment *seg)
{
    uint32_t derive = derive_of(w->entry, seg->ref);

    if (derive == w->entry->derive_count || seg->format.conversion != 0)
        w->lost = true;
    else
        add_template(w, &w->entry->derives[derive],
                     seg->kind == TEMPLATE_INSIDE);
}

/* Whether printf pads a whole number with nothing but zeros. */
static bool pads_with_zeros(const struct template_format *format)
{
    const char *flags = format->spec + 1;
    size_t count = strspn(flags, "0+#");
    bool width = flags[count] >= '1' && flags[count] <= '9';

    return !strpbrk(flags, " -.") && (!width || memchr(flags, '0', count));
}

/* Whether different numbers that are counted have different texts there. */
static bool is_told_apart(const struct walk *w,
                          const struct template_segment *seg)
{
    const struct params *params = &w->entry->params;
    char conversion = seg->format.conversion;

    return conversion == 0 ||
           ((conversion == 'd' || conversion == 'x') &&
            seg->ref < params->count && pads_with_zeros(&seg->format) &&
            entry_counts_whole(&params->items[seg->ref], conversion == 'd'));
}

static void add_segment(struct walk *w, const struct template *tpl, uint32_t at)
{
    const struct template_segment *seg = &tpl->segments[at];
    const struct place place = {tpl, at};
    bool bare = is_told_apart(w, seg);

    if (seg->kind != TEMPLATE_VALUE && seg->kind != TEMPLATE_INSIDE) {
        w->lost = true; /* an object that is ordered when it is rendered */
        return;
    }
    uint32_t digit = digit_of(w, seg->ref);
    if (digit == DIGIT_NONE)
        add_constant(w, spell_segment, &place);
    else if (digit == DIGIT_MANY)
        add_derived(w, seg);
    else
        add_varying(w, digit, bare ? seg->ref : DIGIT_NONE, spell_segment,
                    &place);
}

/* A whole value; `inside` a string it is a string without its quotes. */
static void add_template(struct walk *w, const struct template *tpl,
                         bool inside)
{
    bool text = tpl->count > 0 && tpl->segments[0].kind == TEMPLATE_LITERAL &&
                tpl->segments[0].bytes[0] == '"';

    w->lost |= inside && !text;
    for (uint32_t at = 0; at < tpl->count && !w->lost; at++) {
        const struct template_segment *seg = &tpl->segments[at];
        size_t first = inside && at == 0;
        size_t last = inside && at + 1 == tpl->count;
        if (++w->steps > STEPS_MAX)
            w->lost = true;
        else if (seg->kind != TEMPLATE_LITERAL)
            add_segment(w, tpl, at);
        else if (seg->len > first + last)
            add_literal(w, seg->bytes + first, seg->len - first - last);
    }
}

/* --- names --------------------------------------------------------------- */

static bool spell_value(struct walk *w, const void *arg)
{
    uint32_t param = *(const uint32_t *)arg;

    /* A row that lacks the column leaves it out of its name. */
    if (!w->entry->point.values[param].json)
        return false;
    entry_name_value(w->entry, param, &w->text);
    return true;
}

/* "id/lr=0.1,seed=3#1" */
static void add_default_name(struct walk *w)
{
    const struct params *params = &w->entry->params;
    uint32_t repeats = params->digit_count - 1;

    for (uint32_t i = 0; i < params->count && !w->lost; i++) {
        if (!params->items[i].varies)
            continue;
        add_literal(w, ",", 1);
        add_varying(w, params->items[i].digit, i, spell_value, &i);
    }
    if (w->lost || varying(params, repeats) == DIGIT_NONE)
        return;
    add_literal(w, "#", 1);
    w->lost = w->pending;
    w->known[repeats] = !w->lost;
}

/* --- both ---------------------------------------------------------------- */

static bool all_known(const struct walk *w)
{
    const struct params *params = &w->entry->params;

    for (uint32_t i = 0; i < params->digit_count; i++)
        if (varying(params, i) != DIGIT_NONE && !w->known[i])
            return false;
    return true;
}

static void begin(struct walk *w)
{
    memset(w->known, 0, w->entry->params.digit_count * sizeof *w->known);
    w->steps = 0;
    w->lost = false;
    w->pending = false;
    w->doubtful = false;
}

static bool end(struct walk *w)
{
    if (!w->lost)
        settle(w);
    return all_known(w);
}

static bool names_distinct(struct walk *w)
{
    begin(w);
    if (w->entry->has_name)
        add_template(w, &w->entry->name, false);
    else
        add_default_name(w);
    return end(w);
}

/* By the definition alone; the replica's number is in the key itself. */
static bool keys_distinct(struct walk *w)
{
    begin(w);
    w->known[w->entry->params.digit_count - 1] = true;
    add_template(w, &w->entry->definition, false);
    return end(w);
}

void entry_distinct(struct entry *entry, struct entry_distinct *out)
{
    struct walk w = {.entry = entry};

    *out = (struct entry_distinct){.names = entry->params.points < 2,
                                   .keys = entry->params.points < 2};
    if (out->names)
        return;
    buf_init(&w.text, JSON_TEXT_MAX);
    w.known = calloc(entry->params.digit_count, sizeof *w.known);
    w.derive = calloc((size_t)entry->derive_count + 1, sizeof *w.derive);
    if (w.known && w.derive) {
        learn_derived(&w);
        out->names = names_distinct(&w);
        out->keys = keys_distinct(&w);
    }
    buf_release(&w.text);
    free(w.known);
    free(w.derive);
}
