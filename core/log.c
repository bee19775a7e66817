/* core/log.c - what happened, one line each. Without it the person on call would have to guess.
 */
#include "core/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"

enum { LOG_LINE_SIZE = 4096 };

static atomic_int least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
	atomic_store(&least_level, (int)least);
}

static void put_line(struct writer *w, enum log_level level, const char *event,
		     const struct log_field *fields)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct clock clock = { 0 };
	char at[TIME_TEXT_SIZE];
	struct json_out out;

	MUST((size_t)level < COUNT_OF(names));
	time_encode(at, clock_now(&clock));
	json_begin(&out, w);
	json_object(&out, NULL);
	json_put_text(&out, "at", slice_text(at));
	json_put_text(&out, "level", slice_text(names[level]));
	json_put_text(&out, "event", slice_text(event));
	for (; fields != NULL && fields->key != NULL; fields++) {
		if (fields->text != NULL)
			json_put_text(&out, fields->key, slice_text(fields->text));
		else
			json_put_int(&out, fields->key, fields->number);
	}
	json_object_end(&out);
	write_text(w, "\n");
}

/* One write a line, so that lines of two threads do not mix. A log that cannot be written stops
 * nobody. */
static void send_line(struct slice line)
{
	ssize_t sent;

	do
		sent = write(STDERR_FILENO, line.data, line.size);
	while (sent < 0 && errno == EINTR);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields)
{
	const struct log_field cut[] = { LOG_TEXT("cut", "the fields were too long"), { 0 } };
	uint8_t line[LOG_LINE_SIZE];
	struct writer w = { .data = line, .size = sizeof(line) };
	int saved = errno;

	if ((int)level < atomic_load(&least_level))
		return;
	put_line(&w, level, event, fields);
	if (w.failed) {
		w = (struct writer){ .data = line, .size = sizeof(line) };
		put_line(&w, level, event, cut);
		MUST(!w.failed);
	}
	send_line(slice_of(line, w.used));
	errno = saved;
}
