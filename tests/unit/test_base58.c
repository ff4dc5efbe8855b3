/*
 * The vectors were computed with Python's integers (repeated divmod by 58),
 * apart from the three named ones, which are those of the Internet draft
 * draft-msporny-base58.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../templates/base58.h"

static const struct {
    const char *hex;
    const char *text;
} vectors[] = {
    {"", ""},
    {"00", "1"},
    {"000000", "111"},
    {"39", "z"},
    {"3a", "21"},
    {"ff", "5Q"},
    {"0039", "1z"},
    {"00000100", "115R"},
    {"ffffffff", "7YXq9G"},
    {"0100000000", "7YXq9H"},
    {"271f359f", "zzzzz"},
    {"271f35a0", "211111"},
    {"05fa8624c7fba3ff", "zzzzzzzzzz"},
    {"05fa8624c7fba400", "21111111111"},
    {"e9e506734501d8f23a8000", "2111111111111111"},
    {"000000000000000000000000000000000000000000000000000000000000"
     "0000",
     "11111111111111111111111111111111"},
    {"000000000000000000000000000000000000000000000000000000000000"
     "0001",
     "11111111111111111111111111111112"},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffff",
     "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
     "1e1f",
     "1thX6LZfHDZZKUs92febYZhYRcXddmzfzF2NvTkPNE"},
    {"800000000000000000000000000000000000000000000000000000000000"
     "00000000",
     "3tq8Vmhh9SN5XhjTGSWgx8iKk59XbKG6UH4oqpejRoF9ANT"},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffff",
     "2K3n5t4wSaF5mj27Tw9vStXWLWyRjjiH5Cp3CFLpKVCr1c"},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffff",
     "67rpwLCuS5DGA8KGZXKsVQ7dnPb9goRLoKfgGbLfQg9WoLUgNY77E2jT11fe"
     "m3coV9nAkguBACzrU1iyZM4B8roQ"},
    {"000000000000000000000000000000000000000000000000000000000000"
     "000000000000000000000000000000000000000000000000000000000000"
     "00000000",
     "111111111111111111111111111111111111111111111111111111111111"
     "1111"},
    {"00000000000000000000ffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffff",
     "1111111111Me8k9pCobhS4MCyF5HNJsWfaczh8VMnQvhqFFBtyXUESWNo8Mb"
     "wtXpQqp2kgVY1KYoMfLiBssc"},
    {"6469661562", "CL4Qzc9"},
    {"e6cfb49385e6d6", "9kJxBwSAHj"},
    {"913506fa6df025e7c0bc1f33449a115e", "JvzCYweY81JP7EHAwYxZ2V"},
    {"969e587c265167e5404243740f868032f589aacc41928368ec6574e82f5a"
     "2cfc",
     "B8xCPYB9UTSpfyciLg8oqmn5xowWSckXuE9y2mWCfwhM"},
    {"98a4e4f883fa402041167711921e1369233f18fb1c8ff8a9a11eb024424b"
     "6868",
     "BGroc31tSovquGCGNJPmSk4hTBayr2V53qcGrHFyM8Gf"},
    {"bed334f94d686e0d16491cb8d6beff2cbb1bcbccead62aaf3e68c1413e55"
     "c13b126a",
     "5KCqhcBLfjyMSZDW7oeAsw9Dj1mt16ww76osuth2XziJs3P"},
    {"37c8799dec1fc51953943b9d3cd80ce31766fb8936bbb9427d353c41a8d3"
     "d8a64d69e0",
     "6Zq8vSPxNsictT22kYMRGKGqR8ijtnRYz9PSUGqDZupNw9xj"},
    {"9c87bb2dcfa1034db65329aa5466f47870b371420ceaf14ce7570f5e4aa4"
     "234a66eeafd3eccad6388f0534aa312bfb89b078c657975be7bfe9744960"
     "6cea2e",
     "i8CWoBfH8iadJ91UAKLpfZE5Azb3V7ySxX6wETQXy4a8ZeCw9pQT9XqYKgjR"
     "npgbw2hCA4BqXy983UX3NogNf7"},
    /* The draft's: "Hello World!", a pangram, leading zeros. */
    {"48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"},
    {"54686520717569636b2062726f776e20666f78206a756d7073206f766572"
     "20746865206c617a7920646f672e",
     "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"},
    {"0000287fb4cd", "11233QC4"},
};

