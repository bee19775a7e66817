/* tests/gate_world.c - without it every test of a gate would found a council of its own. */
#include "tests/gate_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cbor.h"
#include "core/date.h"
#include "qr/presentation.h"

const time_ms gw_now = (time_ms)1795482000 * SECOND_MS;
struct gate_world gw;
struct hitotsu_gate_answer gw_answer;

const struct hitotsu_gate_limits gw_limits = { .tickets = 16,
					       .queue_lines = 64,
					       .products = 8,
					       .statuses = 64,
					       .services = 32,
					       .reservations = 64,
					       .bundle_bytes = GW_BUNDLE_SIZE_MAX };

const struct operator gw_operator = { .operator_id = "op",
				      .name_ja = "社局",
				      .name_en = "Operator",
				      .modes = 31,
				      .base_fare_yen = 200 };

struct product gw_product = { .product_id = "pass",
			      .number = 7,
			      .version = 1,
			      .name_ja = "券",
			      .name_en = "Pass",
			      .validity = VALIDITY_DAYS,
			      .length = 3,
			      .activation_days = 5,
			      .operators = { { "op" } },
			      .operator_count = 1,
			      .modes = 31,
			      .prices = { { "adult", 1000 } },
			      .price_count = 1,
			      .riders_max = 9,
			      .uses = 3,
			      .rule_id = "rule" };

/* --- the council --- */
int gw_make(void **state)
{
	static const enum key_use uses[GW_KEYS] = { KEY_TICKET, KEY_BUNDLE, KEY_TICKET,
						    KEY_BUNDLE };

	(void)state;
	assert_true(crypto_init());
	memset(&gw, 0, sizeof(gw));
	strcpy(gw.folder, "/tmp/hitotsu-gate-XXXXXX");
	assert_non_null(mkdtemp(gw.folder));
	for (uint8_t i = 0; i < GW_KEYS; i++) {
		uint8_t seed[SIGN_SEED_SIZE] = { 'g', i };
		struct keyring_key key;

		keyring_make(&key, uses[i], 0, 0, seed);
		assert_true(keyring_add(&gw.ring, &key));
	}
	sign_key_from_seed(&gw.phone, (const uint8_t *)"the phone's thirty-two byte seed");
	return 0;
}

int gw_remove(void **state)
{
	DIR *folder = opendir(gw.folder);
	struct dirent *entry;
	char path[400];

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", gw.folder, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(folder);
	return rmdir(gw.folder);
}

/* --- bundles --- */
enum { SECTION_ROOM = 64 * 1024 };
static uint8_t sections[SECTION_LAST][SECTION_ROOM], room[GW_BUNDLE_SIZE_MAX],
    scratch_room[2 * GW_BUNDLE_SIZE_MAX];

static struct writer section_room(enum section_number number)
{
	return (struct writer){ .data = sections[number - 1], .size = SECTION_ROOM };
}

static void put_record(struct writer *to, const struct shape *shape, const void *value)
{
	static uint8_t record_room[16384];
	struct writer record = { .data = record_room, .size = sizeof(record_room) };

	shape_to_cbor(&record, shape, value);
	assert_false(record.failed);
	cbor_put_bytes(to, slice_of(record_room, record.used));
}

static void put_section(struct bundle *bundle, const struct gw_bundle *said,
			enum section_number number, const struct writer *to)
{
	assert_false(to->failed);
	if (said->without_section != (unsigned)number)
		bundle->sections[bundle->section_count++] =
		    (struct bundle_section){ number, slice_of(to->data, to->used) };
}

static void put_records(struct bundle *bundle, const struct gw_bundle *said,
			enum section_number number, const struct shape *shape, const void *values,
			size_t count)
{
	struct writer to = section_room(number);

	cbor_put_array(&to, count);
	for (size_t i = 0; i < count; i++)
		put_record(&to, shape, (const uint8_t *)values + i * shape->size);
	put_section(bundle, said, number, &to);
}

static void put_keys(struct bundle *bundle, const struct gw_bundle *said)
{
	struct writer to = section_room(SECTION_KEYS);
	size_t count = said->key_count != 0 ? said->key_count : GW_OTHER_TICKET_KEY;

	cbor_put_array(&to, count);
	for (size_t i = 0; i < count; i++)
		section_put_key(&to, &gw.ring.keys[i]);
	put_section(bundle, said, SECTION_KEYS, &to);
}

