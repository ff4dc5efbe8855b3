#include "accounts.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum scope scope;
} scopes[] = {
    {"jobs:write", SCOPE_JOBS_WRITE},
    {"jobs:read", SCOPE_JOBS_READ},
    {"credits:read", SCOPE_CREDITS_READ},
};

#define SCOPE_COUNT (sizeof scopes / sizeof scopes[0])

/* "jobs:write+jobs:read" up to len bytes. */
static int read_scopes(const char *text, size_t len, unsigned *out,
                       struct err *err)
{
    *out = 0;
    while (len > 0) {
        const char *plus = memchr(text, '+', len);
        size_t n = plus ? (size_t)(plus - text) : len;
        unsigned found = 0;
        for (size_t i = 0; i < SCOPE_COUNT; i++)
            if (strlen(scopes[i].name) == n &&
                memcmp(scopes[i].name, text, n) == 0)
                found = scopes[i].scope;
        if (!found)
            return err_set(err, ERR_USAGE,
                           "--api-key: unknown scope \"%.*s\" (expected "
                           "jobs:write, jobs:read or credits:read)",
                           (int)n, text);
        *out |= found;
        n += plus ? 1 : 0;
        text += n;
        len -= n;
    }
    return 0;
}

static int read_part(struct access *access, const char *part, size_t len,
                     struct err *err)
{
    static const char scopes_is[] = "scopes=";
    static const char account_is[] = "account=";
    size_t skip = sizeof scopes_is - 1;

    if (len >= skip && memcmp(part, scopes_is, skip) == 0)
        return read_scopes(part + skip, len - skip, &access->scopes, err);
    skip = sizeof account_is - 1;
    if (len > skip && memcmp(part, account_is, skip) == 0) {
        char *end;
        unsigned long n = strtoul(part + skip, &end, 10);
        if (end == part + len && n >= 1 && n <= ACCOUNTS_MAX) {
            access->account = (uint32_t)n - 1;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE,
                   "--api-key: expected \"scopes=…\" or \"account=N\" (1 to "
                   "%d) behind the key, found \"%.*s\"",
                   ACCOUNTS_MAX, (int)len, part);
}

/* "KEY[,scopes=…][,account=N]". */
static int read_access(struct access *access, const char *text, struct err *err)
{
    size_t len = strcspn(text, ",");

    if (len == 0 || len >= ACCOUNTS_KEY_MAX)
        return err_set(err, ERR_USAGE,
                       "--api-key: expected a key of 1 to %d characters",
                       ACCOUNTS_KEY_MAX - 1);
    memcpy(access->key, text, len);
    access->key[len] = '\0';
    access->scopes = SCOPE_ALL;
    access->account = 0;
    while (text[len] == ',') {
        text += len + 1;
        len = strcspn(text, ",");
        int rc = read_part(access, text, len, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static void make_project(struct account *account, uint32_t n,
                         struct hasher *hasher)
{
    uint8_t digest[CID_DIGEST_LEN];
    char text[BASE58_TEXT_MAX];

    hasher_begin(hasher);
    hasher_add(hasher, "sandbox project", 15);
    hasher_add_u32(hasher, n);
    hasher_end(hasher, digest);
    size_t len = base58_encode(digest, sizeof digest, text);
    memcpy(account->project, text, len + 1);
}

int accounts_init(struct accounts *accounts, const struct options *options,
                  struct hasher *hasher, struct err *err)
{
    const struct options_list *keys = &options->api_keys;

    accounts->count = 1;
    accounts->access_count = keys->count ? keys->count : 1;
    for (uint32_t i = 0; i < accounts->access_count; i++) {
        struct access *access = &accounts->access[i];
        int rc = read_access(access, keys->count ? keys->items[i] : OPTIONS_KEY,
                             err);
        if (rc < 0)
            return rc;
        if (access->account >= accounts->count)
            accounts->count = access->account + 1;
    }
    for (uint32_t i = 0; i < accounts->count; i++)
        make_project(&accounts->items[i], i, hasher);
    accounts_reset(accounts, options);
    return 0;
}

void accounts_reset(struct accounts *accounts, const struct options *options)
{
    for (uint32_t i = 0; i < accounts->count; i++) {
        accounts->items[i].assigned_nano = options->credits_nano;
        accounts->items[i].reserved_nano = 0;
        accounts->items[i].settled_nano = 0;
    }
}

const struct access *accounts_find(const struct accounts *accounts,
                                   const char *authorization)
{
    static const char bearer[] = "Bearer ";

    if (!authorization ||
        strncmp(authorization, bearer, sizeof bearer - 1) != 0)
        return NULL;
    authorization += sizeof bearer - 1;
    for (uint32_t i = 0; i < accounts->access_count; i++)
        if (strcmp(accounts->access[i].key, authorization) == 0)
            return &accounts->access[i];
    return NULL;
}

int accounts_by_project(const struct accounts *accounts, const char *project)
{
    for (uint32_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->items[i].project, project) == 0)
            return (int)i;
    return -1;
}

int64_t accounts_available(const struct account *account)
{
    return account->assigned_nano - account->reserved_nano -
           account->settled_nano;
}

bool accounts_reserve(struct account *account, int64_t nano)
{
    if (nano > accounts_available(account))
        return false;
    account->reserved_nano += nano;
    return true;
}

void accounts_settle(struct account *account, int64_t reserved_nano,
                     int64_t spent_nano)
{
    account->reserved_nano -= reserved_nano;
    account->settled_nano += spent_nano;
}

const char *accounts_scope_name(enum scope scope)
{
    for (size_t i = 0; i < SCOPE_COUNT; i++)
        if (scopes[i].scope == scope)
            return scopes[i].name;
    return "?";
}
