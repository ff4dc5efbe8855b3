#include "market_rules.h"

#include "say.h"

static int check_type(const struct market *market, const struct opt *opt,
                      const char *label, struct err *err)
{
    if (market->type == MARKET_PREMIUM || opt->any_market)
        return 0;
    if (market->type_assumed) {
        say_warning("market %s is thought to be of type %s, and credits pay "
                    "for PREMIUM markets only",
                    label, market_type_name(market->type));
        return 0;
    }
    return err_set(err, ERR_DATA,
                   "market %s is of type %s, and credits pay for PREMIUM "
                   "markets only; choose another one (\"nosbatch markets\"), "
                   "or give --any-market",
                   label, market_type_name(market->type));
}

static int check_market(const struct survey *survey,
                        const struct survey_market *row, const struct opt *opt,
                        struct err *err)
{
    char address[BASE58_TEXT_MAX];
    const char *label;

    if (row->new_jobs == 0)
        return 0;
    base58_encode(row->address, sizeof row->address, address);
    label = markets_label(survey->options.markets, row->address, address);
    if (!row->market)
        say_warning("market %s is not in the list of markets", label);
    else if (check_type(row->market, opt, label, err) != 0)
        return err->code;
    /* An old list says nothing about a market that it does not have. */
    bool judged =
        row->market || survey->options.markets->source == MARKET_FETCHED;
    if (!row->priced && opt->max_cost_nano >= 0)
        return err_set(err, ERR_DATA,
                       "market %s has no known price, so that --max-cost "
                       "cannot be kept there; leave out --max-cost, or the "
                       "market",
                       label);
    if (row->priced || opt->allow_unpriced || !judged)
        return 0;
    return err_set(err, ERR_DATA,
                   "market %s has no known price, so nobody can say what its "
                   "jobs may cost; give --allow-unpriced to post them all the "
                   "same",
                   label);
}

int market_rules_check(const struct survey *survey, const struct opt *opt,
                       struct err *err)
{
    for (size_t i = 0; i < survey->market_count; i++)
        if (check_market(survey, &survey->markets[i], opt, err) != 0)
            return err->code;
    return 0;
}
