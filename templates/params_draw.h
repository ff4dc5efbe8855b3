/*
 * params_draw: random values that depend on nothing but what is hashed.
 *
 * The 64 random bits of a draw are the first eight bytes, big-endian, of the
 * SHA-256 of these bytes (u32be, u64be: unsigned, big-endian):
 *
 *   4        "nbd1", without a length
 *   8        u64be  seed
 *   4 + n    u32be  n, then the entry's id of n bytes
 *   4 + n    u32be  n, then the parameter's name of n bytes
 *   8        u64be  draw, from 0
 *   8        u64be  counter, from 0
 *
 * uniform, loguniform: u = (bits >> 11) / 2^53 of counter 0; the value is
 * params_space_at(u); where that is not above min, or not below max, it is
 * min or max as written.
 * randint, choice of m alternatives: bits at or above 2^64 - (2^64 mod m) are
 * rejected and the next counter is taken; the alternative is bits mod m,
 * counted from 0 (randint: min + that).
 */
#ifndef TEMPLATES_PARAMS_DRAW_H
#define TEMPLATES_PARAMS_DRAW_H

#include "params.h"

/*
 * What draw number `draw` gives a parameter of a random kind. A number's text
 * goes to scratch, which outlives *out.
 */
void params_draw_value(const struct params *params, const struct param *param,
                       uint64_t draw, struct hasher *hasher,
                       char scratch[PARAMS_SCRATCH_MAX], struct value *out);

#endif
