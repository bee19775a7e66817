/* tests/pdf_test.c - a page can be read again by a program that nobody here wrote. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/pdf.h"

static const struct pdf_about about = {
	.title = "精算書 2026年11月", .author = "Kyushu MaaS", .made_at = 1795000000000
};
static const struct pdf_style plain = { .size = 100 }, large = { .size = 180, .bold = true },
			      right = { .size = 100, .align = PDF_RIGHT };

static struct pdf *draw(struct slice *out, unsigned pages)
{
	struct pdf *pdf;

	assert_true(pdf_open(&pdf, &about));
	for (unsigned i = 0; i < pages; i++) {
		if (i > 0)
			pdf_next_page(pdf);
		pdf_begin(pdf, "H1");
		pdf_line_text(pdf, &large, 200, 200, 1700, "精算書 Statement");
		pdf_end(pdf);
		pdf_stroke(pdf, 200, 320, 1700, false);
		pdf_shade(pdf, 200, 330, 1700, 70);
		pdf_begin(pdf, "P");
		pdf_line_text(pdf, &plain, 200, 340, 800, "福岡市地下鉄 ㈱髙木 〜");
		pdf_line_text(pdf, &right, 1000, 340, 900, "1,234,567 円");
		pdf_end(pdf);
	}
	assert_int_equal(pdf_page_count(pdf), pages);
	assert_true(pdf_finish(pdf, out));
	return pdf;
}

/* What poppler makes of it. */
static char *run(const char *format, struct slice bytes)
{
	static char text[65536];
	char path[] = "/tmp/hitotsu-pdf-XXXXXX", command[128];
	int fd = mkstemp(path);
	FILE *from;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
	close(fd);
	(void)snprintf(command, sizeof(command), format, path);
	from = popen(command, "r");
	assert_non_null(from);
	text[fread(text, 1, sizeof(text) - 1, from)] = '\0';
	assert_int_equal(pclose(from), 0);
	unlink(path);
	return text;
}

static void text_can_be_copied_out(void **state)
{
	struct slice bytes;
	struct pdf *pdf = draw(&bytes, 1);
	const char *text;

	(void)state;
	assert_memory_equal(bytes.data, "%PDF-", 5);
	text = run("pdftotext -layout %s -", bytes);
	assert_non_null(strstr(text, "精算書 Statement"));
	assert_non_null(strstr(text, "福岡市地下鉄 ㈱髙木 〜"));
	assert_non_null(strstr(text, "1,234,567 円"));
	pdf_close(pdf);
}

static void fonts_are_embedded_and_the_paper_is_tagged(void **state)
{
	struct slice bytes;
	struct pdf *pdf = draw(&bytes, 3);
	const char *text = run("pdffonts %s", bytes);

	(void)state;
	assert_non_null(strstr(text, "IPAexGothic"));
	assert_null(strstr(text, " no  "));
	text = run("pdfinfo %s", bytes);
	assert_non_null(strstr(text, "精算書 2026年11月"));
	assert_non_null(strstr(text, "Tagged:          yes"));
	assert_non_null(strstr(text, "Pages:           3"));
	assert_non_null(strstr(text, "(A4)"));
	pdf_close(pdf);
}

static void the_same_calls_give_the_same_bytes(void **state)
{
	struct slice a, b;
	struct pdf *first = draw(&a, 2), *second = draw(&b, 2);

	(void)state;
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.data, b.data, a.size);
	pdf_close(first);
	pdf_close(second);
}

static void a_paragraph_takes_the_lines_it_needs(void **state)
{
	struct slice bytes;
	struct pdf *pdf = draw(&bytes, 1);
	int one, many;

	(void)state;
	pdf_close(pdf);
	assert_true(pdf_open(&pdf, &about));
	pdf_begin(pdf, "P");
	one = pdf_paragraph(pdf, &plain, 200, 200, 1700, "一行");
	many = pdf_paragraph(pdf, &plain, 200, 400, 300,
			     "この行は幅に入りきらないので、折り返して何行かになる。");
	pdf_end(pdf);
	assert_in_range(one, 30, 80);
	assert_true(many >= 3 * one);
	assert_true(pdf_finish(pdf, &bytes));
	pdf_close(pdf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_can_be_copied_out),
		cmocka_unit_test(fonts_are_embedded_and_the_paper_is_tagged),
		cmocka_unit_test(the_same_calls_give_the_same_bytes),
		cmocka_unit_test(a_paragraph_takes_the_lines_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
