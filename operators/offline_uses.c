/* operators/offline_uses.c - one ticket at several gates that could not ask. Without it whoever
 * uploads first would win, and two operators would be told two different stories. Pure.
 */
#include "operators/offline_uses.h"

#include "core/date.h"

const char *const offline_standing_names[] = {
#define X(name, verdict) #name,
	OFFLINE_STANDINGS(X)
#undef X
	NULL,
};

const enum scan_verdict offline_verdicts[OFFLINE_STANDING_COUNT] = {
#define X(name, verdict) SCAN_##verdict,
	OFFLINE_STANDINGS(X)
#undef X
};

/* ---- The order. ---- */

static int64_t skew_bounds(time_ms at)
{
	const int64_t bound = CONTEST_SKEW_S * SECOND_MS;

	return (at - (at % bound + bound) % bound) / bound;
}

static int order_of(const struct offline_use *a, const struct offline_use *b)
{
	int64_t x = skew_bounds(a->at), y = skew_bounds(b->at);
	int order = (x > y) - (x < y);

	if (order == 0)
		order = slice_compare(slice_text(a->gate_id), slice_text(b->gate_id));
	if (order == 0)
		order = slice_compare(slice_of(a->scan_id.bytes, sizeof(a->scan_id.bytes)),
				      slice_of(b->scan_id.bytes, sizeof(b->scan_id.bytes)));
	return order;
}

size_t offline_add(struct offline_uses *list, const struct offline_use *use)
{
	size_t at = list->count;

	MUST(list->count < OFFLINE_USE_COUNT_MAX);
	for (; at > 0 && order_of(use, &list->uses[at - 1]) < 0; at--)
		list->uses[at] = list->uses[at - 1];
	list->uses[at] = *use;
	list->count++;
	return at;
}

/* ---- What it stands on. ---- */

static bool is_counted(const struct offline_use *use)
{
	return !use->leaving && use->standing == OFFLINE_counts;
}

static uint16_t less(uint16_t from, uint16_t n)
{
	return from > n ? (uint16_t)(from - n) : 0;
}

uint8_t offline_place(const struct offline_use *one, const struct use *use)
{
	for (size_t i = 0; one->service_id[0] != '\0' && i < use->reservation_count; i++)
		if (text_equal(use->reservations[i].operator_id, one->operator_id) &&
		    text_equal(use->reservations[i].service_id, one->service_id))
			return (uint8_t)(1 + i);
	return 0;
}

static void base_counts(struct offline_base *base, struct offline_uses *list,
			const struct use *use)
{
	uint16_t n = 0, mode_n[MODE_COUNT] = { 0 };

	for (size_t i = 0; i < USE_RESERVATION_COUNT_MAX; i++)
		if (i < use->reservation_count && use->reservations[i].checked_in)
			base->places |= (uint8_t)(1u << i);
	for (size_t i = 0; i < list->count; i++) {
		struct offline_use *one = &list->uses[i];

		one->place = offline_place(one, use);
		if (!is_counted(one))
			continue;
		n++;
		mode_n[one->mode]++;
		if (one->place > 0)
			base->places &= (uint8_t)~(1u << (one->place - 1));
	}
	base->uses = less(use->uses, n);
	for (size_t mode = 0; mode < MODE_COUNT; mode++)
		base->mode_uses[mode] = less(use->mode_uses[mode], mode_n[mode]);
}

static void make_room(struct offline_uses *list)
{
	if (list->count < OFFLINE_USE_COUNT_MAX)
		return;
	for (uint16_t i = 1; i < list->count; i++)
		list->uses[i - 1] = list->uses[i];
	list->count--;
}

/* What stands in the ticket's record was written here, or by an online scan since. */
void offline_base(struct offline_base *base, struct offline_uses *list, const struct use *use)
{
	bool first_is_ours = list->written_first == use->first_used_at;
	bool last_is_ours = list->written_last == use->last_at &&
			    text_equal(list->written_gate, use->last_gate);

	*base = (struct offline_base){ 0 };
	make_room(list);
	base_counts(base, list, use);
	base->first_used_at = first_is_ours ? list->online_first : use->first_used_at;
	base->last_at = last_is_ours ? list->online_last : use->last_at;
	mem_copy(base->last_gate, last_is_ours ? list->online_gate : use->last_gate,
		 sizeof(base->last_gate));
}

/* ---- Standings. ---- */

struct tally { /* What counted so far. */
	uint16_t uses, mode_uses[MODE_COUNT];
	uint8_t places;
	time_ms first;
};

time_ms offline_face_until(const struct ticket *ticket)
{
	return (ticket->exp_s + 1) * SECOND_MS - 1;
}

static bool is_expired(const struct offline_use *use, time_ms first,
		       const struct offline_terms *terms)
{
	return first != 0 && use->at > first &&
	       use->at > validity_until(terms->product, first, offline_face_until(terms->ticket),
					terms->boundary_min);
}

static bool is_full(uint16_t used, uint16_t limit)
{
	return limit != 0 && used >= limit;
}

