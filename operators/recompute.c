/* operators/recompute.c - a month's division done again. Without it a vote on another rule, or a
 * doubt about this one, would be settled by belief.
 */
#include "operators/recompute.h"

#include <stdlib.h>

#include "core/crew.h"

struct share_of { /* What a kind's rule says of an operator of the sheet. */
	uint64_t weight;
	yen minimum_yen, cap_yen;
};

struct kind_rule { /* One kind's rule, by places instead of names. */
	const struct rule *rule;
	uint16_t flags;
	struct share_of *shares; /* [operator], or NULL: the rule names nobody. */
	bool alike; /* No share has a weight: what nobody used goes to all alike. */
	uint16_t invited[RULE_SHARE_COUNT_MAX]; /* Takes part without having carried. */
	size_t invited_count;
};

struct part { /* One thread's. */
	uint8_t *block;
	struct recompute_sum *sums;
	struct recompute_whole *whole;
	bool damaged;
};

struct work {
	const struct sheet *sheet;
	struct kind_rule *kinds;
	unsigned threads;
	struct part parts[CREW_SIZE_MAX];
};

struct carriers { /* Of one ticket, in the order of their places, which is that of their ids. */
	uint16_t place[SHARING_WEIGHT_COUNT_MAX];
	struct ride_weight did[SHARING_WEIGHT_COUNT_MAX];
	size_t count;
};

/* NULL: more operators than one ticket can have. */
static struct ride_weight *carrier_at(struct carriers *c, uint16_t place)
{
	size_t i = c->count;

	while (i > 0 && c->place[i - 1] > place)
		i--;
	if (i > 0 && c->place[i - 1] == place)
		return &c->did[i - 1];
	if (c->count == SHARING_WEIGHT_COUNT_MAX)
		return NULL;
	for (size_t k = c->count++; k > i; k--) {
		c->place[k] = c->place[k - 1];
		c->did[k] = c->did[k - 1];
	}
	c->place[i] = place;
	c->did[i] = (struct ride_weight){ 0 };
	return &c->did[i];
}

static bool gather(struct carriers *c, const struct sheet_ride *rides, size_t count)
{
	c->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct ride_weight *did = carrier_at(c, rides[i].operator);

		if (did == NULL)
			return false;
		did->boardings += rides[i].boardings;
		did->riders += rides[i].riders;
		did->deemed_fare_yen += rides[i].deemed_fare_yen;
		did->distance_m += rides[i].distance_m;
		if (rides[i].boardings > 0 || rides[i].riders > 0 ||
		    rides[i].deemed_fare_yen > 0 || rides[i].distance_m > 0)
			did->legs = 1;
	}
	return true;
}

static bool nobody_carried(const struct carriers *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->did[i].legs > 0)
			return false;
	return true;
}

/* As fares/sharing_party.c has it: who comes in because nobody carried, and not by a share of its
 * own, has no bounds. */
static void add_shares(struct carriers *c, const struct kind_rule *kind)
{
	bool bare;

	if (kind->shares == NULL)
		return;
	bare = kind->alike && nobody_carried(c);
	for (size_t i = 0; i < kind->invited_count; i++)
		(void)carrier_at(c, kind->invited[i]);
	for (size_t i = 0; i < c->count; i++) {
		const struct share_of *share = &kind->shares[c->place[i]];

		if (bare &&
		    (kind->rule->pooling == POOLING_TICKET || share->minimum_yen == 0))
			continue;
		c->did[i].share_weight = share->weight;
		c->did[i].minimum_yen = share->minimum_yen;
		c->did[i].cap_yen = share->cap_yen;
	}
}

static void add_whole(struct recompute_whole *to, const struct sharing *sharing, yen earned_yen)
{
	to->earned_yen += earned_yen;
	to->commission_yen += sharing->commission_yen;
	to->payment_fee_yen += sharing->payment_fee_yen;
	to->council_fee_yen += sharing->council_fee_yen;
	to->unused_yen += sharing->unused_yen;
	to->pool_yen += sharing->pool_yen;
	to->tickets++;
}

