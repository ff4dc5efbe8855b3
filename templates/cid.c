/* SHA256_* below: see struct hasher. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "cid.h"

#include <stdlib.h>
#include <string.h>

#include "base58.h"

#define MULTIHASH_LEN (2 + CID_DIGEST_LEN)

/* sha2-256, 32 bytes. */
static const uint8_t multihash_head[2] = {0x12, 0x20};

/*
 * These functions compute and have no way to fail. A digest that is wrong all
 * the same would be a wrong key and so a job paid twice: there is nothing safe
 * to go on with.
 */
static void must(int ok)
{
    if (ok != 1)
        abort();
}

int hasher_init(struct hasher *hasher, struct err *err)
{
    /* FIPS 180-4: the digest of "abc". */
    static const uint8_t expected[CID_DIGEST_LEN] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t digest[CID_DIGEST_LEN];

    hasher_begin(hasher);
    hasher_add(hasher, "abc", 3);
    hasher_end(hasher, digest);
    if (memcmp(digest, expected, sizeof digest) == 0)
        return 0;
    return err_set(err, ERR_INTERNAL,
                   "libcrypto's SHA-256 is wrong on this machine; install "
                   "libssl3 anew");
}

void hasher_release(struct hasher *hasher)
{
    memset(hasher, 0, sizeof *hasher);
}

void hasher_begin(struct hasher *hasher)
{
    must(SHA256_Init(&hasher->sha256));
}

void hasher_add(struct hasher *hasher, const void *bytes, size_t len)
{
    must(SHA256_Update(&hasher->sha256, bytes, len));
}

void hasher_add_u32(struct hasher *hasher, uint32_t value)
{
    uint8_t bytes[4];

    for (size_t i = sizeof bytes; i-- > 0; value >>= 8)
        bytes[i] = (uint8_t)value;
    hasher_add(hasher, bytes, sizeof bytes);
}

void hasher_add_u64(struct hasher *hasher, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = sizeof bytes; i-- > 0; value >>= 8)
        bytes[i] = (uint8_t)value;
    hasher_add(hasher, bytes, sizeof bytes);
}

void hasher_end(struct hasher *hasher, uint8_t digest[CID_DIGEST_LEN])
{
    must(SHA256_Final(digest, &hasher->sha256));
}

/* LEB128, as protobuf writes lengths; returns the bytes written. */
static size_t put_varint(uint8_t *out, size_t value)
{
    size_t len = 0;

    for (; value > 127; value >>= 7)
        out[len++] = (uint8_t)(value & 127) | 128;
    out[len++] = (uint8_t)value;
    return len;
}

int cid_frame(struct cid_frame *frame, size_t len, struct err *err)
{
    static const uint8_t file_type[2] = {0x08, 0x02};
    uint8_t *head = frame->head;
    size_t at = 1;

    if (len > CID_CONTENT_MAX)
        return err_set(err, ERR_LIMIT,
                       "a definition of %zu bytes is over the limit of %d", len,
                       CID_CONTENT_MAX);
    frame->tail[0] = 0x18;
    frame->tail_len = 1 + put_varint(frame->tail + 1, len);
    size_t data_len = len > 0 ? frame->tail_len + len : 0;
    head[0] = 0x0a;
    at += put_varint(head + at, sizeof file_type + data_len + frame->tail_len);
    memcpy(head + at, file_type, sizeof file_type);
    at += sizeof file_type;
    if (len > 0) {
        head[at++] = 0x12;
        at += put_varint(head + at, len);
    }
    frame->head_len = at;
    return 0;
}

int cid_compute(struct hasher *hasher, const void *content, size_t len,
                uint8_t digest[CID_DIGEST_LEN], char text[CID_TEXT_MAX],
                struct err *err)
{
    struct cid_frame frame = {0};
    int rc = cid_frame(&frame, len, err);

    if (rc < 0)
        return rc;
    hasher_begin(hasher);
    hasher_add(hasher, frame.head, frame.head_len);
    hasher_add(hasher, content, len);
    hasher_add(hasher, frame.tail, frame.tail_len);
    hasher_end(hasher, digest);
    if (text)
        cid_format(digest, text);
    return 0;
}

void cid_format(const uint8_t digest[CID_DIGEST_LEN], char text[CID_TEXT_MAX])
{
    uint8_t multihash[MULTIHASH_LEN];
    char base58[BASE58_TEXT_MAX];

    memcpy(multihash, multihash_head, sizeof multihash_head);
    memcpy(multihash + sizeof multihash_head, digest, CID_DIGEST_LEN);
    /* With this head the text has 46 characters whatever the digest. */
    base58_encode(multihash, sizeof multihash, base58);
    memcpy(text, base58, CID_TEXT_MAX);
}

bool cid_parse(const char *text, size_t len, uint8_t digest[CID_DIGEST_LEN])
{
    uint8_t multihash[MULTIHASH_LEN];

    if (!base58_decode(text, len, multihash, sizeof multihash))
        return false;
    if (memcmp(multihash, multihash_head, sizeof multihash_head) != 0)
        return false;
    memcpy(digest, multihash + sizeof multihash_head, CID_DIGEST_LEN);
    return true;
}
