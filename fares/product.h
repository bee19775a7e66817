/* fares/product.h - what is sold: a product, in versions that never change once published.
 *
 *   product/<product_id>          struct product_head: number and newest version
 *   prodver/<number>/<version>    struct product; both 4 hex digits, so a scan finds it from the
 * ticket number/product                the last number given
 *
 * Terms after GTFS Fares v2 and Transmodel (PreassignedFareProduct, ValidableElement). Pure.
 */
#ifndef FARES_PRODUCT_H
#define FARES_PRODUCT_H

#include "core/base.h"
#include "fares/mode.h"

struct shape;

enum {
	ID_SIZE = 33, /* As SUBJECT_SIZE: ids that people choose. */
	NAME_SIZE = 121,
	PRODUCT_OPERATOR_COUNT_MAX = 128,
	PRODUCT_ZONE_COUNT_MAX = 32, /* Bits of the ticket's zones. */
	PRODUCT_PRICE_COUNT_MAX = 8,
	PRODUCT_DAYS_MAX = 400,
	PRODUCT_RIDERS_MAX = 9,
	PRODUCT_TAX_PART_COUNT_MAX = 16,
};

/* Consumption tax is inside every price. Stored by place. */
enum tax_class {
	TAX_STANDARD10,
	TAX_ZERO,    /* Exempt, as a ship to another country. */
	TAX_OUTSIDE, /* No supply: another tax that is only collected, a subsidy. */
	TAX_CLASS_COUNT,
};
extern const char *const tax_class_names[]; /* standard10 zero outside; NULL-ended */

enum validity_kind {
	VALIDITY_FIXED, /* valid_from to valid_until, the same for every ticket. */
	VALIDITY_DAYS,  /* `length` service days, the day of first use being the first. */
	VALIDITY_HOURS, /* `length` hours from first use. */
};

enum beneficiary { TO_COUNCIL, TO_PARTNER };

struct product_operator {
	char operator_id[ID_SIZE];
};

struct product_zone {
	char zone[ID_SIZE]; /* Matches a gate's zone. */
};

struct product_price {
	char category[ID_SIZE]; /* A rider category. */
	yen price_yen;          /* Each rider. */
};

struct product_mode_uses { /* Uses of one mode; a mode not listed is bounded by `uses` alone. */
	uint8_t mode;
	uint16_t uses;
};

struct product_tax_part { /* Of an operator's share, with a class of its own (入湯税). */
	char operator_id[ID_SIZE];
	yen yen_a_rider; /* Of each boarding; what the share does not hold is not taken. */
	uint8_t tax_class;
};

struct product {
	char product_id[ID_SIZE];
	uint16_t number, version; /* Given by us. */
	char name_ja[NAME_SIZE], name_en[NAME_SIZE];
	day_t sale_from, sale_until;   /* 0: no limit. */
	uint8_t validity;              /* enum validity_kind */
	day_t valid_from, valid_until; /* VALIDITY_FIXED. */
	uint16_t length;               /* Days or hours. */
	uint16_t activation_days; /* First use within this many service days, the day of sale being
				     the first. */
	struct product_operator operators[PRODUCT_OPERATOR_COUNT_MAX];
	uint16_t operator_count;
	uint32_t modes;                                    /* Bits. */
	struct product_zone zones[PRODUCT_ZONE_COUNT_MAX]; /* None: everywhere its operators go. */
	uint16_t zone_count;
	uint16_t uses; /* In all; 0: no limit. */
	struct product_mode_uses mode_uses[MODE_COUNT];
	uint16_t mode_use_count;
	uint32_t reserved_modes; /* Bits: modes that need a reservation. */
	struct product_price prices[PRODUCT_PRICE_COUNT_MAX];
	uint16_t price_count;
	uint8_t riders_max; /* One ticket may carry 1 to this many. */
	bool refundable;
	yen refund_fee_yen;    /* A ticket; never more than was paid. */
	uint8_t refund_fee_to; /* enum beneficiary */
	uint16_t passback_s;   /* At another gate within this: PASSED_BACK. */
	uint16_t stay_max_min; /* Longest stay between entry and exit on rail; 0: no limit. */
	bool device_bound;     /* Only with a phone's key: a picture of the code opens nothing. */
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	time_ms published_at;
	uint8_t tax_class; /* enum tax_class */
	struct product_tax_part tax_parts[PRODUCT_TAX_PART_COUNT_MAX]; /* Taken in this order. */
	uint16_t tax_part_count;
	/* Of one static ticket's offline uses, an operator and service day; 0: no limit. */
	yen static_day_cap_yen;
};
extern const struct shape product_shape;

struct product_head {
	char product_id[ID_SIZE];
	uint16_t number, version;
};
extern const struct shape product_head_shape;

struct product_fault {
	const char *pointer, *what; /* RFC 6901, and a sentence. */
};
/* False: *fault is the first way in which this product contradicts itself. */
MUSTCHECK bool product_check(const struct product *, struct product_fault *);
bool product_covers_operator(const struct product *, const char *operator_id);
/* -1: not listed. */
int product_zone_index(const struct product *, const char *zone);
/* 0: no limit of its own. */
uint16_t product_mode_uses(const struct product *, enum fares_mode);

#endif
