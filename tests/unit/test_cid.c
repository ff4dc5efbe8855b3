/*
 * The CIDs were computed with Python: the protobuf node by hand, hashlib's
 * SHA-256, base58 by integer division. That of no content and that of
 * {"a":1} are the ones that kubo and Pinata give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../templates/cid.h"

#define PINNED "../shared/data/vectors"

/* The content of these: byte i is (7 i + i / 251) mod 256. */
static const struct {
    size_t len;
    const char *text;
} by_length[] = {
    {0, "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"},
    {1, "QmS9JArPwa55ePgDnyg6TzX24mYTS1b1vLqWNebyVotKxQ"},
    {2, "Qmac4CuuavxwPVnpF38KEQKz8tNUci9T4DnyGqNmDaqfw2"},
    {7, "QmNdtrYGWyyJNaD38hQE9eWjJmGuybgdZrQfwMoNGv1w7D"},
    {110, "QmcLTt73yE5ZMur7wQ9QeWQ955hU2cgFLaqk1xdbyQvH9N"},
    {111, "QmPZdydmC3CSNVW7ikxppYJSZGaqwYaqX5r66fMuSPET1g"},
    {119, "QmaK87hsTbY2NypSPtHjs5z1oH9Sg5iAQUanhdaY7g2HF4"},
    {120, "QmbXcmcjh9vQ987uofG2um4Y27YqnThJXDu3ASwQByipYN"},
    {121, "QmYNuPUwVEskGqSVR4GksUqQAaoVvjia6qofF8GDwpU9QZ"},
    {122, "QmU3C29LqVar1QQbj3vUzhq8sDfvntSwGZEYbT8U48Tzwe"},
    {123, "Qmc5t2z2bi5SH59SVFTrGrTkXN49R1k1mYErWG2qcbkaX2"},
    {124, "Qme2pk3WmeW3KJBJ7tgbgm15Ub9o78KXwqZY7moDwu7bqR"},
    {125, "QmadVN877wcdG7hFhvNqejeQENhv4s3UrywLVRsWTv571o"},
    {126, "QmQz9sYcQN8GtTGvpaTu1dRBp7cKuqZqyAD4Ct1mCjTk6c"},
    {127, "QmPz5ut7W2Wd5MhsoF1GcbGjtacQKDwfCdC4rGX1XJ1X6p"},
    {128, "Qmd5HfY4zFuLNVC3x2VUPJ5xXTkebXqt7t5T7x2y6KmdGR"},
    {129, "QmY8UGWmT61ZcNMhLxKUwpZgDZPLHpZSA5FP48zGReeR3q"},
    {400, "QmVdCedySDpFDaGZve4LnkkKVH3A1FfHFTzZGsP7ZwzLQR"},
    {16370, "QmYYK8QV7p5VrfsSy2TryATcdfwjPfm6RcR5zUPAq3DRy2"},
    {16371, "QmTez4ZrnddGL3AqxNa3WGGfBWFrSQG7SPPGGHWWBibvJS"},
    {16372, "QmTUKVyQK2JZ5EgNcLsNAUvGgGkmLbg5yD53LHmExA1cCa"},
    {16373, "QmZA9dqSWDj34nKBkZtGCQWZsURPL26mhqCzMSywZd36Tc"},
    {16374, "QmSKJBndh6ybXd6px9RdiGCYQZcrQVweWwHSYegUJkxKro"},
    {16375, "QmPvaRG2zCR1umM2CtZJNN3DDCLLHL5pBmaYzwFGYLCj3P"},
    {16376, "QmUzLZUZynEEqH8dZq9XdL2yQCBBVjbRQTnuVcUY4na2rD"},
    {16377, "QmZA3YoqW4XTxkvuMm3wq26kPXF9d1VTfoZjcdhHveV4uY"},
    {16378, "QmWGdNmHQZ2Qy8XBJDfGTzje9TB6wmkFJCScUPf8Fhmhf5"},
    {16379, "QmQbN8ocoLPGPTjzYswGUv6HDb2HWPUTdm3eSSxNcSWzWY"},
    {16380, "QmcZQXvk4b3jccAcBHCpyrh1FdFQPk7reN32NJD3558VxV"},
    {16383, "QmVh9jB8Fo1h4sEvBKNxd7sqCPkGMAwV2XxZUesLfAu9jG"},
    {16384, "QmbZ17xKwfd1mnz9ofBKV39hKdiAtvgbCsN3Y5zSSjnMrR"},
    {65536, "QmWmnHjdPskitJrMasdpKuYbEoJTsxnFjBiJfnK6UPeruX"},
    {262143, "QmRNTrRaY1bJGPbtitzwvc4utpEhr3LzimjBgGyuqexYRp"},
    {262144, "QmPDdohMbmJheh372VbUUXsZ7PD68Xgs2oqbHSyETSmVft"},
};

