/*
 * accounts: who may call, what for, and the credits they pay with.
 *
 * A key belongs to an account; several keys may share one. All money is in
 * integer nano-dollars. Invariant: reserved and settled are not negative and
 * reserved + settled <= assigned, unless assigned was lowered from outside.
 */
#ifndef SANDBOX_ACCOUNTS_H
#define SANDBOX_ACCOUNTS_H

#include "../../templates/base58.h"
#include "../../templates/cid.h"
#include "options.h"

#define ACCOUNTS_MAX     16
#define ACCOUNTS_KEY_MAX 256

enum scope {
    SCOPE_JOBS_WRITE = 1,
    SCOPE_JOBS_READ = 2,
    SCOPE_CREDITS_READ = 4,
    SCOPE_ALL = 7
};

struct account {
    char project[BASE58_ADDRESS_MAX]; /* its address, base58 */
    int64_t assigned_nano;
    int64_t reserved_nano; /* held for jobs that have not ended */
    int64_t settled_nano;  /* spent */
};

struct access {
    char key[ACCOUNTS_KEY_MAX];
    unsigned scopes;  /* enum scope, or'ed */
    uint32_t account; /* index */
};

struct accounts {
    struct account items[ACCOUNTS_MAX];
    uint32_t count;
    struct access access[OPTIONS_LIST_MAX];
    uint32_t access_count;
};

/*
 * Sets up the keys of options (or the one for practice) and the accounts
 * they name, each with its first credits. ERR_USAGE for a malformed key.
 */
int accounts_init(struct accounts *accounts, const struct options *options,
                  struct hasher *hasher, struct err *err);

/* Gives every account its first credits again. */
void accounts_reset(struct accounts *accounts, const struct options *options);

/* Who an Authorization header (or NULL) stands for; NULL: nobody known. */
const struct access *accounts_find(const struct accounts *accounts,
                                   const char *authorization);

/* The account of a project's address; -1 where there is none. */
int accounts_by_project(const struct accounts *accounts, const char *project);

/* assigned − reserved − settled. */
int64_t accounts_available(const struct account *account);

/* Reserves nano; false, and nothing done, where it is not available. */
bool accounts_reserve(struct account *account, int64_t nano);

/* Gives a reservation back, of which spent was used. */
void accounts_settle(struct account *account, int64_t reserved_nano,
                     int64_t spent_nano);

/* The name of one scope: "jobs:write". */
const char *accounts_scope_name(enum scope scope);

#endif
