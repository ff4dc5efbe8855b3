/*
 * The index and the sets beside it: memory for each job, finding, growth.
 */
#include "../../queue/ledger_index.h"
#include "../../queue/ledger_marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JOBS 1000000U

static const struct ledger_seed seed = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static uint64_t mix(uint64_t x)
{
    x = (x + 0x9e3779b97f4a7c15U) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

static void make_key(uint32_t n, uint8_t key[KEY_LEN])
{
    uint64_t halves[2] = {mix(n), mix(~(uint64_t)n)};

    memcpy(key, halves, KEY_LEN);
}

/* The function's published test vectors: input 00, 00 01, … of each length. */
static void the_hash_is_siphash_2_4(void **state)
{
    static const uint64_t vectors[] = {
        0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
        0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
        0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462};
    uint8_t bytes[16];

    (void)state;
    for (unsigned i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        bytes[i] = (uint8_t)i;
        assert_int_equal(ledger_hash(&seed, bytes, i), vectors[i]);
    }
}

static struct ledger_entry make_entry(uint32_t n)
{
    return (struct ledger_entry){
        .offset = (uint64_t)n * 1000 % LEDGER_OFFSET_MAX,
        .gen = n % (LEDGER_GEN_MAX + 1),
        .epoch = n % (LEDGER_EPOCH_MAX + 1),
        .state = (enum ledger_state)(n % LEDGER_STATES),
        .twin = n % 2,
    };
}

static void a_million_jobs_are_found_within_40_bytes_each(void **state)
{
    struct ledger_index index;
    struct ledger_addresses addresses = {0};
    struct ledger_entry entry;
    struct err err = ERR_INIT;
    uint8_t key[KEY_LEN];
    uint32_t number;
    uint64_t worst = 0;

    (void)state;
    ledger_index_init(&index, seed);
    for (uint32_t n = 0; n < JOBS; n++) {
        entry = make_entry(n);
        make_key(n, key);
        assert_int_equal(ledger_index_add(&index, key, (uint32_t)mix(n + 7),
                                          &entry, &number, &err),
                         0);
        assert_int_equal(number, n);
        assert_int_equal(ledger_addresses_add(&addresses, mix(n + 99)), 0);
        uint64_t bytes =
            ledger_index_bytes(&index) + ledger_addresses_bytes(&addresses);
        if (n > 100000 && bytes * 1000 / (n + 1) > worst)
            worst = bytes * 1000 / (n + 1);
    }
    print_message("bytes a job: %.1f for the index, %.1f with addresses, "
                  "at the worst moment %.1f\n",
                  (double)ledger_index_bytes(&index) / JOBS,
                  (double)(ledger_index_bytes(&index) +
                           ledger_addresses_bytes(&addresses)) /
                      JOBS,
                  (double)worst / 1000);
    assert_true(worst <= 40000);
    for (uint32_t n = 0; n < JOBS; n += 97) {
        uint64_t cursor = 0;
        make_key(n, key);
        assert_int_equal(ledger_index_key(&index, key, &cursor), n);
        assert_int_equal(ledger_index_key(&index, key, &cursor), LEDGER_NO_JOB);
        struct ledger_entry expected = make_entry(n);
        ledger_index_get(&index, n, &entry);
        assert_int_equal(entry.offset, expected.offset);
        assert_int_equal(entry.gen, expected.gen);
        assert_int_equal(entry.epoch, expected.epoch);
        assert_int_equal(entry.state, expected.state);
        assert_int_equal(entry.twin, expected.twin);
        assert_true(ledger_addresses_has(&addresses, mix(n + 99)));
        cursor = 0;
        make_key(n + JOBS, key);
        assert_int_equal(ledger_index_key(&index, key, &cursor), LEDGER_NO_JOB);
    }
    ledger_index_release(&index);
    ledger_addresses_release(&addresses);
}

static void the_largest_values_fit(void **state)
{
    struct ledger_index index;
    struct ledger_entry entry = {.offset = LEDGER_OFFSET_MAX,
                                 .gen = LEDGER_GEN_MAX,
                                 .epoch = LEDGER_EPOCH_MAX,
                                 .state = LEDGER_LOST_MISMATCH,
                                 .twin = true};
    struct ledger_entry found;
    struct err err = ERR_INIT;
    uint8_t key[KEY_LEN] = {0};
    uint32_t number;

    (void)state;
    ledger_index_init(&index, seed);
    assert_int_equal(ledger_index_add(&index, key, 0, &entry, &number, &err),
                     0);
    ledger_index_get(&index, number, &found);
    assert_int_equal(found.offset, entry.offset);
    assert_int_equal(found.gen, entry.gen);
    assert_int_equal(found.epoch, entry.epoch);
    assert_int_equal(found.state, entry.state);
    assert_true(found.twin);
    ledger_index_release(&index);
}

static void all_jobs_of_a_name_are_found(void **state)
{
    struct ledger_index index;
    struct ledger_entry entry = {0};
    struct err err = ERR_INIT;
    uint8_t key[KEY_LEN];
    uint32_t number;

    (void)state;
    ledger_index_init(&index, seed);
    for (uint32_t n = 0; n < 3000; n++) {
        make_key(n, key);
        assert_int_equal(ledger_index_add(&index, key, (uint32_t)mix(n % 1000),
                                          &entry, &number, &err),
                         0);
    }
    for (uint32_t name = 0; name < 1000; name++) {
        uint64_t cursor = 0;
        unsigned count = 0;
        while ((number = ledger_index_name(&index, (uint32_t)mix(name),
                                           &cursor)) != LEDGER_NO_JOB) {
            assert_int_equal(number % 1000, name);
            count++;
        }
        assert_int_equal(count, 3);
    }
    assert_int_equal(ledger_index_rename(&index, 5, 12345, &err), 0);
    uint64_t cursor = 0;
    assert_int_equal(ledger_index_name(&index, 12345, &cursor), 5);
    ledger_index_release(&index);
}

static void addresses_hit_for_no_reason_once_in_a_million(void **state)
{
    struct ledger_addresses set = {0};
    unsigned hits = 0;

    (void)state;
    for (uint64_t n = 0; n < 200000; n++)
        assert_int_equal(ledger_addresses_add(&set, mix(n)), 0);
    for (uint64_t n = 0; n < 200000; n++)
        assert_true(ledger_addresses_has(&set, mix(n)));
    for (uint64_t n = 1000000; n < 2000000; n++)
        hits += ledger_addresses_has(&set, mix(n)) ? 1 : 0;
    assert_true(hits <= 3);
    ledger_addresses_release(&set);
}

static void cids_are_exact_and_forgotten_all_at_once(void **state)
{
    struct ledger_cids set = {0};
    uint8_t digest[CID_DIGEST_LEN];

    (void)state;
    for (uint32_t n = 0; n < LEDGER_CIDS_MAX + 1; n++) {
        for (int i = 0; i < 4; i++) {
            uint64_t word = mix((uint64_t)n * 4 + (uint64_t)i);
            memcpy(digest + i * 8, &word, 8);
        }
        assert_false(ledger_cids_has(&set, digest));
        ledger_cids_add(&set, digest);
        assert_true(ledger_cids_has(&set, digest));
        assert_int_equal(set.used, n < LEDGER_CIDS_MAX ? n + 1 : 1);
        digest[31] ^= 1;
        assert_false(ledger_cids_has(&set, digest));
    }
    ledger_cids_release(&set);
}

static void hashes_of_entries_are_kept(void **state)
{
    struct ledger_hashes set = {0};

    (void)state;
    for (uint64_t n = 0; n < 10000; n++) {
        assert_false(ledger_hashes_has(&set, mix(n)));
        assert_int_equal(ledger_hashes_add(&set, mix(n)), 0);
        assert_int_equal(ledger_hashes_add(&set, mix(n)), 0);
        assert_true(ledger_hashes_has(&set, mix(n)));
    }
    assert_int_equal(set.used, 10000);
    ledger_hashes_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_siphash_2_4),
        cmocka_unit_test(a_million_jobs_are_found_within_40_bytes_each),
        cmocka_unit_test(the_largest_values_fit),
        cmocka_unit_test(all_jobs_of_a_name_are_found),
        cmocka_unit_test(addresses_hit_for_no_reason_once_in_a_million),
        cmocka_unit_test(cids_are_exact_and_forgotten_all_at_once),
        cmocka_unit_test(hashes_of_entries_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
