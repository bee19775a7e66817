/* tests/bank_file_test.c - an order as a Zengin file and as pain.001: each record by its places. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/date.h"
#include "operators/pain001.h"
#include "operators/zengin.h"

static const struct bank_transfer transfers[] = {
	{ { "0177", "012", ACCOUNT_ORDINARY, "0012345", "カ）ミヤコバス", "フクオカ", "テンジン" },
	  1,
	  1234567 },
	{ { "9900", "018", ACCOUNT_CURRENT, "7654321", "フクオカシコウツウキョク", "", "" }, 2, 1 },
	{ { "0183", "001", ACCOUNT_SAVINGS, "0000001", "ＪＲキュウシュウ", "", "" },
	  7,
	  9999999999 },
};

static struct bank_order order(size_t count)
{
	struct bank_order out = {
		.consignor = "1234567890",
		.from = { "0177", "100", ACCOUNT_CURRENT, "1112223", "キュウシュウ　ヒトツ",
			  "フクオカ", "ホンテン" },
		.transfers = transfers,
		.count = count,
	};

	assert_true(month_decode(&out.period, SLICE("2026-11")));
	assert_true(date_decode(&out.pay_on, SLICE("2026-12-30")));
	assert_true(time_decode(&out.made_at, SLICE("2026-12-10T10:00:00+09:00")));
	return out;
}

static const char *zengin(size_t count)
{
	static char text[16384];
	struct bank_order of = order(count);
	struct writer to = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };

	zengin_write(&to, &of);
	assert_false(to.failed);
	assert_int_equal(to.used, (count + 3) * ZENGIN_LINE_SIZE);
	text[to.used] = '\0';
	return text;
}

struct place {
	size_t record, from, size; /* from: as the standard counts, from 1. */
	const char *what;
};

/* CP932 letters are written as their bytes here. */
static const struct place places[] = {
	{ 0, 1, 1, "1" },
	{ 0, 2, 2, "21" },
	{ 0, 4, 1, "0" },
	{ 0, 5, 10, "1234567890" },
	{ 0, 15, 40, "\xb7\xd5\xb3\xbc\xd5\xb3 \xcb\xc4\xc2                              " },
	{ 0, 55, 4, "1230" },
	{ 0, 59, 4, "0177" },
	{ 0, 63, 15, "\xcc\xb8\xb5\xb6           " },
	{ 0, 78, 3, "100" },
	{ 0, 81, 15, "\xce\xdd\xc3\xdd           " },
	{ 0, 96, 1, "2" },
	{ 0, 97, 7, "1112223" },
	{ 0, 104, 17, "                 " },
	{ 1, 1, 1, "2" },
	{ 1, 2, 4, "0177" },
	{ 1, 6, 15, "\xcc\xb8\xb5\xb6           " },
	{ 1, 21, 3, "012" },
	{ 1, 24, 15, "\xc3\xdd\xbc\xde\xdd          " },
	{ 1, 39, 4, "0000" },
	{ 1, 43, 1, "1" },
	{ 1, 44, 7, "0012345" },
	{ 1, 51, 30, "\xb6)\xd0\xd4\xba\xca\xde\xbd                      " },
	{ 1, 81, 10, "0001234567" },
	{ 1, 91, 1, "0" },
	{ 1, 92, 10, "0000202611" },
	{ 1, 102, 10, "0000000001" },
	{ 1, 112, 1, "7" },
	{ 1, 113, 8, "        " },
	{ 2, 43, 1, "2" },
	{ 2, 81, 10, "0000000001" },
	{ 3, 43, 1, "4" },
	{ 3, 51, 10, "JR\xb7\xd5\xb3\xbc\xd5\xb3  " },
	{ 3, 81, 10, "9999999999" },
	{ 3, 102, 10, "0000000007" },
	{ 4, 1, 1, "8" },
	{ 4, 2, 6, "000003" },
	{ 4, 8, 12, "010001234567" },
	{ 5, 1, 1, "9" },
};

static void records_are_by_their_places(void **state)
{
	const char *text = zengin(3);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		const struct place *place = &places[i];
		const char *at = text + place->record * ZENGIN_LINE_SIZE + place->from - 1;

		assert_int_equal(strlen(place->what), place->size);
		if (memcmp(at, place->what, place->size) != 0)
			fail_msg("record %zu at %zu: '%.*s'", place->record, place->from,
				 (int)place->size, at);
	}
	for (size_t record = 0; record < 6; record++)
		assert_memory_equal(text + record * ZENGIN_LINE_SIZE + 120, "\r\n", 2);
	for (size_t at = 20; at <= 120; at++)
		assert_int_equal(text[4 * ZENGIN_LINE_SIZE + at - 1], ' ');
}

