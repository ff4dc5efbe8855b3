#include "online.h"

enum service_api online_api(const struct opt *opt)
{
    return opt->api == OPT_WITH_CREDITS ? SERVICE_WITH_CREDITS : SERVICE_JOBS;
}

void online_http_options(const struct opt *opt, struct http_options *out)
{
    *out = (struct http_options){
        .connections_max =
            opt->connections > 0 ? (uint32_t)opt->connections : 1,
        .timeout_ms = (long)opt->http_timeout_ms,
        .ca_file = opt->cacert,
        .proxy_env = opt->proxy_env,
    };
}

int online_open(struct online *online, const struct opt *opt, struct err *err)
{
    struct service_options service = {
        .api = online_api(opt),
        .api_url = opt->api_url,
        .key_file = opt->api_key_file,
        .authenticated = true,
    };
    struct http_options http;

    *online = (struct online){.http.wake_fds = {-1, -1}};
    int rc = service_open(&online->service, &service, err);
    if (rc != 0)
        return rc;
    online_http_options(opt, &http);
    return http_init(&online->http, &http, err);
}

void online_close(struct online *online)
{
    http_release(&online->http);
    service_release(&online->service);
}
