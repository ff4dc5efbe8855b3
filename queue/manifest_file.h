/*
 * manifest_file: a manifest's bytes as a descriptor that can be read twice.
 *
 * A regular file is opened as it is. Whatever cannot be read from its start
 * again (standard input, a FIFO, a device) is first copied to an unlinked
 * file of mode 0600 in TMPDIR, or /tmp.
 */
#ifndef QUEUE_MANIFEST_FILE_H
#define QUEUE_MANIFEST_FILE_H

#include "../templates/err.h"

#define MANIFEST_FILE_STEM_MAX 65 /* 64 characters and the NUL */

/*
 * Opens path ("-": standard input). *fd is the caller's to close; *bytes is
 * the file's size now, or UINT64_MAX where only reading tells. ERR_INPUT,
 * ERR_CREATE, ERR_IO, ERR_MEMORY.
 */
int manifest_file_open(const char *path, int *fd, uint64_t *bytes,
                       struct err *err);

/*
 * A new file of mode 0600 without a name, in TMPDIR or /tmp, for *fd, which
 * is the caller's to close. ERR_CREATE, ERR_MEMORY.
 */
int manifest_file_unnamed(int *fd, struct err *err);

/*
 * The id of a plain job definition in the file path: its name without
 * folders, .gz, .jsonl and .json; a character that no id may have becomes
 * '-'. "-" gives "stdin".
 */
void manifest_file_stem(const char *path, char stem[MANIFEST_FILE_STEM_MAX]);

#endif
