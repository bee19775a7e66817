/* tests/statement_test.c - statements as bytes that anybody can work out again, and as papers that
 * a program nobody here wrote can read.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/date.h"
#include "operators/statement.h"

enum { MONTH = 20758 /* 2026-11-01 */, TEXT_SIZE = 4 << 20 };

static struct statement statement;
static struct statement_names names;
static struct paper_cmd paper;
static uint8_t bytes[STATEMENT_PAPER_SIZE_MAX];
static char text[TEXT_SIZE];

static void add_line(uint16_t number, uint8_t kind, uint8_t tax_class, yen gross, yen commission,
		     yen fee)
{
	struct statement_line *shown = &statement.lines[statement.line_count];
	struct line *line = &shown->line;

	names.products[statement.line_count++] = "九州まるごと3日間パス";
	*line = (struct line){ .kind = kind,
			       .tax_class = tax_class,
			       .period = MONTH,
			       .rides = MONTH,
			       .gross_yen = gross,
			       .commission_yen = commission,
			       .fee_yen = fee,
			       .amount_yen = gross - commission - fee };
	(void)snprintf(line->operator_id, ID_SIZE, "bus");
	(void)snprintf(shown->line_id, LINE_ID_SIZE, "bus.%s", line_kind_names[kind]);
	if (kind != LINE_rides)
		return;
	line->product_number = number;
	line->product_version = line->rule_version = 2;
	line->tickets = line->boardings = line->riders = 1;
	line->deemed_fare_yen = 210;
	(void)snprintf(line->rule_id, ID_SIZE, "usual");
	(void)snprintf(shown->product_id, ID_SIZE, "pass-%u", number);
	(void)snprintf(shown->line_id, LINE_ID_SIZE, "bus.%04x.0002.2026-11.0002.%u", number,
		       tax_class);
}

static void begin(void)
{
	statement = (struct statement){ .period = MONTH, .state = SETTLEMENT_CLOSED };
	mem_zero(&names, sizeof(names));
	(void)snprintf(statement.operator_id, ID_SIZE, "bus");
	(void)snprintf(names.subject, NAME_SIZE, "西日本バス株式会社");
	(void)snprintf(names.subject_number, INVOICE_NUMBER_SIZE, "T9876543210987");
	(void)snprintf(names.council, NAME_SIZE, "九州MaaS協議会");
	(void)snprintf(names.council_number, INVOICE_NUMBER_SIZE, "T1234567890123");
	names.pay_on = MONTH + 60; /* 2026-12-31 */
}

/* Three fares of 105 yen, a tax of the town's, and a correction. */
static void usual(void)
{
	begin();
	for (uint16_t i = 1; i <= 3; i++)
		add_line(i, LINE_rides, TAX_STANDARD10, 105, 5, 3);
	add_line(3, LINE_rides, TAX_OUTSIDE, 300, 15, 0);
	add_line(0, LINE_correction, TAX_OUTSIDE, -20, 0, 0);
	statement_sum(&statement);
	names.partners[0] = "旅行サイト株式会社";
	statement_invoice_add(&statement, SUPPLY_COMMISSION, "tabi", "", 30);
	statement_invoice_add(&statement, SUPPLY_FEE, "", names.council_number, 9);
}

/* ---- Bytes. ---- */

static void check_order(const struct shape *shape)
{
	const struct shape_field *field = shape->fields;

	for (; field->name != NULL; field++) {
		if (field->of != NULL)
			check_order(field->of);
		if (field[1].name != NULL &&
		    slice_compare(slice_text(field->name), slice_text(field[1].name)) >= 0)
			fail_msg("%s: %s before %s", shape->name, field->name, field[1].name);
	}
}

static void members_are_in_the_order_of_their_names(void **state)
{
	(void)state;
	check_order(&statement_shape);
	check_order(&partner_statement_shape);
}

