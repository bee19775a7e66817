/* operators/passenger_list.c - who may be on a list, and what it must say. Without it the rescuers
 * would be told of fewer people than are in the water. Pure.
 */
#include "operators/passenger_list.h"

#include "core/date.h"

const char *const passenger_kind_names[] = {
#define X(name) #name,
	PASSENGER_KINDS(X)
#undef X
	NULL,
};

const char *const passenger_sex_names[] = {
#define X(name) #name,
	PASSENGER_SEXES(X)
#undef X
	NULL,
};

const char *const passenger_field_names[] = {
#define X(name) #name,
	PASSENGER_FIELDS(X)
#undef X
	NULL,
};

static bool missing(struct passenger_fault *fault, const char *field, const char *what)
{
	fault->field = field;
	fault->code = "MISSING_FIELD";
	fault->what = what;
	return false;
}

static bool malformed(struct passenger_fault *fault, const char *field, const char *what)
{
	fault->field = field;
	fault->code = "BAD_FORMAT";
	fault->what = what;
	return false;
}

static bool is_capitals(const char *text, size_t least, bool digits)
{
	size_t size = text_size(text);

	for (size_t i = 0; i < size; i++)
		if ((text[i] < 'A' || text[i] > 'Z') &&
		    !(digits && text[i] >= '0' && text[i] <= '9'))
			return false;
	return size >= least;
}

/* A passport's number means nothing without its country. */
static bool check_home(struct passenger_fault *fault, const struct passenger *passenger,
		       bool required)
{
	bool nationality = passenger->nationality[0] != '\0';
	bool passport = passenger->passport_number[0] != '\0';

	if (nationality && !is_capitals(passenger->nationality, 2, false))
		return malformed(fault, "nationality", "a country's two or three capital letters");
	if (passport && !is_capitals(passenger->passport_number, 5, true))
		return malformed(fault, "passport_number", "5 to 20 capital letters and digits");
	if (passport && !nationality)
		return missing(fault, "nationality", "say whose passport it is");
	if (!required || passenger->municipality[0] != '\0' || passport)
		return true;
	if (nationality)
		return missing(fault, "passport_number",
			       "nationality and passport_number, or municipality");
	return missing(fault, "municipality", "say it, or nationality and passport_number");
}

static uint8_t kind_of_age(uint8_t age)
{
	if (age >= PASSENGER_ADULT_AGE)
		return PASSENGER_adult;
	return age >= PASSENGER_CHILD_AGE ? PASSENGER_child : PASSENGER_infant;
}

static bool asks(uint32_t required, enum passenger_field field)
{
	return (required >> field & 1) != 0;
}

static bool complete(struct passenger_fault *fault, struct passenger *passenger, uint32_t required)
{
	if (passenger->kind == PASSENGER_not_said && passenger->age > 0)
		passenger->kind = kind_of_age(passenger->age);
	if (asks(required, PASSENGER_FIELD_name) && passenger->name[0] == '\0')
		return missing(fault, "name", "this route's list asks for names");
	if (asks(required, PASSENGER_FIELD_age_class) && passenger->kind == PASSENGER_not_said)
		return missing(fault, "kind",
			       "adult, child or infant, or an age; under one say infant");
	if (asks(required, PASSENGER_FIELD_sex) && passenger->sex == PASSENGER_SEX_not_said)
		return missing(fault, "sex", "female, male or other");
	return check_home(fault, passenger, asks(required, PASSENGER_FIELD_municipality));
}

bool passenger_complete(struct passenger_fault *fault, struct passenger *passengers, size_t count,
			uint32_t required)
{
	*fault = (struct passenger_fault){ 0 };
	for (; fault->index < count; fault->index++)
		if (!complete(fault, &passengers[fault->index], required))
			return false;
	return true;
}

const char *passenger_refusal_text(enum passenger_refusal refusal)
{
	switch (refusal) {
	case PASSENGER_TICKET_NOT_VALID:
		return "the ticket was refunded or is blocked";
	case PASSENGER_NOT_COVERED:
		return "the ticket does not cover this sailing";
	case PASSENGER_DEPARTED:
		return "the ship has left";
	case PASSENGER_OUTSIDE_VALIDITY:
		return "the ship leaves outside the ticket's validity";
	case PASSENGER_NO_RESERVATION:
		return "the ticket needs a reservation on this sailing and has none";
	case PASSENGER_TOO_FEW:
		return "everybody who has a place must be on the list";
	case PASSENGER_TOO_MANY:
		return "more passengers than places, infants not counted";
	default:
		return "";
	}
}

const struct use_reservation *passenger_reservation(const struct use *use,
						    const struct service *service)
{
	for (size_t i = 0; i < use->reservation_count; i++) {
		const struct use_reservation *held = &use->reservations[i];

		if (text_equal(held->operator_id, service->operator_id) &&
		    text_equal(held->service_id, service->service_id))
			return held;
	}
	return NULL;
}

/* The gate knows the rest. */
static bool is_outside(const struct use *use, const struct sale *sale, time_ms departs_at)
{
	return departs_at < sale->not_before ||
	       (use->first_used_at != 0 && departs_at > use->valid_until);
}

static enum passenger_refusal check_count(const struct passenger_list *list, size_t least,
					  size_t seats)
{
	size_t infants = 0;

	for (size_t i = 0; i < list->passenger_count; i++)
		infants += list->passengers[i].kind == PASSENGER_infant;
	if (list->passenger_count < least)
		return PASSENGER_TOO_FEW;
	if (list->passenger_count - infants > seats ||
	    list->passenger_count > seats + PASSENGER_INFANT_COUNT_MAX)
		return PASSENGER_TOO_MANY;
	return PASSENGER_OK;
}

enum passenger_refusal passenger_decide(struct passenger_list *list, const struct use *use,
					const struct sale *sale, const struct product *product,
					const struct service *service, time_ms now)
{
	const struct use_reservation *held = passenger_reservation(use, service);

	MUST(service->mode == MODE_ferry);
	if (use->status != TICKET_VALID)
		return PASSENGER_TICKET_NOT_VALID;
	if (!product_covers_operator(product, service->operator_id) ||
	    (product->modes & MODE_BIT(service->mode)) == 0)
		return PASSENGER_NOT_COVERED;
	if (now > service->departs_at + PASSENGER_LATE_MAX_H * HOUR_MS)
		return PASSENGER_DEPARTED;
	if (held == NULL && is_outside(use, sale, service->departs_at))
		return PASSENGER_OUTSIDE_VALIDITY;
	if (held == NULL && (product->reserved_modes & MODE_BIT(service->mode)) != 0)
		return PASSENGER_NO_RESERVATION;
	list->reserved = held != NULL;
	list->ferry_uses = use->mode_uses[MODE_ferry];
	return held != NULL ? check_count(list, held->seats, held->seats)
			    : check_count(list, 1, sale->riders);
}

bool passenger_is_checked_in(const struct passenger_list *list, const struct use *use,
			     const struct service *service)
{
	const struct use_reservation *held = passenger_reservation(use, service);

	return held != NULL ? held->checked_in : use->mode_uses[MODE_ferry] > list->ferry_uses;
}

bool passenger_is_expected(const struct use *use, bool checked_in)
{
	return checked_in || use->status == TICKET_VALID;
}
