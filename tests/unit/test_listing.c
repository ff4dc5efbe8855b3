/* Reading the account's jobs: pages that shift, lists without an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../runner/listing.h"
#include "http_help.h"

#define PROJECT "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
#define MARKET  "CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ"
#define ANSWERS 12
#define EMPTY   "{\"jobs\":[],\"totalJobs\":0}"
#define SINCE_S 1000

static const char *const addresses[] = {
    "gBxS1f6uyyGPuW5MzGBukidSb71jdsCb5fZaoSzULE5",
    "k7FaK87WHGVXzkaoHb7CdVPgkKDQhZ29VLDeBVbDfYn",
    "p2Yicb86aZig616Eav2VWG9vuXR5mEqhtzshZYBxzsV",
};

struct reading {
    struct raw_server server;
    struct raw_answer answers[ANSWERS];
    char bytes[ANSWERS][2048];
    unsigned count;
    struct online online;
    struct listing listing;
    unsigned jobs; /* that were told */
    int rc;
    struct err err;
};

static struct reading *begin(void)
{
    struct reading *reading = calloc(1, sizeof *reading);

    assert_non_null(reading);
    return reading;
}

static void answer(struct reading *reading, const char *status,
                   const char *body)
{
    char *bytes = reading->bytes[reading->count];

    snprintf(bytes, sizeof reading->bytes[0],
             "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
             strlen(body), body);
    reading->answers[reading->count++] = (struct raw_answer){.bytes = bytes};
}

/* A page of `count` jobs that started at start_s, of `total` in all. */
static void page_from(struct reading *reading, unsigned first, unsigned count,
                      int start_s, unsigned total)
{
    char body[1024] = "{\"jobs\":[";

    for (unsigned i = 0; i < count; i++)
        snprintf(body + strlen(body), sizeof body - strlen(body),
                 "%s{\"address\":\"%s\",\"state\":1,\"timeStart\":%d}",
                 i > 0 ? "," : "", addresses[(first + i) % 3], start_s);
    snprintf(body + strlen(body), sizeof body - strlen(body),
             "],\"totalJobs\":%u}", total);
    answer(reading, "200 OK", body);
}

static void page(struct reading *reading, unsigned count, int start_s,
                 unsigned total)
{
    page_from(reading, 0, count, start_s, total);
}

static int on_job(void *arg, const struct jobinfo *info, struct err *err)
{
    struct reading *reading = arg;

    (void)info, (void)err;
    reading->jobs++;
    return 0;
}

/* Reads all states' lists; every list past the last answer is as that. */
static void read_all(struct reading *reading)
{
    struct http_options http = net_options();
    struct err err = ERR_INIT;

    setenv("NOSANA_API_KEY", "nos_key", 1);
    raw_server_start(&reading->server, reading->answers, reading->count);
    struct service_options service = {.api_url = reading->server.url,
                                      .authenticated = true};
    assert_int_equal(http_init(&reading->online.http, &http, &err), 0);
    assert_int_equal(service_open(&reading->online.service, &service, &err), 0);
    assert_int_equal(listing_open(&reading->listing, &reading->online,
                                  os_posix(), 1000000, true, &err),
                     0);
    reading->rc = listing_read(&reading->listing, PROJECT, MARKET, SINCE_S,
                               on_job, reading, &reading->err);
    listing_close(&reading->listing);
    http_release(&reading->online.http);
    service_release(&reading->online.service);
    raw_server_stop(&reading->server);
}

static void finish(struct reading *reading)
{
    raw_server_release(&reading->server);
    free(reading);
}

static void expect_request(const struct reading *reading, unsigned n,
                           const char *state, unsigned offset)
{
    char text[300];

    snprintf(text, sizeof text,
             "GET /jobs?poster=" PROJECT "&market=" MARKET
             "&state=%s&limit=50&offset=%u HTTP/1.1\r\n",
             state, offset);
    const char *seen = buf_str(&reading->server.seen[n]);
    if (strncmp(seen, text, strlen(text)) != 0)
        fail_msg("request %u: %s", n, seen);
}

static void each_state_is_asked_for_in_a_jobs_order(void **state)
{
    struct reading *reading = begin();

    (void)state;
    answer(reading, "200 OK", EMPTY);
    read_all(reading);
    assert_int_equal(reading->rc, 0);
    assert_true(listing_is_whole(&reading->listing));
    assert_int_equal(reading->server.requests, 4);
    expect_request(reading, 0, "QUEUED", 0);
    expect_request(reading, 1, "RUNNING", 0);
    expect_request(reading, 2, "COMPLETED", 0);
    expect_request(reading, 3, "STOPPED", 0);
    finish(reading);
}

static void pages_follow_until_the_total(void **state)
{
    struct reading *reading = begin();

    (void)state;
    page(reading, 3, 0, 5);
    page_from(reading, 2, 3, 0, 5);
    page(reading, 3, SINCE_S, 5);
    page(reading, 2, SINCE_S, 5);
    answer(reading, "200 OK", EMPTY);
    read_all(reading);
    assert_int_equal(reading->rc, 0);
    assert_true(listing_is_whole(&reading->listing));
    assert_int_equal(reading->jobs, 11);
    /* Queued jobs are in no order: their pages overlap. */
    expect_request(reading, 1, "QUEUED", 2);
    expect_request(reading, 2, "RUNNING", 0);
    expect_request(reading, 3, "RUNNING", 3);
    expect_request(reading, 4, "COMPLETED", 0);
    finish(reading);
}

