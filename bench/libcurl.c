/*
 * bench-libcurl BASE JOBS IN-FLIGHT: the least that posting with libcurl's
 * multi interface takes. Two requests a job, the pin and the post, each time
 * with the same bodies (PIN_BODY and POST_BODY of the environment); handles
 * and connections are kept. No CID, no look at replies, no ledger, and no care
 * for what libcurl sends again by itself.
 */
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct slot {
    CURL *pin;
    CURL *post;
};

static size_t ignore(char *data, size_t size, size_t count, void *arg)
{
    (void)data, (void)arg;
    return size * count;
}

static struct curl_slist *headers(const char *secret)
{
    char line[256];
    struct curl_slist *list;

    snprintf(line, sizeof line, "Authorization: Bearer %s", secret);
    list = curl_slist_append(NULL, line);
    list = curl_slist_append(list, "Content-Type: application/json");
    return curl_slist_append(list, "Expect:");
}

static CURL *handle(const char *base, const char *path, const char *body,
                    struct curl_slist *list, struct slot *slot)
{
    CURL *easy = curl_easy_init();
    CURLU *url = curl_url();
    char text[1024];

    if (!easy || !url)
        exit(1);
    snprintf(text, sizeof text, "%s%s", base, path);
    curl_url_set(url, CURLUPART_URL, text, 0);
    curl_easy_setopt(easy, CURLOPT_CURLU, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    return easy;
}

/* The handle that a slot's request is followed by; NULL: none. */
static CURL *next(const struct slot *slot, const CURL *ended, long *jobs)
{
    if (ended == slot->pin)
        return slot->post;
    return (*jobs)-- > 0 ? slot->pin : NULL;
}

/* Takes what has ended; how many requests are still under way. */
static long collect(CURLM *multi, long *jobs, long under_way)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left))) {
        CURL *easy = message->easy_handle;
        struct slot *slot = NULL;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (message->data.result != CURLE_OK || status / 100 != 2) {
            fprintf(stderr, "a request failed: %d, HTTP %ld\n",
                    (int)message->data.result, status);
            exit(1);
        }
        curl_multi_remove_handle(multi, easy);
        easy = next(slot, easy, jobs);
        if (easy)
            curl_multi_add_handle(multi, easy);
        else
            under_way--;
    }
    return under_way;
}

int main(int argc, char **argv)
{
    const char *pin = getenv("PIN_BODY");
    const char *post = getenv("POST_BODY");

    if (argc != 4 || !pin || !post)
        return 64;
    long jobs = atol(argv[2]);
    long flight = atol(argv[3]);
    struct slot *slots = calloc((size_t)flight, sizeof *slots);
    CURLM *multi = curl_multi_init();
    if (!slots || !multi) {
        free(slots);
        return 1;
    }
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, flight);
    struct curl_slist *pinning = headers("practice.token.pinata");
    struct curl_slist *posting = headers("nos_practice");
    long under_way = 0;
    for (; under_way < flight && jobs > 0; under_way++, jobs--) {
        struct slot *slot = &slots[under_way];
        slot->pin =
            handle(argv[1], "/pinning/pinJSONToIPFS", pin, pinning, slot);
        slot->post = handle(argv[1], "/api/jobs/list", post, posting, slot);
        curl_multi_add_handle(multi, slot->pin);
    }
    while (under_way > 0) {
        int running;
        curl_multi_perform(multi, &running);
        under_way = collect(multi, &jobs, under_way);
        if (under_way > 0)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    free(slots);
    return 0;
}
