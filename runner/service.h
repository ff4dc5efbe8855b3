/*
 * service: the two APIs (Nosana's in both generations, Pinata's): their URLs,
 * keys and headers, and what each call is. The facts are those of the
 * published API schema; see tests/sandbox for a service that speaks them.
 */
#ifndef RUNNER_SERVICE_H
#define RUNNER_SERVICE_H

#include "http.h"
#include "secret.h"

enum service_api {
    SERVICE_JOBS,        /* current generation */
    SERVICE_WITH_CREDITS /* older one, without idempotency */
};

struct service_options {
    enum service_api api;
    const char *api_url;  /* NULL: see endpoint.h */
    const char *pin_url;  /* likewise */
    const char *key_file; /* NULL: NOSANA_API_KEY */
    const char *jwt_file; /* NULL: PINATA_JWT */
    bool pins;            /* definitions are pinned: a token is needed */
    bool authenticated;   /* calls that need the API key are made */
};

struct service {
    enum service_api api;
    const char *api_url; /* borrowed from options or environment */
    const char *pin_url;
    struct secret key;
    struct secret jwt;
    char *key_header; /* owned, wiped: "Bearer …" */
    char *jwt_header;
};

/*
 * Reads keys and checks URLs; sends nothing. ERR_ACCESS where a key that is
 * needed is missing, with where to get one; ERR_USAGE for a bad URL.
 */
int service_open(struct service *service, const struct service_options *options,
                 struct err *err);
void service_release(struct service *service);

/* "jobs" or "with-credits", as --api and the ledger have it. */
const char *service_api_name(enum service_api api);

/* Sets a call up, once, for pinning, or for posting jobs. */
int service_set_pin(const struct service *service, struct http_call *call,
                    struct err *err);
int service_set_post(const struct service *service, struct http_call *call,
                     struct err *err);

/* The Idempotency-Key of a post call; nothing in the older generation. */
int service_set_idem(const struct service *service, struct http_call *call,
                     const char *uuid, struct err *err);

enum service_change {
    SERVICE_EXTEND,
    SERVICE_STOP
};

/* Sets a call up for a change of the job at an address. */
int service_set_change(const struct service *service, struct http_call *call,
                       enum service_change change, const char *address,
                       struct err *err);

/* Its body, in the bytes that go out and into the ledger; "" for a stop in
   the newer generation. seconds counts with SERVICE_EXTEND. */
void service_change_body(enum service_api api, enum service_change change,
                         const char *address, uint64_t seconds,
                         struct buf *out);

/* Sets a call up for a GET below the API's base, with the key. */
int service_set_get(const struct service *service, struct http_call *call,
                    const char *path, struct err *err);

/* Likewise for POST /jobs/batch, which asks for the states of many jobs. */
int service_set_states(const struct service *service, struct http_call *call,
                       struct err *err);

/*
 * Makes one GET and waits for its answer, trying again for a few seconds
 * where the service is busy or away. The body of a 2xx is added to out.
 * Otherwise ERR_ACCESS (401, 403) or ERR_SERVICE, the message naming `what`.
 */
int service_fetch(const struct service *service, struct http *http,
                  const char *path, const char *what, struct buf *out,
                  struct err *err);

/*
 * The body of a post in the bytes that go out and into the ledger:
 * {"ipfsHash","market","timeout"[,"node"]} (the older generation calls the
 * last one "host"). node is NULL or an address.
 */
void service_post_body(enum service_api api, const char *cid,
                       const char *market, uint64_t timeout_s, const char *node,
                       struct buf *out);

#endif
