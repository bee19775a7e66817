/* core/receipt.c - without it an operator could only hope that its scans are counted. */
#include "core/receipt.h"

#include "core/tree.h"

static const struct shape_field receipt_fields[] = {
	F_BYTES(struct receipt, leaf, 0, SHAPE_REQUIRED, "of the fact, in the log's tree"),
	F_INT(struct receipt, second, 0, SHAPE_REQUIRED, 0, 9999999999, "under which it is filed"),
	F_INT(struct receipt, index, 0, SHAPE_REQUIRED, 0, RECEIPT_GROUP_MAX - 1,
	      "among what was signed with it"),
	F_INT(struct receipt, size, 0, SHAPE_REQUIRED, 1, RECEIPT_GROUP_MAX, "how many that were"),
	F_TEXT(struct receipt, path, 0, 0, 0,
	       "from its leaf to the root: hashes one behind another, base64url; none where alone"),
	F_BYTES(struct receipt, root, 0, SHAPE_REQUIRED, "what was signed"),
	F_BYTES(struct receipt, kid, 0, SHAPE_REQUIRED, "the key's, as GET /v1/keys has it"),
	F_BYTES(struct receipt, signature, 0, SHAPE_REQUIRED, "Ed25519; docs/log-format.md"),
	F_END,
};
const struct shape receipt_shape = { "Receipt", sizeof(struct receipt), receipt_fields };

enum { SIGNED_SIZE_MAX = 32 + NOTE_NAME_SIZE + 64 };

static struct slice signed_text(char out[SIGNED_SIZE_MAX], const char *origin,
				const struct seal_hash *root)
{
	struct writer to = { .data = (uint8_t *)out, .size = SIGNED_SIZE_MAX };
	char base64[SHA256_SIZE * 2];

	base64_encode(base64, sizeof(base64), slice_of(root->bytes, SHA256_SIZE));
	write_text(&to, "hitotsu receipt v1\n");
	write_text(&to, origin);
	write_text(&to, "\n");
	write_text(&to, base64);
	write_text(&to, "\n");
	MUST(!to.failed);
	return slice_of(out, to.used);
}

static void group_leaf(struct seal_hash *out, const struct seal_hash *leaf, int64_t second)
{
	uint8_t bytes[1 + 8 + SHA256_SIZE];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	write_u8(&to, 0x00);
	write_u64(&to, (uint64_t)second);
	write_bytes(&to, slice_of(leaf->bytes, SHA256_SIZE));
	sha256(out->bytes, slice_of(bytes, to.used));
}

static void kid_of(uint8_t out[RECEIPT_KID_SIZE], const uint8_t public_key[SIGN_PUBLIC_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, slice_of(public_key, SIGN_PUBLIC_SIZE));
	mem_copy(out, digest, RECEIPT_KID_SIZE);
}

/* Level by level; a node without a sibling rises as it is, which is RFC 6962's tree. */
static const struct seal_hash *build(struct receipt_group *group)
{
	uint32_t begin = 0, count = group->count;

	for (uint32_t i = 0; i < count; i++)
		group_leaf(&group->node[i], &group->of[i].leaf, group->of[i].second);
	group->level_count = 0;
	group->level_at[0] = 0;
	while (count > 1) {
		uint32_t above = begin + count;

		for (uint32_t i = 0; i + 1 < count; i += 2)
			seal_node(&group->node[above + i / 2], &group->node[begin + i],
				  &group->node[begin + i + 1]);
		if (count % 2 == 1)
			group->node[above + count / 2] = group->node[begin + count - 1];
		begin = above;
		count = (count + 1) / 2;
		MUST(group->level_count < RECEIPT_PATH_MAX);
		group->level_at[++group->level_count] = begin;
	}
	return &group->node[begin];
}

/* Behind a member's name and quotation mark. */
static void write_base64url(struct writer *to, const void *bytes, size_t size)
{
	size_t room = size * 4 / 3 + 4;

	if (to->failed || to->size - to->used < room) {
		to->failed = true;
		return;
	}
	to->used += base64url_encode((char *)to->data + to->used, room, slice_of(bytes, size));
}

