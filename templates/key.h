/*
 * key: a job's identity, and the idempotency keys made from it.
 *
 * key  = first 16 bytes of SHA-256("nbk1" || CID digest (32) || market (32)
 *        || u64be timeout || node (32, or zeros) || u64be repeat)
 * idem = first 16 bytes of SHA-256("nbi1" || u32be length || scope
 *        || key (16) || u32be gen || u32be epoch), scope being "b:" and the
 *        batch's name or "l:" and the ledger's id; as a version-8 UUID
 *        (RFC 9562) in lower case.
 * For extend and stop: SHA-256("nbo1" || u32be length || scope || u32be
 *        length || op || address (32) || u32be earlier deliberate intents).
 */
#ifndef TEMPLATES_KEY_H
#define TEMPLATES_KEY_H

#include "cid.h"

#define KEY_LEN       16
#define KEY_TEXT_MAX  27 /* 26 characters of base32 and the NUL */
#define KEY_UUID_MAX  37 /* 36 characters and the NUL */
#define KEY_SCOPE_MAX 258

struct key_input {
    const uint8_t *cid;    /* 32 bytes: the digest in the CID */
    const uint8_t *market; /* 32 bytes */
    const uint8_t *node;   /* 32 bytes, or NULL */
    uint64_t timeout_s;
    uint64_t repeat;
};

void key_compute(struct hasher *hasher, const struct key_input *input,
                 uint8_t key[KEY_LEN]);

/* RFC 4648 base32, lower case, unpadded. */
void key_format(const uint8_t key[KEY_LEN], char text[KEY_TEXT_MAX]);

/* Reads 26 characters; false where they are no key (also: stray low bits). */
bool key_parse(const char *text, size_t len, uint8_t key[KEY_LEN]);

/*
 * The Idempotency-Key of a post. scope is "b:NAME" or "l:UUID", at most
 * KEY_SCOPE_MAX - 1 bytes.
 */
void key_idem(struct hasher *hasher, const char *scope,
              const uint8_t key[KEY_LEN], uint32_t gen, uint32_t epoch,
              char uuid[KEY_UUID_MAX]);

/* The Idempotency-Key of the nth deliberate "extend" or "stop" (from 0). */
void key_idem_op(struct hasher *hasher, const char *scope, const char *op,
                 const uint8_t address[32], uint32_t n,
                 char uuid[KEY_UUID_MAX]);

/* 16 bytes as a UUID of the given version (4 for random ones, 8). */
void key_uuid(const uint8_t bytes[16], unsigned version,
              char uuid[KEY_UUID_MAX]);

#endif
