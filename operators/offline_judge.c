/* operators/offline_judge.c - which of one ticket's offline uses count: walked in their order, with
 * the ride that is open. Without it a ticket would enter everywhere and leave nowhere. Pure.
 */
#include "core/date.h"
#include "operators/offline_cap.h"

struct ride { /* The one that is open, if one is. */
	bool open;
	time_ms since, changed_at;
	uint8_t mode;
	const struct offline_use *begun; /* NULL: it is known only that an online scan ended it. */
};

struct judge {
	struct offline_uses *list;
	const struct offline_base *base;
	const struct offline_terms *terms;
	struct offline_result *tally; /* What counted so far. */
	struct ride ride;
	uint16_t from, until; /* The skew bound at hand. */
	bool done[OFFLINE_ROOM], ended[OFFLINE_ROOM];
};

static bool is_done_and_counts(const struct judge *judge, uint16_t i)
{
	const struct offline_use *use = &judge->list->uses[i];

	return judge->done[i] && !use->online && use->standing == OFFLINE_counts;
}

/* ---- Too late, too soon, too often. ---- */

/* By its face; once it was used, since then. */
static bool is_expired(const struct judge *judge, const struct offline_use *use)
{
	const struct offline_terms *terms = judge->terms;
	const struct ticket *ticket = terms->ticket;
	time_ms first = judge->tally->first, end = offline_face_until(ticket);

	if (first != 0 && use->at > first)
		end = validity_until(terms->product, first, end, terms->boundary_min);
	return use->at > extension_end(terms->extensions, ticket->product_number,
				       ticket->product_version, ticket->id, end);
}

static bool is_full(uint16_t used, uint16_t limit)
{
	return limit != 0 && used >= limit;
}

static bool is_used_up(const struct judge *judge, const struct offline_use *use)
{
	const struct offline_result *tally = judge->tally;
	const struct offline_terms *terms = judge->terms;

	if (is_full(tally->uses, terms->product->uses) ||
	    is_full(tally->uses, terms->ticket->uses))
		return true;
	if (is_full(tally->mode_uses[use->mode], product_mode_uses(terms->product, use->mode)))
		return true;
	return use->place > 0 && (tally->places >> (use->place - 1) & 1) != 0;
}

static bool is_recent(const struct judge *judge, time_ms a, time_ms b)
{
	time_ms apart = a < b ? b - a : a - b;

	return apart < judge->terms->product->passback_s * SECOND_MS;
}

/* Boarded at another gate too soon before or after. */
static bool is_too_soon(const struct judge *judge, const struct offline_use *use)
{
	const struct offline_base *base = judge->base;

	if (base->last_at != 0 && !text_equal(base->last_gate, use->gate_id) &&
	    is_recent(judge, base->last_at, use->at))
		return true;
	for (uint16_t i = 0; i < judge->list->count; i++) {
		const struct offline_use *other = &judge->list->uses[i];

		if (is_done_and_counts(judge, i) && !other->leaving &&
		    !text_equal(other->gate_id, use->gate_id) &&
		    is_recent(judge, other->at, use->at))
			return true;
	}
	return false;
}

/* Of one phone: the same showing, or another that it made of the same time. */
static bool is_same_time(const struct offline_use *use, struct id128 id, time_ms at)
{
	return id_equal(use->proof, id) || (!id_is_zero(id) && use->proof_at == at);
}

/* The proof was shown elsewhere, or by as many as the ticket carries, or nobody knows any more. */
static bool is_copied(const struct judge *judge, const struct offline_use *use)
{
	const struct offline_uses *list = judge->list;
	unsigned riders = use->riders;

	if (id_is_zero(use->proof) || use->forgotten)
		return use->forgotten;
	for (uint16_t i = 0; i < list->shown_count; i++) {
		const struct use_proof *shown = &list->shown[i];

		if (!is_same_time(use, shown->id, shown->at))
			continue;
		if (!id_equal(use->proof, shown->id) || !text_equal(use->gate_id, shown->gate))
			return true;
		riders += shown->riders + shown->told;
	}
	for (uint16_t i = 0; i < list->count; i++) {
		const struct offline_use *other = &list->uses[i];

		if (!is_done_and_counts(judge, i) ||
		    !is_same_time(use, other->proof, other->proof_at))
			continue;
		if (!id_equal(use->proof, other->proof) ||
		    !text_equal(use->gate_id, other->gate_id))
			return true;
		riders += other->riders;
	}
	return riders > judge->terms->ticket->riders;
}

