#include "http_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/crypto.h>

/* libcurl's global state is set up once and never torn down before exit. */
static int global_init(struct err *err)
{
    static bool done;

    /* libcurl would write the sessions' keys there: the API key, in effect. */
    if (!done)
        unsetenv("SSLKEYLOGFILE");
    if (!done && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, ERR_INTERNAL, "libcurl cannot be initialised");
    done = true;
    return 0;
}

static int make_pipe(int fds[2])
{
    if (pipe(fds) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

int http_init(struct http *http, const struct http_options *options,
              struct err *err)
{
    *http = (struct http){.options = *options, .wake_fds = {-1, -1}};
    if (global_init(err) != 0)
        return err->code;
    if (make_pipe(http->wake_fds) != 0)
        return err_set_errno(err, ERR_INTERNAL, errno, "cannot make a pipe");
    CURLM *multi = curl_multi_init();
    if (!multi) {
        http_release(http);
        return err_set(err, ERR_MEMORY, "out of memory for libcurl");
    }
    http->multi = multi;
    if (http_loop_init(http, err) != 0) {
        http_release(http);
        return err->code;
    }
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                      2 * (long)options->connections_max);
    return 0;
}

void http_release(struct http *http)
{
    if (http->multi)
        curl_multi_cleanup(http->multi);
    http->multi = NULL;
    http_loop_release(http->loop);
    http->loop = NULL;
    for (int i = 0; i < 2; i++) {
        if (http->wake_fds[i] >= 0)
            close(http->wake_fds[i]);
        http->wake_fds[i] = -1;
    }
}

/* More than the bound ends the transfer: MAXFILESIZE misses chunked bodies. */
static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    struct http_call *call = arg;

    buf_add(&call->body, data, size * count);
    if (call->body.failed) {
        call->oversized = call->body.failed == ERR_LIMIT;
        return 0;
    }
    return size * count;
}

/*
 * Called for each line of each head. A connection that is closed within the
 * headers is a good end to libcurl where no length was announced.
 */
static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
    struct http_call *call = arg;
    size_t len = size * count;

    call->head_bytes += len;
    if (call->head_bytes > HTTP_HEAD_MAX)
        return 0;
    if (len > 5 && memcmp(data, "HTTP/", 5) == 0)
        call->whole_head = false;
    else if (len > 0 && (data[0] == '\r' || data[0] == '\n'))
        call->whole_head = true;
    return len;
}

/*
 * Called when a request is about to be sent. A second time for one call means
 * that libcurl re-sends it by itself after a reused connection died: that
 * would be a second job. When halted, or too late, the first time is refused,
 * too.
 */
static int on_request(void *arg, char *remote_ip, char *local_ip,
                      int remote_port, int local_port)
{
    struct http_call *call = arg;

    (void)remote_ip, (void)local_ip, (void)remote_port, (void)local_port;
    if (call->requests == 0 && call->http->halted)
        return CURL_PREREQFUNC_ABORT;
    if (call->requests == 0 && call->os &&
        call->os->monotonic_us(call->os->context) >= call->until_us)
        return CURL_PREREQFUNC_ABORT;
    return ++call->requests > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Tells libcurl of the lines that are set; it reads them for each request. */
static void link_headers(struct http_call *call)
{
    static char no_expect[] = "Expect:";
    struct curl_slist *first = &call->expect;

    call->expect = (struct curl_slist){.data = no_expect};
    for (unsigned i = HTTP_HEADERS_MAX; i-- > 0;) {
        if (!call->lines[i])
            continue;
        call->headers[i].data = call->lines[i];
        call->headers[i].next = first;
        first = &call->headers[i];
    }
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, first);
}

