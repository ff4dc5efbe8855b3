/* Which URLs may be a service's base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runner/http.h"

static void base_urls_are_checked(void **state)
{
    static const char *const good[] = {
        "https://api.example", "https://api.example/api/",
        "https://127.0.0.1:1", "http://127.0.0.1",
        "http://127.8.9.1:80", "http://[::1]:8080/api",
        "http://localhost:1",  "HTTPS://api.example"};
    static const char *const bad[] = {"",
                                      "api.example/api?",
                                      "http://api.example",
                                      "ftp://127.0.0.1",
                                      "file:///etc/passwd",
                                      "https://u@api.example",
                                      "https://u:p@api.example",
                                      "https://:p@api.example",
                                      "https://api.example?x",
                                      "https://api.example/#x",
                                      "http://127.0.0.1.example",
                                      "http://127.example",
                                      "http://127.0.0.1@example.org",
                                      "http://localhost.example",
                                      "http://10.0.0.1",
                                      "http://[::2]",
                                      "http://[::ffff:10.0.0.1]",
                                      "http://0.0.0.0",
                                      "https://",
                                      "https:// x",
                                      "https://a\nb",
                                      "http://127.999.1.1.1",
                                      "http://1270.0.0.1"};
    struct err err;

    (void)state;
    for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++)
        if (http_base_check(good[i], "--api-url", &err) != 0)
            fail_msg("%s: %s", good[i], err.message);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (http_base_check(bad[i], "--api-url", &err) != ERR_USAGE)
            fail_msg("%s is accepted", bad[i]);
        assert_memory_equal(err.message, "--api-url", 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_urls_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
