/* operators/trial.h - for whatif*.c only: another rule tried on a month's tickets. */
#ifndef OPERATORS_TRIAL_H
#define OPERATORS_TRIAL_H

#include "core/arena.h"
#include "operators/share_op.h"

enum {
	WHAT_IF_POOL_COUNT_MAX = 32,
	WHAT_IF_PRODUCT_COUNT_MAX = 64,
	WHAT_IF_PAGE_COUNT = 64,
	WHAT_IF_PAGE_SIZE = 4 << 20,
	WHAT_IF_KEY_SIZE = STORE_KEY_SIZE_MAX + 2,
};

struct try_operator {
	char operator_id[ID_SIZE];
	day_t run_off;
};

struct try_pool {         /* As the rule that is tried would have made it. */
	uint16_t product; /* Index. */
	yen sum_yen;
	struct parties parties;
};

enum try_step { TRY_HEAD, TRY_OPERATORS, TRY_DECLARED, TRY_SPLITS, TRY_PRODUCT, TRY_POOLS };

struct trial {
	struct http_job *job;
	struct store *store;
	struct arena arena; /* A page's. */
	enum try_step step;
	char from[WHAT_IF_KEY_SIZE], until[WHAT_IF_KEY_SIZE];
	struct store_page page;
	uint32_t at; /* In the page. */
	struct store_req req;
	struct store_item items[3];
	char keys[3][WHAT_IF_KEY_SIZE];
	struct rule rule;
	struct try_operator operators[WHAT_IF_OPERATOR_COUNT_MAX];
	struct declared declared[WHAT_IF_OPERATOR_COUNT_MAX];
	struct product products[WHAT_IF_PRODUCT_COUNT_MAX];
	struct try_pool pools[WHAT_IF_POOL_COUNT_MAX];
	size_t operator_count, declared_count, product_count, pool_count;
	struct what_if answer;
	/* Of one division. */
	struct ticket_split split;
	struct pool pool;
	struct parties parties;
	struct ride_weight weights[SHARING_WEIGHT_COUNT_MAX];
	struct sharing sharing;
	day_t gone_day;
};

/* The ticket in t->split once more, product being its product's index. False: more pools than a
 * trial holds. */
MUSTCHECK bool trial_ticket(struct trial *, uint16_t product);
void trial_pools(struct trial *);    /* After all tickets. */
void trial_add_pool(struct trial *); /* t->pool, as the close divided it. */
void trial_differences(struct trial *);

#endif
