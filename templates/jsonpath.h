/*
 * jsonpath: where a value stands within a document: "$.ops[0].args.cmd".
 *
 * A path is the steps down from a root node. A walker keeps one up to date
 * by jsonpath_member and jsonpath_leave; for a node met otherwise
 * jsonpath_find goes down from the root.
 */
#ifndef TEMPLATES_JSONPATH_H
#define TEMPLATES_JSONPATH_H

#include "json.h"

#define JSONPATH_TEXT_MAX 240 /* bytes of a path's text; cut beyond */

struct jsonpath_step {
    uint32_t key;   /* the member's key node; 0 for an array's element */
    uint32_t index; /* the element's number */
};

struct jsonpath {
    uint32_t depth; /* steps in use */
    struct jsonpath_step steps[JSON_DEPTH_MAX + 1];
};

/* One step down: a member (key is not 0), or an array's element. */
void jsonpath_enter(struct jsonpath *path, uint32_t key, uint32_t index);
void jsonpath_leave(struct jsonpath *path);

/* The path from root to a node below it (or to root itself). */
void jsonpath_find(const struct json *doc, uint32_t root, uint32_t node,
                   struct jsonpath *path);

/*
 * Follows a path of one document in another from its root node, as far as
 * that goes (members by name, elements by number). Returns the node reached;
 * *steps is how many of the path's steps led there.
 */
uint32_t jsonpath_follow(const struct json *from, const struct jsonpath *path,
                         const struct json *to, uint32_t root, uint32_t *steps);

/*
 * Adds base and the steps: ".name", "[0]", or "[\"odd name\"]" where a name
 * is more than letters, digits, "_" and "-". Cut at JSONPATH_TEXT_MAX bytes.
 */
void jsonpath_write(const struct json *doc, const char *base,
                    const struct jsonpath *path, struct buf *out);

/* Whether the member of a step is called name. */
bool jsonpath_named(const struct json *doc, const struct jsonpath_step *step,
                    const char *name);

#endif