static bool divide(struct work *work, struct part *part, const struct sheet_ticket *ticket,
		   const struct sheet_ride *rides)
{
	const struct kind_rule *kind = &work->kinds[ticket->kind];
	struct recompute_sum *sums =
		part->sums + (size_t)ticket->kind * work->sheet->header.operator_count;
	struct carriers c;
	struct sharing sharing;

	if (!gather(&c, rides, ticket->ride_count))
		return false;
	add_shares(&c, kind);
	sharing_divide(&sharing, kind->rule, ticket->earned_yen, c.did, c.count);
	for (size_t i = 0; i < c.count; i++) {
		struct recompute_sum *sum = &sums[c.place[i]];

		sum->share_yen += sharing.share_yen[i];
		sum->tickets += c.did[i].legs;
		sum->boardings += c.did[i].boardings;
		sum->riders += c.did[i].riders;
		sum->deemed_fare_yen += c.did[i].deemed_fare_yen;
		sum->distance_m += c.did[i].distance_m;
	}
	add_whole(&part->whole[ticket->kind], &sharing, ticket->earned_yen);
	return true;
}

/* Every threads-th block, from the i-th on. */
static void divide_blocks(void *to, unsigned i)
{
	struct work *work = to;
	struct part *part = &work->parts[i];
	struct sheet_block block = { .sheet = work->sheet, .bytes = part->block };

	for (uint32_t n = i; n < work->sheet->header.block_count && !part->damaged;
	     n += work->threads) {
		const struct sheet_ticket *ticket;
		const struct sheet_ride *rides;

		if (!sheet_read(&block, n)) {
			part->damaged = true;
			return;
		}
		while ((ticket = sheet_next(&block, &rides, &part->damaged)) != NULL)
			if (!divide(work, part, ticket, rides))
				part->damaged = true;
	}
}

/* ---- Before and after. ---- */

