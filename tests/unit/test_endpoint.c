/* Where the two services are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../../runner/endpoint.h"
#include "../../runner/opt.h"

static void option_then_environment_then_the_published_one(void **state)
{
    static const struct {
        const char *name, *published;
        const char *(*url)(const char *given);
    } each[] = {
        {"NOSANA_API_URL", ENDPOINT_API_URL, endpoint_api_url},
        {"PINATA_API_URL", ENDPOINT_PIN_URL, endpoint_pin_url},
    };

    (void)state;
    unsetenv("NOSANA_API_URL");
    unsetenv("PINATA_API_URL");
    for (int i = 0; i < 2; i++) {
        assert_string_equal(each[i].url(NULL), each[i].published);
        assert_string_equal(each[i].url("http://[::1]"), "http://[::1]");
        setenv(each[i].name, "", 1);
        assert_string_equal(each[i].url(NULL), each[i].published);
        setenv(each[i].name, "https://other.example", 1);
        assert_string_equal(each[i].url(NULL), "https://other.example");
        assert_string_equal(each[1 - i].url(NULL), each[1 - i].published);
        assert_string_equal(each[i].url("http://[::1]"), "http://[::1]");
        /* --api-url "$UNSET" must not mean the real service. */
        assert_string_equal(each[i].url(""), "");
        unsetenv(each[i].name);
    }
}

static void generations_have_names(void **state)
{
    (void)state;
    assert_string_equal(endpoint_generation(OPT_JOBS), "jobs");
    assert_string_equal(endpoint_generation(OPT_WITH_CREDITS), "with-credits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(option_then_environment_then_the_published_one),
        cmocka_unit_test(generations_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
