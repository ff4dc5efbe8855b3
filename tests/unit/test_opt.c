#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/opt_table.h"

#define WORDS_MAX 400

/* Parses "nosbatch " + line, split at spaces; the words live until the end. */
struct parsed {
    struct opt opt;
    struct err err;
    int rc;
    char text[4096];
};

static struct parsed *parse(const char *line)
{
    struct parsed *parsed = calloc(1, sizeof *parsed);
    char *words[WORDS_MAX] = {(char *)(uintptr_t) "nosbatch"};
    int count = 1;

    assert_non_null(parsed);
    assert_true(strlen(line) < sizeof parsed->text);
    snprintf(parsed->text, sizeof parsed->text, "%s", line);
    for (char *word = strtok(parsed->text, " "); word && count < WORDS_MAX - 1;
         word = strtok(NULL, " "))
        words[count++] = word;
    parsed->rc = opt_parse(&parsed->opt, count, words, &parsed->err);
    return parsed;
}

static void done(struct parsed *parsed)
{
    opt_release(&parsed->opt);
    free(parsed);
}

/* --- the table ----------------------------------------------------------- */

static void names_are_unique_and_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option_row *row = &opt_options[i];
        assert_ptr_equal(opt_option_find(row->name, strlen(row->name)), row);
        assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz-"),
                         strlen(row->name));
        assert_string_not_equal(row->name, "help");
        assert_int_not_equal(row->short_name, 'h');
        if (row->short_name)
            assert_ptr_equal(opt_option_short(row->short_name), row);
    }
    for (int i = 0; i < OPT_COMMANDS; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(opt_commands[i].name, opt_commands[j].name);
}

static void every_option_goes_with_a_known_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < opt_option_count; i++) {
        assert_int_not_equal(opt_options[i].commands, 0);
        assert_int_equal(opt_options[i].commands >> OPT_COMMANDS, 0);
    }
}

static void network_options_go_with_network_commands_only(void **state)
{
    const struct opt_option_row *url = opt_option_find("api-url", 7);

    (void)state;
    for (int i = 0; i < OPT_COMMANDS; i++)
        assert_int_equal(opt_option_fits(url, (enum opt_command)i),
                         opt_commands[i].network);
}

static void fields_lie_within_the_struct_and_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < opt_option_count; i++) {
        assert_true(opt_options[i].offset < sizeof(struct opt));
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(opt_options[i].offset, opt_options[j].offset);
    }
}

static void kinds_have_what_they_need(void **state)
{
    (void)state;
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option_row *row = &opt_options[i];
        bool choice =
            row->kind == OPT_KIND_CHOICE || row->kind == OPT_KIND_ONLY;
        assert_int_equal(row->choices != NULL, choice);
        assert_int_equal(row->arg == NULL, row->kind == OPT_KIND_FLAG);
        if (row->kind == OPT_KIND_INTEGER || row->kind == OPT_KIND_DURATION)
            assert_true(row->min < row->max && row->fallback <= row->max);
        assert_true(strlen(row->help) > 5);
        assert_int_not_equal(row->help[strlen(row->help) - 1], '.');
    }
}

static void commands_have_help_and_sane_arguments(void **state)
{
    (void)state;
    for (int i = 0; i < OPT_COMMANDS; i++) {
        assert_true(strlen(opt_commands[i].help) > 5);
        assert_true(opt_commands[i].args_min <= opt_commands[i].args_max);
        assert_string_equal(opt_command_name((enum opt_command)i),
                            opt_commands[i].name);
    }
}

static void choices_are_split(void **state)
{
    const char *text;

    (void)state;
    assert_int_equal(opt_choice("ab|c", 0, &text), 2);
    assert_memory_equal(text, "ab", 2);
    assert_int_equal(opt_choice("ab|c", 1, &text), 1);
    assert_memory_equal(text, "c", 1);
    assert_int_equal(opt_choice("ab|c", 2, &text), 0);
    assert_int_equal(opt_choice("ab|c", 9, &text), 0);
}

/* --- parsing ------------------------------------------------------------- */

