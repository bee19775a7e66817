/* operators/registry.h - who takes part: operators (社局), their legal entities, gates, agreements.
 *
 *   operator/<operator_id>   struct operator
 *   gate/<gate_id>           struct gate
 *   junction/<a>/<b>         struct junction; a and b are operators in the order of their ids
 * Pure.
 */
#ifndef OPERATORS_REGISTRY_H
#define OPERATORS_REGISTRY_H

#include "fares/corporate.h"
#include "fares/product.h"
#include "fares/sale.h"

enum { PREFECTURE_COUNT = 7 };

/* Bits of `prefectures`, JIS X 0401: 40 Fukuoka, 41 Saga, 42 Nagasaki, 43 Kumamoto, 44 Oita,
 * 45 Miyazaki, 46 Kagoshima. On the wire "40" to "46". */
extern const char *const prefecture_names[]; /* NULL-ended */

struct operator { /* One bureau (社局): a legal entity, or a public body's with its own accounts. */
	char operator_id[ID_SIZE];
	char name_ja[NAME_SIZE], name_en[NAME_SIZE];
	uint32_t modes, prefectures;
	char corporate_number[CORPORATE_NUMBER_SIZE]; /* 法人番号; empty: unverified. */
	char bureau[NAME_SIZE]; /* Of a public body; empty: the entity itself. */
	bool in_scope;	    /* Of the plan: lines within the region. */
	day_t joined, left; /* The agreement's first day, and the day after its last; 0: none. */
	day_t run_off;	    /* The last day on which, having left, it carries; 0: no end. */
	char feed[ID_SIZE]; /* The GTFS-JP feed with its stops and fares; empty: none. */
	yen base_fare_yen;  /* Deemed fare of a ride whose stops are not known. */
	uint32_t version;   /* Of this record; ETag. */
};
extern const struct shape operator_shape;

struct gate { /* A gate, a bus's scanner, a pier, a counter, a shop's till. */
	char gate_id[ID_SIZE], operator_id[ID_SIZE];
	uint8_t mode;
	char name[NAME_SIZE];
	char stop[STOP_ID_SIZE];  /* Where it stands, as the feed spells it; empty: it moves. */
	char zone[ID_SIZE];	  /* A zone that products may name; empty: none. */
	char route[STOP_ID_SIZE]; /* The route it serves, where fares need it. */
	bool reverse; /* It shows a code, "HG1:" and its id, that riders' phones read. */
};
extern const struct shape gate_shape;

/* Where the trains of two operators go through to each other's line: the one station as each of
 * their feeds spells it. It holds both ways. */
struct junction {
	char operator_a[ID_SIZE], operator_b[ID_SIZE];
	char stop_a[STOP_ID_SIZE], stop_b[STOP_ID_SIZE];
	char name[NAME_SIZE];
};
extern const struct shape junction_shape;

/* Puts the two sides into the order of their ids. */
void junction_order(struct junction *);
/* The stop as this operator's feed spells it; it is one of the two (asserted). */
const char *junction_stop(const struct junction *, const char *operator_id);

bool operator_in_force(const struct operator *, day_t);
/* It left, and what was sold before is carried no more. */
bool operator_ran_off(const struct operator *, day_t);
MUSTCHECK bool operator_check(const struct operator *, struct product_fault *);

#endif
