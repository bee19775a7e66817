/* operators/audit_receipt.c - `hitotsu audit receipt`: is what was promised in the log? Without it
 * a receipt would be a piece of paper.
 *
 * The second_closed of a second says how many leaves before it are the second's, and its data can
 * be made by anybody; so the server need only say where it lies, and the tree proves it. A second
 * that held nothing lies between two second_closed that stand next to each other, or after the last
 * one in a checkpoint that is sealed beyond it.
 */
#include "operators/audit_inside.h"

#include <stdio.h>

#include "core/log_op.h"

enum { FILE_SIZE_MAX = JSON_SIZE_MAX, EVIDENCE_SIZE_MAX = 256 * 1024 * 1024 };

struct found { /* What was looked at, with its proof. */
	struct audit_log log;
	struct receipt receipt;
	struct log_second at;
	struct json_out out; /* The evidence so far. */
	struct writer text;
	struct arena pages;
};

/* ---- The receipt. ---- */

static bool read_file(struct slice *out, const char *path, struct arena *arena)
{
	FILE *file = text_equal(path, "-") ? stdin : fopen(path, "rb");
	uint8_t *bytes = arena_alloc(arena, FILE_SIZE_MAX);
	size_t used;

	if (file == NULL)
		return audit_say(path, "cannot be opened");
	used = fread(bytes, 1, FILE_SIZE_MAX, file);
	if (file != stdin)
		fclose(file);
	*out = slice_of(bytes, used);
	return used > 0 || audit_say(path, "cannot be read, or is empty");
}

/* A scan's whole answer, or the receipt of it. */
static bool read_receipt(struct receipt *out, const char *path, struct arena *arena)
{
	const struct json *receipt;
	struct shape_error error;
	struct json *root = NULL;
	struct slice text;
	bool taken = false;
	size_t at;

	if (!read_file(&text, path, arena))
		return false;
	if (json_parse(&root, &at, text) == JSON_OK && json_type(root) == JSON_OBJECT) {
		receipt = json_get(root, "receipt");
		if (receipt == NULL)
			receipt = root;
		taken = json_type(receipt) == JSON_OBJECT &&
			shape_from_json(out, &error, &receipt_shape, receipt);
	}
	json_free(root);
	return taken || audit_say(path, "holds neither a scan's answer nor its receipt");
}

static bool receipt_is_theirs(const struct found *f)
{
	for (size_t i = 0; i < f->log.key_count; i++)
		if (receipt_holds(&f->receipt, f->log.checkpoint.origin, f->log.keys[i].public_key))
			return true;
	return audit_say("the receipt", "the log's key did not sign it: nobody is bound by it");
}

/* ---- Proofs, each told in the evidence. ---- */

static void put_hash(struct found *f, const char *key, const void *bytes, size_t size)
{
	struct arena *arena = f->log.source->arena;
	char *text = arena_alloc(arena, size * 4 / 3 + 4);

	base64url_encode(text, size * 4 / 3 + 4, slice_of(bytes, size));
	json_put_text(&f->out, key, slice_text(text));
}

static bool prove(struct found *f, const struct seal_hash *leaf, uint64_t index)
{
	struct tree_path path;

	if (!audit_log_path(&f->log, &path, leaf, index))
		return false;
	json_put_int(&f->out, "index", (int64_t)index);
	put_hash(f, "leaf", leaf->bytes, SHA256_SIZE);
	put_hash(f, "path", path.hash, path.count * SHA256_SIZE);
	return true;
}

/* That the second's last leaf stands where it is said to. */
static bool prove_closed(struct found *f, const struct seal_second *second)
{
	struct seal_hash leaf;
	uint8_t last[64];
	bool proven;

	if (second->leaf_count < 2)
		return audit_say("the server", "says of a second what cannot be");
	seal_leaf(&leaf, slice_of(second->salt, sizeof(second->salt)),
		  slice_of(last, seal_second_closed(last, second->second, second->leaf_count - 1)));
	json_object(&f->out, NULL);
	json_put_int(&f->out, "second", second->second);
	json_put_int(&f->out, "events", (int64_t)second->leaf_count - 1);
	put_hash(f, "salt", second->salt, sizeof(second->salt));
	proven = prove(f, &leaf, second->first_index + second->leaf_count - 1);
	json_object_end(&f->out);
	return proven;
}

/* Nothing stands between the two, or beside the one that there is. */
static bool prove_gap(struct found *f)
{
	const struct seal_second *before = &f->at.before, *after = &f->at.after;
	uint64_t size = f->log.checkpoint.size;
	uint64_t end = before->leaf_count > 0 ? before->first_index + before->leaf_count : 0;
	bool last = after->leaf_count == 0 || after->first_index >= size;

	if ((before->leaf_count > 0 && before->second >= f->receipt.second) ||
	    (!last && after->second <= f->receipt.second) ||
	    end != (last ? size : after->first_index))
		return audit_say("the server", "names seconds that do not stand side by side");
	json_array(&f->out, "second_closed");
	if ((before->leaf_count > 0 && !prove_closed(f, before)) ||
	    (!last && !prove_closed(f, after)))
		return false;
	json_array_end(&f->out);
	return true;
}

