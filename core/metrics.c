/* core/metrics.c - counts what happens and writes it for Prometheus. Without it a slow or failing
 * route would be known only from whoever stood before a closed gate.
 */
#include "core/metrics.h"

static const struct {
	uint64_t most_us;
	const char *seconds;
} buckets[METRICS_BUCKET_COUNT] = {
	{ 500, "0.0005" },  { 1000, "0.001" },  { 2500, "0.0025" }, { 5000, "0.005" },
	{ 10000, "0.01" },  { 25000, "0.025" }, { 50000, "0.05" },  { 100000, "0.1" },
	{ 250000, "0.25" }, { 1000000, "1" },   { 2500000, "2.5" }, { 10000000, "10" },
};

struct metrics_op *metrics_op(struct metrics *m, const char *name)
{
	struct metrics_op *op;

	MUST(name != NULL);
	for (size_t i = 0; i < m->op_count; i++)
		if (text_equal(m->ops[i].name, name))
			return &m->ops[i];
	MUST(m->op_count < METRICS_OP_COUNT_MAX);
	op = &m->ops[m->op_count++];
	op->name = name;
	return op;
}

void metrics_observe(struct metrics_op *op, unsigned status, uint64_t duration_us)
{
	unsigned class = status / 100;

	op->by_class[class < COUNT_OF(op->by_class) ? class : 0]++;
	op->count++;
	op->sum_us += duration_us;
	for (size_t i = 0; i < METRICS_BUCKET_COUNT; i++) {
		if (duration_us <= buckets[i].most_us) {
			op->bucket[i]++;
			return;
		}
	}
}

static void write_head(struct writer *w, const char *name, const char *type, const char *help)
{
	write_text(w, "# HELP ");
	write_text(w, name);
	write_text(w, " ");
	write_text(w, help);
	write_text(w, "\n# TYPE ");
	write_text(w, name);
	write_text(w, " ");
	write_text(w, type);
	write_text(w, "\n");
}

static void write_label(struct writer *w, const char *name, const char *value)
{
	write_text(w, name);
	write_text(w, "=\"");
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			write_text(w, "\\n");
		else if (*value == '"' || *value == '\\')
			write_u8(w, '\\');
		if (*value != '\n')
			write_u8(w, (uint8_t)*value);
	}
	write_text(w, "\"");
}

static void write_value(struct writer *w, uint64_t value)
{
	write_text(w, " ");
	write_decimal(w, value, 1);
	write_text(w, "\n");
}

/* A family of one sample. */
static void write_one(struct writer *w, const char *name, const char *type, const char *help,
		      uint64_t value)
{
	write_head(w, name, type, help);
	write_text(w, name);
	write_value(w, value);
}

static void write_classes(struct writer *w, const struct metrics *m)
{
	static const char *const names[] = { "other", "1xx", "2xx", "3xx", "4xx", "5xx" };

	_Static_assert(COUNT_OF(names) == COUNT_OF(m->ops[0].by_class), "a name each");
	write_head(w, "hitotsu_requests_total", "counter",
		   "Answers by route or inner command and class of status.");
	for (size_t i = 0; i < m->op_count; i++) {
		const struct metrics_op *op = &m->ops[i];

		for (size_t class = 0; class < COUNT_OF(names); class ++) {
			if (op->by_class[class] == 0)
				continue;
			write_text(w, "hitotsu_requests_total{");
			write_label(w, "op", op->name);
			write_text(w, ",");
			write_label(w, "class", names[class]);
			write_text(w, "}");
			write_value(w, op->by_class[class]);
		}
	}
}

static void write_bucket(struct writer *w, const struct metrics_op *op, const char *le,
			 uint64_t count)
{
	write_text(w, "hitotsu_request_duration_seconds_bucket{");
	write_label(w, "op", op->name);
	write_text(w, ",");
	write_label(w, "le", le);
	write_text(w, "}");
	write_value(w, count);
}

static void write_durations(struct writer *w, const struct metrics *m)
{
	write_head(w, "hitotsu_request_duration_seconds", "histogram",
		   "From the request's last byte to its answer, by route or inner command.");
	for (size_t i = 0; i < m->op_count; i++) {
		const struct metrics_op *op = &m->ops[i];
		uint64_t below = 0;

		for (size_t b = 0; b < METRICS_BUCKET_COUNT; b++) {
			below += op->bucket[b];
			write_bucket(w, op, buckets[b].seconds, below);
		}
		write_bucket(w, op, "+Inf", op->count);
		write_text(w, "hitotsu_request_duration_seconds_sum{");
		write_label(w, "op", op->name);
		write_text(w, "} ");
		write_decimal(w, op->sum_us / 1000000, 1);
		write_text(w, ".");
		write_decimal(w, op->sum_us % 1000000, 6);
		write_text(w, "\nhitotsu_request_duration_seconds_count{");
		write_label(w, "op", op->name);
		write_text(w, "}");
		write_value(w, op->count);
	}
}

/* A verdict that was never given is written too, as 0: an alert on its first one needs a before. */
static void write_verdicts(struct writer *w, const struct metrics *m)
{
	if (m->verdict_names == NULL)
		return;
	write_head(w, "hitotsu_scans_total", "counter", "Scans by verdict.");
	for (size_t i = 0; i < COUNT_OF(m->scans_by_verdict) && m->verdict_names[i] != NULL; i++) {
		write_text(w, "hitotsu_scans_total{");
		write_label(w, "verdict", m->verdict_names[i]);
		write_text(w, "}");
		write_value(w, m->scans_by_verdict[i]);
	}
}

void metrics_write(struct writer *w, const struct metrics *m, const struct metrics_now *now)
{
	const struct {
		const char *name, *type, *help;
		uint64_t value;
	} singles[] = {
		{ "hitotsu_connections", "gauge", "HTTP connections open.", m->connections },
		{ "hitotsu_flows_active", "gauge", "Commands and questions under way.",
		  now->flows_active },
		{ "hitotsu_flow_retries_total", "counter",
		  "Times a command was decided anew because a record had moved.", m->flow_retries },
		{ "hitotsu_flow_full_total", "counter",
		  "Requests refused because no flow was free.", m->flow_full },
		{ "hitotsu_store_commits_total", "counter", "Commits written.",
		  now->store_commits },
		{ "hitotsu_store_batches_total", "counter",
		  "Transactions written, of one commit or many.", now->store_batches },
		{ "hitotsu_store_retries_total", "counter",
		  "Commits refused because a record had moved.", now->store_retries },
		{ "hitotsu_store_used_bytes", "gauge", "Room taken in the store.",
		  now->store_used_bytes },
		{ "hitotsu_store_limit_bytes", "gauge", "Room there is in the store.",
		  now->store_limit_bytes },
		{ "hitotsu_log_leaves", "gauge", "Leaves in the sealed log.", now->log_leaves },
		{ "hitotsu_seal_lag_seconds", "gauge", "Age of the oldest second not yet sealed.",
		  now->seal_lag_s },
		{ "hitotsu_fold_lag_seconds", "gauge",
		  "Age of the oldest leaf not yet in the ledger.", now->fold_lag_s },
		{ "hitotsu_identity_failed", "gauge",
		  "1: the latest close was stopped, for money did not add up.",
		  m->identity_failed },
	};

	write_classes(w, m);
	write_durations(w, m);
	write_verdicts(w, m);
	for (size_t i = 0; i < COUNT_OF(singles); i++)
		write_one(w, singles[i].name, singles[i].type, singles[i].help, singles[i].value);
}
