/*
 * params: an entry's parameters as a space of points.
 *
 * The space is a mixed-radix number: each digit is one axis, or a zip group,
 * or the rows, or the draws, or the repeats. Digits stand in the order of
 * manifest.md: parameters as written (the first slowest), rows, draws,
 * repeats (fastest). A point is computed from its index alone; nothing in
 * here grows with the number of points.
 *
 * Building: params_init; params_set for each parameter in order (a name that
 * exists is replaced in place); then params_zip, params_rows, params_draw,
 * params_repeat in any order; params_finish. All problems go to an errs.
 *
 * Decisions where manifest.md leaves room: a range, linspace or logspace of
 * different ends, some of whose values would become equal, is an error, as is
 * a linspace or logspace of one value whose ends differ. A row may lack a
 * column: the point then has no such parameter. Draws never leave [min, max],
 * however these are rounded. A column of rows may not be called like a
 * parameter of `params`. An axis or zip group of one value does not vary.
 */
#ifndef TEMPLATES_PARAMS_H
#define TEMPLATES_PARAMS_H

#include "arena.h"
#include "cid.h"
#include "decimal.h"
#include "json.h"

#define PARAMS_NAME_MAX    64   /* characters of a name */
#define PARAMS_COUNT_MAX   4096 /* parameters of an entry, columns included */
#define PARAMS_POINTS_MAX  INT64_MAX
#define PARAMS_INTEGER_MAX (INT64_C(1) << 53) /* |min|, |max| of randint */

/* One value of a parameter. The text is JSON as json_write would give it. */
struct value {
    enum json_type type;
    const char *json; /* borrowed from the arena, or the point's scratch; NULL
                         (with type JSON_NULL, len 0) where the point does not
                         have the parameter: a row that lacks the column */
    size_t len;
};

enum param_kind {
    PARAM_CONSTANT,
    PARAM_LIST,
    PARAM_RANGE,
    PARAM_LINSPACE,
    PARAM_LOGSPACE,
    PARAM_UNIFORM,
    PARAM_LOGUNIFORM,
    PARAM_RANDINT,
    PARAM_CHOICE,
    PARAM_ROWS,  /* a column of the rows */
    PARAM_DERIVE /* text only; the entry computes it */
};

#define PARAM_NO_DIGIT UINT32_MAX

struct param {
    const char *name; /* in the arena */
    enum param_kind kind;
    uint32_t digit; /* of params.digits, or PARAM_NO_DIGIT */
    uint32_t group; /* of `zip`, from 1; 0 where it is in none */
    bool varies;    /* takes part in the default name */
    uint64_t count; /* values to choose from: of an axis its length, of ROWS
                       the rows, of CHOICE and RANDINT the alternatives, else
                       1. 0: its value was in error */
    uint64_t line, column; /* where its value is written; 0 where unknown */
    const char *file;      /* borrowed; where that is, or NULL */
    struct value *values;  /* CONSTANT, LIST, CHOICE, ROWS: count of them;
                              DERIVE: one, the template's string */
    struct decimal from, to, step; /* RANGE; RANDINT has no step */
    struct value ends[2];          /* LINSPACE, LOGSPACE, UNIFORM, LOGUNIFORM */
    double low, high;              /* likewise: the ends' doubles… */
    double base, width; /* …and, as logarithms for LOG…, the start
                           and the way from there to the end */
};

struct params_digit {
    uint64_t radix; /* at least 1 */
};

/* How far into which text lines were counted, so that nobody starts over. */
struct params_place {
    const char *text;
    size_t offset;
    uint64_t line, column;
};

struct params {
    struct arena *arena; /* borrowed: holds all below */
    const char *id;      /* borrowed: the entry's id, for draws */
    struct param *items;
    uint32_t *by_name; /* positions of items, in the order of strcmp */
    uint32_t count, cap;
    uint32_t groups;             /* of `zip` */
    uint64_t rows;               /* 0 where the entry has none */
    struct params_digit *digits; /* the last two: draws, repeats */
    uint32_t digit_count;
    bool draw_given;  /* params_draw was called */
    bool overfull;    /* PARAMS_COUNT_MAX was reported */
    uint64_t draws;   /* at least 1 */
    uint64_t seed;    /* of draws */
    uint64_t repeats; /* at least 1 */
    uint64_t points;  /* product of all digits; set by params_finish */
    struct params_place place;
};

