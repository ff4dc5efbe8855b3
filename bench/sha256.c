/*
 * bench-sha256 COUNT [BYTES]: the yardstick of plan: COUNT SHA-256 of BYTES
 * (400) one after the other, by a digest that is fetched once and a context
 * that is used again.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 65536

int main(int argc, char **argv)
{
    static unsigned char content[BYTES_MAX];
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    size_t len = argc > 2 ? strtoul(argv[2], NULL, 10) : 400;
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (argc < 2 || len < sizeof count || len > BYTES_MAX) {
        fprintf(stderr, "usage: bench-sha256 COUNT [BYTES]\n");
        return 64;
    }
    if (!sha256 || !context)
        return 70;
    memset(content, 'x', sizeof content);
    for (unsigned long i = 0; i < count; i++) {
        memcpy(content, &i, sizeof i);
        if (EVP_DigestInit_ex2(context, sha256, NULL) != 1 ||
            EVP_DigestUpdate(context, content, len) != 1 ||
            EVP_DigestFinal_ex(context, digest, NULL) != 1)
            return 70;
    }
    /* Whoever reads it: nothing above may be left out. */
    printf("%02x\n", digest[0]);
    EVP_MD_CTX_free(context);
    EVP_MD_free(sha256);
    return 0;
}
