/* operators/scan.c - the decision that every gate asks for. Without it the ticket is a picture.
 * Pure.
 *
 * The verdict is the first in the enum's order that applies, so the rules that look at the ride
 * itself are each asked, and the least of their answers is the verdict.
 */
#include "operators/scan.h"

#include "core/date.h"
#include "operators/mode.h"

const char *const scan_verdict_names[] = {
#define X(name, why) #name,
	SCAN_VERDICTS(X)
#undef X
	NULL,
};

const char *const scan_verdict_whys[] = {
#define X(name, why) why,
	SCAN_VERDICTS(X)
#undef X
	NULL,
};

const char *const scan_kind_names[] = {
#define X(name) #name,
	SCAN_KINDS(X)
#undef X
	NULL,
};

static enum scan_verdict (*const mode_decide[MODE_COUNT])(struct scan_outcome *,
							  const struct scan_input *) = {
	[MODE_rail] = mode_rail_decide,   [MODE_bus] = mode_bus_decide,
	[MODE_ferry] = mode_ferry_decide, [MODE_air] = mode_air_decide,
	[MODE_venue] = mode_venue_decide,
};

static enum scan_verdict first_of(enum scan_verdict a, enum scan_verdict b)
{
	return a < b ? a : b;
}

/* The ticket says its last whole second. */
static time_ms ticket_last_moment(const struct ticket *ticket)
{
	return (ticket->exp_s + 1) * SECOND_MS - 1;
}

static time_ms validity_end(const struct scan_input *in, const struct use *use)
{
	const struct ticket *ticket = in->ticket;
	time_ms end = use->first_used_at != 0 ? use->valid_until : ticket_last_moment(ticket);

	return extension_end(in->extensions, ticket->product_number, ticket->product_version,
			     ticket->id, end);
}

static enum scan_verdict check_validity(const struct scan_input *in)
{
	if (mode_ends_ride(in))
		return SCAN_ADMITTED;
	if (in->scan->at < in->ticket->nbf_s * SECOND_MS)
		return SCAN_NOT_YET_VALID;
	if (in->scan->at > validity_end(in, in->use))
		return SCAN_EXPIRED;
	return SCAN_ADMITTED;
}

static bool zone_is_covered(const struct scan_input *in)
{
	int zone = product_zone_index(in->product, in->place->gate->zone);

	if (in->product->zone_count == 0)
		return true;
	return zone >= 0 && (in->ticket->zones == 0 || (in->ticket->zones >> zone & 1) != 0);
}

/* As qr/presentation has it, whose file is not pure. */
static bool proof_is_stale(const struct scan *scan)
{
	time_ms age = scan->at - scan->proof_at;

	return age > scan->proof_past_s * SECOND_MS || age < -scan->proof_ahead_s * SECOND_MS;
}

/* A phone's ticket without the phone's proof is refused as such, whatever it says of itself, and
 * never taken for a printed one. Whoever comes by an airline's boarding pass or reads the vehicle's
 * code shows no code of ours. */
static enum scan_verdict check_proof(const struct scan_input *in)
{
	const struct ticket *ticket = in->ticket;

	if (in->by_coupon || in->reversed)
		return SCAN_ADMITTED;
	if (ticket->has_device_key ? !in->scan->dynamic : (ticket->flags & TICKET_FLAG_STATIC) == 0)
		return SCAN_DEVICE_PROOF_MISSING;
	return in->scan->dynamic && proof_is_stale(in->scan) ? SCAN_DEVICE_PROOF_STALE
							     : SCAN_ADMITTED;
}

/* Who left carries what was sold before, and not for ever. */
static bool ran_off(const struct scan_input *in)
{
	return operator_ran_off(in->place->operator,
				service_day_at(in->scan->at, in->place->boundary_min));
}

/* What the ticket and its product say of this gate. A revoked ticket lets nobody out either: that
 * is the staff's. */
static enum scan_verdict check_ticket(const struct scan_input *in)
{
	const struct gate *gate = in->place->gate;
	uint32_t mode = MODE_BIT(gate->mode);
	enum scan_verdict proof = check_proof(in), validity;