static void set_options(struct http_call *call)
{
    const struct http_options *options = &call->http->options;
    CURL *easy = call->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, options->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, HTTP_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (options->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
    link_headers(call);
}

struct http_call *http_call_new(struct http *http, struct err *err)
{
    struct http_call *call = calloc(1, sizeof *call);

    if (call)
        call->easy = curl_easy_init();
    if (!call || !call->easy) {
        free(call);
        err_set(err, ERR_MEMORY, "out of memory for a request");
        return NULL;
    }
    call->http = http;
    buf_init(&call->body, HTTP_BODY_MAX);
    set_options(call);
    http_loop_adopt(call);
    return call;
}

/* Header lines may hold a key: they do not stay in freed memory. */
static void free_line(char *line)
{
    if (line)
        OPENSSL_cleanse(line, strlen(line));
    free(line);
}

/* Takes a call that ended out of the list of those not yet taken. */
static void forget_done(struct http_call *call)
{
    struct http *http = call->http;
    struct http_call *before = NULL;
    struct http_call *at = http->done;

    while (at && at != call) {
        before = at;
        at = at->next;
    }
    if (!at)
        return;
    if (before)
        before->next = call->next;
    else
        http->done = call->next;
    if (http->done_last == call)
        http->done_last = before;
}

void http_call_free(struct http_call *call)
{
    if (!call)
        return;
    forget_done(call);
    if (call->under_way)
        call->http->in_flight--;
    curl_multi_remove_handle(call->http->multi, call->easy);
    curl_easy_cleanup(call->easy);
    curl_url_cleanup(call->url);
    for (unsigned i = 0; i < HTTP_HEADERS_MAX; i++)
        free_line(call->lines[i]);
    buf_release(&call->body);
    free(call);
}

void http_call_body_max(struct http_call *call, size_t bytes)
{
    call->body.max = bytes;
}

void http_call_until(struct http_call *call, const struct os *os,
                     uint64_t until_us)
{
    call->os = os;
    call->until_us = until_us;
}

void http_call_set_tag(struct http_call *call, uint64_t tag)
{
    call->tag = tag;
}

uint64_t http_call_tag(const struct http_call *call)
{
    return call->tag;
}

/*
 * A plain request, key and all, would be the proxy's to read: only https,
 * which passes through it sealed, ever takes one.
 */
static CURLcode choose_proxy(struct http_call *call, const char *base)
{
    call->may_use_proxy =
        call->http->options.proxy_env && strncasecmp(base, "https:", 6) == 0;
    /* Nor does libcurl look for one in the environment at each request. */
    curl_easy_setopt(call->easy, CURLOPT_NOPROXY,
                     call->may_use_proxy ? NULL : "*");
    return curl_easy_setopt(call->easy, CURLOPT_PROXY,
                            call->may_use_proxy ? NULL : "");
}

/* Parsed once: libcurl takes an address apart anew for each request. */
static CURLcode use_url(struct http_call *call, const char *text)
{
    CURLU *url = curl_url();
    CURLUcode code =
        url ? curl_url_set(url, CURLUPART_URL, text, 0) : CURLUE_OUT_OF_MEMORY;

    if (code != CURLUE_OK) {
        curl_url_cleanup(url);
        return code == CURLUE_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY
                                            : CURLE_URL_MALFORMAT;
    }
    CURLcode result = curl_easy_setopt(call->easy, CURLOPT_CURLU, url);
    curl_url_cleanup(call->url);
    call->url = url;
    return result;
}

int http_call_url(struct http_call *call, const char *base, const char *path,
                  struct err *err)
{
    struct buf url;
    size_t len = strlen(base);

    while (len > 0 && base[len - 1] == '/')
        len--;
    buf_init(&url, 8192);
    buf_add(&url, base, len);
    buf_add_str(&url, path);
    int rc = buf_error(&url, "a URL", err);
    if (rc == 0) {
        CURLcode code = use_url(call, buf_str(&url));
        if (code == CURLE_OK)
            code = choose_proxy(call, base);
        if (code == CURLE_URL_MALFORMAT)
            rc = err_set(err, ERR_USAGE, "\"%s\" is no URL", buf_str(&url));
        else if (code != CURLE_OK)
            rc = err_set(err, ERR_MEMORY, "out of memory for a URL");
    }
    buf_release(&url);
    return rc;
}

/* A value that does not end its line, or the error that it does. */
static int check_value(const char *name, const char *value, struct err *err)
{
    for (const char *c = value; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return err_set(err, ERR_USAGE,
                           "the value for %s holds a control character; "
                           "is there a line end in it?",
                           name);
    return 0;
}

/*
 * The line of a header, in the memory of the one before where that is as
 * long: an idempotency key, another one for each request, always is.
 */
static char *make_line(char *before, const char *name, const char *value)
{
    size_t name_len = strlen(name);
    size_t value_len = strlen(value);
    size_t len = name_len + 2 + value_len;
    char *line = before;

    if (!before || strlen(before) != len)
        line = malloc(len + 1);
    if (!line)
        return NULL;
    memcpy(line, name, name_len);
    memcpy(line + name_len, ": ", 2);
    memcpy(line + name_len + 2, value, value_len + 1);
    return line;
}

int http_call_header(struct http_call *call, unsigned i, const char *name,
                     const char *value, struct err *err)
{
    char *line = NULL;

    if (value && check_value(name, value, err) != 0)
        return err->code;
    if (value && strlen(name) + strlen(value) + 3 > HTTP_HEADER_MAX)
        return err_set(err, ERR_USAGE, "the value for %s is over %d bytes",
                       name, HTTP_HEADER_MAX);
    if (value) {
        line = make_line(call->lines[i], name, value);
        if (!line)
            return err_set(err, ERR_MEMORY, "out of memory for a header");
    }
    if (line == call->lines[i])
        return 0;
    free_line(call->lines[i]);
    call->lines[i] = line;
    link_headers(call);
    return 0;
}

static void finish(struct http_call *call, CURLcode result)
{
    struct http *http = call->http;

    call->result = result;
    call->next = NULL;
    if (http->done)
        http->done_last->next = call;
    else
        http->done = call;
    http->done_last = call;
}

/* Forgets the call's last request. */
static void begin(struct http_call *call)
{
    buf_clear(&call->body);
    call->requests = 0;
    call->started = false;
    call->whole_head = false;
    call->head_bytes = 0;
    call->oversized = false;
    call->detail[0] = '\0';
    call->under_way = true;
    call->http->in_flight++;
}

/* A connection of its own, or one of those that are kept. */
static void set_fresh(struct http_call *call, bool fresh)
{
    if (call->fresh == fresh)
        return;
    curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, fresh ? 1L : 0L);
    call->fresh = fresh;
}

void http_call_start(struct http_call *call, const char *body, size_t len,
                     bool fresh)
{
    CURL *easy = call->easy;

    begin(call);
    set_fresh(call, fresh);
    if (body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    call->started = curl_multi_add_handle(call->http->multi, easy) == CURLM_OK;
    if (!call->started)
        finish(call, CURLE_FAILED_INIT);
}

void http_halt(struct http *http)
{
    http->halted = true;
}

void http_call_refuse(struct http_call *call, const char *detail)
{
    begin(call);
    snprintf(call->detail, sizeof call->detail, "%s", detail);
    finish(call, CURLE_FAILED_INIT);
}

/* Takes what libcurl says has ended; no callback is running here. */
static void collect(struct http *http)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        struct http_call *call = NULL;
        CURLcode result = message->data.result;
        CURL *easy = message->easy_handle;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
        finish(call, result);
        curl_multi_remove_handle(http->multi, easy);
    }
}

void http_wake(int wake_fd)
{
    ssize_t ignored = write(wake_fd, "", 1);

    (void)ignored;
}

static int wait_ms(uint64_t now_us, uint64_t until_us)
{
    if (until_us <= now_us)
        return 0;
    uint64_t ms = (until_us - now_us) / 1000 + 1;
    return ms > 60000 ? 60000 : (int)ms;
}

void http_wait(struct http *http, uint64_t now_us, uint64_t until_us)
{
    http_loop_timer(http);
    collect(http);
    http_loop_turn(http, http->done ? 0 : wait_ms(now_us, until_us));
    collect(http);
}