static bool is_used_up(const struct offline_use *use, const struct tally *tally,
		       const struct offline_terms *terms)
{
	if (is_full(tally->uses, terms->product->uses) ||
	    is_full(tally->uses, terms->ticket->uses))
		return true;
	if (is_full(tally->mode_uses[use->mode], product_mode_uses(terms->product, use->mode)))
		return true;
	return use->place > 0 && (tally->places >> (use->place - 1) & 1) != 0;
}

static bool is_recent(time_ms a, time_ms b, const struct offline_terms *terms)
{
	time_ms apart = a < b ? b - a : a - b;

	return apart < terms->product->passback_s * SECOND_MS;
}

/* At another gate too soon before or after, or there by the same proof of a phone. */
static bool is_passed_back(const struct offline_uses *list, size_t at,
			   const struct offline_base *base, const struct offline_terms *terms)
{
	const struct offline_use *use = &list->uses[at];

	if (base->last_at != 0 && !text_equal(base->last_gate, use->gate_id) &&
	    is_recent(base->last_at, use->at, terms))
		return true;
	for (size_t i = 0; i < at; i++) {
		const struct offline_use *other = &list->uses[i];

		if (!is_counted(other) || text_equal(other->gate_id, use->gate_id))
			continue;
		if (is_recent(other->at, use->at, terms) ||
		    (!id_is_zero(use->proof) && id_equal(other->proof, use->proof)))
			return true;
	}
	return false;
}

static void count(struct tally *tally, const struct offline_use *use)
{
	tally->uses += tally->uses < UINT16_MAX;
	tally->mode_uses[use->mode] += tally->mode_uses[use->mode] < UINT16_MAX;
	if (use->place > 0)
		tally->places |= (uint8_t)(1u << (use->place - 1));
	if (tally->first == 0 || use->at < tally->first)
		tally->first = use->at;
}

static struct tally judge_boardings(struct offline_uses *list, const struct offline_base *base,
				    const struct offline_terms *terms)
{
	struct tally tally = { .uses = base->uses,
			       .places = base->places,
			       .first = base->first_used_at };

	mem_copy(tally.mode_uses, base->mode_uses, sizeof(tally.mode_uses));
	for (size_t i = 0; i < list->count; i++) {
		struct offline_use *use = &list->uses[i];

		if (use->leaving)
			continue;
		if (is_expired(use, tally.first, terms))
			use->standing = OFFLINE_expired;
		else if (is_passed_back(list, i, base, terms))
			use->standing = OFFLINE_passed_back;
		else if (is_used_up(use, &tally, terms))
			use->standing = OFFLINE_used_up;
		else
			use->standing = OFFLINE_counts;
		if (use->standing == OFFLINE_counts)
			count(&tally, use);
	}
	return tally;
}

/* The last boarding of its operator and mode before it; NULL: an online one, or not told of. */
static const struct offline_use *boarding_of(const struct offline_uses *list,
					     const struct offline_use *end)
{
	const struct offline_use *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct offline_use *use = &list->uses[i];

		if (!use->leaving && use->at <= end->at && use->mode == end->mode &&
		    text_equal(use->operator_id, end->operator_id) &&
		    (found == NULL || use->at >= found->at))
			found = use;
	}
	return found;
}

void offline_judge(struct offline_uses *list, const struct offline_base *base,
		   const struct offline_terms *terms)
{
	(void)judge_boardings(list, base, terms);
	for (size_t i = 0; i < list->count; i++) {
		struct offline_use *end = &list->uses[i];
		const struct offline_use *begun = end->leaving ? boarding_of(list, end) : NULL;

		if (end->leaving)
			end->standing = begun != NULL && begun->standing != OFFLINE_counts
						? OFFLINE_ride_contested
						: OFFLINE_counts;
	}
}

static void write_last(struct use *use, const struct offline_uses *list,
		       const struct offline_base *base)
{
	use->last_at = base->last_at;
	mem_copy(use->last_gate, base->last_gate, sizeof(use->last_gate));
	for (size_t i = 0; i < list->count; i++) {
		const struct offline_use *one = &list->uses[i];

		if (one->standing != OFFLINE_counts || one->at <= use->last_at)
			continue;
		use->last_at = one->at;
		mem_copy(use->last_gate, one->gate_id, sizeof(use->last_gate));
	}
}

void offline_write(struct use *use, struct offline_uses *list, const struct offline_base *base,
		   const struct offline_terms *terms)
{
	struct tally tally = judge_boardings(list, base, terms);

	use->uses = tally.uses;
	mem_copy(use->mode_uses, tally.mode_uses, sizeof(use->mode_uses));
	for (size_t i = 0; i < use->reservation_count; i++)
		use->reservations[i].checked_in = (tally.places >> i & 1) != 0;
	use->first_used_at = tally.first;
	use->valid_until = tally.first == 0
				   ? 0
				   : validity_until(terms->product, tally.first,
						    offline_face_until(terms->ticket),
						    terms->boundary_min);
	write_last(use, list, base);
	list->online_first = base->first_used_at;
	list->online_last = base->last_at;
	mem_copy(list->online_gate, base->last_gate, sizeof(list->online_gate));
	list->written_first = use->first_used_at;
	list->written_last = use->last_at;
	mem_copy(list->written_gate, use->last_gate, sizeof(list->written_gate));
}
