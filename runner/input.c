#include "input.h"

#include <stdlib.h>

static int read_sets(struct input *input, const struct opt *opt,
                     struct err *err)
{
    unsigned n = opt->set.count;

    if (n == 0)
        return 0;
    input->sets = calloc(n, sizeof *input->sets);
    input->entry_sets = calloc(n, sizeof *input->entry_sets);
    if (!input->sets || !input->entry_sets)
        return err_set(err, ERR_MEMORY, "out of memory for --set");
    for (unsigned i = 0; i < n; i++)
        set_init(&input->sets[i]);
    input->set_count = n;
    for (unsigned i = 0; i < n; i++) {
        struct set *set = &input->sets[i];
        if (set_parse(set, opt->set.items[i], err) != 0)
            return err->code;
        input->entry_sets[i] =
            (struct entry_set){.name = buf_str(&set->name), .doc = &set->doc};
    }
    return 0;
}

int input_init(struct input *input, const struct opt *opt, struct err *err)
{
    *input = (struct input){.set_count = 0};
    markets_init(&input->markets);
    int rc = hasher_init(&input->hasher, err);
    if (rc == 0)
        rc = read_sets(input, opt, err);
    if (rc == 0)
        rc = select_init(&input->select, opt, err);
    input->options = (struct manifest_options){
        .sets = input->entry_sets,
        .set_count = input->set_count,
        .market = opt->market,
        .timeout = opt->timeout,
        .id = opt->id,
        .schema = opt->schema_strict ? DEFINITION_STRICT : DEFINITION_DEFAULT,
        .market_address = markets_resolve,
        .market_arg = &input->markets,
    };
    return rc;
}

void input_release(struct input *input)
{
    manifest_release(&input->manifest);
    markets_release(&input->markets);
    for (unsigned i = 0; i < input->set_count; i++)
        set_release(&input->sets[i]);
    free(input->sets);
    free(input->entry_sets);
    input->sets = NULL;
    input->entry_sets = NULL;
    input->set_count = 0;
    select_release(&input->select);
    hasher_release(&input->hasher);
}

int input_offline_markets(struct input *input, const char *api_url,
                          struct err *err)
{
    int rc = markets_load(&input->markets, api_url, err);

    if (rc < 0)
        return rc;
    return rc == 1 ? 0 : markets_snapshot(&input->markets, err);
}

int input_open(struct input *input, const char *path, struct err *err)
{
    return manifest_open(&input->manifest, path, &input->options, err);
}
