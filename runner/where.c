#include "where.h"

#include <string.h>

int where_place(struct err *err)
{
    unsigned long long column = err->column;

    if (column == 0)
        return err->code;
    err_prefix(err, "--where: column %llu: ", column);
    err->line = 0;
    err->column = 0;
    err->code = ERR_USAGE;
    return err->code;
}

int where_compile(struct expr *expr, const char *text, struct arena *arena,
                  struct err *err)
{
    int rc = expr_compile(expr, text, strlen(text), arena, err);

    return rc < 0 ? where_place(err) : 0;
}

struct where_name *where_names(const struct expr *expr, struct arena *arena)
{
    struct where_name *names =
        arena_array(arena, expr->name_count, sizeof *names);

    for (uint32_t i = 0; names && i < expr->name_count; i++)
        nearest_begin(&names[i].search, expr->names[i].text,
                      strlen(expr->names[i].text));
    return names;
}

void where_offer(struct where_name *name, const char *known)
{
    if (strcmp(known, name->search.typed) == 0)
        name->known = true;
    if (name->known)
        return;
    nearest_offer(&name->search, known);
    if (name->search.best != known)
        return;
    memcpy(name->best, known, strlen(known) + 1);
    name->search.best = name->best;
}

int where_check(const struct expr *expr, const struct where_name *names,
                bool (*elsewhere)(const char *name), const char *what,
                struct err *err)
{
    for (uint32_t i = 0; i < expr->name_count; i++) {
        const struct expr_name *name = &expr->names[i];
        if (names[i].known)
            continue;
        if (elsewhere && elsewhere(name->text))
            err_set_at(err, ERR_USAGE, 0, expr_column(expr, name->offset),
                       "\"%s\" is known of %s only", name->text, what);
        else
            expr_unknown_name(expr, name, &names[i].search, err);
        return where_place(err);
    }
    return 0;
}
