/* core/seal_tree.c - the log's keys, its leaf hashes and the right edge of its tree. Without it a
 * sealed second would be a claim that nobody outside could check.
 */
#include "core/seal.h"

#include "core/cbor.h"

_Static_assert(SEAL_SHARD == 0, "the keys below say shard 0");

#define SECOND_MAX     9999999999 /* Ten digits. */
#define LEAF_COUNT_MAX (((int64_t)1 << SEAL_EDGE_MAX) - 1)

static const char event_prefix[] = "ev/0/";
const char seal_head_key[] = "seal/0";

enum { SECOND_DIGITS = 10, EVENT_KEY_SIZE = 5 + SECOND_DIGITS + 1 + 32 + 2 };

static const struct shape seal_hash_shape = {
	.name = "SealHash",
	.size = sizeof(struct seal_hash),
	.fields =
	    (const struct shape_field[]){
		F_BYTES(struct seal_hash, bytes, 1, SHAPE_REQUIRED, "SHA-256"),
		F_END,
	    },
};

const struct shape seal_head_shape = {
	.name = "SealHead",
	.size = sizeof(struct seal_head),
	.fields =
	    (const struct shape_field[]){
		F_INT(struct seal_head, sealed_s, 1, 0, -1, SECOND_MAX, "hashed up to"),
		F_INT(struct seal_head, closed_s, 2, 0, -1, SECOND_MAX, "closed up to"),
		F_INT(struct seal_head, opened_s, 3, 0, -1, SECOND_MAX, "open up to"),
		F_INT(struct seal_head, last_full_s, 4, 0, -1, SECOND_MAX, "last with any"),
		F_INT(struct seal_head, leaf_count, 5, 0, 0, LEAF_COUNT_MAX, "leaves"),
		F_LIST(struct seal_head, edge, 6, 0, &seal_hash_shape, edge_count,
		       "roots of the full subtrees, largest first"),
		F_BOOL(struct seal_head, tiled, 7, 0, "tiles are there"),
		F_INT(struct seal_head, reseal_s, 8, 0, 0, SECOND_MAX, "sealed before up to"),
		F_INT(struct seal_head, part_second, 9, 0, 0, SECOND_MAX, "sealed in part"),
		F_INT(struct seal_head, part_count, 10, 0, 0, LEAF_COUNT_MAX, "events of it"),
		F_TEXT(struct seal_head, part_key, 11, 0, 0, "the last of these"),
		F_END,
	    },
};

const struct shape seal_second_shape = {
	.name = "SealSecond",
	.size = sizeof(struct seal_second),
	.fields =
	    (const struct shape_field[]){
		F_INT(struct seal_second, second, 1, 0, 0, SECOND_MAX, "since 1970"),
		F_INT(struct seal_second, first_index, 2, 0, 0, LEAF_COUNT_MAX, "its first leaf"),
		F_INT(struct seal_second, leaf_count, 3, 0, 0, LEAF_COUNT_MAX,
		      "second_closed included"),
		F_BYTES(struct seal_second, root, 4, 0, "of the tree after this second"),
		F_BYTES(struct seal_second, salt, 5, 0, "of second_closed"),
		F_END,
	    },
};

static struct writer key_start(char out[SEAL_KEY_TEXT_SIZE], const char *prefix, int64_t second)
{
	struct writer w = { .data = (uint8_t *)out, .size = SEAL_KEY_TEXT_SIZE };

	MUST(second >= 0 && second <= SECOND_MAX);
	write_text(&w, prefix);
	write_decimal(&w, (uint64_t)second, SECOND_DIGITS);
	return w;
}

static void key_end(struct writer *w)
{
	write_u8(w, 0);
	MUST(!w->failed);
}

void seal_open_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second)
{
	struct writer w = key_start(out, "open/0/", second);

	key_end(&w);
}

void seal_second_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second)
{
	struct writer w = key_start(out, "sec/0/", second);

	key_end(&w);
}

void seal_range_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second)
{
	struct writer w = key_start(out, event_prefix, second);

	key_end(&w);
}

