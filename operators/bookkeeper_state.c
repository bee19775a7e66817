/* operators/bookkeeper_state.c - lines of closed months move: agreed, disputed, decided, sent,
 * paid, returned. Without it a line in dispute would be paid like any other.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"

static const char *state_key(struct books *books, day_t period, const char *tail)
{
	return fold_key(books->fold, "lstate/%s/%s", books_month(books, period), tail);
}

bool books_move_line(struct books *books, day_t period, const char *tail, enum line_move move,
		     const char *by, const char *why)
{
	const char *key = state_key(books, period, tail);
	struct line_view *view = fold_alloc(books->fold, sizeof(*view));

	if (!books_get(books, view, &line_view_shape, key) || view->line_id[0] == '\0')
		return false;
	if (!line_view_move(view, move, books->fact->at, by, why))
		return false;
	fold_put(books->fold, key, &line_view_shape, view);
	return true;
}

/* ---- What people said. ---- */

static void correct(struct books *books)
{
	const struct fact *fact = books->fact;
	day_t period = books_open_period(books, month_of(books_fact_day(books)));
	struct posting postings[2];
	size_t count = ledger_corrected(postings, fact->operator_id, fact->other_id,
					fact->signed_yen);

	if (count == 0)
		return;
	books_post(books, postings, count, books_fact_name(books), (struct id128){ { 0 } },
		   period);
	books_adjust(books, LINE_correction, fact->operator_id, fact->signed_yen, period);
	if (fact->other_id[0] != '\0')
		books_adjust(books, LINE_correction, fact->other_id, -fact->signed_yen, period);
}

/* A move that came too late moves nothing, but is counted: whoever filed it may go on. */
void books_line_moved(struct books *books)
{
	const struct fact *fact = books->fact;
	struct line_view *view = fold_alloc(books->fold, sizeof(*view));
	char tail[LINE_ID_SIZE];
	enum line_move move;
	const char *key;

	MUST(line_tail_of(tail, slice_text(fact->line)) && line_move_read(&move, fact->move));
	key = state_key(books, fact->day, tail);
	if (!books_get(books, view, &line_view_shape, key))
		return;
	MUST(view->line_id[0] != '\0');
	view->moves++;
	if (line_view_move(view, move, fact->at, fact->by, fact->note) &&
	    move == LINE_MOVE_decide) {
		view->correction_yen = fact->signed_yen;
		correct(books);
	}
	fold_put(books->fold, key, &line_view_shape, view);
}

/* ---- What nobody said. ---- */

static void agree_by_silence(struct books *books, const char *key)
{
	struct line_view *view = fold_alloc(books->fold, sizeof(*view));

	if (books_get(books, view, &line_view_shape, key) &&
	    line_view_move(view, LINE_MOVE_silence, books->fact->at, "silence", ""))
		fold_put(books->fold, key, &line_view_shape, view);
}

enum fold_result books_silence(struct books *books)
{
	const char *until =
		fold_key(books->fold, "close/silent/%06d/", (int)books->fact->day + 1);
	const char *due, *month, *from;
	const struct slice *keys;
	struct close_silence silence;
	uint32_t count;

	if (!fold_page(books->fold, &keys, &count, "close/silent/", until))
		return FOLD_NEED;
	if (count == 0)
		return FOLD_DONE;
	due = (const char *)keys[0].data;
	month = due + text_size("close/silent/123456/");
	if (!books_get(books, &silence, &close_silence_shape, due))
		return FOLD_NEED;
	from = silence.cursor[0] == '\0' ? fold_key(books->fold, "lstate/%s/", month)
					 : fold_key(books->fold, "%s\x01", silence.cursor);
	if (!fold_page(books->fold, &keys, &count, from,
		       fold_key(books->fold, "lstate/%s0", month)))
		return FOLD_NEED;
	for (uint32_t i = 0; i < count; i++)
		agree_by_silence(books, (const char *)keys[i].data);
	if (books->waits)
		return FOLD_NEED;
	if (count < FOLD_PAGE_COUNT_MAX) {
		fold_remove(books->fold, due);
		return FOLD_MORE;
	}
	MUST(text_set(silence.cursor, sizeof(silence.cursor), keys[count - 1]));
	fold_put(books->fold, due, &close_silence_shape, &silence);
	return FOLD_MORE;
}
