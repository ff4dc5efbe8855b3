#include "replay.h"

#include <string.h>

#include "engine.h"

#define HORIZON_MS (ENGINE_HORIZON_US / 1000)

uint64_t replay_age_ms(const struct os *os, const struct ledger_sent *sent)
{
    char boot_id[OS_BOOT_ID_MAX];
    int64_t wall = os->wall_ms(os->context) - sent->at_ms;
    uint64_t age;

    if (wall < 0)
        return UINT64_MAX;
    age = (uint64_t)wall;
    os->boot_id(os->context, boot_id);
    if (boot_id[0] == '\0' || strcmp(boot_id, sent->boot_id) != 0)
        return age;
    uint64_t boot = os->boot_ms(os->context);
    if (boot < sent->boot_ms)
        return UINT64_MAX;
    return boot - sent->boot_ms > age ? boot - sent->boot_ms : age;
}

const char *replay_refused(const struct os *os, const struct ledger_sent *sent,
                           const uint8_t account[8])
{
    if (replay_age_ms(os, sent) >= HORIZON_MS)
        return "older than the time that the service is trusted to remember "
               "its key";
    if (!sent->has_account ||
        memcmp(sent->account, account, sizeof sent->account) != 0)
        return "it was sent with another API key";
    return NULL;
}

uint64_t replay_horizon_us(const struct os *os, const struct ledger_sent *sent)
{
    /* First, so that a sleep in between makes the time that is left shorter. */
    uint64_t now_us = os->monotonic_us(os->context);
    uint64_t age_ms = replay_age_ms(os, sent);
    uint64_t age_us = age_ms > HORIZON_MS ? ENGINE_HORIZON_US : age_ms * 1000;

    return now_us + ENGINE_HORIZON_US - age_us;
}
