/* operators/settle_inside.h - for settle*.c only: a month's divisions taken out of a store.
 */
#ifndef OPERATORS_SETTLE_INSIDE_H
#define OPERATORS_SETTLE_INSIDE_H

#include "core/date.h"
#include "core/json.h"
#include "core/loop.h"
#include "core/shape.h"
#include "core/store.h"
#include "operators/pool.h"
#include "operators/recompute.h"
#include "operators/split.h"
#include "operators/views.h"

struct settle_order {
	const char *data, *rule_path, *sheet_path;
	day_t period;
	unsigned threads;
};

struct settle_store { /* Zeroed. */
	const struct settle_order *order;
	struct loop *loop;
	struct store *store;
	struct arena page, found;
	char month[MONTH_TEXT_SIZE], why[STORE_ERROR_SIZE]; /* why: it cannot be done. */
	struct rule *instead; /* Of --rule, or NULL. */
	bool instead_met;     /* Tickets go by a version of it. */
	struct sheet_kind kinds[SHEET_KIND_COUNT_MAX];
	struct rule *rules[SHEET_KIND_COUNT_MAX];
	char rule_ids[SHEET_KIND_COUNT_MAX][ID_SIZE]; /* And versions, as the books have them. */
	uint16_t rule_versions[SHEET_KIND_COUNT_MAX];
	size_t kind_count;
	char operators[SHEET_OPERATOR_COUNT_MAX][ID_SIZE]; /* In their order. */
	size_t operator_count;
	struct sheet_out out;
	/* What earlier periods had of tickets that are divided again. [kind * operator_count +
	 * operator], [kind] */
	struct recompute_sum *less;
	struct recompute_whole *less_whole;
	struct ticket_split split, before;
	struct pool pool;
	uint64_t tickets;
};

/* settle_store.c. False: s->why says why. */
MUSTCHECK bool settle_store_open(struct settle_store *, const struct settle_order *);
/* All of the month's divisions onto a sheet. */
MUSTCHECK bool settle_store_write(struct settle_store *, const char *sheet_path);
void settle_store_close(struct settle_store *);

/* Every record under a prefix that ends in '/'; each: false ends it, with s->why. */
MUSTCHECK bool settle_walk(struct settle_store *, const char *prefix,
			   bool (*each)(struct settle_store *, void *to, struct slice value),
			   void *to);
/* Of the month's records. -1: there is none. */
int settle_operator(const struct settle_store *, const char *operator_id);
int settle_kind(const struct settle_store *, day_t rides, uint16_t number, uint16_t version,
		const char *rule_id, uint16_t rule_version);
MUSTCHECK bool settle_get(struct settle_store *, void *out, const struct shape *,
			  const char *key);
bool settle_refuse(struct settle_store *, const char *why); /* Always false. */

/* settle_lines.c: line by line beside the books, to standard output. False: s->why. */
MUSTCHECK bool settle_compare(struct settle_store *, struct recompute *, bool *agree);

#endif
