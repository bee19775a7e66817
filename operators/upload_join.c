/* operators/upload_join.c - one offline use among the others of its ticket: which exit ends which
 * ride, what that is worth, and which of them have the places of a sailing. Without it an exit told
 * before its entry would be worth the base fare for ever.
 */
#include "operators/upload_inside.h"

#include "operators/mode.h"

yen upload_fare(const struct upload_cmd *cmd)
{
	const struct scan_cmd *scan = &cmd->scan;
	yen each = scan->od_fare_yen >= 0 ? scan->od_fare_yen : scan->operator.base_fare_yen;

	if (mode_kind_leaves(scan->body.kind))
		return 0;
	if (scan->service_known && scan->service.deemed_fare_yen > 0)
		each = scan->service.deemed_fare_yen;
	return each * scan->body.riders;
}

static bool takes_places(const struct scan_cmd *scan, const struct offline_use *use)
{
	return use->mode == MODE_ferry && scan->service_known && scan->service.allotment > 0 &&
	       use->place == 0;
}

/* A stop too long to be one of a feed's is as good as unknown. */
static void set_stop(char out[STOP_ID_SIZE], const char *stop)
{
	bool fits = text_set(out, STOP_ID_SIZE, slice_text(stop));

	(void)fits;
}

static void make_use(struct call *call, const struct upload_cmd *cmd, struct offline_use *use)
{
	const struct scan_cmd *scan = &cmd->scan;

	*use = (struct offline_use){
		.scan_id = scan->body.scan_id,
		.fact_id = call->id,
		.at = scan->body.at,
		.uploaded_at = call->now,
		.bundle = cmd->body.bundle,
		.mode = scan->gate.mode,
		.riders = scan->body.riders,
		.leaving = mode_kind_leaves(scan->body.kind),
		.released = scan->body.kind == SCAN_KIND_release,
		.fare_yen = upload_fare(cmd),
		.standing = OFFLINE_used_up, /* Until it is judged: it has no places yet. */
	};
	mem_copy(use->gate_id, scan->gate.gate_id, sizeof(use->gate_id));
	mem_copy(use->operator_id, scan->gate.operator_id, sizeof(use->operator_id));
	set_stop(use->stop, scan_stop(scan));
	set_stop(use->route, scan_route(scan));
	if (scan->service_known)
		mem_copy(use->service_id, scan->service.service_id, sizeof(use->service_id));
	use->place = offline_place(use, &scan->use);
	if (takes_places(scan, use))
		use->seats = use->riders;
	if (!scan->code.presented)
		return;
	use->proof = code_presentation_id(&scan->code);
	use->proof_at = scan_proof_at(&scan->code);
}

static void note_before(struct upload_cmd *cmd)
{
	cmd->was_count = 0;
	for (uint16_t i = 0; i < cmd->uses.count; i++) {
		const struct offline_use *use = &cmd->uses.uses[i];
		struct upload_was *was = &cmd->was[cmd->was_count];

		if (use->online)
			continue;
		*was = (struct upload_was){ .fact_id = use->fact_id,
					    .standing = use->standing,
					    .deemed_fare_yen = use->deemed_fare_yen,
					    .through_fare_yen = use->through_fare_yen,
					    .distance_m = use->distance_m,
					    .through_distance_m = use->through_distance_m };
		mem_copy(was->through_operator_id, use->through_operator_id, ID_SIZE);
		cmd->was_count++;
	}
}

/* ---- The places of a sailing. ---- */

static bool is_of(const struct offline_use *use, const struct upload_sailing *sailing)
{
	return use->seats > 0 && text_equal(use->operator_id, sailing->operator_id) &&
	       text_equal(use->service_id, sailing->service_id);
}

static uint16_t seats_taken(const struct offline_uses *list, const struct upload_sailing *sailing)
{
	uint16_t seats = 0;

	for (uint16_t i = 0; i < list->count; i++)
		if (list->uses[i].standing == OFFLINE_counts && is_of(&list->uses[i], sailing))
			seats = (uint16_t)(seats + list->uses[i].seats);
	return seats;
}

static void find_sailings(struct call *call, struct upload_cmd *cmd)
{
	const struct offline_uses *list = &cmd->uses;

	cmd->sailings = arena_alloc(call->arena, sizeof(*cmd->sailings) * OFFLINE_ROOM);
	cmd->sailing_count = 0;
	for (uint16_t i = 0; i < list->count; i++) {
		const struct offline_use *use = &list->uses[i];
		struct upload_sailing *new = &cmd->sailings[cmd->sailing_count];
		size_t k = 0;

		if (use->seats == 0)
			continue;
		while (k < cmd->sailing_count && !is_of(use, &cmd->sailings[k]))
			k++;
		if (k < cmd->sailing_count)
			continue;
		*new = (struct upload_sailing){ .operator_id = use->operator_id,
						.service_id = use->service_id };
		new->held = seats_taken(list, new);
		cmd->sailing_count++;
	}
}

static void set_room(struct offline_uses *list, const struct upload_sailing *sailing)
{
	const struct service *service = sailing->service;
	int room = sailing->held;

	if (service != NULL && service->allotment > service->taken)
		room += service->allotment - service->taken;
	for (uint16_t i = 0; i < list->count; i++)
		if (is_of(&list->uses[i], sailing))
			list->uses[i].room = (uint16_t)(room < UINT16_MAX ? room : UINT16_MAX);
}

static bool load_sailings(struct call *call, struct upload_cmd *cmd)
{
	bool all = true;

	find_sailings(call, cmd);
	for (size_t i = 0; i < cmd->sailing_count; i++) {
		struct upload_sailing *sailing = &cmd->sailings[i];
		struct service *service = arena_alloc(call->arena, sizeof(*service));
		int got = call_load(call, service, &service_shape,
				    service_record_key(call, sailing->operator_id,
						       sailing->service_id));

		all = all && got != 0;
		sailing->service = got > 0 ? service : NULL;
		set_room(&cmd->uses, sailing);
	}
	return all;
}