static void pages_that_shift_are_read_again(void **state)
{
    struct reading *reading = begin();

    (void)state;
    page(reading, 3, 0, 5);
    page_from(reading, 0, 3, 0, 5);
    page(reading, 3, 0, 5);
    page_from(reading, 2, 3, 0, 5);
    answer(reading, "200 OK", EMPTY);
    read_all(reading);
    assert_true(listing_is_whole(&reading->listing));
    expect_request(reading, 1, "QUEUED", 2);
    expect_request(reading, 2, "QUEUED", 0);
    expect_request(reading, 4, "RUNNING", 0);
    finish(reading);
}

/* One that left may have pulled another one over the edge of a page. */
static void a_list_that_shrinks_is_read_again(void **state)
{
    struct reading *reading = begin();

    (void)state;
    answer(reading, "200 OK", EMPTY);
    page(reading, 3, SINCE_S, 5);
    page(reading, 1, SINCE_S, 4);
    page(reading, 3, SINCE_S, 4);
    page(reading, 1, SINCE_S, 4);
    answer(reading, "200 OK", EMPTY);
    read_all(reading);
    assert_int_equal(reading->rc, 0);
    assert_true(listing_is_whole(&reading->listing));
    expect_request(reading, 3, "RUNNING", 0);
    expect_request(reading, 4, "RUNNING", 3);
    expect_request(reading, 5, "COMPLETED", 0);
    finish(reading);
}

static void a_list_that_keeps_shrinking_is_not_whole(void **state)
{
    struct reading *reading = begin();

    (void)state;
    for (unsigned i = 0; i < LISTING_READS_MAX; i++) {
        page(reading, 1, 0, 3);
        page(reading, 1, 0, 2);
    }
    read_all(reading);
    assert_int_equal(reading->rc, 0);
    assert_false(listing_is_whole(&reading->listing));
    assert_int_equal(reading->server.requests, 2 * LISTING_READS_MAX);
    finish(reading);
}

static void what_started_too_early_ends_the_list(void **state)
{
    struct reading *reading = begin();

    (void)state;
    answer(reading, "200 OK", EMPTY);
    page(reading, 2, SINCE_S, 9);
    page(reading, 1, SINCE_S - 1, 9);
    answer(reading, "200 OK", EMPTY);
    read_all(reading);
    assert_true(listing_is_whole(&reading->listing));
    assert_int_equal(reading->server.requests, 5);
    expect_request(reading, 2, "RUNNING", 2);
    expect_request(reading, 3, "COMPLETED", 0);
    finish(reading);
}

/* Stopped jobs may never have started: there the order proves nothing. */
static void stopped_jobs_are_read_to_the_end(void **state)
{
    struct reading *reading = begin();

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        answer(reading, "200 OK", EMPTY);
    page(reading, 2, SINCE_S - 1, 3);
    page(reading, 1, 0, 3);
    read_all(reading);
    assert_int_equal(reading->server.requests, 5);
    assert_int_equal(reading->jobs, 3);
    finish(reading);
}

static void a_total_that_never_comes_is_no_whole_list(void **state)
{
    struct reading *reading = begin();

    (void)state;
    page(reading, 1, 0, 7);
    page(reading, 0, 0, 7);
    read_all(reading);
    assert_int_equal(reading->rc, 0);
    assert_false(listing_is_whole(&reading->listing));
    finish(reading);
}

static void a_service_without_the_call_is_told_apart(void **state)
{
    struct reading *reading = begin();

    (void)state;
    answer(reading, "404 Not Found", "{}");
    read_all(reading);
    assert_int_equal(reading->rc, 0);
    assert_true(reading->listing.no_route);
    assert_int_equal(reading->server.requests, 1);
    finish(reading);
}

static void a_refusal_ends_it(void **state)
{
    struct reading *reading = begin();

    (void)state;
    answer(reading, "401 x", "\"Unauthorized\"");
    read_all(reading);
    assert_int_equal(reading->rc, ERR_ACCESS);
    finish(reading);
    reading = begin();
    answer(reading, "400 x", "{\"message\":\"poster\"}");
    read_all(reading);
    assert_int_equal(reading->rc, ERR_SERVICE);
    assert_non_null(strstr(reading->err.message, "poster"));
    finish(reading);
}

static void a_bare_list_is_a_list(void **state)
{
    struct reading *reading = begin();

    (void)state;
    answer(reading, "200 OK", "[{\"address\":\"" PROJECT "\",\"state\":0}]");
    answer(reading, "200 OK", "[]");
    read_all(reading);
    assert_int_equal(reading->rc, 0);
    assert_true(listing_is_whole(&reading->listing));
    assert_int_equal(reading->jobs, 1);
    finish(reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_is_asked_for_in_a_jobs_order),
        cmocka_unit_test(pages_follow_until_the_total),
        cmocka_unit_test(pages_that_shift_are_read_again),
        cmocka_unit_test(a_list_that_shrinks_is_read_again),
        cmocka_unit_test(a_list_that_keeps_shrinking_is_not_whole),
        cmocka_unit_test(what_started_too_early_ends_the_list),
        cmocka_unit_test(stopped_jobs_are_read_to_the_end),
        cmocka_unit_test(a_total_that_never_comes_is_no_whole_list),
        cmocka_unit_test(a_service_without_the_call_is_told_apart),
        cmocka_unit_test(a_refusal_ends_it),
        cmocka_unit_test(a_bare_list_is_a_list),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
