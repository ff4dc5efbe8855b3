#include "complete.h"

#include <string.h>

static enum complete_kind kind_of(const char *name)
{
    static const struct {
        const char *begin;
        enum complete_kind kind;
    } kinds[] = {{"LEDGER", COMPLETE_LEDGER},
                 {"[LEDGER", COMPLETE_LEDGER},
                 {"MANIFEST", COMPLETE_MANIFEST},
                 {"MARKET", COMPLETE_MARKET},
                 {"FILE", COMPLETE_FILE}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(name, kinds[i].begin, strlen(kinds[i].begin)) == 0)
            return kinds[i].kind;
    return COMPLETE_NOTHING;
}

enum complete_kind complete_option(const struct opt_option_row *option)
{
    if (!option->arg)
        return COMPLETE_NOTHING;
    if (option->choices)
        return COMPLETE_CHOICE;
    /* Written as FILE because it may be a new one. */
    if (strcmp(option->name, "ledger") == 0)
        return COMPLETE_LEDGER;
    return kind_of(option->arg);
}

enum complete_kind complete_arguments(const struct opt_command_row *command)
{
    enum complete_kind kind = kind_of(command->arguments);

    if (strchr(command->arguments, '|'))
        return COMPLETE_CHOICE;
    /* Of validate: definitions or manifests. */
    return kind == COMPLETE_FILE ? COMPLETE_MANIFEST : kind;
}

bool complete_fits(const struct opt_option_row *option,
                   enum opt_command command)
{
    return !option->later && !opt_commands[command].later &&
           opt_option_fits(option, command);
}

void complete_choices(const struct opt_option_row *option,
                      enum opt_command command, FILE *out)
{
    const char *text;
    const char *space = "";
    size_t len;

    for (unsigned i = 0; (len = opt_choice(option->choices, i, &text)) > 0;
         i++) {
        if (!opt_choice_fits(option, i, command))
            continue;
        fprintf(out, "%s%.*s", space, (int)len, text);
        space = " ";
    }
}
