/* core/openapi.c - writes what the server offers as OpenAPI 3.1. Without it partners and operators
 * would have to guess at routes, and the guess would age.
 */
#include "core/openapi.h"

#include <string.h>

#include "core/token.h"

enum { SCHEMA_COUNT_MAX = 512, OPERATION_ID_SIZE = 160, TYPE_SIZE = 128, NAME_SIZE = 64 };

/* The schemas that routes lead to, each once. */
struct schemas {
	struct {
		const struct shape *shape;
		bool answer;
		char name[SHAPE_NAME_SIZE];
	} all[SCHEMA_COUNT_MAX];
	size_t count;
};

static const char *const method_names[] = {
	[HTTP_GET] = "get",
	[HTTP_POST] = "post",
	[HTTP_PATCH] = "patch",
	[HTTP_DELETE] = "delete",
};

static void put_text(struct json_out *o, const char *key, const char *text)
{
	json_put_text(o, key, slice_text(text));
}

static void put_named_ref(struct json_out *o, const char *key, const char *where, const char *name)
{
	char text[SHAPE_NAME_SIZE + 64];
	struct writer w = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };

	write_text(&w, where);
	write_text(&w, name);
	MUST(!w.failed);
	json_object(o, key);
	json_put_text(o, "$ref", slice_of(text, w.used));
	json_object_end(o);
}

static void put_shape_ref(struct json_out *o, const char *key, const struct shape *shape,
			  bool answer)
{
	char name[SHAPE_NAME_SIZE];

	shape_schema_name(name, shape, answer);
	put_named_ref(o, key, "#/components/schemas/", name);
}

static void collect(struct schemas *schemas, const struct shape *shape, bool answer)
{
	char name[SHAPE_NAME_SIZE];
	size_t at = schemas->count;

	answer = shape_schema_name(name, shape, answer);
	for (size_t i = 0; i < schemas->count; i++)
		if (text_equal(schemas->all[i].name, name)) {
			MUST(schemas->all[i].shape == shape);
			return;
		}
	MUST(at < SCHEMA_COUNT_MAX);
	schemas->count++;
	schemas->all[at].shape = shape;
	schemas->all[at].answer = answer;
	mem_copy(schemas->all[at].name, name, sizeof(name));
	for (const struct shape_field *f = shape->fields; f->name != NULL; f++)
		if (f->of != NULL && (f->flags & SHAPE_SECRET) == 0 &&
		    (answer || (f->flags & SHAPE_ANSWER) == 0))
			collect(schemas, f->of, answer);
}

/* "get_v1_tickets_ticket_id_qr_svg": every path and method has its own. */
static void put_operation_id(struct json_out *o, const struct http_route *route)
{
	char text[OPERATION_ID_SIZE];
	struct writer w = { .data = (uint8_t *)text, .size = sizeof(text) };
	bool gap = true;

	write_text(&w, method_names[route->method]);
	for (const char *c = route->path; *c != '\0'; c++) {
		bool word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			    (*c >= '0' && *c <= '9');

		gap = gap || !word;
		if (!word)
			continue;
		if (gap)
			write_text(&w, "_");
		write_u8(&w, (uint8_t)*c);
		gap = false;
	}
	MUST(!w.failed);
	json_put_text(o, "operationId", slice_of(text, w.used));
}

static void put_parameter(struct json_out *o, struct slice name, const char *in)
{
	bool in_path = text_equal(in, "path");

	json_object(o, NULL);
	json_put_text(o, "name", name);
	put_text(o, "in", in);
	if (in_path)
		json_put_bool(o, "required", true);
	json_object(o, "schema");
	put_text(o, "type", "string");
	if (in_path) {
		json_put_int(o, "minLength", 1);
		json_put_int(o, "maxLength", 64);
	}
	json_object_end(o);
	json_object_end(o);
}

static bool has_name(const struct http_route *route)
{
	return strchr(route->path, '{') != NULL;
}

static void put_path_parameters(struct json_out *o, const char *path)
{
	for (const char *open = strchr(path, '{'); open != NULL; open = strchr(open + 1, '{')) {
		const char *close = strchr(open, '}');

		MUST(close != NULL);
		put_parameter(o, slice_of(open + 1, (size_t)(close - open - 1)), "path");
	}
}

static void put_parameters(struct json_out *o, const struct http_route *route)
{
	const char *at = route->query != NULL ? route->query : "";

	if (!has_name(route) && *at == '\0' && route->naming != FLOW_BY_KEY)
		return;
	json_array(o, "parameters");
	put_path_parameters(o, route->path);
	while (*at != '\0') {
		size_t size = strcspn(at, " ");

		if (size > 0)
			put_parameter(o, slice_of(at, size), "query");
		at += size + (at[size] == ' ');
	}
	if (route->naming == FLOW_BY_KEY)
		put_named_ref(o, NULL, "#/components/parameters/", "IdempotencyKey");
	json_array_end(o);
}

