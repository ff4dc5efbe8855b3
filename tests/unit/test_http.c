/* What http sends, and what it leaves alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_help.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static const struct raw_answer ok = {.bytes = OK};

static void set_header(struct net *net, unsigned i, const char *name,
                       const char *value)
{
    struct err err = ERR_INIT;

    if (http_call_header(net->call, i, name, value, &err) != 0)
        fail_msg("%s", err.message);
}

/* After net_close: exchange n received this, with HOST for the server. */
static void expect_seen(const struct net *net, unsigned n, const char *before,
                        const char *behind)
{
    char text[2048];

    snprintf(text, sizeof text, "%sHost: 127.0.0.1:%u\r\n%s", before,
             net->server.port, behind);
    assert_string_equal(buf_str(&net->server.seen[n]), text);
}

static void a_post_is_these_bytes(void **state)
{
    struct net net;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    set_header(&net, 1, "Content-Type", "application/json");
    set_header(&net, 0, "Authorization", "Bearer nos_x");
    net_send(&net, "{\"a\":1}", false);
    assert_int_equal(net.reply.kind, REPLY_WHOLE);
    net_close(&net);
    expect_seen(&net, 0, "POST /x HTTP/1.1\r\n",
                "Accept: */*\r\n"
                "Authorization: Bearer nos_x\r\n"
                "Content-Type: application/json\r\n"
                "Content-Length: 7\r\n\r\n{\"a\":1}");
    net_release(&net);
}

static void a_get_is_these_bytes(void **state)
{
    struct net net;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    net_send(&net, NULL, false);
    net_close(&net);
    expect_seen(&net, 0, "GET /x HTTP/1.1\r\n", "Accept: */*\r\n\r\n");
    net_release(&net);
}

/* A body with NULs, one that is empty, and one that would ask for Expect. */
static void bodies_go_out_as_they_are(void **state)
{
    static char large[1500000];
    struct net net;

    (void)state;
    memset(large, ' ', sizeof large);
    net_open(&net, &ok, 1, NULL);
    http_call_start(net.call, "a\0b", 3, false);
    net_wait(&net.http, &net.reply);
    http_call_start(net.call, "", 0, false);
    net_wait(&net.http, &net.reply);
    http_call_start(net.call, large, sizeof large, false);
    net_wait(&net.http, &net.reply);
    assert_int_equal(net.reply.kind, REPLY_WHOLE);
    net_close(&net);
    assert_int_equal(net.server.requests, 3);
    const struct buf *seen = net.server.seen;
    assert_memory_equal(seen[0].data + seen[0].len - 7, "\r\n\r\na\0b", 7);
    assert_non_null(strstr(buf_str(&seen[1]), "Content-Length: 0\r\n"));
    assert_non_null(strstr(buf_str(&seen[2]), "Content-Length: 1500000\r\n"));
    for (int i = 0; i < 3; i++)
        assert_null(strstr(buf_str(&seen[i]), "Expect"));
    net_release(&net);
}

static void one_call_is_started_again_with_other_headers(void **state)
{
    struct net net;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    set_header(&net, 0, "Authorization", "Bearer k");
    set_header(&net, 2, "Idempotency-Key", "one");
    net_send(&net, "1", false);
    set_header(&net, 2, "Idempotency-Key", "two");
    net_send(&net, "2", false);
    set_header(&net, 2, "Idempotency-Key", NULL);
    net_send(&net, NULL, false);
    net_close(&net);
    expect_seen(&net, 0, "POST /x HTTP/1.1\r\n",
                "Accept: */*\r\nAuthorization: Bearer k\r\n"
                "Idempotency-Key: one\r\nContent-Length: 1\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\n1");
    expect_seen(&net, 1, "POST /x HTTP/1.1\r\n",
                "Accept: */*\r\nAuthorization: Bearer k\r\n"
                "Idempotency-Key: two\r\nContent-Length: 1\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\n2");
    expect_seen(&net, 2, "GET /x HTTP/1.1\r\n",
                "Accept: */*\r\nAuthorization: Bearer k\r\n\r\n");
    assert_int_equal(net.server.connections, 1);
    net_release(&net);
}

static void fresh_connections_where_asked_for(void **state)
{
    struct net net;

    (void)state;
    net_open(&net, &ok, 1, NULL);
    net_send(&net, "1", false);
    net_send(&net, "2", true);
    net_send(&net, "3", true);
    net_send(&net, "4", false);
    net_close(&net);
    assert_int_equal(net.server.requests, 4);
    assert_int_equal(net.server.connections, 3);
    net_release(&net);
}

static void a_header_value_with_a_line_end_is_refused(void **state)
{
    static const char *const values[] = {"a\r\nX: y", "a\n",  "\r",
                                         "a\tb",      "\x01", "a\x7f"};
    struct net net;
    struct err err;
    char *large = malloc(HTTP_HEADER_MAX + 1);

    (void)state;
    assert_non_null(large);
    net_open(&net, &ok, 1, NULL);
    set_header(&net, 0, "A", "stays");
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_int_equal(http_call_header(net.call, 0, "A", values[i], &err),
                         ERR_USAGE);
        /* Neither value is shown: it may be a key. */
        assert_null(strstr(err.message, "stays"));
    }
    memset(large, 'k', HTTP_HEADER_MAX);
    large[HTTP_HEADER_MAX] = '\0';
    assert_int_equal(http_call_header(net.call, 0, "A", large, &err),
                     ERR_USAGE);
    assert_null(strstr(err.message, "kk"));
    large[HTTP_HEADER_MAX - 4] = '\0';
    assert_int_equal(http_call_header(net.call, 1, "B", large, &err), 0);
    set_header(&net, 1, "B", NULL);
    net_send(&net, NULL, false);
    net_close(&net);
    expect_seen(&net, 0, "GET /x HTTP/1.1\r\n",
                "Accept: */*\r\nA: stays\r\n\r\n");
    net_release(&net);
    free(large);
}

