#include "digits.h"

#define SHOWN_MAX 40

struct cursor {
    const char *at;
    const char *end;
};

static bool is_digit(const struct cursor *in)
{
    return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

static bool take(struct cursor *in, char c)
{
    if (in->at == in->end || *in->at != c)
        return false;
    in->at++;
    return true;
}

static size_t take_digits(struct cursor *in)
{
    const char *start = in->at;

    while (is_digit(in))
        in->at++;
    return (size_t)(in->at - start);
}

/* Behind the "e": a sign and at least one digit. */
static bool take_exponent(struct cursor *in, int64_t *exponent)
{
    bool negative = take(in, '-');
    int64_t value = 0;

    if (!negative)
        take(in, '+');
    if (!is_digit(in))
        return false;
    for (; is_digit(in); in->at++)
        if (value < DIGITS_EXPONENT_MAX)
            value = value * 10 + (*in->at - '0');
    if (value > DIGITS_EXPONENT_MAX)
        value = DIGITS_EXPONENT_MAX;
    *exponent = negative ? -value : value;
    return true;
}

bool digits_scan(struct digits *out, const char *text, size_t len)
{
    struct cursor in = {text, text + len};

    out->negative = take(&in, '-');
    out->integer = in.at;
    out->integer_len = take_digits(&in);
    out->fraction = in.at;
    out->fraction_len = 0;
    out->exponent = 0;
    if (out->integer_len == 0)
        return false;
    if (out->integer_len > 1 && out->integer[0] == '0')
        return false;
    if (take(&in, '.')) {
        out->fraction = in.at;
        out->fraction_len = take_digits(&in);
        if (out->fraction_len == 0)
            return false;
    }
    if (take(&in, 'e') || take(&in, 'E'))
        if (!take_exponent(&in, &out->exponent))
            return false;
    return in.at == in.end;
}

size_t digits_count(const struct digits *digits)
{
    return digits->integer_len + digits->fraction_len;
}

unsigned digits_at(const struct digits *digits, size_t i)
{
    char c = i < digits->integer_len
                 ? digits->integer[i]
                 : digits->fraction[i - digits->integer_len];

    return (unsigned)(c - '0');
}

int digits_refuse(const char *text, size_t len, struct err *err)
{
    if (len == 0)
        return err_set(err, ERR_DATA, "expected a number, found nothing");
    size_t shown = len < SHOWN_MAX ? len : SHOWN_MAX;
    while (shown > 0 && shown < len &&
           ((unsigned char)text[shown] & 0xc0) == 0x80)
        shown--; /* not within a character */
    return err_set(err, ERR_DATA, "expected a number, found \"%.*s\"",
                   (int)shown, text);
}
