/* fares/product.c - whether a product makes sense, and what it covers. Without it a pass could be
 * sold that no gate can ever admit. Pure.
 */
#include "fares/product.h"

#include "fares/money.h"

static bool fault(struct product_fault *out, const char *pointer, const char *what)
{
	*out = (struct product_fault){ pointer, what };
	return false;
}

static bool check_validity(const struct product *p, struct product_fault *out)
{
	if (p->validity == VALIDITY_FIXED) {
		if (p->valid_from == 0 || p->valid_until == 0)
			return fault(out, "/valid_from",
				     "a fixed validity names its first and last day");
		if (p->valid_until < p->valid_from)
			return fault(out, "/valid_until", "it ends before it begins");
		if (p->valid_until - p->valid_from >= PRODUCT_DAYS_MAX)
			return fault(out, "/valid_until", "at most 400 days");
		if (p->length != 0 || p->activation_days != 0)
			return fault(out, "/length",
				     "a fixed validity has no length and no activation window");
		if (p->sale_from > p->valid_until)
			return fault(out, "/sale_from", "its sale begins after its validity");
		if (p->sale_until > p->valid_until)
			return fault(out, "/sale_until",
				     "it would be sold after its validity is over");
		return true;
	}
	if (p->valid_from != 0 || p->valid_until != 0)
		return fault(out, "/valid_from", "only a fixed validity has days of its own");
	if (p->length == 0 ||
	    p->length > (p->validity == VALIDITY_DAYS ? PRODUCT_DAYS_MAX : PRODUCT_DAYS_MAX * 24))
		return fault(out, "/length", "1 to 400 days, or as many hours");
	if (p->activation_days == 0 || p->activation_days > PRODUCT_DAYS_MAX)
		return fault(out, "/activation_days",
			     "1 to 400 days in which the first use must be");
	return true;
}

static bool check_coverage(const struct product *p, struct product_fault *out)
{
	uint32_t reservable = MODE_BIT(MODE_ferry) | MODE_BIT(MODE_air), seen = 0;

	if (p->operator_count == 0)
		return fault(out, "/operators", "it covers no operator");
	if (p->modes == 0)
		return fault(out, "/modes", "it covers no mode");
	if ((p->reserved_modes & ~p->modes) != 0)
		return fault(out, "/reserved_modes", "a mode that it does not cover");
	if ((p->reserved_modes & ~reservable) != 0)
		return fault(out, "/reserved_modes", "only ferries and flights take reservations");
	for (size_t i = 0; i < p->operator_count; i++)
		for (size_t k = 0; k < i; k++)
			if (text_equal(p->operators[i].operator_id, p->operators[k].operator_id))
				return fault(out, "/operators", "an operator twice");
	for (size_t i = 0; i < p->zone_count; i++)
		if (product_zone_index(p, p->zones[i].zone) != (int)i)
			return fault(out, "/zones", "a zone twice");
	for (size_t i = 0; i < p->mode_use_count; i++) {
		uint32_t bit = MODE_BIT(p->mode_uses[i].mode);

		if ((seen & bit) != 0 || (p->modes & bit) == 0 || p->mode_uses[i].uses == 0)
			return fault(out, "/mode_uses",
				     "a mode twice, not covered, or with no use");
		seen |= bit;
	}
	return true;
}

static bool check_price(const struct product *p, struct product_fault *out)
{
	if (p->price_count == 0)
		return fault(out, "/prices", "it has no price");
	for (size_t i = 0; i < p->price_count; i++)
		for (size_t k = 0; k < i; k++)
			if (text_equal(p->prices[i].category, p->prices[k].category))
				return fault(out, "/prices", "a category twice");
	if (!p->refundable && p->refund_fee_yen != 0)
		return fault(out, "/refund_fee_yen", "a fee for a refund that there is not");
	if (p->static_day_cap_yen < 0 || p->static_day_cap_yen > YEN_MAX)
		return fault(out, "/static_day_cap_yen", "0, no limit, to a trillion yen");
	return true;
}

#define PART(i) { "/tax_parts/" #i "/operator_id", "/tax_parts/" #i "/tax_class" }
static const char *const tax_places[PRODUCT_TAX_PART_COUNT_MAX][2] = {
	PART(0), PART(1), PART(2),  PART(3),  PART(4),	PART(5),  PART(6),  PART(7),
	PART(8), PART(9), PART(10), PART(11), PART(12), PART(13), PART(14), PART(15),
};

static bool check_tax(const struct product *p, struct product_fault *out)
{
	for (size_t i = 0; i < p->tax_part_count; i++) {
		const struct product_tax_part *part = &p->tax_parts[i];

		if (!product_covers_operator(p, part->operator_id))
			return fault(out, tax_places[i][0], "an operator that it does not cover");
		if (part->tax_class == p->tax_class)
			return fault(out, tax_places[i][1], "the product's own class");
		for (size_t k = 0; k < i; k++)
			if (p->tax_parts[k].tax_class == part->tax_class &&
			    text_equal(p->tax_parts[k].operator_id, part->operator_id))
				return fault(out, tax_places[i][1],
					     "a class of this operator twice");
	}
	return true;
}

bool product_check(const struct product *p, struct product_fault *out)
{
	if (p->sale_until != 0 && p->sale_until < p->sale_from)
		return fault(out, "/sale_until", "its sale ends before it begins");
	return check_validity(p, out) && check_coverage(p, out) && check_price(p, out) &&
	       check_tax(p, out);
}

bool product_covers_operator(const struct product *p, const char *operator_id)
{
	for (size_t i = 0; i < p->operator_count; i++)
		if (text_equal(p->operators[i].operator_id, operator_id))
			return true;
	return false;
}

int product_zone_index(const struct product *p, const char *zone)
{
	for (size_t i = 0; i < p->zone_count; i++)
		if (text_equal(p->zones[i].zone, zone))
			return (int)i;
	return -1;
}

uint16_t product_mode_uses(const struct product *p, enum fares_mode mode)
{
	for (size_t i = 0; i < p->mode_use_count; i++)
		if (p->mode_uses[i].mode == mode)
			return p->mode_uses[i].uses;
	return 0;
}
