/* operators/bookkeeper_extend.c - validity that the council made longer. Without it a ticket would
 * be earned while its rider still travels, and who carries him then would have nothing of it.
 *
 *   extview/<product number, 4 hex>   struct extended: of that product; 0000: of every product;
 *                                     sold_at is when the council said it
 */
#include "operators/bookkeeper_inside.h"

enum { WHENEVER_SAID = INT32_MAX };
#define NOT_ASKED INT64_MAX /* Whatever is oldest may go: the command kept the count. */

static const char *list_key(struct books *books, uint16_t product_number)
{
	return fold_key(books->fold, "extview/%04x", product_number);
}

static void extend_one(struct books *books)
{
	const struct fact *fact = books->fact;
	const char *key = books_ticket_key(books, fact->ticket_id);
	struct ticket_view view;

	if (!books_get(books, &view, &ticket_view_shape, key) || view.earned)
		return;
	books_learn_over(books, &view, fact->over_at);
	fold_put(books->fold, key, &ticket_view_shape, &view);
}

static void extend_many(struct books *books)
{
	const struct fact *fact = books->fact;
	const char *key = list_key(books, fact->product_number);
	struct extension extension = { .product_number = fact->product_number,
				       .product_version = fact->product_version,
				       .from = fact->from,
				       .until = fact->until,
				       .valid_until = fact->valid_until,
				       .sold_at = fact->at };
	struct extended extended;

	if (!books_get(books, &extended, &extended_shape, key))
		return;
	MUST(extended_add(&extended, &extension, NOT_ASKED));
	fold_put(books->fold, key, &extended_shape, &extended);
}

void books_extended(struct books *books)
{
	if (id_is_zero(books->fact->ticket_id))
		extend_many(books);
	else
		extend_one(books);
}

/* What is known of one ticket is its end without this. By what was said on day `by` or before. */
static bool extend_by(struct books *books, time_ms *end, const struct ticket_view *view,
		      struct id128 ticket_id, uint16_t product_number, day_t by)
{
	struct extended extended;
	struct extensions list = { extended.list, 0 };
	time_ms until;

	if (!books_get(books, &extended, &extended_shape, list_key(books, product_number)))
		return false;
	for (uint16_t i = 0; i < extended.count; i++)
		if (service_day_at(extended.list[i].sold_at, books->room->boundary_min) <= by)
			extended.list[list.count++] = extended.list[i];
	until = extension_end(&list, view->product_number, view->product_version, ticket_id,
			      view->over_at);
	if (until > *end)
		*end = until;
	return true;
}

bool books_extend(struct books *books, bool *moved, struct ticket_view *view,
		  struct id128 ticket_id)
{
	time_ms end = view->over_at;
	bool all =
	    extend_by(books, &end, view, ticket_id, view->product_number, WHENEVER_SAID);

	all = extend_by(books, &end, view, ticket_id, 0, WHENEVER_SAID) && all;
	*moved = all && end > view->over_at && !view->earned && !view->refunded;
	if (*moved)
		view->over_at = end;
	return all;
}

bool books_extend_again(struct books *books, struct ticket_view *view, struct id128 ticket_id)
{
	for (int times = 0; times < EXTENDED_COUNT_MAX; times++) {
		day_t due = books_due_day(books, view->over_at);
		time_ms end = view->over_at;
		bool all =
		    extend_by(books, &end, view, ticket_id, view->product_number, due);

		all = extend_by(books, &end, view, ticket_id, 0, due) && all;
		if (!all || end == view->over_at)
			return all;
		view->over_at = end;
	}
	return true;
}