static void put_statuses(struct bundle *bundle, const struct gw_bundle *said)
{
	struct writer to = section_room(SECTION_STATUSES);

	cbor_put_array(&to, said->status_count);
	for (size_t i = 0; i < said->status_count; i++)
		section_put_status(&to, &said->statuses[i]);
	put_section(bundle, said, SECTION_STATUSES, &to);
}

static void put_place(struct bundle *bundle, const struct gw_bundle *said)
{
	static uint8_t gate_room[2048], operator_room[2048];
	struct writer to = section_room(SECTION_PLACE);
	struct writer gate = { .data = gate_room, .size = sizeof(gate_room) };
	struct writer owner = { .data = operator_room, .size = sizeof(operator_room) };

	shape_to_cbor(&gate, &gate_shape, said->gate);
	shape_to_cbor(&owner, &operator_shape,
		      said->operator != NULL ? said->operator : &gw_operator);
	assert_false(gate.failed || owner.failed);
	section_put_place(&to, slice_of(gate_room, gate.used), slice_of(operator_room, owner.used),
			  DAY_BOUNDARY_MIN, SLICE("\x80"));
	put_section(bundle, said, SECTION_PLACE, &to);
}

static void put_rules(struct bundle *bundle, const struct gw_bundle *said)
{
	struct writer to = section_room(SECTION_RULES);
	struct section_rules rules = { 45, 15, 24 };

	if (said->own_rules)
		rules = (struct section_rules){ said->proof_past_s, said->proof_ahead_s, 24 };

	section_put_rules(&to, &rules);
	put_section(bundle, said, SECTION_RULES, &to);
}

struct slice gw_bundle(const struct gw_bundle *said)
{
	struct bundle bundle = { .number = said->number, .since = said->since };
	struct writer to = { .data = room, .size = sizeof(room) };
	struct writer scratch = { .data = scratch_room, .size = sizeof(scratch_room) };
	const struct keyring_key *key =
	    &gw.ring.keys[said->signer != 0 ? said->signer : GW_BUNDLE_KEY];

	bundle.made_at_s = said->made_at_s != 0 ? said->made_at_s : gw_now / SECOND_MS - 60;
	bundle.expires_at_s =
	    said->expires_at_s != 0 ? said->expires_at_s : bundle.made_at_s + 72 * 3600;
	put_keys(&bundle, said);
	put_statuses(&bundle, said);
	put_records(&bundle, said, SECTION_OVERRIDES, &extension_shape, said->extensions,
		    said->extension_count);
	put_records(&bundle, said, SECTION_PRODUCTS, &product_shape, said->products,
		    said->product_count);
	put_records(&bundle, said, SECTION_RESERVATIONS, &booking_shape, said->bookings,
		    said->booking_count);
	put_place(&bundle, said);
	put_rules(&bundle, said);
	put_records(&bundle, said, SECTION_SERVICES, &service_shape, said->services,
		    said->service_count);
	assert_int_equal(bundle_write(&to, &bundle, key, &scratch), BUNDLE_OK);
	return slice_of(room, to.used);
}

