#include "cid_alike.h"

#include <openssl/evp.h>
#include <string.h>

#define BLOCK 64 /* of SHA-256 */

void cid_alike_release(struct cid_alike *alike)
{
    for (size_t i = 0; i < CID_ALIKE_STATES; i++) {
        EVP_MD_CTX_free(alike->states[i].context);
        alike->states[i].context = NULL;
    }
}

/* The place where the state for a length would be, whatever is there. */
static size_t place_of(size_t len)
{
    return len % CID_ALIKE_STATES;
}

/*
 * Makes the state for contents of this length. Where there is no memory for
 * it there is none: it only saves time.
 */
static bool make(struct cid_alike *alike, struct hasher *hasher,
                 const struct cid_frame *frame, size_t len)
{
    size_t i = place_of(len);
    size_t absorbed = (frame->head_len + alike->len) / BLOCK * BLOCK;

    if (!alike->states[i].context)
        alike->states[i].context = EVP_MD_CTX_new();
    if (!alike->states[i].context)
        return false;
    hasher_begin(hasher);
    hasher_add(hasher, frame->head, frame->head_len);
    hasher_add(hasher, alike->stem, absorbed - frame->head_len);
    alike->states[i].len = len;
    alike->states[i].absorbed = absorbed;
    if (EVP_MD_CTX_copy_ex(alike->states[i].context, hasher->context) == 1)
        return true;
    EVP_MD_CTX_free(alike->states[i].context);
    alike->states[i].context = NULL;
    return false;
}

static bool begins_alike(const struct cid_alike *alike, const void *content,
                         size_t len)
{
    return alike->len >= BLOCK && len >= alike->len &&
           memcmp(content, alike->stem, alike->len) == 0;
}

/* The rest of a node, from the state that its beginning left. */
static bool go_on(const struct cid_alike *alike, struct hasher *hasher,
                  const struct cid_frame *frame, const char *content,
                  size_t len, uint8_t digest[CID_DIGEST_LEN])
{
    size_t i = place_of(len);
    size_t seen = alike->states[i].absorbed - frame->head_len;

    return EVP_MD_CTX_copy_ex(hasher->copy, alike->states[i].context) == 1 &&
           EVP_DigestUpdate(hasher->copy, content + seen, len - seen) == 1 &&
           EVP_DigestUpdate(hasher->copy, frame->tail, frame->tail_len) == 1 &&
           EVP_DigestFinal_ex(hasher->copy, digest, NULL) == 1;
}

int cid_alike_compute(struct cid_alike *alike, struct hasher *hasher,
                      const void *content, size_t len,
                      uint8_t digest[CID_DIGEST_LEN], struct err *err)
{
    size_t i = place_of(len);
    struct cid_frame frame;

    if (!begins_alike(alike, content, len))
        return cid_compute(hasher, content, len, digest, NULL, err);
    int rc = cid_frame(&frame, len, err);
    if (rc < 0)
        return rc;
    bool there = alike->states[i].context && alike->states[i].len == len;
    if ((there || make(alike, hasher, &frame, len)) &&
        go_on(alike, hasher, &frame, content, len, digest))
        return 0;
    return cid_compute(hasher, content, len, digest, NULL, err);
}
