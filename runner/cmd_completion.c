/*
 * cmd_completion: the shells' completion scripts, and what they ask for.
 */
#include <string.h>

#include "../templates/nearest.h"
#include "cmd.h"
#include "complete.h"
#include "endpoint.h"
#include "market.h"

/*
 * What the scripts call for --market: the slugs of the last fetched list, or
 * of the built-in one; a line each. It stands in no help.
 */
static int print_markets(FILE *out, struct err *err)
{
    const char *api_url = endpoint_api_url(NULL);
    struct markets markets;

    markets_init(&markets);
    int rc = markets_load(&markets, api_url, err);
    if (rc == 0)
        rc = markets_snapshot(&markets, err);
    for (size_t i = 0; rc >= 0 && i < markets.count; i++) {
        const char *slug = markets.items[i].slug;
        /* A shell splits these lines: nothing but a plain word may pass. */
        if (slug[0] != '\0' && slug[strspn(slug, "abcdefghijklmnopqrstuvwxyz"
                                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                 "0123456789-_.")] == '\0')
            fprintf(out, "%s\n", slug);
    }
    markets_release(&markets);
    return rc < 0 ? rc : 0;
}

int cmd_completion(const struct opt *opt, struct app *app, struct err *err)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out);
    } shells[] = {{"bash", complete_bash},
                  {"zsh", complete_zsh},
                  {"fish", complete_fish}};
    const char *name = opt->args[0];
    char hint[NEAREST_NAME_MAX + 32];
    struct nearest search;

    if (strcmp(name, "markets") == 0)
        return print_markets(app->out, err);
    nearest_begin(&search, name, strlen(name));
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(name, shells[i].name) == 0) {
            shells[i].print(app->out);
            return 0;
        }
        nearest_offer(&search, shells[i].name);
    }
    nearest_hint(&search, hint, sizeof hint);
    return err_set(err, ERR_USAGE,
                   "completion: expected bash, zsh or fish, found \"%s\"%s",
                   name, hint);
}
