/* tests/flow_toy.h - a counter that commands add to: the smallest domain that has all five
 * functions. */
#ifndef TESTS_FLOW_TOY_H
#define TESTS_FLOW_TOY_H

#include "tests/flow_world.h"

struct toy { /* The room: what a test bends, and what it counts. */
	bool hot;
	bool hot_odd; /* Only commands whose key ends in an odd character queue: the others write
			 too. */
	size_t answer_size; /* Pads the answer. */
	bool secret;        /* The answer is told once. */
	time_ms event_after;
	bool checks;          /* Another thread looks at the command before it is decided. */
	time_ms keys_until;   /* keys refuses 409 TOO_LATE from then on; 0: never. */
	unsigned event_count; /* 0: one. */
	unsigned decided;
	void (*at_decide)(struct toy *); /* Something happens meanwhile. */
	struct world *world;
};

extern const struct flow_op toy_add;   /* POST /v1/toys/{0} {"by": n} -> 201 {"total": n} */
extern const struct flow_op toy_scan;  /* The same; names itself by {"id": uuid}. */
extern const struct flow_op toy_total; /* GET -> {"total": n} */

/* An `add` of the counter, ready to be asked; `key` still to be quoted. */
void toy_ask(struct asked *, struct toy *, const char *token, const char *counter, int by,
	     const char *key);
int64_t toy_count(struct world *, const char *counter); /* As stored; 0: absent. */

#endif
