/* operators/bench.c - what is measured, in which order, and how it is told. Without it every claim
 * of speed would be a memory of somebody's laptop.
 */
#include "operators/bench_inside.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TICKETS_MAX = 20000000, TICKETS_LEAST = 100, TIME_MS_LEAST = 100, TIME_MS_MAX = 600000 };

struct bench_part {
	const char *name;
	bool (*run)(struct bench *);
};

/* In this order; what comes later may leave the stores larger. */
static const struct bench_part parts[] = {
	{ "offline", bench_offline },
	{ "online", bench_online },
	{ "dynamic", bench_dynamic },
	{ "cold", bench_cold },
	{ "growth", bench_growth },
	{ "batch", bench_batch },
	{ "fold", bench_fold },
	{ "recompute", bench_recompute },
	{ "close", bench_close },
};

bool bench_fail(const char *what, const char *why)
{
	fprintf(stderr, "\nhitotsu: bench: %s: %s\n", what, why);
	return false;
}

static struct bench_row *row_of(struct bench *b, const char *name)
{
	for (size_t i = 0; i < b->row_count; i++)
		if (strcmp(b->rows[i].name, name) == 0)
			return &b->rows[i];
	MUST(b->row_count < BENCH_ROWS_MAX);
	b->rows[b->row_count] = (struct bench_row){ .name = name };
	return &b->rows[b->row_count++];
}

void bench_add(struct bench *b, const char *name, const char *unit, int64_t value)
{
	struct bench_row *row = row_of(b, name);

	MUST(row->count < BENCH_RUNS_MAX);
	row->unit = unit;
	row->value[row->count++] = value;
}

void bench_add_ratio(struct bench *b, const char *name, enum bench_kind kind, int64_t goal,
		     uint64_t a, uint64_t over)
{
	struct bench_row *row = row_of(b, name);

	row->kind = kind;
	row->goal = goal;
	if (over > 0)
		bench_add(b, name, "", (int64_t)((a * (uint64_t)BENCH_ONE + over / 2) / over));
}