/* True: *kept says whether the leaf is among the second's. */
static bool look_in_second(struct found *f, bool *kept, uint64_t *index)
{
	const struct seal_second *held = &f->at.held;

	*kept = false;
	json_array(&f->out, "second_closed");
	if (held->second != f->receipt.second || !prove_closed(f, held))
		return false;
	json_array_end(&f->out);
	json_array(&f->out, "leaves");
	for (uint64_t i = 0; i + 1 < held->leaf_count && !*kept; i++) {
		struct seal_hash leaf;

		*index = held->first_index + i;
		if (!f->log.tiles.reader.node(&f->log.tiles.reader, &leaf, 0, *index))
			return false;
		json_object(&f->out, NULL);
		if (!prove(f, &leaf, *index))
			return false;
		json_object_end(&f->out);
		*kept = mem_equal(leaf.bytes, f->receipt.leaf.bytes, SHA256_SIZE);
	}
	json_array_end(&f->out);
	return true;
}

static bool ask_second(struct found *f)
{
	struct shape_error error;
	struct json *root = NULL;
	struct slice body;
	char path[64];
	bool taken;
	size_t at;

	snprintf(path, sizeof(path), "/v1/log/seconds/%lld", (long long)f->receipt.second);
	if (!audit_get(f->log.source, &body, path))
		return false;
	taken = json_parse(&root, &at, body) == JSON_OK && json_type(root) == JSON_OBJECT &&
		shape_from_json(&f->at, &error, &log_second_shape, root);
	json_free(root);
	return taken || audit_say(path, "not the answer that it should be");
}

/* ---- What is said of it. ---- */

static void begin_evidence(struct found *f)
{
	char vkey[NOTE_VKEY_SIZE];

	f->text = (struct writer){ .data = arena_alloc(&f->pages, EVIDENCE_SIZE_MAX),
				   .size = EVIDENCE_SIZE_MAX };
	json_begin(&f->out, &f->text);
	json_object(&f->out, NULL);
	json_put_text(&f->out, "evidence", SLICE("left_out"));
	json_put_text(&f->out, "checkpoint", f->log.note);
	json_array(&f->out, "log_keys");
	for (size_t i = 0; i < f->log.key_count; i++) {
		note_key_write(vkey, &f->log.keys[i]);
		json_put_text(&f->out, NULL, slice_text(vkey));
	}
	json_array_end(&f->out);
	shape_to_json(&f->out, "receipt", &receipt_shape, &f->receipt);
}

static int say_left_out(struct found *f)
{
	json_object_end(&f->out);
	if (f->text.failed)
		return audit_say("evidence", "larger than there is room for"), AUDIT_UNKNOWN;
	printf("%.*s\n", (int)f->text.used, (const char *)f->text.data);
	audit_say("LEFT OUT", "the log does not have what its key promised; above is the evidence");
	return AUDIT_LEFT_OUT;
}

static int say_kept(const struct found *f, uint64_t index)
{
	printf("{\"receipt\":\"kept\",\"index\":%llu,\"second\":%lld,\"tree_size\":%llu}\n",
	       (unsigned long long)index, (long long)f->receipt.second,
	       (unsigned long long)f->log.checkpoint.size);
	return AUDIT_KEPT;
}

static int hold_against_log(struct found *f)
{
	uint64_t index = 0;
	bool kept;

	if (f->log.checkpoint.sealed_s < f->receipt.second)
		return audit_say("too early", "the receipt's second is not sealed yet"),
		       AUDIT_TOO_EARLY;
	if (!ask_second(f))
		return AUDIT_UNKNOWN;
	begin_evidence(f);
	if (f->at.held.leaf_count == 0)
		return prove_gap(f) ? say_left_out(f) : AUDIT_UNKNOWN;
	if (!look_in_second(f, &kept, &index))
		return AUDIT_UNKNOWN;
	return kept ? say_kept(f, index) : say_left_out(f);
}

int audit_receipt(const struct audit_options *options, struct arena *arena)
{
	struct found *f = arena_alloc(arena, sizeof(*f));
	struct audit_source source;
	int code = AUDIT_UNKNOWN;

	if (options->rest_count != 1)
		return audit_say("receipt", "name one file: a scan's answer or its receipt"),
		       AUDIT_ASKED_WRONGLY;
	if (!read_receipt(&f->receipt, options->rest[0], arena))
		return AUDIT_ASKED_WRONGLY;
	if (!arena_open(&f->pages, EVIDENCE_SIZE_MAX + (1 << 20)))
		return AUDIT_UNKNOWN;
	if (!audit_open(&source, options, arena))
		code = AUDIT_ASKED_WRONGLY;
	else if (audit_log_read(&f->log, &source, options) && receipt_is_theirs(f))
		code = hold_against_log(f);
	audit_close(&source);
	arena_close(&f->pages);
	return code;
}
