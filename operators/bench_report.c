/* operators/bench_report.c - the table for people and bench.json for programs. Without it two
 * benches could not be laid side by side.
 */
#include "operators/bench_inside.h"

#include <string.h>
#include <unistd.h>

#include "core/json.h"

enum { REPORT_SIZE = 64 * 1024, LINE_SIZE = 256, DECIMALS = 4 };

void bench_number(char out[BENCH_NUMBER_SIZE], int64_t value, unsigned decimals)
{
	int64_t unit = 1;

	MUST(decimals <= DECIMALS && value >= 0);
	for (unsigned i = decimals; i < DECIMALS; i++)
		unit *= 10;
	value = (value + unit / 2) / unit; /* In the last decimal told. */
	unit = BENCH_ONE / unit;
	if (decimals == 0)
		snprintf(out, BENCH_NUMBER_SIZE, "%lld", (long long)value);
	else
		snprintf(out, BENCH_NUMBER_SIZE, "%lld.%0*lld", (long long)(value / unit),
			 (int)decimals, (long long)(value % unit));
}

static unsigned decimals_of(const struct bench_row *row)
{
	if (row->kind != BENCH_FIGURE)
		return row->goal >= 2 * BENCH_ONE ? 2 : 3;
	return strcmp(row->unit, "us") == 0 ? 1 : 0;
}

static void print_row(const struct bench_row *row)
{
	char median[BENCH_NUMBER_SIZE], goal[BENCH_NUMBER_SIZE], value[BENCH_NUMBER_SIZE];
	unsigned decimals = decimals_of(row);
	bool met;

	bench_number(median, bench_median(row), decimals);
	printf("  %-28s %12s %-3s", row->name, median, row->unit);
	if (row->kind == BENCH_FIGURE) {
		printf("%-20s", "");
	} else {
		met = row->kind == BENCH_AT_LEAST ? bench_median(row) >= row->goal
						  : bench_median(row) <= row->goal;
		bench_number(goal, row->goal, 2);
		printf("%s %5s  %-6s", row->kind == BENCH_AT_LEAST ? "at least" : " at most", goal,
		       met ? "met" : "MISSED");
	}
	for (unsigned i = 0; i < row->count; i++) {
		bench_number(value, row->value[i], decimals);
		printf(" %s", value);
	}
	printf("\n");
}

void bench_print(const struct bench *b)
{
	printf("\n  %-28s %12s %-23s %s\n", "median", "", "", "each run");
	for (size_t i = 0; i < b->row_count; i++)
		if (b->rows[i].kind != BENCH_FIGURE)
			print_row(&b->rows[i]);
	printf("\n");
	for (size_t i = 0; i < b->row_count; i++)
		if (b->rows[i].kind == BENCH_FIGURE)
			print_row(&b->rows[i]);
}

/* The rest of the first line that begins with `name`, without what stands before the text. */
static void first_line(char out[LINE_SIZE], const char *path, const char *name)
{
	FILE *file = fopen(path, "r");
	char line[LINE_SIZE];

	snprintf(out, LINE_SIZE, "unknown");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *at = line + strlen(name);

		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		at += strspn(at, "\t :");
		snprintf(out, LINE_SIZE, "%.*s", (int)strcspn(at, "\n"), at);
		break;
	}
	if (file != NULL)
		fclose(file);
}

static void put_machine(struct json_out *out)
{
	char cpu[LINE_SIZE], memory[LINE_SIZE], kernel[LINE_SIZE];

	first_line(cpu, "/proc/cpuinfo", "model name");
	first_line(memory, "/proc/meminfo", "MemTotal");
	first_line(kernel, "/proc/sys/kernel/osrelease", "");
	json_object(out, "machine");
	json_put_text(out, "cpu", slice_text(cpu));
	json_put_int(out, "cores", sysconf(_SC_NPROCESSORS_ONLN));
	json_put_text(out, "memory", slice_text(memory));
	json_put_text(out, "kernel", slice_text(kernel));
	json_object_end(out);
}

static void put_number(struct json_out *out, const char *key, int64_t value)
{
	char number[BENCH_NUMBER_SIZE];

	bench_number(number, value, DECIMALS);
	json_put_raw(out, key, slice_text(number));
}

static void put_rows(struct json_out *out, const struct bench *b, bool ratios)
{
	for (size_t i = 0; i < b->row_count; i++)
		if (b->rows[i].count > 0 && (b->rows[i].kind != BENCH_FIGURE) == ratios)
			put_number(out, b->rows[i].name, bench_median(&b->rows[i]));
}

static void put_each_run(struct json_out *out, const struct bench *b)
{
	json_object(out, "each_run");
	for (size_t i = 0; i < b->row_count; i++) {
		json_array(out, b->rows[i].name);
		for (unsigned k = 0; k < b->rows[i].count; k++)
			put_number(out, NULL, b->rows[i].value[k]);
		json_array_end(out);
	}
	json_object_end(out);
}

static void put_options(struct json_out *out, const struct bench_options *o)
{
	json_put_text(out, "commit", slice_text(o->commit));
	json_put_int(out, "runs", o->runs);
	json_put_bool(out, "quick", o->quick);
	json_put_int(out, "tickets", (int64_t)o->tickets);
	json_put_int(out, "growth_small_tickets", (int64_t)o->growth_small);
	json_put_int(out, "growth_large_tickets", (int64_t)o->growth_large);
	json_put_int(out, "time_ms", (int64_t)o->time_ms);
}

bool bench_write(const struct bench *b, const char *path)
{
	static uint8_t data[REPORT_SIZE];
	struct writer to = { .data = data, .size = sizeof(data) };
	struct json_out out;
	FILE *file;
	bool written;

	json_begin(&out, &to);
	json_object(&out, NULL);
	put_machine(&out);
	put_options(&out, &b->options);
	put_rows(&out, b, true);
	json_object(&out, "figures");
	put_rows(&out, b, false);
	json_object_end(&out);
	put_each_run(&out, b);
	json_object_end(&out);
	MUST(!to.failed);
	file = fopen(path, "w");
	if (file == NULL)
		return false;
	written = fwrite(data, 1, to.used, file) == to.used && fputc('\n', file) != EOF;
	return fclose(file) == 0 && written;
}