static int place_of(const struct sheet *sheet, const char *operator_id)
{
	size_t low = 0, high = sheet->header.operator_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = slice_compare(slice_text(sheet->operators[middle]),
					  slice_text(operator_id));

		if (order == 0)
			return (int)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static bool prepare(struct kind_rule *kind, const struct sheet *sheet, const struct rule *rule,
		    uint16_t flags)
{
	uint8_t by = rule->steps[rule->step_count - 1].by;

	kind->rule = rule;
	kind->flags = flags;
	kind->alike = true;
	if (rule->share_count == 0)
		return true;
	kind->shares = calloc(sheet->header.operator_count + 1u, sizeof(*kind->shares));
	if (kind->shares == NULL)
		return false;
	for (size_t i = 0; i < rule->share_count; i++) {
		const struct rule_share *share = &rule->shares[i];
		int place = place_of(sheet, share->operator_id);

		kind->alike = kind->alike && share->weight == 0;
		if (place < 0) /* It has left, or nothing of this month is its. */
			continue;
		kind->shares[place] =
			(struct share_of){ share->weight, share->minimum_yen, share->cap_yen };
		if ((flags & SHEET_NAMED) == 0 && rule->pooling == POOLING_TICKET &&
		    by == BY_FIXED_SHARES && share->weight > 0)
			kind->invited[kind->invited_count++] = (uint16_t)place;
	}
	return true;
}

static bool take_memory(struct work *work, struct recompute *out)
{
	const struct sheet_header *header = &work->sheet->header;
	size_t sums = (size_t)header->kind_count * header->operator_count + 1;

	work->kinds = calloc(header->kind_count + 1u, sizeof(*work->kinds));
	if (work->kinds == NULL)
		return false;
	for (size_t i = 0; i < header->kind_count; i++)
		if (!prepare(&work->kinds[i], work->sheet, work->sheet->rules[i],
			     work->sheet->kinds[i].flags))
			return false;
	for (unsigned i = 0; i < work->threads; i++) {
		struct part *part = &work->parts[i];

		part->block = malloc(SHEET_BLOCK_SIZE);
		part->sums = calloc(sums, sizeof(*part->sums));
		part->whole = calloc(header->kind_count + 1u, sizeof(*part->whole));
		if (part->block == NULL || part->sums == NULL || part->whole == NULL)
			return false;
	}
	out->sums = work->parts[0].sums;
	out->whole = work->parts[0].whole;
	return true;
}

static void add_part(struct recompute *out, const struct part *part)
{
	const struct sheet_header *header = &out->sheet->header;

	out->damaged = out->damaged || part->damaged;
	if (part->sums == out->sums)
		return;
	for (size_t i = 0; i < (size_t)header->kind_count * header->operator_count; i++) {
		out->sums[i].share_yen += part->sums[i].share_yen;
		out->sums[i].tickets += part->sums[i].tickets;
		out->sums[i].boardings += part->sums[i].boardings;
		out->sums[i].riders += part->sums[i].riders;
		out->sums[i].deemed_fare_yen += part->sums[i].deemed_fare_yen;
		out->sums[i].distance_m += part->sums[i].distance_m;
	}
	for (size_t i = 0; i < header->kind_count; i++) {
		out->whole[i].earned_yen += part->whole[i].earned_yen;
		out->whole[i].commission_yen += part->whole[i].commission_yen;
		out->whole[i].payment_fee_yen += part->whole[i].payment_fee_yen;
		out->whole[i].council_fee_yen += part->whole[i].council_fee_yen;
		out->whole[i].unused_yen += part->whole[i].unused_yen;
		out->whole[i].pool_yen += part->whole[i].pool_yen;
		out->whole[i].tickets += part->whole[i].tickets;
	}
}

static void divide_pool(struct recompute *out, size_t kind, const struct kind_rule *of)
{
	size_t width = out->sheet->header.operator_count;
	struct recompute_sum *sums = out->sums + kind * width;
	struct recompute_whole *whole = &out->whole[kind];
	struct carriers c = { .count = 0 };
	struct sharing sharing;

	for (size_t i = 0; i < width; i++) {
		const struct share_of *share = of->shares == NULL ? NULL : &of->shares[i];
		struct ride_weight *did;

		if (sums[i].tickets == 0 && (share == NULL || share->weight == 0))
			continue;
		did = carrier_at(&c, (uint16_t)i);
		if (did == NULL)
			break;
		*did = (struct ride_weight){ .boardings = sums[i].boardings,
					     .riders = sums[i].riders,
					     .deemed_fare_yen = sums[i].deemed_fare_yen,
					     .distance_m = sums[i].distance_m,
					     .legs = sums[i].tickets };
	}
	add_shares(&c, of);
	sharing_divide_pool(&sharing, of->rule, whole->pool_yen, c.did, c.count);
	for (size_t i = 0; i < c.count; i++)
		sums[c.place[i]].share_yen += sharing.share_yen[i];
	whole->unused_yen += sharing.unused_yen;
	whole->pool_yen = 0;
}

static void finish(struct recompute *out, struct work *work)
{
	for (unsigned i = 0; i < work->threads; i++)
		add_part(out, &work->parts[i]);
	for (size_t i = 0; i < work->sheet->header.kind_count && !out->damaged; i++) {
		const struct rule *rule = work->kinds[i].rule;

		if (rule->pooling == POOLING_MONTH &&
		    (work->kinds[i].flags & SHEET_POOL_APART) == 0 &&
		    rule->steps[rule->step_count - 1].by != BY_DECLARED_COUNTS)
			divide_pool(out, i, &work->kinds[i]);
	}
}

static void let_go(struct work *work, const struct recompute *out)
{
	for (size_t i = 0; work->kinds != NULL && i < work->sheet->header.kind_count; i++)
		free(work->kinds[i].shares);
	free(work->kinds);
	for (unsigned i = 0; i < work->threads; i++) {
		free(work->parts[i].block);
		if (work->parts[i].sums != out->sums)
			free(work->parts[i].sums);
		if (work->parts[i].whole != out->whole)
			free(work->parts[i].whole);
	}
}

bool recompute_run(struct recompute *out, const struct sheet *sheet, unsigned threads)
{
	struct work work = { .sheet = sheet, .threads = threads == 0 ? crew_size() : threads };
	bool ready;

	MUST(work.threads <= CREW_SIZE_MAX);
	*out = (struct recompute){ .sheet = sheet };
	ready = take_memory(&work, out);
	if (ready) {
		crew_run(work.threads, divide_blocks, &work);
		finish(out, &work);
	}
	let_go(&work, out);
	return ready && !out->damaged;
}

void recompute_close(struct recompute *out)
{
	free(out->sums);
	free(out->whole);
}
