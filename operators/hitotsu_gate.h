/* operators/hitotsu_gate.h - a gate's own verdict, with the network or without it.
 *
 * One library (libhitotsu-gate, static or shared), one block of memory, one file. The gate is given
 * the bundle that GET /v1/gate-bundle answers, then each code that its reader reads, and says the
 * verdict that the server would say of what this gate knows. What it said is on disk before it says
 * it, and waits there as a line for POST /v1/scan-batches. docs/gate-integration.md shows a gate
 * maker how.
 *
 * Nothing is allocated: all memory is the block, other libraries' too. A gate is used by one
 * thread at a time; each has a file of its own, and several may be open in one program. Times are
 * milliseconds since 1970-01-01T00:00Z, texts are UTF-8 and NUL-terminated. For C99 and C++.
 */
#ifndef OPERATORS_HITOTSU_GATE_H
#define OPERATORS_HITOTSU_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HITOTSU_GATE_VERSION "1"

enum hitotsu_gate_status {
	HITOTSU_GATE_OK,

	/* Of opening. */
	HITOTSU_GATE_BAD_SETUP,  /* No path, a limit out of range, or too many keys. */
	HITOTSU_GATE_NO_MEMORY,  /* The block is too small or not aligned to 16. */
	HITOTSU_GATE_NO_RANDOM,  /* The system gives no randomness. */
	HITOTSU_GATE_FILE_BUSY,  /* Another gate has this file open. */
	HITOTSU_GATE_FILE_OTHER, /* No gate's file, or made with other limits. */
	/* At opening: the disk lost both copies of its head, or whom it remembered: keep it for
	 * the council. Of a scan: it lost what it remembered of this ticket, which must not pass
	 * then. */
	HITOTSU_GATE_FILE_DAMAGED,
	/* Of all that writes. After it every call says so, until the file is opened again: what a
	 * failed write left on the disk is not known before. */
	HITOTSU_GATE_FILE_FAILED,

	/* Of a bundle: the one held is held on. */
	HITOTSU_GATE_DAMAGED,     /* Not a bundle, or what it says contradicts itself. */
	HITOTSU_GATE_UNTRUSTED,   /* Signed with a key that this gate does not trust. */
	HITOTSU_GATE_FORGED,      /* The signature does not fit. */
	HITOTSU_GATE_FROM_FUTURE, /* Made after now: look at the gate's clock. */
	HITOTSU_GATE_EXPIRED,
	HITOTSU_GATE_OLDER,      /* Than the one held. */
	HITOTSU_GATE_DELTA_GAP,  /* A delta since a bundle that is not held: ask for a whole one. */
	HITOTSU_GATE_OTHER_GATE, /* Made for another gate than this file's. */
	HITOTSU_GATE_FULL,       /* Does not fit: hitotsu_gate_detail() names the limit. */
	/* Held, but before the program ended this gate knew a newer one: it decides nothing until
	 * it is given that one too, or a delta that leads to it. */
	HITOTSU_GATE_BEHIND,

	/* Of a scan: no verdict was given, and nothing was remembered. */
	HITOTSU_GATE_NO_BUNDLE,
	HITOTSU_GATE_BAD_SCAN, /* An empty code, a time or riders out of range, a text that is none.
				*/
	HITOTSU_GATE_WRONG_KIND, /* rail: enter, exit; bus: board, alight; ferry and air: check_in;
				    venue: redeem. */
	HITOTSU_GATE_QUEUE_FULL, /* Upload, and call hitotsu_gate_queue_done(). */

	/* Of the queue: not even the next line fits, and *used says how many bytes it needs. */
	HITOTSU_GATE_TOO_SMALL,

	HITOTSU_GATE_STATUS_COUNT
};

/* "DELTA_GAP" */
const char *hitotsu_gate_status_name(enum hitotsu_gate_status);

/* How much of each this gate has room for, at most 2^24; 0: the default in brackets. */
enum { HITOTSU_GATE_LIMIT_MAX = 1 << 24, HITOTSU_GATE_KEY_COUNT_MAX = 16 };
struct hitotsu_gate_limits {
	uint32_t tickets;      /* Remembered in the file [8192]; past it, the oldest goes. */
	uint32_t queue_lines;  /* Waiting for upload in the file [4096]; at least 2. */
	uint32_t products;     /* Versions in a bundle [256] */
	uint32_t statuses;     /* Tickets in a bundle that are revoked or blocked [65536] */
	uint32_t services;     /* Sailings and flights in a bundle [1024] */
	uint32_t reservations; /* In a bundle [16384] */
	uint32_t bundle_bytes; /* Of a bundle as it comes [4 MiB] */
};

enum { HITOTSU_GATE_KEY_SIZE = 32, HITOTSU_GATE_SEED_SIZE = 32 };

struct hitotsu_gate_setup {
	void *block; /* The gate's until it is closed, aligned to 16. */
	size_t block_size;
	const char *path;                         /* Of its file; made where there is none. */
	const struct hitotsu_gate_limits *limits; /* NULL: the defaults. */
	/* The council's bundle keys (Ed25519, public, 32 bytes each, one behind the other) that are
	 * trusted before any bundle is held; later ones come with the bundles and stay in the file.
	 */
	const uint8_t *keys;
	size_t key_count;
	/* Secret random bytes of this gate's own, of which the scans' ids are made. NULL: the
	 * system's. */
	const uint8_t *seed;
};

struct hitotsu_gate;

/* Bytes of block that a gate with these limits needs. */
size_t hitotsu_gate_memory_needed(const struct hitotsu_gate_limits *);
/* Out: *gate, inside the block; NULL unless OK. */
enum hitotsu_gate_status hitotsu_gate_open(struct hitotsu_gate **gate,
					   const struct hitotsu_gate_setup *);
