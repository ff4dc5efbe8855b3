#include "gzvalues_format.h"

#include <string.h>

struct format {
    const char *magic;
    size_t len;
    const char *name;
    const char *filter; /* makes JSON text of it */
};

#define BYTES(str) (str), sizeof(str) - 1

/* UTF-32's mark starts with UTF-16's, so it stands before it. */
static const struct format formats[] = {
    {BYTES("\xef\xbb\xbf"), "text with a byte order mark", "tail -c +4"},
    {BYTES("\xff\xfe\0\0"), "UTF-32 text", "iconv -f UTF-32 -t UTF-8"},
    {BYTES("\0\0\xfe\xff"), "UTF-32 text", "iconv -f UTF-32 -t UTF-8"},
    {BYTES("\xff\xfe"), "UTF-16 text", "iconv -f UTF-16 -t UTF-8"},
    {BYTES("\xfe\xff"), "UTF-16 text", "iconv -f UTF-16 -t UTF-8"},
    {BYTES("\x1f\x8b"), "a gzip file within a gzip file", "gzip -dc"},
    {BYTES("\x1f\x9d"), "a compress (.Z) file", "gzip -dc"},
    {BYTES("\x28\xb5\x2f\xfd"), "a zstd file", "zstd -dc"},
    {BYTES("\xfd"
           "7zXZ\0"),
     "an xz file", "xz -dc"},
    {BYTES("BZh"), "a bzip2 file", "bzip2 -dc"},
    {BYTES("\x04\x22\x4d\x18"), "an lz4 file", "lz4 -dc"},
    {BYTES("LZIP"), "an lzip file", "lzip -dc"},
    {BYTES("PK\x03\x04"), "a zip file", "unzip -p"},
    {BYTES("7z\xbc\xaf\x27\x1c"), "a 7z file", "7z x -so"},
};

int gzvalues_format_check(const char *text, size_t len, bool in_gzip,
                          struct err *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const struct format *format = &formats[i];

        if (len < format->len || memcmp(text, format->magic, format->len) != 0)
            continue;
        return err_set(err, ERR_DATA,
                       "expected JSON text, plain or gzip, found %s; convert "
                       "it: %s%s%s | gzip > new.jsonl.gz",
                       format->name, in_gzip ? "gzip -dc FILE | " : "",
                       format->filter, in_gzip ? "" : " FILE");
    }
    return 0;
}
