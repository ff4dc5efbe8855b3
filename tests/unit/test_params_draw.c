#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/params_draw.h"
#include "params_help.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define ANSWER_MAX    (1 << 20)

/* A random parameter, and where its draws come from. */
struct vector {
    uint64_t seed;
    const char *id;
    const char *name;
    const char *operation;
};

/* Opens the entry that draws 2^40 values of a vector's parameter. */
static void open_vector(struct space *space, const struct vector *vector,
                        struct buf *entry)
{
    buf_init(entry, 10000);
    buf_addf(entry,
             "{\"id\":\"%s\",\"params\":{\"%s\":%s},"
             "\"draw\":{\"count\":1099511627776,\"seed\":%llu}}",
             vector->id, vector->name, vector->operation,
             (unsigned long long)vector->seed);
    space_open(space, buf_str(entry));
    if (space->errs.count > 0)
        fail_msg("%s: %s", buf_str(entry), space_message(space, 0));
}

static void close_vector(struct space *space, struct buf *entry)
{
    space_close(space);
    buf_release(entry);
}

static void add_draw(struct space *space, uint64_t draw, struct buf *out)
{
    char scratch[PARAMS_SCRATCH_MAX];
    struct value value;

    params_draw_value(&space->params, &space->params.items[0], draw,
                      &space->hasher, scratch, &value);
    buf_add(out, value.json, value.len);
}

/* Computed by tests/draws.py. */
static void draws_are_the_documented_ones(void **state)
{
    static const struct {
        struct vector vector;
        const char *draws[4]; /* numbers 0, 1, 2, 1000000 */
    } cases[] = {
        {{0, "sweep", "u", "{\"uniform\":[0,1]}"},
         {"0.647604124114", "0.857917547249", "0.13445998914",
          "0.990564544723"}},
        {{7, "sweep", "u", "{\"uniform\":[-3,1e30]}"},
         {"2.58170487645e+29", "4.37672348741e+29", "2.12822512707e+28",
          "8.25690154455e+29"}},
        {{7, "lr-sweep", "lr", "{\"loguniform\":[1e-5,0.1]}"},
         {"0.00338023361785", "0.00148066995406", "0.000625607161407",
          "0.0000746392792366"}},
        {{INT64_MAX, "a.b_c-d", "_", "{\"randint\":[1,6]}"},
         {"1", "6", "6", "6"}},
        {{1, "s", "opt",
          "{\"choice\":[\"adam\",\"sgd\",null,{\"k\":[1]},1.50]}"},
         {"{\"k\":[1]}", "1.5", "1.5", "\"adam\""}},
    };
    static const uint64_t numbers[] = {0, 1, 2, 1000000};

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct space space;
        struct buf entry;
        struct buf found;
        open_vector(&space, &cases[i].vector, &entry);
        buf_init(&found, 1000);
        for (size_t n = 0; n < LENGTH(numbers); n++) {
            buf_clear(&found);
            add_draw(&space, numbers[n], &found);
            assert_string_equal(buf_str(&found), cases[i].draws[n]);
        }
        buf_release(&found);
        close_vector(&space, &entry);
    }
}

/* Of 2^54 + 1 alternatives about one draw in a thousand is rejected. */
static void rejected_bits_give_way_to_the_next_counter(void **state)
{
    static const struct vector vector = {
        0, "sweep", "x", "{\"randint\":[-9007199254740992,9007199254740992]}"};
    static const struct {
        uint64_t draw;
        const char *value;
    } cases[] = {
        {1207, "8575355438094293"}, /* counter 0 gave -5015180428302734 */
        {1697, "4810505139124929"}, /* 972240475365084 */
        {3928, "93169371632194"},   /* 8145292329669771 */
    };
    struct space space;
    struct buf entry;
    struct buf found;

    (void)state;
    open_vector(&space, &vector, &entry);
    buf_init(&found, 1000);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        buf_clear(&found);
        add_draw(&space, cases[i].draw, &found);
        assert_string_equal(buf_str(&found), cases[i].value);
    }
    buf_release(&found);
    close_vector(&space, &entry);
}

