/*
 * http_loop: libcurl's sockets and its timer, on epoll. For http's own files
 * only.
 *
 * curl_multi_perform asks the kernel about every transfer in each turn; here
 * only those are touched whose sockets have something to say. A connection is
 * registered once: between two of its requests libcurl takes its wish back,
 * the registration stays, and what an idle connection then says (its end) is
 * the reason to take it out.
 */
#ifndef RUNNER_HTTP_LOOP_H
#define RUNNER_HTTP_LOOP_H

#include "http_call.h"

struct http_loop;

/*
 * Makes http->loop for http->multi, and listens to the pipe of http_wake.
 * ERR_MEMORY, ERR_INTERNAL.
 */
int http_loop_init(struct http *http, struct err *err);

/* After curl_multi_cleanup, which closes the connections. NULL is nothing. */
void http_loop_release(struct http_loop *loop);

/* The call's connections are made and closed where the loop sees it. */
void http_loop_adopt(struct http_call *call);

/*
 * Lets libcurl do what its timer has come for; a request that was started
 * begins here.
 */
void http_loop_timer(struct http *http);

/*
 * Waits at most so many milliseconds for a socket, for the timer or for
 * http_wake, and lets libcurl work on what came.
 */
void http_loop_turn(struct http *http, int wait_ms);

#endif
