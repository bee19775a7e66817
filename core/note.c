/* core/note.c - without it the log's head would be signed in a way that only we could read. */
#include "core/note.h"

#include "core/text.h"

enum {
	BLOB_SIZE = NOTE_ID_SIZE + 8 + SIGNATURE_SIZE, /* The longest that is verified here. */
	COSIGNED_HEAD_SIZE = 64,
	COSIGNED_SIZE_MAX = 4096, /* Checkpoints are some hundred bytes. */
};

static const uint8_t dash[] = { 0xe2, 0x80, 0x94, ' ' }; /* U+2014 and a space. */

/* Of those beyond ASCII, in UTF-8. */
static const char *const wide_spaces[] = {
	"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
	"\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
	"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
};

bool note_name_is_valid(struct slice name)
{
	if (name.size == 0 || name.size >= NOTE_NAME_SIZE || !text_is_utf8(name))
		return false;
	for (size_t i = 0; i < name.size; i++) {
		struct slice rest = slice_of(name.data + i, name.size - i);

		if (rest.data[0] <= ' ' || rest.data[0] == 0x7f || rest.data[0] == '+')
			return false;
		for (size_t k = 0; k < COUNT_OF(wide_spaces); k++)
			if (slice_starts(rest, slice_text(wide_spaces[k])))
				return false;
	}
	return true;
}

static void key_id(uint8_t out[NOTE_ID_SIZE], const struct note_key *key)
{
	uint8_t digest[SHA256_SIZE];
	const uint8_t middle[] = { '\n', key->type };

	sha256_three(digest, slice_text(key->name), slice_of(middle, sizeof(middle)),
		     slice_of(key->public_key, SIGN_PUBLIC_SIZE));
	mem_copy(out, digest, NOTE_ID_SIZE);
}

bool note_key_make(struct note_key *out, const char *name, enum note_type type,
		   const uint8_t public_key[SIGN_PUBLIC_SIZE])
{
	*out = (struct note_key){ .type = (uint8_t)type };
	if (!note_name_is_valid(slice_text(name)) ||
	    !text_set(out->name, sizeof(out->name), slice_text(name)))
		return false;
	mem_copy(out->public_key, public_key, SIGN_PUBLIC_SIZE);
	key_id(out->id, out);
	return true;
}

void note_key_write(char out[NOTE_VKEY_SIZE], const struct note_key *key)
{
	struct writer to = { .data = (uint8_t *)out, .size = NOTE_VKEY_SIZE };
	uint8_t typed[1 + SIGN_PUBLIC_SIZE];
	char text[64];

	typed[0] = key->type;
	mem_copy(typed + 1, key->public_key, SIGN_PUBLIC_SIZE);
	base64_encode(text, sizeof(text), slice_of(typed, sizeof(typed)));
	write_text(&to, key->name);
	write_text(&to, "+");
	write_hex(&to, slice_of(key->id, NOTE_ID_SIZE));
	write_text(&to, "+");
	write_text(&to, text);
	write_u8(&to, 0);
	MUST(!to.failed);
}

/* Up to the next '+', which goes too. */
static bool take_part(struct slice *out, struct slice *rest)
{
	size_t n = 0;

	while (n < rest->size && rest->data[n] != '+')
		n++;
	if (n == rest->size)
		return false;
	*out = slice_of(rest->data, n);
	*rest = slice_of(rest->data + n + 1, rest->size - n - 1);
	return true;
}

bool note_key_read(struct note_key *out, struct slice vkey)
{
	struct slice name, id_text, rest = vkey;
	uint8_t typed[1 + SIGN_PUBLIC_SIZE], id[NOTE_ID_SIZE];
	char text[NOTE_NAME_SIZE];
	size_t used;

	return take_part(&name, &rest) && take_part(&id_text, &rest) &&
	       text_set(text, sizeof(text), name) && hex_decode(id, sizeof(id), id_text) &&
	       base64_decode(typed, &used, sizeof(typed), rest) && used == sizeof(typed) &&
	       (typed[0] == NOTE_ED25519 || typed[0] == NOTE_COSIGNATURE) &&
	       note_key_make(out, text, (enum note_type)typed[0], typed + 1) &&
	       mem_equal(out->id, id, sizeof(id));
}

/* ---- Reading. ---- */

/* At least one byte of a signature behind the id. The id is in the first block of base64 and a
 * half. */
static bool read_line(struct note_line *out, struct slice line)
{
	uint8_t first[6];
	size_t n = 0, used;

	if (!slice_starts(line, slice_of(dash, sizeof(dash))))
		return false;
	line = slice_of(line.data + sizeof(dash), line.size - sizeof(dash));
	while (n < line.size && line.data[n] != ' ')
		n++;
	if (n == line.size)
		return false;
	out->name = slice_of(line.data, n);
	out->base64 = slice_of(line.data + n + 1, line.size - n - 1);
	if (!note_name_is_valid(out->name) || out->base64.size < 8 ||
	    !base64_decode(first, &used, sizeof(first), slice_of(out->base64.data, 8)) ||
	    used <= NOTE_ID_SIZE)
		return false;
	mem_copy(out->id, first, NOTE_ID_SIZE);
	return true;
}

