/*
 * literal: the %%…%% placeholders that a Nosana host fills in at run time.
 *
 * Two grammars, both read off published sources. The schema's, for a whole
 * string where a literal is demanded (expose, __spread__):
 *   /^%%(ops|global).[^%]+%%$/
 * The host's (nosana-cli 1d3a04c, globalStore/interpolateOperation.ts), for
 * every string within `args`, applied one after the other:
 *   /%%(ops|global)\.([^.]+)\.([A-Za-z0-9._-]+)%%/g
 *   /%%(global|globals)\.([^.]+)%%/g
 * [^.] takes percent signs too, so that of two global literals in one string,
 * "%%global.job%% %%global.host%%", a host makes one that it does not know.
 * What matches neither stays in the string as it is.
 */
#ifndef TEMPLATES_LITERAL_H
#define TEMPLATES_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a raw JSON string (as between its quotes) is what a schema wants. */
bool literal_whole(const char *raw, size_t len);

enum literal_kind {
    LITERAL_OPS,    /* %%ops.NAME.PATH%% */
    LITERAL_GLOBAL, /* %%global.NAME%%, %%globals.NAME%%, …NAME.PATH%% */
    LITERAL_TEXT    /* looks like one, is of neither form: stays as it is */
};

struct literal {
    enum literal_kind kind;
    const char *text; /* with its percent signs */
    size_t len;
    const char *name; /* OPS, GLOBAL: the first part; TEXT: the first word */
    size_t name_len;
    const char *path; /* what is behind name and a dot; NULL where nothing */
    size_t path_len;
};

/*
 * Finds the next literal in text[*at…len) as a host would, and moves *at
 * behind it. text is the string's value, not its JSON spelling. Linear over
 * all calls for one text.
 */
bool literal_next(const char *text, size_t len, size_t *at,
                  struct literal *literal);

#endif
