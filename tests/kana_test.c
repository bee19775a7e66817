/* tests/kana_test.c - names to the letters of bank files: against iconv's CP932, and a table. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <iconv.h>
#include <stdio.h>
#include <string.h>

#include "operators/kana.h"

static const char *encoded(const char *text, enum kana_status *status, struct kana_fault *fault)
{
	static char utf8[512];
	uint8_t bytes[64];
	size_t used;
	struct writer to = { .data = (uint8_t *)utf8, .size = sizeof(utf8) - 1 };

	*status = kana_encode(bytes, &used, sizeof(bytes), fault, slice_text(text));
	kana_write_utf8(&to, slice_of(bytes, used));
	utf8[to.used] = '\0';
	return utf8;
}

static void names_are_written(void **state)
{
	static const struct {
		const char *name, *written;
	} rows[] = {
		{ "", "" },
		{ "カ）ミヤコバス", "ｶ)ﾐﾔｺﾊﾞｽ" },
		{ "フクオカシコウツウキョク", "ﾌｸｵｶｼｺｳﾂｳｷﾖｸ" },
		{ "ジェイアールキュウシュウ", "ｼﾞｴｲｱ-ﾙｷﾕｳｼﾕｳ" },
		{ "オレンジフェリー", "ｵﾚﾝｼﾞﾌｴﾘ-" },
		{ "パピプペポ", "ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ" },
		{ "ガギグゲゴザジズゼゾ", "ｶﾞｷﾞｸﾞｹﾞｺﾞｻﾞｼﾞｽﾞｾﾞｿﾞ" },
		{ "ダヂヅデドバビブベボヴ", "ﾀﾞﾁﾞﾂﾞﾃﾞﾄﾞﾊﾞﾋﾞﾌﾞﾍﾞﾎﾞｳﾞ" },
		{ "ァィゥェォッャュョヮヵヶ", "ｱｲｳｴｵﾂﾔﾕﾖﾜｶｹ" },
		{ "アイウエオカキクケコサシスセソ", "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿ" },
		{ "タチツテトナニヌネノハヒフヘホ", "ﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎ" },
		{ "マミムメモヤユヨラリルレロワヲン", "ﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｵﾝ" },
		{ "さくらじまフェリー", "ｻｸﾗｼﾞﾏﾌｴﾘ-" },
		{ "ｶ)ﾐﾔｺﾊﾞｽ ｷｬｯｼｭ", "ｶ)ﾐﾔｺﾊﾞｽ ｷﾔﾂｼﾕ" },
		{ "JRキュウシュウ", "JRｷﾕｳｼﾕｳ" },
		{ "ｊｒ　Ｋｙｕｓｈｕ（１２）", "JR KYUSHU(12)" },
		{ "A.B,C/D-E", "A.B,C/D-E" },
		{ "「ア」￥", "｢ｱ｣\\" },
		{ "ハ゛ハ゜か\xe3\x82\x99", "ﾊﾞﾊﾟｶﾞ" },
		{ "ア−イ－ウ‐エ", "ｱ-ｲ-ｳ-ｴ" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum kana_status status;
		struct kana_fault fault;

		assert_string_equal(encoded(rows[i].name, &status, &fault), rows[i].written);
		assert_int_equal(status, KANA_OK);
	}
}

static void what_has_no_letter_is_named(void **state)
{
	static const struct {
		const char *name, *fault;
		size_t place;
	} rows[] = {
		{ "都バス", "都", 1 }, { "ミヤコ・バス", "・", 4 }, { "ﾐﾔｺ･ﾊﾞｽ", "･", 4 },
		{ "ヱビス", "ヱ", 1 }, { "ヰ", "ヰ", 1 },           { "ア&イ", "&", 2 },
		{ "ア、イ", "、", 2 }, { "A+B", "+", 2 },           { "㈱ア", "㈱", 1 },
		{ "ア😀", "😀", 2 },     { "アé", "é", 2 },           { "ア\tイ", "\t", 2 },
		{ "ヽ", "ヽ", 1 },     { "ヷ", "ヷ", 1 },           { "ア@", "@", 2 },
		{ "ア_", "_", 2 },     { "＋", "＋", 1 },           { "ゝ", "ゝ", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum kana_status status;
		struct kana_fault fault = { 0 };

		encoded(rows[i].name, &status, &fault);
		assert_int_equal(status, KANA_FORBIDDEN);
		assert_string_equal(fault.text, rows[i].fault);
		assert_int_equal(fault.place, rows[i].place);
	}
}

static void a_mark_is_not_torn_off(void **state)
{
	uint8_t bytes[4];
	size_t used;
	struct kana_fault fault;

	(void)state;
	assert_int_equal(kana_encode(bytes, &used, 4, &fault, SLICE("バス")), KANA_OK);
	assert_int_equal(used, 3);
	assert_int_equal(kana_encode(bytes, &used, 2, &fault, SLICE("スバ")), KANA_TOO_LONG);
	assert_int_equal(used, 1);
	assert_int_equal(fault.place, 2);
	assert_int_equal(fault.point, 0x30d0);
}

/* Each byte that any character of the plane becomes, CP932 reads as what kana_write_utf8 says; and
 * it is one that bank files have. */
static void all_of_it_is_cp932(void **state)
{
	iconv_t cp932 = iconv_open("CP932", "UTF-8");
	size_t letters = 0;

	(void)state;
	assert_true(cp932 != (iconv_t)-1);
	for (uint32_t c = 1; c < 0x10000; c++) {
		uint8_t bytes[2], utf8[16], back[16];
		char text[5] = { 0 };
		size_t used, in_left, out_left = sizeof(back);
		struct kana_fault fault;
		struct writer to = { .data = utf8, .size = sizeof(utf8) };
		char *in = (char *)utf8, *out = (char *)back;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		if (c < 0x80) {
			text[0] = (char)c;
		} else if (c < 0x800) {
			text[0] = (char)(0xc0 | c >> 6);
			text[1] = (char)(0x80 | (c & 0x3f));
		} else {
			text[0] = (char)(0xe0 | c >> 12);
			text[1] = (char)(0x80 | (c >> 6 & 0x3f));
			text[2] = (char)(0x80 | (c & 0x3f));
		}
		if (kana_encode(bytes, &used, 2, &fault, slice_text(text)) != KANA_OK)
			continue;
		letters++;
		kana_write_utf8(&to, slice_of(bytes, used));
		in_left = to.used;
		assert_int_not_equal(iconv(cp932, &in, &in_left, &out, &out_left), (size_t)-1);
		assert_int_equal(sizeof(back) - out_left, used);
		assert_memory_equal(back, bytes, used);
		for (size_t i = 0; i < used; i++)
			assert_non_null(strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ()-.,/\\"
					       "\xa2\xa3\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba"
					       "\xbb\xbc\xbd\xbe\xbf\xc0\xc1\xc2\xc3\xc4\xc5\xc6"
					       "\xc7\xc8\xc9\xca\xcb\xcc\xcd\xce\xcf\xd0\xd1\xd2"
					       "\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xdb\xdc\xdd\xde"
					       "\xdf",
					       bytes[i]));
	}
	assert_in_range(letters, 300, 450);
	iconv_close(cp932);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_written),
		cmocka_unit_test(what_has_no_letter_is_named),
		cmocka_unit_test(a_mark_is_not_torn_off),
		cmocka_unit_test(all_of_it_is_cp932),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
