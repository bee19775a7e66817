/* operators/demo_say.c - what the demo prints, in columns that stand straight though half of
 * them are Japanese. Without it nobody would read the journey to its end.
 */
#include "operators/demo_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CELL_TEXT_COUNT = 16, CELL_TEXT_SIZE = 512, BAR_CELLS = 24 };

static char *next_text(void)
{
	static char texts[CELL_TEXT_COUNT][CELL_TEXT_SIZE];
	static unsigned next;

	return texts[next++ % CELL_TEXT_COUNT];
}

/* The next character's size in bytes; *cells, how wide a terminal shows it. */
static size_t character(const char *text, unsigned *cells)
{
	const uint8_t *c = (const uint8_t *)text;
	size_t size = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	uint32_t code = c[0];

	if (size == 3)
		code = (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
	/* Below U+2E80 are letters, dashes and bars; U+FF61 to DC is half-width kana. */
	*cells = size == 4 || (size == 3 && code >= 0x2e80 && !(code >= 0xff61 && code <= 0xffdc))
		     ? 2
		     : 1;
	return size;
}

/* As much of the text as fits; *used, its cells. */
static size_t fit(const char *text, unsigned cells, unsigned *used)
{
	size_t size = 0;

	*used = 0;
	while (text[size] != '\0') {
		unsigned wide;
		size_t more = character(text + size, &wide);

		if (*used + wide > cells || size + more >= CELL_TEXT_SIZE / 2)
			break;
		size += more;
		*used += wide;
	}
	return size;
}

const char *demo_left(const char *text, unsigned cells)
{
	char *out = next_text();
	unsigned used;
	size_t size = fit(text, cells, &used);

	snprintf(out, CELL_TEXT_SIZE, "%.*s%*s", (int)size, text, (int)(cells - used), "");
	return out;
}

const char *demo_right(const char *text, unsigned cells)
{
	char *out = next_text();
	unsigned used;
	size_t size = fit(text, cells, &used);

	snprintf(out, CELL_TEXT_SIZE, "%*s%.*s", (int)(cells - used), "", (int)size, text);
	return out;
}

const char *demo_number(int64_t number, unsigned cells)
{
	char digits[32], text[48];
	size_t count, used = 0;

	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	count = strlen(digits);
	for (size_t i = 0; i < count; i++) {
		text[used++] = digits[i];
		if (digits[i] != '-' && (count - i - 1) % 3 == 0 && i + 1 < count)
			text[used++] = ',';
	}
	text[used] = '\0';
	return used > cells ? demo_left(text, (unsigned)used) : demo_right(text, cells);
}

const char *demo_bar(uint64_t part, uint64_t whole, unsigned cells)
{
	char *out = next_text();
	size_t used = 0;

	MUST(cells * 3 < CELL_TEXT_SIZE);
	for (unsigned i = 0; i < cells; i++) {
		memcpy(out + used, (uint64_t)i * whole < part * cells ? "█" : "░", 3);
		used += 3;
	}
	out[used] = '\0';
	return out;
}

static void wipe_progress(struct demo *d)
{
	if (d->progress[0] == '\0')
		return;
	printf("\r\033[K");
	d->progress[0] = '\0';
}

void demo_progress(struct demo *d, const char *what, size_t done, size_t of)
{
	char text[sizeof(d->progress)];

	if (!d->terminal)
		return;
	snprintf(text, sizeof(text), "%s %zu%%", what, of == 0 ? 100 : 100 * done / of);
	if (strcmp(text, d->progress) == 0)
		return;
	memcpy(d->progress, text, sizeof(text));
	printf("\r\033[K   %s  %s  %zu of %zu", demo_bar(done, of, BAR_CELLS), what, done, of);
	fflush(stdout);
}

void demo_line(struct demo *d, const char *format, ...)
{
	va_list args;

	wipe_progress(d);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void demo_title(struct demo *d)
{
	demo_line(d, "\nHitotsu · 九州はひとつ · one ticket for all of Kyushu\n");
	demo_line(d, "A council's autumn at a clock set by hand, through the HTTP API alone.");
	demo_line(d, "Invented data; the operators named have agreed to nothing.");
	demo_line(d, "架空のデータです。記載の事業者が同意したものではありません。");
}

void demo_head(struct demo *d, const char *en, const char *ja)
{
	demo_line(d, "\n── %s · %s\n", en, ja);
}

void demo_fail(struct demo *d, const char *format, ...)
{
	va_list args;

	d->failed = true;
	wipe_progress(d);
	fflush(stdout);
	fputs("demo: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

bool demo_check(struct demo *d, bool holds, const char *format, ...)
{
	va_list args;

	wipe_progress(d);
	printf("   %s  ", holds ? "ok    " : "FAILED");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	d->checks_failed += !holds;
	return holds;
}

const char *demo_share(int64_t part, int64_t whole)
{
	char *out = next_text();

	snprintf(out, CELL_TEXT_SIZE, "%lld %%", (long long)(whole <= 0 ? 0 : 100 * part / whole));
	return out;
}
