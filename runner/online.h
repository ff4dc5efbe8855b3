/*
 * online: a service and its transport, for commands that only ask it.
 */
#ifndef RUNNER_ONLINE_H
#define RUNNER_ONLINE_H

#include "opt.h"
#include "service.h"

#define ONLINE_REPLY_MAX ((size_t)1 << 20)

struct online {
    struct service service;
    struct http http;
};

/*
 * Reads keys and URLs from opt and the environment; sends nothing.
 * online_close is due in any case.
 */
int online_open(struct online *online, const struct opt *opt, struct err *err);
void online_close(struct online *online);

/* What --api, --connections, --http-timeout, --cacert, --proxy mean. */
enum service_api online_api(const struct opt *opt);
void online_http_options(const struct opt *opt, struct http_options *out);

#endif
