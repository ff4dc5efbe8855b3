#include "key.h"

#include <string.h>

#define KEY_TEXT_LEN (KEY_TEXT_MAX - 1)

static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Domain tags, so that no hash of one kind equals one of another. */
static const char key_tag[4] = {'n', 'b', 'k', '1'};
static const char idem_tag[4] = {'n', 'b', 'i', '1'};
static const char op_tag[4] = {'n', 'b', 'o', '1'};

static void add_string(struct hasher *hasher, const char *str)
{
    size_t len = strlen(str);

    hasher_add_u32(hasher, (uint32_t)len);
    hasher_add(hasher, str, len);
}

static void end_uuid(struct hasher *hasher, char uuid[KEY_UUID_MAX])
{
    uint8_t digest[CID_DIGEST_LEN];

    hasher_end(hasher, digest);
    key_uuid(digest, 8, uuid);
}

void key_compute(struct hasher *hasher, const struct key_input *input,
                 uint8_t key[KEY_LEN])
{
    static const uint8_t no_node[32] = {0};
    uint8_t digest[CID_DIGEST_LEN];

    hasher_begin(hasher);
    hasher_add(hasher, key_tag, sizeof key_tag);
    hasher_add(hasher, input->cid, 32);
    hasher_add(hasher, input->market, 32);
    hasher_add_u64(hasher, input->timeout_s);
    hasher_add(hasher, input->node ? input->node : no_node, 32);
    hasher_add_u64(hasher, input->repeat);
    hasher_end(hasher, digest);
    memcpy(key, digest, KEY_LEN);
}

void key_format(const uint8_t key[KEY_LEN], char text[KEY_TEXT_MAX])
{
    unsigned bits = 0; /* that wait in the low end of hold */
    unsigned hold = 0;
    size_t at = 0;

    for (size_t i = 0; i < KEY_LEN; i++) {
        hold = (hold << 8 | key[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            text[at++] = base32[hold >> (bits - 5) & 31];
    }
    text[at++] = base32[hold << (5 - bits) & 31];
    text[at] = '\0';
}

/* The value of a character, or 32 where it is not of the alphabet. */
static unsigned base32_value(char c)
{
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a');
    if (c >= '2' && c <= '7')
        return (unsigned)(c - '2') + 26;
    return 32;
}

bool key_parse(const char *text, size_t len, uint8_t key[KEY_LEN])
{
    uint8_t bytes[KEY_LEN];
    unsigned bits = 0;
    unsigned hold = 0;
    size_t at = 0;

    if (len != KEY_TEXT_LEN)
        return false;
    for (size_t i = 0; i < KEY_TEXT_LEN; i++) {
        unsigned value = base32_value(text[i]);
        if (value > 31)
            return false;
        hold = (hold << 5 | value) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes[at++] = (uint8_t)(hold >> bits);
        }
    }
    /* One key has one spelling: the two bits past its end are zero. */
    if ((hold & 3) != 0)
        return false;
    memcpy(key, bytes, KEY_LEN);
    return true;
}

void key_idem(struct hasher *hasher, const char *scope,
              const uint8_t key[KEY_LEN], uint32_t gen, uint32_t epoch,
              char uuid[KEY_UUID_MAX])
{
    hasher_begin(hasher);
    hasher_add(hasher, idem_tag, sizeof idem_tag);
    add_string(hasher, scope);
    hasher_add(hasher, key, KEY_LEN);
    hasher_add_u32(hasher, gen);
    hasher_add_u32(hasher, epoch);
    end_uuid(hasher, uuid);
}

void key_idem_op(struct hasher *hasher, const char *scope, const char *op,
                 const uint8_t address[32], uint32_t n, char uuid[KEY_UUID_MAX])
{
    hasher_begin(hasher);
    hasher_add(hasher, op_tag, sizeof op_tag);
    add_string(hasher, scope);
    add_string(hasher, op);
    hasher_add(hasher, address, 32);
    hasher_add_u32(hasher, n);
    end_uuid(hasher, uuid);
}

void key_uuid(const uint8_t bytes[16], unsigned version,
              char uuid[KEY_UUID_MAX])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t fields[16];
    size_t at = 0;

    memcpy(fields, bytes, sizeof fields);
    fields[6] = (uint8_t)((fields[6] & 0x0f) | version << 4);
    fields[8] = (uint8_t)((fields[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof fields; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            uuid[at++] = '-';
        uuid[at++] = hex[fields[i] >> 4];
        uuid[at++] = hex[fields[i] & 15];
    }
    uuid[at] = '\0';
}