static const struct vector compared[] = {
    {0, "sweep", "u", "{\"uniform\":[0,1]}"},
    {1, "sweep", "u", "{\"uniform\":[-1e-8,1e-7]}"},
    {2, "sweep", "u", "{\"uniform\":[-1e300,1e300]}"},
    {3, "e", "v", "{\"uniform\":[5,5]}"},
    {4, "e", "v", "{\"uniform\":[0.12345678901234,0.12345678901734]}"},
    {5, "e", "v", "{\"uniform\":[1e20,1e22]}"},
    {6, "a-very-long-id.with_everything-0123456789", "lr_1",
     "{\"loguniform\":[1e-5,0.1]}"},
    {7, "e", "w", "{\"loguniform\":[1e-300,1e300]}"},
    {8, "e", "w", "{\"loguniform\":[0.9999999999999,1.000000000009]}"},
    {9, "e", "n", "{\"randint\":[1,6]}"},
    {10, "e", "n", "{\"randint\":[-3,-3]}"},
    {11, "e", "n", "{\"randint\":[-9007199254740992,9007199254740992]}"},
    {INT64_MAX, "e", "n", "{\"randint\":[0,1000000]}"},
    {13, "e", "c", "{\"choice\":[1,\"two\",[3],null,true,2.50]}"},
    {14, "e", "c", "{\"choice\":[\"only\"]}"},
};

#define COMPARED_DRAWS 40

/* What the second program says about all of them, one draw a line. */
static void ask_python(struct buf *answer)
{
    struct buf command;

    buf_init(&command, ANSWER_MAX);
    buf_add_str(&command, "python3 tests/draws.py <<'END'\n");
    for (size_t i = 0; i < LENGTH(compared); i++)
        buf_addf(&command, "%llu\t%s\t%s\t%s\t%d\n",
                 (unsigned long long)compared[i].seed, compared[i].id,
                 compared[i].name, compared[i].operation, COMPARED_DRAWS);
    buf_add_str(&command, "END\n");
    FILE *pipe = popen(buf_str(&command), "r");
    assert_non_null(pipe);
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, pipe)) > 0;)
        buf_add(answer, part, n);
    assert_int_equal(pclose(pipe), 0);
    buf_release(&command);
}

static void compare_draws(const struct vector *vector, char **answer)
{
    struct space space;
    struct buf entry;
    struct buf found;

    open_vector(&space, vector, &entry);
    buf_init(&found, ANSWER_MAX);
    for (uint64_t draw = 0; draw < COMPARED_DRAWS; draw++) {
        char *line = *answer;
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        *answer = end + 1;
        buf_clear(&found);
        add_draw(&space, draw, &found);
        if (strcmp(buf_str(&found), line) != 0)
            fail_msg("%s, draw %d: %s, but Python says %s", vector->operation,
                     (int)draw, buf_str(&found), line);
    }
    buf_release(&found);
    close_vector(&space, &entry);
}

static void another_program_draws_the_same(void **state)
{
    struct buf answer;

    (void)state;
    buf_init(&answer, ANSWER_MAX);
    ask_python(&answer);
    char *rest = answer.data;
    assert_non_null(rest);
    for (size_t i = 0; i < LENGTH(compared); i++)
        compare_draws(&compared[i], &rest);
    assert_string_equal(rest, "");
    buf_release(&answer);
}

/* The points of an entry, whose first parameter is drawn. */
static void draws_of(const char *entry, uint64_t first, uint64_t count,
                     struct buf *out)
{
    struct space space;

    space_open(&space, entry);
    assert_int_equal(space.errs.count, 0);
    buf_clear(out);
    space_points(&space, first, count, out);
    space_close(&space);
}

