/* The two APIs: what each call sends, to whom, with whose key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../runner/endpoint.h"
#include "../../runner/service.h"
#include "http_help.h"

#define CID    "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"
#define MARKET "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define OK     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static const struct raw_answer ok = {.bytes = OK};

static int setup(void **state)
{
    (void)state;
    unsetenv("NOSANA_API_URL");
    unsetenv("PINATA_API_URL");
    setenv("NOSANA_API_KEY", "nos_key\n", 1);
    setenv("PINATA_JWT", "jwt.x.y", 1);
    return 0;
}

static struct service_options options_of(const struct net *net,
                                         enum service_api api)
{
    return (struct service_options){.api = api,
                                    .api_url = net->server.url,
                                    .pin_url = net->server.url,
                                    .pins = true,
                                    .authenticated = true};
}

static void open_service(struct service *service,
                         const struct service_options *options)
{
    struct err err = ERR_INIT;

    if (service_open(service, options, &err) != 0)
        fail_msg("%s", err.message);
}

/* After net_close: exchange n was this, its Host line left out. */
static void expect_seen(const struct net *net, unsigned n, const char *text)
{
    struct buf seen;
    const char *all = buf_str(&net->server.seen[n]);
    const char *host = strstr(all, "Host: ");

    assert_non_null(host);
    buf_init(&seen, 4096);
    buf_add(&seen, all, (size_t)(host - all));
    buf_add_str(&seen, strstr(host, "\r\n") + 2);
    assert_string_equal(buf_str(&seen), text);
    buf_release(&seen);
}

/* --- bodies --------------------------------------------------------------- */

