/*
 * json_grammar: checks a text against RFC 8259 and the limits of json.h.
 */
#ifndef TEMPLATES_JSON_GRAMMAR_H
#define TEMPLATES_JSON_GRAMMAR_H

#include "json.h"
#include "json_fault.h"

/*
 * Whether text is one JSON value with optional white space around it. Where
 * it is, *count is the number of its values and keys, and *start the offset
 * of the value; where not, *fault is the first fault. Takes time in
 * proportion to len and no memory.
 */
bool json_grammar_check(const char *text, size_t len, uint32_t *count,
                        size_t *start, struct json_fault *fault);

#endif
