/* tests/feed_zip.c - feeds for tests. Without it each test of the import would need files on the
 * disk. */
#include "tests/feed_zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define zip_file libzip_member /* As in core/zip.c. */
#include <zip.h>
#undef zip_file

#include "core/crypto.h"

enum { ZIP_ROOM = 8 << 20 };

static const struct {
	const char *name, *text;
} honest[] = {
	{ "feed_info.txt",
	  "feed_publisher_name,feed_publisher_url,feed_lang\n"
	  "九州の町,http://example.org/,ja\n" },
	{ "agency.txt",
	  "agency_id,agency_name,agency_url,agency_timezone\n"
	  "3000020401307,海,http://a,Asia/Tokyo\n"
	  "8000020401005,山,http://a,Asia/Tokyo\n"
	  "1000020402273,川,http://a,Asia/Tokyo\n"
	  "4000020403491,里,http://a,Asia/Tokyo\n" },
	{ "stops.txt",
	  "stop_id,stop_name,stop_lat,stop_lon,zone_id,location_type\n"
	  "S1,港,33.5838,130.325,Z1,0\n"
	  "S2,駅前,33.5900001,130.42,Z2,0\n"
	  "S3,空港,-33.25,130.4483,Z3,0\n"
	  "S4,学校,33,130,Z3,\n" },
	{ "routes.txt",
	  "route_id,agency_id,route_short_name,route_long_name,"
	  "route_desc,route_type\n"
	  "R1,3000020401307,1,海岸線,,3\n"
	  "R2,3000020401307,2,空港線,,1\n"
	  "R3,8000020401005,3,渡船,,4\n"
	  "R4,8000020401005,4,急行,,204\n" },
	{ "routes_jp.txt",
	  "route_id,route_update_date,origin_stop,via_stop,"
	  "destination_stop\n"
	  "R1,20260401,港,駅前,空港\n" },
	{ "fare_attributes.txt",
	  "fare_id,price,currency_type,payment_method,transfers\n"
	  "F1,210,JPY,0,0\n"
	  "F2,260,JPY,1,\n"
	  "F3,300,JPY,0,1\n"
	  "F4,1000000,JPY,0,0\n" },
	{ "fare_rules.txt",
	  "fare_id,route_id,origin_id,destination_id,contains_id\n"
	  "F1,R1,Z1,Z2,\n"
	  "F2,R1,Z1,Z3,\n"
	  "F3,,Z2,Z3,\n"
	  "F4,R4,Z1,Z1,\n" },
	{ "trips.txt",
	  "route_id,service_id,trip_id\n"
	  "R1,w,T1\nR1,w,T2\nR2,w,T3\nR3,w,T4\n" },
	{ "stop_times.txt",
	  "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
	  "T1,9:00:00,9:00:00,S1,1\n"
	  "T2,9:00:00,9:00:00,S3,30\n"
	  "T2,9:05:00,9:05:00,S1,10\n"
	  "T2,9:05:00,9:05:00,S2,20\n"
	  "T1,9:05:00,9:05:00,S2,2\n" },
	{ "translations.txt",
	  "table_name,field_name,language,translation,record_id,"
	  "record_sub_id,field_value\n"
	  "stops,stop_name,en,Port,S1,,\n"
	  "stops,stop_name,ja-Hrkt,みなと,S1,,\n"
	  "stops,stop_name,en,Station,,,駅前\n"
	  "stops,stop_name,fr,Gare,,,駅前\n"
	  "routes,route_long_name,en,Coast Line,R1,,\n"
	  "agency,agency_name,en,Sea,3000020401307,,\n" },
};

void feed_files_honest(struct feed_files *f)
{
	*f = (struct feed_files){ .count = COUNT_OF(honest) };
	for (size_t i = 0; i < COUNT_OF(honest); i++)
		f->files[i] = (struct feed_file){ honest[i].name,
						  slice_text(honest[i].text) };
}

void feed_files_set(struct feed_files *f, const char *name, struct slice text)
{
	size_t i = 0;

	while (i < f->count && strcmp(f->files[i].name, name) != 0)
		i++;
	MUST(i < FEED_FILE_COUNT_MAX);
	f->files[i] = (struct feed_file){ name, text };
	if (i == f->count)
		f->count++;
}

struct slice feed_files_get(const struct feed_files *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->files[i].name, name) == 0)
			return f->files[i].text;
	return (struct slice){ 0 };
}

char *feed_files_add_line(struct feed_files *f, const char *name, const char *line)
{
	struct slice text = feed_files_get(f, name);
	char *longer = malloc(text.size + strlen(line) + 2);

	MUST(longer != NULL && text.data != NULL);
	memcpy(longer, text.data, text.size);
	sprintf(longer + text.size, "%s\n", line);
	feed_files_set(f, name, slice_text(longer));
	return longer;
}

struct slice feed_files_zip(const struct feed_files *f)
{
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *archive = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
	uint8_t *out = malloc(ZIP_ROOM);
	zip_int64_t size;

	MUST(archive != NULL && out != NULL);
	zip_source_keep(source);
	for (size_t i = 0; i < f->count; i++) {
		struct slice text = f->files[i].text;

		if (text.data != NULL)
			MUST(zip_file_add(archive, f->files[i].name,
					  zip_source_buffer(archive, text.data, text.size, 0),
					  0) >= 0);
	}
	MUST(zip_close(archive) == 0 && zip_source_open(source) == 0);
	size = zip_source_read(source, out, ZIP_ROOM);
	MUST(size > 0 && size < ZIP_ROOM);
	zip_source_close(source);
	zip_source_free(source);
	return slice_of(out, (size_t)size);
}

struct slice feed_read_path(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;
	size_t size;

	if (file == NULL)
		return (struct slice){ 0 };
	bytes = malloc(ZIP_ROOM);
	MUST(bytes != NULL);
	size = fread(bytes, 1, ZIP_ROOM, file);
	MUST(size < ZIP_ROOM && !ferror(file));
	fclose(file);
	return slice_of(bytes, size);
}

/* --- Reading --- */

struct gtfs_report feed_report;

static struct arena keep, scratch;

int feed_open_arenas(void **state)
{
	(void)state;
	return crypto_init() && arena_open(&keep, GTFS_KEEP_SIZE) &&
			       arena_open(&scratch, GTFS_SCRATCH_SIZE) ?
		       0 :
		       -1;
}

int feed_close_arenas(void **state)
{
	(void)state;
	arena_close(&keep);
	arena_close(&scratch);
	return 0;
}

struct gtfs *feed_read_zip(struct slice zip)
{
	struct gtfs *g;

	arena_reset(&keep, 0);
	strcpy(feed_report.feed_id, "feed");
	return gtfs_read(&g, &feed_report, &keep, &scratch, zip) ? g : NULL;
}

struct gtfs *feed_read(const struct feed_files *f)
{
	struct slice zip = feed_files_zip(f);
	struct gtfs *g = feed_read_zip(zip);

	free((void *)zip.data);
	return g;
}

const struct gtfs_note *feed_find_note(const char *code, const char *file)
{
	for (uint16_t i = 0; i < feed_report.note_count; i++)
		if (strcmp(feed_report.notes[i].code, code) == 0 &&
		    strcmp(feed_report.notes[i].file, file) == 0)
			return &feed_report.notes[i];
	return NULL;
}