/* Numbers that a point computes (range, draws) are written here. */
#define PARAMS_SCRATCH_MAX 40

/* Bytes that the derived values of one point may have together. */
#define POINT_DERIVED_MAX ((size_t)4 << 20)

struct point {
    bool known;           /* the rest was computed: what depends on digits
                             that stay the same need not be again */
    uint64_t index;       /* within the entry */
    uint64_t draw;        /* from 0 */
    uint64_t repeat;      /* from 0 */
    const char *id;       /* the built-in ${{ id }} */
    const char *name;     /* the built-in ${{ name }}; NULL until known */
    uint32_t count;       /* of values: the params' count */
    struct value *values; /* owned; one a parameter, in the params' order */
    char (*scratch)[PARAMS_SCRATCH_MAX]; /* owned; one a parameter */
    uint64_t *digits;                    /* owned; one a digit of the params */
    struct buf derived;                  /* owned; texts of derived values */
};

/* id is borrowed and outlives params, as does arena. */
void params_init(struct params *params, struct arena *arena, const char *id);

/*
 * Adds the parameter `name` from a JSON value of the table in manifest.md,
 * or replaces the one of that name in its place. doc is not kept. file (may
 * be NULL) is where doc is from; node places in errors are those of doc's
 * text. Messages are prefixed with `params.NAME: `.
 */
void params_set(struct params *params, const char *name, const struct json *doc,
                uint32_t node, const char *file, struct errs *errs);

/*
 * The value of the entry's `zip`: groups of names of axes. Call it when all
 * parameters are set. Messages start with `zip: `.
 */
void params_zip(struct params *params, const struct json *doc, uint32_t node,
                struct errs *errs);

/*
 * The value of the entry's `rows`: a list of objects. Call it when all
 * parameters are set; the columns follow them, in the first row's order, then
 * those that only later rows have. Reading ends with the first row that has
 * an error. Messages start with `rows[2]: `.
 */
void params_rows(struct params *params, const struct json *doc, uint32_t node,
                 struct errs *errs);

/*
 * What the entry's `draw` and `repeat` say. A draw that only defaults give
 * should be set only where params_random says true: see params_finish.
 */
void params_draw(struct params *params, uint64_t count, uint64_t seed);
void params_repeat(struct params *params, uint64_t count);

/* Whether a parameter is drawn: uniform, loguniform, randint or choice. */
bool params_random(const struct params *params);

/*
 * Lays out the digits and multiplies. Errors (without a place): a count of 0,
 * over PARAMS_POINTS_MAX points, params_draw without a random operator. Warns
 * of lists (not zipped, of up to 1000 values) that hold a value twice. Nothing
 * may be added afterwards.
 */
void params_finish(struct params *params, struct errs *errs);

/* The position of a parameter, or -1. */
int64_t params_find(const struct params *params, const char *name, size_t len);

/* Whether name may be a parameter's: the grammar, and not reserved. */
bool params_name_valid(const char *name, size_t len);
bool params_name_reserved(const char *name, size_t len);

/*
 * Allocates for the values and digits of finished params, so that
 * params_point need not; ERR_MEMORY on failure.
 */
int point_init(struct point *point, const struct params *params,
               struct err *err);
void point_release(struct point *point);

/*
 * Computes the point of an index below params->points (ERR_INTERNAL
 * otherwise). A DERIVE parameter gets the value of its template text; the
 * entry replaces it. point->name becomes NULL. What the last call with this
 * point computed is kept where it holds, so that neighbours are cheap: all
 * calls with one point have the same params. hasher serves the draws and
 * may be NULL where there are none.
 */
int params_point(const struct params *params, uint64_t index,
                 struct hasher *hasher, struct point *point, struct err *err);

/*
 * Adds the point's assignment for messages: `lr=0.1, opt="adam", draw=3`:
 * parameters that vary as JSON, each cut at 40 bytes, then draw and repeat
 * where there are several. Nothing where nothing varies.
 */
void point_describe(const struct params *params, const struct point *point,
                    struct buf *out);

#endif
