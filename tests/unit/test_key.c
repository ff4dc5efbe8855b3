/*
 * The vectors were computed with Python: hashlib's SHA-256 over bytes put
 * together with struct.pack, base64.b32encode, uuid.UUID. A one-letter field
 * stands for 32 bytes: the SHA-256 of that letter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../templates/key.h"

static const struct {
    const char *cid, *market;
    uint64_t timeout_s;
    const char *node;
    uint64_t repeat;
    const char *text;
} keys[] = {
    {"a", "b", 3600, NULL, 0, "wiluhwksu6qu3xatoji5mg3vxq"},
    {"a", "b", 3600, NULL, 1, "wyp57fnryq4r6lqbmqs2mqgmei"},
    {"a", "b", 3601, NULL, 0, "7qv3i2rdqrgspdvysgjkbldpua"},
    {"a", "b", 3600, "c", 0, "qx64te3cbgd5s3bfkpqwmh46jy"},
    {"b", "a", 3600, NULL, 0, "ag5rrkfn7x5iqoxhdfx3stkn64"},
    {"a", "b", 0, NULL, 0, "u6gdd4jox46g4bzlt7k6vb4ko4"},
    {"a", "b", UINT64_MAX, "c", UINT64_MAX, "bo25up6cnlgvmf2g2c5rubvgku"},
    {"a", "b", 4294967296, NULL, 4294967301, "ol36jyj2qyyppdwsi3nkquj36m"},
};

#define XS_51         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONGEST_SCOPE "b:" XS_51 XS_51 XS_51 XS_51 XS_51

/* The key is the first half of the letter's 32 bytes. */
static const struct {
    const char *scope, *key;
    uint32_t gen, epoch;
    const char *uuid;
} idems[] = {
    {"b:nightly-2026-01-31", "a", 0, 0, "5ff19acc-725e-873e-beae-bb7c302e153d"},
    {"b:nightly-2026-01-31", "a", 1, 0, "27289935-1b99-877d-88c6-8a382fc1b105"},
    {"b:nightly-2026-01-31", "a", 0, 1, "323d4636-d971-8cf5-98d3-d17fa7984a39"},
    {"l:0f8fad5b-d9cb-469f-a165-70867728950e", "a", 0, 0,
     "b590392d-2b20-87d1-be03-663af7c30aae"},
    {"b:0f8fad5b-d9cb-469f-a165-70867728950e", "a", 0, 0,
     "813e9e10-a0a7-8ee2-8c7d-477391fadc95"},
    {"b:", "b", 0, 0, "299cbb00-65ec-869a-94a8-d3d5b8e48526"},
    {LONGEST_SCOPE, "b", UINT32_MAX, 3, "bf94a3e6-078b-8119-a6ce-f5eac2a3bdb7"},
};

static const struct {
    const char *scope, *op, *address;
    uint32_t n;
    const char *uuid;
} ops[] = {
    {"b:nightly-2026-01-31", "extend", "a", 0,
     "7abc7d9a-3c45-8190-8b8f-38ff8ae65cfa"},
    {"b:nightly-2026-01-31", "extend", "a", 1,
     "83d050a8-ad13-85a5-98d9-cb68aabd2991"},
    {"b:nightly-2026-01-31", "stop", "a", 0,
     "5d5647d3-70e8-89a3-a865-b672436802cf"},
    {"l:0f8fad5b-d9cb-469f-a165-70867728950e", "stop", "b", 7,
     "581d9a13-1ebf-8a5f-a1d6-16f057ecb90e"},
    {"b:x", "stop", "a", UINT32_MAX, "94df6d9a-abb1-8a9f-a582-435fc937dcd1"},
};

static const struct {
    const char *hex;
    const char *text;
} texts[] = {
    {"00000000000000000000000000000000", "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"ffffffffffffffffffffffffffffffff", "77777777777777777777777774"},
    {"000102030405060708090a0b0c0d0e0f", "aaaqeayeaudaocajbifqydiob4"},
    {"80000000000000000000000000000000", "qaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"00000000000000000000000000000001", "aaaaaaaaaaaaaaaaaaaaaaaaae"},
    {"0123456789abcdeffedcba9876543210", "aerukz4jvpg677w4xkmhmvbsca"},
};

static int set_up(void **state)
{
    static struct hasher hasher;
    struct err err = ERR_INIT;

    *state = &hasher;
    return hasher_init(&hasher, &err);
}

static int tear_down(void **state)
{
    hasher_release(*state);
    return 0;
}

static void fill(struct hasher *hasher, const char *letter, uint8_t out[32])
{
    hasher_begin(hasher);
    hasher_add(hasher, letter, 1);
    hasher_end(hasher, out);
}

static void keys_are_those_of_the_formula(void **state)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint8_t cid[32], market[32], node[32], key[KEY_LEN];
        char text[KEY_TEXT_MAX];

        fill(*state, keys[i].cid, cid);
        fill(*state, keys[i].market, market);
        if (keys[i].node)
            fill(*state, keys[i].node, node);
        const struct key_input input = {cid, market, keys[i].node ? node : NULL,
                                        keys[i].timeout_s, keys[i].repeat};
        key_compute(*state, &input, key);
        key_format(key, text);
        assert_string_equal(text, keys[i].text);
    }
}

