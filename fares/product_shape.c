/* fares/product_shape.c - products on the wire and in the store. Without it each would be spelled
 * three times.
 */
#include "core/shape.h"
#include "fares/money.h"
#include "fares/product.h"

static const char *const validity_names[] = { "fixed", "days", "hours", NULL };
static const char *const beneficiary_names[] = { "council", "partner", NULL };

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

static const struct shape_field operator_fields[] = {
	F_SUBJECT(struct product_operator, operator_id, 1, REQ,
		  "an operator that carries its holder"),
	F_END,
};
static const struct shape operator_shape_of_product = { "ProductOperator",
							sizeof(struct product_operator),
							operator_fields };

static const struct shape_field zone_fields[] = {
	F_SUBJECT(struct product_zone, zone, 1, REQ, "a zone, as gates name it"),
	F_END,
};
static const struct shape zone_shape = { "ProductZone", sizeof(struct product_zone), zone_fields };

static const struct shape_field price_fields[] = {
	F_SUBJECT(struct product_price, category, 1, REQ, "a rider category"),
	F_INT(struct product_price, price_yen, 2, REQ, 0, PRICE_YEN_MAX,
	      "yen a rider, tax included"),
	F_END,
};
static const struct shape price_shape = { "ProductPrice", sizeof(struct product_price),
					  price_fields };

static const struct shape_field mode_use_fields[] = {
	F_ENUM(struct product_mode_uses, mode, 1, REQ, fares_mode_names, "the mode"),
	F_INT(struct product_mode_uses, uses, 2, REQ, 1, 1000, "uses of it in all"),
	F_END,
};
static const struct shape mode_use_shape = { "ProductModeUses", sizeof(struct product_mode_uses),
					     mode_use_fields };

const char *const tax_class_names[] = { "standard10", "zero", "outside", NULL };

static const struct shape_field tax_part_fields[] = {
	F_SUBJECT(struct product_tax_part, operator_id, 1, REQ, "whose share it is part of"),
	F_INT(struct product_tax_part, yen_a_rider, 2, REQ, 1, PRICE_YEN_MAX,
	      "yen of its share, each rider and boarding"),
	F_ENUM(struct product_tax_part, tax_class, 3, REQ, tax_class_names, "its class"),
	F_END,
};
static const struct shape tax_part_shape = { "ProductTaxPart", sizeof(struct product_tax_part),
					     tax_part_fields };

static const struct shape_field product_fields[] = {
	F_SUBJECT(struct product, product_id, 1, REQ, "its id"),
	F_INT(struct product, number, 2, ANS, 0, 65535, "its number, as tickets carry it"),
	F_INT(struct product, version, 3, ANS, 0, 65535, "a published version never changes"),
	F_TEXT(struct product, name_ja, 4, REQ, 1, "in Japanese"),
	F_TEXT(struct product, name_en, 5, REQ, 1, "in English"),
	F_DATE(struct product, sale_from, 6, 0, "first day of sale; none: no limit"),
	F_DATE(struct product, sale_until, 7, 0, "last day of sale; none: no limit"),
	F_ENUM(struct product, validity, 8, REQ, validity_names,
	       "fixed dates, N service days from first use, or hours from first use"),
	F_DATE(struct product, valid_from, 9, 0, "fixed: the first day"),
	F_DATE(struct product, valid_until, 10, 0, "fixed: the last day"),
	F_INT(struct product, length, 11, 0, 0, PRODUCT_DAYS_MAX * 24, "days or hours"),
	F_INT(struct product, activation_days, 12, 0, 0, PRODUCT_DAYS_MAX,
	      "service days in which the first use must be, the day of sale being the first"),
	F_LIST(struct product, operators, 13, REQ, &operator_shape_of_product, operator_count,
	       "who carries its holder"),
	F_SET(struct product, modes, 14, REQ, fares_mode_names, "modes that it covers"),
	F_LIST(struct product, zones, 15, 0, &zone_shape, zone_count,
	       "none: wherever its operators go"),
	F_INT(struct product, uses, 16, 0, 0, 10000, "boardings in all; 0: no limit"),
	F_LIST(struct product, mode_uses, 17, 0, &mode_use_shape, mode_use_count,
	       "boardings by mode"),
	F_SET(struct product, reserved_modes, 18, 0, fares_mode_names,
	      "modes that need a reservation"),
	F_LIST(struct product, prices, 19, REQ, &price_shape, price_count,
	       "price by rider category"),
	F_INT(struct product, riders_max, 20, REQ, 1, PRODUCT_RIDERS_MAX,
	      "riders that one ticket may carry"),
	F_BOOL(struct product, refundable, 21, 0, "whether an unused ticket is taken back"),
	F_INT(struct product, refund_fee_yen, 22, 0, 0, PRICE_YEN_MAX,
	      "a ticket; never more than was paid"),
	F_ENUM(struct product, refund_fee_to, 23, 0, beneficiary_names, "who keeps the fee"),
	F_INT(struct product, passback_s, 24, 0, 0, 3600,
	      "at another gate within so many seconds: PASSED_BACK"),
	F_INT(struct product, stay_max_min, 25, 0, 0, 1440,
	      "rail: longest stay inside; 0: no limit"),
	F_SUBJECT(struct product, rule_id, 26, REQ, "the sharing rule"),
	F_INT(struct product, rule_version, 27, 0, 0, 65535,
	      "0: the newest, pinned when published"),
	F_BOOL(struct product, device_bound, 29, 0,
	       "sold only with a phone's key: a picture of the code is worth nothing"),
	F_TIME(struct product, published_at, 28, ANS, "when"),
	F_ENUM(struct product, tax_class, 105, 0, tax_class_names,
	       "consumption tax within the price: at 10 %, at zero, or none of it"),
	F_LIST(struct product, tax_parts, 106, 0, &tax_part_shape, tax_part_count,
	       "parts of operators' shares that have a class of their own"),
	F_INT(struct product, static_day_cap_yen, 107, 0, 0, YEN_MAX,
	      "what a static ticket's offline uses may earn an operator a day; 0: no limit"),
	F_END,
};
const struct shape product_shape = { "Product", sizeof(struct product), product_fields };

static const struct shape_field product_head_fields[] = {
	F_SUBJECT(struct product_head, product_id, 1, REQ, ""),
	F_INT(struct product_head, number, 2, REQ, 0, 65535, ""),
	F_INT(struct product_head, version, 3, REQ, 0, 65535, ""),
	F_END,
};
const struct shape product_head_shape = { "ProductHead", sizeof(struct product_head),
					  product_head_fields };
