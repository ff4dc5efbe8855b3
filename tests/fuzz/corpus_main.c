/*
 * Runs one fuzz target on files: corpus_main FOLDER… Every file of a folder
 * is an input, and so is each of its beginnings of up to CUTS_MAX bytes: what
 * a text is cut to is where readers run over. Prints the number of inputs.
 */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"

#define PATH_BYTES  4096
#define INPUT_BYTES 65536
#define CUTS_MAX    512

/* A copy of exactly these bytes, so that reading on is noticed. */
static void run_bytes(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    FUZZ_HOLDS(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static unsigned run_file(const char *path)
{
    static uint8_t bytes[INPUT_BYTES];
    FILE *file = fopen(path, "rb");
    size_t cuts;

    FUZZ_HOLDS(file != NULL);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    FUZZ_HOLDS(!ferror(file) && feof(file));
    fclose(file);
    cuts = len < CUTS_MAX ? len : CUTS_MAX;
    for (size_t i = 0; i < cuts; i++)
        run_bytes(bytes, i);
    run_bytes(bytes, len);
    return (unsigned)cuts + 1;
}

static unsigned run_folder(const char *path)
{
    char name[PATH_BYTES];
    struct dirent *entry;
    unsigned inputs = 0;
    DIR *folder = opendir(path);

    if (!folder) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        FUZZ_HOLDS(len > 0 && (size_t)len < sizeof name);
        inputs += run_file(name);
    }
    closedir(folder);
    return inputs;
}

int main(int argc, char **argv)
{
    unsigned inputs = 0;

    for (int i = 1; i < argc; i++)
        inputs += run_folder(argv[i]);
    printf("%u inputs\n", inputs);
    return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
