/* qr/qr_api.c - without it nobody outside could check a ticket: the public keys, as a JWK set (RFC
 * 7517, RFC 8037).
 */
#include "qr/qr_api.h"

struct keys_out {
	const struct keyring_key *keys[KEYRING_COUNT_MAX];
	size_t count;
};

static bool keys_parse(struct call *call)
{
	static const char *const no_query[] = { NULL };

	return call_query_only(call, no_query);
}

static bool keys_keys(struct call *call)
{
	(void)call; /* The ring is in memory. */
	return true;
}

/* Retired keys stay, for what they signed is still believed; revoked ones do not. */
static bool keys_decide(struct call *call)
{
	const struct qr_room *room = call->room;
	struct keys_out *out = call->out;

	for (size_t i = 0; i < room->keys->count; i++)
		if (room->keys->keys[i].revoked_s == 0)
			out->keys[out->count++] = &room->keys->keys[i];
	return true;
}

static void put_base64url(struct json_out *json, const char *key, const uint8_t *data, size_t size)
{
	char text[SIGN_PUBLIC_SIZE * 2];
	size_t used = base64url_encode(text, sizeof(text), slice_of(data, size));

	json_put_text(json, key, slice_of(text, used));
}

static void put_jwk(struct json_out *json, const struct keyring_key *key)
{
	json_object(json, NULL);
	json_put_text(json, "kty", SLICE("OKP"));
	json_put_text(json, "crv", SLICE("Ed25519"));
	json_put_text(json, "use", SLICE("sig"));
	json_put_text(json, "alg", SLICE("EdDSA"));
	put_base64url(json, "kid", key->kid, KID_SIZE);
	put_base64url(json, "x", key->public_key, SIGN_PUBLIC_SIZE);
	json_put_text(json, "hitotsu_use", slice_text(key_use_names[key->use]));
	json_put_int(json, "nbf", key->not_before_s);
	if (key->not_after_s != 0)
		json_put_int(json, "exp", key->not_after_s);
	json_object_end(json);
}

static void keys_answer(struct call *call)
{
	const struct keys_out *out = call->out;
	struct json_out json;

	call_reply_json(call, 200, &json);
	call->reply.content_type = "application/jwk-set+json";
	json_object(&json, NULL);
	json_array(&json, "keys");
	for (size_t i = 0; i < out->count; i++)
		put_jwk(&json, out->keys[i]);
	json_array_end(&json);
	json_object_end(&json);
}

static const struct flow_op keys_op = {
	.name = "keys",
	.out_size = sizeof(struct keys_out),
	.parse = keys_parse,
	.keys = keys_keys,
	.decide = keys_decide,
	.answer = keys_answer,
};

static const struct http_route routes[] = {
	{ .method = HTTP_GET,
	  .path = "/v1/keys",
	  .roles = ROLES_ANYONE,
	  .naming = FLOW_QUESTION,
	  .op = &keys_op,
	  .answer_type = "application/jwk-set+json",
	  .status = 200,
	  .summary =
	      "The public keys that verify tickets, status lists, bundles and the log (JWK set)" },
};

const struct http_routes qr_routes = { "qr", routes, COUNT_OF(routes) };
