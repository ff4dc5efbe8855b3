/*
 * jobinfo: what the service says of one job, read from its JSON.
 *
 * The same object comes from GET /jobs/{address}, from POST /jobs/batch and
 * from GET /jobs (published API schema; see tests/sandbox for a service that
 * speaks it). Everything but the address and the state may be missing or
 * null. Nothing in it is trusted: an address that is none, a CID that is
 * none, a time that cannot be are taken as missing.
 */
#ifndef RUNNER_JOBINFO_H
#define RUNNER_JOBINFO_H

#include "../templates/base58.h"
#include "../templates/cid.h"
#include "../templates/json.h"

#define JOBINFO_WORD_MAX 33  /* of a job status: 32 bytes and the NUL */
#define JOBINFO_TEXT_MAX 129 /* of a result: 128 bytes and the NUL */

enum jobinfo_state {
    JOBINFO_QUEUED,
    JOBINFO_RUNNING,
    JOBINFO_COMPLETED,
    JOBINFO_STOPPED
};
#define JOBINFO_STATES 4

/* Texts are "" and times 0 where the service says nothing. */
struct jobinfo {
    char address[BASE58_ADDRESS_MAX]; /* never "" */
    uint8_t bytes[BASE58_ADDRESS_LEN];
    enum jobinfo_state state;
    char job_status[JOBINFO_WORD_MAX]; /* "success", "failed", "stopped"… */
    int64_t listed_s, start_s, end_s;  /* since 1970 */
    int64_t timeout_s;
    bool has_reward;
    int64_t reward_nano; /* usdRewardPerHour, of the node: without the fee */
    char cid[CID_TEXT_MAX];
    char result[JOBINFO_TEXT_MAX]; /* ipfsResult */
    char market[BASE58_ADDRESS_MAX];
    char node[BASE58_ADDRESS_MAX];
    char payer[BASE58_ADDRESS_MAX];
    char project[BASE58_ADDRESS_MAX];
};

/*
 * Reads one object. expected is the address asked for, where the object may
 * leave its own out, or NULL. False where it is no object, has no address
 * that is one (or another than expected), or no state that is known.
 */
bool jobinfo_read(struct jobinfo *out, const struct json *doc, uint32_t node,
                  const uint8_t expected[BASE58_ADDRESS_LEN]);

/* The node of a list of such objects: the top, or its member "jobs"; false
   where there is none. */
bool jobinfo_list(const struct json *doc, uint32_t *list);

/* Whether it runs no more: completed or stopped. */
bool jobinfo_ended(const struct jobinfo *info);

/*
 * Whether nothing more will be said of it but its result: stopped, or
 * completed and its job status, which may come later, is there.
 */
bool jobinfo_final(const struct jobinfo *info);

/* Whether it has ended well. */
bool jobinfo_succeeded(int state, const char *job_status);

/*
 * min(end - start, timeout) / 3600 × the reward of an hour, rounded up to a
 * nano-dollar; 0 for a job that was stopped before it started. -1 where it
 * has not ended or something of it is unknown.
 */
int64_t jobinfo_final_nano(const struct jobinfo *info);

/* "queued", "running", "completed", "stopped"; "?" for another number. */
const char *jobinfo_state_name(int state);

#endif
