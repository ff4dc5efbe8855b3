/*
 * rows_file: the file of --rows as the JSON list that `rows` of an entry is.
 *
 * What the content says decides, never the file's name: text that starts
 * with "{" or "[" is JSON (objects, one a line or otherwise separated by
 * white space, or one list of them), anything else is CSV with a header line
 * (see templates/csv.h). A CSV cell becomes what set_cell makes of it. The
 * file may be gzip-compressed.
 */
#ifndef RUNNER_ROWS_FILE_H
#define RUNNER_ROWS_FILE_H

#include "../templates/json.h"

/*
 * Adds the list of the file at path ("-": standard input) to out: objects
 * whose members' names may be parameters', each once a row. ERR_INPUT where
 * it cannot be read; ERR_DATA, ERR_LIMIT with err's file, line and column;
 * ERR_MEMORY. path is borrowed as long as err is used.
 */
int rows_file_read(const char *path, struct buf *out, struct err *err);

/* The same for a text in memory, without a file in err. */
int rows_file_parse(const char *text, size_t len, struct buf *out,
                    struct err *err);

#endif