static void post_bodies_are_these_bytes(void **state)
{
    static const struct {
        enum service_api api;
        uint64_t timeout_s;
        const char *node, *body;
    } each[] = {
        {SERVICE_JOBS, 3600, NULL,
         "{\"ipfsHash\":\"" CID "\",\"market\":\"" MARKET
         "\",\"timeout\":3600}"},
        {SERVICE_JOBS, 1, MARKET,
         "{\"ipfsHash\":\"" CID "\",\"market\":\"" MARKET
         "\",\"timeout\":1,\"node\":\"" MARKET "\"}"},
        {SERVICE_WITH_CREDITS, 2147483647, NULL,
         "{\"ipfsHash\":\"" CID "\",\"market\":\"" MARKET
         "\",\"timeout\":2147483647}"},
        {SERVICE_WITH_CREDITS, 600, MARKET,
         "{\"ipfsHash\":\"" CID "\",\"market\":\"" MARKET
         "\",\"timeout\":600,\"host\":\"" MARKET "\"}"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct buf body;
        buf_init(&body, 1000);
        service_post_body(each[i].api, CID, MARKET, each[i].timeout_s,
                          each[i].node, &body);
        assert_string_equal(buf_str(&body), each[i].body);
        buf_release(&body);
    }
}

static void change_bodies_are_these_bytes(void **state)
{
    static const struct {
        enum service_api api;
        enum service_change change;
        const char *body;
    } each[] = {
        {SERVICE_JOBS, SERVICE_EXTEND, "{\"seconds\":1800}"},
        {SERVICE_JOBS, SERVICE_STOP, ""},
        {SERVICE_WITH_CREDITS, SERVICE_EXTEND,
         "{\"jobAddress\":\"" MARKET "\",\"extensionSeconds\":1800}"},
        {SERVICE_WITH_CREDITS, SERVICE_STOP, "{\"jobAddress\":\"" MARKET "\"}"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct buf body;
        buf_init(&body, 1000);
        service_change_body(each[i].api, each[i].change, MARKET, 1800, &body);
        assert_string_equal(buf_str(&body), each[i].body);
        buf_release(&body);
    }
}

/* --- calls ---------------------------------------------------------------- */

static void a_pin_goes_out_with_the_token_alone(void **state)
{
    struct service service;
    struct net net;
    struct err err;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    struct service_options options = options_of(&net, SERVICE_JOBS);
    open_service(&service, &options);
    assert_int_equal(service_set_pin(&service, net.call, &err), 0);
    net_send(&net, "{\"a\":1}", false);
    service_release(&service);
    net_close(&net);
    expect_seen(&net, 0,
                "POST /pinning/pinJSONToIPFS HTTP/1.1\r\nAccept: */*\r\n"
                "Authorization: Bearer jwt.x.y\r\n"
                "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n"
                "{\"a\":1}");
    net_release(&net);
}

static void a_post_goes_out_with_its_key(void **state)
{
    struct service service;
    struct net net;
    struct err err;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    struct service_options options = options_of(&net, SERVICE_JOBS);
    open_service(&service, &options);
    assert_int_equal(service_set_post(&service, net.call, &err), 0);
    assert_int_equal(service_set_idem(&service, net.call, "uuid-1", &err), 0);
    net_send(&net, "{}", false);
    assert_int_equal(service_set_idem(&service, net.call, "uuid-2", &err), 0);
    net_send(&net, "{}", false);
    assert_int_equal(service_set_idem(&service, net.call, "a\nb", &err),
                     ERR_USAGE);
    service_release(&service);
    net_close(&net);
    for (int i = 0; i < 2; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "POST /jobs/list HTTP/1.1\r\nAccept: */*\r\n"
                 "Authorization: Bearer nos_key\r\n"
                 "Content-Type: application/json\r\n"
                 "Idempotency-Key: uuid-%d\r\nContent-Length: 2\r\n\r\n{}",
                 i + 1);
        expect_seen(&net, (unsigned)i, text);
    }
    net_release(&net);
}

/* What a change of the job MARKET sends. */
static void expect_change(enum service_api api, enum service_change change,
                          const char *text)
{
    struct service service;
    struct buf body;
    struct net net;
    struct err err;

    net_open(&net, &ok, 1, NULL);
    struct service_options options = options_of(&net, api);
    open_service(&service, &options);
    buf_init(&body, 1000);
    service_change_body(api, change, MARKET, 60, &body);
    assert_int_equal(
        service_set_change(&service, net.call, change, MARKET, &err), 0);
    assert_int_equal(service_set_idem(&service, net.call, "uuid-1", &err), 0);
    net_send(&net, buf_str(&body), false);
    service_release(&service);
    net_close(&net);
    expect_seen(&net, 0, text);
    net_release(&net);
    buf_release(&body);
}

static void changes_go_out_to_their_places(void **state)
{
    (void)state;
    expect_change(SERVICE_JOBS, SERVICE_EXTEND,
                  "POST /jobs/" MARKET "/extend HTTP/1.1\r\nAccept: */*\r\n"
                  "Authorization: Bearer nos_key\r\n"
                  "Content-Type: application/json\r\n"
                  "Idempotency-Key: uuid-1\r\nContent-Length: 14\r\n\r\n"
                  "{\"seconds\":60}");
    /* Nothing says what type the body has that there is not. */
    expect_change(SERVICE_JOBS, SERVICE_STOP,
                  "POST /jobs/" MARKET "/stop HTTP/1.1\r\nAccept: */*\r\n"
                  "Authorization: Bearer nos_key\r\n"
                  "Idempotency-Key: uuid-1\r\nContent-Length: 0\r\n\r\n");
    expect_change(SERVICE_WITH_CREDITS, SERVICE_STOP,
                  "POST /jobs/stop-with-credits HTTP/1.1\r\nAccept: */*\r\n"
                  "Authorization: Bearer nos_key\r\n"
                  "Content-Type: application/json\r\n"
                  "Content-Length: 61\r\n\r\n"
                  "{\"jobAddress\":\"" MARKET "\"}");
}

static void the_older_generation_has_no_idempotency_key(void **state)
{
    struct service service;
    struct net net;
    struct err err;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    struct service_options options = options_of(&net, SERVICE_WITH_CREDITS);
    open_service(&service, &options);
    assert_int_equal(service_set_post(&service, net.call, &err), 0);
    assert_int_equal(service_set_idem(&service, net.call, "uuid-1", &err), 0);
    net_send(&net, "{}", true);
    service_release(&service);
    net_close(&net);
    expect_seen(&net, 0,
                "POST /jobs/create-with-credits HTTP/1.1\r\nAccept: */*\r\n"
                "Authorization: Bearer nos_key\r\n"
                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
                "{}");
    net_release(&net);
}

/* --- opening -------------------------------------------------------------- */

static void a_missing_key_is_named_with_where_to_get_one(void **state)
{
    struct service service;
    struct service_options options = {.authenticated = true, .pins = true};
    struct err err;

    (void)state;
    unsetenv("PINATA_JWT");
    assert_int_equal(service_open(&service, &options, &err), ERR_ACCESS);
    assert_non_null(strstr(err.message, "PINATA_JWT"));
    assert_non_null(strstr(err.message, "--pin none"));
    assert_null(service.key_header);
    options.pins = false;
    open_service(&service, &options);
    assert_string_equal(service.key_header, "Bearer nos_key");
    assert_null(service.jwt_header);
    service_release(&service);
    assert_null(service.key_header);
    unsetenv("NOSANA_API_KEY");
    assert_int_equal(service_open(&service, &options, &err), ERR_ACCESS);
    assert_non_null(strstr(err.message, "NOSANA_API_KEY"));
    options.authenticated = false;
    open_service(&service, &options);
    assert_null(service.key_header);
    assert_string_equal(service.api_url, ENDPOINT_API_URL);
    service_release(&service);
    setup(state);
}

static void a_bad_url_is_named_by_where_it_came_from(void **state)
{
    struct service service;
    struct service_options options = {.authenticated = true, .pins = true};
    struct err err;

    (void)state;
    options.api_url = "http://api.example";
    assert_int_equal(service_open(&service, &options, &err), ERR_USAGE);
    assert_memory_equal(err.message, "--api-url", 9);
    /* Empty is not the published one: a run would spend there. */
    options.api_url = "";
    assert_int_equal(service_open(&service, &options, &err), ERR_USAGE);
    assert_memory_equal(err.message, "--api-url", 9);
    options.api_url = NULL;
    setenv("NOSANA_API_URL", "ftp://x", 1);
    assert_int_equal(service_open(&service, &options, &err), ERR_USAGE);
    assert_memory_equal(err.message, "NOSANA_API_URL", 14);
    unsetenv("NOSANA_API_URL");
    options.pin_url = "http://pin.example";
    assert_int_equal(service_open(&service, &options, &err), ERR_USAGE);
    assert_memory_equal(err.message, "--pin-url", 9);
    options.pin_url = NULL;
    setenv("PINATA_API_URL", "http://pin.example", 1);
    assert_int_equal(service_open(&service, &options, &err), ERR_USAGE);
    assert_memory_equal(err.message, "PINATA_API_URL", 14);
    options.pins = false;
    open_service(&service, &options);
    service_release(&service);
    unsetenv("PINATA_API_URL");
}

static void generations_have_the_ledgers_names(void **state)
{
    (void)state;
    assert_string_equal(service_api_name(SERVICE_JOBS), "jobs");
    assert_string_equal(service_api_name(SERVICE_WITH_CREDITS), "with-credits");
}

/* --- fetching ------------------------------------------------------------- */

static int fetch(const struct raw_answer *answers, unsigned count,
                 unsigned requests, struct buf *out, struct err *err)
{
    struct service service;
    struct net net;

    net_open(&net, answers, count, NULL);
    struct service_options options = options_of(&net, SERVICE_JOBS);
    open_service(&service, &options);
    int rc =
        service_fetch(&service, &net.http, "/markets/", "markets", out, err);
    service_release(&service);
    net_close(&net);
    assert_int_equal(net.server.requests, requests);
    expect_seen(&net, 0,
                "GET /markets/ HTTP/1.1\r\nAccept: */*\r\n"
                "Authorization: Bearer nos_key\r\n\r\n");
    net_release(&net);
    return rc;
}

static void a_fetch_tries_again_while_the_service_is_away(void **state)
{
    struct raw_answer answers[] = {
        {.bytes = "HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n"},
        {.end = RAW_CLOSE},
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]"}};
    struct buf out;
    struct err err;

    (void)state;
    buf_init(&out, 100);
    buf_add_str(&out, "kept ");
    assert_int_equal(fetch(answers, 3, 3, &out, &err), 0);
    assert_string_equal(buf_str(&out), "kept [1]");
    buf_release(&out);
}

static void a_fetch_ends_at_once_where_it_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        int code;
        const char *part;
    } each[] = {
        {"HTTP/1.1 401 x\r\nContent-Length: 14\r\n\r\n\"Unauthorized\"",
         ERR_ACCESS,
         "markets: the service refuses the key of NOSANA_API_KEY or "
         "--api-key-file: Unauthorized"},
        {"HTTP/1.1 403 x\r\nContent-Length: 16\r\n\r\n{\"message\":\"no\"}",
         ERR_ACCESS, "markets: the service refuses"},
        {"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n", ERR_SERVICE,
         "HTTP 404 without a body"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof each / sizeof each[0]; i++) {
        struct raw_answer answer = {.bytes = each[i].bytes};
        struct buf out;
        struct err err = ERR_INIT;
        buf_init(&out, 100);
        assert_int_equal(fetch(&answer, 1, 1, &out, &err), each[i].code);
        if (!strstr(err.message, each[i].part))
            fail_msg("%s", err.message);
        assert_null(strstr(err.message, "nos_key"));
        assert_int_equal(out.len, 0);
        buf_release(&out);
    }
}

