/* tests/fuzz/fuzz_note.c - any bytes as a signed note, a checkpoint, a key and a witness's request:
 * slices stay inside, nothing is believed that nobody signed, and what is read is written alike.
 */
#include "core/tile.h"
#include "core/witness.h"

#include "tests/fuzz/fuzz.h"

static bool is_inside(struct slice part, struct slice whole)
{
	return part.data >= whole.data && part.size <= whole.size &&
	       part.data - whole.data <= (ptrdiff_t)(whole.size - part.size);
}

static void try_note(struct slice bytes)
{
	static struct note note;
	static uint8_t room[CHECKPOINT_SIZE_MAX + 65536];
	struct writer to = { .data = room, .size = sizeof(room) };
	struct checkpoint checkpoint, again;
	struct note_key key;
	int64_t at_s;

	if (!note_parse(&note, bytes))
		return;
	MUST(note.line_count > 0 && is_inside(note.text, bytes) && is_inside(note.lines, bytes));
	MUST(note.text.size + 1 + note.lines.size == bytes.size);
	for (size_t i = 0; i < note.line_count; i++)
		MUST(is_inside(note.line[i].name, note.lines) &&
		     is_inside(note.line[i].base64, note.lines));
	for (int type = 0; type < 2; type++) {
		MUST(note_key_make(&key, "log", type == 0 ? NOTE_ED25519 : NOTE_COSIGNATURE,
				   fuzz_key(KEY_LOG)->public_key));
		MUST(note_verify(&note, &key, &at_s) != NOTE_VERIFIED ||
		     fuzz_key(KEY_LOG)->may_sign);
	}
	if (!checkpoint_read(&checkpoint, note.text))
		return;
	checkpoint_write(&to, &checkpoint);
	MUST(!to.failed && checkpoint_read(&again, slice_of(room, to.used)));
	MUST(again.size == checkpoint.size && again.sealed_s == checkpoint.sealed_s);
	MUST(text_equal(again.origin, checkpoint.origin));
}

static void try_key(struct slice bytes)
{
	char text[NOTE_VKEY_SIZE];
	struct note_key key;

	if (!note_key_read(&key, bytes))
		return;
	note_key_write(text, &key);
	MUST(slice_is(bytes, text));
}

static void try_request(struct slice bytes)
{
	static struct witness_request request;
	struct witness_state state = { 0 };
	struct note_key key;

	if (!witness_read(&request, bytes))
		return;
	MUST(request.proof.count <= TREE_PATH_MAX);
	MUST(note_key_make(&key, "log", NOTE_ED25519, fuzz_key(KEY_LOG)->public_key));
	(void)witness_judge(&state, &request, &key, 1);
}

static void try_path(struct slice bytes)
{
	struct tile_path path;
	char text[TILE_PATH_SIZE];

	if (!tile_path_read(&path, bytes))
		return;
	tile_path_write(text, &path);
	MUST(slice_starts(slice_text(text), SLICE("/tile/")));
	MUST(slice_is(bytes, text + 6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);

	if (size > 65536)
		return 0;
	try_note(bytes);
	try_key(bytes);
	try_request(bytes);
	try_path(bytes);
	return 0;
}