/* Without its parameters: those are the reader's to ignore. */
static void put_media(struct json_out *o, const char *type)
{
	char key[TYPE_SIZE];

	MUST(text_set(key, sizeof(key), slice_of(type, strcspn(type, ";"))));
	json_object(o, key);
}

/* Bytes have no schema in 3.1; of JSON without a shape nothing more is told. */
static void put_plain_media(struct json_out *o, const char *type)
{
	put_media(o, type);
	json_object(o, "schema");
	if (strncmp(type, "text/", 5) == 0)
		put_text(o, "type", "string");
	json_object_end(o);
	json_object_end(o);
}

static void put_body(struct json_out *o, const struct http_route *route)
{
	if (route->body == NULL && route->body_type == NULL)
		return;
	json_object(o, "requestBody");
	json_put_bool(o, "required", true);
	json_object(o, "content");
	if (route->body != NULL) {
		put_media(o, route->body_type != NULL ? route->body_type : "application/json");
		put_shape_ref(o, "schema", route->body, false);
		json_object_end(o);
	} else {
		put_plain_media(o, route->body_type);
	}
	json_object_end(o);
	json_object_end(o);
}

static void put_list_schema(struct json_out *o, const struct shape *item)
{
	json_object(o, "schema");
	put_text(o, "type", "object");
	json_array(o, "required");
	put_text(o, NULL, "items");
	json_array_end(o);
	json_object(o, "properties");
	json_object(o, "items");
	put_text(o, "type", "array");
	put_shape_ref(o, "items", item, true);
	json_object_end(o);
	json_object(o, "next");
	json_array(o, "type");
	put_text(o, NULL, "string");
	put_text(o, NULL, "null");
	json_array_end(o);
	put_text(o, "description", "Cursor of the next page; absent or null after the last.");
	json_object_end(o);
	json_object_end(o);
	json_object_end(o);
}

static void put_success(struct json_out *o, const struct http_route *route, uint16_t number,
			const char *what)
{
	const char *type = route->answer_type != NULL ? route->answer_type : "application/json";
	char status[8];
	struct writer w = { .data = (uint8_t *)status, .size = sizeof(status) - 1 };

	write_decimal(&w, number, 3);
	status[w.used] = '\0';
	json_object(o, status);
	put_text(o, "description", what);
	if (number != 204) {
		json_object(o, "content");
		if (route->answer != NULL) {
			put_media(o, type);
			if (route->answer_list)
				put_list_schema(o, route->answer);
			else
				put_shape_ref(o, "schema", route->answer, true);
			json_object_end(o);
		} else {
			put_plain_media(o, type);
		}
		json_object_end(o);
	}
	json_object_end(o);
}

static void put_responses(struct json_out *o, const struct http_route *route)
{
	bool body = route->body != NULL || route->body_type != NULL;
	bool command = route->method != HTTP_GET;
	const struct {
		const char *status;
		bool may;
	} refusals[] = {
		{ "400", true },
		{ "401", route->roles != ROLES_ANYONE },
		{ "403", route->roles != ROLES_ANYONE },
		{ "404", has_name(route) || body || command },
		{ "409", command },
		{ "413", body },
		{ "415", body },
		{ "422", body || command },
		{ "503", true },
		{ "default", true },
	};

	json_object(o, "responses");
	put_success(o, route, route->status, "Success.");
	if (route->also_status != 0)
		put_success(o, route, route->also_status, "Success; it was so before.");
	if (!command && route->op != NULL) {
		json_object(o, "304");
		put_text(o, "description", "Still what If-None-Match names by its ETag.");
		json_object_end(o);
	}
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		if (refusals[i].may)
			put_named_ref(o, refusals[i].status, "#/components/responses/", "Problem");
	json_object_end(o);
}

static void put_security(struct json_out *o, const struct http_route *route)
{
	json_array(o, "security");
	if (route->roles != ROLES_ANYONE) {
		json_object(o, NULL);
		json_array(o, "bearer");
		json_array_end(o);
		json_object_end(o);
	}
	json_array_end(o);
	if (route->roles == ROLES_ANYONE)
		return;
	json_array(o, "x-roles");
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if ((route->roles >> i & 1) != 0)
			put_text(o, NULL, call_role_names[i]);
	json_array_end(o);
}

static void put_operation(struct json_out *o, const struct http_routes *table,
			  const struct http_route *route)
{
	json_object(o, method_names[route->method]);
	put_operation_id(o, route);
	put_text(o, "summary", route->summary != NULL ? route->summary : route->path);
	json_array(o, "tags");
	put_text(o, NULL, table->room);
	json_array_end(o);
	put_parameters(o, route);
	put_body(o, route);
	put_responses(o, route);
	put_security(o, route);
	json_object_end(o);
}

/* All methods of one path stand together, where its first one stood. */
static void put_path(struct json_out *o, const struct http_routes *const *tables, size_t count,
		     const struct http_route *first)
{
	bool begun = false;

	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < tables[t]->count; i++) {
			const struct http_route *route = &tables[t]->routes[i];

			if (!text_equal(route->path, first->path))
				continue;
			if (!begun && route != first)
				return;
			if (!begun)
				json_object(o, route->path);
			begun = true;
			put_operation(o, tables[t], route);
		}
	json_object_end(o);
}

