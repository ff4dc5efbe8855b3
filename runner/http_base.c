/*
 * http_base: which URLs may be a service's base.
 */
#include "http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

/* 127.0.0.0/8 in full, since a name that looks like it can lead anywhere. */
static bool is_loopback(const char *host)
{
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

/* Out of memory says nothing about the URL. */
static bool starved(CURLUcode code)
{
    return code == CURLUE_OUT_OF_MEMORY;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory for a URL");
}

/* 1 or 0, or negative with err filled. */
static int has_part(CURLU *url, CURLUPart part, struct err *err)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(url, part, &text, 0);

    curl_free(text);
    return starved(code) ? no_memory(err) : code == CURLUE_OK;
}

/* The same for any part that a base URL may not have. */
static int has_extras(CURLU *url, struct err *err)
{
    static const CURLUPart parts[] = {CURLUPART_USER, CURLUPART_PASSWORD,
                                      CURLUPART_QUERY, CURLUPART_FRAGMENT};
    int has = 0;

    for (size_t i = 0; has == 0 && i < sizeof parts / sizeof parts[0]; i++)
        has = has_part(url, parts[i], err);
    return has;
}

static int check_scheme(CURLU *url, const char *what, struct err *err)
{
    char *scheme = NULL;
    char *host = NULL;
    int rc = 0;
    CURLUcode code = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);

    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_HOST, &host, 0);
    if (starved(code))
        rc = no_memory(err);
    else if (code != CURLUE_OK)
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
    CURLUcode code = CURLUE_OUT_OF_MEMORY;
    int rc = 0;

    if (url)
        code = curl_url_set(url, CURLUPART_URL, text, 0);
    if (starved(code))
        rc = no_memory(err);
    else if (code != CURLUE_OK)
        rc = err_set(err, ERR_USAGE,
                     "%s: expected a URL such as "
                     "https://dashboard.k8s.prd.nos.ci/api",
                     what);
    else
        rc = has_extras(url, err);
    if (rc == 1)
        rc =
            err_set(err, ERR_USAGE,
                    "%s: a user name, ? or # has no place in a base URL", what);
    else if (rc == 0)
        rc = check_scheme(url, what, err);
    curl_url_cleanup(url);
    return rc;
}

/* The length of scheme, host and port. */
static size_t authority_len(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? strcspn(host + 3, "/") + (size_t)(host + 3 - url)
                : strlen(url);
}

bool http_same_host(const char *a, const char *b)
{
    size_t len = authority_len(a);

    return len == authority_len(b) && strncasecmp(a, b, len) == 0;
}
