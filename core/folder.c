/* core/folder.c - who may use this folder. Without it two programs would write one store, each sure
 * of being alone, and a power cut could lose a new folder whose files were safe.
 */
#include "core/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PID_TEXT_SIZE = 24 };

static bool path_join(char out[PATH_MAX], const char *dir, const char *name)
{
	int size = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	errno = dir[0] == '\0' ? ENOENT : ENAMETOOLONG;
	return dir[0] != '\0' && size > 0 && size < PATH_MAX;
}

bool folder_sync(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return synced;
}

bool folder_make(const char *dir)
{
	char parent[PATH_MAX];

	if (!path_join(parent, dir, ".."))
		return false;
	if (mkdir(dir, 0700) == 0)
		return folder_sync(parent); /* Its name is on disk only when its parent is. */
	return errno == EEXIST;
}

static long holder_read(int fd)
{
	char text[PID_TEXT_SIZE] = { 0 };

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static bool holder_write(int fd)
{
	char text[PID_TEXT_SIZE];
	int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)size, 0) == size;
}

int folder_lock(long *holder, const char *dir)
{
	char path[PATH_MAX];
	int fd, why;

	*holder = 0;
	if (!path_join(path, dir, "lock"))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && holder_write(fd))
		return fd;
	why = errno;
	if (why == EWOULDBLOCK)
		*holder = holder_read(fd);
	close(fd);
	errno = why;
	return -1;
}

uint64_t folder_room(int fd)
{
	struct statvfs disk;

	/* Who cannot say how much there is has the write itself to tell. */
	return fstatvfs(fd, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : UINT64_MAX;
}
