/* The records' CRC against zlib's, at every length and place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "../../queue/ledger_format.h"

static void the_check_value_of_the_algorithm(void **state)
{
    (void)state;
    assert_int_equal(ledger_crc("123456789", 9), 0xcbf43926);
    assert_int_equal(ledger_crc("", 0), 0);
}

static void every_length_and_alignment_is_as_zlib_has_it(void **state)
{
    static char bytes[1200];
    uint32_t random = 12345;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (char)(random >> 24);
    }
    for (size_t at = 0; at < 17; at++)
        for (size_t len = 0; len + at <= sizeof bytes; len++)
            assert_int_equal(
                ledger_crc(bytes + at, len),
                crc32_z(0, (const unsigned char *)bytes + at, len));
}

static void zeros_and_ones_are_as_zlib_has_them(void **state)
{
    static char bytes[4096];

    (void)state;
    for (int value = 0; value < 256; value += 255) {
        memset(bytes, value, sizeof bytes);
        for (size_t len = 0; len <= sizeof bytes; len += 61)
            assert_int_equal(ledger_crc(bytes, len),
                             crc32_z(0, (const unsigned char *)bytes, len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_value_of_the_algorithm),
        cmocka_unit_test(every_length_and_alignment_is_as_zlib_has_it),
        cmocka_unit_test(zeros_and_ones_are_as_zlib_has_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
