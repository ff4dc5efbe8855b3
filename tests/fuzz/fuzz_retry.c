/* Retry-After: whatever stands there, a wait that is none, or a bounded one. */
#include <limits.h>
#include <string.h>

#include "../../runner/http_call.h"
#include "fuzz.h"

#define NOW_S 1763900000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *value = malloc(size + 1);

    FUZZ_HOLDS(value != NULL);
    if (size > 0)
        memcpy(value, data, size);
    value[size] = '\0';
    int64_t ms = http_retry_after_ms(value, NOW_S);
    FUZZ_HOLDS(ms >= -1 && ms <= (int64_t)INT_MAX * 1000);
    /* A later reader of a date waits no longer than an earlier one. */
    int64_t later_ms = http_retry_after_ms(value, NOW_S + 1);
    FUZZ_HOLDS((ms == -1) == (later_ms == -1) && later_ms <= ms);
    free(value);
    return 0;
}