void seal_event_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second, struct id128 command, uint8_t k)
{
	struct writer w = key_start(out, event_prefix, second);

	write_text(&w, "/");
	write_hex(&w, slice_of(command.bytes, sizeof(command.bytes)));
	write_hex(&w, slice_of(&k, 1));
	MUST(w.used == EVENT_KEY_SIZE);
	key_end(&w);
}

bool seal_event_key_read(int64_t *second, struct slice key)
{
	struct slice prefix = slice_text(event_prefix);
	const uint8_t *at;

	*second = 0;
	if (key.size != EVENT_KEY_SIZE || !slice_starts(key, prefix))
		return false;
	at = key.data + prefix.size;
	for (size_t i = 0; i < SECOND_DIGITS; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		*second = *second * 10 + (at[i] - '0');
	}
	return at[SECOND_DIGITS] == '/';
}

size_t seal_second_closed(uint8_t out[64], int64_t second, uint64_t events)
{
	struct writer w = { .data = out, .size = 64 };

	cbor_put_map(&w, 3);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, SLICE("second_closed"));
	cbor_put_uint(&w, 1);
	cbor_put_int(&w, second);
	cbor_put_uint(&w, 2);
	cbor_put_uint(&w, events);
	MUST(!w.failed);
	return w.used;
}

void seal_closed_salt(uint8_t out[SEAL_SALT_SIZE], struct slice second_closed)
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, second_closed);
	mem_copy(out, digest, SEAL_SALT_SIZE);
}

/* The salted digest stands where RFC 6962 has the entry, so that a leaf can be shown without it. */
void seal_leaf_data(struct seal_hash *out, struct slice salt, struct slice event)
{
	MUST(salt.size == SEAL_SALT_SIZE);
	sha256_two(out->bytes, salt, event);
}

void seal_leaf_of(struct seal_hash *out, const struct seal_hash *data)
{
	uint8_t marked[1 + SHA256_SIZE] = { 0x00 };

	mem_copy(marked + 1, data->bytes, SHA256_SIZE);
	sha256(out->bytes, slice_of(marked, sizeof(marked)));
}

void seal_leaf(struct seal_hash *out, struct slice salt, struct slice event)
{
	struct seal_hash data;

	seal_leaf_data(&data, salt, event);
	seal_leaf_of(out, &data);
}

void seal_node(struct seal_hash *out, const struct seal_hash *left, const struct seal_hash *right)
{
	uint8_t marked[1 + 2 * SHA256_SIZE] = { 0x01 };

	mem_copy(marked + 1, left->bytes, SHA256_SIZE);
	mem_copy(marked + 1 + SHA256_SIZE, right->bytes, SHA256_SIZE);
	sha256(out->bytes, slice_of(marked, sizeof(marked)));
}

/* The full subtrees are the one bits of the leaf count, so adding a leaf is adding one: each carry
 * joins two subtrees of a size. */
void seal_append_telling(struct seal_head *head, const struct seal_hash *leaf,
			 void (*joined)(void *to, unsigned level, const struct seal_hash *),
			 void *to)
{
	unsigned level = 0;

	MUST(head->edge_count < SEAL_EDGE_MAX);
	MUST(head->leaf_count < (uint64_t)LEAF_COUNT_MAX);
	head->edge[head->edge_count++] = *leaf;
	for (uint64_t n = head->leaf_count; n & 1; n >>= 1) {
		head->edge_count--;
		seal_node(&head->edge[head->edge_count - 1], &head->edge[head->edge_count - 1],
			  &head->edge[head->edge_count]);
		level++;
		if (joined != NULL)
			joined(to, level, &head->edge[head->edge_count - 1]);
	}
	head->leaf_count++;
	MUST(head->edge_count == __builtin_popcountll(head->leaf_count));
}

void seal_append(struct seal_head *head, const struct seal_hash *leaf)
{
	seal_append_telling(head, leaf, NULL, NULL);
}

void seal_root(struct seal_hash *out, const struct seal_head *head)
{
	if (head->edge_count == 0) {
		sha256(out->bytes, slice_of(NULL, 0));
		return;
	}
	*out = head->edge[head->edge_count - 1];
	for (uint16_t i = head->edge_count - 1; i > 0; i--)
		seal_node(out, &head->edge[i - 1], out);
}
