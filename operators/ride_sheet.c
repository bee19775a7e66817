/* operators/ride_sheet.c - rides on flat paper. Without it whoever wants to divide a month again
 * would need the whole store.
 */
#include "operators/ride_sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/shape.h"
#include "fares/money.h"

static const char magic[8] = { 'H', 'I', 'T', 'O', 'S', 'H', 'T', '1' };

enum { RULE_RECORD_SIZE_MAX = 16384, BLOCK_HEAD_SIZE = 8 };

/* ---- Writing. ---- */

static bool put_all(int file, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0) {
		ssize_t n = write(file, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool put_kind(struct sheet_out *out, const struct sheet_kind *of, const struct rule *rule)
{
	uint8_t bytes[RULE_RECORD_SIZE_MAX];
	struct writer w = { .data = bytes, .size = sizeof(bytes) };
	struct sheet_kind kind = *of;

	shape_to_cbor(&w, &rule_shape, rule);
	MUST(!w.failed);
	kind.rule_size = (uint16_t)w.used;
	out->header.blocks_at += sizeof(kind) + w.used;
	return put_all(out->file, &kind, sizeof(kind)) && put_all(out->file, bytes, w.used);
}

bool sheet_create(struct sheet_out *out, const char *path, const struct sheet_cover *cover)
{
	struct sheet_header *header = &out->header;
	bool good = true;

	MUST(cover->kind_count <= SHEET_KIND_COUNT_MAX &&
	     cover->operator_count <= SHEET_OPERATOR_COUNT_MAX);
	*out = (struct sheet_out){ .file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC,
						0600) };
	out->block = malloc(SHEET_BLOCK_SIZE);
	mem_copy(header->magic, magic, sizeof(magic));
	header->period = cover->period;
	header->kind_count = (uint32_t)cover->kind_count;
	header->operator_count = (uint32_t)cover->operator_count;
	header->blocks_at = sizeof(*header) + cover->operator_count * ID_SIZE;
	if (out->file < 0 || out->block == NULL || !put_all(out->file, header, sizeof(*header)))
		return false;
	for (size_t i = 0; good && i < cover->kind_count; i++)
		good = put_kind(out, &cover->kinds[i], cover->rules[i]);
	return good && put_all(out->file, cover->operators, cover->operator_count * ID_SIZE);
}

static bool put_block(struct sheet_out *out)
{
	if (out->tickets == 0)
		return true;
	mem_copy(out->block, &out->used, sizeof(out->used));
	mem_copy(out->block + sizeof(out->used), &out->tickets, sizeof(out->tickets));
	mem_zero(out->block + out->used, SHEET_BLOCK_SIZE - out->used);
	out->header.block_count++;
	out->used = out->tickets = 0;
	return put_all(out->file, out->block, SHEET_BLOCK_SIZE);
}

bool sheet_put(struct sheet_out *out, const struct sheet_ticket *ticket,
	       const struct sheet_ride *rides)
{
	size_t size = ticket->ride_count * sizeof(*rides);

	MUST(ticket->ride_count <= SHEET_RIDE_COUNT_MAX);
	if (out->used + sizeof(*ticket) + size > SHEET_BLOCK_SIZE && !put_block(out))
		return false;
	if (out->tickets == 0)
		out->used = BLOCK_HEAD_SIZE;
	mem_copy(out->block + out->used, ticket, sizeof(*ticket));
	mem_copy(out->block + out->used + sizeof(*ticket), rides, size);
	out->used += (uint32_t)(sizeof(*ticket) + size);
	out->tickets++;
	out->header.ticket_count++;
	out->header.ride_count += ticket->ride_count;
	return true;
}

bool sheet_finish(struct sheet_out *out)
{
	bool good = out->file >= 0 && out->block != NULL && put_block(out) &&
		    lseek(out->file, 0, SEEK_SET) == 0 &&
		    put_all(out->file, &out->header, sizeof(out->header)) && fsync(out->file) == 0;

	free(out->block);
	if (out->file >= 0)
		good = close(out->file) == 0 && good;
	return good;
}

/* ---- Reading. ---- */

static bool get_all(int file, void *to, size_t size, uint64_t at)
{
	uint8_t *data = to;

	while (size > 0) {
		ssize_t n = pread(file, data, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return true;
}

static bool fault(char error[SHEET_ERROR_SIZE], const char *why)
{
	(void)snprintf(error, SHEET_ERROR_SIZE, "%s", why);
	return false;
}

static bool get_kind(struct sheet *sheet, size_t i, uint64_t *at)
{
	struct sheet_kind *kind = &sheet->kinds[i];
	uint8_t bytes[RULE_RECORD_SIZE_MAX];
	struct rule_fault wrong;

	if (!get_all(sheet->file, kind, sizeof(*kind), *at) || kind->rule_size > sizeof(bytes) ||
	    !get_all(sheet->file, bytes, kind->rule_size, *at + sizeof(*kind)))
		return false;
	*at += sizeof(*kind) + kind->rule_size;
	sheet->rules[i] = malloc(sizeof(*sheet->rules[i]));
	return sheet->rules[i] != NULL &&
	       shape_from_cbor(sheet->rules[i], &rule_shape, slice_of(bytes, kind->rule_size)) &&
	       rule_check(sheet->rules[i], &wrong);
}

static bool get_names(struct sheet *sheet, uint64_t at)
{
	for (size_t i = 0; i < sheet->header.operator_count; i++) {
		char *id = sheet->operators[i];

		if (!get_all(sheet->file, id, ID_SIZE, at + i * ID_SIZE) ||
		    id[ID_SIZE - 1] != '\0')
			return false;
		if (i > 0 && slice_compare(slice_text(id - ID_SIZE), slice_text(id)) >= 0)
			return false;
	}
	return true;
}

bool sheet_open(struct sheet *sheet, const char *path, char error[SHEET_ERROR_SIZE])
{
	struct sheet_header *header = &sheet->header;
	uint64_t at = sizeof(*header);

	mem_zero(sheet, sizeof(*sheet));
	sheet->file = open(path, O_RDONLY | O_CLOEXEC);
	if (sheet->file < 0)
		return fault(error, strerror(errno));
	if (!get_all(sheet->file, header, sizeof(*header), 0) ||
	    !mem_equal(header->magic, magic, sizeof(magic)))
		return fault(error, "not a sheet of rides");
	if (header->kind_count > SHEET_KIND_COUNT_MAX ||
	    header->operator_count > SHEET_OPERATOR_COUNT_MAX)
		return fault(error, "more kinds or operators than a sheet may have");
	for (size_t i = 0; i < header->kind_count; i++)
		if (!get_kind(sheet, i, &at))
			return fault(error, "a kind, or its rule, cannot be read");
	if (!get_names(sheet, at) || header->blocks_at != at + header->operator_count * ID_SIZE)
		return fault(error, "the operators' ids cannot be read or are out of order");
	return true;
}

void sheet_close(struct sheet *sheet)
{
	for (size_t i = 0; i < COUNT_OF(sheet->rules); i++)
		free(sheet->rules[i]);
	if (sheet->file >= 0)
		close(sheet->file);
}

bool sheet_read(struct sheet_block *block, uint32_t n)
{
	uint64_t at = block->sheet->header.blocks_at + (uint64_t)n * SHEET_BLOCK_SIZE;

	if (!get_all(block->sheet->file, block->bytes, SHEET_BLOCK_SIZE, at))
		return false;
	mem_copy(&block->used, block->bytes, sizeof(block->used));
	mem_copy(&block->tickets, block->bytes + sizeof(block->used), sizeof(block->tickets));
	block->at = BLOCK_HEAD_SIZE;
	return block->used <= SHEET_BLOCK_SIZE;
}

static bool makes_sense(const struct sheet *sheet, const struct sheet_ticket *ticket,
			const struct sheet_ride *rides)
{
	if (ticket->kind >= sheet->header.kind_count || ticket->earned_yen < 0 ||
	    ticket->earned_yen > YEN_MAX)
		return false;
	for (size_t i = 0; i < ticket->ride_count; i++)
		if (rides[i].operator >= sheet->header.operator_count)
			return false;
	return true;
}

const struct sheet_ticket *sheet_next(struct sheet_block *block, const struct sheet_ride **rides,
				      bool *damaged)
{
	const struct sheet_ticket *ticket = (const void *)(block->bytes + block->at);
	uint32_t left = block->used - block->at, size;

	if (block->tickets == 0)
		return NULL;
	*damaged = left < sizeof(*ticket) ||
		   left < sizeof(*ticket) + ticket->ride_count * sizeof(**rides);
	if (*damaged)
		return NULL;
	size = (uint32_t)(sizeof(*ticket) + ticket->ride_count * sizeof(**rides));
	*rides = (const void *)(block->bytes + block->at + sizeof(*ticket));
	block->at += size;
	block->tickets--;
	*damaged = !makes_sense(block->sheet, ticket, *rides);
	return *damaged ? NULL : ticket;
}
