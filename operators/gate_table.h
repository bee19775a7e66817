/* operators/gate_table.h - what a bundle brings, kept in order in memory that was given once: a
 * delta is laid over what is held, the later of two the same counts. Pure.
 */
#ifndef OPERATORS_GATE_TABLE_H
#define OPERATORS_GATE_TABLE_H

#include "core/base.h"

/* Items are of one size and begin with this: when they were added, which tells the later of two. */
struct gate_item {
	uint32_t added;
};

struct gate_table {
	uint8_t *items;
	size_t item_size;
	uint32_t count, limit, room; /* Room for more than the limit, until it is settled. */
	uint32_t adding;             /* What the next item's `added` will be. */
	/* Less than, equal to or greater than 0, as a key stands before, is or stands behind. */
	int (*order)(const void *a, const void *b);
};

/* Bytes of memory for a table. */
size_t gate_table_size(size_t item_size, uint32_t limit);
void gate_table_init(struct gate_table *, void *memory, size_t item_size, uint32_t limit,
		     int (*order)(const void *, const void *));
/* The same items, in another table of the same kind and limit. */
void gate_table_copy(struct gate_table *to, const struct gate_table *from);

/* Copies the item behind the others; sets its `added`. False: full. */
MUSTCHECK bool gate_table_add(struct gate_table *, void *item);
/* Puts all in order and lets go the earlier ones of two, and those not to be kept (NULL: all are).
 * To be called before the others below, once the last was added. False: more than the limit. */
MUSTCHECK bool gate_table_settle(struct gate_table *,
				 bool (*keep)(const void *item, const void *with),
				 const void *with);

/* The item whose key is that of `like`; NULL: none. */
const void *gate_table_find(const struct gate_table *, const void *like);
/* Index of the first item that does not stand before `like`; count: all do. */
uint32_t gate_table_first(const struct gate_table *, const void *like);
const void *gate_table_at(const struct gate_table *, uint32_t index);

#endif
