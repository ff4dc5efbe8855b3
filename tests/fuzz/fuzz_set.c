/* --set: what is read is JSON, which read as --set again is the same. */
#include <string.h>

#include "../../templates/params.h"
#include "../../templates/set.h"
#include "fuzz.h"

static void check_again(const struct set *set)
{
    struct err err = ERR_INIT;
    struct buf argument;
    struct set again;

    set_init(&again);
    buf_init(&argument, 8 * SET_TEXT_MAX);
    buf_addf(&argument, "%s=%s", buf_str(&set->name), buf_str(&set->text));
    if (argument.len <= SET_TEXT_MAX) {
        FUZZ_HOLDS(set_parse(&again, buf_str(&argument), &err) == 0);
        FUZZ_HOLDS(again.text.len == set->text.len &&
                   memcmp(again.text.data, set->text.data, set->text.len) == 0);
    }
    buf_release(&argument);
    set_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct json doc;
    struct set set;
    char *argument = malloc(size + 1);

    FUZZ_HOLDS(argument != NULL);
    if (size > 0)
        memcpy(argument, data, size);
    argument[size] = '\0';
    set_init(&set);
    json_init(&doc);
    if (set_parse(&set, argument, &err) == 0) {
        FUZZ_HOLDS(params_name_valid(buf_str(&set.name), set.name.len));
        FUZZ_HOLDS(json_parse(&doc, buf_str(&set.text), set.text.len, &err) ==
                   0);
        FUZZ_HOLDS(set.doc.count == doc.count);
        check_again(&set);
    } else {
        FUZZ_HOLDS(err.code < 0 && strncmp(err.message, "--set", 5) == 0);
    }
    json_release(&doc);
    set_release(&set);
    free(argument);
    return 0;
}
