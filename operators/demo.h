/* operators/demo.h - the journey: a council's month in a minute and a half, through the
 * program's own HTTP API.
 */
#ifndef OPERATORS_DEMO_H
#define OPERATORS_DEMO_H

#include "core/base.h"

struct demo_start {
	const char *url;	   /* A server with a manual clock, just begun. */
	const char *council_token;
	const char *operators_csv; /* operators/sample/operators.csv */
	const char *const *feeds;  /* Zips to import. */
	size_t feed_count;
	const char *out_dir; /* Where the ticket's QR and the statements are written. */
	bool own_sample;     /* The feeds are the project's own: the plain demo. */
};

/* The exit code: 0 only if its own checks of the totals hold. */
int demo_run(const struct demo_start *);

#endif
