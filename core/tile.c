/* core/tile.c - without it whoever checks the log would have to ask us for every proof, and could
 * not keep what it was given.
 */
#include "core/tile.h"

void tile_key(char out[TILE_KEY_SIZE], unsigned level, uint64_t number)
{
	struct writer w = { .data = (uint8_t *)out, .size = TILE_KEY_SIZE };

	MUST(level < TILE_LEVEL_COUNT);
	write_text(&w, "tile/");
	write_decimal(&w, level, 1);
	write_text(&w, "/");
	write_decimal(&w, number, 14);
	write_u8(&w, 0);
	MUST(!w.failed && w.used == TILE_KEY_SIZE);
}

void tile_write(struct writer *to, const struct tile *tile, unsigned level)
{
	MUST(tile->width > 0 && tile->width <= TILE_WIDTH);
	if (level == 0) {
		struct slice first = slice_text(tile->first);

		MUST(first.size > 0);
		write_u8(to, (uint8_t)first.size);
		write_bytes(to, first);
	}
	write_bytes(to, slice_of(tile->hash, tile->width * sizeof(tile->hash[0])));
}

bool tile_read(struct tile *out, unsigned level, struct slice record)
{
	struct reader from = { .rest = record };

	out->width = 0;
	if (level == 0 &&
	    !text_set(out->first, sizeof(out->first), read_bytes(&from, read_u8(&from))))
		return false;
	if (from.failed || from.rest.size == 0 || from.rest.size % SHA256_SIZE != 0 ||
	    from.rest.size > sizeof(out->hash))
		return false;
	out->width = (uint16_t)(from.rest.size / SHA256_SIZE);
	mem_copy(out->hash, from.rest.data, from.rest.size);
	return true;
}

/* ---- Paths. ---- */

/* Digits without a leading zero, at most `most`. */
static bool take_number(uint64_t *out, struct slice text, uint64_t most)
{
	int64_t number;

	if (!decimal_decode(&number, text) || number < 0 || (uint64_t)number > most)
		return false;
	*out = (uint64_t)number;
	return true;
}

/* Up to a '/', which goes too, or the end. */
static struct slice take_step(struct slice *rest)
{
	size_t n = 0;
	struct slice step;

	while (n < rest->size && rest->data[n] != '/')
		n++;
	step = slice_of(rest->data, n);
	n += n < rest->size;
	*rest = slice_of(rest->data + n, rest->size - n);
	return step;
}

/* "067", or "x234" before others. The first of several is not x000. */
static bool take_thousand(uint64_t *number, struct slice step, bool last, bool first)
{
	uint64_t value = 0;

	if (!last && (step.size == 0 || step.data[0] != 'x'))
		return false;
	if (!last)
		step = slice_of(step.data + 1, step.size - 1);
	if (step.size != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (step.data[i] < '0' || step.data[i] > '9')
			return false;
		value = value * 10 + (step.data[i] - '0');
	}
	if (*number > ((uint64_t)1 << SEAL_EDGE_MAX) / 1000 || (!last && first && value == 0))
		return false;
	*number = *number * 1000 + value;
	return true;
}

/* "067.p" and a width behind it. */
static bool take_width(uint16_t *width, struct slice *step, struct slice rest)
{
	uint64_t value;

	*width = TILE_WIDTH;
	if (rest.size == 0)
		return true;
	if (step->size < 2 || step->data[step->size - 2] != '.' ||
	    step->data[step->size - 1] != 'p' || !take_number(&value, rest, TILE_WIDTH - 1) ||
	    value == 0)
		return false;
	step->size -= 2;
	*width = (uint16_t)value;
	return true;
}

