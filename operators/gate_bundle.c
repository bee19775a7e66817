/* operators/gate_bundle.c - what the council sent, believed and held. Without it a gate underground
 * would let pass whatever was refunded above.
 */
#include "operators/gate_inside.h"

#include "core/date.h"

enum { KEPT_AFTER_H = 26 };

/* --- keys of the tables --- */
static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static uint64_t status_place(const struct section_status *status)
{
	return (uint64_t)status->list << 32 | status->index;
}

static int order_statuses(const void *a, const void *b)
{
	const struct gate_status_item *x = a, *y = b;

	return compare(status_place(&x->status), status_place(&y->status));
}

static int order_products(const void *a, const void *b)
{
	const struct product *x = &((const struct gate_product_item *)a)->product;
	const struct product *y = &((const struct gate_product_item *)b)->product;

	return compare((uint32_t)x->number << 16 | x->version,
		       (uint32_t)y->number << 16 | y->version);
}

static int order_services(const void *a, const void *b)
{
	const struct gate_service_item *x = a, *y = b;

	return slice_compare(slice_text(x->service.service_id), slice_text(y->service.service_id));
}

static int order_bookings(const void *a, const void *b)
{
	const struct booking *x = &((const struct gate_booking_item *)a)->booking;
	const struct booking *y = &((const struct gate_booking_item *)b)->booking;
	int order =
	    slice_compare(slice_of(x->ticket_id.bytes, 16), slice_of(y->ticket_id.bytes, 16));

	return order != 0 ? order
			  : slice_compare(slice_text(x->service_id), slice_text(y->service_id));
}

size_t gate_held_size(const struct hitotsu_gate_limits *limits)
{
	return gate_table_size(sizeof(struct gate_status_item), limits->statuses) +
	       gate_table_size(sizeof(struct gate_product_item), limits->products) +
	       gate_table_size(sizeof(struct gate_service_item), limits->services) +
	       gate_table_size(sizeof(struct gate_booking_item), limits->reservations);
}

static uint8_t *table_init(struct gate_table *table, uint8_t *at, size_t item_size, uint32_t limit,
			   int (*order)(const void *, const void *))
{
	gate_table_init(table, at, item_size, limit, order);
	return at + gate_table_size(item_size, limit);
}

void gate_held_init(struct gate_held *held, void *memory, const struct hitotsu_gate_limits *limits)
{
	uint8_t *at = memory;

	mem_zero(held, sizeof(*held));
	at = table_init(&held->statuses, at, sizeof(struct gate_status_item), limits->statuses,
			order_statuses);
	at = table_init(&held->products, at, sizeof(struct gate_product_item), limits->products,
			order_products);
	at = table_init(&held->services, at, sizeof(struct gate_service_item), limits->services,
			order_services);
	table_init(&held->bookings, at, sizeof(struct gate_booking_item), limits->reservations,
		   order_bookings);
}