/* --- gates --- */
const char *gw_path(const char *name)
{
	static char path[GW_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", gw.folder, name);
	return path;
}

enum hitotsu_gate_status gw_try_open(struct hitotsu_gate **gate, const char *name)
{
	size_t size = hitotsu_gate_memory_needed(&gw_limits);
	uint8_t seed[HITOTSU_GATE_SEED_SIZE] = "the gate's own";
	struct hitotsu_gate_setup setup = { .block = malloc(size),
					    .block_size = size,
					    .path = gw_path(name),
					    .limits = &gw_limits,
					    .keys = gw.ring.keys[GW_BUNDLE_KEY].public_key,
					    .key_count = 1,
					    .seed = seed };
	enum hitotsu_gate_status status;

	assert_non_null(setup.block);
	memset(setup.block, 0xa5, size);
	status = hitotsu_gate_open(gate, &setup);
	if (status != HITOTSU_GATE_OK)
		free(setup.block);
	return status;
}

struct hitotsu_gate *gw_open(const char *name)
{
	struct hitotsu_gate *gate;

	assert_string_equal(hitotsu_gate_status_name(gw_try_open(&gate, name)), "OK");
	return gate;
}

void gw_close(struct hitotsu_gate *gate)
{
	hitotsu_gate_close(gate);
	free(gate); /* It is where its block begins. */
}

void gw_load(struct hitotsu_gate *gate, const struct gw_bundle *said)
{
	struct slice bytes = gw_bundle(said);
	enum hitotsu_gate_status status = hitotsu_gate_load(gate, bytes.data, bytes.size, gw_now);

	if (status != HITOTSU_GATE_OK)
		fail_msg("%s: %s", hitotsu_gate_status_name(status), hitotsu_gate_detail(gate));
}

/* --- tickets --- */
struct gate gw_gate(const char *gate_id, enum fares_mode mode)
{
	struct gate gate = { .operator_id = "op", .mode = (uint8_t)mode, .name = "gate" };

	assert_true(text_set(gate.gate_id, sizeof(gate.gate_id), slice_text(gate_id)));
	if (mode == MODE_rail)
		strcpy(gate.stop, "S1");
	return gate;
}

struct ticket gw_ticket(uint32_t n, uint8_t riders)
{
	struct sale_order order = { .category = "adult", .riders = riders };
	uint8_t random[10] = {
		0,         0, 0, 0, 0, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
		(uint8_t)n
	};
	struct ticket ticket;
	struct sale sale;

	assert_int_equal(sale_decide(&sale, &gw_product, &order, gw_now - HOUR_MS,
				     DAY_BOUNDARY_MIN),
			 SALE_OK);
	sale.ticket_id = uuid7_make(gw_now - HOUR_MS, random);
	sale.status_list = 327;
	sale.status_index = n;
	sale_ticket(&ticket, &sale, &gw_product, FARE_FULL);
	return ticket;
}

struct ticket gw_phone_ticket(uint32_t n, uint8_t riders)
{
	struct ticket ticket = gw_ticket(n, riders);

	ticket.has_device_key = true;
	ticket.flags = 0;
	memcpy(ticket.device_key, gw.phone.public_key, sizeof(ticket.device_key));
	return ticket;
}

static struct slice signed_ticket(const struct ticket *ticket)
{
	static uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	size_t used;

	assert_int_equal(ticket_encode(bytes, &used, sizeof(bytes), ticket,
				       &gw.ring.keys[GW_TICKET_KEY]),
			 TICKET_OK);
	return slice_of(bytes, used);
}

const char *gw_code(const struct ticket *ticket)
{
	static char code[GW_CODE_SIZE];

	ticket_code(code, sizeof(code), signed_ticket(ticket));
	return code;
}

const char *gw_presented(const struct ticket *ticket, time_ms at)
{
	static char code[GW_CODE_SIZE];
	uint8_t bytes[PRESENTATION_SIZE_MAX];
	size_t used;

	assert_true(presentation_make(bytes, &used, sizeof(bytes), signed_ticket(ticket),
				      at / SECOND_MS, &gw.phone));
	ticket_code(code, sizeof(code), slice_of(bytes, used));
	return code;
}

/* --- asking --- */
static struct hitotsu_gate_scan scan_of(const char *code, const char *kind, time_ms at)
{
	struct hitotsu_gate_scan scan = { .code = code, .code_size = strlen(code), .at_ms = at };
	int found = -1;

	for (int i = 0; scan_kind_names[i] != NULL; i++)
		if (strcmp(scan_kind_names[i], kind) == 0)
			found = i;
	assert_true(found >= 0);
	scan.kind = (enum hitotsu_gate_kind)found;
	return scan;
}

const char *gw_decide(struct hitotsu_gate *gate, const char *code, const char *kind, time_ms at)
{
	struct hitotsu_gate_scan scan = scan_of(code, kind, at);
	enum hitotsu_gate_status status = hitotsu_gate_decide(&gw_answer, gate, &scan);

	return status == HITOTSU_GATE_OK ? gw_answer.verdict : hitotsu_gate_status_name(status);
}

const char *gw_ask(struct hitotsu_gate *gate, const char *code, const char *kind, time_ms at)
{
	struct hitotsu_gate_scan scan = scan_of(code, kind, at);
	enum hitotsu_gate_status status = hitotsu_gate_ask(&gw_answer, gate, &scan);

	return status == HITOTSU_GATE_OK ? gw_answer.verdict : hitotsu_gate_status_name(status);
}

const char *gw_queue(struct hitotsu_gate *gate)
{
	static char text[64 * HITOTSU_GATE_LINE_MAX + 1];
	size_t used, lines;

	assert_int_equal(hitotsu_gate_queue_peek(gate, text, sizeof(text) - 1, &used, &lines),
			 HITOTSU_GATE_OK);
	text[used] = '\0';
	return text;
}
