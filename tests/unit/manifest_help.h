/*
 * manifest_help: manifests for tests, and what reading one of them gave. One
 * program has one file at a time, in a folder that its teardown removes.
 */
#ifndef TESTS_UNIT_MANIFEST_HELP_H
#define TESTS_UNIT_MANIFEST_HELP_H

#include "../../queue/manifest.h"

#define DEFINITION                                                    \
    "{\"version\":\"0.1\",\"type\":\"container\",\"ops\":[{\"type\":" \
    "\"container/run\",\"id\":\"x\",\"args\":{\"image\":\"ubuntu\","  \
    "\"cmd\":[\"true\"]}}]}"
#define MARKET    "\"market\":\"nvidia-3060\""
#define ENTRY(id) "{\"id\":\"" id "\"," MARKET ",\"definition\":" DEFINITION "}"
#define NAMED(id, name)                                \
    "{\"id\":\"" id "\",\"name\":\"" name "\"," MARKET \
    ",\"definition\":" DEFINITION "}"

extern char manifest_path[256];   /* the test's file */
extern struct errs manifest_errs; /* of the last pass */
extern struct buf manifest_seen;  /* "id@line:column " of each of its
                                     entries; "! " of a bad one */

/* For cmocka_run_group_tests. */
int manifest_setup(void **state);
int manifest_teardown(void **state);

/* Makes the one file of this test: manifest_path then names it. */
void manifest_write(const char *name, const void *bytes, size_t len);

/* manifest_open, which must succeed. */
void manifest_begin(struct manifest *manifest, const char *name,
                    const struct manifest_options *options);

/* Reads one pass: what manifest_next returned last. */
int manifest_pass(struct manifest *manifest);

/* Reads a file of these bytes once, under the name. */
int manifest_read_as(const char *name, const void *bytes, size_t len,
                     const struct manifest_options *options);

/* The last pass returned 0, had no errors and gave these entries. */
void assert_entries(int rc, const char *expected);

#endif
