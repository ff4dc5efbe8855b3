#include "json_help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

int json_help_read(struct json *doc, const char *bytes, size_t len, char **copy,
                   struct err *err)
{
    *copy = malloc(len > 0 ? len : 1);
    assert_non_null(*copy);
    memcpy(*copy, bytes, len);
    return json_parse(doc, *copy, len, err);
}

void json_help_show(const struct json_text *text)
{
    for (size_t i = 0; i < text->len && i < 100; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        print_message(c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
    }
    print_message("\n");
}
