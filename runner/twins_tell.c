#include "twins_tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void describe_point(const struct entry *entry, struct twins_shown *shown)
{
    struct buf text;

    buf_init(&text, ERR_MESSAGE_MAX);
    point_describe(&entry->params, &entry->point, &text);
    int len =
        snprintf(shown->point, sizeof shown->point, " (at %s)", buf_str(&text));
    /* A cut assignment helps nobody. */
    if (text.len == 0 || len < 0 || (size_t)len >= sizeof shown->point)
        shown->point[0] = '\0';
    buf_release(&text);
}

void twins_shown_take(struct twins_shown *shown, const struct entry *entry,
                      const struct job *job, uint64_t key)
{
    shown->found = true;
    shown->key = key;
    snprintf(shown->name, sizeof shown->name, "%s", buf_str(&job->name));
    memcpy(shown->id, entry->id, strlen(entry->id) + 1);
    describe_point(entry, shown);
    shown->default_name = !entry->has_name;
    shown->place = (struct err)ERR_INIT;
    shown->place.file = entry->file;
    shown->place.line = entry->line;
    shown->place.column = entry->column;
    shown->name_spot = entry->name_spot;
}

static void add(struct errs *errs, const struct twins_shown *shown,
                enum err_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add(struct errs *errs, const struct twins_shown *shown,
                enum err_code code, const char *format, ...)
{
    char message[ERR_MESSAGE_MAX];
    struct err err = ERR_INIT;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    err_set_at(&err, code, shown->place.line, shown->place.column, "%s",
               message);
    err.file = shown->place.file;
    err_prefix(&err, "%s: ", shown->id);
    errs_add(errs, &err);
}

void twins_tell_name(const struct twins_shown *a, const struct twins_shown *b,
                     struct errs *errs)
{
    struct twins_shown at = *b;

    if (b->name_spot.line > 0) {
        at.place.line = b->name_spot.line;
        at.place.column = b->name_spot.column;
    }
    if (strcmp(a->id, b->id) != 0 || (!a->point[0] && !b->point[0]))
        add(errs, &at, ERR_DATA,
            "\"%s\"%s is the name of a different job of \"%s\"%s, too: give "
            "one of the entries another id or name",
            b->name, b->point, a->id, a->point);
    else
        add(errs, &at, ERR_DATA,
            "%stwo different jobs would be called \"%s\", one%s and one%s: %s",
            b->default_name ? "" : "$.name: ", b->name, a->point, b->point,
            b->default_name ? "give the entry a `name` that tells them apart"
                            : "let the name show in full what differs");
}

void twins_tell_same(const struct twins_shown *a, const struct twins_shown *b,
                     struct errs *errs)
{
    if (strcmp(a->name, b->name) == 0)
        add(errs, b, ERR_WARNING,
            "\"%s\" stands more than once: it is one job, posted once",
            b->name);
    else
        add(errs, b, ERR_WARNING,
            "\"%s\" is the same job as \"%s\": it is posted once", b->name,
            a->name);
}
