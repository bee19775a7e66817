/* core/flow_name.c - each command's name, and the answer kept under it. Without it a payment sent
 * twice by a phone in a tunnel would be two payments.
 */
#include "core/flow_inside.h"

#include "core/codec.h"
#include "core/crypto.h"
#include "core/token.h"

#include <stdio.h>

/* The second one ends in the second and the leaf of its first event. */
enum { KEPT_FORM = 1, KEPT_LEAF_FORM = 2, OWNER_SIZE = 16 + SUBJECT_SIZE, UUID7_TIME_SIZE = 6 };

static struct id128 digest_name(struct slice owner, struct slice name)
{
	uint8_t digest[SHA256_SIZE];
	struct id128 id;

	sha256_three(digest, owner, slice_of("", 1), name);
	mem_copy(id.bytes, digest, sizeof(id.bytes));
	return id;
}

static void name_call(struct call *call, struct slice owner, struct slice name)
{
	struct call_store *found = call->found;
	char hex[HEX32_SIZE];

	call->id = digest_name(owner, name);
	hex_encode(hex, sizeof(hex), slice_of(call->id.bytes, sizeof(call->id.bytes)));
	(void)snprintf(found->name_key, sizeof(found->name_key), "idem/%s", hex);
	found->named = true;
}

/* RFC 8941 section 3.3.3: printable ASCII between quotes, where '"' and '\' stand behind a '\'. */
static bool read_quoted(uint8_t out[FLOW_NAME_SIZE_MAX], size_t *out_size, struct slice from)
{
	size_t used = 0, i = 1;

	while (from.size > 0 && from.data[from.size - 1] == ' ')
		from.size--;
	if (from.size < 2 || from.data[0] != '"' || from.data[from.size - 1] != '"')
		return false;
	for (; i < from.size - 1; i++) {
		uint8_t c = from.data[i];

		if (c == '\\') {
			c = from.data[++i];
			if (i == from.size - 1 || (c != '"' && c != '\\'))
				return false;
		} else if (c < 0x20 || c > 0x7e || c == '"') {
			return false;
		}
		if (used == FLOW_NAME_SIZE_MAX)
			return false;
		out[used++] = c;
	}
	*out_size = used;
	return used > 0;
}

/* The name belongs to the owner, not to the token: a new token must find what the old one began. */
static struct slice owner_of(char out[OWNER_SIZE], const struct caller *caller)
{
	int size = caller->known ? snprintf(out, OWNER_SIZE, "%s:%s", call_role_names[caller->role],
					    caller->subject)
				 : snprintf(out, OWNER_SIZE, "anyone");

	MUST(size > 0 && size < OWNER_SIZE);
	return slice_of(out, (size_t)size);
}

static bool name_by_key(struct flow *flow)
{
	struct slice header = flow->call.request->idempotency_key;
	uint8_t name[FLOW_NAME_SIZE_MAX];
	char owner[OWNER_SIZE];
	size_t size;

	if (header.size == 0)
		return call_refuse(
		    &flow->call, 400, "IDEMPOTENCY_KEY_MISSING",
		    "Send a header like Idempotency-Key: \"8e03978e-40d5-43dd\", and the "
		    "same one when you send the same request again.");
	if (!read_quoted(name, &size, header))
		return call_refuse(&flow->call, 400, "IDEMPOTENCY_KEY_MALFORMED",
				   "Idempotency-Key must be 1 to %d printable ASCII characters in "
				   "double quotes (RFC 8941), like \"8e03978e-40d5-43dd\".",
				   FLOW_NAME_SIZE_MAX);
	name_call(&flow->call, owner_of(owner, &flow->call.caller), slice_of(name, size));
	return true;
}

bool flow_name_begin(struct flow *flow)
{
	const struct flow_start *start = flow->start;

	if (start->inner_name != NULL)
		name_call(&flow->call, SLICE("inner"), slice_text(start->inner_name));
	else if (start->naming == FLOW_BY_KEY)
		return name_by_key(flow);
	else
		flow->found.names_self = start->naming == FLOW_BY_SELF;
	return true;
}

/* The record's key grows with time, as the name does. So does the id, whose first bytes are the
 * name's: an event's key holds nothing else of its command, and events of one second that stood in
 * no order would each write a page of their own. The rest of it is the owner's alone. */
void call_name(struct call *call, struct slice owner, struct id128 name)
{
	struct call_store *found = call->found;
	char hex[HEX32_SIZE];

	if (found->inner)
		return;
	MUST(found->names_self && !found->named && owner.size > 0 && owner.size < SUBJECT_SIZE);
	call->id = digest_name(owner, slice_of(name.bytes, sizeof(name.bytes)));
	mem_copy(call->id.bytes, name.bytes, UUID7_TIME_SIZE);
	hex_encode(hex, sizeof(hex), slice_of(name.bytes, sizeof(name.bytes)));
	(void)snprintf(found->name_key, sizeof(found->name_key), "name/%.*s/%s", (int)owner.size,
		       (const char *)owner.data, hex);
	found->named = true;
}