static const struct {
    const char *content;
    const char *text;
} by_content[] = {
    {"{\"a\":1}", "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH"},
    {"{}", "QmbJWAESqCsf4RFCqEY7jecCashj8usXiyDNfKtZCwwzGb"},
    {"{\"version\":\"0.1\",\"type\":\"container\",\"ops\":[]}",
     "QmXtDe1REMbd4cZAmHZQzJSDrhWw5iaRvAp11HXb9AV6GY"},
    {"{\"name\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"}",
     "QmP97nqTX1pgrhFPVUsxAAVbuUf9KCQjtqyNa5W3eQdTFi"},
};

static int set_up(void **state)
{
    static struct hasher hasher;
    struct err err = ERR_INIT;

    *state = &hasher;
    return hasher_init(&hasher, &err);
}

static int tear_down(void **state)
{
    hasher_release(*state);
    return 0;
}

static void hash(struct hasher *hasher, const char *text, char hex[65])
{
    uint8_t digest[CID_DIGEST_LEN];

    hasher_begin(hasher);
    hasher_add(hasher, text, strlen(text));
    hasher_end(hasher, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* FIPS 180-4's examples. */
static void a_hasher_serves_many_hashes(void **state)
{
    char hex[65];

    for (int round = 0; round < 3; round++) {
        hash(*state, "abc", hex);
        assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
                                 "b00361a396177a9cb410ff61f20015ad");
        hash(*state, "", hex);
        assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
                                 "27ae41e4649b934ca495991b7852b855");
    }
}

static void a_hash_begun_again_forgets_the_first(void **state)
{
    char hex[65];

    hasher_begin(*state);
    hasher_add(*state, "left behind", 11);
    hash(*state, "abc", hex);
    assert_memory_equal(hex, "ba7816bf", 8);
}

static void integers_are_hashed_big_endian(void **state)
{
    uint8_t whole[CID_DIGEST_LEN];
    uint8_t parts[CID_DIGEST_LEN];
    static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0xff, 0xfe,
                                    0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8};

    hasher_begin(*state);
    hasher_add(*state, bytes, sizeof bytes);
    hasher_end(*state, whole);
    hasher_begin(*state);
    hasher_add_u32(*state, 0x01020304);
    hasher_add_u64(*state, 0xfffefdfcfbfaf9f8);
    hasher_end(*state, parts);
    assert_memory_equal(whole, parts, sizeof whole);
}

static void lengths_around_every_varint_boundary(void **state)
{
    struct err err = ERR_INIT;
    uint8_t *content = malloc(CID_CONTENT_MAX);

    assert_non_null(content);
    for (size_t i = 0; i < CID_CONTENT_MAX; i++)
        content[i] = (uint8_t)(7 * i + i / 251);
    for (size_t i = 0; i < sizeof by_length / sizeof by_length[0]; i++) {
        uint8_t digest[CID_DIGEST_LEN];
        char text[CID_TEXT_MAX];
        size_t len = by_length[i].len;
        assert_int_equal(cid_compute(*state, content, len, digest, text, &err),
                         0);
        assert_string_equal(text, by_length[i].text);
    }
    free(content);
}

static void contents_have_the_published_cid(void **state)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof by_content / sizeof by_content[0]; i++) {
        uint8_t digest[CID_DIGEST_LEN];
        char text[CID_TEXT_MAX];
        const char *content = by_content[i].content;
        assert_int_equal(
            cid_compute(*state, content, strlen(content), digest, text, &err),
            0);
        assert_string_equal(text, by_content[i].text);
    }
}