#define VECTORS (sizeof vectors / sizeof vectors[0])

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    return len;
}

static void vectors_encode(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        uint8_t bytes[BASE58_INPUT_MAX];
        char text[BASE58_TEXT_MAX];
        size_t size = from_hex(vectors[i].hex, bytes);
        size_t len = base58_encode(bytes, size, text);
        assert_string_equal(text, vectors[i].text);
        assert_int_equal(len, strlen(text));
    }
}

static void vectors_decode_to_their_size_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        uint8_t bytes[BASE58_INPUT_MAX + 1];
        uint8_t out[BASE58_INPUT_MAX + 1];
        const char *text = vectors[i].text;
        size_t len = strlen(text);
        size_t size = from_hex(vectors[i].hex, bytes);

        assert_true(base58_decode(text, len, out, size));
        assert_memory_equal(out, bytes, size);
        assert_false(base58_decode(text, len, out, size + 1));
        if (size > 0)
            assert_false(base58_decode(text, len, out, size - 1));
    }
}

static void characters_outside_the_alphabet_are_refused(void **state)
{
    static const char alphabet[] =
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t out[4];
    (void)state;

    for (unsigned c = 0; c < 256; c++) {
        char text[] = "2zzzzz";
        bool known = c != 0 && strchr(alphabet, (int)c) != NULL;
        text[3] = (char)c;
        assert_int_equal(base58_decode(text, 6, out, 4), known);
    }
}

static void a_refused_text_leaves_the_output_alone(void **state)
{
    uint8_t out[2] = {7, 7};
    (void)state;

    assert_false(base58_decode("zzzzzz", 6, out, sizeof out));
    assert_false(base58_decode("1l", 2, out, sizeof out));
    assert_int_equal(out[0], 7);
    assert_int_equal(out[1], 7);
}

static void texts_too_long_for_any_size_are_refused(void **state)
{
    char text[400];
    uint8_t out[BASE58_INPUT_MAX];
    (void)state;

    memset(text, '1', sizeof text);
    assert_true(base58_decode(text, 64, out, 64));
    assert_false(base58_decode(text, 65, out, 64));
    assert_false(base58_decode(text, sizeof text, out, 64));
    memset(text, 'z', sizeof text);
    for (size_t len = 88; len <= sizeof text; len++)
        assert_false(base58_decode(text, len, out, 64));
    assert_false(base58_decode("11", 2, out, SIZE_MAX));
}

/* A small generator, so that the test is the same everywhere. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 16;
}

static void every_size_survives_the_round_trip(void **state)
{
    uint32_t seed = 58;
    (void)state;

    for (unsigned round = 0; round < 6500; round++) {
        uint8_t bytes[BASE58_INPUT_MAX] = {0};
        uint8_t out[BASE58_INPUT_MAX];
        char text[BASE58_TEXT_MAX];
        size_t size = round % (BASE58_INPUT_MAX + 1);
        size_t zeros = size > 0 ? next_random(&seed) % 4 % size : 0;

        for (size_t i = zeros; i < size; i++)
            bytes[i] = (uint8_t)next_random(&seed);
        size_t len = base58_encode(bytes, size, text);
        assert_true(base58_decode(text, len, out, size));
        assert_memory_equal(out, bytes, size);
    }
}

static void addresses_have_32_bytes(void **state)
{
    static const char token[] = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
    static const char system[] = "11111111111111111111111111111111";
    uint8_t out[BASE58_ADDRESS_LEN];
    (void)state;

    assert_true(base58_address(token, strlen(token), out));
    assert_int_equal(out[0], 0x06);
    assert_int_equal(out[31], 0xa9);
    assert_true(base58_address(system, strlen(system), out));
    assert_false(base58_address(token, strlen(token) - 1, out));
    assert_false(base58_address(system, strlen(system) - 1, out));
    assert_false(base58_address("", 0, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_encode),
        cmocka_unit_test(vectors_decode_to_their_size_only),
        cmocka_unit_test(characters_outside_the_alphabet_are_refused),
        cmocka_unit_test(a_refused_text_leaves_the_output_alone),
        cmocka_unit_test(texts_too_long_for_any_size_are_refused),
        cmocka_unit_test(every_size_survives_the_round_trip),
        cmocka_unit_test(addresses_have_32_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
