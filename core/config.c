/* core/config.c - settings, checked before anything starts. Without it a misspelt name would
 * silently leave its default in force.
 */
#include "core/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

static const struct setting {
	const char *name;
	int64_t least, most, value;
	const char *what;
	size_t offset;
} settings[] = {
#define X(name, least, most, value, what)                                                          \
	{ #name, least, most, value, what, offsetof(struct config, name) },
	CONFIG_SETTINGS(X)
#undef X
};

static const struct text_setting {
	const char *name, *value, *what;
	size_t offset;
} texts[] = {
#define X(name, value, what) { #name, value, what, offsetof(struct config, name) },
	CONFIG_TEXTS(X)
#undef X
};

struct reading {
	FILE *file;
	const char *path;
	char *error;
	int line, failed_line; /* The line last read; the one that is told about. */
	bool failed, given[COUNT_OF(settings)], text_given[COUNT_OF(texts)];
	struct config config;
};

static int64_t *setting_at(struct config *config, const struct setting *setting)
{
	return (int64_t *)(void *)((char *)config + setting->offset);
}

static void put_text(struct config *config, const struct text_setting *text, const char *value)
{
	char *at = (char *)config + text->offset;

	mem_zero(at, CONFIG_TEXT_SIZE);
	MUST(text_set(at, CONFIG_TEXT_SIZE, slice_text(value)));
}

void config_default(struct config *config)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		put_text(config, &texts[i], texts[i].value);
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		*setting_at(config, &settings[i]) = settings[i].value;
}

void config_document(struct writer *w)
{
	char line[CONFIG_ERROR_SIZE];

	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		const struct setting *s = &settings[i];

		snprintf(line, sizeof(line), "%s; %s, %lld to %lld\n%s = %lld\n", i > 0 ? "\n" : "",
			 s->what, (long long)s->least, (long long)s->most, s->name,
			 (long long)s->value);
		write_text(w, line);
	}
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		snprintf(line, sizeof(line), "\n; %s\n%s = %s\n", texts[i].what, texts[i].name,
			 texts[i].value);
		write_text(w, line);
	}
}

/* The first thing wrong is the one told. Always 0, which is what inih takes for a failure. */
__attribute__((format(printf, 2, 3))) static int fail(struct reading *r, const char *format, ...)
{
	va_list args;
	int used;

	if (r->failed)
		return 0;
	r->failed = true;
	r->failed_line = r->line;
	used = r->line > 0 ? snprintf(r->error, CONFIG_ERROR_SIZE, "%.120s:%d: ", r->path, r->line)
			   : snprintf(r->error, CONFIG_ERROR_SIZE, "%.120s: ", r->path);
	va_start(args, format);
	vsnprintf(r->error + used, (size_t)(CONFIG_ERROR_SIZE - used), format, args);
	va_end(args);
	return 0;
}

static const struct setting *setting_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

static const struct text_setting *text_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (strcmp(texts[i].name, name) == 0)
			return &texts[i];
	return NULL;
}

static int on_text(struct reading *r, const struct text_setting *text, const char *value)
{
	size_t size = strlen(value);

	if (r->text_given[text - texts])
		return fail(r, "%s is given twice: keep one line", text->name);
	for (size_t i = 0; i < size; i++)
		if ((uint8_t)value[i] <= ' ' || (uint8_t)value[i] > '~' || value[i] == '+')
			size = 0;
	if (size == 0 || size >= CONFIG_TEXT_SIZE)
		return fail(r,
			    "%s = %.24s is refused: give 1 to %d visible ASCII characters, no "
			    "space and no '+'",
			    text->name, value, CONFIG_TEXT_SIZE - 1);
	r->text_given[text - texts] = true;
	put_text(&r->config, text, value);
	return 1;
}

static int on_setting(void *to, const char *section, const char *name, const char *value)
{
	struct reading *r = to;
	const struct setting *setting = setting_named(name);
	const struct text_setting *text = text_named(name);
	int64_t number;

	if (section[0] != '\0' && strcmp(section, CONFIG_SECTION) != 0)
		return fail(r, "[%.40s] is no section: use [%s] or none", section, CONFIG_SECTION);
	if (text != NULL)
		return on_text(r, text, value);
	if (setting == NULL)
		return fail(r, "%.40s is no setting: see the list of settings", name);
	if (r->given[setting - settings])
		return fail(r, "%s is given twice: keep one line", name);
	if (!decimal_decode(&number, slice_text(value)) || number < setting->least ||
	    number > setting->most)
		return fail(r, "%s = %.24s is refused: give a whole number from %lld to %lld", name,
			    value, (long long)setting->least, (long long)setting->most);
	r->given[setting - settings] = true;
	*setting_at(&r->config, setting) = number;
	return 1;
}

/* inih's fgets: counts the lines, and sees the ones that inih would cut in two. */
static char *read_line(char *line, int size, void *to)
{
	struct reading *r = to;

	if (fgets(line, size, r->file) == NULL)
		return NULL;
	r->line++;
	if (strchr(line, '\n') == NULL && !feof(r->file))
		fail(r, "the line is longer than %d bytes or holds a NUL", size - 2);
	return line;
}

static bool read_file(struct reading *r)
{
	int bad = ini_parse_stream(read_line, r, on_setting, r);

	if (ferror(r->file)) {
		r->failed = false;
		fail(r, "cannot be read: %s", strerror(errno));
	} else if (bad != 0 && (!r->failed || bad < r->failed_line)) {
		r->failed = false;
		r->line = bad;
		fail(r, "neither a [section] nor name = value");
	}
	return !r->failed;
}

bool config_read(struct config *config, const char *path, char error[CONFIG_ERROR_SIZE])
{
	struct reading r = { .path = path, .error = error, .config = *config };
	bool fine;

	error[0] = '\0';
	r.file = fopen(path, "rb");
	if (r.file == NULL) {
		fail(&r, "cannot be opened: %s", strerror(errno));
		return false;
	}
	fine = read_file(&r);
	fclose(r.file);
	if (fine)
		*config = r.config;
	return fine;
}
