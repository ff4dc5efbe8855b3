/*
 * params_source: where parameters are read from, and reports about them.
 */
#ifndef TEMPLATES_PARAMS_SOURCE_H
#define TEMPLATES_PARAMS_SOURCE_H

#include "params.h"

struct params_source {
    struct params *params;
    const struct json *doc;
    const char *file;   /* or NULL */
    const char *prefix; /* of messages: "params.lr: " */
    struct errs *errs;
    bool
        rounding_told; /* of a whole number that loses digits: once is enough */
};

/*
 * Adds an error or a warning that stands at node of the source's document.
 * When errs is full anyway it is only counted, without looking for its place.
 */
void params_source_report(const struct params_source *source, uint32_t node,
                          enum err_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds arena_error of the params' arena, which must have failed. */
void params_source_report_arena(const struct params_source *source,
                                uint32_t node);

/*
 * Puts the value of the string at node into text, emptied before. False where
 * text cannot hold it, which is reported.
 */
bool params_source_string(const struct params_source *source, uint32_t node,
                          struct buf *text);

/*
 * Line and column where node starts. Linear in all for nodes that come in
 * the order of one text.
 */
void params_source_place(const struct params_source *source, uint32_t node,
                         uint64_t *line, uint64_t *column);

/* At most max bytes of text, cut at a character's end, for `%.*s`. */
int params_source_cut(const char *text, size_t len, size_t max);

/* A node's text as written, cut at PARAMS_SHOWN_MAX bytes, likewise. */
#define PARAMS_SHOWN_MAX 40
int params_source_shown(const struct params_source *source, uint32_t node,
                        const char **text);

#endif
