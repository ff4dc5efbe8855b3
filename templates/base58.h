/*
 * base58: Bitcoin's alphabet, by limbs of 58^5.
 * Alphabet: 123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz.
 */
#ifndef TEMPLATES_BASE58_H
#define TEMPLATES_BASE58_H

#include "err.h"

#define BASE58_INPUT_MAX   64 /* bytes that may be encoded or decoded to */
#define BASE58_TEXT_MAX    96 /* characters that those take, NUL included */
#define BASE58_ADDRESS_LEN 32 /* bytes of an address on Solana */
#define BASE58_ADDRESS_MAX 45 /* characters of one, NUL included */

/* Encodes len <= BASE58_INPUT_MAX bytes; returns the text's length. */
size_t base58_encode(const uint8_t *bytes, size_t len,
                     char out[BASE58_TEXT_MAX]);

/*
 * Decodes text of len characters into exactly size bytes. Returns false
 * where a character is not of the alphabet or the value has another size.
 */
bool base58_decode(const char *text, size_t len, uint8_t *out, size_t size);

/* base58_decode for an address of 32 bytes. */
bool base58_address(const char *text, size_t len,
                    uint8_t out[BASE58_ADDRESS_LEN]);

#endif