static void write_same(struct receipt_group *group, const struct seal_hash *root)
{
	struct writer to = { .data = (uint8_t *)group->same, .size = sizeof(group->same) };

	write_text(&to, "\"size\":");
	write_decimal(&to, group->count, 1);
	write_text(&to, ",\"root\":\"");
	write_base64url(&to, root->bytes, SHA256_SIZE);
	write_text(&to, "\",\"kid\":\"");
	write_base64url(&to, group->kid, sizeof(group->kid));
	write_text(&to, "\",\"signature\":\"");
	write_base64url(&to, group->signature, sizeof(group->signature));
	write_text(&to, "\"}");
	write_u8(&to, 0);
	MUST(!to.failed);
}

void receipt_sign(struct receipt_group *group, const char *origin, const struct sign_key *key)
{
	const struct seal_hash *root;
	char text[SIGNED_SIZE_MAX];

	MUST(group->count > 0 && group->count <= RECEIPT_GROUP_MAX);
	root = build(group);
	sign_make(group->signature, key, signed_text(text, origin, root));
	kid_of(group->kid, key->public_key);
	write_same(group, root);
}

/* From the leaf up. Returns how many bytes they are. */
static size_t take_path(uint8_t out[RECEIPT_PATH_MAX * SHA256_SIZE],
			const struct receipt_group *group, uint32_t index)
{
	uint32_t count = group->count;
	size_t used = 0;

	MUST(index < count);
	for (uint32_t level = 0; level < group->level_count; level++) {
		if ((index ^ 1) < count) {
			mem_copy(out + used, &group->node[group->level_at[level] + (index ^ 1)],
				 SHA256_SIZE);
			used += SHA256_SIZE;
		}
		index /= 2;
		count = (count + 1) / 2;
	}
	return used;
}

void receipt_of(struct receipt *out, const struct receipt_group *group, uint32_t index)
{
	uint8_t path[RECEIPT_PATH_MAX * SHA256_SIZE];
	size_t size = take_path(path, group, index);

	out->leaf = group->of[index].leaf;
	out->second = group->of[index].second;
	out->index = index;
	out->size = group->count;
	base64url_encode(out->path, sizeof(out->path), slice_of(path, size));
	out->root = group->node[group->level_at[group->level_count]];
	mem_copy(out->kid, group->kid, sizeof(out->kid));
	mem_copy(out->signature, group->signature, sizeof(out->signature));
}

void receipt_write(struct writer *to, const struct receipt_group *group, uint32_t index)
{
	uint8_t path[RECEIPT_PATH_MAX * SHA256_SIZE];
	size_t size = take_path(path, group, index);

	write_text(to, "{\"leaf\":\"");
	write_base64url(to, group->of[index].leaf.bytes, SHA256_SIZE);
	write_text(to, "\",\"second\":");
	write_decimal(to, (uint64_t)group->of[index].second, 1);
	write_text(to, ",\"index\":");
	write_decimal(to, index, 1);
	if (size > 0) {
		write_text(to, ",\"path\":\"");
		write_base64url(to, path, size);
		write_text(to, "\"");
	}
	write_text(to, ",");
	write_text(to, group->same);
}

static bool read_path(struct tree_path *out, const char *text)
{
	uint8_t bytes[RECEIPT_PATH_MAX * SHA256_SIZE];
	size_t used;

	if (!base64url_decode(bytes, &used, sizeof(bytes), slice_text(text)) ||
	    used % SHA256_SIZE != 0)
		return false;
	out->count = used / SHA256_SIZE;
	mem_copy(out->hash, bytes, used);
	return true;
}

bool receipt_holds(const struct receipt *receipt, const char *origin,
		   const uint8_t public_key[SIGN_PUBLIC_SIZE])
{
	uint8_t kid[RECEIPT_KID_SIZE];
	char text[SIGNED_SIZE_MAX];
	struct tree_path path;
	struct seal_hash leaf;

	kid_of(kid, public_key);
	group_leaf(&leaf, &receipt->leaf, receipt->second);
	return mem_equal(kid, receipt->kid, sizeof(kid)) && read_path(&path, receipt->path) &&
	       tree_includes(&receipt->root, receipt->size, &leaf, receipt->index, &path) &&
	       sign_verify(public_key, signed_text(text, origin, &receipt->root),
			   receipt->signature);
}