/* The sailing has no place left for it beside those of this ticket that come before. */
static bool has_no_seat(const struct judge *judge, const struct offline_use *use)
{
	unsigned seats = use->seats;

	for (uint16_t i = 0; use->seats > 0 && i < judge->list->count; i++) {
		const struct offline_use *other = &judge->list->uses[i];

		if (is_done_and_counts(judge, i) &&
		    text_equal(other->service_id, use->service_id) &&
		    text_equal(other->operator_id, use->operator_id))
			seats += other->seats;
	}
	return seats > 0 && seats > use->room;
}

/* ---- The ride that is open. ---- */

/* By the last that is known of before that time: what was told, or an online scan. */
static struct ride ride_at(const struct judge *judge, time_ms at)
{
	const struct offline_uses *list = judge->list;
	struct ride ride = judge->ride;

	for (uint16_t i = 0; i < list->ride_count; i++) {
		const struct use_ride *over = &list->rides[i];

		if (over->until <= at) {
			if (over->until > ride.changed_at)
				ride = (struct ride){ .changed_at = over->until };
		} else if (!over->told && over->since <= at && over->since > ride.changed_at) {
			ride = (struct ride){ .open = true,
					      .since = over->since,
					      .changed_at = over->since,
					      .mode = over->mode };
		}
	}
	return ride;
}

/* An online scan ended the ride that begins here. */
static bool is_over(const struct judge *judge, const struct offline_use *begun)
{
	for (uint16_t i = 0; i < judge->list->ride_count; i++) {
		const struct use_ride *over = &judge->list->rides[i];

		if (over->since == begun->at && over->told != begun->online)
			return true;
	}
	return false;
}

static bool go_through(const struct offline_terms *terms, const char *from, const char *to)
{
	for (size_t i = 0; i < terms->through_count; i++)
		if (text_equal(terms->through[i].from, from) &&
		    text_equal(terms->through[i].to, to))
			return product_covers_operator(terms->product, from);
	return false;
}

static bool may_end(const struct judge *judge, const struct ride *ride,
		    const struct offline_use *end)
{
	const struct offline_use *begun = ride->begun;

	if (!ride->open || begun == NULL || end->mode != begun->mode || end->at < begun->at ||
	    is_over(judge, begun))
		return false;
	return text_equal(begun->operator_id, end->operator_id) ||
	       (end->mode == MODE_rail &&
		go_through(judge->terms, begun->operator_id, end->operator_id));
}

/* Asked of a boarding: as operators/mode_rail.c and mode_bus.c have it. */
static bool is_inside(const struct judge *judge, const struct ride *ride,
		      const struct offline_use *use)
{
	uint16_t boundary = judge->terms->boundary_min;

	if (!ride->open || (use->mode != MODE_rail && use->mode != MODE_bus))
		return false;
	if (ride->mode == MODE_rail)
		return service_day_at(use->at, boundary) <= service_day_at(ride->since, boundary);
	return use->mode == MODE_bus && ride->begun != NULL &&
	       text_equal(ride->begun->gate_id, use->gate_id) &&
	       is_recent(judge, ride->since, use->at);
}

static bool is_overstayed(const struct judge *judge, const struct offline_use *begun,
			  const struct offline_use *end)
{
	const struct product *product = judge->terms->product;

	return end->mode == MODE_rail && !end->released && product->stay_max_min != 0 &&
	       end->at - begun->at > product->stay_max_min * MINUTE_MS;
}

static uint16_t index_of(const struct judge *judge, const struct offline_use *use)
{
	return (uint16_t)(use - judge->list->uses);
}

