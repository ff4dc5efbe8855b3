/*
 * json-check [-w] FILE: whether the strict JSON reader accepts a file.
 *
 * Exit status 0 where it does, 1 where it does not (the error goes to
 * standard error as FILE:line:column: message), 2 for a wrong command line
 * and for files that cannot be read or written. -w also writes the text to
 * standard output as JSON.stringify(JSON.parse(text)) would, without a
 * newline. For test suites, fuzzers and differential tests.
 */
#include <stdio.h>
#include <string.h>

#include "../../templates/json.h"

/* One over the reader's limit, so that the reader itself says so. */
#define FILE_MAX (JSON_TEXT_MAX + 1)

/* A number can grow to 21 digits, a comma standing behind each of them. */
#define OUTPUT_MAX ((size_t)1 << 30)

#define READ_BYTES 65536

enum {
    ACCEPTED = 0,
    REJECTED = 1,
    TROUBLE = 2
};

static void print_error(const struct err *err)
{
    char line[ERR_MESSAGE_MAX + 256];

    err_format(err, line, sizeof line);
    fprintf(stderr, "%s\n", line);
}

static bool read_all(FILE *file, struct buf *text)
{
    size_t n = 1;

    while (n > 0 && text->len < FILE_MAX) {
        size_t left = FILE_MAX - text->len;
        size_t want = left < READ_BYTES ? left : READ_BYTES;
        char *room = buf_room(text, want);
        if (!room)
            return false;
        n = fread(room, 1, want, file);
        buf_grown(text, n);
    }
    return !ferror(file);
}

static int read_file(const char *path, struct buf *text)
{
    FILE *file = fopen(path, "rb");

    if (!file) {
        perror(path);
        return TROUBLE;
    }
    bool complete = read_all(file, text);
    if (!complete)
        fprintf(stderr, "%s: cannot be read to its end\n", path);
    fclose(file);
    return complete ? ACCEPTED : TROUBLE;
}

static int write_canonical(const struct json *doc, const char *path)
{
    struct buf out;
    struct err err = ERR_INIT;
    int status = ACCEPTED;

    buf_init(&out, OUTPUT_MAX);
    json_write(doc, 0, &out);
    if (buf_error(&out, path, &err) < 0) {
        print_error(&err);
        status = TROUBLE;
    } else if (fwrite(out.data, 1, out.len, stdout) != out.len ||
               fflush(stdout) != 0) {
        perror("standard output");
        status = TROUBLE;
    }
    buf_release(&out);
    return status;
}

static int check(const char *path, const struct buf *text, bool write)
{
    struct json doc;
    struct err err = ERR_INIT;
    int status = ACCEPTED;

    json_init(&doc);
    if (json_parse(&doc, text->data, text->len, &err) < 0) {
        err.file = path;
        print_error(&err);
        status = err.code == ERR_MEMORY ? TROUBLE : REJECTED;
    } else if (write)
        status = write_canonical(&doc, path);
    json_release(&doc);
    return status;
}

int main(int argc, char **argv)
{
    bool write = argc == 3 && strcmp(argv[1], "-w") == 0;
    const char *path = argv[argc - 1];
    struct buf text;

    if (!write && argc != 2) {
        fprintf(stderr, "usage: json-check [-w] FILE\n");
        return TROUBLE;
    }
    buf_init(&text, FILE_MAX);
    int status = read_file(path, &text);
    if (status == ACCEPTED)
        status = check(path, &text, write);
    buf_release(&text);
    return status;
}
