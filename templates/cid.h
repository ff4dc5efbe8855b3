/*
 * cid: SHA-256, the CIDv0 of a pinned definition, and its hasher.
 *
 * CIDv0 = base58btc(0x12 0x20 SHA-256(dag-pb node)), the node of content of
 * n <= CID_CONTENT_MAX bytes being
 *   0a <varint m> [08 02 12 <varint n> content 18 <varint n>]
 * with m the length of what is in brackets (UnixFS file of one block, as
 * kubo's default chunker and Pinata make it). Where n is 0 they leave out
 * the content's field, 12 00: QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH.
 */
#ifndef TEMPLATES_CID_H
#define TEMPLATES_CID_H

#include <openssl/sha.h>

#include "err.h"

#define CID_DIGEST_LEN  32
#define CID_TEXT_MAX    47     /* 46 characters and the NUL */
#define CID_CONTENT_MAX 262144 /* bytes; more would need several blocks */
#define CID_HEAD_MAX    16     /* bytes of a node in front of its content */
#define CID_TAIL_MAX    8      /* and behind it */

/*
 * SHA-256 in steps. What it has seen is a plain value: an assignment copies
 * it, so that hashes of what begins alike need not begin anew. That, and half
 * the cost of a short hash, is why these are libcrypto's functions of old
 * (deprecated, not removed) and not EVP's, whose context lives behind a
 * pointer and is allocated for every copy.
 */
struct hasher {
    SHA256_CTX sha256;
};

/*
 * Hashes a text whose digest is known. ERR_INTERNAL where libcrypto gives
 * another one.
 */
int hasher_init(struct hasher *hasher, struct err *err);
void hasher_release(struct hasher *hasher);

/* One hash. The hasher is busy between begin and end. */
void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, const void *bytes, size_t len);
void hasher_add_u32(struct hasher *hasher, uint32_t value); /* big-endian */
void hasher_add_u64(struct hasher *hasher, uint64_t value); /* big-endian */
void hasher_end(struct hasher *hasher, uint8_t digest[CID_DIGEST_LEN]);

/*
 * The CIDv0 of content: its digest and, where text is not NULL, its
 * characters. ERR_LIMIT over CID_CONTENT_MAX.
 */
int cid_compute(struct hasher *hasher, const void *content, size_t len,
                uint8_t digest[CID_DIGEST_LEN], char text[CID_TEXT_MAX],
                struct err *err);

/* The bytes of a node around content of len bytes, and how many they are. */
struct cid_frame {
    uint8_t head[CID_HEAD_MAX], tail[CID_TAIL_MAX];
    size_t head_len, tail_len;
};

/* ERR_LIMIT over CID_CONTENT_MAX. */
int cid_frame(struct cid_frame *frame, size_t len, struct err *err);

/* The text of a digest. */
void cid_format(const uint8_t digest[CID_DIGEST_LEN], char text[CID_TEXT_MAX]);

/* Reads a CIDv0 ("Qm…"); false where it is none. */
bool cid_parse(const char *text, size_t len, uint8_t digest[CID_DIGEST_LEN]);

#endif
