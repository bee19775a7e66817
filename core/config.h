/* core/config.h - settings from a file of sections and lines (INI); the door to inih.
 *
 * Every setting has a name, a range and a default in one table; an unknown name, a value outside
 * its range or a line that is neither is refused with file and line. Nothing here is secret.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "core/codec.h"

enum { CONFIG_ERROR_SIZE = 256 };
/* The one section there may be; lines without one are as good. */
#define CONFIG_SECTION "hitotsu"

/* name, least, most, default: what it is */
#define CONFIG_SETTINGS(X)                                                                         \
	X(day_boundary_min, 0, 720, 180, "minutes after midnight at which a service day begins")   \
	X(flow_count, 16, 65536, 4096, "commands that may be under way at once")                   \
	X(store_map_mib, 64, 1048576, 65536, "largest size of the embedded store in MiB")          \
	X(http_body_max_kib, 16, 262144, 65536, "largest request body in KiB, feeds included")     \
	X(http_bodies_max_mib, 1, 65536, 256, "MiB of request bodies in memory at once")           \
	X(http_timeout_s, 1, 300, 10, "seconds a client may be silent")                            \
	X(offline_grace_h, 1, 720, 72, "hours after its end until a ticket is over")               \
	X(late_limit_days, 0, 3650, 62, "after its month's close until a ride is paid no more")    \
	X(proof_past_s, 15, 600, 45, "seconds that a phone's proof may be old")                    \
	X(proof_ahead_s, 0, 600, 15, "seconds that a phone's proof may lie ahead")                 \
	X(bundle_max_age_h, 1, 720, 24, "hours after which an offline gate bears its own losses")  \
	X(bundle_ttl_h, 1, 2160, 72, "hours after which a gate refuses to load a bundle")

enum { CONFIG_TEXT_SIZE = 128 };
/* name, default: what it is. A text has no white space. */
#define CONFIG_TEXTS(X)                                                                            \
	X(log_origin, "hitotsu.invalid/log", "the log's name, as host/path; never changed")

struct config {
#define X(name, least, most, value, what) int64_t name;
	CONFIG_SETTINGS(X)
#undef X
#define X(name, value, what) char name[CONFIG_TEXT_SIZE];
	CONFIG_TEXTS(X)
#undef X
};

void config_default(struct config *);
/* False: *error says file, line, what and what to do. The config is then unchanged. */
MUSTCHECK bool config_read(struct config *, const char *path, char error[CONFIG_ERROR_SIZE]);

/* A file to begin with: every setting with its default, and above it what it is and its range. */
void config_document(struct writer *);

#endif
