/* operators/books_load.c - what several questions to the books ask the same way. Without it each
 * would walk the pages of a month in its own way, and one would forget the last.
 */
#include "operators/books_op.h"

#include "core/date.h"

bool books_no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

bool books_param_period(struct call *call, day_t *out, size_t n)
{
	MUST(n < PATH_PARAM_COUNT_MAX);
	if (month_decode(out, call->request->params[n]))
		return true;
	return call_refuse(call, 404, "PERIOD_UNKNOWN", "a period is a month, as 2026-11");
}

const char *books_period_key(struct call *call, const char *kind, day_t period)
{
	char text[MONTH_TEXT_SIZE];

	month_encode(text, period);
	return call_key(call, "%s/%s", kind, text);
}

bool books_walk(struct call *call, const char *from, const char *until,
		void (*each)(void *to, const struct record *), void *to)
{
	for (;;) {
		const struct call_page *page = call_found_page(call, from, until);
		struct slice last;

		if (page == NULL) {
			call_want_page(call, from, until, STORE_PAGE_COUNT_MAX);
			return false;
		}
		for (uint32_t i = 0; each != NULL && i < page->count; i++)
			each(to, &page->records[i]);
		if (page->end || page->count == 0)
			return true;
		last = page->records[page->count - 1].key;
		from = call_key(call, "%.*s\x01", (int)last.size, (const char *)last.data);
	}
}

bool books_load_period(struct call *call, uint8_t *state, struct period_view *view, day_t period)
{
	struct book_state book = { 0 };
	struct settle settle = { 0 }, last = { 0 };
	struct close_view close = { 0 };
	int got_view = call_load(call, view, &period_view_shape,
				 books_period_key(call, "period", period));
	int got_settle = call_load(call, &settle, &settle_shape,
				   books_period_key(call, "settle", period));
	int got_last = call_load(call, &last, &settle_shape, "settle/last");
	int got_book = call_load(call, &book, &book_state_shape, "bookk/state");
	int got_close = call_load(call, &close, &close_view_shape,
				  books_period_key(call, "close", period));

	if (got_close == 0 || got_view == 0 || got_settle == 0 || got_last == 0 || got_book == 0)
		return false;
	if (got_view < 0)
		*view = (struct period_view){ .period = period };
	if (view->closed_at != 0 || book.open_period > period)
		*state = SETTLEMENT_CLOSED;
	else if (got_close > 0 && close.state == CLOSE_FAILED)
		*state = SETTLEMENT_FAILED;
	else if (got_settle > 0 || last.period >= period)
		*state = SETTLEMENT_CLOSING;
	else
		*state = SETTLEMENT_OPEN;
	return true;
}

bool books_refuse_moving(struct call *call)
{
	call_refuse(call, 503, "BOOKS_MOVING",
		    "the books were written while they were read; ask again");
	call->problem.retry_after_s = 1;
	return false;
}

bool books_refuse_too_much(struct call *call)
{
	return call_refuse(call, 503, "TOO_MUCH_TO_READ",
			   "the answer would be larger than answers may be");
}

/* A number keeps its product through all versions. */
static const char *product_key(struct call *call, uint16_t number)
{
	return call_key(call, "prodver/%04x/0001", number);
}

void books_want_product(struct call *call, uint16_t number)
{
	call_want(call, product_key(call, number));
}

void books_product_id(struct call *call, char out[ID_SIZE], uint16_t number)
{
	const struct record *record = call_found(call, product_key(call, number));
	struct product product;

	MUST(record != NULL && record->version > 0);
	MUST(shape_from_cbor(&product, &product_shape, record->value));
	mem_copy(out, product.product_id, ID_SIZE);
}