static void a_fetch_that_is_never_answered_ends(void **state)
{
    struct raw_answer answer = {
        .bytes = "HTTP/1.1 302 x\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n"};
    struct buf out;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(fetch(&answer, 1, 4, &out, &err), ERR_SERVICE);
    assert_memory_equal(err.message, "markets: no usable answer from http", 35);
    buf_release(&out);
}

static void a_fetch_has_the_callers_bound(void **state)
{
    struct raw_answer answer = {
        .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,2,3,4]"};
    struct buf out;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&out, 8);
    assert_int_equal(fetch(&answer, 1, 1, &out, &err), ERR_LIMIT);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(post_bodies_are_these_bytes),
        cmocka_unit_test(change_bodies_are_these_bytes),
        cmocka_unit_test(changes_go_out_to_their_places),
        cmocka_unit_test(a_pin_goes_out_with_the_token_alone),
        cmocka_unit_test(a_post_goes_out_with_its_key),
        cmocka_unit_test(the_older_generation_has_no_idempotency_key),
        cmocka_unit_test(a_missing_key_is_named_with_where_to_get_one),
        cmocka_unit_test(a_bad_url_is_named_by_where_it_came_from),
        cmocka_unit_test(generations_have_the_ledgers_names),
        cmocka_unit_test(a_fetch_tries_again_while_the_service_is_away),
        cmocka_unit_test(a_fetch_ends_at_once_where_it_is_refused),
        cmocka_unit_test(a_fetch_that_is_never_answered_ends),
        cmocka_unit_test(a_fetch_has_the_callers_bound),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, setup, NULL);
}
