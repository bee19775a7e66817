/* operators/bench_recompute.c - a month divided again, against an analytical database that does the
 * same. Without it "an operator can check its statement" would hold for small months alone.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operators/ride_sheet.h"

enum {
	OPERATOR_COUNT = 60,
	RIDES_EACH = 4,
	TICKETS = 2500000,
	TICKETS_QUICK = 50000,
	SMALLER = 10, /* The other sheet, for memory. */
	LINE_SIZE = 256,
	ARG_COUNT = 6,
	RATIO_GOAL = 1 * BENCH_ONE,
	RSS_GOAL = 12 * BENCH_ONE / 10,
};

struct sheets {
	char large[BENCH_PATH_SIZE], small[BENCH_PATH_SIZE], dir[BENCH_PATH_SIZE];
	char out[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE], peer[BENCH_PATH_SIZE];
};

struct cost {
	unsigned long long tickets, rides, ms, peak_kib;
};

static void path_of(char out[BENCH_PATH_SIZE], const struct bench *b, const char *name)
{
	MUST(snprintf(out, BENCH_PATH_SIZE, "%s/%s", b->options.data, name) < BENCH_PATH_SIZE);
}

static uint64_t mix(uint64_t n)
{
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
	return n ^ (n >> 31);
}

static void make_rule(struct rule *rule)
{
	*rule = (struct rule){ .rule_id = "bench-rule", .version = 1, .step_count = 3 };
	rule->steps[0] = (struct rule_step){ .kind = STEP_COMMISSION, .basis_points = 500 };
	rule->steps[1] = (struct rule_step){ .kind = STEP_COUNCIL_FEE, .basis_points = 200 };
	rule->steps[2] = (struct rule_step){ .kind = STEP_SPLIT, .base = BASE_LEFT,
					     .by = BY_DEEMED_FARE };
}

static void make_ticket(struct sheet_ticket *ticket, struct sheet_ride rides[RIDES_EACH],
			uint64_t n)
{
	*ticket = (struct sheet_ticket){ .earned_yen = (yen)(500 + mix(n) % 9500),
					 .ride_count = RIDES_EACH,
					 .riders = 1 };
	for (uint64_t i = 0; i < RIDES_EACH; i++) {
		uint64_t drawn = mix(n * RIDES_EACH + i + 1);

		rides[i] = (struct sheet_ride){
			.operator = (uint16_t)(drawn % OPERATOR_COUNT), .boardings = 1,
			.riders = 1, .deemed_fare_yen = (uint32_t)(150 + (drawn >> 32) % 100 * 10)
		};
	}
}

static bool write_sheet(const char *path, uint64_t tickets, FILE *sold, FILE *ridden)
{
	static char names[OPERATOR_COUNT][ID_SIZE];
	static struct rule rule;
	const struct rule *rules[] = { &rule };
	const struct sheet_kind kind = { .rides = day_of_civil((struct civil){ 2026, 11, 1 }),
					 .product_number = 1, .product_version = 1 };
	const struct sheet_cover cover = { kind.rides, &kind, rules, 1,
					   (const char(*)[ID_SIZE])names, OPERATOR_COUNT };
	struct sheet_out out;
	bool good;

	make_rule(&rule);
	for (unsigned i = 0; i < OPERATOR_COUNT; i++)
		snprintf(names[i], ID_SIZE, "bench-operator-%02u", i % 100);
	good = sheet_create(&out, path, &cover);
	for (uint64_t n = 0; good && n < tickets; n++) {
		struct sheet_ticket ticket;
		struct sheet_ride rides[RIDES_EACH];

		make_ticket(&ticket, rides, n);
		good = sheet_put(&out, &ticket, rides);
		for (unsigned i = 0; ridden != NULL && i < RIDES_EACH; i++)
			fprintf(ridden, "%llu,%u,%u\n", (unsigned long long)n, rides[i].operator,
				rides[i].deemed_fare_yen);
		if (sold != NULL)
			fprintf(sold, "%llu,%lld\n", (unsigned long long)n,
				(long long)ticket.earned_yen);
	}
	return sheet_finish(&out) && good;
}

static FILE *open_csv(const struct bench *b, const char *name)
{
	char path[BENCH_PATH_SIZE];

	path_of(path, b, name);
	return b->options.peer == NULL ? NULL : fopen(path, "w");
}

