/* core/log.h - one JSON object a line on standard error, for machines first.
 *
 * {"at":"2026-11-24T17:18:50.123+09:00","level":"info","event":"listening","port":8080}
 * Never given secrets: no token, no ticket code, no key, no personal datum.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);

struct log_field {
	const char *key;
	const char *text; /* NULL: the number. */
	int64_t number;
};

/* Fields up to the first without a key. */
void log_event(enum log_level, const char *event, const struct log_field *fields);
/* At least one field: LOG(LOG_INFO, "listening", LOG_INT("port", 8080)). */
#define LOG(level, event, ...)                                                                     \
	log_event(level, event, (const struct log_field[]){ __VA_ARGS__, { NULL, NULL, 0 } })
#define LOG_TEXT(k, v)                                                                             \
	{                                                                                          \
		.key = (k), .text = (v)                                                            \
	}
#define LOG_INT(k, v)                                                                              \
	{                                                                                          \
		.key = (k), .number = (v)                                                          \
	}

#endif
