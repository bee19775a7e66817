/* core/zip.c - looks before it unpacks. Without it a file of 40 kB could fill the memory of the
 * machine that takes in timetables.
 */
#include "core/zip.h"

#include <stdlib.h>
#include <string.h>

/* libzip has a struct of the same name as ours, for a member being read. */
#define zip_file libzip_member
#include <zip.h>
#undef zip_file

enum { FOLDER_SIZE_MAX = 256 };

struct zip_file {
	zip_t *archive;
	uint64_t count;
	char folder[FOLDER_SIZE_MAX]; /* "feed/" where all members lie in one folder, or "". */
};

static const char *member_name(struct zip_file *file, uint64_t index)
{
	const char *name = zip_get_name(file->archive, index, ZIP_FL_ENC_RAW);

	return name != NULL ? name : "";
}

static bool member_stat(struct zip_file *file, uint64_t index, zip_stat_t *stat)
{
	const zip_uint64_t wanted =
	    ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;

	return zip_stat_index(file->archive, index, 0, stat) == 0 &&
	       (stat->valid & wanted) == wanted;
}

/* Compressed sizes that add up to more than the archive has bytes mean that members share them. */
static enum zip_status check_sizes(struct zip_file *file, size_t archive_size)
{
	uint64_t total = 0, packed = 0;

	for (uint64_t i = 0; i < file->count; i++) {
		zip_stat_t stat;

		if (!member_stat(file, i, &stat))
			return ZIP_DAMAGED;
		if (stat.size > ZIP_MEMBER_SIZE_MAX || stat.comp_size > archive_size ||
		    stat.size > (stat.comp_size + 1) * ZIP_RATIO_MAX)
			return ZIP_BOMB;
		total += stat.size;
		packed += stat.comp_size;
		if (total > ZIP_TOTAL_SIZE_MAX || packed > archive_size)
			return ZIP_BOMB;
	}
	return ZIP_FOUND;
}

/* Of two members with one name, different readers see different ones. */
static bool names_differ(struct zip_file *file)
{
	for (uint64_t i = 0; i < file->count; i++)
		for (uint64_t j = 0; j < i; j++)
			if (text_equal(member_name(file, i), member_name(file, j)))
				return false;
	return true;
}

/* The folder that holds every member, apart from what macOS puts beside it. */
static void find_folder(struct zip_file *file)
{
	for (uint64_t i = 0; i < file->count; i++) {
		const char *path = member_name(file, i), *slash = strchr(path, '/');
		struct slice name = slice_text(path), folder;

		if (slice_starts(name, SLICE("__MACOSX/")))
			continue;
		folder = slice_of(name.data, slash == NULL ? 0 : (size_t)(slash - path) + 1);
		if (folder.size == 0 ||
		    (file->folder[0] != '\0' && !slice_is(folder, file->folder)) ||
		    !text_set(file->folder, sizeof(file->folder), folder)) {
			file->folder[0] = '\0';
			return;
		}
	}
}

static enum zip_status open_archive(struct zip_file *file, struct slice bytes)
{
	zip_error_t error;
	zip_source_t *source;

	if (bytes.size == 0)
		return ZIP_NOT_ONE; /* libzip would take it for an empty archive. */
	zip_error_init(&error);
	source = zip_source_buffer_create(bytes.data, bytes.size, 0, &error);
	MUST(source != NULL);
	file->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
	if (file->archive == NULL) {
		int code = zip_error_code_zip(&error);

		zip_source_free(source);
		zip_error_fini(&error);
		return code == ZIP_ER_NOZIP ? ZIP_NOT_ONE : ZIP_DAMAGED;
	}
	zip_error_fini(&error);
	file->count = (uint64_t)zip_get_num_entries(file->archive, 0);
	if (file->count > ZIP_MEMBER_COUNT_MAX)
		return ZIP_TOO_MANY;
	if (!names_differ(file))
		return ZIP_DAMAGED;
	find_folder(file);
	return check_sizes(file, bytes.size);
}

enum zip_status zip_file_open(struct zip_file **out, struct slice bytes)
{
	struct zip_file *file = calloc(1, sizeof(*file));
	enum zip_status status;

	MUST(file != NULL);
	*out = NULL;
	status = open_archive(file, bytes);
	if (status == ZIP_FOUND)
		*out = file;
	else
		zip_file_close(file);
	return status;
}

void zip_file_close(struct zip_file *file)
{
	if (file == NULL)
		return;
	if (file->archive != NULL)
		zip_discard(file->archive);
	free(file);
}

static bool find_member(struct zip_file *file, const char *name, uint64_t *index)
{
	struct slice folder = slice_text(file->folder);

	for (*index = 0; *index < file->count; ++*index) {
		struct slice member = slice_text(member_name(file, *index));

		if (slice_is(member, name))
			return true;
		if (folder.size > 0 && slice_starts(member, folder) &&
		    slice_is(slice_of(member.data + folder.size, member.size - folder.size), name))
			return true;
	}
	return false;
}

/* To the end and a byte beyond: only there does libzip compare the checksum. */
static bool read_member(zip_file_t *member, uint8_t *to, size_t size)
{
	uint8_t beyond;

	for (size_t done = 0; done < size;) {
		zip_int64_t got = zip_fread(member, to + done, size - done);

		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return zip_fread(member, &beyond, 1) == 0;
}

enum zip_status zip_file_read(struct zip_file *file, struct slice *out, struct arena *arena,
			      const char *name)
{
	zip_file_t *member;
	zip_stat_t stat;
	uint64_t index;
	uint8_t *to;
	bool whole;

	*out = (struct slice){ 0 };
	if (!find_member(file, name, &index))
		return ZIP_ABSENT;
	if (!member_stat(file, index, &stat))
		return ZIP_DAMAGED;
	if (stat.encryption_method != ZIP_EM_NONE)
		return ZIP_LOCKED;
	if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
		return ZIP_DAMAGED; /* Each further method is one more decoder to trust. */
	if (stat.size > arena_left(arena))
		return ZIP_BOMB;
	member = zip_fopen_index(file->archive, index, 0);
	if (member == NULL)
		return ZIP_DAMAGED;
	to = arena_alloc(arena, stat.size);
	whole = read_member(member, to, stat.size);
	zip_fclose(member);
	if (!whole)
		return ZIP_DAMAGED;
	*out = slice_of(to, stat.size);
	return ZIP_FOUND;
}

const char *zip_status_text(enum zip_status status)
{
	static const char *const texts[] = {
		[ZIP_FOUND] = "found",
		[ZIP_ABSENT] = "not in the archive",
		[ZIP_NOT_ONE] = "not a zip archive",
		[ZIP_BOMB] = "unpacks to more than is allowed",
		[ZIP_TOO_MANY] = "too many members",
		[ZIP_DAMAGED] = "damaged, or packed in an unknown way",
		[ZIP_LOCKED] = "locked with a password",
	};

	MUST((size_t)status < COUNT_OF(texts));
	return texts[status];
}