static void defaults_are_the_tables(void **state)
{
    struct parsed *p = parse("run m.jsonl");

    (void)state;
    assert_int_equal(p->rc, 0);
    assert_int_equal(p->opt.wish, OPT_WISH_RUN);
    assert_int_equal(p->opt.command, OPT_RUN);
    assert_int_equal(p->opt.arg_count, 1);
    assert_string_equal(p->opt.args[0], "m.jsonl");
    assert_null(p->opt.args[1]);
    assert_int_equal(p->opt.connections, 64);
    assert_int_equal(p->opt.rate, -1);
    assert_int_equal(p->opt.live, -1);
    assert_int_equal(p->opt.retries, 8);
    assert_int_equal(p->opt.give_up_ms, 900000);
    assert_int_equal(p->opt.http_timeout_ms, 120000);
    assert_int_equal(p->opt.max_cost_nano, -1);
    assert_int_equal(p->opt.max_rejected.kind, OPT_SHARE_NONE);
    assert_int_equal(p->opt.changed, OPT_REFUSE);
    assert_int_equal(p->opt.api, OPT_JOBS);
    assert_int_equal(p->opt.format, OPT_TABLE);
    assert_int_equal(p->opt.progress, OPT_AUTO);
    assert_null(p->opt.ledger);
    assert_false(p->opt.yes);
    assert_int_equal(p->opt.set.count, 0);
    done(p);
}

static void values_reach_their_fields(void **state)
{
    struct parsed *p = parse(
        "run --set lr=0.1,0.2 m --market nvidia-3060 --set=seed=1..5 -yq "
        "--max-cost $12.5 --connections=8 --rate 20 --give-up 30m "
        "--http-timeout 500ms --retries 0 --replay never --api with-credits "
        "--pin none --changed keep --max-rejected 2.5% --progress=never "
        "--ledger x.jsonl --timeout 2h --api-key-file k --any-market");

    (void)state;
    assert_int_equal(p->rc, 0);
    assert_int_equal(p->opt.arg_count, 1);
    assert_string_equal(p->opt.args[0], "m");
    assert_int_equal(p->opt.set.count, 2);
    assert_string_equal(p->opt.set.items[0], "lr=0.1,0.2");
    assert_string_equal(p->opt.set.items[1], "seed=1..5");
    assert_string_equal(p->opt.market, "nvidia-3060");
    assert_string_equal(p->opt.timeout, "2h");
    assert_string_equal(p->opt.ledger, "x.jsonl");
    assert_string_equal(p->opt.api_key_file, "k");
    assert_true(p->opt.yes && p->opt.quiet && p->opt.any_market);
    assert_true(p->opt.replay_never && p->opt.pin_none);
    assert_false(p->opt.allow_unpriced || p->opt.verbose);
    assert_int_equal(p->opt.max_cost_nano, 12500000000);
    assert_int_equal(p->opt.connections, 8);
    assert_int_equal(p->opt.rate, 20);
    assert_int_equal(p->opt.give_up_ms, 1800000);
    assert_int_equal(p->opt.http_timeout_ms, 500);
    assert_int_equal(p->opt.retries, 0);
    assert_int_equal(p->opt.api, OPT_WITH_CREDITS);
    assert_int_equal(p->opt.changed, OPT_KEEP);
    assert_int_equal(p->opt.progress, OPT_NEVER);
    assert_int_equal(p->opt.max_rejected.kind, OPT_SHARE_PERCENT);
    assert_int_equal(p->opt.max_rejected.value, 2500);
    done(p);
}

static void the_last_of_two_counts(void **state)
{
    struct parsed *p = parse("plan m --max-cost 1 --max-cost 2");

    (void)state;
    assert_int_equal(p->rc, 0);
    assert_int_equal(p->opt.max_cost_nano, 2000000000);
    done(p);
}

static void two_dashes_end_the_options(void **state)
{
    struct parsed *p = parse("validate a -- --yes -");

    (void)state;
    assert_int_equal(p->rc, 0);
    assert_int_equal(p->opt.arg_count, 3);
    assert_string_equal(p->opt.args[1], "--yes");
    assert_string_equal(p->opt.args[2], "-");
    done(p);
}

static void parsing_again_starts_afresh(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct parsed *p = parse("run -qy m");
        assert_int_equal(p->rc, 0);
        assert_true(p->opt.quiet && p->opt.yes);
        done(p);
    }
}