	if (proof != SCAN_ADMITTED)
		return proof;
	if (in->product == NULL)
		return SCAN_UNKNOWN_PRODUCT;
	if (in->use->status != TICKET_VALID)
		return SCAN_REVOKED;
	validity = check_validity(in);
	if (validity != SCAN_ADMITTED)
		return validity;
	if (!product_covers_operator(in->product, gate->operator_id) || ran_off(in))
		return SCAN_WRONG_OPERATOR;
	if ((in->product->modes & in->ticket->modes & mode) == 0)
		return SCAN_WRONG_MODE;
	if (!zone_is_covered(in))
		return SCAN_WRONG_ZONE;
	if (in->scan->riders == 0 || in->scan->riders > in->ticket->riders)
		return SCAN_WRONG_RIDERS;
	return SCAN_ADMITTED;
}

static uint16_t left_of(uint16_t limit, uint16_t used)
{
	if (limit == 0)
		return SCAN_USES_NO_LIMIT;
	return used < limit ? (uint16_t)(limit - used) : 0;
}

static uint16_t least(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

static uint16_t left_in_all(const struct scan_input *in, const struct use *use)
{
	return least(left_of(in->product->uses, use->uses), left_of(in->ticket->uses, use->uses));
}

static uint16_t left_of_mode(const struct scan_input *in, const struct use *use,
			     enum fares_mode mode)
{
	return left_of(product_mode_uses(in->product, mode), use->mode_uses[mode]);
}

static uint16_t left_at_gate(const struct scan_input *in, const struct use *use)
{
	return least(left_in_all(in, use), left_of_mode(in, use, in->place->gate->mode));
}

/* Of a ticket never ridden, the last scan is the dawn of time. */
static enum scan_verdict check_passback(const struct scan_input *in)
{
	if (text_equal(in->use->last_gate, in->place->gate->gate_id))
		return SCAN_ADMITTED;
	return mode_is_recent(in) ? SCAN_PASSED_BACK : SCAN_ADMITTED;
}

/* Of a time before the phone's newest proof: told late, or by a slow clock. */
static bool is_late(const struct scan_input *in)
{
	return in->scan->at < in->use->proofs[0].at - in->scan->proof_ahead_s * SECOND_MS;
}

/* A phone shows its newest proof, so an older one is a copy, and so is another of the same time.
 * What comes late may be older, but not where so much was seen since that it may be forgotten. */
static bool proof_is_a_copy(const struct scan_input *in)
{
	const struct use *use = in->use;
	time_ms made_at = in->scan->proof_at;

	if (use->proof_count == 0 || made_at > use->proofs[0].at)
		return false;
	for (size_t i = 0; i < use->proof_count; i++)
		if (use->proofs[i].at == made_at)
			return true;
	return !is_late(in) || (use->proof_count == USE_PROOF_COUNT_MAX &&
				made_at < use->proofs[USE_PROOF_COUNT_MAX - 1].at);
}

/* The proof that was seen before is good where it was seen, for those who have not passed, unless
 * the phone has shown a newer one since. */
static enum scan_verdict check_proof_again(const struct scan_input *in)
{
	const struct use_proof *known = mode_proof_find(in->use, in->scan->proof);
	bool again;

	if (!in->scan->dynamic)
		return SCAN_ADMITTED;
	if (known == NULL)
		return proof_is_a_copy(in) ? SCAN_PASSED_BACK : SCAN_ADMITTED;
	again = (known == &in->use->proofs[0] || is_late(in)) &&
		text_equal(known->gate, in->place->gate->gate_id) &&
		known->riders + known->told + in->scan->riders <= in->ticket->riders;
	return again ? SCAN_ADMITTED : SCAN_PASSED_BACK;
}

static enum scan_verdict check_uses(const struct scan_input *in)
{
	return left_at_gate(in, in->use) == 0 ? SCAN_USED_UP : SCAN_ADMITTED;
}

/* Whoever boards, checks in or redeems elsewhere has left the bus, told or not. */
static enum scan_verdict check_boarding(struct scan_outcome *out, const struct scan_input *in)
{
	enum scan_verdict verdict = mode_service_decide(out, in);

	if (in->use->inside && in->use->inside_mode == MODE_bus)
		mode_ride_close(out, in);
	verdict = first_of(verdict, mode_decide[in->place->gate->mode](out, in));
	verdict = first_of(verdict, check_passback(in));
	verdict = first_of(verdict, check_proof_again(in));
	return first_of(verdict, check_uses(in));
}

static enum scan_verdict check(struct scan_outcome *out, const struct scan_input *in)
{
	enum scan_verdict verdict = check_ticket(in);

	if (verdict != SCAN_ADMITTED)
		return verdict;
	if (mode_is_leaving(in))
		return first_of(mode_decide[in->place->gate->mode](out, in), check_proof_again(in));
	return check_boarding(out, in);
}

static void count(uint16_t *uses)
{
	if (*uses < UINT16_MAX)
		(*uses)++;
}

static void note_use(struct use *next, const struct scan_input *in)
{
	count(&next->uses);
	count(&next->mode_uses[in->place->gate->mode]);
	if (next->first_used_at == 0) {
		next->first_used_at = in->scan->at;
		next->valid_until =
		    validity_until(in->product, in->scan->at, ticket_last_moment(in->ticket),
				   in->place->boundary_min);
	}
}

static void note_proof(struct use *next, const struct scan_input *in)
{
	const struct scan *scan = in->scan;
	struct use_proof proof = { .id = scan->proof,
				   .at = scan->proof_at,
				   .riders = scan->riders };

	if (!scan->dynamic)
		return;
	mem_copy(proof.gate, in->place->gate->gate_id, sizeof(proof.gate));
	mode_proof_note(next, &proof);
}

/* A scan that comes late by its clock does not turn back the ticket's: last_at and last_gate stay
 * together. */
static void note_admitted(struct scan_outcome *out, const struct scan_input *in)
{
	struct use *next = &out->next;

	out->boarding = !mode_is_leaving(in);
	if (out->boarding)
		note_use(next, in);
	note_proof(next, in);
	next->n++;
	if (in->scan->at < next->last_at)
		return;
	next->last_at = in->scan->at;
	mem_copy(next->last_gate, in->place->gate->gate_id, sizeof(next->last_gate));
}

static void forget(struct scan_outcome *out, const struct scan_input *in)
{
	mem_copy(&out->next, in->use, sizeof(out->next));
	out->deemed_fare_yen = 0;
	out->through = false;
	out->through_fare_yen = 0;
	out->takes_places = 0;
}

/* No use left: none in all, or none of any mode that the product covers. */
static bool is_used_up(const struct scan_input *in, const struct use *use)
{
	if (left_in_all(in, use) == 0)
		return true;
	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		if ((in->product->modes & MODE_BIT(mode)) != 0 && left_of_mode(in, use, mode) > 0)
			return false;
	return true;
}

/* The last use is over with its ride; a ride that nobody closed, with the validity. Never after the
 * validity. */
static time_ms over_at(const struct scan_input *in, const struct use *use)
{
	time_ms end = validity_end(in, use);

	if (in->product == NULL || use->inside || !is_used_up(in, use))
		return end;
	return use->last_at < end ? use->last_at : end;
}

void scan_decide(struct scan_outcome *out, const struct scan_input *in)
{
	MUST(in->place->gate->mode < MODE_COUNT && in->scan->kind < SCAN_KIND_COUNT);
	*out = (struct scan_outcome){ 0 };
	mem_copy(&out->next, in->use, sizeof(out->next));
	out->verdict = check(out, in);
	if (out->verdict == SCAN_ADMITTED)
		note_admitted(out, in);
	else
		forget(out, in);
	out->over_at = over_at(in, &out->next);
	out->valid_until = validity_end(in, &out->next);
	out->uses_left = in->product == NULL ? 0 : left_at_gate(in, &out->next);
	MUST(out->deemed_fare_yen >= 0 && out->through_fare_yen >= 0);
	MUST(out->verdict >= SCAN_DEVICE_PROOF_MISSING);
}