static void end_ride(struct judge *judge, const struct ride *ride, struct offline_use *end)
{
	const struct offline_use *begun = ride->begun;

	if (is_copied(judge, end)) {
		end->standing = OFFLINE_passed_back;
		judge->done[index_of(judge, end)] = true;
		return;
	}
	end->ride_id = begun->fact_id;
	end->standing = OFFLINE_counts;
	if (is_overstayed(judge, begun, end))
		end->standing = OFFLINE_overstayed;
	else if (end->backwards && id_equal(end->priced_id, end->ride_id))
		end->standing = OFFLINE_wrong_order;
	else if (!offline_cap_take(end, begun, judge->list, judge->terms))
		end->standing = OFFLINE_static_capped;
	judge->done[index_of(judge, end)] = judge->ended[index_of(judge, begun)] = true;
	judge->ride = (struct ride){ .changed_at = end->at };
}

/* No ride that counts is open: the end of the last one that is contested, or of none. */
static void end_without_ride(struct judge *judge, struct offline_use *end)
{
	const struct offline_use *last = NULL;

	for (uint16_t i = 0; i < judge->list->count; i++) {
		const struct offline_use *use = &judge->list->uses[i];

		if (judge->done[i] && !judge->ended[i] && !use->leaving &&
		    use->standing != OFFLINE_counts && use->mode == end->mode &&
		    text_equal(use->operator_id, end->operator_id) && use->at <= end->at &&
		    (last == NULL || use->at >= last->at))
			last = use;
	}
	end->standing = last != NULL ? OFFLINE_ride_contested : OFFLINE_no_entry;
	if (last != NULL)
		judge->ended[index_of(judge, last)] = true;
}

/* ---- The boardings. ---- */

static void count(struct offline_result *tally, const struct offline_use *use)
{
	tally->uses += tally->uses < UINT16_MAX;
	tally->mode_uses[use->mode] += tally->mode_uses[use->mode] < UINT16_MAX;
	if (use->place > 0)
		tally->places |= (uint8_t)(1u << (use->place - 1));
	if (tally->first == 0 || use->at < tally->first)
		tally->first = use->at;
}

static enum offline_standing standing_of(const struct judge *judge, const struct offline_use *use,
					 bool inside)
{
	if (is_expired(judge, use))
		return OFFLINE_expired;
	if (has_no_seat(judge, use))
		return OFFLINE_full;
	if (inside)
		return OFFLINE_already_inside;
	if (is_too_soon(judge, use) || is_copied(judge, use))
		return OFFLINE_passed_back;
	return is_used_up(judge, use) ? OFFLINE_used_up : OFFLINE_counts;
}

/* The first exit of this skew bound that may end the ride, no later than that. */
static struct offline_use *first_end(const struct judge *judge, const struct ride *ride,
				     time_ms latest)
{
	struct offline_use *first = NULL;

	for (uint16_t i = judge->from; i < judge->until; i++) {
		struct offline_use *end = &judge->list->uses[i];

		if (!judge->done[i] && end->leaving && end->at <= latest &&
		    (first == NULL || end->at < first->at) && may_end(judge, ride, end))
			first = end;
	}
	return first;
}

/* Of two boardings in one skew bound the second in the order may have been the first, and over. */
static void board(struct judge *judge, struct offline_use *use)
{
	struct ride before = ride_at(judge, use->at), kept = judge->ride;
	struct ride own = { true, use->at, use->at, use->mode, use };
	bool inside = !use->online && is_inside(judge, &before, use);
	struct offline_use *end =
		inside && use->at < before.since ? first_end(judge, &own, before.since) : NULL;

	use->standing = use->online ? OFFLINE_counts
				    : standing_of(judge, use, inside && end == NULL);
	if (use->standing == OFFLINE_counts &&
	    !offline_cap_take(use, NULL, judge->list, judge->terms))
		use->standing = OFFLINE_static_capped;
	judge->done[index_of(judge, use)] = true;
	if (use->standing != OFFLINE_counts)
		return;
	if (!use->online)
		count(judge->tally, use);
	if (end != NULL) {
		end_ride(judge, &own, end);
		judge->ride = kept;
	} else if (use->mode == MODE_rail || use->mode == MODE_bus) {
		judge->ride = own;
	} else if (before.open && before.mode == MODE_bus) {
		judge->ride = (struct ride){ .changed_at = use->at };
	}
}

