/* fares/status_list_op.c - which tickets were taken back, told to whoever asks as a Token Status
 * List. Without it a verifier that is no gate of ours could check a signature and nothing more.
 */
#include "core/crypto.h"
#include "core/date.h"
#include "fares/fares_op.h"
#include "fares/revocation.h"
#include "qr/status_list.h"

enum {
	LIST_TTL_S = 300, /* The same list has the same bytes for so long, and so the same ETag. */
	LIST_VALID_H = 24,
	ETAG_DIGEST_SIZE = 16,
};
_Static_assert((int)REVOCATION_CHUNKS <= (int)STORE_PAGE_COUNT_MAX, "a list is one page");
_Static_assert((int)SLOT_INDEX_COUNT == (int)STATUS_LIST_COUNT_MAX, "lists are full ones");
_Static_assert((int)TICKET_REVOKED == (int)TOKEN_INVALID, "our states are theirs");
_Static_assert((int)TICKET_BLOCKED == (int)TOKEN_SUSPENDED, "our states are theirs");

/* A list's name, its `sub`. */
#define LIST_URI "/v1/status-lists/"

struct list_cmd {
	uint32_t number;
};

struct list_out {
	const struct keyring_key *key;
	struct slice statuses;
	struct writer scratch;
	struct deflate_block block;
};

static bool list_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct list_cmd *cmd = call->cmd;
	int64_t number;

	if (!call_query_only(call, none))
		return false;
	if (!decimal_decode(&number, call->request->params[0]) || number < 0 || number > UINT16_MAX)
		return call_refuse(call, 404, "STATUS_LIST_UNKNOWN",
				   "status lists are numbered 0 to 65535");
	cmd->number = (uint32_t)number;
	return true;
}

static const struct call_page *chunks_of(struct call *call)
{
	const struct list_cmd *cmd = call->cmd;
	const char *from = revocation_range_key(call, cmd->number);
	const char *until = revocation_range_key(call, cmd->number + 1);

	call_want_page(call, from, until, STORE_PAGE_COUNT_MAX);
	return call_found_page(call, from, until);
}

static bool list_keys(struct call *call)
{
	const struct list_cmd *cmd = call->cmd;
	day_t today = service_day_at(call->now, call->day_boundary_min);

	if (cmd->number > revocation_list(today))
		return call_refuse(call, 404, "STATUS_LIST_UNKNOWN",
				   "no ticket of that list is sold yet");
	chunks_of(call);
	return true;
}

/* A chunk's own bytes of the list, all VALID before. */
static void build_chunk(uint8_t *statuses, const struct record *record)
{
	struct status_entry entries[REVOCATION_CHUNK_COUNT];
	size_t count = revocation_count(record->value);
	uint32_t first;
	uint16_t list;

	MUST(revocation_key_read(&list, &first, record->key) && count <= COUNT_OF(entries));
	for (size_t i = 0; i < count; i++) {
		struct revocation one = revocation_at(record->value, 0, i);

		entries[i] = (struct status_entry){ one.index, one.status };
	}
	status_list_build(statuses + first * STATUS_LIST_BITS / 8,
			  REVOCATION_CHUNK_COUNT * STATUS_LIST_BITS / 8, entries, count);
}

static bool list_decide(struct call *call)
{
	const struct fares_room *room = call->room;
	const struct call_page *page = chunks_of(call);
	struct list_out *out = call->out;
	uint8_t *statuses;

	out->key = keyring_signing(room->keys, KEY_STATUS, call->now / SECOND_MS);
	if (out->key == NULL)
		return call_refuse(call, 503, "NO_SIGNING_KEY",
				   "no key for status lists is in force; tell the council");
	statuses = arena_alloc(call->arena, STATUS_LIST_BYTES_MAX);
	for (uint32_t i = 0; i < page->count; i++)
		build_chunk(statuses, &page->records[i]);
	out->statuses = slice_of(statuses, STATUS_LIST_BYTES_MAX);
	out->scratch = (struct writer){ .data = arena_alloc(call->arena, STATUS_LIST_SCRATCH_SIZE),
					.size = STATUS_LIST_SCRATCH_SIZE };
	out->block.size = DEFLATE_PACK_BLOCK_SIZE;
	out->block.at = arena_alloc(call->arena, out->block.size);
	return true;
}

/* The first moment of the span in which the list keeps its bytes, but not before its key's. */
static int64_t issued_at(const struct call *call, const struct keyring_key *key)
{
	int64_t now_s = call->now / SECOND_MS, begin = now_s - now_s % LIST_TTL_S;

	return begin > key->not_before_s ? begin : key->not_before_s;
}

static void list_answer(struct call *call)
{
	const struct list_cmd *cmd = call->cmd;
	struct list_out *out = call->out;
	struct status_list list = { .ttl_s = LIST_TTL_S };
	uint8_t digest[SHA256_SIZE];

	list.uri = slice_text(call_key(call, LIST_URI "%u", cmd->number));
	list.iat_s = issued_at(call, out->key);
	list.exp_s = list.iat_s + LIST_VALID_H * HOUR_MS / SECOND_MS;
	call->reply.status = 200;
	call->reply.content_type = STATUS_LIST_TYP;
	MUST(status_list_write(&call->reply.body, &list, out->statuses, out->key, &out->scratch,
			       &out->block) == STATUS_LIST_OK);
	sha256(digest, slice_of(call->reply.body.data, call->reply.body.used));
	hex_encode(call->reply.etag, sizeof(call->reply.etag), slice_of(digest, ETAG_DIGEST_SIZE));
}

const struct flow_op status_list_op = { "status_list",
					sizeof(struct list_cmd),
					sizeof(struct list_out),
					list_parse,
					list_keys,
					list_decide,
					NULL,
					list_answer };
