/*
 * poll_help: asking a raw_server for jobs, for the tests of poll. Where only
 * time helps, time passes at once.
 */
#ifndef TESTS_UNIT_POLL_HELP_H
#define TESTS_UNIT_POLL_HELP_H

#include "../../runner/poll.h"
#include "http_help.h"

#define S_US        1000000ULL
#define GIVE_UP_US  (900 * S_US)
#define JOBS        4
#define SLEEP_WAIT  5
#define ASKED_MAX   260
#define ANSWERS_MAX 12
#define ASKING_CID  "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"

#define OBJECT(address, state) \
    "{\"address\":\"" address "\",\"state\":" state "}"
#define JOB0 "gBxS1f6uyyGPuW5MzGBukidSb71jdsCb5fZaoSzULE5"
#define JOB1 "k7FaK87WHGVXzkaoHb7CdVPgkKDQhZ29VLDeBVbDfYn"
#define DONE(address, result)                                             \
    "{\"address\":\"" address "\",\"state\":2,\"jobStatus\":\"success\"," \
    "\"ipfsResult\":" result "}"

/* What was reported of a tag. */
struct told {
    unsigned times;
    enum poll_outcome outcome;
    struct jobinfo info;
};

struct asking {
    struct raw_server server;
    struct raw_answer answers[ANSWERS_MAX];
    char bytes[ANSWERS_MAX][4096];
    unsigned count;
    struct http http;
    struct service service;
    struct poll poll;
    uint64_t now_us;
    uint64_t sleep_us; /* the machine sleeps so long at wait SLEEP_WAIT */
    struct os os;      /* tells of it */
    unsigned waits;    /* times that the clock was moved on */
    struct told told[ASKED_MAX];
};

/* The addresses asked for, in turn. */
extern const char *const asking_jobs[JOBS];

struct asking *asking_begin(void);

/* The next answer: the status line's end, further headers, and a body. */
void asking_answer_with(struct asking *asking, const char *status,
                        const char *headers, const char *body);
void asking_answer(struct asking *asking, const char *status, const char *body);

/* Starts the server, the client and the asker, with so many calls. */
void asking_open_all(struct asking *asking, uint32_t calls, bool results);

/* Adds a job; its tag is its number. */
void asking_ask(struct asking *asking, unsigned number);

/* Until nothing is left to ask. */
void asking_run(struct asking *asking);

/* Ends client and server; then, when all was looked at, gives back. */
void asking_end(struct asking *asking);
void asking_finish(struct asking *asking);

/* After the end: request n begins so. */
void asking_expect(const struct asking *asking, unsigned n, const char *text);

/* The tag was reported once, so; state only with POLL_FOUND. */
void asking_expect_told(const struct asking *asking, unsigned tag,
                        enum poll_outcome outcome, int state);

#endif
