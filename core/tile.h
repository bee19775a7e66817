/* core/tile.h - the log's tree cut into tiles, as C2SP tlog-tiles serves it.
 *
 * A tile has up to 256 hashes: of level 0 the leaves, of level n the roots of full tiles of level
 * n - 1. Stored, under tile/<level>/<number, 14 digits>, are the hashes one behind another; of
 * level 0 the leaves' data instead, from which both leaf hashes and entry bundles are made, behind
 * the key of the record from which the first leaf came:
 *
 *   level 0    size of the key (1), ev/... or, of a second_closed, sec/...; data (32) each
 *   others     hash (32) each
 *
 * A tile that is not full is written again when it has grown; a narrower one is its beginning.
 */
#ifndef CORE_TILE_H
#define CORE_TILE_H

#include "core/seal.h"
#include "core/tree.h"

enum {
	TILE_WIDTH = 256,
	TILE_LEVEL_COUNT = SEAL_EDGE_MAX / 8,
	TILE_KEY_SIZE = 5 + 2 + 14 + 1,
	TILE_PATH_SIZE = 64,
	TILE_RECORD_SIZE_MAX = 1 + SEAL_KEY_TEXT_SIZE + TILE_WIDTH * SHA256_SIZE,
	TILE_BODY_SIZE_MAX = TILE_WIDTH * (2 + SHA256_SIZE),
};

struct tile {
	uint16_t width;
	char first[SEAL_KEY_TEXT_SIZE]; /* Of level 0. */
	struct seal_hash hash[TILE_WIDTH];
};

void tile_key(char out[TILE_KEY_SIZE], unsigned level, uint64_t number);
void tile_write(struct writer *, const struct tile *, unsigned level);
/* False: no tile's record. */
MUSTCHECK bool tile_read(struct tile *out, unsigned level, struct slice record);

struct tile_path { /* What stands behind "/tile/". */
	bool entries;
	unsigned level; /* 0 of entries. */
	uint64_t number;
	uint16_t width; /* TILE_WIDTH: a full one. */
};

/* False: not as C2SP has it, to the letter. */
MUSTCHECK bool tile_path_read(struct tile_path *out, struct slice);
/* With "/tile/" in front. */
void tile_path_write(char out[TILE_PATH_SIZE], const struct tile_path *);
/* The tile's width in a tree of that size; 0: it is not there. */
uint16_t tile_width_at(uint64_t size, unsigned level, uint64_t number);
/* What is served of a tile: its first `width` (at most tile->width, asserted). */
void tile_body(struct writer *, const struct tile *, const struct tile_path *);

/* ---- Nodes from tiles. ---- */

struct tile_source {
	struct tree_reader reader; /* First. */
	uint64_t size;             /* Of the tree. */
	/* Hashes of that tile, as served: path->width of them, of leaves or nodes. False: not had.
	 */
	bool (*fetch)(struct tile_source *, struct seal_hash *out, const struct tile_path *);
	/* The last ones fetched, by level. */
	struct {
		bool known;
		uint64_t number;
		struct seal_hash hash[TILE_WIDTH];
	} kept[TILE_LEVEL_COUNT];
};

/* fetch and size are set; the reader then reads. */
void tile_source_begin(struct tile_source *);

#endif
