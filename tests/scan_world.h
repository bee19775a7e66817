/* tests/scan_world.h - what stands around a scan in tests/scan_table.txt, and the words for it.
 */
#ifndef TESTS_SCAN_WORLD_H
#define TESTS_SCAN_WORLD_H

#include "operators/scan.h"

enum {
	SCAN_LINE_SIZE = 400,
	SCAN_WORDS_MAX = 24,
	SCAN_OPERATORS_MAX = 12,
	SCAN_GATES_MAX = 24,
	SCAN_SERVICES_MAX = 24,
	SCAN_JUNCTIONS_MAX = 8,
};

extern struct scan_world {
	struct operator operators[SCAN_OPERATORS_MAX];
	struct gate gates[SCAN_GATES_MAX];
	struct service services[SCAN_SERVICES_MAX];
	struct scan_junction {
		const struct operator *a, *b;
	} junctions[SCAN_JUNCTIONS_MAX];
	size_t operator_count, gate_count, service_count, junction_count;
	struct product product;
	bool product_known;
	struct sale sale;
	struct ticket ticket;
	struct use use;
	struct scan_outcome out;
	char text[SCAN_LINE_SIZE], heading[SCAN_LINE_SIZE]; /* As the table has them. */
	int line, wrong;
	bool seen[SCAN_VERDICT_COUNT];
} w;

/* Fails the test: the table has a word that nobody knows. */
void unreadable(const char *word);
/* 24T10:00, 24T10:00:30 or 24T10:00:30.999, in November 2026; 31 is the first of December. */
time_ms read_time(const char *word);
const char *time_word(time_ms); /* Until it is called again. */
const char *number_word(long long);
const struct operator *operator_named(const char *id);
int index_of(const char *const *names, const char *word);
/* Of "key=value": the value; NULL: it is another word. */
const char *value_of(const char *word, const char *key);

/* A line that sets something up; false: it is none. */
bool set_up(char **words, size_t count);

#endif