static void the_same_statement_is_the_same_bytes(void **state)
{
	static const char *const pieces[] = {
		"{\"amount_yen\":556,\"boardings\":4,\"commission_yen\":30,\"deemed_fare_yen\":840,"
		"\"fee_yen\":9,\"gross_yen\":595,\"invoices\":[{\"classes\":[{\"tax_class\":"
		"\"standard10\",\"tax_yen\":2,\"total_yen\":30}],\"issuer\":\"partner\","
		"\"partner_id\":\"tabi\",\"supply\":\"commission\",\"tax_yen\":2,\"total_yen\":30},"
		"{\"classes\":[{\"tax_class\":\"standard10\",\"tax_yen\":0,\"total_yen\":9}],"
		"\"issuer\":\"council\",\"registration_number\":\"T1234567890123\",\"supply\":"
		"\"fee\",\"tax_yen\":0,\"total_yen\":9}],\"lines\":[{",
		"{\"amount_yen\":-20,\"boardings\":0,\"commission_yen\":0,\"deemed_fare_yen\":0,"
		"\"fee_yen\":0,\"gross_yen\":-20,\"kind\":\"correction\",\"line_id\":"
		"\"bus.correction\",\"product_number\":0,\"product_version\":0,\"riders\":0,"
		"\"rides\":\"2026-11\",\"rule_version\":0,\"tax_class\":\"outside\",\"tickets\":0}"
		"],\"operator_id\":\"bus\",\"period\":\"2026-11\",\"riders\":4,\"state\":"
		"\"CLOSED\","
		"\"tax_classes\":[{\"amount_yen\":291,\"commission_yen\":15,\"fee_yen\":9,"
		"\"gross_yen\":315,\"tax_class\":\"standard10\",\"tax_yen\":28},{\"amount_yen\":"
		"265,"
		"\"commission_yen\":15,\"fee_yen\":0,\"gross_yen\":280,\"tax_class\":\"outside\","
		"\"tax_yen\":0}],\"tickets\":4}",
	};
	struct writer to = { .data = (uint8_t *)text, .size = sizeof(text) };

	(void)state;
	usual();
	statement_sum(&statement); /* Said twice, it is the same. */
	statement_doc(&to, &statement);
	assert_false(to.failed);
	text[to.used] = '\0';
	assert_memory_equal(text, pieces[0], strlen(pieces[0]));
	assert_true(to.used > strlen(pieces[1]));
	assert_string_equal(text + to.used - strlen(pieces[1]), pieces[1]);
	assert_null(strpbrk(text, " \t\r\n"));
}

/* ---- Papers. ---- */

static const char *read_with(const char *format)
{
	char path[] = "/tmp/hitotsu-statement-XXXXXX", command[128];
	int fd = mkstemp(path);
	FILE *from;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, paper.bytes.data, paper.bytes.used), paper.bytes.used);
	close(fd);
	(void)snprintf(command, sizeof(command), format, path);
	from = popen(command, "r");
	assert_non_null(from);
	text[fread(text, 1, sizeof(text) - 1, from)] = '\0';
	assert_int_equal(pclose(from), 0);
	unlink(path);
	return text;
}

static void draw(uint8_t lang)
{
	static const struct period_view view = { .closed_at = 1796468400000 }; /* 2026-12-05 */

	paper = (struct paper_cmd){ .lang = lang, .made_at = 1796468400000 };
	paper.bytes = (struct writer){ .data = bytes, .size = sizeof(bytes) };
	statement_draw(&paper, &statement, &names, &view);
	assert_false(paper.failed);
}

static void assert_all(const char *const *wanted)
{
	for (; *wanted != NULL; wanted++)
		if (strstr(text, *wanted) == NULL)
			fail_msg("no %s in\n%s", *wanted, text);
}

static void a_paper_says_all_that_is_filed(void **state)
{
	static const char *const japanese[] = { "精算書",
						"西日本バス株式会社 御中",
						"九州MaaS協議会",
						"登録番号 T1234567890123",
						"令和8年11月分",
						"確定（令和8年12月5日締め）",
						"令和8年12月31日",
						"556 円",
						"10%対象",
						"旅行サイト株式会社",
						"（登録なし）",
						"九州まるごと3日間パス",
						"訂正",
						"2/2",
						NULL };
	static const char *const english[] = { "Settlement Statement",
					       "To: 西日本バス株式会社",
					       "Registration number T1234567890123",
					       "November 2026",
					       "Closed on 5 December 2026",
					       "31 December 2026",
					       "JPY 556",
					       "Outside",
					       "Sales commission",
					       "Corrections",
					       "2/2",
					       NULL };

	(void)state;
	usual();
	draw(PAPER_JA);
	read_with("pdftotext -layout %s -");
	assert_all(japanese);
	read_with("pdfinfo %s");
	assert_non_null(strstr(text, "Tagged:          yes"));
	draw(PAPER_EN);
	read_with("pdftotext -layout %s -");
	assert_all(english);
}

static unsigned count_of(const char *what)
{
	unsigned count = 0;

	for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
		count++;
	return count;
}

