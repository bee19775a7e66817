/* qr/image.c - without it a ticket would be a string, and nothing a camera could read.
 */
#include "qr/image.h"

#include <png.h>
#include <qrencode.h>
#include <setjmp.h>

enum {
	QR_WIDTH_MAX = 177,
	PIXELS_MAX = (QR_WIDTH_MAX + 2 * IMAGE_QUIET_MODULES) * IMAGE_SCALE_MAX,
	ROW_SIZE_MAX = (PIXELS_MAX + 7) / 8,
};

/* Given to QRcode_free. NULL: not alphanumeric, or too long. */
static QRcode *qr_make(const char *code)
{
	size_t size = text_size(code);
	QRcode *qr = NULL;
	QRinput *input;

	if (size == 0 || size > INT16_MAX)
		return NULL;
	input = QRinput_new2(0, QR_ECLEVEL_M);
	if (input == NULL)
		return NULL;
	/* QRcode_encodeString would split the code into segments of its own choice. */
	if (QRinput_append(input, QR_MODE_AN, (int)size, (const unsigned char *)code) == 0)
		qr = QRcode_encodeInput(input);
	QRinput_free(input);
	return qr;
}

unsigned image_qr_version(const char *code)
{
	QRcode *qr = qr_make(code);
	unsigned version = qr == NULL ? 0 : (unsigned)qr->version;

	QRcode_free(qr);
	return version;
}

static bool is_dark(const QRcode *qr, int x, int y)
{
	return (qr->data[y * qr->width + x] & 1) != 0;
}

static void write_escaped(struct writer *to, struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		switch (text.data[i]) {
		case '&':
			write_text(to, "&amp;");
			break;
		case '<':
			write_text(to, "&lt;");
			break;
		case '>':
			write_text(to, "&gt;");
			break;
		default:
			write_u8(to, text.data[i]);
			break;
		}
	}
}

static void write_run(struct writer *to, int x, int y, int size)
{
	write_text(to, "M");
	write_decimal(to, (uint64_t)(x + IMAGE_QUIET_MODULES), 1);
	write_text(to, " ");
	write_decimal(to, (uint64_t)(y + IMAGE_QUIET_MODULES), 1);
	write_text(to, "h");
	write_decimal(to, (uint64_t)size, 1);
	write_text(to, "v1h-");
	write_decimal(to, (uint64_t)size, 1);
	write_text(to, "z");
}

/* One subpath a run of dark modules: a tenth of the bytes of a square each. */
static void write_path(struct writer *to, const QRcode *qr)
{
	for (int y = 0; y < qr->width; y++) {
		int start = -1;

		for (int x = 0; x <= qr->width; x++) {
			bool dark = x < qr->width && is_dark(qr, x, y);

			if (dark && start < 0)
				start = x;
			if (!dark && start >= 0) {
				write_run(to, start, y, x - start);
				start = -1;
			}
		}
	}
}

bool image_qr_svg(struct writer *to, const char *code, struct slice title)
{
	QRcode *qr = qr_make(code);
	uint64_t frame;

	if (qr == NULL)
		return false;
	frame = (uint64_t)qr->width + 2 * IMAGE_QUIET_MODULES;
	write_text(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
		       "shape-rendering=\"crispEdges\" viewBox=\"0 0 ");
	write_decimal(to, frame, 1);
	write_text(to, " ");
	write_decimal(to, frame, 1);
	write_text(to, "\"><title>");
	write_escaped(to, title);
	write_text(to, "</title><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><path d=\"");
	write_path(to, qr);
	write_text(to, "\"/></svg>\n");
	QRcode_free(qr);
	return !to->failed;
}

static void png_give(png_structp png, png_bytep data, size_t size)
{
	struct writer *to = png_get_io_ptr(png);

	write_bytes(to, slice_of(data, size));
	if (to->failed)
		png_error(png, "full");
}

static void png_flush_nothing(png_structp png)
{
	(void)png;
}

/* libpng's own would print on standard error, where only log lines may stand. */
static void png_fail(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static void png_warn(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

/* A row of pixels, 1 for white. */
static void fill_row(uint8_t row[ROW_SIZE_MAX], const QRcode *qr, int y, unsigned scale)
{
	for (size_t i = 0; i < ROW_SIZE_MAX; i++)
		row[i] = 0xff;
	for (int x = 0; y >= 0 && y < qr->width && x < qr->width; x++) {
		size_t pixel = ((size_t)x + IMAGE_QUIET_MODULES) * scale;

		for (unsigned i = 0; i < scale && is_dark(qr, x, y); i++, pixel++)
			row[pixel / 8] &= (uint8_t) ~(0x80u >> pixel % 8);
	}
}

static void write_png(png_structp png, png_infop info, const QRcode *qr, unsigned scale)
{
	png_uint_32 pixels = (png_uint_32)(qr->width + 2 * IMAGE_QUIET_MODULES) * scale;
	uint8_t row[ROW_SIZE_MAX];

	png_set_IHDR(png, info, pixels, pixels, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (int y = -IMAGE_QUIET_MODULES; y < qr->width + IMAGE_QUIET_MODULES; y++) {
		fill_row(row, qr, y, scale);
		for (unsigned i = 0; i < scale; i++)
			png_write_row(png, row);
	}
	png_write_end(png, info);
}

static bool try_png(png_structp png, png_infop info, const QRcode *qr, unsigned scale)
{
	if (setjmp(png_jmpbuf(png)) != 0)
		return false;
	write_png(png, info, qr, scale);
	return true;
}

bool image_qr_png(struct writer *to, const char *code, unsigned scale)
{
	png_structp png = NULL;
	png_infop info = NULL;
	QRcode *qr = NULL;
	bool done = false;

	if (scale >= 1 && scale <= IMAGE_SCALE_MAX)
		qr = qr_make(code);
	if (qr != NULL)
		png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_fail, png_warn);
	if (png != NULL)
		info = png_create_info_struct(png);
	if (info != NULL) {
		png_set_write_fn(png, to, png_give, png_flush_nothing);
		done = try_png(png, info, qr, scale);
	}
	png_destroy_write_struct(&png, &info);
	QRcode_free(qr);
	return done && !to->failed;
}
