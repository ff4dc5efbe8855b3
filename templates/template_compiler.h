/*
 * template_compiler: the compiler's state, shared by its two halves: the
 * walk over the JSON value and the reading of strings.
 */
#ifndef TEMPLATES_TEMPLATE_COMPILER_H
#define TEMPLATES_TEMPLATE_COMPILER_H

#include "template_impl.h"

struct template_compiler {
    const struct template_scope *scope;
    const struct json *doc;
    uint32_t root;
    struct template *out;
    struct errs *errs;
    struct template_segment *segments; /* owned until copied to the arena */
    uint32_t count, cap;
    struct buf literal;        /* text since the last segment */
    struct jsonpath path;      /* of where the walk stands */
    uint32_t node;             /* the string at work, */
    struct buf text;           /* its characters, */
    enum template_place place; /* where it stands, */
    const char *path_text;     /* and its path; NULL while nobody asked */
    int failed;                /* 0, ERR_MEMORY or ERR_LIMIT */
};

/* As `at`: the problem is not at one place within the string. */
#define TEMPLATE_WHOLE SIZE_MAX

/*
 * Reports what is wrong with a string, at its start or `at` bytes into its
 * text, with the path in front.
 */
void template_problem(struct template_compiler *c, uint32_t node, size_t at,
                      const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Where in the document something in a string stands, `at` as above. */
size_t template_offset(const struct template_compiler *c, uint32_t node,
                       size_t at);

/* A new segment, zeroed but for its kind; NULL where memory ran out. */
struct template_segment *template_add(struct template_compiler *c,
                                      enum template_kind kind);

/* Makes a segment of the literal text so far. */
void template_flush(struct template_compiler *c);

/* The path of where the walk stands, in the arena; never NULL. */
const char *template_path(struct template_compiler *c);

/* Whether JSON text may hold "${{" within a string, escaped or not. */
bool template_may_hold(const struct template_compiler *c, uint32_t node);

/* Whether a string holds "${{"; c->text then has its characters. */
bool template_holds(struct template_compiler *c, uint32_t string);

/* A string's characters, into c->text. */
void template_decode(struct template_compiler *c, uint32_t string);

/* Compiles a value's string that holds "${{". */
void template_compile_string(struct template_compiler *c, uint32_t string);

/* Compiles a key that may hold "${{": always text. */
void template_compile_key(struct template_compiler *c, uint32_t key);

#endif
