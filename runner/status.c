#include "status.h"

#include <stddef.h>

int status_stronger(int a, int b)
{
    static const int order[] = {
        STATUS_INTERRUPTED, STATUS_TERMINATED, STATUS_IO,       STATUS_INTERNAL,
        STATUS_DATA,        STATUS_ACCESS,     STATUS_SERVICE,  STATUS_CREDITS,
        STATUS_CAP,         STATUS_UNKNOWN,    STATUS_REJECTED, STATUS_OK,
    };
    const size_t count = sizeof order / sizeof order[0];
    size_t at_a = count;
    size_t at_b = count;

    for (size_t i = 0; i < count; i++) {
        if (order[i] == a)
            at_a = i;
        if (order[i] == b)
            at_b = i;
    }
    if (at_a == count)
        return a;
    if (at_b == count)
        return b;
    return at_a <= at_b ? a : b;
}
