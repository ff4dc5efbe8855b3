/*
 * set: `--set NAME=VALUE` read into a parameter's JSON.
 *
 * VALUE is read as JSON first: any value of manifest.md's table of
 * parameters. Then as `a..b`: all integers from a to b, both included (b may
 * be below a: then they count down). Then as a comma list whose items read
 * as CSV cells (RFC 4180): one item is a constant, several are an axis.
 *
 * A cell that reads as a JSON number, true, false or null is that (white
 * space around it does not count), anything else is a string: `007` is one.
 * Quotes only keep commas and quotes together: `"1"` as a cell is a number.
 * What starts like a JSON list or object but is none is an error, not text,
 * as is `a..b` as one item among others: neither is ever meant as text.
 */
#ifndef TEMPLATES_SET_H
#define TEMPLATES_SET_H

#include "json.h"

#define SET_TEXT_MAX ((size_t)1 << 20) /* bytes of NAME=VALUE */

struct set {
    struct buf name; /* a valid parameter's name */
    struct buf text; /* the JSON of its value; doc's text */
    struct json doc; /* its top value is the parameter's */
};

void set_init(struct set *set);
void set_release(struct set *set);

/*
 * Reads NAME=VALUE. ERR_USAGE with a message that starts with `--set NAME: `
 * where it cannot be read, ERR_MEMORY. set can be used again after a failure.
 */
int set_parse(struct set *set, const char *argument, struct err *err);

/*
 * Adds the JSON value that a CSV cell's content means: number, true, false,
 * null or string. ERR_DATA where it is not UTF-8, or a number that a double
 * cannot hold.
 */
int set_cell(const char *text, size_t len, struct buf *out, struct err *err);

#endif
