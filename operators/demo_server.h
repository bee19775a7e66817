/* operators/demo_server.h - a server of the demo's own, the journey through it, and, if asked,
 * staying open.
 */
#ifndef OPERATORS_DEMO_SERVER_H
#define OPERATORS_DEMO_SERVER_H

#include "core/base.h"

struct demo_command {
	const char *data;   /* A folder that holds no demo's data yet; made if it is not there. */
	const char *listen; /* HOST:PORT */
	const char *sample; /* Folder with operators.csv. */
	const char *const *feeds;
	size_t feed_count;
	bool keep;       /* Go on serving after the journey until Ctrl-C. */
	bool own_sample; /* The feeds are the project's own. */
};

/* The exit code. */
int demo_command(const struct demo_command *);

#endif