/* Strict to its end: each block by itself, for a signature may be of any length. */
static bool is_base64(struct slice text)
{
	uint8_t block[3];
	size_t used = 3;

	for (size_t at = 0; at < text.size; at += 4)
		if (used != 3 || text.size - at < 4 ||
		    !base64_decode(block, &used, sizeof(block), slice_of(text.data + at, 4)))
			return false;
	return text.size > 0;
}

static bool read_lines(struct note *out, struct slice rest)
{
	while (rest.size > 0) {
		struct note_line *line = &out->line[out->line_count];
		size_t n = 0;

		while (n < rest.size && rest.data[n] != '\n')
			n++;
		if (n == rest.size || out->line_count == NOTE_LINE_COUNT_MAX ||
		    !read_line(line, slice_of(rest.data, n)) || !is_base64(line->base64))
			return false;
		out->line_count++;
		rest = slice_of(rest.data + n + 1, rest.size - n - 1);
	}
	return out->line_count > 0;
}

static bool has_control(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < ' ' && text.data[i] != '\n')
			return true;
	return false;
}

bool note_parse(struct note *out, struct slice whole)
{
	size_t at;

	*out = (struct note){ 0 };
	if (whole.size > NOTE_SIZE_MAX || has_control(whole) || !text_is_utf8(whole))
		return false;
	for (at = whole.size; at >= 2; at--) /* The last empty line parts text and signatures. */
		if (whole.data[at - 1] == '\n' && whole.data[at - 2] == '\n')
			break;
	if (at < 2)
		return false;
	out->text = slice_of(whole.data, at - 1);
	out->lines = slice_of(whole.data + at, whole.size - at);
	return read_lines(out, out->lines);
}

/* ---- Signing and verifying. ---- */

/* What a witness signs of a text. False: longer than any checkpoint. */
static bool cosigned(struct writer *to, struct slice text, uint64_t at_s)
{
	write_text(to, "cosignature/v1\ntime ");
	write_decimal(to, at_s, 1);
	write_text(to, "\n");
	write_bytes(to, text);
	return !to->failed;
}

static bool verify_line(const struct note *note, const struct note_line *line,
			const struct note_key *key, int64_t *at_s)
{
	uint8_t blob[BLOB_SIZE], room[COSIGNED_HEAD_SIZE + COSIGNED_SIZE_MAX];
	struct writer message = { .data = room, .size = sizeof(room) };
	struct reader from = { .rest = slice_of(blob, 0) };
	size_t used;
	uint64_t time;

	if (!base64_decode(blob, &used, sizeof(blob), line->base64))
		return false;
	from.rest = slice_of(blob + NOTE_ID_SIZE, used - NOTE_ID_SIZE);
	if (key->type == NOTE_ED25519)
		return from.rest.size == SIGNATURE_SIZE &&
		       sign_verify(key->public_key, note->text, from.rest.data);
	time = read_u64(&from);
	if (from.failed || from.rest.size != SIGNATURE_SIZE || time > INT64_MAX ||
	    !cosigned(&message, note->text, time) ||
	    !sign_verify(key->public_key, slice_of(room, message.used), from.rest.data))
		return false;
	*at_s = (int64_t)time;
	return true;
}

enum note_status note_verify(const struct note *note, const struct note_key *key, int64_t *at_s)
{
	bool verified = false;

	*at_s = 0;
	for (size_t i = 0; i < note->line_count; i++) {
		const struct note_line *line = &note->line[i];

		if (!mem_equal(line->id, key->id, NOTE_ID_SIZE) || !slice_is(line->name, key->name))
			continue;
		if (!verify_line(note, line, key, at_s))
			return NOTE_FORGED;
		verified = true;
	}
	return verified ? NOTE_VERIFIED : NOTE_UNSIGNED;
}

void note_sign(struct writer *to, const struct note_key *key, const struct sign_key *sign,
	       struct slice text, int64_t at_s)
{
	uint8_t room[COSIGNED_HEAD_SIZE + COSIGNED_SIZE_MAX], blob[BLOB_SIZE];
	uint8_t signature[SIGNATURE_SIZE];
	struct writer message = { .data = room, .size = sizeof(room) };
	struct writer made = { .data = blob, .size = sizeof(blob) };
	char base64[BLOB_SIZE * 2];

	MUST(text.size > 0 && text.data[text.size - 1] == '\n');
	write_bytes(&made, slice_of(key->id, NOTE_ID_SIZE));
	if (key->type == NOTE_COSIGNATURE) {
		MUST(at_s >= 0 && cosigned(&message, text, (uint64_t)at_s));
		text = slice_of(room, message.used);
		write_u64(&made, (uint64_t)at_s);
	}
	sign_make(signature, sign, text);
	write_bytes(&made, slice_of(signature, SIGNATURE_SIZE));
	base64_encode(base64, sizeof(base64), slice_of(blob, made.used));
	write_bytes(to, slice_of(dash, sizeof(dash)));
	write_text(to, key->name);
	write_text(to, " ");
	write_text(to, base64);
	write_text(to, "\n");
}
