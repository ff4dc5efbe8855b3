/* Money: what is read is written and read again the same, to the digit. */
#include <string.h>

#include "../../templates/decimal.h"
#include "../../templates/money.h"
#include "fuzz.h"

static void check_again(int64_t nano)
{
    struct err err = ERR_INIT;
    char text[MONEY_TEXT_MAX];
    bool rounded = true;
    int64_t again;

    size_t len = money_format(nano, text);
    FUZZ_HOLDS(len == strlen(text) && len < sizeof text);
    FUZZ_HOLDS(money_parse(text, len, &again, &rounded, &err) == 0);
    FUZZ_HOLDS(again == nano && !rounded);
    FUZZ_HOLDS(money_format_short(nano, text) < sizeof text);
}

/* The next tenth of a cent is no lower, and less than one of them away. */
static void check_ceil(int64_t nano)
{
    int64_t up;

    if (nano < 0 || !money_ceil_milli(nano, &up))
        return;
    FUZZ_HOLDS(up >= nano && up - nano < MONEY_MILLI && up % MONEY_MILLI == 0);
}

/* The same digits as exact decimals: what was rounded is near. */
static void check_exact(const char *text, size_t len, int64_t nano,
                        bool rounded)
{
    struct err err = ERR_INIT;
    struct decimal exact;
    decimal_int scaled;

    if (decimal_parse(&exact, text, len, &err) != 0 || exact.scale > 18)
        return;
    scaled = (decimal_int)nano;
    for (int32_t i = 9; i < exact.scale; i++)
        scaled *= 10;
    for (int32_t i = exact.scale; i < 9; i++)
        exact.digits *= 10;
    if (!rounded) {
        FUZZ_HOLDS(scaled == exact.digits);
        return;
    }
    decimal_int unit = 1;
    for (int32_t i = 9; i < exact.scale; i++)
        unit *= 10;
    decimal_int away = scaled - exact.digits;
    FUZZ_HOLDS(exact.scale > 9);
    FUZZ_HOLDS(2 * away <= unit && -2 * away <= unit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct err err = ERR_INIT;
    bool rounded = false;
    int64_t nano;

    if (money_parse(text, size, &nano, &rounded, &err) == 0) {
        check_again(nano);
        check_ceil(nano);
        check_exact(text, size, nano, rounded);
    } else {
        FUZZ_HOLDS(err.code < 0 && err.message[0] != '\0');
    }
    return 0;
}