static bool make_sheets(struct bench *b, struct sheets *sheets)
{
	uint64_t tickets = b->options.quick ? TICKETS_QUICK : TICKETS;
	FILE *sold = open_csv(b, "tickets.csv"), *ridden = open_csv(b, "rides.csv");
	bool good;

	path_of(sheets->large, b, "month.sheet");
	path_of(sheets->small, b, "tenth.sheet");
	path_of(sheets->out, b, "settle.csv");
	path_of(sheets->log, b, "settle.log");
	path_of(sheets->peer, b, "peer.csv");
	path_of(sheets->dir, b, "");
	good = write_sheet(sheets->large, tickets, sold, ridden) &&
	       write_sheet(sheets->small, tickets / SMALLER, NULL, NULL);
	if (sold != NULL)
		good = fclose(sold) == 0 && good;
	if (ridden != NULL)
		good = fclose(ridden) == 0 && good;
	return good || bench_fail("recompute", "the sheets could not be written");
}

/* The last line of what a child said. */
static bool last_line(const char *path, char line[LINE_SIZE])
{
	FILE *file = fopen(path, "r");
	bool any = false;

	if (file == NULL)
		return false;
	while (fgets(line, LINE_SIZE, file) != NULL)
		any = true;
	fclose(file);
	return any;
}

static bool settle_once(const struct sheets *sheets, const char *sheet, struct cost *cost)
{
	const char *argv[ARG_COUNT] = { NULL, "settle", "--sheet", sheet, NULL };
	struct child child;
	char line[LINE_SIZE];

	return child_start(&child, argv, sheets->out, sheets->log) && child_wait(&child) == 0 &&
	       last_line(sheets->log, line) &&
	       sscanf(line, "tickets %llu rides %llu ms %llu peak_kib %llu", &cost->tickets,
		      &cost->rides, &cost->ms, &cost->peak_kib) == 4;
}

static bool peer_once(const struct bench *b, const struct sheets *sheets, unsigned long long *ms)
{
	const char *argv[ARG_COUNT] = { "/usr/bin/env", "node", b->options.peer, sheets->dir,
					NULL };
	char said[BENCH_PATH_SIZE], line[LINE_SIZE];
	struct child child;

	path_of(said, b, "peer.log");
	return child_start(&child, argv, said, NULL) && child_wait(&child) == 0 &&
	       last_line(said, line) && sscanf(line, "%llu", ms) == 1;
}

/* Ours has more columns: operator, tickets, fare and share are what the peer says too. */
static bool answers_agree(const struct sheets *sheets)
{
	FILE *ours = fopen(sheets->out, "r"), *theirs = fopen(sheets->peer, "r");
	char line[LINE_SIZE], expected[LINE_SIZE], name[64];
	unsigned rows = 0;
	bool same = ours != NULL && theirs != NULL;

	while (same && fgets(line, sizeof(line), ours) != NULL) {
		unsigned long long tickets, fare;
		long long share;

		same = sscanf(line, "%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%63[^,],%llu,%*[^,],%*[^,],"
			      "%llu,%lld", name, &tickets, &fare, &share) == 4;
		snprintf(expected, sizeof(expected), "%s,%llu,%llu,%lld\n", name, tickets, fare,
			 share);
		same = same && fgets(line, sizeof(line), theirs) != NULL &&
		       strcmp(line, expected) == 0;
		rows++;
	}
	same = same && rows == OPERATOR_COUNT && fgets(line, sizeof(line), theirs) == NULL;
	if (ours != NULL)
		fclose(ours);
	if (theirs != NULL)
		fclose(theirs);
	return same;
}

static bool measure(struct bench *b, const struct sheets *sheets, unsigned run)
{
	struct cost large, small;
	unsigned long long peer_ms = 0;

	bench_begin(b, "recompute", run);
	if (!settle_once(sheets, sheets->small, &small) ||
	    !settle_once(sheets, sheets->large, &large))
		return bench_fail("recompute", "hitotsu settle did not say what it cost");
	bench_add(b, "recompute_ms", "ms", (int64_t)large.ms * BENCH_ONE);
	bench_add_ratio(b, "recompute_rss_ratio", BENCH_AT_MOST, RSS_GOAL, large.peak_kib,
			small.peak_kib);
	if (b->options.peer == NULL)
		return true;
	if (!peer_once(b, sheets, &peer_ms))
		return bench_fail("recompute", "the peer did not say how long it took");
	if (!answers_agree(sheets))
		return bench_fail("recompute", "the peer divided otherwise");
	bench_add(b, "recompute_peer_ms", "ms", (int64_t)peer_ms * BENCH_ONE);
	bench_add_ratio(b, "recompute_vs_duckdb_ratio", BENCH_AT_LEAST, RATIO_GOAL, peer_ms,
			large.ms);
	return true;
}

bool bench_recompute(struct bench *b)
{
	struct sheets sheets;
	bool good = make_sheets(b, &sheets);

	for (unsigned run = 0; good && run < b->options.runs; run++)
		good = measure(b, &sheets, run);
	unlink(sheets.large);
	unlink(sheets.small);
	return good;
}
