/* tests/image_test.c - the pictures, read by a reader nobody here wrote (libzbar). Without it a
 * code could look right and open nothing.
 */
#include "qr/image.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#include "tests/ticket_samples.h"

enum { IMAGE_SIZE_MAX = 1 << 20, GRAY_SIZE_MAX = 1 << 22 };

struct picture {
	unsigned width, height;
	uint8_t gray[GRAY_SIZE_MAX];
};

static void png_to_picture(struct picture *out, struct slice png)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	assert_int_not_equal(png_image_begin_read_from_memory(&image, png.data, png.size), 0);
	image.format = PNG_FORMAT_GRAY;
	assert_true(PNG_IMAGE_SIZE(image) <= sizeof(out->gray));
	assert_int_not_equal(png_image_finish_read(&image, NULL, out->gray, 0, NULL), 0);
	out->width = image.width;
	out->height = image.height;
}

/* The one code in the picture must say just this. */
static void assert_reads(const struct picture *picture, const char *code)
{
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	zbar_image_t *image = zbar_image_create();
	const zbar_symbol_t *symbol;

	zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
	zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(image, picture->width, picture->height);
	zbar_image_set_data(image, picture->gray, (unsigned long)picture->width * picture->height,
			    NULL);
	assert_int_equal(zbar_scan_image(scanner, image), 1);
	symbol = zbar_image_first_symbol(image);
	assert_int_equal(zbar_symbol_get_type(symbol), ZBAR_QRCODE);
	assert_int_equal(zbar_symbol_get_data_length(symbol), text_size(code));
	assert_memory_equal(zbar_symbol_get_data(symbol), code, text_size(code));
	zbar_image_destroy(image);
	zbar_image_scanner_destroy(scanner);
}

static uint8_t image_bytes[IMAGE_SIZE_MAX];
static struct picture picture, other_picture;

static struct slice png_of(const char *code, unsigned scale)
{
	struct writer to = { .data = image_bytes, .size = sizeof(image_bytes) };

	assert_true(image_qr_png(&to, code, scale));
	return slice_of(image_bytes, to.used);
}

static void ticket_codes_are_read_from_the_png(void **state)
{
	static struct ticket (*const make[])(void) = { plain_ticket, device_ticket, large_ticket,
						       large_device_ticket };
	static const unsigned scales[] = { 2, 3, 4, 8, 10 };
	struct keyring ring;

	(void)state;
	ring_make(&ring);
	for (size_t i = 0; i < COUNT_OF(make); i++) {
		struct ticket ticket = make[i]();
		struct issued issued;

		issue(&issued, &ticket, &ring.keys[0]);
		for (size_t j = 0; j < COUNT_OF(scales); j++) {
			png_to_picture(&picture, png_of(issued.code, scales[j]));
			assert_reads(&picture, issued.code);
		}
	}
}

