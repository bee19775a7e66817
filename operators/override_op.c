/* operators/override_op.c - the council makes tickets valid longer. Without it whoever was kept
 * from riding by a storm would have paid for nothing.
 */
#include "operators/override.h"

#include "core/date.h"
#include "fares/change.h"
#include "operators/operators_op.h"

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

#define T struct override
static const struct shape_field fields[] = {
	F_UUID(T, override_id, 1, REQ | ANS, "its name"),
	F_UUID(T, ticket_id, 2, 0, "this ticket's"),
	F_SUBJECT(T, product_id, 3, 0, "those of this product"),
	F_BOOL(T, all, 4, 0, "those of every product"),
	F_INT(T, version, 5, 0, 0, 65535, "of that product; none: of each version"),
	F_TIME(T, from, 6, 0, "but for one ticket: those whose last moment is in here"),
	F_TIME(T, until, 7, 0, "excluded; at most 31 days later"),
	F_TIME(T, valid_until, 8, REQ, "their last moment instead; not before `until`"),
	F_TEXT(T, reason, 9, REQ, 1, "for the auditor; no personal datum"),
	F_TIME(T, declared_at, 10, REQ | ANS, "when"),
	F_END,
};
#undef T
const struct shape override_shape = { "ValidityOverride", sizeof(struct override), fields };

const char *extended_key(struct call *call, uint16_t product_number)
{
	return call_key(call, "ext/%04x", product_number);
}

struct declare_cmd {
	struct override override;
	struct extension extension;
	struct sale sale; /* One ticket's. */
	struct use use;
	struct product product;
	struct extended extended;
	time_ms over_at;
};

static bool is_one_ticket(const struct override *override)
{
	return !id_is_zero(override->ticket_id);
}

static bool bad(struct call *call, const char *pointer, const char *what)
{
	return call_refuse_at(call, 422, "BAD_OVERRIDE", pointer, "%s", what);
}

static bool check_times(struct call *call, const struct override *override)
{
	if (is_one_ticket(override)) {
		if (override->from != 0 || override->until != 0)
			return bad(call, "/from", "one ticket is extended whenever it ends");
		return true;
	}
	if (override->from <= 0 || override->until == 0)
		return bad(call, "/from", "say which tickets: those that end from when until when");
	if (override->until <= override->from)
		return bad(call, "/until", "it ends before it begins");
	if (override->until - override->from > OVERRIDE_DAYS_MAX * DAY_MS)
		return bad(call, "/until", "at most 31 days; declare what comes after as another");
	if (override->valid_until < override->until)
		return bad(call, "/valid_until", "some of these tickets are valid longer anyway");
	return true;
}

static bool declare_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct override *override = &((struct declare_cmd *)call->cmd)->override;
	unsigned named;

	if (!call_query_only(call, none) || !call_body(call, override, &override_shape))
		return false;
	named = is_one_ticket(override) + (override->product_id[0] != '\0') + override->all;
	if (named != 1)
		return bad(call, "/product_id", "one of ticket_id, product_id and all is said");
	if (override->version != 0 && override->product_id[0] == '\0')
		return bad(call, "/version", "only a product has versions");
	return check_times(call, override);
}

/* --- One ticket --- */

static const char *ticket_key(struct call *call, const struct override *override)
{
	char ticket[UUID_TEXT_SIZE];

	uuid_encode(ticket, override->ticket_id);
	return call_key(call, "extick/%010lld/%s", (long long)(override->valid_until / SECOND_MS),
			ticket);
}

static bool load_own(struct call *call, struct declare_cmd *cmd)
{
	call_want(call, ticket_key(call, &cmd->override));
	return load_ticket(call, &cmd->sale, &cmd->use, cmd->override.ticket_id) &&
	       load_product_version(call, &cmd->product, cmd->sale.product_number,
				    cmd->sale.product_version);
}

/* What a scan would know of the ticket's end: asked of one that is revoked, the decision says this
 * and nothing else. */
static struct scan_outcome look_at(struct call *call, const struct declare_cmd *cmd,
				   const struct use *use, struct extensions extensions)
{
	struct gate gate = { .mode = MODE_venue };
	struct operator operator = { .modes = 0 };
	struct scan scan = { .kind = SCAN_KIND_redeem, .riders = 1, .stop = "", .service_id = "" };
	struct scan_place place = { .gate = &gate,
				    .operator = &operator,
				    .boundary_min = call->day_boundary_min,
				    .od_fare_yen = -1,
				    .through_fare_yen = -1 };
	struct use revoked = *use;
	struct ticket ticket;
	struct scan_input in = { .ticket = &ticket,
				 .product = &cmd->product,
				 .use = &revoked,
				 .place = &place,
				 .scan = &scan,
				 .extensions = &extensions,
				 .reversed = true };
	struct scan_outcome out;

	revoked.status = TICKET_REVOKED;
	sale_ticket(&ticket, &cmd->sale, &cmd->product, FARE_FULL);
	scan_decide(&out, &in);
	return out;
}