static void an_order_is_one_message(void **state)
{
	static const char *const says[] = {
		"<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.03\">",
		"<MsgId>HITOTSU-2026-11</MsgId>",
		"<CreDtTm>2026-12-10T10:00:00+09:00</CreDtTm>",
		"<NbOfTxs>3</NbOfTxs>",
		"<CtrlSum>10001234567</CtrlSum>",
		"<Id>1234567890</Id>",
		"<ReqdExctnDt>2026-12-30</ReqdExctnDt>",
		"<EndToEndId>HITOTSU-2026-11-0007</EndToEndId>",
		"<InstdAmt Ccy=\"JPY\">1234567</InstdAmt>",
		"<Nm>ｶ)ﾐﾔｺﾊﾞｽ</Nm>",
		"<MmbId>9900</MmbId>",
		"<Prtry>4</Prtry>",
	};
	static char text[16384], again[16384];
	struct bank_order of = order(3);
	struct writer to = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };
	struct writer second = { .data = (uint8_t *)again, .size = sizeof(again) };

	(void)state;
	pain001_write(&to, &of);
	pain001_write(&second, &of);
	assert_false(to.failed);
	assert_in_range(to.used, 1, PAIN001_SIZE_MAX + 3 * PAIN001_TRANSFER_SIZE_MAX);
	assert_int_equal(to.used, second.used);
	assert_memory_equal(text, again, to.used);
	for (size_t i = 0; i < COUNT_OF(says); i++)
		if (strstr(text, says[i]) == NULL)
			fail_msg("%s is not in %s", says[i], text);
}

static void accounts_are_checked(void **state)
{
	static const struct {
		struct bank_account account;
		const char *code, *pointer;
	} rows[] = {
		{ { "0177", "012", 0, "0012345", "カ）ミヤコ", "", "" }, NULL, NULL },
		{ { "017", "012", 0, "0012345", "ア", "", "" }, "BAD_ACCOUNT", "/bank" },
		{ { "01A7", "012", 0, "0012345", "ア", "", "" }, "BAD_ACCOUNT", "/bank" },
		{ { "0177", "01", 0, "0012345", "ア", "", "" }, "BAD_ACCOUNT", "/branch" },
		{ { "0177", "O12", 0, "0012345", "ア", "", "" }, "BAD_ACCOUNT", "/branch" },
		{ { "0177", "012", 0, "12345", "ア", "", "" }, "BAD_ACCOUNT", "/account_number" },
		{ { "0177", "012", 0, "12E4567", "ア", "", "" }, "BAD_ACCOUNT", "/account_number" },
		{ { "0177", "012", 0, "0012345", "", "", "" }, "BAD_KANA", "/name_kana" },
		{ { "0177", "012", 0, "0012345", "　 ", "", "" }, "BAD_KANA", "/name_kana" },
		{ { "0177", "012", 0, "0012345", "宮古バス", "", "" }, "BAD_KANA", "/name_kana" },
		{ { "0177", "012", 0, "0012345", "ア", "・", "" }, "BAD_KANA", "/bank_kana" },
		{ { "0177", "012", 0, "0012345", "ア", "", "ガギグゲゴザジズ" },
		  "NAME_TOO_LONG",
		  "/branch_kana" },
		{ { "0177", "012", 0, "0012345",
		    "アイウエオカキクケコアイウエオカキクケコアイウエオカキクケ゛", "", "" },
		  NULL,
		  NULL },
		{ { "0177", "012", 0, "0012345",
		    "アイウエオカキクケコアイウエオカキクケコアイウエオカキクケゴ", "", "" },
		  "NAME_TOO_LONG",
		  "/name_kana" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bank_fault fault;
		bool good = bank_account_check(&rows[i].account, PAYEE_KANA_MAX, &fault);

		if (good != (rows[i].code == NULL))
			fail_msg("row %zu", i);
		if (!good) {
			assert_string_equal(fault.code, rows[i].code);
			assert_string_equal(fault.pointer, rows[i].pointer);
		}
	}
}

static void invoice_numbers_are_checked(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "T3000020401307", true },   { "3000020401307", false },
		{ "T3000020401308", false },  { "t3000020401307", false },
		{ "T8000020401005", false },  { "T300002040130", false },
		{ "T30000204013070", false }, { "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(invoice_number_is_valid(rows[i].text, "3000020401307"),
				 rows[i].good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_by_their_places),
		cmocka_unit_test(an_order_is_one_message),
		cmocka_unit_test(accounts_are_checked),
		cmocka_unit_test(invoice_numbers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
