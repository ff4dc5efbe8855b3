#include "endpoint.h"

#include <stdlib.h>

#include "opt.h"

static const char *first_of(const char *given, const char *env,
                            const char *fallback)
{
    /* An option that is given but empty is a mistake, not a wish. */
    if (given)
        return given;
    const char *value = getenv(env);

    return value && value[0] != '\0' ? value : fallback;
}

const char *endpoint_api_url(const char *given)
{
    return first_of(given, "NOSANA_API_URL", ENDPOINT_API_URL);
}

const char *endpoint_pin_url(const char *given)
{
    return first_of(given, "PINATA_API_URL", ENDPOINT_PIN_URL);
}

const char *endpoint_generation(int64_t api)
{
    return api == OPT_WITH_CREDITS ? "with-credits" : "jobs";
}
