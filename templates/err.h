/*
 * err: how a fallible function says what went wrong.
 *
 * A fallible function returns 0 (or a count) on success and a negative
 * enum err_code on failure, having filled the caller's struct err. Only
 * main.c prints errors and turns a code into an exit status.
 *
 * No function here allocates or fails. Messages that are too long are cut at
 * a character's end.
 */
#ifndef TEMPLATES_ERR_H
#define TEMPLATES_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * X(name, value, exit status, what it means). A status is one of those of
 * sysexits(3) where one fits; 3 and 4 are this program's own.
 */
#define ERR_CODES(X)                                       \
    X(ERR_WARNING, -1, 0, "warning")                       \
    X(ERR_CREDITS, -2, 3, "out of credits")                \
    X(ERR_CAP, -3, 4, "own limit reached")                 \
    X(ERR_USAGE, -4, 64, "usage")                          \
    X(ERR_DATA, -5, 65, "wrong data")                      \
    X(ERR_LIMIT, -6, 65, "over a limit")                   \
    X(ERR_INPUT, -7, 66, "cannot read input")              \
    X(ERR_SERVICE, -8, 69, "service unavailable")          \
    X(ERR_INTERNAL, -9, 70, "internal fault")              \
    X(ERR_MEMORY, -10, 70, "out of memory")                \
    X(ERR_CREATE, -11, 73, "cannot create file")           \
    X(ERR_IO, -12, 74, "input/output error")               \
    X(ERR_LOCKED, -13, 75, "another run holds the ledger") \
    X(ERR_ACCESS, -14, 77, "key missing or refused")

enum err_code {
#define ERR_ENUM(name, value, status, text) name = value,
    ERR_CODES(ERR_ENUM)
#undef ERR_ENUM
};

#define ERR_MESSAGE_MAX 1024

struct err {
    int code;         /* 0, or an enum err_code */
    const char *file; /* borrowed, outlives the err; NULL where there is none */
    uint64_t line;    /* from 1; 0 where unknown */
    uint64_t column;  /* from 1, in characters; 0 where unknown */
    char message[ERR_MESSAGE_MAX]; /* one line, no final stop or newline */
};

#define ERR_INIT          \
    {                     \
        0, NULL, 0, 0, "" \
    }

/* Sets code and message and forgets file, line and column. Returns code. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* err_set with the place, line and column counted from 1. Returns code. */
int err_set_at(struct err *err, enum err_code code, uint64_t line,
               uint64_t column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* err_set whose message ends in ": " and strerror(errnum). Returns code. */
int err_set_errno(struct err *err, enum err_code code, int errnum,
                  const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts text in front of the message. Returns err->code. */
int err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The exit status that a code (or 0) means; 70 for one that is unknown. */
int err_exit_status(int code);

/* The code's name and its meaning in words; never NULL. */
const char *err_name(int code);
const char *err_text(int code);

/*
 * Writes "file:line:column: message" to out, leaving out what is unknown; at
 * most size bytes with the final NUL. Control characters are not escaped:
 * the printer does that.
 */
void err_format(const struct err *err, char *out, size_t size);

/* The errors and warnings of one pass; those past the maximum are counted. */
#define ERRS_MAX 20

struct errs {
    struct err items[ERRS_MAX]; /* in the order found */
    unsigned count;             /* of items */
    unsigned errors;            /* found, also those past ERRS_MAX */
    unsigned warnings;          /* likewise */
};

void errs_init(struct errs *errs);

/*
 * Takes a copy of err. An item whose code is ERR_WARNING counts as a warning.
 * A warning never takes the last place from an error: when full, the newest
 * warning is given up for an error.
 */
void errs_add(struct errs *errs, const struct err *err);

/* Adds what another list holds, and what it only counted. */
void errs_add_all(struct errs *errs, const struct errs *from);

/* Whether a further error would only be counted. */
bool errs_full(const struct errs *errs);

/*
 * 0 where errs holds no error, else the first error's code, the first error
 * being copied to err.
 */
int errs_result(const struct errs *errs, struct err *err);

#endif