int64_t bench_median(const struct bench_row *row)
{
	int64_t sorted[BENCH_RUNS_MAX];

	for (unsigned i = 0; i < row->count; i++) {
		unsigned at = i;

		for (; at > 0 && sorted[at - 1] > row->value[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = row->value[i];
	}
	if (row->count == 0)
		return 0;
	return row->count % 2 == 1 ? sorted[row->count / 2]
				   : (sorted[row->count / 2 - 1] + sorted[row->count / 2]) / 2;
}

void bench_begin(struct bench *b, const char *what, unsigned run)
{
	snprintf(b->doing, sizeof(b->doing), "%-28s run %u of %u", what, run + 1, b->options.runs);
}

/* On a terminal the line is written over; in a file only the last one of a measurement stays. */
void bench_progress(struct bench *b, const char *what, uint64_t done, uint64_t rate)
{
	if (!b->terminal)
		return;
	printf("\r  %-44s %12llu %s, %llu/s  ", b->doing, (unsigned long long)done, what,
	       (unsigned long long)rate);
	fflush(stdout);
}

static bool is_asked(const struct bench *b, const char *name)
{
	const char *only = b->options.only;
	size_t size = strlen(name);

	if (only == NULL)
		return true;
	for (const char *at = only; (at = strstr(at, name)) != NULL; at += size)
		if ((at == only || at[-1] == ',') && (at[size] == ',' || at[size] == '\0'))
			return true;
	return false;
}

static int run(struct bench *b)
{
	bool fine = true;

	for (size_t i = 0; i < COUNT_OF(parts) && fine; i++)
		if (is_asked(b, parts[i].name))
			fine = parts[i].run(b);
	if (b->row_count > 0)
		bench_print(b);
	if (!fine)
		return 1;
	if (!bench_write(b, b->options.out))
		return bench_fail(b->options.out, "it could not be written"), 1;
	printf("\nWritten to %s\n", b->options.out);
	return 0;
}

/* --- Options --- */

static bool number_of(uint64_t *out, const char *text, uint64_t least, uint64_t most)
{
	int64_t number;

	if (!decimal_decode(&number, slice_text(text)) || number < 0 || (uint64_t)number < least ||
	    (uint64_t)number > most)
		return bench_fail(text, "not a number that can be used here");
	*out = (uint64_t)number;
	return true;
}

static bool take_growth(struct bench_options *o, char *text)
{
	char *comma = strchr(text, ',');

	if (comma == NULL)
		return bench_fail("--growth", "say two numbers of tickets: SMALL,LARGE");
	*comma = '\0';
	return number_of(&o->growth_small, text, TICKETS_LEAST, TICKETS_MAX) &&
	       number_of(&o->growth_large, comma + 1, o->growth_small, TICKETS_MAX);
}

static void set_quick(struct bench_options *o)
{
	o->quick = true;
	o->tickets = 20000;
	o->growth_small = 2000;
	o->growth_large = 40000;
	o->runs = 1;
	o->time_ms = 800;
	o->warm_ms = 200;
	o->rate = 2000;
}

enum {
	OPT_DATA,
	OPT_QUICK,
	OPT_TICKETS,
	OPT_GROWTH,
	OPT_RUNS,
	OPT_TIME,
	OPT_RATE,
	OPT_ONLY,
	OPT_COMMIT,
	OPT_PEER,
	OPT_OUT
};

static bool take_option(struct bench_options *o, int option, char *text)
{
	uint64_t number;

	switch (option) {
	case OPT_DATA:
		o->data = text;
		return true;
	case OPT_QUICK:
		set_quick(o);
		return true;
	case OPT_TICKETS:
		return number_of(&o->tickets, text, TICKETS_LEAST, TICKETS_MAX);
	case OPT_GROWTH:
		return take_growth(o, text);
	case OPT_ONLY:
		o->only = text;
		return true;
	case OPT_PEER:
		o->peer = text;
		return true;
	case OPT_COMMIT:
		o->commit = text;
		return true;
	case OPT_OUT:
		o->out = text;
		return true;
	case OPT_TIME:
		return number_of(&o->time_ms, text, TIME_MS_LEAST, TIME_MS_MAX);
	case OPT_RUNS:
		if (!number_of(&number, text, 1, BENCH_RUNS_MAX))
			return false;
		o->runs = (unsigned)number;
		return true;
	default:
		if (!number_of(&number, text, 1, HTTP_LOAD_RATE_MAX))
			return false;
		o->rate = (uint32_t)number;
		return true;
	}
}

static bool take_options(struct bench_options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "data", required_argument, NULL, OPT_DATA },
		{ "quick", no_argument, NULL, OPT_QUICK },
		{ "tickets", required_argument, NULL, OPT_TICKETS },
		{ "growth", required_argument, NULL, OPT_GROWTH },
		{ "runs", required_argument, NULL, OPT_RUNS },
		{ "time-ms", required_argument, NULL, OPT_TIME },
		{ "rate", required_argument, NULL, OPT_RATE },
		{ "only", required_argument, NULL, OPT_ONLY },
		{ "commit", required_argument, NULL, OPT_COMMIT },
		{ "peer", required_argument, NULL, OPT_PEER },
		{ "out", required_argument, NULL, OPT_OUT },
		{ 0 },
	};
	int found;

	while ((found = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (found == '?' || !take_option(o, found, optarg))
			return false;
	if (o->data == NULL || optind < argc)
		return bench_fail("how", "hitotsu bench " BENCH_USAGE);
	return true;
}

int bench_command(int argc, char **argv)
{
	static struct bench bench;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* Into a file, too, line by line. */
	bench.terminal = isatty(STDOUT_FILENO) == 1;
	bench.options = (struct bench_options){ .commit = "unknown",
						.out = "build/bench.json",
						.tickets = 1000000,
						.growth_small = 100000,
						.growth_large = 10000000,
						.runs = 3,
						.time_ms = 8000,
						.warm_ms = 2000,
						.rate = 4000 };
	if (!take_options(&bench.options, argc, argv))
		return 2;
	if (!crypto_init())
		return bench_fail("crypto", "the system gives no randomness"), 1;
	mkdir(bench.options.data, 0700); /* Who cannot make it is told by the first store. */
	return run(&bench);
}
