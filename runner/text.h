/*
 * text: strings from elsewhere made fit for a terminal, and numbers made fit
 * for people.
 *
 * "Unsafe" is what a terminal or a reader may act on instead of showing:
 * control characters (C0, DEL, C1), line and paragraph separators, marks
 * that reorder or hide text (bidi, zero-width, tags), and bytes that are not
 * UTF-8.
 */
#ifndef RUNNER_TEXT_H
#define RUNNER_TEXT_H

#include "../templates/buf.h"

/*
 * Adds bytes with every unsafe one spelt out: \n, \t, \r, \xNN for other
 * control characters and for bytes that are not UTF-8, \u{202e} for other
 * characters. All else is added as it is.
 */
void text_visible(struct buf *out, const char *bytes, size_t len);

/* Whether text_visible would change anything. */
bool text_is_safe(const char *bytes, size_t len);

/*
 * Adds JSON text with the unsafe characters inside its strings written as
 * \uXXXX escapes, which means the same JSON. Bytes that are not UTF-8 become
 * U+FFFD.
 */
void text_json(struct buf *out, const char *json, size_t len);

/* The columns that safe text takes on a terminal (wide characters two). */
size_t text_width(const char *utf8, size_t len);

/* The bytes of text's longest beginning that fits into columns. */
size_t text_fit(const char *utf8, size_t len, size_t columns);

#define TEXT_HUMAN_MAX 32 /* bytes that a formatter may write */

/* "0.4 s", "12 s", "3 min 20 s", "2 h 05 min", "3 d 4 h". Returns out. */
const char *text_duration(uint64_t ms, char out[TEXT_HUMAN_MAX]);

/* "512 bytes", "1 byte", "1.5 KiB", "64.0 MiB". Returns out. */
const char *text_bytes(uint64_t bytes, char out[TEXT_HUMAN_MAX]);

/* "1,234,567". Returns out. */
const char *text_count(uint64_t count, char out[TEXT_HUMAN_MAX]);

#endif
