/* operators/gate_file.c - the file of a gate: its size never changes, and what is written in it can
 * be told from what a crash left. Without it a gate that lost power would forget whom it let in.
 */
#include "operators/gate_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_COPIES = 2, DIGEST_SIZE = 16, PATH_SIZE = 4096, FORMAT = 2 };
static const char magic[] = "hitotsu gate";

/* --- where things stand --- */
static uint64_t seats_size(const struct hitotsu_gate *gate)
{
	return (uint64_t)gate->limits.tickets * GATE_SEAT_SIZE;
}

uint64_t gate_seat_place(const struct hitotsu_gate *gate, int32_t seat, uint8_t copy)
{
	MUST(seat >= 0 && (uint32_t)seat < gate->limits.tickets && copy < 2);
	return HEAD_COPIES * GATE_HEAD_SIZE + copy * seats_size(gate) +
	       (uint64_t)seat * GATE_SEAT_SIZE;
}

uint64_t gate_entry_place(const struct hitotsu_gate *gate, uint64_t scan)
{
	return HEAD_COPIES * GATE_HEAD_SIZE + 2 * seats_size(gate) +
	       scan % gate->limits.queue_lines * GATE_ENTRY_SIZE;
}

static uint64_t file_size(const struct hitotsu_gate *gate)
{
	return gate_entry_place(gate, 0) + (uint64_t)gate->limits.queue_lines * GATE_ENTRY_SIZE;
}

/* --- blocks --- */
static void block_digest(uint8_t out[DIGEST_SIZE], struct slice rest)
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, rest);
	mem_copy(out, digest, DIGEST_SIZE);
}

struct writer gate_block_begin(struct hitotsu_gate *gate, size_t room)
{
	MUST(room <= sizeof(gate->block));
	return (struct writer){ .data = gate->block, .size = room, .used = GATE_BLOCK_EXTRA };
}

struct slice gate_block_end(const struct writer *block, enum gate_block_kind kind)
{
	struct writer head = { .data = block->data, .size = GATE_BLOCK_EXTRA, .used = DIGEST_SIZE };

	MUST(!block->failed); /* The room of each kind is chosen so that all of it fits. */
	write_u32(&head, kind);
	write_u32(&head, (uint32_t)(block->used - GATE_BLOCK_EXTRA));
	block_digest(block->data, slice_of(block->data + DIGEST_SIZE, block->used - DIGEST_SIZE));
	return slice_of(block->data, block->used);
}

