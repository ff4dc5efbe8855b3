/*
 * run_options: the options that decide what an invocation posts, as its `open`
 * record has them.
 */
#include <string.h>

#include "../templates/json.h"
#include "run.h"

/* Bytes that are no text have no place in a JSON record. */
static void add_text(struct buf *out, const char *text)
{
    size_t len = strlen(text);

    if (json_utf8_valid(text, len))
        json_quote(out, text, len);
    else
        buf_add_str(out, "null");
}

static void add_sample(struct buf *out, const struct opt *opt)
{
    const struct opt_share *sample = &opt->sample;
    unsigned long long value = sample->value;

    if (sample->kind == OPT_SHARE_NONE)
        return;
    if (sample->kind == OPT_SHARE_COUNT)
        buf_addf(out, ",\"sample\":\"%llu\"", value);
    else
        buf_addf(out, ",\"sample\":\"%llu.%03llu%%\"", value / OPT_PERCENT,
                 value % OPT_PERCENT);
    buf_addf(out, ",\"seed\":%lld", (long long)opt->seed);
}

static void add_set(struct buf *out, const struct opt_list *set)
{
    if (set->count == 0)
        return;
    buf_add_str(out, ",\"set\":[");
    for (size_t i = 0; i < set->count; i++) {
        buf_add_str(out, i > 0 ? "," : "");
        add_text(out, set->items[i]);
    }
    buf_add_str(out, "]");
}

/* Which of the manifest's points the invocation is about. */
static void add_selection(struct buf *out, const struct opt *opt)
{
    if (opt->where) {
        buf_add_str(out, ",\"where\":");
        add_text(out, opt->where);
    }
    add_sample(out, opt);
    if (opt->shard.count > 0)
        buf_addf(out, ",\"shard\":\"%u/%u\"", opt->shard.index,
                 opt->shard.count);
    add_set(out, &opt->set);
}

void run_add_options(struct buf *out, const struct run *run)
{
    const struct opt *opt = run->opt;
    char money[MONEY_TEXT_MAX];

    buf_addf(out, "{\"connections\":%lld,\"max_cost_usd\":",
             (long long)opt->connections);
    if (opt->max_cost_nano >= 0) {
        money_format(opt->max_cost_nano, money);
        buf_addf(out, "\"%s\"", money);
    } else {
        buf_add_str(out, "null");
    }
    buf_addf(out, ",\"replay\":%s,\"pin\":%s",
             run->replay_never ? "\"never\"" : "\"auto\"",
             run->pins ? "\"pinata\"" : "\"none\"");
    add_selection(out, opt);
    buf_add_str(out, "}");
}
