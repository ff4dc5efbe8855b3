/*
 * replace_file: small files that are written whole, so that readers see the
 * old contents or the new ones.
 */
#ifndef RUNNER_REPLACE_FILE_H
#define RUNNER_REPLACE_FILE_H

#include "../templates/buf.h"

#define REPLACE_PATH_MAX 4096

/*
 * Writes contents beside path, syncs, and renames; mode are the permissions.
 * After a failure the old file stands. ERR_CREATE, ERR_IO.
 */
int replace_file(const char *path, const struct buf *contents, unsigned mode,
                 struct err *err);

#endif
