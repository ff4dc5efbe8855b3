/*
 * entry_models: the last entries of each shape, as models for their twins.
 *
 * A manifest that spells its jobs out has mostly a few shapes, one for each
 * market or kind of job, in any order. The newest entry of each shape that
 * came lately stays compiled, and an entry that is the twin of one of them
 * (entry_twin.h) is not read again.
 *
 * A model that has twins still is not driven out. Where one goes that never had
 * any, the entries behind it are not made models for a while, twice as long
 * each time: so entries that are all different cost little more than without.
 */
#ifndef TEMPLATES_ENTRY_MODELS_H
#define TEMPLATES_ENTRY_MODELS_H

#include "entry_twin.h"

#define ENTRY_MODELS_MAX 16

struct entry_model {
    struct entry entry; /* owned, where compiled */
    struct entry_twin twin;
    bool compiled;
    bool useful;    /* it had a twin */
    uint64_t used;  /* when; the largest is the newest */
    uint32_t after; /* the model that was the next one behind it last time */
};

struct entry_models {
    struct entry_model all[ENTRY_MODELS_MAX + 1]; /* the last one is of an
                                                     entry that is no model */
    uint32_t current; /* whose entry was given out last */
    uint64_t clock;
    uint32_t misses;   /* models in a row that went without a twin */
    uint32_t patience; /* entries to go before the next model */
};

void entry_models_init(struct entry_models *models);
void entry_models_release(struct entry_models *models);

/* Gives all entries back; what follows may mean something else. */
void entry_models_clear(struct entry_models *models);

/*
 * The entry that a value's text means, line and column being where it stands,
 * or NULL where it is no twin: then it is for entry_compile. Valid until the
 * next call; owned by models.
 */
struct entry *entry_models_find(struct entry_models *models, const char *text,
                                size_t len, uint64_t line, uint64_t column);

/*
 * A place for the next entry to be compiled into; entry_compile has to follow,
 * and then entry_models_learn.
 */
struct entry *entry_models_place(struct entry_models *models);

/*
 * The place's entry was compiled from doc's top value, which stays as it is
 * during this call. clean says that nothing was told of it.
 */
void entry_models_learn(struct entry_models *models, const struct json *doc,
                        bool clean);

#endif
