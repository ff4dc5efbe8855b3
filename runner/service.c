#include "service.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../templates/json.h"
#include "answer.h"
#include "endpoint.h"
#include "pace.h"

#define FETCH_TRIES 4

enum header {
    HEADER_AUTH,
    HEADER_TYPE,
    HEADER_IDEM
};

static char *bearer(const struct secret *secret)
{
    static const char scheme[] = "Bearer ";
    size_t len = strlen(secret->text);
    char *text = malloc(sizeof scheme + len);

    if (text) {
        memcpy(text, scheme, sizeof scheme - 1);
        memcpy(text + sizeof scheme - 1, secret->text, len + 1);
    }
    return text;
}

static void wipe(char **text)
{
    if (*text)
        OPENSSL_cleanse(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

static int read_key(struct service *service,
                    const struct service_options *options, struct err *err)
{
    if (secret_read(&service->key, "NOSANA_API_KEY", options->key_file, err))
        return err->code;
    if (!service->key.text)
        return err_set(err, ERR_ACCESS,
                       "no API key: set NOSANA_API_KEY, or give "
                       "--api-key-file FILE; a key is made at "
                       "https://dashboard.nosana.com under Account, API keys");
    service->key_header = bearer(&service->key);
    return service->key_header
               ? 0
               : err_set(err, ERR_MEMORY, "out of memory for the API key");
}

static int read_jwt(struct service *service,
                    const struct service_options *options, struct err *err)
{
    if (secret_read(&service->jwt, "PINATA_JWT", options->jwt_file, err))
        return err->code;
    if (!service->jwt.text)
        return err_set(err, ERR_ACCESS,
                       "no pinning token: set PINATA_JWT, or give "
                       "--pin-jwt-file FILE; a token is made at "
                       "https://app.pinata.cloud/developers/api-keys; where "
                       "the definitions are pinned already, --pin none");
    service->jwt_header = bearer(&service->jwt);
    return service->jwt_header
               ? 0
               : err_set(err, ERR_MEMORY, "out of memory for the token");
}

int service_open(struct service *service, const struct service_options *options,
                 struct err *err)
{
    *service = (struct service){.api = options->api};
    service->api_url = endpoint_api_url(options->api_url);
    service->pin_url = endpoint_pin_url(options->pin_url);
    int rc =
        http_base_check(service->api_url,
                        options->api_url ? "--api-url" : "NOSANA_API_URL", err);
    if (rc == 0 && options->pins)
        rc = http_base_check(service->pin_url,
                             options->pin_url ? "--pin-url" : "PINATA_API_URL",
                             err);
    if (rc == 0 && options->authenticated)
        rc = read_key(service, options, err);
    if (rc == 0 && options->pins)
        rc = read_jwt(service, options, err);
    if (rc != 0)
        service_release(service);
    return rc;
}

void service_release(struct service *service)
{
    secret_release(&service->key);
    secret_release(&service->jwt);
    wipe(&service->key_header);
    wipe(&service->jwt_header);
}

const char *service_api_name(enum service_api api)
{
    return api == SERVICE_JOBS ? "jobs" : "with-credits";
}

static int set_json(struct http_call *call, const char *auth, struct err *err)
{
    int rc = http_call_header(call, HEADER_TYPE, "Content-Type",
                              "application/json", err);

    return rc ? rc
              : http_call_header(call, HEADER_AUTH, "Authorization", auth, err);
}

int service_set_pin(const struct service *service, struct http_call *call,
                    struct err *err)
{
    int rc =
        http_call_url(call, service->pin_url, "/pinning/pinJSONToIPFS", err);

    return rc ? rc : set_json(call, service->jwt_header, err);
}

int service_set_post(const struct service *service, struct http_call *call,
                     struct err *err)
{
    int rc = http_call_url(call, service->api_url,
                           service->api == SERVICE_JOBS
                               ? "/jobs/list"
                               : "/jobs/create-with-credits",
                           err);

    return rc ? rc : set_json(call, service->key_header, err);
}

int service_set_change(const struct service *service, struct http_call *call,
                       enum service_change change, const char *address,
                       struct err *err)
{
    bool extend = change == SERVICE_EXTEND;
    bool old = service->api == SERVICE_WITH_CREDITS;
    char path[64 + BASE58_ADDRESS_MAX];

    if (old)
        snprintf(path, sizeof path, "/jobs/%s-with-credits",
                 extend ? "extend" : "stop");
    else
        snprintf(path, sizeof path, "/jobs/%s/%s", address,
                 extend ? "extend" : "stop");
    int rc = http_call_url(call, service->api_url, path, err);
    if (rc == 0)
        rc = set_json(call, service->key_header, err);
    /* No body, no type of it: not even the one that libcurl would name. */
    if (rc == 0 && !old && !extend)
        rc = http_call_header(call, HEADER_TYPE, "Content-Type", "", err);
    return rc;
}

void service_change_body(enum service_api api, enum service_change change,
                         const char *address, uint64_t seconds, struct buf *out)
{
    if (api == SERVICE_JOBS) {
        if (change == SERVICE_EXTEND)
            buf_addf(out, "{\"seconds\":%llu}", (unsigned long long)seconds);
        return;
    }
    buf_add_str(out, "{\"jobAddress\":");
    json_quote(out, address, strlen(address));
    if (change == SERVICE_EXTEND)
        buf_addf(out, ",\"extensionSeconds\":%llu",
                 (unsigned long long)seconds);
    buf_add_char(out, '}');
}

int service_set_idem(const struct service *service, struct http_call *call,
                     const char *uuid, struct err *err)
{
    return http_call_header(call, HEADER_IDEM, "Idempotency-Key",
                            service->api == SERVICE_JOBS ? uuid : NULL, err);
}

int service_set_get(const struct service *service, struct http_call *call,
                    const char *path, struct err *err)
{
    int rc = http_call_url(call, service->api_url, path, err);

    if (rc == 0)
        rc = http_call_header(call, HEADER_TYPE, "Content-Type", NULL, err);
    return rc ? rc
              : http_call_header(call, HEADER_AUTH, "Authorization",
                                 service->key_header, err);
}

int service_set_states(const struct service *service, struct http_call *call,
                       struct err *err)
{
    int rc = http_call_url(call, service->api_url, "/jobs/batch", err);

    return rc ? rc : set_json(call, service->key_header, err);
}

static uint64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void wait_for(struct http *http, struct reply *reply)
{
    while (!http_next_done(http, reply))
        http_wait(http, 0, UINT64_MAX);
}

/* Sleeps without burning the processor; a signal may cut it short. */
static void pause_us(uint64_t us)
{
    struct timespec ts = {.tv_sec = (time_t)(us / 1000000),
                          .tv_nsec = (long)(us % 1000000) * 1000};

    nanosleep(&ts, NULL);
}

#define URL_HINT "; is NOSANA_API_URL (or --api-url) right? It ends in /api"

/* HTML, from a site for people or a proxy. */
static bool is_page(const struct reply *reply)
{
    size_t at = 0;

    while (at < reply->len && strchr(" \t\r\n", reply->body[at]))
        at++;
    return at < reply->len && reply->body[at] == '<';
}

/* 1: done; 0: to be tried again (err says why); negative. */
static int judge_fetch(const struct service *service, const struct reply *reply,
                       bool of_job, const char *what, struct buf *out,
                       struct err *err)
{
    struct answer answer;
    struct json scratch;

    if (reply->kind == REPLY_WHOLE && reply->status / 100 == 2 &&
        is_page(reply))
        return err_set(err, ERR_SERVICE,
                       "%s: no usable answer from %s: a web page, not the "
                       "service" URL_HINT,
                       what, service->api_url);
    if (reply->kind == REPLY_WHOLE && reply->status / 100 == 2) {
        buf_add(out, reply->body, reply->len);
        int rc = buf_error(out, what, err);
        return rc ? rc : 1;
    }
    json_init(&scratch);
    answer_post(&answer, reply, &scratch);
    json_release(&scratch);
    if (reply->status == 401 || reply->status == 403)
        return err_set(err, ERR_ACCESS, "%s: " ANSWER_KEY_REFUSED, what,
                       answer.message);
    /* A job that is not there is no other service. */
    bool no_route = !of_job && reply->kind == REPLY_WHOLE &&
                    (reply->status / 100 == 3 || reply->status == 404 ||
                     reply->status == 405);
    err_set(err, ERR_SERVICE, "%s: no usable answer from %s: %s%s", what,
            service->api_url, answer.message, no_route ? URL_HINT : "");
    return answer.kind == ANSWER_REFUSED ? ERR_SERVICE : 0;
}

int service_fetch(const struct service *service, struct http *http,
                  const char *path, const char *what, struct buf *out,
                  struct err *err)
{
    bool of_job = strncmp(path, "/jobs/", 6) == 0;
    struct http_call *call = http_call_new(http, err);
    struct reply reply;

    if (!call)
        return err->code;
    int rc = service_set_get(service, call, path, err);
    for (uint32_t i = 1; rc == 0; i++) {
        http_call_start(call, NULL, 0, false);
        wait_for(http, &reply);
        rc = judge_fetch(service, &reply, of_job, what, out, err);
        if (rc == 0 && i == FETCH_TRIES)
            rc = err->code;
        if (rc == 0)
            pause_us(pace_backoff_us(i, (double)(now_us() % 1000) / 1000));
    }
    http_call_free(call);
    return rc > 0 ? 0 : rc;
}

void service_post_body(enum service_api api, const char *cid,
                       const char *market, uint64_t timeout_s, const char *node,
                       struct buf *out)
{
    buf_add_str(out, "{\"ipfsHash\":");
    json_quote(out, cid, strlen(cid));
    buf_add_str(out, ",\"market\":");
    json_quote(out, market, strlen(market));
    buf_add_str(out, ",\"timeout\":");
    buf_add_u64(out, timeout_s);
    if (node) {
        buf_add_str(out, api == SERVICE_JOBS ? ",\"node\":" : ",\"host\":");
        json_quote(out, node, strlen(node));
    }
    buf_add_char(out, '}');
}
