/*
 * secret: an API key or token, read once and wiped when it goes.
 *
 * A secret never reaches an argument list, a message, the ledger or a log;
 * only http_call_header sees its text.
 */
#ifndef RUNNER_SECRET_H
#define RUNNER_SECRET_H

#include "../templates/cid.h"

#define SECRET_MAX             4096 /* bytes */
#define SECRET_FINGERPRINT_MAX 17   /* 16 hex digits and the NUL */

struct secret {
    char *text; /* owned; NULL where there is none */
};

/*
 * Reads the secret from file where it is not NULL, else from the environment
 * variable env. White space around it is dropped. A file must be a regular
 * one that only its owner can read (ERR_ACCESS with the chmod to type; one in
 * $CREDENTIALS_DIRECTORY also its group, see systemd.exec(5)), and hold one
 * line. Where neither is there, text is NULL and 0 is returned.
 */
int secret_read(struct secret *secret, const char *env, const char *file,
                struct err *err);
void secret_release(struct secret *secret);

/*
 * First 8 bytes of its SHA-256 in hex: tells two accounts' keys apart in a
 * ledger without telling the key. "" where there is no secret.
 */
void secret_fingerprint(const struct secret *secret, struct hasher *hasher,
                        char out[SECRET_FINGERPRINT_MAX]);

#endif
