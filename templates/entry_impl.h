/*
 * entry_impl: what the parts of the entry module share.
 *
 * An entry_build is one entry_compile at work. The parts run in this order:
 * fields (entry_compile.c), the space of points (entry_space.c), derived
 * parameters (entry_derive.c), templates (entry_templates.c), `where`
 * (entry_where.c), what all these leave unused (entry_usage.c), and the first
 * point (entry_check.c).
 */
#ifndef TEMPLATES_ENTRY_IMPL_H
#define TEMPLATES_ENTRY_IMPL_H

#include "entry.h"

enum entry_field {
    ENTRY_ID,
    ENTRY_DEFINITION,
    ENTRY_MARKET,
    ENTRY_TIMEOUT,
    ENTRY_NODE,
    ENTRY_PARAMS,
    ENTRY_ZIP,
    ENTRY_ROWS,
    ENTRY_WHERE,
    ENTRY_DRAW,
    ENTRY_REPEAT,
    ENTRY_NAME,
    ENTRY_KEY,
    ENTRY_CID,
    ENTRY_INDEX,
    ENTRY_FIELDS
};

/* A document that parts of an entry come from, and where it stands. */
struct entry_source {
    const struct json *doc;
    const char *file;      /* NULL: the command line; it has no places */
    uint64_t line, column; /* where the document starts in the file */
    bool shared;           /* the header's: its problems are told once, and
                              are not this entry's own */
};

struct entry_build {
    struct entry *entry;
    const struct entry_context *context;
    struct errs *errs; /* the caller's */
    struct errs found; /* of one step, before it is told in the file's terms */
    unsigned errors_before;        /* the caller's errors at the start */
    struct entry_source here;      /* the entry's own document */
    struct entry_source header;    /* the defaults'; doc may be NULL */
    struct entry_source options;   /* the command line */
    uint32_t fields[ENTRY_FIELDS]; /* value nodes of here; 0: absent */
    uint32_t default_fields[ENTRY_FIELDS]; /* of header, likewise */
    uint32_t definition; /* node of the definition; may be 0 of plain */
    bool has_definition;
    const struct entry_source **origins; /* of params.items, in the arena */
    bool names_unknown; /* parameters could not be read at all: templates
                           would only complain of their absence */
    bool *used;         /* parameters that the job itself depends on */
    bool *named;        /* parameters that the name mentions */
};

/* The field's name as it is written. */
const char *entry_field_name(enum entry_field field);

/* Tells a problem at a node of source's document: "ID: message". */
void entry_problem(struct entry_build *b, const struct entry_source *source,
                   uint32_t node, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Tells that text could not hold the string at node; names may be missing. */
void entry_lost_text(struct entry_build *b, const struct entry_source *source,
                     uint32_t node, const struct buf *text);

/*
 * Tells what was found in a source's document: its place in the file, the
 * entry's id, then front, then the message.
 */
void entry_tell(struct entry_build *b, const struct entry_source *source,
                const struct err *found, const char *front);

/* entry_tell for all of b->found, which is emptied. */
void entry_tell_all(struct entry_build *b, const struct entry_source *source,
                    const char *front);

/* Moves a place within a source's document to one within its file. */
void entry_place_in_file(const struct entry_source *source, struct err *err);

/* Moves a place within the entry's document to one within the file. */
void entry_spot_shift(const struct entry *entry, struct err *err);

/* Where a node of a source stands in the file. */
void entry_spot_node(const struct entry_source *source, uint32_t node,
                     struct entry_spot *spot);

/* Gives err that place. */
void entry_spot_set(const struct entry_spot *spot, struct err *err);

/* Whether this entry has had an error. */
bool entry_failed(const struct entry_build *b);

/* Parameters, rows, zip, draws, repeats. */
void entry_space(struct entry_build *b);

/* Compiles and orders the derived parameters. */
void entry_derive_compile(struct entry_build *b);

/* Gives the point's derived parameters their values. */
int entry_derive(struct entry *entry, struct buf *scratch, struct err *err);

/* The definition, market, timeout, node and name. */
void entry_templates(struct entry_build *b);

/* Where a string of a definition stands: see template_place. */
enum template_place entry_place(const struct json *doc,
                                const struct jsonpath *path);

/* The expression of `where`. */
void entry_where(struct entry_build *b);

/* Whether `where` mentions a parameter. */
bool entry_where_mentions(const struct entry *entry, uint32_t position);

/*
 * Finds a point that `where` takes among the first ones. 1 with *index, or 0
 * and index 0 where it takes none of them.
 */
int entry_first(struct entry *entry, uint64_t *index, struct err *err);

/* Axes that reach nothing, a name that leaves one out. */
void entry_usage(struct entry_build *b);

/* Duplicate keys outside the definition, numbers that lose digits. */
void entry_check_text(struct entry_build *b);

/* A message about "$.x" of the definition, in terms of the entry. */
void entry_rename_path(const struct entry *entry, struct err *err);

/*
 * Moves a problem of the rendered definition, which entry->parsed holds, to
 * where it is written in the entry's document, or to the placeholder that
 * brought it: then the point may be at fault, and it returns false.
 */
bool entry_origin(const struct entry *entry, struct err *err);

/* Renders the first point and checks it. */
void entry_check_first(struct entry_build *b);

/* Computes everything of a job but its definition's verdict and identity. */
int entry_render(struct entry *entry, uint64_t index, struct job *job,
                 struct err *err);

/*
 * Whether a parameter counts in whole numbers that every double holds exactly;
 * negative: also below 0.
 */
bool entry_counts_whole(const struct param *param, bool negative);

/* CID and key, and that they are those given. */
int entry_identify(struct entry *entry, struct job *job, struct err *err);

/* Adds " (at lr=0.1, seed=3)" to the message where the point varies. */
void entry_add_point(const struct entry *entry, struct err *err);

/* Adds the job's name at the point. */
int entry_name(struct entry *entry, struct buf *out, struct err *err);

/* Adds a parameter's value, which is there, as it stands in such a name. */
void entry_name_value(struct entry *entry, uint32_t param, struct buf *out);

/* Adds the point's parameters as a JSON object. */
void entry_params(const struct entry *entry, struct buf *out);

/*
 * Reads a market: its address, or its slug, which context->market_address
 * may resolve. text has at least one byte behind it.
 */
int entry_market(const struct entry_context *context, const char *text,
                 size_t len, bool *has_address, uint8_t address[32],
                 struct err *err);

/* Reads a host's address. */
int entry_node(const char *text, size_t len, uint8_t address[32],
               struct err *err);

#endif