void call_first_answer_wins(struct call *call)
{
	call->found->first_answer_wins = true;
}

void call_hot(struct call *call, const char *key)
{
	struct slice name = slice_text(key);

	MUST(call->found->hot.size == 0 && name.size > 0 && name.size <= STORE_KEY_SIZE_MAX);
	call->found->hot = arena_copy(call->arena, name);
}

/* Nobody compares it where the first answer wins, whatever is asked; another command's digest is
 * never all zeroes. */
void flow_name_digest(struct flow *flow)
{
	const struct request *request = flow->call.request;
	uint8_t method = (uint8_t)request->method;
	const struct slice parts[] = { slice_of(&method, 1), request->path, request->query,
				       request->body };

	if (flow->found.first_answer_wins)
		mem_zero(flow->digest, sizeof(flow->digest));
	else
		digest_parts(flow->digest, sizeof(flow->digest), parts, COUNT_OF(parts));
}

static void write_short(struct writer *to, const char *text)
{
	size_t size = text == NULL ? 0 : text_size(text);

	MUST(size <= UINT8_MAX);
	write_u8(to, (uint8_t)size);
	write_bytes(to, slice_of(text, size));
}

static struct slice read_short(struct reader *from)
{
	return read_bytes(from, read_u8(from));
}

bool flow_name_keep(struct flow *flow)
{
	struct call *call = &flow->call;
	const struct reply *reply = &call->reply;
	struct slice body =
	    reply->again.size > 0 ? reply->again : slice_of(reply->body.data, reply->body.used);
	struct writer to = { .size = STORE_VALUE_SIZE_MAX };

	if (!call_room(call, to.size, CALL_ROOM_LEAST / 2, CALL_WRITES_TOO_MUCH))
		return false;
	to.data = arena_alloc(call->arena, to.size);
	flow_leaf(flow);
	write_u8(&to, flow->has_leaf ? KEPT_LEAF_FORM : KEPT_FORM);
	write_bytes(&to, slice_of(flow->digest, sizeof(flow->digest)));
	write_u16(&to, reply->status);
	write_short(&to, reply->content_type);
	write_short(&to, reply->location);
	write_short(&to, reply->etag);
	write_short(&to, reply->filename);
	write_u32(&to, (uint32_t)body.size);
	write_bytes(&to, body);
	if (flow->has_leaf) {
		write_u64(&to, (uint64_t)flow->leaf_second);
		write_bytes(&to, slice_of(flow->leaf.bytes, SHA256_SIZE));
	}
	if (to.failed)
		return false;
	call->arena->used -= (to.size - to.used) / 16 * 16; /* It was the last to be taken. */
	MUST(flow->name->fetched && flow->name->record.version == 0);
	flow->name->commits = true;
	flow->name->intent = STORE_WRITE;
	flow->name->value = slice_of(to.data, to.used);
	return true;
}

static void read_leaf(struct flow *flow, struct reader *from, uint8_t form)
{
	flow->has_leaf = form == KEPT_LEAF_FORM;
	if (!flow->has_leaf)
		return;
	flow->leaf_second = (int64_t)read_u64(from);
	mem_copy(flow->leaf.bytes, read_bytes(from, SHA256_SIZE).data, SHA256_SIZE);
}

bool flow_name_replay(struct flow *flow)
{
	struct reader from = { .rest = flow->name->record.value };
	struct reply *reply = &flow->call.reply;
	struct slice digest, type, body;
	uint8_t form;

	MUST(flow->name->record.version != 0);
	form = read_u8(&from);
	MUST(form == KEPT_FORM || form == KEPT_LEAF_FORM);
	digest = read_bytes(&from, FLOW_DIGEST_SIZE);
	if (!flow->found.first_answer_wins &&
	    !slice_equal(digest, slice_of(flow->digest, sizeof(flow->digest))))
		return call_refuse(&flow->call, 422, "IDEMPOTENCY_KEY_REUSED",
				   "This name was used before for another request.");
	*reply = (struct reply){ .status = read_u16(&from) };
	type = read_short(&from);
	if (type.size > 0)
		reply->content_type =
		    arena_text(&flow->arena, "%.*s", (int)type.size, (const char *)type.data);
	MUST(text_set(reply->location, sizeof(reply->location), read_short(&from)));
	MUST(text_set(reply->etag, sizeof(reply->etag), read_short(&from)));
	MUST(text_set(reply->filename, sizeof(reply->filename), read_short(&from)));
	body = read_bytes(&from, read_u32(&from));
	read_leaf(flow, &from, form);
	MUST(!from.failed && from.rest.size == 0 && reply->status >= 200);
	body = arena_copy(&flow->arena, body);
	reply->body = (struct writer){
		.data = (uint8_t *)body.data,
		.size = body.size,
		.used = body.size,
	};
	return true;
}
