/*
 * entry_twin: entries that repeat an earlier one but for free text.
 *
 * A sweep that is spelled out is a million lines of one shape: the id, a
 * command, an environment differ, every other byte is the same. Such a line
 * needs no reading: its bytes are compared with those of an entry that was
 * compiled, the model, and what differs is a plain string in a place where
 * every check of that entry takes any plain string. So it compiles to the
 * model with other text, and to no problem.
 *
 * A line is a twin only if nothing could be said of it:
 *   - the model is a whole entry of one point, without parameters,
 *     placeholders, `where`, `name`, key, CID and index, and there was neither
 *     an error nor a warning;
 *   - all bytes but those between the quotes of some strings are the model's.
 *     These strings are the id, and strings of the definition that the schema
 *     takes whatever they say (entry_place, but nothing within "global");
 *   - such a string is valid JSON without escapes, holds neither "${" nor
 *     "%%" (the beginnings of placeholders and of a host's literals), and the
 *     id's may be an id;
 *   - the model's text is at most ENTRY_TWIN_TEXT_MAX bytes, and the
 *     definition is not too long.
 * Anything else is for entry_compile, so that every message comes from there.
 */
#ifndef TEMPLATES_ENTRY_TWIN_H
#define TEMPLATES_ENTRY_TWIN_H

#include "entry.h"

#define ENTRY_TWIN_TEXT_MAX ((size_t)64 << 10) /* longer ones are rare */

struct entry_twin_part;

struct entry_twin {
    bool live;                     /* there is a model */
    struct buf text;               /* the model's; owned */
    struct buf literal;            /* its definition as rendered; owned */
    struct entry_twin_part *parts; /* owned */
    uint32_t count, cap;
    uint32_t text_tail, literal_tail; /* what is behind the last part */
    struct buf definition;            /* the twin's; owned */
    char id[ENTRY_ID_MAX + 1];        /* likewise */
};

void entry_twin_init(struct entry_twin *twin);
void entry_twin_release(struct entry_twin *twin);

/*
 * An entry was compiled from doc's top value: it is the model from now on, or
 * there is none, as where it is not fit. clean says that nothing was told of
 * it. The entry has to stay as it is for as long as it is the model.
 */
void entry_twin_learn(struct entry_twin *twin, const struct json *doc,
                      const struct entry *entry, bool clean);

/* There is no model any more. */
void entry_twin_forget(struct entry_twin *twin);

/*
 * Whether a value's text is a twin of the model, whose id is then twin->id.
 * entry_twin_apply then makes the model's entry the twin's; line and column are
 * where that stands. Where either returns false the text is for entry_compile.
 */
bool entry_twin_match(struct entry_twin *twin, const char *text, size_t len);
bool entry_twin_apply(struct entry_twin *twin, struct entry *entry,
                      uint64_t line, uint64_t column);

#endif
