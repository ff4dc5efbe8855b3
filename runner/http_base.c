/*
 * http_base: which URLs may be a service's base.
 */
#include "http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

/* 127.0.0.0/8 in full, since a name that looks like it can lead anywhere. */
static bool is_loopback(const char *host)
{
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

static int check_scheme(CURLU *url, const char *what, struct err *err)
{
    char *scheme = NULL;
    char *host = NULL;
    int rc = 0;

    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        rc = err_set(err, ERR_USAGE, "%s is not a URL", what);
    else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        rc = err_set(err, ERR_USAGE, "%s: expected https://, found %.20s://",
                     what, scheme);
    else if (strcmp(scheme, "http") == 0 && !is_loopback(host))
        rc = err_set(err, ERR_USAGE,
                     "%s: plain http:// would send your key unprotected and "
                     "is refused except for loopback addresses; use https://",
                     what);
    curl_free(scheme);
    curl_free(host);
    return rc;
}

int http_base_check(const char *text, const char *what, struct err *err)
{
    CURLU *url = curl_url();
    int rc = 0;

    if (!url)
        return err_set(err, ERR_MEMORY, "out of memory for a URL");
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        rc = err_set(err, ERR_USAGE,
                     "%s: expected a URL such as "
                     "https://dashboard.k8s.prd.nos.ci/api",
                     what);
    else if (has_part(url, CURLUPART_USER) ||
             has_part(url, CURLUPART_PASSWORD) ||
             has_part(url, CURLUPART_QUERY) ||
             has_part(url, CURLUPART_FRAGMENT))
        rc =
            err_set(err, ERR_USAGE,
                    "%s: a user name, ? or # has no place in a base URL", what);
    else
        rc = check_scheme(url, what, err);
    curl_url_cleanup(url);
    return rc;
}
