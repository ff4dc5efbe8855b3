/*
 * cache_file: small files in the XDG cache folder, that the program can do
 * without: $XDG_CACHE_HOME/nosbatch/KIND-HASH.json (or ~/.cache), HASH being
 * 16 hex digits of what it is about (FNV-1a, 64 bit).
 */
#ifndef RUNNER_CACHE_FILE_H
#define RUNNER_CACHE_FILE_H

#include "../templates/buf.h"

#define CACHE_FILE_PATH_MAX 4096

/* The file of a kind ("markets") about something; false: no home for it. */
bool cache_file_path(const char *kind, const char *about, char *out,
                     size_t size);

/*
 * Writes the file, making its folders, so that readers see all of it or what
 * was there before. ERR_CREATE, ERR_IO.
 */
int cache_file_write(const char *path, const struct buf *contents,
                     struct err *err);

/* Adds the file's bytes to out; false where that fails or is too much. */
bool cache_file_read(const char *path, struct buf *out);

#endif