static void a_long_paper_repeats_its_head_on_each_page(void **state)
{
	char last[32];
	unsigned pages, rows;

	(void)state;
	begin();
	for (uint16_t i = 0; i < STATEMENT_LINE_COUNT_MAX; i++)
		add_line(i, LINE_rides, TAX_STANDARD10, 100000 + i, 500, 300);
	statement_sum(&statement);
	for (unsigned i = 0; i + 1 < STATEMENT_INVOICE_COUNT_MAX; i++) {
		char id[ID_SIZE];

		(void)snprintf(id, sizeof(id), "partner-%02u", i);
		statement_invoice_add(&statement, SUPPLY_COMMISSION, id, "", 1000 + i);
	}
	statement_invoice_add(&statement, SUPPLY_FEE, "", "", statement.fee_yen);
	draw(PAPER_JA);
	rows = paper_rows(PAPER_TOP + 58);
	pages =
	    2 + STATEMENT_LINE_COUNT_MAX / rows + (STATEMENT_INVOICE_COUNT_MAX + rows - 1) / rows;
	read_with("pdftotext -layout %s -");
	assert_int_equal(count_of("商品（版）"), 1 + STATEMENT_LINE_COUNT_MAX / rows);
	(void)snprintf(last, sizeof(last), "%u/%u", pages, pages);
	assert_non_null(strstr(text, last));
	assert_non_null(strstr(text, "102,047")); /* The last line's. */
	assert_non_null(strstr(text, "ほか 85 件"));
	assert_int_equal(count_of("partner-94"), 1);
	assert_int_equal(count_of("206,896,128"), 3); /* Its class, all classes, all lines. */
}

static void a_paper_that_does_not_fit_says_so(void **state)
{
	(void)state;
	usual();
	paper = (struct paper_cmd){ .bytes = { .data = bytes, .size = 1000 } };
	statement_draw(&paper, &statement, &names, &(struct period_view){ 0 });
	assert_true(paper.failed);
}

static void a_partner_s_balance_goes_from_month_to_month(void **state)
{
	struct partner_statement partner = { .period = MONTH, .brought_forward_yen = 900 };
	const char *const wanted[] = { "販売精算書", "旅行サイト", "差引残高",
				       "-1,500",     "12,345",     NULL };

	(void)state;
	begin();
	(void)snprintf(names.subject, NAME_SIZE, "旅行サイト株式会社");
	partner.month = (struct partner_month){ .tickets = 3,
						.sold_yen = 12345,
						.refunded_yen = 1500,
						.remitted_yen = 9000,
						.fees_kept_yen = 100,
						.commission_yen = 500,
						.payment_fee_yen = 30,
						.unused_yen = 15,
						.other_yen = 5,
						.paid_out_yen = 60,
						.taken_off_yen = 40 };
	partner.balance_due_yen = partner_month_due(&partner.month, partner.brought_forward_yen);
	assert_int_equal(partner.balance_due_yen, 900 + 12345 - 1500 - 9000 - 40 - 590);
	paper = (struct paper_cmd){ .bytes = { .data = bytes, .size = sizeof(bytes) } };
	partner_statement_draw(&paper, &partner, &names, &(struct period_view){ 0 });
	assert_false(paper.failed);
	read_with("pdftotext -layout %s -");
	assert_all(wanted);
}

/* ---- What papers write. ---- */

static void dates_are_of_the_era_and_yen_have_commas(void **state)
{
	static const struct {
		const char *date, *japanese, *english;
	} dates[] = {
		{ "2026-11-30", "令和8年11月30日", "30 November 2026" },
		{ "2019-05-01", "令和元年5月1日", "1 May 2019" },
		{ "2019-04-30", "2019年4月30日", "30 April 2019" },
		{ "2020-01-01", "令和2年1月1日", "1 January 2020" },
	};
	static const struct {
		int64_t number;
		const char *text;
	} numbers[] = { { 0, "0" },
			{ 999, "999" },
			{ 1000, "1,000" },
			{ -1, "-1" },
			{ -1234567, "-1,234,567" },
			{ 100000, "100,000" } };
	char out[PAPER_DATE_SIZE], number[PAPER_NUMBER_SIZE];
	day_t day;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(dates); i++) {
		assert_true(date_decode(&day, slice_text(dates[i].date)));
		paper_date(out, PAPER_JA, day);
		assert_string_equal(out, dates[i].japanese);
		paper_date(out, PAPER_EN, day);
		assert_string_equal(out, dates[i].english);
	}
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		paper_number(number, numbers[i].number);
		assert_string_equal(number, numbers[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_in_the_order_of_their_names),
		cmocka_unit_test(the_same_statement_is_the_same_bytes),
		cmocka_unit_test(a_paper_says_all_that_is_filed),
		cmocka_unit_test(a_long_paper_repeats_its_head_on_each_page),
		cmocka_unit_test(a_paper_that_does_not_fit_says_so),
		cmocka_unit_test(a_partner_s_balance_goes_from_month_to_month),
		cmocka_unit_test(dates_are_of_the_era_and_yen_have_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
