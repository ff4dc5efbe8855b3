#include "allowance.h"

#include <stdio.h>

const char *allowance_words(const struct engine *engine,
                            char out[ALLOWANCE_MAX])
{
    double jobs = engine_limit(engine, ENGINE_JOBS);
    double pins = engine_limit(engine, ENGINE_PINNING);
    bool pinning = pins > 0 && (jobs <= 0 || pins < jobs);
    double least = pinning ? pins : jobs;
    const char *who = pinning ? "the pinning service" : "the service";

    if (least <= 0)
        return NULL;
    if (least < 1)
        snprintf(out, ALLOWANCE_MAX, "%s takes about %.0f requests a minute",
                 who, 60 * least);
    else
        snprintf(out, ALLOWANCE_MAX,
                 least < 10 ? "%s takes about %.1f requests/s"
                            : "%s takes about %.0f requests/s",
                 who, least);
    return out;
}