void upload_put_sailings(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;

	for (size_t i = 0; i < cmd->sailing_count; i++) {
		struct upload_sailing *sailing = &cmd->sailings[i];
		struct service *service = sailing->service;
		uint16_t now = seats_taken(&cmd->uses, sailing);
		int taken;

		if (now == sailing->held || service == NULL)
			continue;
		taken = service->taken + now - sailing->held;
		service->taken = (uint16_t)(taken > 0 ? taken : 0);
		call_put_shape(call,
			       service_record_key(call, sailing->operator_id, sailing->service_id),
			       &service_shape, service);
	}
}

/* ---- Which trains go through. ---- */

static bool knows_through(const struct offline_terms *terms, const char *from, const char *to)
{
	for (size_t i = 0; i < terms->through_count; i++)
		if (text_equal(terms->through[i].from, from) &&
		    text_equal(terms->through[i].to, to))
			return true;
	return false;
}

static bool load_through(struct call *call, struct offline_terms *terms, const char *from,
			 const char *to)
{
	struct junction junction;
	int got;

	if (text_equal(from, to) || knows_through(terms, from, to) ||
	    terms->through_count == OFFLINE_THROUGH_COUNT_MAX)
		return true;
	got = call_load(call, &junction, &junction_shape, junction_key(call, from, to));
	if (got > 0)
		terms->through[terms->through_count++] = (struct offline_through){ from, to };
	return got != 0;
}

/* From each line on which a ride began to each on which one ended. */
static bool load_junctions(struct call *call, struct upload_cmd *cmd)
{
	const struct offline_uses *list = &cmd->uses;
	bool all = true;

	for (uint16_t e = 0; e < list->count; e++)
		for (uint16_t b = 0; b < list->count; b++)
			if (list->uses[e].leaving && !list->uses[b].leaving &&
			    list->uses[e].mode == MODE_rail && list->uses[b].mode == MODE_rail)
				all = load_through(call, &cmd->terms, list->uses[b].operator_id,
						   list->uses[e].operator_id) &&
				      all;
	return all;
}

/* ---- What a ride is worth. ---- */

static yen known_or(yen fare, const struct operator *operator)
{
	return fare >= 0 ? fare : operator->base_fare_yen;
}

/* As operators/mode_rail.c and mode_bus.c reckon it. */
static void set_price(struct offline_use *end, const struct scan_ride_fare *fare,
		      const struct operator *operator)
{
	yen each = known_or(fare->od_fare_yen, operator);

	if (end->mode == MODE_bus) /* The boarding has told the rest. */
		each = each > operator->base_fare_yen ? each - operator->base_fare_yen : 0;
	end->deemed_fare_yen = each * end->riders;
	end->distance_m = fare->od_metres * end->riders;
	end->backwards = fare->backwards;
	if (!fare->through_known)
		return;
	mem_copy(end->through_operator_id, fare->through.operator_id, ID_SIZE);
	end->through_fare_yen = known_or(fare->through_fare_yen, &fare->through) * end->riders;
	end->through_distance_m = fare->through_metres * end->riders;
}

static bool load_price(struct call *call, struct offline_use *end, const struct offline_use *begun)
{
	struct operator *operator = arena_alloc(call->arena, sizeof(*operator));
	struct scan_ride ride = { end->mode, begun->operator_id, begun->stop, begun->route,
				  operator, end->stop, end->route };
	struct scan_ride_fare fare;
	int got = call_load(call, operator, &operator_shape,
			    operator_key(call, end->operator_id));

	MUST(got >= 0); /* It has a gate. */
	if (got == 0 || !scan_load_ride(call, &fare, &ride))
		return false;
	end->priced_id = begun->fact_id;
	set_price(end, &fare, operator);
	return true;
}

/* Out: whether one was reckoned by which some may stand otherwise. */
static bool load_prices(struct call *call, bool *matters, struct upload_cmd *cmd)
{
	struct offline_uses *list = &cmd->uses;
	bool all = true;

	*matters = false;
	for (uint16_t i = 0; i < list->count; i++) {
		struct offline_use *end = &list->uses[i];
		const struct offline_use *begun = offline_begun(list, end);

		if (begun == NULL || id_equal(end->priced_id, begun->fact_id))
			continue;
		all = load_price(call, end, begun) && all;
		*matters = *matters || end->backwards ||
			   cmd->terms.product->static_day_cap_yen != 0;
	}
	return all;
}

bool upload_join(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;
	struct offline_use use;
	bool all, matters;

	cmd->sailing_count = 0;
	if (!cmd->carried || cmd->scan.refused != SCAN_ADMITTED || !cmd->scan.product_known)
		return true; /* No ride at all. */
	cmd->terms = (struct offline_terms){ .ticket = &cmd->scan.ticket,
					     .product = &cmd->scan.product,
					     .boundary_min = call->day_boundary_min,
					     .extensions = &cmd->scan.extensions };
	note_before(cmd);
	offline_base(&cmd->base, &cmd->uses, &cmd->scan.use);
	make_use(call, cmd, &use);
	cmd->at = offline_add(&cmd->uses, &use);
	all = load_sailings(call, cmd);
	all = load_junctions(call, cmd) && all;
	if (!all)
		return false;
	do { /* Each time what was reckoned is good for one exit more at least. */
		offline_judge(&cmd->result, &cmd->uses, &cmd->base, &cmd->terms);
		if (!load_prices(call, &matters, cmd))
			return false;
	} while (matters);
	return true;
}
