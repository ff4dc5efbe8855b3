/*
 * entry_help: compiled entries and their jobs, for the tests of entry.
 *
 * In all JSON given here a single quote stands for a double one.
 */
#ifndef TESTS_UNIT_ENTRY_HELP_H
#define TESTS_UNIT_ENTRY_HELP_H

#include "../../templates/entry.h"

/* A definition whose one operation has these args, and whose cmd is this. */
#define HELP_ARGS(args)                                                   \
    "{'version':'0.1','type':'container','ops':[{'type':'container/run'," \
    "'id':'a','args':" args "}]}"
#define HELP_CMD(cmd) HELP_ARGS("{'image':'u','cmd':'" cmd "'}")

/* An entry "e" with these fields (each with a comma behind it). */
#define HELP_ENTRY(fields, cmd) \
    "{'id':'e'," fields "'definition':" HELP_CMD(cmd) "}"

#define HELP_MARKET "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"

struct bench {
    struct entry_context context; /* zero but for file, line, column, hasher */
    struct hasher hasher;
    struct errs errs;
    struct entry entry;
    struct job job;
    struct json doc, defaults;
    char *text, *defaults_text;
    bool compiled;
};

void bench_init(struct bench *b);

/* Sets the header's `defaults`. */
void bench_defaults(struct bench *b, const char *json);

/* Compiles an entry; what was found is in errs. Once between releases. */
void bench_compile(struct bench *b, const char *json);

/* bench_compile that must not fail. */
void bench_good(struct bench *b, const char *json);

/* The job of a point, which must be one. */
void bench_job(struct bench *b, uint64_t index);

void bench_release(struct bench *b);

/* A copy of text with double quotes for single ones; the caller frees it. */
char *help_quotes(const char *text);

/* A market_address that knows "gpu-a" (32 bytes of 1) and "gpu-b" (of 2). */
int help_market(void *arg, const char *slug, uint8_t address[32],
                struct err *err);

#endif
