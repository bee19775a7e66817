/* core/pdf.h - pages to print and to keep; the door to cairo and pango.
 *
 * Lengths are in tenths of a millimetre from the page's upper left corner, type sizes in tenths of
 * a point. Fonts are embedded and the text can be copied out again; what stands on a page is tagged
 * (headings, paragraphs, tables), so that a screen reader finds its way. The same calls give the
 * same bytes: the date of making is an input. Nothing here waits, but a page costs milliseconds:
 * long papers are drawn on a worker, a struct pdf on one thread at a time.
 */
#ifndef CORE_PDF_H
#define CORE_PDF_H

#include "core/base.h"

enum { PDF_A4_WIDTH = 2100, PDF_A4_HEIGHT = 2970 };

struct pdf; /* Opaque. */

struct pdf_about {
	const char *title, *author;
	time_ms made_at;
};

enum pdf_align { PDF_LEFT, PDF_CENTRE, PDF_RIGHT };

struct pdf_style {
	uint16_t size; /* Of the type, tenths of a point. */
	uint8_t align; /* enum pdf_align, within the width. */
	bool bold;
	bool grey;
	const char *lang; /* BCP 47: which forms of Han characters to take. NULL: "ja". */
};

/* Standard structure types of ISO 32000-1 section 14.8.4: "H1", "P", "Table", "TR", "TH", "TD".
 * Each begin has its end on the same page; no text stands outside of them all. */
void pdf_begin(struct pdf *, const char *tag);
void pdf_end(struct pdf *);

/* A4, upright; the first page is there. */
MUSTCHECK bool pdf_open(struct pdf **, const struct pdf_about *);
void pdf_next_page(struct pdf *);
unsigned pdf_page_count(const struct pdf *);

/* One line with its upper edge at y; what is too long for the width ends in an ellipsis. */
void pdf_line_text(struct pdf *, const struct pdf_style *, int x, int y, int width,
		   const char *text);
/* As many lines as it takes. Returns their height. */
int pdf_paragraph(struct pdf *, const struct pdf_style *, int x, int y, int width,
		  const char *text);
/* A thin line from (x, y), to the right or, with `down`, downwards. An ornament, not content. */
void pdf_stroke(struct pdf *, int x, int y, int length, bool down);
/* Light grey behind what comes later. */
void pdf_shade(struct pdf *, int x, int y, int width, int height);

/* Ends the paper. The bytes live until pdf_close. False: memory ran out. */
MUSTCHECK bool pdf_finish(struct pdf *, struct slice *out);
void pdf_close(struct pdf *);

#endif
