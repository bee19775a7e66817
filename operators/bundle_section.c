/* operators/bundle_section.c - without it server and gate would each have their own idea of what a
 * bundle says, and a gate would find out at night.
 */
#include "operators/bundle_section.h"

#include "core/crypto.h"
#include "qr/expect.h"

enum { KEY_ITEMS = 8, STATUS_ITEMS = 3 };
enum { PLACE_GATE = 1, PLACE_OPERATOR, PLACE_BOUNDARY, PLACE_JUNCTIONS };
enum { RULE_PROOF_PAST = 1, RULE_PROOF_AHEAD, RULE_MAX_AGE };
#define RULE_COUNT RULE_MAX_AGE
#define SECONDS_MAX ((int64_t)253402300799) /* Year 9999. */
enum { DAY_MINUTES = 1440, REVOCATION_STATUS_MAX = TICKET_BLOCKED };

void section_put_key(struct writer *to, const struct keyring_key *key)
{
	cbor_put_array(to, KEY_ITEMS);
	cbor_put_bytes(to, slice_of(key->kid, KID_SIZE));
	cbor_put_int(to, key->use);
	cbor_put_bytes(to, slice_of(key->public_key, SIGN_PUBLIC_SIZE));
	cbor_put_int(to, key->not_before_s);
	cbor_put_int(to, key->not_after_s);
	cbor_put_int(to, key->retired_s);
	cbor_put_int(to, key->revoked_s);
	cbor_put_bool(to, key->accepts_alg_ed25519);
}

void section_put_status(struct writer *to, const struct section_status *status)
{
	cbor_put_array(to, STATUS_ITEMS);
	cbor_put_int(to, status->list);
	cbor_put_int(to, status->index);
	cbor_put_int(to, status->status);
}

void section_put_rules(struct writer *to, const struct section_rules *rules)
{
	cbor_put_map(to, RULE_COUNT);
	cbor_put_int(to, RULE_PROOF_PAST);
	cbor_put_int(to, rules->proof_past_s);
	cbor_put_int(to, RULE_PROOF_AHEAD);
	cbor_put_int(to, rules->proof_ahead_s);
	cbor_put_int(to, RULE_MAX_AGE);
	cbor_put_int(to, rules->bundle_max_age_h);
}

void section_put_place(struct writer *to, struct slice gate, struct slice operator_record,
		       uint16_t boundary_min, struct slice junctions)
{
	cbor_put_map(to, PLACE_JUNCTIONS);
	cbor_put_int(to, PLACE_GATE);
	cbor_put_bytes(to, gate);
	cbor_put_int(to, PLACE_OPERATOR);
	cbor_put_bytes(to, operator_record);
	cbor_put_int(to, PLACE_BOUNDARY);
	cbor_put_int(to, boundary_min);
	cbor_put_int(to, PLACE_JUNCTIONS);
	cbor_put_bytes(to, junctions);
}

void section_open(struct section *section, struct slice bytes)
{
	struct cbor_item head;

	*section = (struct section){ .rest.rest = bytes };
	if (bytes.data == NULL)
		return;
	head = cbor_next(&section->rest);
	section->broken = head.kind != CBOR_ARRAY;
	section->left = head.count;
}

/* Whether there is one more item to be read now. */
static enum section_got section_step(struct section *section)
{
	if (!section->broken && section->left == 0 && section->rest.rest.size != 0)
		section->broken = true;
	if (section->broken)
		return SECTION_BROKEN;
	if (section->left == 0)
		return SECTION_END;
	section->left--;
	return SECTION_ITEM;
}

/* What came of the item: nothing after a broken one is to be believed. */
static enum section_got section_took(struct section *section, bool sound)
{
	section->broken = !sound;
	return sound ? SECTION_ITEM : SECTION_BROKEN;
}

static bool take_bool(struct reader *r, bool *out)
{
	struct cbor_item item = cbor_next(r);

	*out = item.value != 0;
	return item.kind == CBOR_BOOL;
}

static bool take_key(struct reader *r, struct keyring_key *out)
{
	uint8_t digest[SHA256_SIZE];
	int64_t use;

	*out = (struct keyring_key){ 0 };
	if (!expect_count(r, CBOR_ARRAY, KEY_ITEMS) || !expect_fixed(r, out->kid, KID_SIZE) ||
	    !expect_number(r, &use, KEY_LOG) ||
	    !expect_fixed(r, out->public_key, SIGN_PUBLIC_SIZE) ||
	    !expect_number(r, &out->not_before_s, SECONDS_MAX) ||
	    !expect_number(r, &out->not_after_s, SECONDS_MAX) ||
	    !expect_number(r, &out->retired_s, SECONDS_MAX) ||
	    !expect_number(r, &out->revoked_s, SECONDS_MAX) ||
	    !take_bool(r, &out->accepts_alg_ed25519))
		return false;
	out->use = (uint8_t)use;
	sha256(digest, slice_of(out->public_key, SIGN_PUBLIC_SIZE));
	return mem_equal(digest, out->kid, KID_SIZE);
}

