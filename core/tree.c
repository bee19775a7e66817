/* core/tree.c - RFC 6962 section 2.1, and the checks of RFC 9162 section 2.1. Without it a tree
 * would have a root and nobody could say what is under it.
 */
#include "core/tree.h"

static unsigned log2_of(uint64_t n)
{
	return 63u - (unsigned)__builtin_clzll(n);
}

/* The largest power of two below n, n > 1. */
static uint64_t split(uint64_t n)
{
	return (uint64_t)1 << log2_of(n - 1);
}

/* The root of the leaves [begin, end), where begin is where a subtree of that size may stand. */
static bool range_root(struct seal_hash *out, struct tree_reader *reader, uint64_t begin,
		       uint64_t end)
{
	struct seal_hash left[64];
	size_t count = 0;

	MUST(begin < end);
	for (;;) {
		uint64_t n = end - begin, k = (n & (n - 1)) == 0 ? n : split(n);
		unsigned level = log2_of(k);

		if (!reader->node(reader, k == n ? out : &left[count], level, begin >> level))
			return false;
		if (k == n)
			break;
		count++;
		begin += k;
	}
	while (count > 0)
		seal_node(out, &left[--count], out);
	return true;
}

bool tree_root(struct seal_hash *out, struct tree_reader *reader, uint64_t size)
{
	if (size > 0)
		return range_root(out, reader, 0, size);
	sha256(out->bytes, slice_of(NULL, 0));
	return true;
}

static bool put(struct tree_path *out, struct tree_reader *reader, uint64_t begin, uint64_t end)
{
	MUST(out->count < TREE_PATH_MAX);
	return range_root(&out->hash[out->count++], reader, begin, end);
}

/* They were found from the root down. */
static void turn(struct tree_path *path)
{
	for (size_t i = 0; i < path->count / 2; i++) {
		struct seal_hash kept = path->hash[i];

		path->hash[i] = path->hash[path->count - 1 - i];
		path->hash[path->count - 1 - i] = kept;
	}
}

bool tree_inclusion(struct tree_path *out, struct tree_reader *reader, uint64_t index,
		    uint64_t size)
{
	uint64_t begin = 0, end = size;

	MUST(index < size);
	out->count = 0;
	while (end - begin > 1) {
		uint64_t middle = begin + split(end - begin);
		bool left = index < middle;

		if (!put(out, reader, left ? middle : begin, left ? end : middle))
			return false;
		*(left ? &end : &begin) = middle;
	}
	turn(out);
	return true;
}

bool tree_consistency(struct tree_path *out, struct tree_reader *reader, uint64_t old,
		      uint64_t size)
{
	uint64_t begin = 0, end = size;

	MUST(old <= size);
	out->count = 0;
	if (old == 0)
		return true;
	while (end > old) {
		uint64_t middle = begin + split(end - begin);
		bool left = old <= middle;

		if (!put(out, reader, left ? middle : begin, left ? end : middle))
			return false;
		*(left ? &end : &begin) = middle;
	}
	/* What begins at 0 is the old tree itself, which whoever checks has. */
	if (begin > 0 && !put(out, reader, begin, end))
		return false;
	turn(out);
	return true;
}

static bool same(const struct seal_hash *a, const struct seal_hash *b)
{
	return mem_equal(a->bytes, b->bytes, SHA256_SIZE);
}

/* One step up the way from a node to the root; from the last one of its level, up to where it is a
 * right one (or the first). */
static void climb(uint64_t *node, uint64_t *last)
{
	while ((*node & 1) == 0 && *node == *last && *node != 0) {
		*node >>= 1;
		*last >>= 1;
	}
	*node >>= 1;
	*last >>= 1;
}

bool tree_includes(const struct seal_hash *root, uint64_t size, const struct seal_hash *leaf,
		   uint64_t index, const struct tree_path *path)
{
	uint64_t node = index, last = size - 1;
	struct seal_hash made = *leaf;

	if (index >= size)
		return false;
	for (size_t i = 0; i < path->count; i++) {
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last)
			seal_node(&made, &path->hash[i], &made);
		else
			seal_node(&made, &made, &path->hash[i]);
		climb(&node, &last);
	}
	return last == 0 && same(&made, root);
}

bool tree_extends(const struct seal_hash *root, uint64_t size, const struct seal_hash *old_root,
		  uint64_t old, const struct tree_path *path)
{
	uint64_t node = old - 1, last = size - 1;
	struct seal_hash made_old, made;
	size_t at = 0;

	if (old > size)
		return false;
	if (old == 0 || old == size)
		return path->count == 0 && (old == 0 || same(old_root, root));
	while ((node & 1) != 0) {
		node >>= 1;
		last >>= 1;
	}
	if (node != 0 && path->count == 0)
		return false;
	made = made_old = node == 0 ? *old_root : path->hash[at++];
	for (; at < path->count; at++) {
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last) {
			seal_node(&made_old, &path->hash[at], &made_old);
			seal_node(&made, &path->hash[at], &made);
		} else {
			seal_node(&made, &made, &path->hash[at]);
		}
		climb(&node, &last);
	}
	return last == 0 && same(&made_old, old_root) && same(&made, root);
}
