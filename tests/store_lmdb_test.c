/* tests/store_lmdb_test.c - what only a disk can do: stay, fill up, be killed. Without it "on disk"
 * would be a claim that nobody tried.
 */
#include "tests/store_help.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	IN_FLIGHT = 64,
	KILL_ROUNDS = 3,
	KILL_AFTER = 1000, /* Acknowledged writes a round. */
	RECORDS_MAX = 1 << 20,
	FULL_COUNT = 24,
	FILE_LIMIT = 512 << 10,
};

static void a_reopened_store_has_everything(void **state)
{
	(void)state;
	assert_int_equal(help_commit("a ev/1@0=z w k/a@0=x w k/b@0="), STORE_OK);
	assert_int_equal(help_commit("w k/a@1=y d k/b@1="), STORE_OK);
	store_close(help_store);
	help_open(HELP_LIMIT_SIZE);
	help_assert_stands("r ev/1@1=z r k/a@2=y r k/b@0=");
	assert_int_equal(help_commit("w k/a@2=z w q/new@0=1"), STORE_OK);
	help_assert_stands("r k/a@3=z r q/new@1=1");
}

static void the_folder_is_its_owners(void **state)
{
	char path[128];
	struct stat stat_of;

	(void)state;
	snprintf(path, sizeof(path), "%s/s", help_folder);
	assert_int_equal(stat(path, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0700);
}

static void what_cannot_be_opened_says_what_to_do(void **state)
{
	static const struct {
		const char *where, *says;
	} table[] = {
		{ "lmdb:", "name another" },
		{ "lmdb:/tmp/not/there", "make its parent folder" },
		{ "lmdb:/dev/null", "Not a directory" },
		{ "lmdb:/proc", "name a folder that you may write" },
		{ "sim:x", "say sim:SEED" },
		{ "lmdbx:/tmp", "say lmdb:DIR or sim:SEED" },
		{ "", "say lmdb:DIR or sim:SEED" },
	};
	char error[STORE_ERROR_SIZE];
	struct store *other;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		assert_false(store_open(&other, help_loop, table[i].where, HELP_LIMIT_SIZE, error));
		assert_non_null(strstr(error, table[i].says));
	}
	store_close(help_store);
	assert_false(store_open(&other, help_loop, help_where, 4096, error));
	assert_non_null(strstr(error, "allow 65536 bytes or more"));
	help_open(HELP_LIMIT_SIZE);
}

