/* The completion scripts and the manual page have what the table has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/complete.h"
#include "../../runner/opt_man.h"

/* What a printer prints; the caller frees it. */
static char *printed(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    print(out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *man_text(const char *text)
{
    char *page = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&page, &len);

    assert_non_null(out);
    opt_man_text(text, out);
    assert_int_equal(fclose(out), 0);
    return page;
}

/* The rest of the text behind a line that is `line`; NULL: there is none. */
static const char *behind_line(const char *text, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, len) == 0 && at[len] == '\n')
            return at + len + 1;
    }
    return NULL;
}

static void names_of_values_say_what_they_are(void **state)
{
    static const struct {
        const char *option;
        enum complete_kind kind;
    } rows[] = {{"market", COMPLETE_MARKET},     {"ledger", COMPLETE_LEDGER},
                {"seen", COMPLETE_LEDGER},       {"compare", COMPLETE_LEDGER},
                {"rows", COMPLETE_FILE},         {"metrics", COMPLETE_FILE},
                {"manifest", COMPLETE_MANIFEST}, {"changed", COMPLETE_CHOICE},
                {"pin", COMPLETE_CHOICE},        {"format", COMPLETE_CHOICE},
                {"where", COMPLETE_NOTHING},     {"yes", COMPLETE_NOTHING}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct opt_option_row *option =
            opt_option_find(rows[i].option, strlen(rows[i].option));
        assert_non_null(option);
        assert_int_equal(complete_option(option), rows[i].kind);
    }
    assert_int_equal(complete_arguments(&opt_commands[OPT_RUN]),
                     COMPLETE_MANIFEST);
    assert_int_equal(complete_arguments(&opt_commands[OPT_VALIDATE]),
                     COMPLETE_MANIFEST);
    assert_int_equal(complete_arguments(&opt_commands[OPT_SETTLE]),
                     COMPLETE_LEDGER);
    assert_int_equal(complete_arguments(&opt_commands[OPT_BALANCE]),
                     COMPLETE_LEDGER);
    assert_int_equal(complete_arguments(&opt_commands[OPT_MARKETS]),
                     COMPLETE_NOTHING);
    assert_int_equal(complete_arguments(&opt_commands[OPT_COMPLETION]),
                     COMPLETE_CHOICE);
}

/* All but flags say what they take, in letters that a script understands. */
static void every_file_of_the_table_has_a_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < opt_option_count; i++) {
        const char *arg = opt_options[i].arg;
        if (arg && !opt_options[i].choices &&
            (strstr(arg, "FILE") || strstr(arg, "LEDGER") ||
             strstr(arg, "MANIFEST")))
            assert_int_not_equal(complete_option(&opt_options[i]),
                                 COMPLETE_NOTHING);
    }
}

static void choices_are_those_that_the_command_takes(void **state)
{
    const struct opt_option_row *format = opt_option_find("format", 6);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_non_null(out);
    complete_choices(format, OPT_RESULTS, out);
    fputc('/', out);
    complete_choices(format, OPT_REVIEW, out);
    fclose(out);
    assert_string_equal(text, "table json jsonl csv/table json jsonl csv html");
    free(text);
}

/* "    run) options='--set … --help' ;;" */
static void bash_lists_the_tables_options(void **state)
{
    char *script = printed(complete_bash);

    (void)state;
    for (int i = 0; i < OPT_COMMANDS; i++) {
        char expected[4096];
        size_t len =
            (size_t)snprintf(expected, sizeof expected, "    %s) options='",
                             opt_commands[i].name);
        if (opt_commands[i].later) {
            assert_null(strstr(script, expected));
            continue;
        }
        for (size_t j = 0; j < opt_option_count; j++)
            if (!opt_options[j].later &&
                opt_option_fits(&opt_options[j], (enum opt_command)i))
                len += (size_t)snprintf(expected + len, sizeof expected - len,
                                        "--%s ", opt_options[j].name);
        snprintf(expected + len, sizeof expected - len, "--help' ;;");
        assert_non_null(behind_line(script, expected));
    }
    free(script);
}