static void no_node_is_a_node_of_zeros(void **state)
{
    uint8_t bytes[32], zeros[32] = {0}, a[KEY_LEN], b[KEY_LEN];
    struct key_input input = {bytes, bytes, NULL, 3600, 0};

    fill(*state, "a", bytes);
    key_compute(*state, &input, a);
    input.node = zeros;
    key_compute(*state, &input, b);
    assert_memory_equal(a, b, KEY_LEN);
}

static void idempotency_keys_are_those_of_the_formula(void **state)
{
    assert_int_equal(strlen(LONGEST_SCOPE), KEY_SCOPE_MAX - 1);
    for (size_t i = 0; i < sizeof idems / sizeof idems[0]; i++) {
        uint8_t key[32];
        char uuid[KEY_UUID_MAX];

        fill(*state, idems[i].key, key);
        key_idem(*state, idems[i].scope, key, idems[i].gen, idems[i].epoch,
                 uuid);
        assert_string_equal(uuid, idems[i].uuid);
    }
}

static void keys_of_extend_and_stop_are_those_of_the_formula(void **state)
{
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        uint8_t address[32];
        char uuid[KEY_UUID_MAX];

        fill(*state, ops[i].address, address);
        key_idem_op(*state, ops[i].scope, ops[i].op, address, ops[i].n, uuid);
        assert_string_equal(uuid, ops[i].uuid);
    }
}

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void from_hex(const char *hex, uint8_t out[KEY_LEN])
{
    for (size_t i = 0; i < KEY_LEN; i++)
        out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

static void keys_are_written_and_read_as_base32(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t key[KEY_LEN], back[KEY_LEN];
        char text[KEY_TEXT_MAX];

        from_hex(texts[i].hex, key);
        key_format(key, text);
        assert_string_equal(text, texts[i].text);
        assert_true(key_parse(text, strlen(text), back));
        assert_memory_equal(key, back, KEY_LEN);
    }
}

static void what_is_no_key_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "aaaaaaaaaaaaaaaaaaaaaaaaa",   /* 25 characters */
        "aaaaaaaaaaaaaaaaaaaaaaaaaaa", /* 27 */
        "Aaaaaaaaaaaaaaaaaaaaaaaaaa",  /* upper case */
        "0aaaaaaaaaaaaaaaaaaaaaaaaa",  /* no digit of base32 */
        "8aaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaa=aaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaab", /* stray low bits */
        "aaaaaaaaaaaaaaaaaaaaaaaaac",
        "aaaaaaaaaaaaaaaaaaaaaaaaad",
        "7777777777777777777777777 ",
    };
    uint8_t key[KEY_LEN];
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(key, 7, sizeof key);
        assert_false(key_parse(wrong[i], strlen(wrong[i]), key));
        assert_int_equal(key[0], 7);
    }
}

static void uuids_have_version_and_variant(void **state)
{
    static const struct {
        const char *hex;
        unsigned version;
        const char *uuid;
    } rows[] = {
        {"00000000000000000000000000000000", 4,
         "00000000-0000-4000-8000-000000000000"},
        {"ffffffffffffffffffffffffffffffff", 8,
         "ffffffff-ffff-8fff-bfff-ffffffffffff"},
        {"000102030405060708090a0b0c0d0e0f", 4,
         "00010203-0405-4607-8809-0a0b0c0d0e0f"},
        {"000102030405060708090a0b0c0d0e0f", 8,
         "00010203-0405-8607-8809-0a0b0c0d0e0f"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[KEY_LEN];
        char uuid[KEY_UUID_MAX];

        from_hex(rows[i].hex, bytes);
        key_uuid(bytes, rows[i].version, uuid);
        assert_string_equal(uuid, rows[i].uuid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_formula),
        cmocka_unit_test(no_node_is_a_node_of_zeros),
        cmocka_unit_test(idempotency_keys_are_those_of_the_formula),
        cmocka_unit_test(keys_of_extend_and_stop_are_those_of_the_formula),
        cmocka_unit_test(keys_are_written_and_read_as_base32),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(uuids_have_version_and_variant),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
