/* core/child.c - without it the demo would have to reach around HTTP into the program it shows. */
#include "core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILD_POLL_MS = 10 };

static void redirect(const char *path, int to)
{
	int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0)
		dup2(fd, to);
}

bool child_start(struct child *child, const char *const *argv, const char *out_path,
		 const char *log_path)
{
	const char *args[CHILD_ARG_COUNT_MAX + 1];
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t count = 1;
	pid_t parent = getpid();

	if (n <= 0)
		return false;
	self[n] = '\0';
	args[0] = argv[0] == NULL ? self : argv[0];
	while (argv[count] != NULL && count < CHILD_ARG_COUNT_MAX) {
		args[count] = argv[count];
		count++;
	}
	args[count] = NULL;
	fflush(NULL);
	child->pid = fork();
	if (child->pid != 0)
		return child->pid > 0;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	redirect(out_path, STDOUT_FILENO);
	redirect(log_path, STDERR_FILENO);
	execv(args[0], (char *const *)args);
	_exit(127);
}

static int code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int child_wait(struct child *child)
{
	int status;

	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	child->pid = 0;
	return code_of(status);
}

int child_stop(struct child *child)
{
	if (child->pid <= 0)
		return 0;
	kill(child->pid, SIGTERM);
	return child_wait(child);
}

static bool has_ended(struct child *child)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	       info.si_pid != 0;
}

static void pause_ms(unsigned ms)
{
	struct timespec wait = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&wait, NULL);
}

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");
	bool whole = false;

	if (file == NULL)
		return false;
	if (fgets(line, (int)size, file) != NULL) {
		size_t n = strcspn(line, "\n");

		whole = line[n] == '\n';
		line[n] = '\0';
	}
	fclose(file);
	return whole;
}

bool child_await_line(struct child *child, const char *path, char *line, size_t size,
		      unsigned most_ms)
{
	for (unsigned waited = 0; waited < most_ms; waited += CHILD_POLL_MS) {
		if (read_line(path, line, size))
			return true;
		if (has_ended(child))
			return read_line(path, line, size);
		pause_ms(CHILD_POLL_MS);
	}
	return false;
}

static volatile sig_atomic_t told_to_stop;

static void on_stop(int number)
{
	(void)number;
	told_to_stop = 1;
}

void child_hold(struct child *child)
{
	struct sigaction act = { .sa_handler = on_stop };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	while (!told_to_stop && !has_ended(child))
		pause_ms(100);
}
