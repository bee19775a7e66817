/* operators/settle.c - `hitotsu settle`. Without it a sheet of rides would be a file that nobody
 * can read.
 */
#include "operators/settle.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/codec.h"
#include "core/crew.h"
#include "core/date.h"
#include "operators/settle_inside.h"

enum { MILLION = 1000000 };

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "settle: %s: %s\n", what, why);
	return 2;
}

static void print_sum(const struct sheet *sheet, size_t kind, size_t place,
		      const struct recompute_sum *sum)
{
	char rides[MONTH_TEXT_SIZE];

	month_encode(rides, sheet->kinds[kind].rides);
	printf("%u,%u,%s,%s,%u,%s,%llu,%llu,%llu,%llu,%lld\n", sheet->kinds[kind].product_number,
	       sheet->kinds[kind].product_version, rides, sheet->rules[kind]->rule_id,
	       sheet->rules[kind]->version, sheet->operators[place],
	       (unsigned long long)sum->tickets, (unsigned long long)sum->boardings,
	       (unsigned long long)sum->riders, (unsigned long long)sum->deemed_fare_yen,
	       (long long)sum->share_yen);
}

static void print_sums(const struct recompute *done)
{
	const struct sheet_header *header = &done->sheet->header;

	for (size_t kind = 0; kind < header->kind_count; kind++)
		for (size_t place = 0; place < header->operator_count; place++) {
			const struct recompute_sum *sum =
				&done->sums[kind * header->operator_count + place];

			if (sum->tickets > 0 || sum->share_yen > 0)
				print_sum(done->sheet, kind, place, sum);
		}
}

static void print_cost(const struct sheet *sheet, uint64_t taken_ns)
{
	struct rusage used;

	MUST(getrusage(RUSAGE_SELF, &used) == 0);
	fprintf(stderr, "tickets %llu rides %llu ms %llu peak_kib %ld\n",
		(unsigned long long)sheet->header.ticket_count,
		(unsigned long long)sheet->header.ride_count,
		(unsigned long long)(taken_ns / MILLION), used.ru_maxrss);
}

static int divide(struct sheet *sheet, const char *path, unsigned threads)
{
	char error[SHEET_ERROR_SIZE];
	struct recompute done;
	uint64_t begun = clock_monotonic_ns();
	bool good;

	if (!sheet_open(sheet, path, error)) {
		sheet_close(sheet);
		fprintf(stderr, "settle: %s: %s\n", path, error);
		return 1;
	}
	good = recompute_run(&done, sheet, threads);
	if (good) {
		print_sums(&done);
		print_cost(sheet, clock_monotonic_ns() - begun);
	} else {
		fprintf(stderr, "settle: %s: %s\n", path,
			done.damaged ? "the sheet is damaged: make it again" : "no memory");
	}
	recompute_close(&done);
	sheet_close(sheet);
	return good ? 0 : 1;
}

/* ---- From a store. ---- */

struct temporary { /* A sheet for this run alone. */
	char path[64];
};

static bool temporary_make(struct temporary *t)
{
	int file;

	(void)snprintf(t->path, sizeof(t->path), "/tmp/hitotsu-sheet-XXXXXX");
	file = mkstemp(t->path);
	return file >= 0 && close(file) == 0;
}

static int compare(struct settle_store *s, struct sheet *sheet, const char *path)
{
	char error[SHEET_ERROR_SIZE];
	struct recompute done = { 0 };
	uint64_t begun = clock_monotonic_ns();
	bool agree = false, good = false;

	if (!sheet_open(sheet, path, error))
		(void)settle_refuse(s, error);
	else if (!recompute_run(&done, sheet, s->order->threads))
		(void)settle_refuse(s, "no memory");
	else
		good = settle_compare(s, &done, &agree);
	if (good) {
		print_cost(sheet, clock_monotonic_ns() - begun);
		printf("%s\n", agree ? "All lines agree to the yen." : "Lines differ.");
	}
	recompute_close(&done);
	sheet_close(sheet);
	return !good ? 2 : agree ? 0 : 1;
}

static int settle_month(const struct settle_order *order, struct sheet *sheet)
{
	struct settle_store *s = calloc(1, sizeof(*s));
	struct temporary own = { "" };
	const char *path = order->sheet_path;
	int code = 2;

	MUST(s != NULL);
	if (path == NULL && !temporary_make(&own))
		(void)settle_refuse(s, "a temporary file could not be made in /tmp");
	else if (settle_store_open(s, order) &&
		 settle_store_write(s, path == NULL ? own.path : path))
		code = compare(s, sheet, path == NULL ? own.path : path);
	if (s->why[0] != '\0')
		(void)fail(order->data, s->why);
	settle_store_close(s);
	if (own.path[0] != '\0')
		unlink(own.path);
	free(s);
	return code;
}

/* ---- What is asked. ---- */

static bool take_option(struct settle_order *order, int option)
{
	int64_t threads;

	switch (option) {
	case 's':
		order->sheet_path = optarg;
		return true;
	case 'd':
		order->data = optarg;
		return true;
	case 'r':
		order->rule_path = optarg;
		return true;
	case 'p':
		return month_decode(&order->period, slice_text(optarg));
	default:
		if (option != 't' || !decimal_decode(&threads, slice_text(optarg)) ||
		    threads < 1 || threads > CREW_SIZE_MAX)
			return false;
		order->threads = (unsigned)threads;
		return true;
	}
}

static bool is_whole(const struct settle_order *order)
{
	if (order->data == NULL)
		return order->sheet_path != NULL && order->period == 0 && order->rule_path == NULL;
	return order->period != 0;
}

int settle_command(int argc, char **argv)
{
	static const struct option names[] = { { "sheet", required_argument, NULL, 's' },
					       { "data", required_argument, NULL, 'd' },
					       { "period", required_argument, NULL, 'p' },
					       { "rule", required_argument, NULL, 'r' },
					       { "threads", required_argument, NULL, 't' },
					       { 0 } };
	struct settle_order order = { 0 };
	struct sheet *sheet;
	int found, code;

	while ((found = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (!take_option(&order, found))
			return fail("how", SETTLE_USAGE);
	if (!is_whole(&order) || optind < argc)
		return fail("how", SETTLE_USAGE);
	sheet = calloc(1, sizeof(*sheet));
	MUST(sheet != NULL);
	code = order.data == NULL ? divide(sheet, order.sheet_path, order.threads)
				  : settle_month(&order, sheet);
	free(sheet);
	return code;
}
