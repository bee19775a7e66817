/* core/pdf.c - drawing by cairo, setting type by pango. Without it statements would be numbers on a
 * screen that no auditor can file.
 */
#include "core/pdf.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"

/* One family for every text: Japanese in it, other scripts by fontconfig's fallback. */
static const char font_family[] = "IPAexGothic, Noto Sans CJK JP, sans-serif";

/* Fontconfig keeps its patterns by offsets instead of pointers: LeakSanitizer, which asks for this
 * by its name, would take its caches for lost. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

enum { GROW_SIZE = 64 * 1024, DEPTH_MAX = 8 };

static const double points_per_unit = 72.0 / 254.0;
static const double stroke_width = 0.4; /* Points. */

struct pdf {
	cairo_surface_t *surface;
	cairo_t *cairo;
	PangoLayout *layout;
	uint8_t *bytes;
	size_t used, size;
	unsigned pages;
	const char *tags[DEPTH_MAX];
	unsigned depth;
};

static cairo_status_t take_bytes(void *to, const unsigned char *data, unsigned int size)
{
	struct pdf *pdf = to;

	if (pdf->size - pdf->used < size) {
		size_t grown = 2 * pdf->size + size + GROW_SIZE;
		uint8_t *bytes = realloc(pdf->bytes, grown);

		if (bytes == NULL)
			return CAIRO_STATUS_NO_MEMORY;
		pdf->bytes = bytes;
		pdf->size = grown;
	}
	mem_copy(pdf->bytes + pdf->used, data, size);
	pdf->used += size;
	return CAIRO_STATUS_SUCCESS;
}

static double points(int units)
{
	return units * points_per_unit;
}

static void say_about(struct pdf *pdf, const struct pdf_about *about)
{
	char when[TIME_TEXT_SIZE];

	time_encode(when, about->made_at);
	cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_TITLE, about->title);
	cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_AUTHOR, about->author);
	cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_CREATE_DATE, when);
	cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_MOD_DATE, when);
}

bool pdf_open(struct pdf **out, const struct pdf_about *about)
{
	struct pdf *pdf = calloc(1, sizeof(*pdf));

	*out = pdf;
	if (pdf == NULL)
		return false;
	pdf->surface = cairo_pdf_surface_create_for_stream(take_bytes, pdf, points(PDF_A4_WIDTH),
							   points(PDF_A4_HEIGHT));
	say_about(pdf, about);
	pdf->cairo = cairo_create(pdf->surface);
	pdf->layout = pango_cairo_create_layout(pdf->cairo);
	pdf->pages = 1;
	cairo_tag_begin(pdf->cairo, "Document", NULL);
	if (cairo_status(pdf->cairo) == CAIRO_STATUS_SUCCESS)
		return true;
	pdf_close(pdf);
	*out = NULL;
	return false;
}

void pdf_next_page(struct pdf *pdf)
{
	MUST(pdf->depth == 0);
	cairo_show_page(pdf->cairo);
	pdf->pages++;
}

unsigned pdf_page_count(const struct pdf *pdf)
{
	return pdf->pages;
}

void pdf_begin(struct pdf *pdf, const char *tag)
{
	MUST(pdf->depth < DEPTH_MAX);
	pdf->tags[pdf->depth++] = tag;
	cairo_tag_begin(pdf->cairo, tag, NULL);
}

void pdf_end(struct pdf *pdf)
{
	MUST(pdf->depth > 0);
	cairo_tag_end(pdf->cairo, pdf->tags[--pdf->depth]);
}

static void set_type(struct pdf *pdf, const struct pdf_style *style, int width, const char *text)
{
	static const PangoAlignment alignments[] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER,
						     PANGO_ALIGN_RIGHT };
	PangoFontDescription *font = pango_font_description_new();
	PangoLayout *layout = pdf->layout;

	MUST(style->align < COUNT_OF(alignments) && style->size > 0 && pdf->depth > 0);
	pango_font_description_set_family_static(font, font_family);
	pango_font_description_set_absolute_size(font, style->size * (PANGO_SCALE / 10.0));
	if (style->bold)
		pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_context_set_language(
		pango_layout_get_context(layout),
		pango_language_from_string(style->lang != NULL ? style->lang : "ja"));
	pango_layout_set_alignment(layout, alignments[style->align]);
	pango_layout_set_width(layout, (int)(points(width) * PANGO_SCALE));
	pango_layout_set_text(layout, text, -1);
	if (style->grey)
		cairo_set_source_rgb(pdf->cairo, 0.35, 0.35, 0.35);
	else
		cairo_set_source_rgb(pdf->cairo, 0, 0, 0);
}

static int show(struct pdf *pdf, int x, int y)
{
	int width, height;

	cairo_move_to(pdf->cairo, points(x), points(y));
	pango_cairo_show_layout(pdf->cairo, pdf->layout);
	pango_layout_get_size(pdf->layout, &width, &height);
	return (int)(height / (PANGO_SCALE * points_per_unit) + 0.5);
}

void pdf_line_text(struct pdf *pdf, const struct pdf_style *style, int x, int y, int width,
		   const char *text)
{
	set_type(pdf, style, width, text);
	pango_layout_set_single_paragraph_mode(pdf->layout, TRUE);
	pango_layout_set_height(pdf->layout, -1);
	pango_layout_set_ellipsize(pdf->layout, PANGO_ELLIPSIZE_END);
	(void)show(pdf, x, y);
}

int pdf_paragraph(struct pdf *pdf, const struct pdf_style *style, int x, int y, int width,
		  const char *text)
{
	set_type(pdf, style, width, text);
	pango_layout_set_single_paragraph_mode(pdf->layout, FALSE);
	pango_layout_set_ellipsize(pdf->layout, PANGO_ELLIPSIZE_NONE);
	pango_layout_set_wrap(pdf->layout, PANGO_WRAP_WORD_CHAR);
	return show(pdf, x, y);
}

void pdf_stroke(struct pdf *pdf, int x, int y, int length, bool down)
{
	cairo_set_source_rgb(pdf->cairo, 0.4, 0.4, 0.4);
	cairo_set_line_width(pdf->cairo, stroke_width);
	cairo_move_to(pdf->cairo, points(x), points(y));
	if (down)
		cairo_line_to(pdf->cairo, points(x), points(y + length));
	else
		cairo_line_to(pdf->cairo, points(x + length), points(y));
	cairo_stroke(pdf->cairo);
}

void pdf_shade(struct pdf *pdf, int x, int y, int width, int height)
{
	cairo_set_source_rgb(pdf->cairo, 0.93, 0.95, 0.97);
	cairo_rectangle(pdf->cairo, points(x), points(y), points(width), points(height));
	cairo_fill(pdf->cairo);
}

bool pdf_finish(struct pdf *pdf, struct slice *out)
{
	MUST(pdf->depth == 0);
	cairo_tag_end(pdf->cairo, "Document");
	cairo_show_page(pdf->cairo);
	cairo_surface_finish(pdf->surface);
	*out = slice_of(pdf->bytes, pdf->used);
	return cairo_status(pdf->cairo) == CAIRO_STATUS_SUCCESS &&
	       cairo_surface_status(pdf->surface) == CAIRO_STATUS_SUCCESS;
}

void pdf_close(struct pdf *pdf)
{
	if (pdf == NULL)
		return;
	g_object_unref(pdf->layout);
	cairo_destroy(pdf->cairo);
	cairo_surface_destroy(pdf->surface);
	free(pdf->bytes);
	free(pdf);
}