bool tile_path_read(struct tile_path *out, struct slice text)
{
	struct slice rest = text, step = take_step(&rest);
	uint64_t level = 0;

	*out = (struct tile_path){ .entries = slice_is(step, "entries") };
	if (text.size == 0 || text.data[text.size - 1] == '/' ||
	    (!out->entries && !take_number(&level, step, TILE_LEVEL_COUNT - 1)))
		return false;
	out->level = (unsigned)level;
	for (bool first = true;; first = false) {
		step = take_step(&rest);
		if (step.size > 0 && step.data[0] == 'x') {
			if (!take_thousand(&out->number, step, false, first))
				return false;
			continue;
		}
		return take_width(&out->width, &step, rest) &&
		       take_thousand(&out->number, step, true, first);
	}
}

void tile_path_write(char out[TILE_PATH_SIZE], const struct tile_path *path)
{
	struct writer to = { .data = (uint8_t *)out, .size = TILE_PATH_SIZE };
	uint64_t unit = 1;

	write_text(&to, "/tile/");
	if (path->entries)
		write_text(&to, "entries");
	else
		write_decimal(&to, path->level, 1);
	while (path->number / unit >= 1000)
		unit *= 1000;
	for (; unit > 0; unit /= 1000) {
		write_text(&to, unit > 1 ? "/x" : "/");
		write_decimal(&to, path->number / unit % 1000, 3);
	}
	if (path->width < TILE_WIDTH) {
		write_text(&to, ".p/");
		write_decimal(&to, path->width, 1);
	}
	write_u8(&to, 0);
	MUST(!to.failed);
}

uint16_t tile_width_at(uint64_t size, unsigned level, uint64_t number)
{
	uint64_t hashes = size >> (8 * level), first = number * TILE_WIDTH;

	MUST(level < TILE_LEVEL_COUNT);
	if (number > hashes / TILE_WIDTH || hashes == first)
		return 0;
	return (uint16_t)(hashes - first < TILE_WIDTH ? hashes - first : TILE_WIDTH);
}

void tile_body(struct writer *to, const struct tile *tile, const struct tile_path *path)
{
	MUST(path->width > 0 && path->width <= tile->width);
	for (uint16_t i = 0; i < path->width; i++) {
		struct seal_hash leaf = tile->hash[i];

		if (path->entries)
			write_u16(to, SHA256_SIZE);
		else if (path->level == 0)
			seal_leaf_of(&leaf, &tile->hash[i]);
		write_bytes(to, slice_of(leaf.bytes, SHA256_SIZE));
	}
}

/* ---- Nodes from tiles. ---- */

static bool keep(struct tile_source *source, unsigned level, uint64_t number)
{
	struct tile_path path = { .level = level, .number = number };

	path.width = tile_width_at(source->size, level, number);
	if (path.width == 0)
		return false;
	if (source->kept[level].known && source->kept[level].number == number)
		return true;
	source->kept[level].known = source->fetch(source, source->kept[level].hash, &path);
	source->kept[level].number = number;
	return source->kept[level].known;
}

/* Within one tile: 2^height of its hashes, from the given one on. */
static void join(struct seal_hash *out, const struct seal_hash *hash, unsigned height)
{
	struct seal_hash right;

	if (height == 0) {
		*out = hash[0];
		return;
	}
	join(out, hash, height - 1);
	join(&right, hash + ((size_t)1 << (height - 1)), height - 1);
	seal_node(out, out, &right);
}

static bool source_node(struct tree_reader *reader, struct seal_hash *out, unsigned level,
			uint64_t index)
{
	struct tile_source *source = (struct tile_source *)reader;
	unsigned tile_level = level / 8, height = level % 8;
	uint64_t first = index << height;

	if (tile_level >= TILE_LEVEL_COUNT || !keep(source, tile_level, first / TILE_WIDTH))
		return false;
	if (first + ((uint64_t)1 << height) > source->size >> (8 * tile_level))
		return false;
	join(out, &source->kept[tile_level].hash[first % TILE_WIDTH], height);
	return true;
}

void tile_source_begin(struct tile_source *source)
{
	source->reader.node = source_node;
	for (unsigned level = 0; level < TILE_LEVEL_COUNT; level++)
		source->kept[level].known = false;
}