/* --- asking --- */
const struct product *gate_product(const struct gate_held *held, uint16_t number, uint16_t version)
{
	/* Searched by hand: a product to compare with would be six thousand bytes on the stack. */
	for (uint32_t low = 0, high = held->products.count; low < high;) {
		uint32_t middle = low + (high - low) / 2;
		const struct gate_product_item *item = gate_table_at(&held->products, middle);
		int order = compare((uint32_t)number << 16 | version,
				    (uint32_t)item->product.number << 16 | item->product.version);

		if (order == 0)
			return &item->product;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct service *gate_service(const struct gate_held *held, const char *service_id)
{
	struct gate_service_item like = { { 0 }, { .mode = 0 } };
	const struct gate_service_item *item;

	if (!text_set(like.service.service_id, sizeof(like.service.service_id),
		      slice_text(service_id)))
		return NULL;
	item = gate_table_find(&held->services, &like);
	return item == NULL ? NULL : &item->service;
}

enum ticket_state gate_ticket_state(const struct gate_held *held, uint32_t list, uint32_t index)
{
	struct gate_status_item like = { { 0 }, { (uint16_t)list, index, 0 } };
	const struct gate_status_item *item = NULL;

	if (list <= UINT16_MAX)
		item = gate_table_find(&held->statuses, &like);
	return item == NULL ? TICKET_VALID : (enum ticket_state)item->status.status;
}

const struct booking *gate_booking(const struct gate_held *held, struct id128 ticket_id,
				   uint32_t nth)
{
	struct gate_booking_item like = { { 0 }, { .ticket_id = ticket_id } };
	uint32_t at = gate_table_first(&held->bookings, &like) + nth;
	const struct gate_booking_item *item;

	if (at >= held->bookings.count)
		return NULL;
	item = gate_table_at(&held->bookings, at);
	return id_equal(item->booking.ticket_id, ticket_id) ? &item->booking : NULL;
}

const struct booking *gate_coupon(const struct gate_held *held,
				  const uint8_t digest[COUPON_DIGEST_SIZE])
{
	for (uint32_t i = 0; i < held->bookings.count; i++) {
		const struct gate_booking_item *item = gate_table_at(&held->bookings, i);

		if (mem_equal(item->booking.coupon, digest, COUPON_DIGEST_SIZE))
			return &item->booking;
	}
	return NULL;
}

/* --- sections --- */
struct loading {
	struct hitotsu_gate *gate;
	struct gate_held *next;
	const struct bundle *bundle;
};

static struct section section_of(const struct loading *l, enum section_number number)
{
	struct section section;

	section_open(&section, bundle_section(l->bundle, number));
	return section;
}

static enum hitotsu_gate_status ended(const struct loading *l, enum section_got got,
				      const char *what)
{
	return got == SECTION_END ? HITOTSU_GATE_OK : gate_say(l->gate, HITOTSU_GATE_DAMAGED, what);
}

static enum hitotsu_gate_status load_keys(struct loading *l)
{
	struct section section = section_of(l, SECTION_KEYS);
	struct keyring_key key;
	enum section_got got;

	l->next->keys = (struct keyring){ .count = 0 };
	while ((got = section_next_key(&section, &key)) == SECTION_ITEM)
		if (!keyring_add(&l->next->keys, &key))
			return gate_say(l->gate,
					l->next->keys.count == KEYRING_COUNT_MAX
					    ? HITOTSU_GATE_FULL
					    : HITOTSU_GATE_DAMAGED,
					"keys");
	if (l->next->keys.count == 0)
		return gate_say(l->gate, HITOTSU_GATE_DAMAGED, "keys");
	return ended(l, got, "keys");
}

static enum hitotsu_gate_status load_statuses(struct loading *l)
{
	struct section section = section_of(l, SECTION_STATUSES);
	struct gate_status_item item;
	enum section_got got;

	while ((got = section_next_status(&section, &item.status)) == SECTION_ITEM)
		if (!gate_table_add(&l->next->statuses, &item))
			return gate_say(l->gate, HITOTSU_GATE_FULL, "statuses");
	return ended(l, got, "statuses");
}

/* Records of one kind: `item` is read into `value`, a part of it, and added. */
static enum hitotsu_gate_status load_records(struct loading *l, enum section_number number,
					     struct gate_table *table, void *item, void *value,
					     bool (*read)(void *, struct slice), const char *what)
{
	struct section section = section_of(l, number);
	struct slice record;
	enum section_got got;

	while ((got = section_next_record(&section, &record)) == SECTION_ITEM) {
		if (!read(value, record))
			return gate_say(l->gate, HITOTSU_GATE_DAMAGED, what);
		if (!gate_table_add(table, item))
			return gate_say(l->gate, HITOTSU_GATE_FULL, what);
	}
	return ended(l, got, what);
}

static enum hitotsu_gate_status load_overrides(struct loading *l)
{
	struct section section = section_of(l, SECTION_OVERRIDES);
	struct slice record;
	enum section_got got;

	l->next->extension_count = 0;
	while ((got = section_next_record(&section, &record)) == SECTION_ITEM) {
		if (l->next->extension_count == SECTION_OVERRIDE_COUNT_MAX)
			return gate_say(l->gate, HITOTSU_GATE_FULL, "overrides");
		if (!section_read_extension(&l->next->extensions[l->next->extension_count++],
					    record))
			return gate_say(l->gate, HITOTSU_GATE_DAMAGED, "overrides");
	}
	return ended(l, got, "overrides");
}

static bool read_product(void *to, struct slice record)
{
	return section_read_product(to, record);
}

static bool read_service(void *to, struct slice record)
{
	return section_read_service(to, record);
}

static bool read_booking(void *to, struct slice record)
{
	return section_read_booking(to, record);
}

static enum hitotsu_gate_status load_tables(struct loading *l)
{
	struct gate_product_item product;
	struct gate_service_item service;
	struct gate_booking_item booking;
	enum hitotsu_gate_status status = load_statuses(l);

	if (status == HITOTSU_GATE_OK)
		status = load_overrides(l);
	if (status == HITOTSU_GATE_OK)
		status = load_records(l, SECTION_PRODUCTS, &l->next->products, &product,
				      &product.product, read_product, "products");
	if (status == HITOTSU_GATE_OK)
		status = load_records(l, SECTION_SERVICES, &l->next->services, &service,
				      &service.service, read_service, "services");
	if (status == HITOTSU_GATE_OK)
		status = load_records(l, SECTION_RESERVATIONS, &l->next->bookings, &booking,
				      &booking.booking, read_booking, "reservations");
	return status;
}

static enum hitotsu_gate_status load_place(struct loading *l)
{
	const char *gate_id = l->gate->head.gate_id;

	if (!section_read_place(&l->next->place, bundle_section(l->bundle, SECTION_PLACE)))
		return gate_say(l->gate, HITOTSU_GATE_DAMAGED, "place");
	if (!section_read_rules(&l->next->rules, bundle_section(l->bundle, SECTION_RULES)))
		return gate_say(l->gate, HITOTSU_GATE_DAMAGED, "rules");
	if (gate_id[0] != '\0' && !text_equal(gate_id, l->next->place.gate.gate_id))
		return gate_say(l->gate, HITOTSU_GATE_OTHER_GATE, "another gate's bundle");
	l->next->place.junctions =
	    slice_of(NULL, 0); /* The bytes go, and no ride began elsewhere. */
	return HITOTSU_GATE_OK;
}

/* --- laying it over what is held --- */
static bool keep_status(const void *item, const void *with)
{
	(void)with;
	return ((const struct gate_status_item *)item)->status.status != TICKET_VALID;
}

/* What left long ago would fill the table, delta by delta. */
static bool keep_service(const void *item, const void *with)
{
	const struct gate_held *held = with;
	const struct service *service = &((const struct gate_service_item *)item)->service;

	return service->departs_at + KEPT_AFTER_H * HOUR_MS >= held->made_at_s * SECOND_MS;
}

static bool keep_booking(const void *item, const void *with)
{
	const struct booking *booking = &((const struct gate_booking_item *)item)->booking;

	return booking->seats != 0 && gate_service(with, booking->service_id) != NULL;
}

/* NULL, or which of them is full. */
static const char *settle(struct gate_held *held)
{
	if (!gate_table_settle(&held->statuses, keep_status, NULL))
		return "statuses";
	if (!gate_table_settle(&held->products, NULL, NULL))
		return "products";
	if (!gate_table_settle(&held->services, keep_service, held))
		return "services";
	return gate_table_settle(&held->bookings, keep_booking, held) ? NULL : "reservations";
}

static void begin(struct gate_held *next, const struct gate_held *held, const struct bundle *bundle)
{
	struct gate_table *to[] = { &next->statuses, &next->products, &next->services,
				    &next->bookings };
	const struct gate_table *from[] = { &held->statuses, &held->products, &held->services,
					    &held->bookings };

	for (size_t i = 0; i < COUNT_OF(to); i++) {
		to[i]->count = to[i]->adding = 0;
		if (bundle->since > 0)
			gate_table_copy(to[i], from[i]);
	}
	next->number = bundle->number;
	next->made_at_s = bundle->made_at_s;
	next->expires_at_s = bundle->expires_at_s;
}

/* --- whom to believe --- */
/* What the last bundle said of the keys that sign bundles counts before what was set up. */
static void ring_of(struct keyring *ring, const struct hitotsu_gate *gate)
{
	*ring = (struct keyring){ .count = 0 };
	for (uint32_t i = 0; i < gate->head.key_count; i++)
		MUST(keyring_add(ring, &gate->head.keys[i]));
	for (size_t i = 0; i < gate->anchors.count; i++)
		if (!keyring_find(ring, slice_of(gate->anchors.keys[i].kid, KID_SIZE)))
			MUST(keyring_add(ring, &gate->anchors.keys[i]));
}

/* Into *head, from what the bundle says. False: more keys than the file has room for. */
static bool head_of(struct gate_head *head, const struct gate_held *next)
{
	head->newest = next->number;
	mem_copy(head->gate_id, next->place.gate.gate_id, sizeof(head->gate_id));
	head->key_count = 0;
	for (size_t i = 0; i < next->keys.count; i++) {
		if (next->keys.keys[i].use != KEY_BUNDLE)
			continue;
		if (head->key_count == GATE_KEY_COUNT_MAX)
			return false;
		head->keys[head->key_count++] = next->keys.keys[i];
	}
	return true;
}

static enum hitotsu_gate_status verify(struct bundle *out, struct hitotsu_gate *gate,
				       struct slice bytes, int64_t at_ms)
{
	static const struct {
		enum hitotsu_gate_status status;
		const char *detail;
	} said[] = {
		[BUNDLE_OK] = { HITOTSU_GATE_OK, "" },
		[BUNDLE_MALFORMED] = { HITOTSU_GATE_DAMAGED, "not a bundle" },
		[BUNDLE_TOO_LARGE] = { HITOTSU_GATE_FULL, "bundle_bytes" },
		[BUNDLE_UNKNOWN_KEY] = { HITOTSU_GATE_UNTRUSTED, "the key" },
		[BUNDLE_FORGED] = { HITOTSU_GATE_FORGED, "the signature" },
		[BUNDLE_FROM_FUTURE] = { HITOTSU_GATE_FROM_FUTURE, "made after the gate's time" },
		[BUNDLE_EXPIRED] = { HITOTSU_GATE_EXPIRED, "expired" },
		[BUNDLE_OLDER] = { HITOTSU_GATE_OLDER, "older than the one held" },
		[BUNDLE_GAP] = { HITOTSU_GATE_DELTA_GAP, "a delta since a bundle not held" },
	};
	struct keyring ring;
	enum bundle_status status;

	if (bytes.size > gate->limits.bundle_bytes)
		return gate_say(gate, HITOTSU_GATE_FULL, "bundle_bytes");
	ring_of(&ring, gate);
	gate->scratch.used = 0;
	gate->scratch.failed = false;
	/* To a clock that was never set, every bundle comes from the future. */
	status = bundle_read(out, bytes, &ring, time_is_real(at_ms) ? at_ms / SECOND_MS : 0,
			     gate_held(gate)->number, &gate->scratch);
	return gate_say(gate, said[status].status, said[status].detail);
}

static enum hitotsu_gate_status load(struct hitotsu_gate *gate, const struct bundle *bundle)
{
	struct loading l = { gate, &gate->held[1 - gate->which], bundle };
	struct gate_head head = gate->head;
	enum hitotsu_gate_status status;
	const char *full;

	begin(l.next, gate_held(gate), bundle);
	status = load_keys(&l);
	if (status == HITOTSU_GATE_OK)
		status = load_place(&l);
	if (status == HITOTSU_GATE_OK)
		status = load_tables(&l);
	if (status != HITOTSU_GATE_OK)
		return status;
	full = settle(l.next);
	if (full != NULL)
		return gate_say(gate, HITOTSU_GATE_FULL, full);
	if (bundle->number >= head.newest) {
		if (!head_of(&gate->head, l.next)) {
			gate->head = head;
			return gate_say(gate, HITOTSU_GATE_FULL, "bundle keys");
		}
		if (!gate_head_save(gate))
			return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "writing");
	}
	gate->which = 1 - gate->which;
	if (bundle->number < head.newest)
		return gate_say(gate, HITOTSU_GATE_BEHIND, "a newer one was held before");
	return gate_say(gate, HITOTSU_GATE_OK, "");
}

enum hitotsu_gate_status hitotsu_gate_load(struct hitotsu_gate *gate, const void *bytes,
					   size_t size, int64_t at_ms)
{
	enum hitotsu_gate_status status;
	struct bundle bundle;

	if (gate->failed)
		return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "the file");
	status = verify(&bundle, gate, slice_of(bytes, size), at_ms);
	return status == HITOTSU_GATE_OK ? load(gate, &bundle) : status;
}

int64_t hitotsu_gate_bundle_number(const struct hitotsu_gate *gate)
{
	return gate->held[gate->which].number;
}

bool hitotsu_gate_bundle_key(uint8_t out[HITOTSU_GATE_KEY_SIZE], struct hitotsu_gate *gate,
			     const void *bytes, size_t size)
{
	struct section section;
	struct keyring ring = { .count = 0 };
	struct keyring_key key;
	struct bundle bundle;
	struct slice kid;

	if (size > gate->limits.bundle_bytes || !bundle_peek(&bundle, &kid, slice_of(bytes, size)))
		return false;
	section_open(&section, bundle_section(&bundle, SECTION_KEYS));
	while (section_next_key(&section, &key) == SECTION_ITEM)
		if (slice_equal(slice_of(key.kid, KID_SIZE), kid) && !keyring_add(&ring, &key))
			return false;
	gate->scratch.used = 0;
	gate->scratch.failed = false;
	if (ring.count == 0 || bundle_read(&bundle, slice_of(bytes, size), &ring, bundle.made_at_s,
					   bundle.since, &gate->scratch) != BUNDLE_OK)
		return false;
	mem_copy(out, ring.keys[0].public_key, SIGN_PUBLIC_SIZE);
	return true;
}
