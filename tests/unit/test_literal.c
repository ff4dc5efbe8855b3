/*
 * What a host finds was compared with JavaScript's own matching of the two
 * expressions in literal.h, for a million random strings, by a script of
 * Node; the rows here keep the cases that taught something.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../templates/literal.h"

/* "O", "G" or "T" for the kind, then name and path, for each literal. */
static void describe(const char *text, char *out, size_t size)
{
    static const char kinds[] = {'O', 'G', 'T'};
    struct literal literal;
    size_t at = 0;
    size_t len = 0;

    out[0] = '\0';
    while (literal_next(text, strlen(text), &at, &literal))
        len += (size_t)snprintf(
            out + len, size - len, "%s%c(%.*s)(%.*s)", len > 0 ? " " : "",
            kinds[literal.kind], (int)literal.name_len, literal.name,
            (int)literal.path_len, literal.path ? literal.path : "");
}

static void literals_are_found_as_a_host_finds_them(void **state)
{
    static const struct {
        const char *text, *found;
    } rows[] = {
        {"", ""},
        {"plain", ""},
        {"100%", ""},
        {"100%%", ""},
        {"%%ops.a.host%%", "O(a)(host)"},
        {"x%%ops.a.results.b.0%%y", "O(a)(results.b.0)"},
        {"%%ops.a.host%%%%ops.b.host%%", "O(a)(host) O(b)(host)"},
        {"%%ops.a b.host%%", "O(a b)(host)"}, /* a name holds anything */
        {"%%ops.a.b c%%", ""},                /* a path does not */
        {"%%ops..host%%", "T(ops)(.host)"},
        {"%%ops.a.%%", "T(ops)(a.)"},
        {"%%ops.a%%", "T(ops)(a)"},
        {"%%%ops.a.host%%", "O(a)(host)"},
        {"%%global.job%%", "G(job)()"},
        {"%%globals.job%%", "G(job)()"},
        {"%%global.a.b%%", "G(a)(b)"},
        {"%%globals.a.b%%", "T(globals)(a.b)"},
        {"%%global.%%", ""},
        {"%%global.%%%", "G(%)()"},
        {"%%global.%%%%", "G(%%)()"},
        /* Up to the last percent signs before a dot. */
        {"%%globals.a%% %%globals.b%%", "G(a%% )()"},
        {"%%global.a%% %%global.b%%", "G(a%% %%global)(b)"},
        {"%%globals.a%%. %%global.b%%", "G(a)() G(b)()"},
        {"%%global.a%% 5%% x", "G(a%% 5)()"},
        {"%%global.a%%%", "G(a%)()"},
        /* The closing percent signs of one may open another. */
        {"%%global.a%%ops.b.c%%", "G(a%%ops)(b.c)"},
        {"%%globals.a%%ops.b.c%%", "O(b)(c)"},
        {"%%globals.a%%%%ops.b.c%%", "G(a)() O(b)(c)"},
        {"%%foo.bar%%ops.b.c%%", "O(b)(c)"},
        {"%%foo.bar%%global.c%%", "G(c)()"},
        {"%%ops.a.b9%%", "O(a)(b9)"},
        {"%%op.a.b%%", "T(op)(a.b)"},
        {"%%d.%%", ""},
        {"%%5.2f%%", ""},
        {"%%", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char found[256];
        describe(rows[i].text, found, sizeof found);
        assert_string_equal(found, rows[i].found);
    }
}

static void whole_literals_follow_the_schema(void **state)
{
    static const struct {
        const char *raw;
        bool whole;
    } rows[] = {
        {"%%ops.a.b%%", true},
        {"%%global.a%%", true},
        {"%%globals.a%%", true},
        {"%%opsX%%", false}, /* one character for the dot, one more */
        {"%%opsXy%%", true},
        {"%%ops%a%%", true},
        {"%%ops%%%%", false},
        {"%%ops.a%b%%", false},
        {"%%ops.a%%%", false},
        {"%%ops.a%%b", false},
        {"%%ops.a%", false},
        {"%%ops.a", false},
        {"%%ops", false},
        {"%%", false},
        {"", false},
        {"%%op.a%%", false},
        {"\\u0025%\\u006fps.a%%", true},
        {"%%ops\\na%%", false},
        {"%%ops\xe2\x80\xa8"
         "a%%",
         false}, /* U+2028 ends a line too */
        {"%%ops.\\n%%", true},
        {"%%ops\xf0\x90\x80\x80%%", true}, /* U+10000 */
        {"%%ops\xef\xbf\xbf%%", false},    /* U+FFFF */
        {"%%ops\\ud83d\\ude00%%", true},   /* two characters in JavaScript */
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (literal_whole(rows[i].raw, strlen(rows[i].raw)) != rows[i].whole)
            fail_msg("%s", rows[i].raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_found_as_a_host_finds_them),
        cmocka_unit_test(whole_literals_follow_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
