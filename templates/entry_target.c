/* Where a job goes and for how long: market, node, timeout. */
#include "entry_impl.h"

#include <string.h>

#define SHOWN_MAX 80 /* bytes of a value that a message quotes */

static int shown(size_t len)
{
    return len > SHOWN_MAX ? SHOWN_MAX : (int)len;
}

/* What a unit's letter means in seconds; 0 for what is none. */
static uint64_t unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    default:
        return 0;
    }
}

int entry_timeout(const char *text, size_t len, uint64_t *seconds,
                  struct err *err)
{
    uint64_t value = 0;
    uint64_t unit = 1;
    size_t at = 0;

    for (; at < len && text[at] >= '0' && text[at] <= '9'; at++)
        if (value <= ENTRY_TIMEOUT_MAX)
            value = value * 10 + (uint64_t)(text[at] - '0');
    size_t digits = at;
    if (at < len)
        unit = unit_seconds(text[at++]);
    if (digits == 0 || at != len || unit == 0)
        return err_set(err, ERR_DATA,
                       "expected whole seconds, or a whole number with its "
                       "unit as in \"90s\", \"30m\" and \"2h\", found \"%.*s\"",
                       shown(len), text);
    if (value == 0 || value > ENTRY_TIMEOUT_MAX / unit)
        return err_set(err, ERR_DATA,
                       "expected a timeout of 1 to %llu seconds, found "
                       "\"%.*s\"",
                       (unsigned long long)ENTRY_TIMEOUT_MAX, shown(len), text);
    *seconds = value * unit;
    return 0;
}

/* Slugs are the service's names for its markets. */
static bool slug_valid(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool valid = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!valid)
            return false;
    }
    return len > 0 && len < BASE58_TEXT_MAX;
}

int entry_market(const struct entry_context *context, const char *text,
                 size_t len, bool *has_address, uint8_t address[32],
                 struct err *err)
{
    *has_address = base58_address(text, len, address);
    if (*has_address)
        return 0;
    if (!slug_valid(text, len))
        return err_set(err, ERR_DATA,
                       "expected a market's address (base58, 32 bytes) or "
                       "slug (as \"nvidia-3060\"), found \"%.*s\"",
                       shown(len), text);
    if (!context->market_address)
        return 0;
    int rc = context->market_address(context->market_arg, text, address, err);
    *has_address = rc == 0;
    return rc;
}

int entry_node(const char *text, size_t len, uint8_t address[32],
               struct err *err)
{
    if (base58_address(text, len, address))
        return 0;
    return err_set(err, ERR_DATA,
                   "expected a host's address (base58, 32 bytes), found "
                   "\"%.*s\"",
                   shown(len), text);
}