static void a_digest_alone_will_do(void **state)
{
    struct err err = ERR_INIT;
    uint8_t digest[CID_DIGEST_LEN];
    char text[CID_TEXT_MAX];

    assert_int_equal(cid_compute(*state, "{}", 2, digest, NULL, &err), 0);
    cid_format(digest, text);
    assert_string_equal(text, by_content[1].text);
}

static void content_over_one_block_is_refused(void **state)
{
    struct err err = ERR_INIT;
    uint8_t digest[CID_DIGEST_LEN];
    uint8_t *content = calloc(1, CID_CONTENT_MAX + 1);

    assert_non_null(content);
    assert_int_equal(
        cid_compute(*state, content, CID_CONTENT_MAX + 1, digest, NULL, &err),
        ERR_LIMIT);
    assert_non_null(strstr(err.message, "262145"));
    free(content);
}

static void a_text_is_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof by_length / sizeof by_length[0]; i++) {
        uint8_t digest[CID_DIGEST_LEN];
        char text[CID_TEXT_MAX];
        assert_true(cid_parse(by_length[i].text, 46, digest));
        cid_format(digest, text);
        assert_string_equal(text, by_length[i].text);
    }
}

static void extreme_digests_have_46_characters(void **state)
{
    uint8_t digest[CID_DIGEST_LEN];
    uint8_t back[CID_DIGEST_LEN];
    char text[CID_TEXT_MAX];
    (void)state;

    for (int byte = 0; byte <= 255; byte += 255) {
        memset(digest, byte, sizeof digest);
        cid_format(digest, text);
        assert_int_equal(strlen(text), 46);
        assert_true(cid_parse(text, 46, back));
        assert_memory_equal(digest, back, sizeof digest);
    }
}

static void what_is_no_cid_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "Qm",
        "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtx",   /* cut */
        "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxHH", /* longer */
        "1mPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH",
        "QmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtx0", /* 0 is no digit */
        "RmPmgMwMdNnt4ujECmfCvwY9K4heH1qLnMeaLW7XDqxtxH", /* another head */
        "Qzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
    };
    uint8_t digest[CID_DIGEST_LEN];
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(cid_parse(texts[i], strlen(texts[i]), digest));
}

static void check_file(struct hasher *hasher, const char *name)
{
    char path[512];
    char content[8192];
    char text[CID_TEXT_MAX];
    uint8_t digest[CID_DIGEST_LEN];
    struct err err = ERR_INIT;

    snprintf(path, sizeof path, PINNED "/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content, file);
    assert_true(len < sizeof content);
    fclose(file);
    assert_int_equal(cid_compute(hasher, content, len, digest, text, &err), 0);
    assert_memory_equal(text, strchr(name, '_') + 1, 46);
}

/* Files whose name, NN_CID.json, says how their content was pinned. */
static void pinned_files_have_the_cid_of_their_name(void **state)
{
    DIR *folder = opendir(PINNED);
    unsigned files = 0;

    if (!folder) {
        print_message("no " PINNED ": skipped\n");
        skip();
        return; /* skip() does not come back, which analysers cannot know */
    }
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        if (!strstr(e->d_name, ".json"))
            continue;
        check_file(*state, e->d_name);
        files++;
    }
    closedir(folder);
    assert_int_equal(files, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hasher_serves_many_hashes),
        cmocka_unit_test(a_hash_begun_again_forgets_the_first),
        cmocka_unit_test(integers_are_hashed_big_endian),
        cmocka_unit_test(lengths_around_every_varint_boundary),
        cmocka_unit_test(contents_have_the_published_cid),
        cmocka_unit_test(a_digest_alone_will_do),
        cmocka_unit_test(content_over_one_block_is_refused),
        cmocka_unit_test(a_text_is_read_back),
        cmocka_unit_test(extreme_digests_have_46_characters),
        cmocka_unit_test(what_is_no_cid_is_refused),
        cmocka_unit_test(pinned_files_have_the_cid_of_their_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
