/* How an entry's problems are told: place in the file, id, message. */
#include "entry_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The header is read again for each entry; its problems are told once. */
static bool told_already(const struct errs *errs, const struct err *err)
{
    for (unsigned i = 0; i < errs->count; i++) {
        const struct err *other = &errs->items[i];
        if (other->line == err->line && other->column == err->column &&
            strcmp(other->message, err->message) == 0)
            return true;
    }
    return false;
}

void entry_place_in_file(const struct entry_source *source, struct err *err)
{
    err->file = source->file;
    if (!source->file || err->line == 0) {
        err->line = 0;
        err->column = 0;
        return;
    }
    if (err->line == 1 && err->column > 0 && source->column > 0)
        err->column += source->column - 1;
    if (source->line > 0)
        err->line += source->line - 1;
}

void entry_spot_shift(const struct entry *entry, struct err *err)
{
    const struct entry_source here = {
        .file = entry->file, .line = entry->line, .column = entry->column};

    entry_place_in_file(&here, err);
}

void entry_spot_set(const struct entry_spot *spot, struct err *err)
{
    err->line = spot->line;
    err->column = spot->column;
}

void entry_spot_node(const struct entry_source *source, uint32_t node,
                     struct entry_spot *spot)
{
    struct err err = ERR_INIT;

    json_err(source->doc, node, &err, ERR_DATA, "here");
    entry_place_in_file(source, &err);
    *spot = (struct entry_spot){err.line, err.column};
}

void entry_tell(struct entry_build *b, const struct entry_source *source,
                const struct err *found, const char *front)
{
    const char *id = source->shared ? NULL : b->entry->id;
    struct err err = *found;

    entry_place_in_file(source, &err);
    if (err.line == 0 && source == &b->here) {
        err.line = b->entry->line;
        err.column = b->entry->column;
    }
    err_prefix(&err, "%s%s%s", id ? id : "", id ? ": " : "", front);
    if (source->shared && told_already(b->errs, &err))
        return;
    errs_add(b->errs, &err);
}

void entry_tell_all(struct entry_build *b, const struct entry_source *source,
                    const char *front)
{
    unsigned kept_errors = 0;

    for (unsigned i = 0; i < b->found.count; i++) {
        kept_errors += b->found.items[i].code != ERR_WARNING;
        entry_tell(b, source, &b->found.items[i], front);
    }
    if (!source->shared)
        b->errs->errors += b->found.errors - kept_errors;
    errs_init(&b->found);
}

void entry_problem(struct entry_build *b, const struct entry_source *source,
                   uint32_t node, enum err_code code, const char *format, ...)
{
    char message[ERR_MESSAGE_MAX];
    struct err err = ERR_INIT;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    json_err(source->doc, node, &err, code, "%s", message);
    entry_tell(b, source, &err, "");
}

void entry_lost_text(struct entry_build *b, const struct entry_source *source,
                     uint32_t node, const struct buf *text)
{
    struct err err = ERR_INIT;
    int code = buf_error(text, "a string of the entry", &err);

    b->names_unknown = true;
    entry_problem(b, source, node, (enum err_code)code, "%s", err.message);
}

bool entry_failed(const struct entry_build *b)
{
    return b->errs->errors > b->errors_before;
}

void entry_add_point(const struct entry *entry, struct err *err)
{
    struct buf text;

    buf_init(&text, ERR_MESSAGE_MAX);
    point_describe(&entry->params, &entry->point, &text);
    if (text.len > 0) {
        size_t used = strlen(err->message);
        size_t room = sizeof err->message - used;
        int n = snprintf(err->message + used, room, " (at %s)", buf_str(&text));
        /* A cut assignment helps nobody. */
        if (n < 0 || (size_t)n >= room)
            err->message[used] = '\0';
    }
    buf_release(&text);
}

int entry_place_error(struct entry *entry, bool with_point, struct err *err)
{
    err->file = entry->file;
    if (err->line == 0) {
        err->line = entry->line;
        err->column = entry->column;
    }
    if (with_point)
        entry_add_point(entry, err);
    return err_prefix(err, "%s: ", entry->id);
}
