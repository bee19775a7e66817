/* tests/metrics_test.c - what Prometheus is told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/metrics.h"

enum { TEXT_SIZE = 256 * 1024 };

static const char *const verdicts[] = { "OPEN", "say \"no\"\\\n", NULL };

static struct metrics metrics;
static struct metrics_now now;
static char text[TEXT_SIZE + 1];

static const char *written(void)
{
	struct writer w = { .data = (uint8_t *)text, .size = TEXT_SIZE };

	metrics_write(&w, &metrics, &now);
	assert_false(w.failed);
	text[w.used] = '\0';
	return text;
}

static int start(void **state)
{
	(void)state;
	memset(&metrics, 0, sizeof(metrics));
	memset(&now, 0, sizeof(now));
	return 0;
}

static void test_ops_are_found_again(void **state)
{
	char same[] = "scan";

	(void)state;
	assert_ptr_equal(metrics_op(&metrics, "scan"), metrics_op(&metrics, same));
	assert_ptr_not_equal(metrics_op(&metrics, "scan"), metrics_op(&metrics, "sale"));
	assert_int_equal(metrics.op_count, 2);
}

static void test_samples(void **state)
{
	static const char *const lines[] = {
		"hitotsu_requests_total{op=\"scan\",class=\"2xx\"} 4\n",
		"hitotsu_requests_total{op=\"scan\",class=\"5xx\"} 1\n",
		"hitotsu_requests_total{op=\"scan\",class=\"other\"} 2\n",
		"hitotsu_request_duration_seconds_bucket{op=\"scan\",le=\"0.0005\"} 2\n",
		"hitotsu_request_duration_seconds_bucket{op=\"scan\",le=\"0.001\"} 3\n",
		"hitotsu_request_duration_seconds_bucket{op=\"scan\",le=\"2.5\"} 5\n",
		"hitotsu_request_duration_seconds_bucket{op=\"scan\",le=\"10\"} 6\n",
		"hitotsu_request_duration_seconds_bucket{op=\"scan\",le=\"+Inf\"} 7\n",
		"hitotsu_request_duration_seconds_sum{op=\"scan\"} 21.001002\n",
		"hitotsu_request_duration_seconds_count{op=\"scan\"} 7\n",
		"hitotsu_scans_total{verdict=\"OPEN\"} 3\n",
		"hitotsu_scans_total{verdict=\"say \\\"no\\\"\\\\\\n\"} 0\n",
		"hitotsu_flow_retries_total 5\n",
		"hitotsu_connections 6\n",
		"hitotsu_store_used_bytes 18446744073709551615\n",
		"hitotsu_seal_lag_seconds 2\n",
		"# TYPE hitotsu_request_duration_seconds histogram\n",
		"# TYPE hitotsu_requests_total counter\n",
		"# TYPE hitotsu_connections gauge\n",
	};
	struct metrics_op *op = metrics_op(&metrics, "scan");

	(void)state;
	metrics.verdict_names = verdicts;
	metrics.scans_by_verdict[0] = 3;
	metrics.flow_retries = 5;
	metrics.connections = 6;
	now.store_used_bytes = UINT64_MAX;
	now.seal_lag_s = 2;
	metrics_observe(op, 200, 0);
	metrics_observe(op, 201, 500);
	metrics_observe(op, 204, 501);
	metrics_observe(op, 200, 1000000);
	metrics_observe(op, 503, 1000000);
	metrics_observe(op, 0, 9000000);
	metrics_observe(op, 600, 10000001);
	assert_int_equal(op->count, 7);
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		if (strstr(written(), lines[i]) == NULL)
			fail_msg("not there: %s", lines[i]);
}

/* Each family has its HELP and TYPE once, before its samples, and its samples stand together. */
static void test_heads(void **state)
{
	char family[128] = "", line[512], name[128];
	size_t families = 0;
	const char *at;

	(void)state;
	metrics.verdict_names = verdicts;
	metrics_observe(metrics_op(&metrics, "scan"), 200, 1);
	metrics_observe(metrics_op(&metrics, "sale"), 200, 1);
	for (at = written(); *at != '\0'; at += strcspn(at, "\n") + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		if (sscanf(line, "# HELP %127s", name) == 1) {
			snprintf(family, sizeof(family), "%s", name);
			snprintf(line, sizeof(line), "# HELP %s ", name);
			assert_null(strstr(at + 1, line));
			families++;
		} else if (sscanf(line, "# TYPE %127s", name) == 1) {
			assert_string_equal(name, family);
		} else {
			assert_memory_equal(line, family, strlen(family));
		}
	}
	assert_int_equal(families, 16);
}

static void test_most_ops_fit_an_answer(void **state)
{
	static char names[METRICS_OP_COUNT_MAX][24];

	(void)state;
	for (size_t i = 0; i < METRICS_OP_COUNT_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "a_rather_long_name_%03zu", i);
		for (unsigned status = 200; status < 600; status += 100)
			metrics_observe(metrics_op(&metrics, names[i]), status, UINT32_MAX);
	}
	written();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ops_are_found_again, start),
		cmocka_unit_test_setup(test_samples, start),
		cmocka_unit_test_setup(test_heads, start),
		cmocka_unit_test_setup(test_most_ops_fit_an_answer, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
