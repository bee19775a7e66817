/* operators/gate_table.c - without it a gate that may not ask for memory would look for each ticket
 * among all that a bundle names. Pure.
 */
#include "operators/gate_table.h"

enum { ALIGN = 16 };

/* A delta over a full table is put in order a few times, not once an item. */
static size_t room_of(uint32_t limit)
{
	return (size_t)limit + limit / 4 + 8;
}

size_t gate_table_size(size_t item_size, uint32_t limit)
{
	return (item_size * room_of(limit) + ALIGN - 1) / ALIGN * ALIGN;
}

void gate_table_init(struct gate_table *table, void *memory, size_t item_size, uint32_t limit,
		     int (*order)(const void *, const void *))
{
	*table = (struct gate_table){ .items = memory,
				      .item_size = item_size,
				      .limit = limit,
				      .room = (uint32_t)room_of(limit),
				      .order = order };
}

void gate_table_copy(struct gate_table *to, const struct gate_table *from)
{
	MUST(to->item_size == from->item_size && to->limit == from->limit);
	mem_copy(to->items, from->items, from->item_size * from->count);
	to->count = from->count;
	to->adding = from->adding;
}

static uint8_t *item(const struct gate_table *table, size_t index)
{
	return table->items + index * table->item_size;
}

const void *gate_table_at(const struct gate_table *table, uint32_t index)
{
	MUST(index < table->count);
	return item(table, index);
}

static uint32_t added(const void *at)
{
	struct gate_item head;

	mem_copy(&head, at, sizeof(head));
	return head.added;
}

bool gate_table_add(struct gate_table *table, void *from)
{
	struct gate_item head = { table->adding };

	if (table->count == table->room && !gate_table_settle(table, NULL, NULL))
		return false;
	table->adding++;
	mem_copy(from, &head, sizeof(head));
	mem_copy(item(table, table->count++), from, table->item_size);
	return true;
}

static void swap(struct gate_table *table, size_t a, size_t b)
{
	uint8_t *x = item(table, a), *y = item(table, b), between[64];

	for (size_t left = table->item_size; left > 0;) {
		size_t n = left < sizeof(between) ? left : sizeof(between);

		mem_copy(between, x, n);
		mem_copy(x, y, n);
		mem_copy(y, between, n);
		x += n;
		y += n;
		left -= n;
	}
}

/* Of two the same, the later stands behind. */
static bool stands_before(const struct gate_table *table, size_t a, size_t b)
{
	int order = table->order(item(table, a), item(table, b));

	return order != 0 ? order < 0 : added(item(table, a)) < added(item(table, b));
}

static void sift(struct gate_table *table, size_t root, size_t count)
{
	for (size_t child; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && stands_before(table, child, child + 1))
			child++;
		if (!stands_before(table, root, child))
			return;
		swap(table, root, child);
	}
}

static bool is_sorted(const struct gate_table *table)
{
	for (size_t i = 1; i < table->count; i++)
		if (!stands_before(table, i - 1, i))
			return false;
	return true;
}

/* Heapsort: in place, and never slow. */
static void sort(struct gate_table *table)
{
	if (is_sorted(table)) /* As the server writes most of them. */
		return;
	for (size_t root = table->count / 2; root-- > 0;)
		sift(table, root, table->count);
	for (size_t last = table->count; last-- > 1;) {
		swap(table, 0, last);
		sift(table, 0, last);
	}
}

bool gate_table_settle(struct gate_table *table, bool (*keep)(const void *, const void *),
		       const void *with)
{
	uint32_t kept = 0, count = table->count;

	sort(table);
	for (uint32_t i = 0; i < count; i++) {
		if (i + 1 < count && table->order(item(table, i), item(table, i + 1)) == 0)
			continue;
		if (keep != NULL && !keep(item(table, i), with))
			continue;
		if (kept != i)
			mem_copy(item(table, kept), item(table, i), table->item_size);
		kept++;
	}
	table->count = kept;
	return kept <= table->limit;
}

uint32_t gate_table_first(const struct gate_table *table, const void *like)
{
	uint32_t low = 0, high = table->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (table->order(item(table, middle), like) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const void *gate_table_find(const struct gate_table *table, const void *like)
{
	uint32_t at = gate_table_first(table, like);

	return at < table->count && table->order(item(table, at), like) == 0 ? item(table, at)
									     : NULL;
}
