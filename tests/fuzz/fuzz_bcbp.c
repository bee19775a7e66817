/* tests/fuzz/fuzz_bcbp.c - any text as a boarding pass: what is given lies inside the text, and
 * what is said of it is within its bounds.
 */
#include "qr/bcbp.h"

#include "tests/fuzz/fuzz.h"

static struct slice whole;

static void is_inside(struct slice part)
{
	MUST(part.data == NULL ||
	     (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
	for (size_t i = 0; i < part.size; i++)
		MUST(part.data[i] >= ' ' && part.data[i] <= '~');
}

static void check_leg(const struct bcbp_leg *leg)
{
	MUST(text_size(leg->pnr) >= 1 && text_size(leg->pnr) <= 7);
	MUST(text_size(leg->from) == 3 && text_size(leg->to) == 3);
	MUST(text_size(leg->carrier) >= 2 && text_size(leg->flight) >= 1);
	MUST(leg->julian_day >= 1 && leg->julian_day <= 366);
	is_inside(leg->extra.airline_numeric_code);
	is_inside(leg->extra.document_number);
	is_inside(leg->extra.selectee);
	is_inside(leg->extra.document_verification);
	is_inside(leg->extra.marketing_carrier);
	is_inside(leg->extra.frequent_flyer_airline);
	is_inside(leg->extra.frequent_flyer_number);
	is_inside(leg->extra.id_ad);
	is_inside(leg->extra.free_baggage);
	is_inside(leg->extra.fast_track);
	is_inside(leg->extra.airline_use);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bcbp pass;

	whole = slice_of(data, size);
	if (!bcbp_read(&pass, whole))
		return 0;
	MUST(size <= BCBP_SIZE_MAX && pass.legs >= 1 && pass.legs <= BCBP_LEG_COUNT_MAX);
	MUST(pass.passenger_name.size >= 1 && pass.passenger_name.size <= 20);
	MUST(pass.issue_day <= 366);
	is_inside(pass.passenger_name);
	is_inside(pass.issuer);
	is_inside(pass.security);
	for (size_t i = 0; i < BCBP_BAG_TAG_COUNT_MAX; i++)
		is_inside(pass.bag_tags[i]);
	for (size_t i = 0; i < pass.legs; i++)
		check_leg(&pass.leg[i]);
	return 0;
}