static void help_and_version_are_wishes(void **state)
{
    static const struct {
        const char *line;
        enum opt_wish wish;
        enum opt_command command;
    } cases[] = {
        {"--help", OPT_WISH_HELP, OPT_COMMANDS},
        {"-h", OPT_WISH_HELP, OPT_COMMANDS},
        {"--version", OPT_WISH_VERSION, OPT_COMMANDS},
        {"run --help", OPT_WISH_HELP, OPT_RUN},
        {"run m n o -h", OPT_WISH_HELP, OPT_RUN},
        {"markets -h --api-url", OPT_WISH_HELP, OPT_MARKETS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed *p = parse(cases[i].line);
        assert_int_equal(p->rc, 0);
        assert_int_equal(p->opt.wish, cases[i].wish);
        assert_int_equal(p->opt.command, cases[i].command);
        done(p);
    }
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *line, *message; /* message: a part of it */
    } cases[] = {
        {"", "expected a command"},
        {"-q run m", "expected a command before \"-q\""},
        {"pln m", "unknown command \"pln\" (did you mean \"plan\"?)"},
        {"xyzzy", "unknown command \"xyzzy\";"},
        {"run m --max-cst 5", "(did you mean \"--max-cost\"?)"},
        {"run m --frobnicate=5", "unknown option \"--frobnicate\""},
        {"run m -Z", "unknown option \"-Z\""},
        {"plan m --rate 5", "--rate does not go with \"plan\" (it goes with "},
        {"plan m -y", "--yes does not go with \"plan\" (it goes with run"},
        {"run m --yes=1", "--yes takes no value"},
        {"run m --ledger", "--ledger needs a value"},
        {"run m --ledger=", "--ledger: expected a value"},
        {"run", "expected nosbatch run MANIFEST"},
        {"run a b", "unexpected argument \"b\" (run takes only MANIFEST)"},
        {"markets a", "unexpected argument \"a\" (markets takes none)"},
        {"run m -q -v", "exclude each other"},
        {"results l --format html", "expected table|json|jsonl|csv, found"},
        {"results l --format xml", "expected table|json|jsonl|csv"},
        {"run m --replay always", "--replay: expected never, found"},
        {"run m --connections 0", "from 1 to 4096, found \"0\""},
        {"run m --connections 4097", "from 1 to 4096"},
        {"run m --connections -1", "from 1 to 4096"},
        {"run m --connections 8x", "from 1 to 4096"},
        {"run m --connections 18446744073709551617", "from 1 to 4096"},
        {"run m --give-up 0", "expected a time"},
        {"run m --give-up 1.5h", "expected a time"},
        {"run m --give-up h", "expected a time"},
        {"run m --give-up 25h", "too long, at most 24h"},
        {"run m --give-up 9223372036854775807d", "too long"},
        {"run m --max-cost nan", "expected dollars"},
        {"run m --max-cost -1", "expected dollars"},
        {"run m --max-cost 0.0000000001", "expected dollars"},
        {"run m --max-cost $", "expected dollars"},
        {"run m --max-rejected 101%", "expected a percentage"},
        {"run m --max-rejected 0.0001%", "expected a percentage"},
        {"run m --max-rejected %", "expected a percentage"},
        {"run m --max-rejected x", "expected a number or a percentage"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed *p = parse(cases[i].line);
        if (p->rc != ERR_USAGE || !strstr(p->err.message, cases[i].message))
            fail_msg("%s: %d \"%s\", expected \"%s\"", cases[i].line, p->rc,
                     p->err.message, cases[i].message);
        done(p);
    }
}

static void lists_are_bounded(void **state)
{
    char line[4096] = "run m";

    (void)state;
    for (int i = 0; i < OPT_LIST_MAX; i++)
        strcat(line, " --set=a=1");
    struct parsed *p = parse(line);
    assert_int_equal(p->rc, 0);
    assert_int_equal(p->opt.set.count, OPT_LIST_MAX);
    done(p);
    strcat(line, " --set=a=1");
    p = parse(line);
    assert_int_equal(p->rc, ERR_USAGE);
    assert_non_null(strstr(p->err.message, "more than 256 times"));
    done(p);
}

static void what_is_not_built_says_so(void **state)
{
    char line[256];

    (void)state;
    for (int i = 0; i < OPT_COMMANDS; i++) {
        if (!opt_commands[i].later)
            continue;
        struct parsed *p = parse(opt_commands[i].name);
        assert_int_equal(p->rc, ERR_USAGE);
        assert_non_null(strstr(p->err.message, "not in this version"));
        done(p);
    }
    for (size_t i = 0; i < opt_option_count; i++) {
        const struct opt_option_row *row = &opt_options[i];
        if (!row->later || !opt_option_fits(row, OPT_RUN))
            continue;
        snprintf(line, sizeof line, "run m --%s%s", row->name,
                 row->arg ? "=1" : "");
        struct parsed *p = parse(line);
        assert_int_equal(p->rc, ERR_USAGE);
        assert_non_null(strstr(p->err.message, "not in this version"));
        done(p);
    }
}

/* opt_value on kinds whatever commands they go with yet. */
static void shards_and_shares_are_read(void **state)
{
    static const struct {
        const char *name, *value;
        bool ok, automatic;
        uint64_t a, b;
    } cases[] = {
        {"shard", "0/8", true, false, 0, 8},
        {"shard", "7/8", true, false, 7, 8},
        {"shard", "auto/8", true, true, 0, 8},
        {"shard", "8/8", false, false, 0, 0},
        {"shard", "0/0", false, false, 0, 0},
        {"shard", "/8", false, false, 0, 0},
        {"shard", "1/8x", false, false, 0, 0},
        {"shard", "1 /8", false, false, 0, 0},
        {"shard", "-1/8", false, false, 0, 0},
        {"shard", "0/4294967296", false, false, 0, 0},
        {"sample", "20", true, false, OPT_SHARE_COUNT, 20},
        {"sample", "100%", true, false, OPT_SHARE_PERCENT, 100000},
        {"sample", "0.001%", true, false, OPT_SHARE_PERCENT, 1},
        {"sample", "", false, false, 0, 0},
        {"sample", "-1%", false, false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = ERR_INIT;
        struct opt *opt = calloc(1, sizeof *opt);
        assert_non_null(opt);
        int rc = opt_value(
            opt, opt_option_find(cases[i].name, strlen(cases[i].name)),
            cases[i].value, &err);
        assert_int_equal(rc, cases[i].ok ? 0 : ERR_USAGE);
        if (cases[i].ok && cases[i].name[1] == 'h') {
            assert_int_equal(opt->shard.index, cases[i].a);
            assert_int_equal(opt->shard.count, cases[i].b);
            assert_int_equal(opt->shard.automatic, cases[i].automatic);
        } else if (cases[i].ok) {
            assert_int_equal(opt->sample.kind, cases[i].a);
            assert_int_equal(opt->sample.value, cases[i].b);
        }
        free(opt);
    }
}

/* --- help ---------------------------------------------------------------- */

static char *help_text(enum opt_command command)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    opt_help(command, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void help_shows_what_is_built_and_nothing_else(void **state)
{
    char needle[80];

    (void)state;
    for (int c = 0; c < OPT_COMMANDS; c++) {
        char *text = help_text((enum opt_command)c);
        for (size_t i = 0; i < opt_option_count; i++) {
            const struct opt_option_row *row = &opt_options[i];
            bool shown =
                opt_option_fits(row, (enum opt_command)c) && !row->later;
            snprintf(needle, sizeof needle, " --%s%s%s", row->name,
                     row->arg ? " " : "", row->arg ? row->arg : "");
            const char *at = strstr(text, needle);
            while (at && at[strlen(needle)] != ' ' &&
                   at[strlen(needle)] != '\n')
                at = strstr(at + 1, needle);
            assert_int_equal(at != NULL, shown);
        }
        assert_non_null(strstr(text, "-h, --help"));
        free(text);
    }
    char *text = help_text(OPT_COMMANDS);
    for (int c = 0; c < OPT_COMMANDS; c++) {
        snprintf(needle, sizeof needle, "\n  %s ", opt_commands[c].name);
        assert_int_equal(strstr(text, needle) != NULL, !opt_commands[c].later);
    }
    free(text);
}

static void help_fits_into_80_columns(void **state)
{
    (void)state;
    for (int c = 0; c <= OPT_COMMANDS; c++) {
        char *text = help_text((enum opt_command)c);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
            size_t columns = 0;
            for (const char *at = line; *at; at++)
                columns += ((unsigned char)*at & 0xc0) != 0x80;
            assert_true(columns < 80);
            assert_int_not_equal(line[strlen(line) - 1], ' ');
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique_and_well_formed),
        cmocka_unit_test(every_option_goes_with_a_known_command),
        cmocka_unit_test(network_options_go_with_network_commands_only),
        cmocka_unit_test(fields_lie_within_the_struct_and_apart),
        cmocka_unit_test(kinds_have_what_they_need),
        cmocka_unit_test(commands_have_help_and_sane_arguments),
        cmocka_unit_test(choices_are_split),
        cmocka_unit_test(defaults_are_the_tables),
        cmocka_unit_test(values_reach_their_fields),
        cmocka_unit_test(the_last_of_two_counts),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(parsing_again_starts_afresh),
        cmocka_unit_test(help_and_version_are_wishes),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(what_is_not_built_says_so),
        cmocka_unit_test(shards_and_shares_are_read),
        cmocka_unit_test(help_shows_what_is_built_and_nothing_else),
        cmocka_unit_test(help_fits_into_80_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
