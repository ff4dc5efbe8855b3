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

static uint8_t *put(uint8_t *out, const void *bytes, size_t len)
{
    memcpy(out, bytes, len);
    return out + len;
}

static uint8_t *put_u64(uint8_t *out, uint64_t value)
{
    const uint8_t bytes[8] = {(uint8_t)(value >> 56), (uint8_t)(value >> 48),
                              (uint8_t)(value >> 40), (uint8_t)(value >> 32),
                              (uint8_t)(value >> 24), (uint8_t)(value >> 16),
                              (uint8_t)(value >> 8),  (uint8_t)value};

    return put(out, bytes, sizeof bytes);
}

/* Every point has a key: its bytes are hashed in one piece, not in six. */
void key_compute(struct hasher *hasher, const struct key_input *input,
                 uint8_t key[KEY_LEN])
{
    static const uint8_t no_node[32] = {0};
    uint8_t bytes[sizeof key_tag + 32 + 32 + 8 + 32 + 8];
    uint8_t digest[CID_DIGEST_LEN];
    uint8_t *at = put(bytes, key_tag, sizeof key_tag);

    at = put(at, input->cid, 32);
    at = put(at, input->market, 32);
    at = put_u64(at, input->timeout_s);
    at = put(at, input->node ? input->node : no_node, 32);
    put_u64(at, input->repeat);
    hasher_begin(hasher);
    hasher_add(hasher, bytes, sizeof bytes);
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

#define DIGIT 32 /* added to a digit's value; what is none has 0 */

/* Every record of a ledger has a key: looking up is a tenth of reading one. */
static const uint8_t base32_values[256] = {
    ['a'] = DIGIT + 0,  ['b'] = DIGIT + 1,  ['c'] = DIGIT + 2,
    ['d'] = DIGIT + 3,  ['e'] = DIGIT + 4,  ['f'] = DIGIT + 5,
    ['g'] = DIGIT + 6,  ['h'] = DIGIT + 7,  ['i'] = DIGIT + 8,
    ['j'] = DIGIT + 9,  ['k'] = DIGIT + 10, ['l'] = DIGIT + 11,
    ['m'] = DIGIT + 12, ['n'] = DIGIT + 13, ['o'] = DIGIT + 14,
    ['p'] = DIGIT + 15, ['q'] = DIGIT + 16, ['r'] = DIGIT + 17,
    ['s'] = DIGIT + 18, ['t'] = DIGIT + 19, ['u'] = DIGIT + 20,
    ['v'] = DIGIT + 21, ['w'] = DIGIT + 22, ['x'] = DIGIT + 23,
    ['y'] = DIGIT + 24, ['z'] = DIGIT + 25, ['2'] = DIGIT + 26,
    ['3'] = DIGIT + 27, ['4'] = DIGIT + 28, ['5'] = DIGIT + 29,
    ['6'] = DIGIT + 30, ['7'] = DIGIT + 31};

/* Up to eight digits as one number; DIGIT of *all is cleared where one is none.
 */
static uint64_t base32_digits(const char *text, size_t count, unsigned *all)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned value = base32_values[(unsigned char)text[i]];
        *all &= value;
        sum = sum << 5 | value % DIGIT;
    }
    return sum;
}

bool key_parse(const char *text, size_t len, uint8_t key[KEY_LEN])
{
    uint8_t bytes[KEY_LEN];
    unsigned all = DIGIT;

    if (len != KEY_TEXT_LEN)
        return false;
    /* Eight digits are five bytes; the two behind them are one more. */
    for (size_t group = 0; group < 3; group++) {
        uint64_t sum = base32_digits(text + 8 * group, 8, &all);
        for (size_t i = 0; i < 5; i++)
            bytes[5 * group + i] = (uint8_t)(sum >> (32 - 8 * i));
    }
    uint64_t last = base32_digits(text + 24, 2, &all);
    bytes[15] = (uint8_t)(last >> 2);
    /* One key has one spelling: the two bits past its end are zero. */
    if (all == 0 || (last & 3) != 0)
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