static void fish_has_a_line_for_each_option(void **state)
{
    char *script = printed(complete_fish);

    (void)state;
    for (size_t i = 0; i < opt_option_count; i++) {
        char expected[128];
        bool shown = false;
        snprintf(expected, sizeof expected, "' -l %s ", opt_options[i].name);
        for (int j = 0; j < OPT_COMMANDS; j++)
            shown =
                shown || complete_fits(&opt_options[i], (enum opt_command)j);
        assert_int_equal(strstr(script, expected) != NULL, shown);
    }
    free(script);
}

static void zsh_has_each_command_and_option(void **state)
{
    char *script = printed(complete_zsh);

    (void)state;
    for (int i = 0; i < OPT_COMMANDS; i++) {
        char label[64];
        snprintf(label, sizeof label, "    %s)", opt_commands[i].name);
        const char *at = behind_line(script, label);
        assert_int_equal(at != NULL, !opt_commands[i].later);
        if (!at)
            continue;
        const char *end = strstr(at, ";;");
        for (size_t j = 0; j < opt_option_count; j++) {
            char name[64];
            snprintf(name, sizeof name, "--%s%s[", opt_options[j].name,
                     opt_options[j].arg ? "=" : "");
            if (opt_options[j].short_name)
                snprintf(name, sizeof name, ",--%s%s}", opt_options[j].name,
                         opt_options[j].arg ? "=" : "");
            const char *found = strstr(at, name);
            assert_int_equal(
                found != NULL && found < end,
                complete_fits(&opt_options[j], (enum opt_command)i));
        }
    }
    free(script);
}

static void the_manual_has_each_command_and_option(void **state)
{
    char *page = printed(opt_man);

    (void)state;
    for (int i = 0; i < OPT_COMMANDS; i++) {
        char item[64];
        snprintf(item, sizeof item, ".It Ic %s", opt_commands[i].name);
        const char *at = strstr(page, item);
        assert_int_equal(at != NULL, !opt_commands[i].later);
    }
    for (size_t i = 0; i < opt_option_count; i++) {
        char flag[64], line[64];
        snprintf(flag, sizeof flag, "Fl \\-%s Ar", opt_options[i].name);
        snprintf(line, sizeof line, "Fl \\-%s\n", opt_options[i].name);
        const char *section = strstr(page, "\n.Sh OPTIONS\n");
        assert_non_null(section);
        bool found = strstr(section, opt_options[i].arg ? flag : line) != NULL;
        assert_int_equal(found, !opt_options[i].later);
    }
    free(page);
}

static void lines_of_the_manual_are_short(void **state)
{
    char *page = printed(opt_man);

    (void)state;
    for (const char *at = page; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        assert_true(len < 80);
        assert_true(len > 0);
        at += len + (at[len] == '\n');
    }
    free(page);
}

static void text_is_not_taken_for_macros(void **state)
{
    static const char *const rows[][2] = {
        {"Plain words.", "Plain words.\n"},
        {"One. Two? Three", "One.\nTwo?\nThree\n"},
        {".Sh is text", "\\&.Sh is text\n"},
        {"One. .Sh", "One.\n\\&.Sh\n"},
        {"back\\slash", "back\\eslash\n"},
        {"'quoted'", "\\(aqquoted\\(aq\n"},
        {"--set, a-b", "\\-\\-set, a-b\n"},
        {"--max-cost", "\\-\\-max\\-cost\n"},
        {"`head` it", "\\(lqhead\\(rq it\n"},
        {"`two words` it", "\\(lqtwo words\\(rq it\n"},
        {"3 × 5 …", "3 \\[u00D7] 5 \\[u2026]\n"},
        {"\xf0\x9f\x98\x80", "\\[u1F600]\n"},
        {"~ ^", "\\(ti \\(ha\n"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *page = man_text(rows[i][0]);
        assert_string_equal(page, rows[i][1]);
        free(page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_values_say_what_they_are),
        cmocka_unit_test(every_file_of_the_table_has_a_kind),
        cmocka_unit_test(choices_are_those_that_the_command_takes),
        cmocka_unit_test(bash_lists_the_tables_options),
        cmocka_unit_test(fish_has_a_line_for_each_option),
        cmocka_unit_test(zsh_has_each_command_and_option),
        cmocka_unit_test(the_manual_has_each_command_and_option),
        cmocka_unit_test(lines_of_the_manual_are_short),
        cmocka_unit_test(text_is_not_taken_for_macros),
    };

    return cmocka_run_group_tests_name("complete", tests, NULL, NULL);
}
