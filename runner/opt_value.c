/*
 * The values of options: from text to the field of struct opt.
 */
#include <string.h>

#include "../templates/money.h"
#include "opt_table.h"

static int expected(const struct opt_option_row *option, const char *what,
                    const char *value, struct err *err)
{
    return err_set(err, ERR_USAGE, "--%s: expected %s, found \"%s\"",
                   option->name, what, value);
}

/* Leading decimal digits, at least one; NULL where they do not fit. */
static const char *read_digits(const char *text, int64_t max, int64_t *out)
{
    int64_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        int digit = *at - '0';
        if (value > (max - digit) / 10)
            return NULL;
        value = value * 10 + digit;
    }
    *out = value;
    return at == text ? NULL : at;
}

static int read_integer(int64_t *field, const struct opt_option_row *option,
                        const char *value, struct err *err)
{
    int64_t number = 0;
    const char *end = read_digits(value, option->max, &number);

    if (!end || *end != '\0' || number < option->min)
        return err_set(
            err, ERR_USAGE,
            "--%s: expected a whole number from %lld to %lld, found \"%s\"",
            option->name, (long long)option->min, (long long)option->max,
            value);
    *field = number;
    return 0;
}

static int read_duration(int64_t *field, const struct opt_option_row *option,
                         const char *value, struct err *err)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"", 1000},   {"ms", 1},      {"s", 1000},
                 {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    int64_t number = 0;
    const char *unit = read_digits(value, INT64_MAX, &number);

    for (size_t i = 0; unit && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].unit) != 0)
            continue;
        if (number > option->max / units[i].ms)
            return err_set(
                err, ERR_USAGE, "--%s: \"%s\" is too long, at most %lldh",
                option->name, value, (long long)(option->max / 3600000));
        if (number * units[i].ms < option->min)
            break;
        *field = number * units[i].ms;
        return 0;
    }
    return expected(option, "a time such as 90s, 30m or 2h", value, err);
}

static int read_money(int64_t *field, const struct opt_option_row *option,
                      const char *value, struct err *err)
{
    const char *digits = value[0] == '$' ? value + 1 : value;
    struct err ignored = ERR_INIT;
    bool rounded = false;
    int64_t nano = 0;

    if (money_parse(digits, strlen(digits), &nano, &rounded, &ignored) < 0 ||
        rounded || nano < 0)
        return expected(option, "dollars such as 12.50", value, err);
    *field = nano;
    return 0;
}

/* P%, of at most three places: money has the arithmetic for it. */
static int read_percent(struct opt_share *field,
                        const struct opt_option_row *option, const char *value,
                        struct err *err)
{
    const int64_t step = MONEY_NANO / OPT_PERCENT;
    struct err ignored = ERR_INIT;
    bool rounded = false;
    int64_t nano = 0;

    if (money_parse(value, strlen(value) - 1, &nano, &rounded, &ignored) < 0 ||
        rounded || nano % step != 0 || nano < 0 || nano > 100 * MONEY_NANO)
        return expected(option,
                        "a percentage from 0% to 100% with at most three "
                        "places",
                        value, err);
    field->kind = OPT_SHARE_PERCENT;
    field->value = (uint64_t)(nano / step);
    return 0;
}

static int read_share(struct opt_share *field,
                      const struct opt_option_row *option, const char *value,
                      struct err *err)
{
    size_t len = strlen(value);
    int64_t number = 0;

    if (len > 0 && value[len - 1] == '%')
        return read_percent(field, option, value, err);
    const char *end = read_digits(value, INT64_MAX, &number);
    if (!end || *end != '\0')
        return expected(option, "a number or a percentage", value, err);
    field->kind = OPT_SHARE_COUNT;
    field->value = (uint64_t)number;
    return 0;
}

static int read_shard(struct opt_shard *field,
                      const struct opt_option_row *option, const char *value,
                      struct err *err)
{
    const char *slash = strchr(value, '/');
    int64_t index = 0, count = 0;
    bool automatic = strncmp(value, "auto/", 5) == 0;

    if (slash && !automatic && read_digits(value, UINT32_MAX, &index) != slash)
        slash = NULL;
    const char *end = slash ? read_digits(slash + 1, UINT32_MAX, &count) : NULL;
    if (!end || *end != '\0' || index >= count)
        return expected(option, "I/N with I from 0 to N-1, or auto/N", value,
                        err);
    field->automatic = automatic;
    field->index = (uint32_t)index;
    field->count = (uint32_t)count;
    return 0;
}

/* The index of value among the choices; ERR_USAGE. */
static int read_choice(int64_t *field, const struct opt_option_row *option,
                       const char *value, struct err *err)
{
    const char *text;
    size_t len;

    for (unsigned i = 0; (len = opt_choice(option->choices, i, &text)) > 0;
         i++) {
        if (strlen(value) == len && memcmp(value, text, len) == 0) {
            *field = i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "--%s: expected %s, found \"%s\"",
                   option->name, option->choices, value);
}

static int read_list(struct opt_list *field,
                     const struct opt_option_row *option, const char *value,
                     struct err *err)
{
    if (field->count == OPT_LIST_MAX)
        return err_set(err, ERR_USAGE, "--%s: given more than %d times",
                       option->name, OPT_LIST_MAX);
    field->items[field->count++] = value;
    return 0;
}

static int read_text(const char **field, const struct opt_option_row *option,
                     const char *value, struct err *err)
{
    if (value[0] == '\0')
        return err_set(err, ERR_USAGE, "--%s: expected a value, found \"\"",
                       option->name);
    *field = value;
    return 0;
}

int opt_value(struct opt *opt, const struct opt_option_row *option,
              const char *value, struct err *err)
{
    void *field = (char *)opt + option->offset;
    int64_t ignored;
    int rc = 0;

    switch (option->kind) {
    case OPT_KIND_FLAG:
        break;
    case OPT_KIND_TEXT:
        return read_text(field, option, value, err);
    case OPT_KIND_LIST:
        return read_list(field, option, value, err);
    case OPT_KIND_INTEGER:
        return read_integer(field, option, value, err);
    case OPT_KIND_DURATION:
        return read_duration(field, option, value, err);
    case OPT_KIND_MONEY:
        return read_money(field, option, value, err);
    case OPT_KIND_SHARE:
        return read_share(field, option, value, err);
    case OPT_KIND_SHARD:
        return read_shard(field, option, value, err);
    case OPT_KIND_CHOICE:
        return read_choice(field, option, value, err);
    case OPT_KIND_ONLY:
        rc = read_choice(&ignored, option, value, err);
        break;
    }
    if (rc == 0)
        *(bool *)field = true;
    return rc;
}
