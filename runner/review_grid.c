#include "review_grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define TEXTS_MAX ((size_t)64 << 20)

void review_grid_init(struct review_grid *grid)
{
    memset(grid, 0, sizeof *grid);
    arena_init(&grid->arena, TEXTS_MAX);
    json_init(&grid->doc);
}

void review_grid_release(struct review_grid *grid)
{
    free(grid->cells);
    arena_release(&grid->arena);
    json_release(&grid->doc);
}

void review_grid_column(struct review_grid *grid, const char *name, bool right)
{
    grid->columns[grid->column_count++] = (struct report_column){name, right};
}

static void add(struct review_grid *grid, struct report_cell cell)
{
    void *cells = grid->cells;

    if (!ledger_brief_grow(&cells, grid->cell_count, &grid->cell_cap,
                           sizeof *grid->cells)) {
        grid->failed = ERR_MEMORY;
        return;
    }
    grid->cells = cells;
    grid->cells[grid->cell_count++] = cell;
}

void review_grid_text(struct review_grid *grid, const char *text)
{
    add(grid, report_text(text));
}

void review_grid_part(struct review_grid *grid, const char *part)
{
    struct buf text;

    if (strcmp(part, "null") == 0) {
        add(grid, report_none());
        return;
    }
    buf_init(&text, TEXTS_MAX);
    review_part_text(&grid->doc, part, &text);
    char *copy = arena_copy(&grid->arena, buf_str(&text), text.len);
    if (text.failed || !copy)
        grid->failed = ERR_MEMORY;
    add(grid, copy ? report_bytes(copy, text.len) : report_none());
    buf_release(&text);
}

void review_grid_count(struct review_grid *grid, uint64_t count, bool known)
{
    add(grid, known ? report_integer((int64_t)count) : report_none());
}

void review_grid_money(struct review_grid *grid, int64_t nano, bool known)
{
    add(grid, known ? report_money(nano) : report_none());
}

/* A text cell of formatted text. */
static void add_copy(struct review_grid *grid, const char *text, size_t len)
{
    const char *copy = arena_copy(&grid->arena, text, len);

    add(grid, copy ? report_bytes(copy, len) : report_none());
}

void review_grid_failed(struct review_grid *grid, uint64_t count, int64_t nano,
                        int64_t largest)
{
    unsigned places = review_shown_places(review_places(largest), largest);
    char money[MONEY_TEXT_MAX], number[TEXT_HUMAN_MAX];
    char text[MONEY_TEXT_MAX + TEXT_HUMAN_MAX + 8];

    if (count == 0) {
        add(grid, report_none());
        return;
    }
    review_dollars(review_rounded(nano, places), places, money);
    int len = snprintf(text, sizeof text, "%s · %s", text_count(count, number),
                       money);
    add_copy(grid, text, (size_t)len);
}

void review_grid_counts(struct review_grid *grid, uint64_t was, bool has_was,
                        uint64_t now, bool has_now)
{
    char left[TEXT_HUMAN_MAX], right[TEXT_HUMAN_MAX];
    char text[2 * TEXT_HUMAN_MAX + 8];

    int len = snprintf(text, sizeof text, "%s → %s",
                       has_was ? text_count(was, left) : "-",
                       has_now ? text_count(now, right) : "-");
    add_copy(grid, text, (size_t)len);
}

/* A column's amounts get the places that one of them needs. */
static void align(struct review_grid *grid, size_t column)
{
    char text[MONEY_TEXT_MAX];
    unsigned places = 2;
    int64_t largest = 0;

    for (size_t i = column; i < grid->cell_count; i += grid->column_count) {
        int64_t nano = grid->cells[i].number;
        if (grid->cells[i].kind != REPORT_MONEY)
            continue;
        places = review_places(nano) > places ? review_places(nano) : places;
        nano = nano < 0 ? -nano : nano;
        largest = nano > largest ? nano : largest;
    }
    places = review_shown_places(places, largest);
    for (size_t i = column; i < grid->cell_count; i += grid->column_count) {
        if (grid->cells[i].kind != REPORT_MONEY)
            continue;
        size_t len = review_dollars(
            review_rounded(grid->cells[i].number, places), places, text);
        const char *copy = arena_copy(&grid->arena, text, len);
        grid->cells[i] = copy ? report_bytes(copy, len) : report_none();
    }
}

int review_grid_print(struct review_grid *grid,
                      const struct review_print *print, struct err *err)
{
    struct report_options options = {.format = OPT_TABLE,
                                     .terminal = print->app->out_terminal,
                                     .width = print->app->out_width};
    struct report report;

    for (size_t c = 0; c < grid->column_count; c++)
        align(grid, c);
    if (grid->failed || grid->arena.failed)
        return err_set(err, ERR_MEMORY, "out of memory for a table");
    int rc = report_begin(&report, print->app->out, &options, grid->columns,
                          grid->column_count, err);
    for (size_t i = 0; rc == 0 && i < grid->cell_count; i += grid->column_count)
        rc = report_row(&report, grid->cells + i, err);
    if (rc == 0)
        rc = report_end(&report, err);
    report_release(&report);
    return rc;
}
