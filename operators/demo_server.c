/* operators/demo_server.c - starts the program anew as a server, for a demo that reaches around
 * nothing.
 */
#include "operators/demo_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/child.h"
#include "core/token.h"
#include "operators/demo.h"

enum { PATH_SIZE = 1024, READY_MS = 20000, LINE_SIZE = 64 };

struct demo_house {
	struct child server;
	char store[PATH_SIZE], token_file[PATH_SIZE], ready[PATH_SIZE], log[PATH_SIZE],
	    csv[PATH_SIZE];
	char token[LINE_SIZE], url[LINE_SIZE];
};

static bool fail(const char *what, const char *why)
{
	fprintf(stderr, "hitotsu: demo: %s: %s\n", what, why);
	return false;
}

static void name_paths(struct demo_house *h, const struct demo_command *demo)
{
	snprintf(h->store, PATH_SIZE, "%s/store", demo->data);
	snprintf(h->token_file, PATH_SIZE, "%s/council.token", demo->data);
	snprintf(h->ready, PATH_SIZE, "%s/ready", demo->data);
	snprintf(h->log, PATH_SIZE, "%s/server.log", demo->data);
	snprintf(h->csv, PATH_SIZE, "%s/operators.csv", demo->sample);
}

static bool start_server(struct demo_house *h, const struct demo_command *demo)
{
	const char *init[] = { NULL,      "init",   "--data", h->store, "--insecure-key",
			       "--clock", "manual", NULL };
	const char *serve[] = { NULL,           "serve",      "--data",  h->store,
				"--listen",     demo->listen, "--clock", "manual",
				"--ready-file", h->ready,     NULL };
	char port[LINE_SIZE];

	if (mkdir(demo->data, 0700) != 0 && errno != EEXIST)
		return fail(demo->data, strerror(errno));
	unlink(h->ready);
	if (!child_start(&h->server, init, h->token_file, h->log) || child_wait(&h->server) != 0 ||
	    !child_await_line(&h->server, h->token_file, h->token, sizeof(h->token), READY_MS))
		return fail(
		    h->store,
		    "not made; does a demo's data stand there already? See server.log beside it");
	if (!child_start(&h->server, serve, NULL, h->log) ||
	    !child_await_line(&h->server, h->ready, port, sizeof(port), READY_MS))
		return fail("serve", "it did not start; see server.log in the data folder");
	snprintf(h->url, sizeof(h->url), "http://127.0.0.1:%.8s", port);
	return true;
}

static void stay_open(struct demo_house *h)
{
	printf("\nThe server goes on at %s until you press Ctrl-C. Open in a browser:\n"
	       "  %s/openapi.json   what it can do\n"
	       "  %s/v1/keys        the public keys of its tickets\n"
	       "  %s/metrics        what it has done\n"
	       "or ask as the council:\n"
	       "  curl -H \"Authorization: Bearer $(cat %s)\" %s/v1/participation\n",
	       h->url, h->url, h->url, h->url, h->token_file, h->url);
	fflush(stdout);
	child_hold(&h->server);
}

int demo_command(const struct demo_command *demo)
{
	struct demo_house h = { .server = { 0 } };
	struct demo_start start = { .url = h.url,
				    .council_token = h.token,
				    .operators_csv = h.csv,
				    .feeds = demo->feeds,
				    .feed_count = demo->feed_count,
				    .out_dir = demo->data,
				    .own_sample = demo->own_sample };
	int code = 1;

	name_paths(&h, demo);
	if (start_server(&h, demo)) {
		code = demo_run(&start);
		if (code == 0 && demo->keep)
			stay_open(&h);
	}
	child_stop(&h.server);
	return code;
}
