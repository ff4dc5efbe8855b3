#include "cid_alike.h"

#include <string.h>

#define BLOCK 64 /* of SHA-256 */

/* Makes the state for contents of this length, which is in its bounds. */
static void make(struct cid_alike *alike, struct cid_alike_state *state,
                 size_t len)
{
    struct hasher *hasher = &state->hasher;
    struct err err;

    cid_frame(&state->frame, len, &err);
    size_t head = state->frame.head_len;
    state->len = len;
    state->seen = (head + alike->len) / BLOCK * BLOCK - head;
    hasher_begin(hasher);
    hasher_add(hasher, state->frame.head, head);
    hasher_add(hasher, alike->stem, state->seen);
}

static bool begins_alike(const struct cid_alike *alike, const void *content,
                         size_t len)
{
    return alike->len >= BLOCK && len >= alike->len && len <= CID_CONTENT_MAX &&
           memcmp(content, alike->stem, alike->len) == 0;
}

int cid_alike_compute(struct cid_alike *alike, struct hasher *hasher,
                      const void *content, size_t len,
                      uint8_t digest[CID_DIGEST_LEN], struct err *err)
{
    struct cid_alike_state *state = &alike->states[len % CID_ALIKE_STATES];

    if (!begins_alike(alike, content, len))
        return cid_compute(hasher, content, len, digest, NULL, err);
    if (state->len != len)
        make(alike, state, len);
    *hasher = state->hasher;
    hasher_add(hasher, (const char *)content + state->seen, len - state->seen);
    hasher_add(hasher, state->frame.tail, state->frame.tail_len);
    hasher_end(hasher, digest);
    return 0;
}