static void a_second_program_is_refused(void **state)
{
	char error[STORE_ERROR_SIZE], holder[32];
	struct store *second;
	pid_t child;
	int status;

	(void)state;
	snprintf(holder, sizeof(holder), "process %ld is using it", (long)getpid());
	child = fork();
	if (child == 0) {
		if (store_open(&second, help_loop, help_where, HELP_LIMIT_SIZE, error))
			_exit(1);
		_exit(strstr(error, holder) != NULL && strstr(error, "stop that process") ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_false(store_open(&second, help_loop, help_where, HELP_LIMIT_SIZE, error));
	assert_int_equal(help_commit("w k/a@0=x"), STORE_OK);
}

/* What comes back for FULL_COUNT commits that reach the writer together. */
struct put {
	struct store_req req;
	struct store_item item;
	char key[8];
};

static int answered, busy;

static void on_put(struct store_req *req, enum store_status status)
{
	assert_true(status == STORE_OK || status == STORE_BUSY);
	assert_int_equal(req->status, status);
	answered++;
	busy += status == STORE_BUSY;
}

static void of_a_batch_too_large_what_fits_is_kept(void **state)
{
	static uint8_t bytes[STORE_VALUE_SIZE_MAX];
	static struct put puts[FULL_COUNT];

	(void)state;
	help_renew(256 << 10);
	answered = busy = 0;
	for (int i = 0; i < FULL_COUNT; i++) {
		struct put *put = &puts[i];

		snprintf(put->key, sizeof(put->key), "k/%02d", i);
		put->item = (struct store_item){
			.key = slice_text(put->key),
			.value = slice_of(bytes, i % 2 == 0 ? sizeof(bytes) : 1),
			.intent = STORE_APPEND,
		};
		put->req = (struct store_req){ .items = &put->item,
					       .item_count = 1,
					       .done = on_put };
		store_commit(help_store, &put->req);
	}
	while (answered < FULL_COUNT)
		loop_turn(help_loop);
	assert_in_range(busy, 1, FULL_COUNT / 2);
	for (int i = 0; i < FULL_COUNT; i++) {
		struct store_item item = { .key = slice_text(puts[i].key) };
		struct store_req req = { .items = &item, .item_count = 1, .arena = &help_arena };

		assert_true(i % 2 == 0 || puts[i].req.status == STORE_OK); /* Small ones fit. */
		assert_int_equal(store_fetch_wait(help_store, &req), STORE_OK);
		assert_int_equal(item.version, puts[i].req.status == STORE_OK);
	}
}

/* A child writes records, two a commit, numbered from `from`, and says into the pipe what was
 * acknowledged, until it ends or is ended. */
struct load {
	struct store_req req;
	struct store_item items[2];
	char keys[2][16];
	uint8_t value[4];
	uint32_t number;
};

static int load_pipe;
static uint32_t load_next;

static void load_start(struct load *load);

static void on_loaded(struct store_req *req, enum store_status status)
{
	struct load *load = (struct load *)req;

	if (status != STORE_OK)
		_exit(3);
	if (write(load_pipe, &load->number, sizeof(load->number)) != sizeof(load->number))
		_exit(4);
	load_start(load);
}

static void load_start(struct load *load)
{
	load->number = load_next++;
	mem_copy(load->value, &load->number, sizeof(load->value));
	snprintf(load->keys[0], sizeof(load->keys[0]), "a/%08u", load->number);
	snprintf(load->keys[1], sizeof(load->keys[1]), "b/%08u", load->number * 7919 % RECORDS_MAX);
	for (int i = 0; i < 2; i++)
		load->items[i] = (struct store_item){
			.key = slice_text(load->keys[i]),
			.value = slice_of(load->value, sizeof(load->value)),
			.intent = i == 0 ? STORE_WRITE : STORE_APPEND,
		};
	load->req = (struct store_req){ .items = load->items, .item_count = 2, .done = on_loaded };
	store_commit(help_store, &load->req);
}

static void load_run(uint32_t from)
{
	static struct load loads[IN_FLIGHT];

	if (!loop_open(&help_loop))
		_exit(5);
	help_open(HELP_LIMIT_SIZE);
	load_next = from;
	for (int i = 0; i < IN_FLIGHT; i++)
		load_start(&loads[i]);
	loop_run(help_loop);
}

static void assert_kept(uint32_t number)
{
	char keys[2][16];
	struct store_item items[2] = { 0 };
	struct store_req req = { .items = items, .item_count = 2, .arena = &help_arena };

	snprintf(keys[0], sizeof(keys[0]), "a/%08u", number);
	snprintf(keys[1], sizeof(keys[1]), "b/%08u", number * 7919 % RECORDS_MAX);
	items[0].key = slice_text(keys[0]);
	items[1].key = slice_text(keys[1]);
	arena_reset(&help_arena, 4096);
	assert_int_equal(store_fetch_wait(help_store, &req), STORE_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(items[i].version, 1);
		assert_memory_equal(items[i].value.data, &number, sizeof(number));
	}
}

/* Marks in `kept` what the child said, until it says no more. Kills it after `kill_after`. */
static uint32_t load_hear(bool *kept, pid_t child, int from, uint32_t kill_after)
{
	uint32_t number, count = 0;

	while (read(from, &number, sizeof(number)) == sizeof(number)) {
		assert_true(number < RECORDS_MAX);
		kept[number] = true;
		if (++count == kill_after)
			assert_int_equal(kill(child, SIGKILL), 0);
	}
	close(from);
	return count;
}

static void kill_9_loses_nothing_acknowledged(void **state)
{
	static bool kept[RECORDS_MAX];
	uint32_t from = 0, count = 0;

	(void)state;
	for (int round = 0; round < KILL_ROUNDS; round++) {
		int ends[2], status;
		pid_t child;

		store_close(help_store); /* The child holds it. */
		assert_int_equal(pipe(ends), 0);
		child = fork();
		if (child == 0) {
			close(ends[0]);
			load_pipe = ends[1];
			load_run(from);
			_exit(6);
		}
		close(ends[1]);
		count += load_hear(kept, child, ends[0], KILL_AFTER);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		help_open(HELP_LIMIT_SIZE);
		for (uint32_t i = 0; i < RECORDS_MAX; i++) {
			if (!kept[i])
				continue;
			assert_kept(i);
			from = i + 1;
		}
		from += IN_FLIGHT; /* Those not acknowledged may be there too. */
	}
	print_message("killed %d times, %u acknowledged, none lost\n", KILL_ROUNDS, count);
}

/* The system refuses what would go past a file's limit as a full disk would: by an error, or by
 * taking a part of a write, after which the program stops. */
static void a_disk_that_fills_up_loses_nothing_acknowledged(void **state)
{
	static bool kept[RECORDS_MAX];
	int ends[2], status;
	uint32_t count;
	pid_t child;

	(void)state;
	store_close(help_store);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct rlimit limit = { FILE_LIMIT, FILE_LIMIT };

		close(ends[0]);
		load_pipe = ends[1];
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		load_run(0);
		_exit(6);
	}
	close(ends[1]);
	count = load_hear(kept, child, ends[0], 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == EX_IOERR || WEXITSTATUS(status) == 3);
	help_open(HELP_LIMIT_SIZE);
	for (uint32_t i = 0; i < RECORDS_MAX; i++)
		if (kept[i])
			assert_kept(i);
	assert_true(count > 0);
	assert_int_equal(help_commit("w a/x@0=y"), STORE_OK);
}

static void no_more_kinds_than_there_is_room_for(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < STORE_KIND_COUNT_MAX; i++) {
		snprintf(text, sizeof(text), "w k%c%c/a@0=x", 'a' + i / 26, 'a' + i % 26);
		assert_int_equal(help_commit(text), STORE_OK);
	}
	store_close(help_store);
	help_open(HELP_LIMIT_SIZE);
	help_assert_stands("r kaa/a@1=x r kcl/a@1=x");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(a_reopened_store_has_everything),
		CASE(the_folder_is_its_owners),
		CASE(what_cannot_be_opened_says_what_to_do),
		CASE(a_second_program_is_refused),
		CASE(of_a_batch_too_large_what_fits_is_kept),
		CASE(kill_9_loses_nothing_acknowledged),
		CASE(a_disk_that_fills_up_loses_nothing_acknowledged),
		CASE(no_more_kinds_than_there_is_room_for),
	};

	help_scheme = "lmdb";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
