/* operators/bench_server.c - the server being measured, the disk under it, and its pages in memory.
 * Without it a bench would charge one run for the work that the last one left behind.
 */
#include "operators/bench_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"

enum {
	READY_MS = 60000,
	PORT_SIZE = 16,
	SETTLED_LAG_S = 4, /* A second is sealed one or two after it is over. */
	SETTLE_RATE = 4,
	SETTLE_S_MAX = 300,
	METRICS_SIZE = 1024 * 1024,
	PROBE_SIZE = 200,
	PROBE_FILE_SIZE = 4 * 1024 * 1024,
	READ_SIZE = 1024 * 1024,
};

bool bench_server_start(struct bench_server *server, const struct bench_store *store)
{
	char path[BENCH_PATH_SIZE], ready[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE], port[PORT_SIZE];
	const char *argv[] = { NULL,          "serve",        "--data", path, "--listen",
			       "127.0.0.1:0", "--ready-file", ready,    NULL };

	bench_path(path, store, "store");
	bench_path(ready, store, "ready");
	bench_path(log, store, "server.log");
	unlink(ready);
	if (!child_start(&server->child, argv, NULL, log) ||
	    !child_await_line(&server->child, ready, port, sizeof(port), READY_MS)) {
		child_stop(&server->child);
		return bench_fail(log, "the server did not start; its log is there");
	}
	server->port = (uint16_t)strtoul(port, NULL, 10);
	return true;
}

void bench_server_stop(struct bench_server *server)
{
	child_stop(&server->child);
}

/* The 14th and 15th fields of /proc/PID/stat; the second, in brackets, may hold blanks. */
uint64_t bench_server_cpu_ms(const struct bench_server *server)
{
	char path[64], text[1024];
	unsigned long long user = 0, system = 0;
	const char *at = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", server->child.pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fgets(text, sizeof(text), file) != NULL)
		at = strrchr(text, ')');
	fclose(file);
	if (at == NULL || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
				 &user, &system) != 2)
		return 0;
	return (user + system) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* --- Waiting for the log and the books --- */

struct settling {
	struct bench *bench;
	uint64_t lag_s;
	unsigned seen;
	bool settled;
};

static bool settle_ask(void *to, uint32_t connection, struct writer *w)
{
	(void)connection;
	http_load_write(w, "GET", "/metrics", NULL, NULL, slice_of(NULL, 0));
	return !((struct settling *)to)->settled;
}

static void settle_told(void *to, uint32_t connection, unsigned status, struct slice body)
{
	static const char name[] = "\nhitotsu_fold_lag_seconds ";
	struct settling *settling = to;
	const char *at = memmem(body.data, body.size, name, sizeof(name) - 1);

	(void)connection;
	if (status != 200 || at == NULL)
		return;
	settling->lag_s = strtoull(at + sizeof(name) - 1, NULL, 10);
	settling->seen++;
	settling->settled = settling->lag_s <= SETTLED_LAG_S;
	bench_progress(settling->bench, "s behind: waiting for the books", settling->lag_s, 0);
}

void bench_server_settle(struct bench *b, const struct bench_server *server)
{
	struct http_load_result *result = calloc(1, sizeof(*result));
	struct settling settling = { .bench = b };
	struct http_load load = { .host = "127.0.0.1",
				  .port = server->port,
				  .connections = 1,
				  .rate = SETTLE_RATE,
				  .time_ms = SETTLE_S_MAX * 1000,
				  .answer_size = METRICS_SIZE,
				  .ask = settle_ask,
				  .told = settle_told,
				  .to = &settling };

	MUST(result != NULL);
	if (!http_load_run(result, &load) || !settling.settled)
		bench_fail("the books", "they did not catch up; what follows is slower for it");
	free(result);
}

/* --- Pages and the disk --- */

static int store_file(const struct bench_store *store)
{
	char path[BENCH_PATH_SIZE];

	bench_path(path, store, "store/data.mdb");
	return open(path, O_RDWR | O_CLOEXEC);
}

void bench_pages_warm(const struct bench_store *store)
{
	char *room = malloc(READ_SIZE);
	int fd = store_file(store);

	while (room != NULL && fd >= 0 && read(fd, room, READ_SIZE) > 0)
		;
	if (fd >= 0)
		close(fd);
	free(room);
}

/* A page that is not on disk yet would stay. */
void bench_pages_drop(const struct bench_store *store)
{
	int fd = store_file(store);

	if (fd < 0 || fsync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		bench_fail("cold", "the pages could not be dropped");
	if (fd >= 0)
		close(fd);
}

static bool preallocate(int fd)
{
	static const uint8_t zeroes[READ_SIZE];

	for (size_t done = 0; done < PROBE_FILE_SIZE; done += sizeof(zeroes))
		if (pwrite(fd, zeroes, sizeof(zeroes), (off_t)done) != (ssize_t)sizeof(zeroes))
			return false;
	return fsync(fd) == 0;
}

static bool probe(struct histogram *took_ns, int fd, unsigned count)
{
	uint8_t bytes[PROBE_SIZE];

	for (unsigned i = 0; i < count; i++) {
		off_t at = (off_t)((uint64_t)i * PROBE_SIZE % (PROBE_FILE_SIZE - PROBE_SIZE));
		uint64_t began = clock_monotonic_ns();

		crypto_random(bytes, sizeof(bytes));
		if (pwrite(fd, bytes, PROBE_SIZE, at) != PROBE_SIZE || fdatasync(fd) != 0)
			return false;
		histogram_add(took_ns, clock_monotonic_ns() - began);
	}
	return true;
}

uint64_t bench_disk_p99(const struct bench_store *store, unsigned count)
{
	struct histogram *took_ns = calloc(1, sizeof(*took_ns));
	char path[BENCH_PATH_SIZE];
	uint64_t p99 = 0;
	int fd;

	MUST(took_ns != NULL);
	bench_path(path, store, "probe");
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0 && preallocate(fd) && probe(took_ns, fd, count))
		p99 = histogram_at(took_ns, 9900);
	else
		bench_fail(path, strerror(errno));
	if (fd >= 0)
		close(fd);
	unlink(path);
	free(took_ns);
	return p99;
}
