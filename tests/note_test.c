/* tests/note_test.c - signed notes as others write and read them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/note.h"

/* Of golang.org/x/mod/sumdb/note, by which C2SP's signed-note is defined. */
static const char vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
#define TEXT                                                                                       \
	"If you think cryptography is the answer to your problem,\n"                               \
	"then you don't know what your problem is.\n"
#define LINE                                                                                       \
	"— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvq"       \
	"fqdngotpRZb6KE6RyyBwJnAM=\n"
#define OTHER "— other AAAAAAAA\n"

static void the_vector_of_c2sp(void **state)
{
	struct note_key key;
	struct note note;
	char text[NOTE_VKEY_SIZE];
	int64_t at_s;

	(void)state;
	assert_true(note_key_read(&key, slice_text(vkey)));
	assert_string_equal(key.name, "PeterNeumann");
	note_key_write(text, &key);
	assert_string_equal(text, vkey);
	assert_true(note_parse(&note, SLICE(TEXT "\n" LINE)));
	assert_true(slice_is(note.text, TEXT));
	assert_int_equal(note.line_count, 1);
	assert_int_equal(note_verify(&note, &key, &at_s), NOTE_VERIFIED);
	assert_int_equal(at_s, 0);
}

static void notes_and_what_becomes_of_them(void **state)
{
	static const struct {
		const char *note;
		bool parsed;
		enum note_status status;
	} table[] = {
		{ TEXT "\n" LINE, true, NOTE_VERIFIED },
		{ TEXT "\n" OTHER LINE, true, NOTE_VERIFIED },
		{ TEXT "\n" LINE LINE, true, NOTE_VERIFIED },
		{ TEXT "\n" OTHER, true, NOTE_UNSIGNED },
		{ "x" TEXT "\n" LINE, true, NOTE_FORGED },
		{ TEXT "\n— PeterNeumann x08go/ZJ\n", true, NOTE_FORGED },
		{ TEXT "\n— peterneumann x08go/ZJ\n", true, NOTE_UNSIGNED },
		{ "a\n\nb\n\n" OTHER, true, NOTE_UNSIGNED },
		{ "\n\n" OTHER, true, NOTE_UNSIGNED },
		{ "", false, 0 },
		{ "\n", false, 0 },
		{ TEXT, false, 0 },
		{ TEXT "\n", false, 0 },
		{ "no newline\n" OTHER, false, 0 },
		{ TEXT "\n— other AAAAAAAA", false, 0 },
		{ TEXT "\n— other AAAAAAAA\r\n", false, 0 },
		{ TEXT "\n- other AAAAAAAA\n", false, 0 },
		{ TEXT "\n—other AAAAAAAA\n", false, 0 },
		{ TEXT "\n— other\n", false, 0 },
		{ TEXT "\n—  AAAAAAAA\n", false, 0 },
		{ TEXT "\n— other AAAAAA==\n", false, 0 }, /* The id and nothing more. */
		{ TEXT "\n— other AAAAAAA\n", false, 0 },
		{ TEXT "\n— other AAAAAAB=\n", false, 0 },
		{ TEXT "\n— other AAAAAAAA AAAA\n", false, 0 },
		{ TEXT "\n— other AAA=AAAA\n", false, 0 },
		{ TEXT "\n— other AAAAAAA-\n", false, 0 },
		{ TEXT "\n— ot+her AAAAAAAA\n", false, 0 },
		{ TEXT "\n— ot\xe3\x80\x80her AAAAAAAA\n", false, 0 },
		{ TEXT "\n— ot\xc2\xa0her AAAAAAAA\n", false, 0 },
		{ "tab\t\n\n" OTHER, false, 0 },
		{ "\xff\n\n" OTHER, false, 0 },
	};
	struct note_key key;

	(void)state;
	assert_true(note_key_read(&key, slice_text(vkey)));
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct note note;
		int64_t at_s;
		bool parsed = note_parse(&note, slice_text(table[i].note));

		if (parsed != table[i].parsed)
			print_error("row %zu\n", i);
		assert_int_equal(parsed, table[i].parsed);
		if (parsed)
			assert_int_equal(note_verify(&note, &key, &at_s), table[i].status);
	}
}

static void keys_that_are_none(void **state)
{
	static const char *const table[] = {
		"",
		"PeterNeumann",
		"PeterNeumann+c74f20a3",
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
		"PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
	};
	struct note_key key;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_false(note_key_read(&key, slice_text(table[i])));
}

/* The checkpoint and cosignature of C2SP's tlog-cosignature are an example without its keys; so
 * what is made here is taken apart by hand. */
static void a_cosignature_signs_its_time(void **state)
{
	static const char text[] = "example.com/behind-the-sofa\n20852163\n"
				   "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	static const char head[] = "cosignature/v1\ntime 1679315147\n";
	uint8_t seed[SIGN_SEED_SIZE] = { 7 }, blob[76], room[1024];
	char signed_text[512];
	struct writer to = { .data = room, .size = sizeof(room) };
	struct sign_key sign;
	struct note_key key, log_key;
	struct note note;
	size_t used;
	int64_t at_s;

	(void)state;
	sign_key_from_seed(&sign, seed);
	assert_true(note_key_make(&key, "witness.example/w1", NOTE_COSIGNATURE, sign.public_key));
	assert_true(note_key_make(&log_key, "witness.example/w1", NOTE_ED25519, sign.public_key));
	assert_memory_not_equal(key.id, log_key.id, NOTE_ID_SIZE);
	write_text(&to, text);
	write_text(&to, "\n");
	note_sign(&to, &key, &sign, slice_text(text), 1679315147);
	assert_false(to.failed);
	assert_true(note_parse(&note, slice_of(room, to.used)));
	assert_int_equal(note_verify(&note, &key, &at_s), NOTE_VERIFIED);
	assert_int_equal(at_s, 1679315147);
	assert_int_equal(note_verify(&note, &log_key, &at_s), NOTE_UNSIGNED);

	assert_true(base64_decode(blob, &used, sizeof(blob), note.line[0].base64));
	assert_int_equal(used, sizeof(blob));
	snprintf(signed_text, sizeof(signed_text), "%s%s", head, text);
	assert_true(sign_verify(sign.public_key, slice_text(signed_text), blob + 12));
	assert_memory_equal(blob + 4, "\0\0\0\0\x64\x18\x50\xcb", 8);

	room[0] ^= 1; /* Another log's. */
	assert_int_equal(note_verify(&note, &key, &at_s), NOTE_FORGED);
}

static void names(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} table[] = {
		{ "a", true },     { "example.com/log", true },
		{ "九州", true },  { "", false },
		{ "a b", false },  { "a+b", false },
		{ "a\n", false },  { "\x7f", false },
		{ "\xff", false }, { "a\xe2\x80\xa8", false },
	};
	char longest[NOTE_NAME_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(note_name_is_valid(slice_text(table[i].name)), table[i].valid);
	memset(longest, 'a', sizeof(longest));
	assert_true(note_name_is_valid(slice_of(longest, NOTE_NAME_SIZE - 1)));
	assert_false(note_name_is_valid(slice_of(longest, NOTE_NAME_SIZE)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vector_of_c2sp),
		cmocka_unit_test(notes_and_what_becomes_of_them),
		cmocka_unit_test(keys_that_are_none),
		cmocka_unit_test(a_cosignature_signs_its_time),
		cmocka_unit_test(names),
	};

	MUST(crypto_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
