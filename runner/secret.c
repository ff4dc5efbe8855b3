#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Keeps text of len bytes without the white space around it. */
static int keep(struct secret *secret, const char *text, size_t len,
                const char *from, struct err *err)
{
    while (len > 0 && is_space(text[0])) {
        text++;
        len--;
    }
    while (len > 0 && is_space(text[len - 1]))
        len--;
    if (len == 0)
        return err_set(err, ERR_ACCESS, "%s is empty", from);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= 0x20 || (unsigned char)text[i] >= 0x7f)
            return err_set(err, ERR_ACCESS,
                           "%s holds something else than one key: expected "
                           "one line of visible ASCII characters",
                           from);
    secret->text = malloc(len + 1);
    if (!secret->text)
        return err_set(err, ERR_MEMORY, "out of memory for %s", from);
    memcpy(secret->text, text, len);
    secret->text[len] = '\0';
    return 0;
}

/*
 * systemd hands credentials out (LoadCredential=) in a folder that only the
 * service can enter. Where it lets the service's user in by an access list,
 * the list's mask shows as the group's right to read, though no group has it.
 */
static bool is_credential(const char *file)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t len = folder ? strlen(folder) : 0;

    return len > 0 && folder[0] == '/' && strncmp(file, folder, len) == 0 &&
           file[len] == '/' && !strchr(file + len + 1, '/');
}

static int check_file(int fd, const char *file, struct err *err)
{
    unsigned others = S_IRWXG | S_IRWXO;
    struct stat st;

    if (is_credential(file))
        others &= ~(unsigned)S_IRGRP;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, ERR_ACCESS, errno, "cannot read %s", file);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_ACCESS, "%s is not a regular file", file);
    if (st.st_mode & others)
        return err_set(err, ERR_ACCESS,
                       "%s can be read by others than its owner; type: "
                       "chmod 600 %s",
                       file, file);
    return 0;
}

static int read_file(struct secret *secret, const char *file, struct err *err)
{
    char text[SECRET_MAX + 1];
    size_t len = 0;
    ssize_t n = 0;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_set_errno(err, ERR_ACCESS, errno, "cannot read %s", file);
    int rc = check_file(fd, file, err);
    while (rc == 0 && len < sizeof text) {
        n = read(fd, text + len, sizeof text - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    if (rc == 0 && n < 0)
        rc = err_set_errno(err, ERR_ACCESS, errno, "cannot read %s", file);
    else if (rc == 0 && len > SECRET_MAX)
        rc = err_set(err, ERR_ACCESS, "%s is over %d bytes, which is no key",
                     file, SECRET_MAX);
    if (rc == 0)
        rc = keep(secret, text, len, file, err);
    OPENSSL_cleanse(text, sizeof text);
    close(fd);
    return rc;
}

int secret_read(struct secret *secret, const char *env, const char *file,
                struct err *err)
{
    secret->text = NULL;
    if (file)
        return read_file(secret, file, err);
    const char *text = getenv(env);
    if (!text || text[0] == '\0')
        return 0;
    size_t len = strlen(text);
    if (len > SECRET_MAX)
        return err_set(err, ERR_ACCESS, "%s is over %d bytes, which is no key",
                       env, SECRET_MAX);
    return keep(secret, text, len, env, err);
}

void secret_release(struct secret *secret)
{
    if (secret->text)
        OPENSSL_cleanse(secret->text, strlen(secret->text));
    free(secret->text);
    secret->text = NULL;
}

void secret_fingerprint(const struct secret *secret, struct hasher *hasher,
                        char out[SECRET_FINGERPRINT_MAX])
{
    uint8_t digest[CID_DIGEST_LEN];

    out[0] = '\0';
    if (!secret->text)
        return;
    hasher_begin(hasher);
    hasher_add(hasher, secret->text, strlen(secret->text));
    hasher_end(hasher, digest);
    for (int i = 0; i < 8; i++)
        snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
}