static bool read_all(struct hitotsu_gate *gate, void *to, uint64_t at, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n =
		    pread(gate->file, (uint8_t *)to + done, size - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool gate_block_read(struct reader *body, bool *failed, struct hitotsu_gate *gate, uint64_t at,
		     size_t room, enum gate_block_kind kind)
{
	uint8_t digest[DIGEST_SIZE];
	struct reader r = { .rest = slice_of(gate->block, room) };
	struct slice said, rest;
	uint32_t size;

	MUST(room <= sizeof(gate->block));
	*failed = !read_all(gate, gate->block, at, room);
	if (*failed)
		return false;
	said = read_bytes(&r, DIGEST_SIZE);
	rest = r.rest;
	if (read_u32(&r) != kind)
		return false;
	size = read_u32(&r);
	if (size > room - GATE_BLOCK_EXTRA)
		return false;
	block_digest(digest, slice_of(rest.data, GATE_BLOCK_EXTRA - DIGEST_SIZE + size));
	*body = (struct reader){ .rest = slice_of(r.rest.data, size) };
	return mem_equal(digest, said.data, DIGEST_SIZE);
}

void gate_text_write(struct writer *to, const char *text, size_t size)
{
	MUST(text_size(text) < size);
	write_bytes(to, slice_of(text, size));
}

void gate_text_read(char *out, size_t size, struct reader *from)
{
	struct slice bytes = read_bytes(from, size);

	mem_zero(out, size);
	mem_copy(out, bytes.data, bytes.size > 0 ? bytes.size - 1 : 0);
}

/* --- writing --- */
bool gate_write(struct hitotsu_gate *gate, uint64_t at, struct slice bytes)
{
	for (size_t done = 0; !gate->failed && done < bytes.size;) {
		ssize_t n =
		    pwrite(gate->file, bytes.data + done, bytes.size - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		gate->failed = n <= 0;
		done += n > 0 ? (size_t)n : 0;
	}
	return !gate->failed;
}

bool gate_blank(struct hitotsu_gate *gate, uint64_t at, size_t size)
{
	mem_zero(gate->block, sizeof(gate->block));
	for (size_t n; size > 0; at += n, size -= n) {
		n = size < sizeof(gate->block) ? size : sizeof(gate->block);
		if (!gate_write(gate, at, slice_of(gate->block, n)))
			return false;
	}
	return true;
}

/* After one that failed nobody knows what is on disk: it is never tried again. */
bool gate_sync(struct hitotsu_gate *gate)
{
	if (!gate->failed && fdatasync(gate->file) != 0)
		gate->failed = true;
	return !gate->failed;
}

/* --- the head --- */
static void write_key(struct writer *to, const struct keyring_key *key)
{
	write_bytes(to, slice_of(key->public_key, SIGN_PUBLIC_SIZE));
	write_u64(to, (uint64_t)key->not_before_s);
	write_u64(to, (uint64_t)key->not_after_s);
	write_u64(to, (uint64_t)key->retired_s);
	write_u64(to, (uint64_t)key->revoked_s);
	write_u8(to, key->accepts_alg_ed25519);
}

static struct writer head_block(struct hitotsu_gate *gate)
{
	struct gate_head *head = &gate->head;
	struct writer to = gate_block_begin(gate, sizeof(gate->block));

	write_text(&to, magic);
	write_u32(&to, FORMAT);
	write_u32(&to, gate->limits.tickets);
	write_u32(&to, gate->limits.queue_lines);
	write_u64(&to, head->uploaded);
	write_u64(&to, (uint64_t)head->newest);
	gate_text_write(&to, head->gate_id, sizeof(head->gate_id));
	write_u32(&to, head->key_count);
	for (uint32_t i = 0; i < head->key_count; i++)
		write_key(&to, &head->keys[i]);
	return to;
}

/* Of all but the generation. */
static void head_digest(uint8_t out[SHA256_SIZE], const struct writer *block)
{
	sha256(out, slice_of(block->data + GATE_BLOCK_EXTRA, block->used - GATE_BLOCK_EXTRA));
}

static bool head_write(struct hitotsu_gate *gate)
{
	struct writer to = head_block(gate);

	head_digest(gate->head_saved, &to);
	gate->head.generation++;
	write_u64(&to, gate->head.generation);
	return gate_write(gate, gate->head.generation % HEAD_COPIES * GATE_HEAD_SIZE,
			  gate_block_end(&to, GATE_BLOCK_HEAD)) &&
	       gate_sync(gate);
}

bool gate_head_save(struct hitotsu_gate *gate)
{
	struct writer to = head_block(gate);
	uint8_t digest[SHA256_SIZE];

	head_digest(digest, &to);
	return mem_equal(digest, gate->head_saved, sizeof(digest)) ? !gate->failed
								   : head_write(gate);
}

static void read_key(struct keyring_key *key, struct reader *from)
{
	struct slice public_key = read_bytes(from, SIGN_PUBLIC_SIZE);
	uint8_t digest[SHA256_SIZE];

	*key = (struct keyring_key){ .use = KEY_BUNDLE };
	mem_copy(key->public_key, public_key.data, public_key.size);
	sha256(digest, slice_of(key->public_key, SIGN_PUBLIC_SIZE));
	mem_copy(key->kid, digest, KID_SIZE);
	key->not_before_s = (int64_t)read_u64(from);
	key->not_after_s = (int64_t)read_u64(from);
	key->retired_s = (int64_t)read_u64(from);
	key->revoked_s = (int64_t)read_u64(from);
	key->accepts_alg_ed25519 = read_u8(from) != 0;
}

/* False: another program's, or of other limits. */
static bool read_head(struct gate_head *head, const struct hitotsu_gate *gate, struct reader *from)
{
	*head = (struct gate_head){ 0 };
	if (!slice_is(read_bytes(from, sizeof(magic) - 1), magic) || read_u32(from) != FORMAT ||
	    read_u32(from) != gate->limits.tickets || read_u32(from) != gate->limits.queue_lines)
		return false;
	head->uploaded = read_u64(from);
	head->newest = (int64_t)read_u64(from);
	gate_text_read(head->gate_id, sizeof(head->gate_id), from);
	head->key_count = read_u32(from);
	if (head->key_count > GATE_KEY_COUNT_MAX)
		return false;
	for (uint32_t i = 0; i < head->key_count; i++)
		read_key(&head->keys[i], from);
	head->generation = read_u64(from);
	return !from->failed && head->newest >= 0;
}

static enum hitotsu_gate_status head_load(struct hitotsu_gate *gate)
{
	bool sound = false, failed, fits = true;
	struct writer to;

	for (unsigned copy = 0; copy < HEAD_COPIES; copy++) {
		struct gate_head head;
		struct reader body;

		if (!gate_block_read(&body, &failed, gate, copy * GATE_HEAD_SIZE,
				     sizeof(gate->block), GATE_BLOCK_HEAD)) {
			if (failed)
				return HITOTSU_GATE_FILE_FAILED;
			continue;
		}
		fits = read_head(&head, gate, &body) && fits;
		if (fits && (!sound || head.generation > gate->head.generation))
			gate->head = head;
		sound = true;
	}
	to = head_block(gate);
	head_digest(gate->head_saved, &to);
	if (!fits)
		return HITOTSU_GATE_FILE_OTHER;
	return sound ? HITOTSU_GATE_OK : HITOTSU_GATE_FILE_DAMAGED;
}

/* --- making and opening --- */
static bool folder_sync(const char *path)
{
	char folder[PATH_SIZE];
	size_t size = text_size(path);
	bool synced;
	int file;

	while (size > 0 && path[size - 1] != '/')
		size--;
	if (!text_set(folder, sizeof(folder), slice_of(path, size)))
		return false;
	file = open(size == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file < 0)
		return false;
	synced = fsync(file) == 0;
	close(file);
	return synced;
}

/* Under another name until it is whole: a file of that name is never half a one. */
static enum hitotsu_gate_status make(struct hitotsu_gate *gate, const char *path)
{
	static const char suffix[] = ".new";
	char name[PATH_SIZE];
	size_t size = text_size(path);

	if (!text_set(name, sizeof(name) - sizeof(suffix), slice_of(path, size)))
		return HITOTSU_GATE_FILE_FAILED;
	mem_copy(name + size, suffix, sizeof(suffix));
	gate->file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (gate->file < 0)
		return HITOTSU_GATE_FILE_FAILED;
	if (flock(gate->file, LOCK_EX | LOCK_NB) != 0)
		return HITOTSU_GATE_FILE_BUSY;
	gate->head = (struct gate_head){ 0 };
	/* Written, not only reserved: later a scan changes no block map, and the disk is never
	 * full. */
	return gate_blank(gate, 0, (size_t)file_size(gate)) && gate_memory_make(gate) &&
		       head_write(gate) && head_write(gate) && fsync(gate->file) == 0 &&
		       rename(name, path) == 0 && folder_sync(path)
		   ? HITOTSU_GATE_OK
		   : HITOTSU_GATE_FILE_FAILED;
}

enum hitotsu_gate_status gate_file_open(struct hitotsu_gate *gate, const char *path)
{
	struct stat stat;

	gate->file = open(path, O_RDWR | O_CLOEXEC);
	if (gate->file < 0)
		return errno == ENOENT ? make(gate, path) : HITOTSU_GATE_FILE_FAILED;
	if (flock(gate->file, LOCK_EX | LOCK_NB) != 0)
		return HITOTSU_GATE_FILE_BUSY;
	if (fstat(gate->file, &stat) != 0)
		return HITOTSU_GATE_FILE_FAILED;
	return (uint64_t)stat.st_size == file_size(gate) ? head_load(gate)
							 : HITOTSU_GATE_FILE_OTHER;
}
