/* operators/registry.c - who takes part, and since when. Without it a statement could name an
 * operator that has no agreement with anybody. Pure.
 */
#include "operators/registry.h"

/* Modes that carry people: what the plan counts. */
enum { MODES_OF_TRAVEL = TICKET_MODES_ALL & ~TICKET_MODE_VENUE };

const char *const prefecture_names[] = { "40", "41", "42", "43", "44", "45", "46", NULL };

static bool fault(struct product_fault *out, const char *pointer, const char *what)
{
	*out = (struct product_fault){ pointer, what };
	return false;
}

bool operator_in_force(const struct operator *operator, day_t day)
{
	return operator->joined != 0 && day >= operator->joined &&
	       (operator->left == 0 || day < operator->left);
}

bool operator_ran_off(const struct operator *operator, day_t day)
{
	return operator->run_off != 0 && day > operator->run_off;
}

static void swap(char *a, char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char kept = a[i];

		a[i] = b[i];
		b[i] = kept;
	}
}

void junction_order(struct junction *junction)
{
	if (slice_compare(slice_text(junction->operator_a), slice_text(junction->operator_b)) <= 0)
		return;
	swap(junction->operator_a, junction->operator_b, sizeof(junction->operator_a));
	swap(junction->stop_a, junction->stop_b, sizeof(junction->stop_a));
}

const char *junction_stop(const struct junction *junction, const char *operator_id)
{
	if (text_equal(junction->operator_a, operator_id))
		return junction->stop_a;
	MUST(text_equal(junction->operator_b, operator_id));
	return junction->stop_b;
}

bool operator_check(const struct operator *operator, struct product_fault *out)
{
	if (operator->corporate_number[0] != '\0' &&
	    !corporate_number_is_valid(operator->corporate_number))
		return fault(out, "/corporate_number", "13 digits, the first right for the rest");
	if (operator->modes == 0)
		return fault(out, "/modes", "it operates no mode");
	if (operator->in_scope && (operator->modes & MODES_OF_TRAVEL) == 0)
		return fault(out, "/in_scope", "the plan counts those that carry people");
	if (operator->in_scope && operator->prefectures == 0)
		return fault(out, "/prefectures", "the plan counts those with lines in the region");
	if (operator->left != 0 && operator->joined == 0)
		return fault(out, "/left", "it left without having joined");
	if (operator->left != 0 && operator->left <= operator->joined)
		return fault(out, "/left", "it left before it had been in for a day");
	if (operator->run_off != 0 && (operator->left == 0 || operator->run_off < operator->left))
		return fault(out, "/run_off", "it runs off after it left, not before");
	return true;
}