static bool decide_own(struct call *call, struct declare_cmd *cmd)
{
	struct extension *extension = &cmd->extension;
	struct extension before = { .ticket_id = cmd->sale.ticket_id };
	struct use *use = &cmd->use;
	struct extensions none = { &before, 1 }, own = { extension, 1 };

	if (use->status != TICKET_VALID)
		return call_refuse(call, 409, "TICKET_NOT_VALID", "the ticket was taken back");
	before.valid_until = use->extended_until;
	extension->ticket_id = cmd->sale.ticket_id;
	extension->product_number = cmd->sale.product_number;
	extension->product_version = cmd->sale.product_version;
	extension->sold_at = cmd->sale.sold_at;
	if (extension->valid_until <= look_at(call, cmd, use, none).valid_until)
		return call_refuse_at(call, 409, "NOT_AN_EXTENSION", "/valid_until",
				      "the ticket is valid as long without it");
	use->extended_until = extension->valid_until;
	use->n++;
	cmd->over_at = look_at(call, cmd, use, own).over_at;
	return true;
}

/* The gates' next deltas bring it, and the product, which may have been over. */
static void write_own(struct call *call, struct declare_cmd *cmd, struct fact *fact)
{
	struct change change = { .kind = CHANGE_PRODUCT,
				 .product_number = cmd->sale.product_number,
				 .product_version = cmd->sale.product_version };

	fact->ticket_id = cmd->sale.ticket_id;
	fact->product_number = cmd->sale.product_number;
	fact->product_version = cmd->sale.product_version;
	fact->over_at = cmd->over_at;
	fact->n = cmd->use.n;
	cmd->use.last_event_at = fact_file(call, fact, cmd->use.last_event_at);
	call_put_shape(call, use_record_key(call, fact->ticket_id), &use_shape, &cmd->use);
	call_put_shape(call, ticket_key(call, &cmd->override), &extension_shape, &cmd->extension);
	change_file(call, &change, 0, cmd->use.last_event_at);
}

/* --- A product's, or all --- */

static bool load_many(struct call *call, struct declare_cmd *cmd)
{
	int got;

	if (!cmd->override.all &&
	    !load_product(call, &cmd->product, cmd->override.product_id, cmd->override.version))
		return false;
	cmd->extension.product_number = cmd->override.all ? 0 : cmd->product.number;
	cmd->extension.product_version = cmd->override.version;
	got = call_load(call, &cmd->extended, &extended_shape,
			extended_key(call, cmd->extension.product_number));
	if (got < 0)
		cmd->extended.count = 0;
	return got != 0;
}

static bool decide_many(struct call *call, struct declare_cmd *cmd)
{
	if (extended_add(&cmd->extended, &cmd->extension, call->now))
		return true;
	return call_refuse(call, 409, "TOO_MANY_OVERRIDES",
			   "%d overrides of this kind are in force; wait for one to end",
			   EXTENDED_COUNT_MAX);
}

/* Which products' tickets may be met has changed: the gates' next bundles are whole ones. */
static void write_many(struct call *call, struct declare_cmd *cmd, struct fact *fact)
{
	struct change change = { .kind = CHANGE_OVERRIDE,
				 .product_number = cmd->extension.product_number };

	fact->product_number = cmd->extension.product_number;
	fact->product_version = cmd->extension.product_version;
	fact->from = cmd->extension.from;
	fact->until = cmd->extension.until;
	call_put_shape(call, extended_key(call, cmd->extension.product_number), &extended_shape,
		       &cmd->extended);
	change_file(call, &change, 0, fact_file(call, fact, 0));
}

/* --- Declared --- */

static bool declare_keys(struct call *call)
{
	struct declare_cmd *cmd = call->cmd;

	cmd->extension = (struct extension){ .from = cmd->override.from,
					     .until = cmd->override.until,
					     .valid_until = cmd->override.valid_until };
	return (is_one_ticket(&cmd->override) ? load_own(call, cmd) : load_many(call, cmd)) ||
	       call->problem.status == 0;
}

static bool declare_decide(struct call *call)
{
	struct declare_cmd *cmd = call->cmd;

	cmd->override.override_id = call_new_id(call);
	cmd->override.declared_at = call->now;
	return is_one_ticket(&cmd->override) ? decide_own(call, cmd) : decide_many(call, cmd);
}

static void declare_writes(struct call *call)
{
	struct declare_cmd *cmd = call->cmd;
	struct fact fact = { .type = FACT_validity_extended,
			     .at = call->now,
			     .id = call->id,
			     .valid_until = cmd->override.valid_until };
	char id[UUID_TEXT_SIZE];

	uuid_encode(id, cmd->override.override_id);
	call_append_shape(call, call_key(call, "override/%s", id), &override_shape,
			  &cmd->override);
	if (is_one_ticket(&cmd->override))
		write_own(call, cmd, &fact);
	else
		write_many(call, cmd, &fact);
}

static void declare_answer(struct call *call)
{
	call_reply_shape(call, 201, &override_shape,
			 &((struct declare_cmd *)call->cmd)->override);
}

const struct flow_op override_declare_op = { "override_declare", sizeof(struct declare_cmd),
					     0,                  declare_parse,
					     declare_keys,       declare_decide,
					     declare_writes,     declare_answer };

static bool list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "override/", NULL);
}

static void list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &override_shape, NULL);
}

const struct flow_op override_list_op = { "override_list", sizeof(struct listing),
					  0,               list_parse,
					  listing_keys,       NULL,
					  NULL,            list_answer };
