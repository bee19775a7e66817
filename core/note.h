/* core/note.h - text that is signed and said to be signed in the text itself: C2SP signed-note, and
 * the cosignatures of witnesses (C2SP tlog-cosignature, Ed25519).
 *
 * A note is a text that ends in a newline, an empty line, and lines "— NAME BASE64", each a key's
 * four-byte id and signature. A key is known by its name and id together; who reads a note knows
 * the keys beforehand, as "NAME+ID+BASE64" (a vkey). Nothing of a note is to be believed before
 * note_verify.
 */
#ifndef CORE_NOTE_H
#define CORE_NOTE_H

#include "core/codec.h"
#include "core/crypto.h"

enum {
	NOTE_NAME_SIZE = 128, /* With its NUL. */
	NOTE_ID_SIZE = 4,
	NOTE_VKEY_SIZE = NOTE_NAME_SIZE + 64,
	NOTE_SIZE_MAX = 256 * 1024,
	NOTE_LINE_COUNT_MAX = 64,
	/* A signature line of ours, cosignatures included. */
	NOTE_LINE_SIZE_MAX = NOTE_NAME_SIZE + 112,
};

enum note_type { /* The bytes that C2SP assigned. */
		 NOTE_ED25519 = 0x01,
		 NOTE_COSIGNATURE = 0x04,
};

struct note_key { /* Of somebody who signs. */
	char name[NOTE_NAME_SIZE];
	uint8_t id[NOTE_ID_SIZE];
	uint8_t type; /* enum note_type */
	uint8_t public_key[SIGN_PUBLIC_SIZE];
};

/* Not empty, UTF-8, no white space, no '+'. */
bool note_name_is_valid(struct slice);
/* False: no name. */
MUSTCHECK bool note_key_make(struct note_key *out, const char *name, enum note_type,
			     const uint8_t public_key[SIGN_PUBLIC_SIZE]);
void note_key_write(char out[NOTE_VKEY_SIZE], const struct note_key *);
/* False: no vkey of a type that is known here, or its id is not its own. */
MUSTCHECK bool note_key_read(struct note_key *out, struct slice vkey);

/* Whose signature is asked for while the program runs. The name stays; the key may be another one
 * tomorrow, or none (NULL). */
struct note_signer {
	const char *name;
	const struct sign_key *(*key)(void *to, int64_t at_s);
	void *to;
};

struct note_line {
	struct slice name, base64;
	uint8_t id[NOTE_ID_SIZE];
};

struct note {               /* Slices of what was parsed. */
	struct slice text;  /* Its last newline included. */
	struct slice lines; /* All of them, as they stand. */
	struct note_line line[NOTE_LINE_COUNT_MAX];
	size_t line_count;
};

/* False: no signed note. */
MUSTCHECK bool note_parse(struct note *out, struct slice);

enum note_status {
	NOTE_VERIFIED,
	NOTE_UNSIGNED, /* Not by this key. */
	NOTE_FORGED,   /* In its name, and it is not. */
};
/* Out: when a cosignature was made, in seconds since 1970; 0 for other keys. */
enum note_status note_verify(const struct note *, const struct note_key *, int64_t *at_s);

/* The line by which the key signs the text (which ends in a newline). key->type says how; at_s is a
 * cosignature's time. */
void note_sign(struct writer *, const struct note_key *, const struct sign_key *, struct slice text,
	       int64_t at_s);

#endif