/* What was queued and remembered is in the file; the block is the caller's again. */
void hitotsu_gate_close(struct hitotsu_gate *);
/* What the last status of this gate was about: "products", "not a ticket's key"; never NULL. */
const char *hitotsu_gate_detail(const struct hitotsu_gate *);

/* Bundles. The bytes are those that GET /v1/gate-bundle answered, whole or since=N; the gate keeps
 * what it needs of them, so the caller keeps the bytes for the program's next start. One that is
 * refused changes nothing. One that expires while held goes on deciding, and each answer says so.
 */
enum hitotsu_gate_status hitotsu_gate_load(struct hitotsu_gate *, const void *bytes, size_t size,
					   int64_t at_ms);
/* Of the bundle held, to ask for what came since; 0: none. */
int64_t hitotsu_gate_bundle_number(const struct hitotsu_gate *);

/* For commissioning, by hand: the public key that a bundle says signed it, to be compared with what
 * the council publishes (GET /v1/keys). Nothing is verified but that it did. */
bool hitotsu_gate_bundle_key(uint8_t out[HITOTSU_GATE_KEY_SIZE], struct hitotsu_gate *,
			     const void *bytes, size_t size);

/* What the rider does, as the server names it. */
enum hitotsu_gate_kind {
	HITOTSU_GATE_ENTER,
	HITOTSU_GATE_EXIT,
	HITOTSU_GATE_BOARD,
	HITOTSU_GATE_ALIGHT,
	HITOTSU_GATE_CHECK_IN,
	HITOTSU_GATE_REDEEM,
	HITOTSU_GATE_RELEASE, /* Rail: staff let out whoever stayed too long. */
};

struct hitotsu_gate_scan {
	const char *code; /* As the reader read it; not NUL-terminated. */
	size_t code_size;
	enum hitotsu_gate_kind kind;
	int64_t at_ms;       /* The gate's clock. */
	unsigned riders;     /* Who pass now, at most 99; 0: one. */
	const char *stop;    /* Where a moving gate is, as the feed spells it; NULL: not said. */
	const char *service; /* Ferry, air: the service; a moving gate's route; NULL: not said. */
	/* This gate opens for whoever leaves and has nothing against them but NO_ENTRY, since they
	 * entered where it could not see: the answer is admitted then, its verdict NO_ENTRY all the
	 * same, and the server is told that they were let out, so that their ride ends. */
	bool lets_out;
};

struct hitotsu_gate_answer {
	const char *verdict, *why; /* "ADMITTED", or why not; the same for people. Static. */
	bool admitted;		   /* Open. */
	char scan_id[37];    /* UUIDv7, empty of hitotsu_gate_ask() */
	char ticket_id[37];  /* UUID; empty: the code is no ticket of ours. */
	char product_id[33]; /* Empty: not known. */
	unsigned riders;
	int uses_left;          /* At this gate, as far as it knows; -1: no limit, or refused. */
	int64_t valid_until_ms; /* The last moment of validity; 0: refused. */
	int64_t bundle_number;
	bool bundle_expired; /* It decided all the same, and the operator bears more. */
	bool bundle_old;     /* Older than the council's bundle_max_age_h. */
};

/* The verdict. With OK it is on disk, with what it changes and its line for upload, before this
 * returns; with another status no verdict was given, nothing is remembered, nothing lost. */
enum hitotsu_gate_status hitotsu_gate_decide(struct hitotsu_gate_answer *, struct hitotsu_gate *,
					     const struct hitotsu_gate_scan *);
/* What the verdict would be now. Nothing is written: for a display, never for opening a gate. */
enum hitotsu_gate_status hitotsu_gate_ask(struct hitotsu_gate_answer *, struct hitotsu_gate *,
					  const struct hitotsu_gate_scan *);

/* The upload queue: scans, oldest first, each a line of JSON that ends in a newline, ready to be
 * the body of POST /v1/scan-batches. */
enum { HITOTSU_GATE_LINE_MAX = 2501, HITOTSU_GATE_BATCH_MAX = 10000 };

/* Copies as many whole lines as fit, at most HITOTSU_GATE_BATCH_MAX. Out: *used bytes, *lines. They
 * stay in the queue. OK with no lines: none wait. HITOTSU_GATE_LINE_MAX bytes always hold one. */
enum hitotsu_gate_status hitotsu_gate_queue_peek(struct hitotsu_gate *, char *out, size_t out_size,
						 size_t *used, size_t *lines);
/* The first `lines` are with the server: its answer was read. The same line sent twice does no
 * harm. More than there are: all. */
enum hitotsu_gate_status hitotsu_gate_queue_done(struct hitotsu_gate *, size_t lines);

struct hitotsu_gate_stats {
	int64_t newest_bundle; /* The number of the newest ever held; 0: none yet. */
	uint64_t scans;        /* Verdicts on disk since the file was made. */
	uint32_t queued;       /* Lines waiting. */
	uint32_t queue_room;   /* Lines that still fit. */
	uint32_t tickets;      /* Remembered. */
	uint32_t forgotten;    /* Since opening: still valid, and made room for another. */
	uint32_t torn; /* Writes that a crash cut short, found at opening: no verdict was given. */
	uint32_t damaged; /* Lines or tickets that the disk lost, found at opening or reading. */
};
void hitotsu_gate_stats(struct hitotsu_gate_stats *, const struct hitotsu_gate *);

#ifdef __cplusplus
}
#endif

#endif