static void draws_are_shared_by_all_grid_points(void **state)
{
    struct buf a;
    struct buf b;

    (void)state;
    buf_init(&a, 10000);
    buf_init(&b, 10000);
    draws_of("{\"params\":{\"u\":{\"uniform\":[0,1]}},"
             "\"draw\":{\"count\":3,\"seed\":5}}",
             0, 3, &a);
    draws_of("{\"params\":{\"u\":{\"uniform\":[0,1]},\"x\":[1,2]},"
             "\"draw\":{\"count\":3,\"seed\":5}}",
             3, 3, &b);
    for (char *at; (at = strstr(b.data, " 2")) != NULL;)
        memmove(at, at + 2, strlen(at + 2) + 1);
    assert_string_equal(buf_str(&a), buf_str(&b));
    buf_release(&a);
    buf_release(&b);
}

static void draws_depend_on_seed_id_and_name(void **state)
{
    static const char *const entries[] = {
        "{\"params\":{\"u\":{\"uniform\":[0,1]}},\"draw\":{\"seed\":5}}",
        "{\"params\":{\"u\":{\"uniform\":[0,1]}},\"draw\":{\"seed\":6}}",
        "{\"params\":{\"v\":{\"uniform\":[0,1]}},\"draw\":{\"seed\":5}}",
        "{\"id\":\"swee\",\"params\":{\"pu\":{\"uniform\":[0,1]}},"
        "\"draw\":{\"seed\":5}}",
        "{\"id\":\"sweepu\",\"params\":{\"u\":{\"uniform\":[0,1]}},"
        "\"draw\":{\"seed\":5}}",
        "{\"params\":{\"u\":{\"uniform\":[0,1]}}}",
    };
    struct buf found[LENGTH(entries)];

    (void)state;
    for (size_t i = 0; i < LENGTH(entries); i++) {
        buf_init(&found[i], 1000);
        draws_of(entries[i], 0, 1, &found[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(buf_str(&found[i]), buf_str(&found[k]));
    }
    for (size_t i = 0; i < LENGTH(entries); i++)
        buf_release(&found[i]);
}

/* Draws of one parameter as doubles. */
static void sample(const struct vector *vector, double *out, size_t count)
{
    struct space space;
    struct buf entry;
    struct buf text;

    open_vector(&space, vector, &entry);
    buf_init(&text, 1000);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&text);
        add_draw(&space, i, &text);
        out[i] = strtod(buf_str(&text), NULL);
    }
    buf_release(&text);
    close_vector(&space, &entry);
}

/* Chi-square over ten equally likely classes, each 0 <= class < 10. */
static double chi_square(const double *classes, size_t count)
{
    double seen[10] = {0};
    double expected = (double)count / 10;
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        assert_true(classes[i] >= 0 && classes[i] < 10);
        seen[(int)classes[i]]++;
    }
    for (int i = 0; i < 10; i++)
        sum += (seen[i] - expected) * (seen[i] - expected) / expected;
    return sum;
}

static void draws_have_the_distribution_asked_for(void **state)
{
    enum {
        COUNT = 20000
    };
    static const struct vector vectors[] = {
        {1, "s", "a", "{\"uniform\":[0,10]}"},
        {2, "s", "b", "{\"randint\":[0,9]}"},
        {3, "s", "c", "{\"choice\":[0,1,2,3,4,5,6,7,8,9]}"},
        {4, "s", "d", "{\"loguniform\":[1,10000000000]}"},
    };
    static double drawn[COUNT];

    (void)state;
    for (size_t i = 0; i < LENGTH(vectors); i++) {
        sample(&vectors[i], drawn, COUNT);
        for (size_t k = 0; i == 3 && k < COUNT; k++)
            drawn[k] = log10(drawn[k]);
        double found = chi_square(drawn, COUNT);
        /* nine degrees of freedom: 1 in 1000 on either side */
        if (found > 27.9 || found < 1.15)
            fail_msg("%s: chi-square %g", vectors[i].operation, found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_the_documented_ones),
        cmocka_unit_test(rejected_bits_give_way_to_the_next_counter),
        cmocka_unit_test(another_program_draws_the_same),
        cmocka_unit_test(draws_are_shared_by_all_grid_points),
        cmocka_unit_test(draws_depend_on_seed_id_and_name),
        cmocka_unit_test(draws_have_the_distribution_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
