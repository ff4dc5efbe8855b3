/*
 * The command line: the input's lines are its words. What is refused says
 * why; what is taken is within the bounds that the table names.
 */
#include <string.h>

#include "../../runner/opt.h"
#include "fuzz.h"

#define WORDS_MAX 64

static void check_taken(const struct opt *opt)
{
    FUZZ_HOLDS(opt->wish == OPT_WISH_RUN ? opt->command < OPT_COMMANDS : true);
    FUZZ_HOLDS(opt->connections >= 1 && opt->connections <= 4096);
    FUZZ_HOLDS(opt->max_cost_nano >= -1);
    FUZZ_HOLDS(opt->give_up_ms > 0 && opt->http_timeout_ms > 0);
    FUZZ_HOLDS(opt->set.count <= OPT_LIST_MAX);
    FUZZ_HOLDS(opt->shard.count == 0 || opt->shard.index < opt->shard.count);
    for (unsigned i = 0; i < opt->arg_count; i++)
        FUZZ_HOLDS(opt->args[i] != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *words[WORDS_MAX + 2];
    char name[] = "nosbatch";
    struct err err = ERR_INIT;
    struct opt opt;
    int count = 0;

    FUZZ_HOLDS(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    words[count++] = name;
    for (char *at = text; at && count <= WORDS_MAX;) {
        char *end = strchr(at, '\n');
        words[count++] = at;
        if (end)
            *end = '\0';
        at = end ? end + 1 : NULL;
    }
    words[count] = NULL;
    if (opt_parse(&opt, count, words, &err) == 0)
        check_taken(&opt);
    else
        FUZZ_HOLDS(err.code == ERR_USAGE && err.message[0] != '\0');
    opt_release(&opt);
    free(text);
    return 0;
}
