#include "params_draw.h"

#include <string.h>

#include "number.h"
#include "params_space.h"

#define TWO_TO_53 9007199254740992.0

static void add_string(struct hasher *hasher, const char *text)
{
    size_t len = strlen(text);

    hasher_add_u32(hasher, (uint32_t)len);
    hasher_add(hasher, text, len);
}

static uint64_t random_bits(const struct params *params, const char *name,
                            uint64_t draw, uint64_t counter,
                            struct hasher *hasher)
{
    uint8_t digest[CID_DIGEST_LEN];
    uint64_t bits = 0;

    hasher_begin(hasher);
    hasher_add(hasher, "nbd1", 4);
    hasher_add_u64(hasher, params->seed);
    add_string(hasher, params->id);
    add_string(hasher, name);
    hasher_add_u64(hasher, draw);
    hasher_add_u64(hasher, counter);
    hasher_end(hasher, digest);
    for (size_t i = 0; i < sizeof bits; i++)
        bits = bits << 8 | digest[i];
    return bits;
}

/* One of param->count alternatives, all equally likely. */
static uint64_t random_below(const struct params *params,
                             const struct param *param, uint64_t draw,
                             struct hasher *hasher)
{
    uint64_t count = param->count;
    uint64_t excess = (0 - count) % count; /* 2^64 mod count */
    uint64_t counter = 0;
    uint64_t bits;

    do
        bits = random_bits(params, param->name, draw, counter++, hasher);
    while (bits > UINT64_MAX - excess);
    return bits % count;
}

static void draw_between(const struct param *param, uint64_t bits,
                         char scratch[PARAMS_SCRATCH_MAX], struct value *out)
{
    double number = params_space_at(param, (double)(bits >> 11) / TWO_TO_53);

    /* Ends of more than 12 digits would else be rounded to outside. */
    if (!(number > param->low)) {
        *out = param->ends[0];
    } else if (!(number < param->high)) {
        *out = param->ends[1];
    } else {
        out->type = JSON_NUMBER;
        out->json = scratch;
        out->len = number_js(number, scratch);
    }
}

static void draw_integer(const struct param *param, uint64_t i,
                         char scratch[PARAMS_SCRATCH_MAX], struct value *out)
{
    struct decimal number = {param->from.digits + (decimal_int)i, 0};

    out->type = JSON_NUMBER;
    out->json = scratch;
    out->len = decimal_js(&number, scratch);
}

void params_draw_value(const struct params *params, const struct param *param,
                       uint64_t draw, struct hasher *hasher,
                       char scratch[PARAMS_SCRATCH_MAX], struct value *out)
{
    if (param->kind == PARAM_UNIFORM || param->kind == PARAM_LOGUNIFORM) {
        uint64_t bits = random_bits(params, param->name, draw, 0, hasher);
        draw_between(param, bits, scratch, out);
        return;
    }
    uint64_t i = random_below(params, param, draw, hasher);
    if (param->kind == PARAM_CHOICE)
        *out = param->values[i];
    else
        draw_integer(param, i, scratch, out);
}
