/* tests/when.h - days and times of Japan as a timetable writes them, for the tables of tests. */
#ifndef TESTS_WHEN_H
#define TESTS_WHEN_H

#include "core/date.h"

/* "2026-11-24T03:00", with seconds and milliseconds where there are any; on Japan's clock. */
time_ms when(const char *text);
day_t on(const char *text); /* "2026-11-24" */
/* Until it is called for the fourth time: two of them may be told in one message. */
const char *when_text(time_ms);

#endif
