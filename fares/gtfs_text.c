/* fares/gtfs_text.c - names in English and in kana. Without it a visitor would stand at a stop
 * whose name only the feed can read.
 */
#include "fares/gtfs_parse.h"

/* translations.txt: now table_name, field_name, language and a record_id or a field_value; in older
 * GTFS-JP trans_id, lang, where trans_id is the very text that is translated. */
enum {
	TEXT_LANGUAGE,
	TEXT_TRANSLATION,
	TEXT_OLD_ID,
	TEXT_TABLE,
	TEXT_FIELD,
	TEXT_RECORD,
	TEXT_VALUE
};

static const struct gtfs_column text_columns[] = {
	[TEXT_LANGUAGE] = { "language", "lang", true },
	[TEXT_TRANSLATION] = { "translation", NULL, true },
	[TEXT_OLD_ID] = { "trans_id", NULL, false },
	[TEXT_TABLE] = { "table_name", NULL, false },
	[TEXT_FIELD] = { "field_name", NULL, false },
	[TEXT_RECORD] = { "record_id", NULL, false },
	[TEXT_VALUE] = { "field_value", NULL, false },
	{ NULL, NULL, false },
};

enum { LANGUAGE_EN, LANGUAGE_KANA, LANGUAGE_COUNT, LANGUAGE_OTHER = LANGUAGE_COUNT };
enum { KEY_SIZE_MAX = 2048 };

struct words { /* One text in the languages that are kept. */
	struct slice in[LANGUAGE_COUNT];
};

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* BCP 47 tags, in which case says nothing: en and en-..., ja-Hrkt. */
static int language_of(struct slice tag)
{
	uint8_t text[8] = { 0 };

	for (size_t i = 0; i < tag.size && i < sizeof(text); i++)
		text[i] = lower(tag.data[i]);
	if (tag.size == 7 && mem_equal(text, "ja-hrkt", 7))
		return LANGUAGE_KANA;
	if (tag.size >= 2 && mem_equal(text, "en", 2) && (tag.size == 2 || text[2] == '-'))
		return LANGUAGE_EN;
	return LANGUAGE_OTHER;
}

/* Table, field, and =record or :value; of the old form only :value. The unit separator cannot stand
 * in a text that was printable. */
static struct slice make_key(uint8_t room[KEY_SIZE_MAX], struct slice table, struct slice field,
			     char kind, struct slice what)
{
	struct writer w = { .data = room, .size = KEY_SIZE_MAX };

	write_bytes(&w, table);
	write_u8(&w, 0x1f);
	write_bytes(&w, field);
	write_u8(&w, (uint8_t)kind);
	write_bytes(&w, what);
	return w.failed ? (struct slice){ 0 } : slice_of(room, w.used);
}

static struct slice row_key(uint8_t room[KEY_SIZE_MAX], const struct gtfs_row *row)
{
	const struct slice *f = row->fields;
	struct slice none = { 0 };

	if (f[TEXT_TABLE].size == 0)
		return make_key(room, none, none, ':', f[TEXT_OLD_ID]);
	if (f[TEXT_RECORD].size > 0)
		return make_key(room, f[TEXT_TABLE], f[TEXT_FIELD], '=', f[TEXT_RECORD]);
	return make_key(room, f[TEXT_TABLE], f[TEXT_FIELD], ':', f[TEXT_VALUE]);
}

static struct words *words_at(struct gtfs *g, struct slice key)
{
	uint32_t known;
	uint32_t *index;
	bool fresh;
	struct words *added;

	if (gtfs_map_get(&g->word_keys, &known, key))
		return (struct words *)g->words.items + known;
	added = gtfs_list_add(g, &g->words, sizeof(*added));
	index = added == NULL ? NULL :
				gtfs_map_put(g, &g->word_keys, arena_copy(g->keep, key), &fresh);
	if (index == NULL)
		return NULL;
	*index = g->words.count - 1;
	return added;
}

static bool text_row(struct gtfs *g, const struct gtfs_row *row)
{
	const struct slice *f = row->fields;
	int language = language_of(f[TEXT_LANGUAGE]);
	uint8_t room[KEY_SIZE_MAX];
	struct slice key, text;
	struct words *words;

	if (f[TEXT_LANGUAGE].size == 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, TEXT_LANGUAGE);
	if (f[TEXT_TABLE].size == 0 && f[TEXT_OLD_ID].size == 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, TEXT_TABLE);
	if (language == LANGUAGE_OTHER)
		return true;
	key = row_key(room, row);
	if (key.size == 0)
		return gtfs_refuse(g, GTFS_ID_TOO_LONG, -1);
	if (!gtfs_take_text(g, &text, TEXT_TRANSLATION, GTFS_NAME_SIZE))
		return false;
	words = words_at(g, key);
	if (words != NULL && words->in[language].size == 0)
		words->in[language] = text;
	return words != NULL;
}

const struct gtfs_table gtfs_translation_table = {
	.name = "translations.txt",
	.columns = text_columns,
	.known = "record_sub_id",
	.row = text_row,
};

static struct slice look_up(const struct gtfs *g, struct slice key, int language)
{
	uint32_t index;

	if (key.size == 0 || !gtfs_map_get(&g->word_keys, &index, key))
		return (struct slice){ 0 };
	return ((const struct words *)g->words.items)[index].in[language];
}

/* What names the record comes before what names the text. */
static struct slice translate(const struct gtfs *g, const char *table, const char *field,
			      struct slice id, struct slice text, int language)
{
	struct slice t = slice_text(table), f = slice_text(field), none = { 0 }, found;
	uint8_t room[KEY_SIZE_MAX];

	found = look_up(g, make_key(room, t, f, '=', id), language);
	if (found.size == 0 && text.size > 0)
		found = look_up(g, make_key(room, t, f, ':', text), language);
	if (found.size == 0 && text.size > 0)
		found = look_up(g, make_key(room, none, none, ':', text), language);
	return found;
}

void gtfs_texts_end(struct gtfs *g)
{
	struct gtfs_stop *stops = g->stops.items;
	struct gtfs_route *routes = g->routes.items;
	struct gtfs_agency *agencies = g->agencies.items;

	for (uint32_t i = 0; i < g->stops.count; i++) {
		struct gtfs_stop *s = &stops[i];

		s->name_en = translate(g, "stops", "stop_name", s->id, s->name, LANGUAGE_EN);
		s->name_kana = translate(g, "stops", "stop_name", s->id, s->name, LANGUAGE_KANA);
	}
	for (uint32_t i = 0; i < g->routes.count; i++) {
		struct gtfs_route *r = &routes[i];

		r->name_en = translate(g, "routes", "route_long_name", r->id, r->long_name,
				       LANGUAGE_EN);
		if (r->name_en.size == 0)
			r->name_en = translate(g, "routes", "route_short_name", r->id,
					       r->short_name, LANGUAGE_EN);
	}
	for (uint32_t i = 0; i < g->agencies.count; i++) {
		struct gtfs_agency *a = &agencies[i];

		a->name_en = translate(g, "agency", "agency_name", a->id, a->name, LANGUAGE_EN);
	}
}
