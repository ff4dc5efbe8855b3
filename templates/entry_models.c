#include "entry_models.h"

#include <string.h>

#define PLAIN      ENTRY_MODELS_MAX /* the place of what is no model */
#define MISSES_MAX 10               /* 2^10 entries without a model */
#define RECENT     1024             /* entries; a shape that comes as often */

void entry_models_init(struct entry_models *models)
{
    memset(models, 0, sizeof *models);
    for (uint32_t i = 0; i <= ENTRY_MODELS_MAX; i++)
        entry_twin_init(&models->all[i].twin);
}

static void drop(struct entry_model *model)
{
    if (model->compiled)
        entry_release(&model->entry);
    model->compiled = false;
    model->useful = false;
    entry_twin_forget(&model->twin);
}

void entry_models_clear(struct entry_models *models)
{
    for (uint32_t i = 0; i <= ENTRY_MODELS_MAX; i++)
        drop(&models->all[i]);
}

void entry_models_release(struct entry_models *models)
{
    entry_models_clear(models);
    for (uint32_t i = 0; i <= ENTRY_MODELS_MAX; i++)
        entry_twin_release(&models->all[i].twin);
}

/* The model is given out, and expected again behind the one before it. */
static struct entry *give(struct entry_models *models, uint32_t i)
{
    models->all[models->current].after = i;
    models->current = i;
    models->all[i].used = ++models->clock;
    return &models->all[i].entry;
}

/* Shapes often come by turns, so the search begins with what came next. */
struct entry *entry_models_find(struct entry_models *models, const char *text,
                                size_t len, uint64_t line, uint64_t column)
{
    uint32_t first = models->all[models->current].after;

    for (uint32_t n = 0; n < ENTRY_MODELS_MAX; n++) {
        uint32_t i = (first + n) % ENTRY_MODELS_MAX;
        struct entry_model *model = &models->all[i];
        if (!entry_twin_match(&model->twin, text, len))
            continue;
        if (!entry_twin_apply(&model->twin, &model->entry, line, column))
            return NULL;
        model->useful = true;
        return give(models, i);
    }
    return NULL;
}

/* A place without a model, else that of the model that was not used longest. */
static uint32_t stalest(const struct entry_models *models)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < ENTRY_MODELS_MAX; i++) {
        if (!models->all[i].twin.live)
            return i;
        if (models->all[i].used < models->all[found].used)
            found = i;
    }
    return found;
}

/* Whether the model has twins still, as far as that can be known. */
static bool in_use(const struct entry_models *models,
                   const struct entry_model *model)
{
    return model->useful && models->clock - model->used < RECENT;
}

/* A model goes: whether it was worth it says how soon there is another one. */
static void note_end(struct entry_models *models,
                     const struct entry_model *model)
{
    if (model->useful)
        models->misses = 0;
    else if (models->misses < MISSES_MAX)
        models->misses++;
    models->patience = (1U << models->misses) - 1;
}

/* Where the next entry goes, and whether a model goes for it. */
static uint32_t choose(struct entry_models *models)
{
    uint32_t i = stalest(models);
    const struct entry_model *model = &models->all[i];

    if (models->patience > 0) {
        models->patience--;
        return PLAIN;
    }
    if (!model->twin.live)
        return i;
    if (in_use(models, model))
        return PLAIN;
    note_end(models, model);
    return i;
}

struct entry *entry_models_place(struct entry_models *models)
{
    uint32_t i = choose(models);

    /* No more than one entry is kept for nothing, for it may be large. */
    if (!models->all[models->current].twin.live)
        drop(&models->all[models->current]);
    drop(&models->all[i]);
    models->all[i].compiled = true;
    return give(models, i);
}

void entry_models_learn(struct entry_models *models, const struct json *doc,
                        bool clean)
{
    struct entry_model *model = &models->all[models->current];

    if (models->current != PLAIN)
        entry_twin_learn(&model->twin, doc, &model->entry, clean);
}