/* ---- The walk. ---- */

static struct offline_use *next_boarding(const struct judge *judge)
{
	for (uint16_t i = judge->from; i < judge->until; i++)
		if (!judge->done[i] && !judge->list->uses[i].leaving)
			return &judge->list->uses[i];
	return NULL;
}

/* The first exit of this skew bound that ends the ride which is open when it comes. */
static struct offline_use *next_end(const struct judge *judge)
{
	struct offline_use *next = NULL;

	for (uint16_t i = judge->from; i < judge->until; i++) {
		struct offline_use *end = &judge->list->uses[i];
		struct ride ride;

		if (judge->done[i] || !end->leaving || (next != NULL && end->at >= next->at))
			continue;
		ride = ride_at(judge, end->at);
		if (may_end(judge, &ride, end))
			next = end;
	}
	return next;
}

/* An exit comes first where it came first, or where the boarding would find somebody inside. */
static bool end_is_first(const struct judge *judge, const struct offline_use *end,
			 const struct offline_use *boarding)
{
	struct ride ride;

	if (boarding == NULL || end->at <= boarding->at)
		return true;
	ride = ride_at(judge, boarding->at);
	return is_inside(judge, &ride, boarding);
}

static void judge_span(struct judge *judge)
{
	for (;;) {
		struct offline_use *boarding = next_boarding(judge), *end = next_end(judge);

		if (end != NULL && end_is_first(judge, end, boarding)) {
			struct ride ride = ride_at(judge, end->at);

			end_ride(judge, &ride, end);
		} else if (boarding != NULL) {
			board(judge, boarding);
		} else {
			break;
		}
	}
	for (uint16_t i = judge->from; i < judge->until; i++)
		if (!judge->done[i])
			end_without_ride(judge, &judge->list->uses[i]);
}

static void forget_prices(struct offline_uses *list)
{
	for (uint16_t i = 0; i < list->count; i++) {
		struct offline_use *use = &list->uses[i];

		if (!use->leaving || (!id_is_zero(use->ride_id) &&
				      id_equal(use->priced_id, use->ride_id)))
			continue;
		mem_zero(&use->priced_id, sizeof(use->priced_id));
		mem_zero(use->through_operator_id, sizeof(use->through_operator_id));
		use->deemed_fare_yen = use->through_fare_yen = 0;
		use->distance_m = use->through_distance_m = 0;
		use->backwards = false;
	}
}

static struct offline_result tally_of(const struct offline_base *base)
{
	struct offline_result tally = { .uses = base->uses,
					.places = base->places,
					.first = base->first_used_at };

	mem_copy(tally.mode_uses, base->mode_uses, sizeof(tally.mode_uses));
	return tally;
}

void offline_judge(struct offline_result *out, struct offline_uses *list,
		   const struct offline_base *base, const struct offline_terms *terms)
{
	struct judge judge = { .list = list, .base = base, .terms = terms, .tally = out };
	struct ride last;

	*out = tally_of(base);
	offline_cap_reset(list);
	for (uint16_t i = 0; i < list->count; i++)
		mem_zero(&list->uses[i].ride_id, sizeof(list->uses[i].ride_id));
	while (judge.until < list->count) {
		int64_t span = offline_span(list->uses[judge.until].at);

		judge.from = judge.until;
		while (judge.until < list->count &&
		       offline_span(list->uses[judge.until].at) == span)
			judge.until++;
		judge_span(&judge);
	}
	forget_prices(list);
	last = ride_at(&judge, INT64_MAX);
	out->inside = last.open ? last.begun : NULL;
}
