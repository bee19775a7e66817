/* core/deflate.h - bytes packed and unpacked as zlib does (RFC 1950); the door to zlib.
 *
 * Unpacking never writes beyond the room it is given, so a bomb costs no more than that room. The
 * working memory is the heap's or, for programs that may not ask the heap, a block of the caller's.
 */
#ifndef CORE_DEFLATE_H
#define CORE_DEFLATE_H

#include "core/codec.h"

enum {
	DEFLATE_PACK_BLOCK_SIZE = 288 * 1024, /* Enough for any input. */
	DEFLATE_UNPACK_BLOCK_SIZE = 64 * 1024,
};

enum deflate_status {
	DEFLATE_OK,
	DEFLATE_TOO_LARGE, /* More than the writer has room for. */
	DEFLATE_DAMAGED,   /* Not one whole zlib stream, or something after it. */
	DEFLATE_NO_MEMORY, /* The heap's, or the block is too small. */
};

/* Memory of the caller's that is used during one call, and free again after it. */
struct deflate_block {
	void *at;
	size_t size;
};

/* Writes to the end of the writer, which is left as it was unless DEFLATE_OK is returned. The same
 * bytes give the same stream. Block NULL: the heap. Never DEFLATE_DAMAGED. */
MUSTCHECK enum deflate_status deflate_pack(struct writer *, struct slice from,
					   const struct deflate_block *);
/* As above; the room left in the writer is the hard limit. */
MUSTCHECK enum deflate_status deflate_unpack(struct writer *, struct slice from,
					     const struct deflate_block *);

#endif
