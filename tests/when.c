/* tests/when.c - without it tables would hold milliseconds that nobody can read. */
#include "tests/when.h"

#include <stdio.h>
#include <string.h>

time_ms when(const char *text)
{
	const char *seconds = strlen(text) == sizeof("2026-11-24T03:00") - 1 ? ":00" : "";
	char full[TIME_TEXT_SIZE + 8];
	time_ms at;

	(void)snprintf(full, sizeof(full), "%s%s+09:00", text, seconds);
	MUST(time_decode(&at, slice_text(full)));
	return at;
}

day_t on(const char *text)
{
	day_t day;

	MUST(date_decode(&day, slice_text(text)));
	return day;
}

const char *when_text(time_ms at)
{
	static char texts[4][TIME_TEXT_SIZE];
	static unsigned used;
	char *text = texts[used++ % 4];

	time_encode(text, at);
	return text;
}
