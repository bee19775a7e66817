/* operators/audit.c - takes the words of `hitotsu audit`. Without it whoever wants to check the log
 * would have to write a program first.
 */
#include "operators/audit_inside.h"

#include <getopt.h>
#include <stdio.h>

static bool take_options(struct audit_options *o, int argc, char **argv)
{
	enum { SERVER, DATA, WITNESS, NAME, KEY, LISTEN, READY_FILE, LOG_KEY };
	static const struct option names[] = {
		{ "server", 1, NULL, SERVER },
		{ "data", 1, NULL, DATA },
		{ "witness", 1, NULL, WITNESS },
		{ "name", 1, NULL, NAME },
		{ "key", 1, NULL, KEY },
		{ "listen", 1, NULL, LISTEN },
		{ "ready-file", 1, NULL, READY_FILE },
		{ "log", 1, NULL, LOG_KEY },
		{ NULL, 0, NULL, 0 },
	};
	const char **texts[] = { &o->server, &o->data,   &o->witness,   &o->name,
				 &o->key,    &o->listen, &o->ready_file };
	int found;

	while ((found = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (found == LOG_KEY && o->log_count < AUDIT_KEY_COUNT_MAX)
			o->logs[o->log_count++] = optarg;
		else if (found >= 0 && found < LOG_KEY)
			*texts[found] = optarg;
		else
			return false;
	}
	o->rest = argv + optind;
	o->rest_count = (size_t)(argc - optind);
	return true;
}

/* The log's keys as others are configured with them. */
static int audit_key(const struct audit_options *options, struct arena *arena)
{
	struct audit_log *log = arena_alloc(arena, sizeof(*log));
	struct audit_source source;
	char vkey[NOTE_VKEY_SIZE];
	int code = AUDIT_UNKNOWN;

	if (!audit_open(&source, options, arena)) {
		code = AUDIT_ASKED_WRONGLY;
	} else if (audit_log_read(log, &source, options)) {
		for (size_t i = 0; i < log->key_count; i++) {
			note_key_write(vkey, &log->keys[i]);
			printf("%s\n", vkey);
		}
		code = AUDIT_KEPT;
	}
	audit_close(&source);
	return code;
}

int audit_command(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct audit_options *, struct arena *);
	} words[] = {
		{ "key", audit_key },
		{ "receipt", audit_receipt },
		{ "cosign", audit_cosign },
		{ "witness", audit_witness },
	};
	struct audit_options options = { 0 };
	struct arena arena;
	int code = AUDIT_ASKED_WRONGLY;
	bool known = false;

	if (!crypto_init() || !arena_open(&arena, AUDIT_ARENA_SIZE))
		return audit_say("start", "the system gives no memory or randomness"),
		       AUDIT_UNKNOWN;
	for (size_t i = 0; argc > 1 && i < COUNT_OF(words); i++) {
		if (!text_equal(argv[1], words[i].name))
			continue;
		known = take_options(&options, argc - 1, argv + 1);
		if (known)
			code = words[i].run(&options, &arena);
	}
	if (!known)
		fprintf(stderr, "  hitotsu audit %s\n", AUDIT_USAGE);
	arena_close(&arena);
	return code;
}