enum section_got section_next_key(struct section *section, struct keyring_key *out)
{
	enum section_got got = section_step(section);

	return got != SECTION_ITEM ? got : section_took(section, take_key(&section->rest, out));
}

static bool take_status(struct reader *r, struct section_status *out)
{
	int64_t list, index, status;

	if (!expect_count(r, CBOR_ARRAY, STATUS_ITEMS) || !expect_number(r, &list, UINT16_MAX) ||
	    !expect_number(r, &index, SLOT_INDEX_COUNT - 1) ||
	    !expect_number(r, &status, REVOCATION_STATUS_MAX))
		return false;
	*out = (struct section_status){ (uint16_t)list, (uint32_t)index, (uint8_t)status };
	return true;
}

enum section_got section_next_status(struct section *section, struct section_status *out)
{
	enum section_got got = section_step(section);

	return got != SECTION_ITEM ? got : section_took(section, take_status(&section->rest, out));
}

enum section_got section_next_record(struct section *section, struct slice *out)
{
	enum section_got got = section_step(section);

	if (got != SECTION_ITEM)
		return got;
	return section_took(section, expect_string(&section->rest, CBOR_BYTES, out));
}

bool section_read_product(struct product *out, struct slice record)
{
	return shape_from_cbor(out, &product_shape, record) && out->number != 0;
}

bool section_read_service(struct service *out, struct slice record)
{
	return shape_from_cbor(out, &service_shape, record) && out->service_id[0] != '\0';
}

bool section_read_booking(struct booking *out, struct slice record)
{
	return shape_from_cbor(out, &booking_shape, record) && out->service_id[0] != '\0' &&
	       !id_is_zero(out->ticket_id);
}

bool section_read_extension(struct extension *out, struct slice record)
{
	return shape_from_cbor(out, &extension_shape, record) && out->valid_until != 0 &&
	       out->from <= out->until;
}

bool section_read_junction(struct junction *out, struct slice record)
{
	return shape_from_cbor(out, &junction_shape, record) && out->operator_a[0] != '\0' &&
	       out->operator_b[0] != '\0';
}

bool section_read_place(struct section_place *out, struct slice bytes)
{
	struct reader r = { .rest = bytes };
	struct slice gate, owner;
	int64_t boundary;

	*out = (struct section_place){ .boundary_min = 0 };
	if (!expect_count(&r, CBOR_MAP, PLACE_JUNCTIONS) || !expect_int(&r, PLACE_GATE) ||
	    !expect_string(&r, CBOR_BYTES, &gate) || !expect_int(&r, PLACE_OPERATOR) ||
	    !expect_string(&r, CBOR_BYTES, &owner) || !expect_int(&r, PLACE_BOUNDARY) ||
	    !expect_number(&r, &boundary, DAY_MINUTES) || !expect_int(&r, PLACE_JUNCTIONS) ||
	    !expect_string(&r, CBOR_BYTES, &out->junctions) || r.rest.size != 0)
		return false;
	out->boundary_min = (uint16_t)boundary;
	return shape_from_cbor(&out->gate, &gate_shape, gate) &&
	       shape_from_cbor(&out->operator, &operator_shape, owner) &&
	       text_equal(out->gate.operator_id, out->operator.operator_id);
}

static bool take_rule(struct reader *r, struct section_rules *out, int64_t key)
{
	struct slice skipped;
	int64_t value = 0;

	if (key < RULE_PROOF_PAST || key > RULE_MAX_AGE)
		return cbor_skip(r, &skipped);
	if (!expect_number(r, &value, UINT16_MAX))
		return false;
	if (key == RULE_PROOF_PAST)
		out->proof_past_s = (uint16_t)value;
	else if (key == RULE_PROOF_AHEAD)
		out->proof_ahead_s = (uint16_t)value;
	else
		out->bundle_max_age_h = (uint16_t)value;
	return true;
}

bool section_read_rules(struct section_rules *out, struct slice bytes)
{
	struct reader r = { .rest = bytes };
	struct cbor_item map = cbor_next(&r);
	struct slice last = { 0 };
	unsigned seen = 0;
	int64_t key;

	*out = (struct section_rules){ 0 };
	if (map.kind != CBOR_MAP)
		return false;
	for (uint64_t i = 0; i < map.count; i++) {
		if (!cbor_map_key(&r, &last, &key) || !take_rule(&r, out, key))
			return false;
		seen += key >= RULE_PROOF_PAST && key <= RULE_MAX_AGE;
	}
	return seen == RULE_COUNT && r.rest.size == 0;
}
