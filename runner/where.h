/*
 * where: --where as an option: its errors, and the names that nobody knows.
 */
#ifndef RUNNER_WHERE_H
#define RUNNER_WHERE_H

#include "../templates/expr.h"

/* Compiles --where. ERR_USAGE or ERR_MEMORY, the message with its place. */
int where_compile(struct expr *expr, const char *text, struct arena *arena,
                  struct err *err);

/*
 * Makes an expression's error one of the option: "--where: column 5: …",
 * ERR_USAGE. One that has no column is left alone. Returns the code.
 */
int where_place(struct err *err);

/* A name of an expression, while what is known passes by. */
struct where_name {
    bool known;
    struct nearest search;
    char best[NEAREST_NAME_MAX + 1]; /* of search, which only borrows */
};

/* One for each of expr->names, in the arena; NULL: out of memory. */
struct where_name *where_names(const struct expr *expr, struct arena *arena);

/* Offers a name that is known. */
void where_offer(struct where_name *name, const char *known);

/*
 * ERR_USAGE for the first name that is not known; what says of what it may be
 * known all the same ("jobs in a ledger"), where elsewhere holds.
 */
int where_check(const struct expr *expr, const struct where_name *names,
                bool (*elsewhere)(const char *name), const char *what,
                struct err *err);

#endif