static void put_paths(struct json_out *o, const struct http_routes *const *tables, size_t count)
{
	json_object(o, "paths");
	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < tables[t]->count; i++)
			put_path(o, tables, count, &tables[t]->routes[i]);
	json_object_end(o);
}

/* What is the same in every document. */
static const char info[] =
    "{\"title\":\"Hitotsu\",\"version\":\"0.1.0\",\"description\":\"Ticketing for the seven "
    "prefectures of Kyushu: sells signed digital tickets, validates them at gates, "
    "and settles what each pass earned. Money is whole yen, times are RFC 3339, "
    "refusals are RFC 9457 problems with a stable code.\",\"license\":{\"name\":\"Apache-2.0\","
    "\"identifier\":\"Apache-2.0\"}}";
static const char problem_schema[] =
    "{\"type\":\"object\",\"description\":\"A refusal (RFC 9457).\",\"required\":[\"status\","
    "\"code\"],\"properties\":{\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},"
    "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\",\"minimum\":400,"
    "\"maximum\":599},\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":\"string\","
    "\"format\":\"uri-reference\",\"description\":\"The request's path.\"},\"code\":{\"type\":"
    "\"string\",\"pattern\":\"^[A-Z][A-Z0-9_]*$\",\"description\":\"Stable, never reused.\"},"
    "\"pointer\":{\"type\":\"string\",\"description\":\"The body's field, RFC 6901.\"}}}";
static const char problem_response[] =
    "{\"Problem\":{\"description\":\"Refused; code says why.\",\"content\":{"
    "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}";
static const char bearer[] =
    "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"A token with one role; "
    "x-roles of each operation names those that may.\"}}";
static const char idempotency_key[] =
    "{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":true,"
    "\"description\":\"Names the command: sent twice, it is answered from the first. A quoted "
    "string of 1 to 64 characters.\",\"schema\":{\"type\":\"string\",\"minLength\":3,"
    "\"maxLength\":66}}}";

#define PUT_RAW(o, key, text) json_put_raw(o, key, slice_of(text, sizeof(text) - 1))

static void put_tags(struct json_out *o, const struct http_routes *const *tables, size_t count)
{
	static const struct {
		const char *room, *what;
	} known[] = {
		{ "core", "The server about itself" },
		{ "log", "The sealed log: its head, its tiles, its seconds" },
		{ "qr", "Keys, status lists and codes: what proves a ticket" },
		{ "fares", "Products, sales and what becomes of them" },
		{ "operators", "Gates, scans, settlement and statements" },
	};

	json_array(o, "tags");
	for (size_t t = 0; t < count; t++) {
		const char *what = tables[t]->room;
		bool again = false;

		for (size_t k = 0; k < t; k++)
			again = again || text_equal(tables[k]->room, tables[t]->room);
		if (again)
			continue;
		for (size_t k = 0; k < COUNT_OF(known); k++)
			if (text_equal(known[k].room, what))
				what = known[k].what;
		json_object(o, NULL);
		put_text(o, "name", tables[t]->room);
		put_text(o, "description", what);
		json_object_end(o);
	}
	json_array_end(o);
}

static void put_components(struct json_out *o, const struct schemas *schemas, bool keyed,
			   bool secured)
{
	json_object(o, "components");
	json_object(o, "schemas");
	PUT_RAW(o, "Problem", problem_schema);
	for (size_t i = 0; i < schemas->count; i++)
		shape_to_schema(o, schemas->all[i].name, schemas->all[i].shape,
				schemas->all[i].answer);
	json_object_end(o);
	PUT_RAW(o, "responses", problem_response);
	if (keyed)
		PUT_RAW(o, "parameters", idempotency_key);
	if (secured)
		PUT_RAW(o, "securitySchemes", bearer);
	json_object_end(o);
}

void openapi_write(struct writer *w, const struct http_routes *const *tables, size_t count)
{
	struct schemas schemas = { 0 };
	bool keyed = false, secured = false;
	struct json_out o;

	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < tables[t]->count; i++) {
			const struct http_route *route = &tables[t]->routes[i];

			keyed = keyed || route->naming == FLOW_BY_KEY;
			secured = secured || route->roles != ROLES_ANYONE;
			if (route->body != NULL)
				collect(&schemas, route->body, false);
			if (route->answer != NULL)
				collect(&schemas, route->answer, true);
		}
	json_begin(&o, w);
	json_object(&o, NULL);
	put_text(&o, "openapi", "3.1.0");
	PUT_RAW(&o, "info", info);
	PUT_RAW(&o, "servers", "[{\"url\":\"/\"}]");
	put_tags(&o, tables, count);
	put_paths(&o, tables, count);
	put_components(&o, &schemas, keyed, secured);
	json_object_end(&o);
}