/* DESIGN.md section 6: what a limit in bytes means for a reader's eye. */
static void versions(void **state)
{
	static const struct {
		size_t size;
		unsigned version;
	} table[] = { { 150, 9 }, { 172, 9 }, { 173, 10 }, { 193, 10 }, { 276, 12 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		static const uint8_t bytes[276] = { 0xd2, 0x84 };
		char code[4 + BASE45_TEXT_SIZE(276)];

		ticket_code(code, sizeof(code), slice_of(bytes, table[i].size));
		assert_int_equal(image_qr_version(code), table[i].version);
	}
}

static bool is_dark(const struct picture *from, unsigned x, unsigned y)
{
	return from->gray[y * from->width + x] < 128;
}

static void a_quiet_zone_of_four_modules(void **state)
{
	const unsigned scale = 5, quiet = IMAGE_QUIET_MODULES * scale;

	(void)state;
	png_to_picture(&picture, png_of("KM1:", scale));
	assert_int_equal(picture.width, (21 + 8) * scale);
	assert_int_equal(picture.height, picture.width);
	for (unsigned y = 0; y < picture.height; y++)
		for (unsigned x = 0; x < picture.width; x++)
			if (x < quiet || y < quiet || x >= picture.width - quiet ||
			    y >= picture.height - quiet)
				assert_false(is_dark(&picture, x, y));
	assert_true(is_dark(&picture, quiet, quiet));
}

/* Draws the path's runs, one pixel a module. */
static void svg_to_picture(struct picture *out, char *svg)
{
	const char *box = strstr(svg, "viewBox=\"0 0 "), *path = strstr(svg, "<path d=\"");
	unsigned x, y, size, back;
	int used;

	assert_non_null(box);
	assert_non_null(path);
	assert_int_equal(sscanf(box, "viewBox=\"0 0 %u %u\"", &out->width, &out->height), 2);
	memset(out->gray, 255, (size_t)out->width * out->height);
	path += strlen("<path d=\"");
	while (sscanf(path, "M%u %uh%uv1h-%uz%n", &x, &y, &size, &back, &used) == 4) {
		assert_int_equal(size, back);
		assert_true(x + size <= out->width && y < out->height);
		memset(out->gray + (size_t)y * out->width + x, 0, size);
		path += used;
	}
	assert_string_equal(path, "\"/></svg>\n");
}

static void svg_and_png_show_the_same(void **state)
{
	struct ticket ticket = plain_ticket();
	struct keyring ring;
	struct issued issued;
	struct writer to = { .data = image_bytes, .size = sizeof(image_bytes) - 1 };

	(void)state;
	ring_make(&ring);
	issue(&issued, &ticket, &ring.keys[0]);
	png_to_picture(&picture, png_of(issued.code, 1));
	assert_true(image_qr_svg(&to, issued.code, SLICE("Kyushu pass")));
	image_bytes[to.used] = '\0';
	svg_to_picture(&other_picture, (char *)image_bytes);
	assert_int_equal(other_picture.width, picture.width);
	assert_int_equal(other_picture.height, picture.height);
	assert_memory_equal(other_picture.gray, picture.gray,
			    (size_t)picture.width * picture.height);
}

static void the_title_is_escaped(void **state)
{
	struct writer to = { .data = image_bytes, .size = sizeof(image_bytes) - 1 };

	(void)state;
	assert_true(image_qr_svg(&to, "KM1:", SLICE("</title><script>\"1&2\" 九州")));
	image_bytes[to.used] = '\0';
	assert_non_null(strstr((char *)image_bytes,
			       "<title>&lt;/title&gt;&lt;script&gt;\"1&amp;2\" 九州</title>"));
	assert_non_null(strstr((char *)image_bytes, "role=\"img\""));
}

static void refused(void **state)
{
	static char long_code[4400];
	struct writer to = { .data = image_bytes, .size = sizeof(image_bytes) };

	(void)state;
	memset(long_code, 'A', sizeof(long_code) - 1);
	assert_false(image_qr_png(&to, "", 4));
	assert_false(image_qr_png(&to, "km1:", 4));
	assert_false(image_qr_png(&to, "KM1:\n", 4));
	assert_false(image_qr_png(&to, long_code, 4));
	assert_false(image_qr_png(&to, "KM1:", 0));
	assert_false(image_qr_png(&to, "KM1:", IMAGE_SCALE_MAX + 1));
	assert_false(image_qr_svg(&to, "km1:", SLICE("")));
	assert_int_equal(to.used, 0);
	assert_int_equal(image_qr_version("km1:"), 0);
	assert_int_equal(image_qr_version(long_code), 0);
}

static void a_full_writer_is_told(void **state)
{
	struct slice png = png_of("KM1:", 4);

	(void)state;
	for (size_t size = 0; size < png.size; size++) {
		struct writer to = { .data = other_picture.gray, .size = size };

		assert_false(image_qr_png(&to, "KM1:", 4));
		to = (struct writer){ .data = other_picture.gray, .size = size };
		assert_false(image_qr_svg(&to, "KM1:", SLICE("")));
	}
}

static void the_largest_is_drawn(void **state)
{
	static char code[3391]; /* Version 40 (M) holds 3391 characters. */
	struct writer to = { .data = image_bytes, .size = sizeof(image_bytes) };

	(void)state;
	memset(code, '$', sizeof(code) - 1);
	assert_int_equal(image_qr_version(code), 40);
	assert_true(image_qr_png(&to, code, IMAGE_SCALE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticket_codes_are_read_from_the_png),
		cmocka_unit_test(versions),
		cmocka_unit_test(a_quiet_zone_of_four_modules),
		cmocka_unit_test(svg_and_png_show_the_same),
		cmocka_unit_test(the_title_is_escaped),
		cmocka_unit_test(refused),
		cmocka_unit_test(a_full_writer_is_told),
		cmocka_unit_test(the_largest_is_drawn),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