static void a_base_ends_without_slashes(void **state)
{
    struct net net;
    struct err err;
    char base[64];

    (void)state;
    net_open(&net, &ok, 1, NULL);
    snprintf(base, sizeof base, "%s/api//", net.server.url);
    assert_int_equal(http_call_url(net.call, base, "/jobs/list", &err), 0);
    net_send(&net, "1", false);
    net_close(&net);
    assert_memory_equal(buf_str(&net.server.seen[0]),
                        "POST /api/jobs/list HTTP/1.1\r\n", 30);
    net_release(&net);
}

/* --- what is left alone --------------------------------------------------- */

static void a_redirect_is_not_followed(void **state)
{
    static const char *const codes[] = {"301", "302", "303", "307", "308"};
    struct raw_server other;

    (void)state;
    raw_server_start(&other, &ok, 1);
    for (unsigned i = 0; i < 2 * sizeof codes / sizeof codes[0]; i++) {
        struct raw_answer answer;
        struct net net;
        char text[200];
        snprintf(text, sizeof text,
                 "HTTP/1.1 %s Moved\r\nLocation: %s\r\n"
                 "Content-Length: 2\r\n\r\n{}",
                 codes[i / 2], i % 2 ? other.url : "file:///etc/passwd");
        answer = (struct raw_answer){.bytes = text};
        net_open(&net, &answer, 1, NULL);
        net_send(&net, "1", false);
        assert_int_equal(net.reply.kind, REPLY_WHOLE);
        assert_int_equal(net.reply.status, atoi(codes[i / 2]));
        assert_string_equal(net.reply.body, "{}");
        net_close(&net);
        assert_int_equal(net.server.requests, 1);
        net_release(&net);
    }
    raw_server_stop(&other);
    assert_int_equal(other.connections, 0);
    raw_server_release(&other);
}

static void only_http_is_spoken(void **state)
{
    static const char *const bases[] = {"file:///etc", "ftp://127.0.0.1",
                                        "gopher://127.0.0.1", "dict://[::1]"};

    (void)state;
    for (unsigned i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        struct net net;
        struct err err;
        net_open(&net, &ok, 1, NULL);
        assert_int_equal(http_call_url(net.call, bases[i], "/passwd", &err), 0);
        net_send(&net, NULL, false);
        assert_int_equal(net.reply.kind, REPLY_UNSENT);
        assert_int_equal(net.reply.len, 0);
        net_close(&net);
        net_release(&net);
    }
}

static void netrc_is_not_read(void **state)
{
    static const char text[] = "default login u password p\n";
    char folder[] = "/tmp/nosbatch-unit-XXXXXX";
    char path[64];
    struct net net;

    (void)state;
    const char *home = getenv("HOME");
    char *kept = home ? strdup(home) : NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/.netrc", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    setenv("HOME", folder, 1);
    net_open(&net, &ok, 1, NULL);
    net_send(&net, NULL, false);
    net_close(&net);
    expect_seen(&net, 0, "GET /x HTTP/1.1\r\n", "Accept: */*\r\n\r\n");
    net_release(&net);
    if (kept)
        setenv("HOME", kept, 1);
    else
        unsetenv("HOME");
    free(kept);
    unlink(path);
    rmdir(folder);
}

static void a_cookie_is_not_kept(void **state)
{
    struct raw_answer answer = {.bytes =
                                    "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n"
                                    "Content-Length: 0\r\n\r\n"};
    struct net net;

    (void)state;
    net_open(&net, &answer, 1, NULL);
    net_send(&net, NULL, false);
    net_send(&net, NULL, false);
    net_close(&net);
    expect_seen(&net, 1, "GET /x HTTP/1.1\r\n", "Accept: */*\r\n\r\n");
    net_release(&net);
}

static void a_url_has_a_bound(void **state)
{
    static char path[9000];
    struct net net;
    struct err err;

    (void)state;
    memset(path, 'a', sizeof path - 1);
    net_open(&net, &ok, 1, NULL);
    assert_int_equal(http_call_url(net.call, net.server.url, path, &err),
                     ERR_LIMIT);
    net_close(&net);
    net_release(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_these_bytes),
        cmocka_unit_test(a_get_is_these_bytes),
        cmocka_unit_test(bodies_go_out_as_they_are),
        cmocka_unit_test(one_call_is_started_again_with_other_headers),
        cmocka_unit_test(fresh_connections_where_asked_for),
        cmocka_unit_test(a_header_value_with_a_line_end_is_refused),
        cmocka_unit_test(a_base_ends_without_slashes),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(only_http_is_spoken),
        cmocka_unit_test(netrc_is_not_read),
        cmocka_unit_test(a_cookie_is_not_kept),
        cmocka_unit_test(a_url_has_a_bound),
    };

    /* The tests end; a hang is a failure. */
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
