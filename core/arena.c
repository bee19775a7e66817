/* core/arena.c - one mapping, one cursor. Without it every answer would be built from small pieces
 * of heap that each path has to give back.
 */
#include "core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ARENA_ALIGN = 16 };

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

bool arena_open(struct arena *arena, size_t size)
{
	void *block;

	*arena = (struct arena){ 0 };
	MUST(size > 0 && size < SIZE_MAX / 2);
	size = round_up(size, page_size());
	block = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (block == MAP_FAILED)
		return false;
	*arena = (struct arena){ .block = block, .size = size };
	return true;
}

void arena_close(struct arena *arena)
{
	if (arena->block != NULL)
		MUST(munmap(arena->block, arena->size) == 0);
	*arena = (struct arena){ 0 };
}

size_t arena_left(const struct arena *arena)
{
	return arena->size - arena->used;
}

/* What lies beyond the cursor is zero at all times: fresh pages are, and arena_reset makes it so
 * again. A feed of 150 MB is thereby written once and not twice. */
void *arena_alloc(struct arena *arena, size_t size)
{
	void *at = arena->block + arena->used;

	MUST(size <= arena_left(arena));
	arena->used += round_up(size, ARENA_ALIGN);
	return at;
}

struct slice arena_copy(struct arena *arena, struct slice from)
{
	void *at = arena_alloc(arena, from.size);

	mem_copy(at, from.data, from.size);
	return slice_of(at, from.size);
}

const char *arena_text(struct arena *arena, const char *format, ...)
{
	char *at = (char *)arena->block + arena->used;
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(at, arena_left(arena), format, args);
	va_end(args);
	MUST(size >= 0 && (size_t)size < arena_left(arena));
	arena->used += round_up((size_t)size + 1, ARENA_ALIGN);
	return at;
}

void arena_reset(struct arena *arena, size_t keep)
{
	size_t kept = keep < arena->used ? keep : arena->used;
	size_t from = round_up(kept, page_size());

	if (from < arena->used) {
		MUST(madvise(arena->block + from, arena->size - from, MADV_DONTNEED) == 0);
		kept = from;
	} else {
		kept = arena->used;
	}
	mem_zero(arena->block, kept);
	arena->used = 0;
}
