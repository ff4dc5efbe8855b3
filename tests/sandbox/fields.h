/*
 * fields: checks a request's body against its schema.
 *
 * Strict: an unknown field, a field given twice, a wrong type or a missing
 * field is answered 400 with a message that names it.
 */
#ifndef SANDBOX_FIELDS_H
#define SANDBOX_FIELDS_H

#include "sandbox.h"

enum fields_kind {
    FIELDS_CID,     /* "Qm…" */
    FIELDS_ADDRESS, /* base58 of 32 bytes */
    FIELDS_SECONDS, /* whole number from 1 to 2^31 - 1 */
    FIELDS_LIST,    /* 1 to FIELDS_LIST_MAX elements */
};

#define FIELDS_LIST_MAX 100

struct field {
    const char *name;
    enum fields_kind kind;
    bool required;
};

struct field_value {
    bool present;
    uint32_t node;
    int64_t number;    /* of FIELDS_SECONDS */
    uint8_t bytes[32]; /* of FIELDS_CID and FIELDS_ADDRESS */
};

/*
 * Reads the call's body into sb->doc: JSON, an object. false: answered 400.
 */
bool fields_body(struct sandbox *sb, struct call *call);

/*
 * Reads the count fields of the object at node of sb->doc into values. path
 * names the object in messages: "$", "$.jobs[3]". false: answered 400.
 */
bool fields_read(struct sandbox *sb, struct call *call, uint32_t node,
                 const char *path, const struct field *fields, size_t count,
                 struct field_value *values);

/* The address in a call's tail; false: answered 400. */
bool fields_tail(struct call *call, uint8_t address[32]);

#endif
