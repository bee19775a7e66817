/* core/deflate.c - the door to zlib. Without it a status list would take sixteen times its size,
 * and whoever sends a packed one could choose how much memory it opens into.
 */
#include "core/deflate.h"

#include <zlib.h>

enum { BLOCK_ALIGN = 16 };

/* What is left of the caller's block. Nothing is given back before the whole of it is. */
struct cursor {
	uintptr_t at, end;
};

static void *block_alloc(void *opaque, uInt count, uInt size)
{
	struct cursor *left = opaque;
	uint64_t wanted = ((uint64_t)count * size + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
	uintptr_t at = left->at;

	if (at > left->end || wanted > left->end - at)
		return NULL;
	left->at += (uintptr_t)wanted;
	return (void *)at;
}

static void block_free(void *opaque, void *at)
{
	(void)opaque;
	(void)at;
}

static z_stream stream_over(struct cursor *left, struct slice from,
			    const struct deflate_block *block)
{
	z_stream z = { .next_in = (z_const Bytef *)from.data, .avail_in = (uInt)from.size };

	if (block != NULL) {
		uintptr_t at = (uintptr_t)block->at;

		left->at = (at + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
		left->end = at + block->size;
		z.zalloc = block_alloc;
		z.zfree = block_free;
		z.opaque = left;
	}
	return z;
}

/* zlib counts in 32 bits, and here no stream comes near that. */
static bool counts_fit(struct slice from)
{
	return from.size <= UINT32_MAX;
}

static uInt room_left(const struct writer *to)
{
	size_t left = to->size - to->used;

	return left < UINT32_MAX ? (uInt)left : UINT32_MAX;
}

enum deflate_status deflate_pack(struct writer *to, struct slice from,
				 const struct deflate_block *block)
{
	struct cursor left = { 0 };
	z_stream z;
	int end;

	if (to->failed || !counts_fit(from))
		return DEFLATE_TOO_LARGE;
	z = stream_over(&left, from, block);
	if (deflateInit(&z, Z_BEST_COMPRESSION) != Z_OK)
		return DEFLATE_NO_MEMORY;
	z.next_out = to->data + to->used;
	z.avail_out = room_left(to);
	end = z.avail_out > 0 ? deflate(&z, Z_FINISH) : Z_BUF_ERROR;
	(void)deflateEnd(&z);
	if (end != Z_STREAM_END)
		return DEFLATE_TOO_LARGE;
	to->used = (size_t)(z.next_out - to->data);
	return DEFLATE_OK;
}

/* One byte beyond the room tells a stream that ends just there from one that would go on. */
static enum deflate_status unpack_into(z_stream *z, struct writer *to)
{
	Bytef beyond;
	size_t used = to->used;
	int end;

	z->next_out = to->data + to->used;
	z->avail_out = room_left(to);
	end = z->avail_out > 0 ? inflate(z, Z_FINISH) : Z_BUF_ERROR;
	if (z->avail_out == 0 && (end == Z_OK || end == Z_BUF_ERROR)) {
		used = to->size;
		z->next_out = &beyond;
		z->avail_out = 1;
		end = inflate(z, Z_FINISH);
		if (z->avail_out == 0)
			return DEFLATE_TOO_LARGE;
	} else {
		used = (size_t)(z->next_out - to->data);
	}
	if (end == Z_MEM_ERROR)
		return DEFLATE_NO_MEMORY;
	if (end != Z_STREAM_END || z->avail_in > 0)
		return DEFLATE_DAMAGED;
	to->used = used;
	return DEFLATE_OK;
}

enum deflate_status deflate_unpack(struct writer *to, struct slice from,
				   const struct deflate_block *block)
{
	struct cursor left = { 0 };
	enum deflate_status status;
	z_stream z;

	if (to->failed || !counts_fit(from))
		return DEFLATE_TOO_LARGE;
	if (from.size == 0)
		return DEFLATE_DAMAGED;
	z = stream_over(&left, from, block);
	if (inflateInit(&z) != Z_OK)
		return DEFLATE_NO_MEMORY;
	status = unpack_into(&z, to);
	(void)inflateEnd(&z);
	return status;
}
