/* tests/qr_api_test.c - the public keys as others read them. Without it a secret, or a revoked key,
 * could be handed to anybody.
 */
#include "qr/qr_api.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/arena.h"

static uint8_t body[JSON_SIZE_MAX];

/* Runs the route's five functions as the flow would. */
static void ask(struct call *call, struct qr_room *room, const char *query)
{
	static uint64_t out[1024];
	static struct request request;
	const struct flow_op *op = qr_routes.routes[0].op;

	request = (struct request){ .path = SLICE("/v1/keys"), .query = slice_text(query) };
	*call = (struct call){ .op = op, .room = room, .request = &request, .out = out };
	call->reply.body = (struct writer){ .data = body, .size = sizeof(body) };
	assert_true(op->out_size <= sizeof(out));
	mem_zero(out, sizeof(out));
	if (!op->parse(call) || !op->keys(call) || !op->decide(call))
		return;
	op->answer(call);
}

static struct keyring_key key_of(uint8_t number, enum key_use use)
{
	uint8_t seed[SIGN_SEED_SIZE] = { number };
	struct keyring_key key;

	keyring_make(&key, use, 100, 0, seed);
	return key;
}

static void assert_member(const struct json *object, const char *name, const char *text)
{
	assert_true(slice_is(json_text(json_get(object, name)), text));
}

static void keys_as_a_jwk_set(void **state)
{
	/* RFC 8037 appendix A.2, with the kid of ours. */
	static const uint8_t seed[SIGN_SEED_SIZE] = {
		0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
		0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
		0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
	};
	struct keyring ring = { .count = 4 };
	struct qr_room room = { &ring };
	const struct json *keys, *first, *second;
	struct json *root;
	struct call call;
	int64_t number;
	size_t at;

	(void)state;
	keyring_make(&ring.keys[0], KEY_TICKET, 100, 200, seed);
	ring.keys[1] = key_of(2, KEY_TICKET);
	ring.keys[1].revoked_s = 150;
	ring.keys[2] = key_of(3, KEY_LOG);
	ring.keys[2].retired_s = 150;
	ring.keys[3] = key_of(4, KEY_BUNDLE);
	ask(&call, &room, "");
	assert_int_equal(call.reply.status, 200);
	assert_string_equal(call.reply.content_type, qr_routes.routes[0].answer_type);
	assert_int_equal(json_parse(&root, &at, slice_of(body, call.reply.body.used)), JSON_OK);
	keys = json_get(root, "keys");
	assert_int_equal(json_count(keys), 3);
	first = json_first(keys);
	assert_member(first, "kty", "OKP");
	assert_member(first, "crv", "Ed25519");
	assert_member(first, "use", "sig");
	assert_member(first, "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
	assert_member(first, "kid", "If4x3w");
	assert_member(first, "hitotsu_use", "ticket");
	assert_true(json_int(json_get(first, "nbf"), &number) && number == 100);
	assert_true(json_int(json_get(first, "exp"), &number) && number == 200);
	assert_null(json_get(first, "d"));
	second = json_next(first);
	assert_member(second, "hitotsu_use", "log");
	assert_null(json_get(second, "exp"));
	assert_member(json_next(second), "hitotsu_use", "bundle");
	json_free(root);
}

static void an_empty_ring_is_an_empty_set(void **state)
{
	struct keyring ring = { 0 };
	struct qr_room room = { &ring };
	struct call call;

	(void)state;
	ask(&call, &room, "");
	assert_true(slice_is(slice_of(body, call.reply.body.used), "{\"keys\":[]}"));
}

static void a_full_ring_fits(void **state)
{
	struct keyring ring = { 0 };
	struct qr_room room = { &ring };
	struct call call;

	(void)state;
	for (uint8_t i = 0; i < KEYRING_COUNT_MAX; i++) {
		struct keyring_key key = key_of(i, KEY_STATUS);

		assert_true(keyring_add(&ring, &key));
	}
	ask(&call, &room, "");
	assert_int_equal(call.reply.status, 200);
	assert_false(call.reply.body.failed);
}

static void an_unknown_parameter_is_refused(void **state)
{
	struct keyring ring = { 0 };
	struct qr_room room = { &ring };
	struct arena arena;
	struct call call;
	static struct request request;

	(void)state;
	assert_true(arena_open(&arena, 1 << 20));
	request = (struct request){ .path = SLICE("/v1/keys"), .query = SLICE("kid=1") };
	call = (struct call){ .room = &room, .request = &request, .arena = &arena };
	assert_false(qr_routes.routes[0].op->parse(&call));
	assert_int_equal(call.problem.status, 400);
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_as_a_jwk_set),
		cmocka_unit_test(an_empty_ring_is_an_empty_set),
		cmocka_unit_test(a_full_ring_fits),
		cmocka_unit_test(an_unknown_parameter_is_refused),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
