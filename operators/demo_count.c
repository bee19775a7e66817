/* operators/demo_count.c - what was sold, who was let through, how many take part; and whether
 * the books count as the demo did. Without it the demo could not fail.
 */
#include "operators/demo_inside.h"

enum { BAR_CELLS = 30 };

bool demo_same(struct demo *d, const char *what, const char *of, int64_t own, int64_t books)
{
	if (own != books)
		demo_line(d, "           %s, %s: %s counted here, %s in the books", what, of,
			  demo_number(own, 1), demo_number(books, 1));
	return own == books;
}

/* --- Sales --- */

static const struct json *find(const struct json *list, const char *name, const char *text,
			       const char *name2, const char *text2)
{
	for (const struct json *i = list == NULL ? NULL : json_first(list); i != NULL;
	     i = json_next(i))
		if (text_equal(demo_text(i, name), text) &&
		    (name2 == NULL || text_equal(demo_text(i, name2), text2)))
			return i;
	return NULL;
}

static bool sales_agree(struct demo *d, const struct json *usage)
{
	const struct json *list = json_get(usage, "sales");
	bool same = list != NULL && json_count(list) == DEMO_PRODUCT_COUNT;

	for (size_t i = 0; i < DEMO_PRODUCT_COUNT; i++) {
		const struct demo_sales *own = &d->sales[i];
		const char *id = demo_product_ids[i];
		const struct json *books = find(list, "product_id", id, NULL, NULL);

		same = demo_same(d, id, "tickets", (int64_t)own->tickets,
				 demo_int(books, "tickets")) &&
		       same;
		same =
		    demo_same(d, id, "riders", (int64_t)own->riders, demo_int(books, "riders")) &&
		    same;
		same = demo_same(d, id, "sold", own->sold_yen, demo_int(books, "sold_yen")) && same;
		same = demo_same(d, id, "refunds", (int64_t)own->refunds,
				 demo_int(books, "refunds")) &&
		       same;
		same = demo_same(d, id, "refunded", own->refunded_yen,
				 demo_int(books, "refunded_yen")) &&
		       same;
		same = demo_same(d, id, "fees", own->fees_yen, demo_int(books, "fees_yen")) && same;
	}
	return same;
}

static void say_sales(struct demo *d)
{
	struct demo_sales all = { 0 };

	demo_line(d, "   %s  %s %s %s %s %s %s", demo_left("product", 32), demo_left("商品", 24),
		  demo_right("tickets", 7), demo_right("riders", 6), demo_right("sold yen", 10),
		  demo_right("refunded", 9), demo_right("fees", 6));
	for (size_t i = 0; i <= DEMO_PRODUCT_COUNT; i++) {
		bool last = i == DEMO_PRODUCT_COUNT;
		const struct demo_sales *s = last ? &all : &d->sales[i];

		demo_line(d, "   %s  %s %s %s %s %s %s",
			  demo_left(last ? "all" : d->products[i].name_en, 32),
			  demo_left(last ? "計" : d->products[i].name_ja, 24),
			  demo_number((int64_t)s->tickets, 7), demo_number((int64_t)s->riders, 6),
			  demo_number(s->sold_yen, 10), demo_number(s->refunded_yen, 9),
			  demo_number(s->fees_yen, 6));
		if (last)
			break;
		all.tickets += s->tickets;
		all.riders += s->riders;
		all.sold_yen += s->sold_yen;
		all.refunded_yen += s->refunded_yen;
		all.fees_yen += s->fees_yen;
	}
}

/* --- Scans --- */

static bool scans_agree(struct demo *d, const struct json *usage)
{
	const struct json *list = json_get(usage, "scans");
	bool same = list != NULL;
	size_t kinds = 0;

	for (size_t mode = 0; mode < MODE_COUNT; mode++)
		for (size_t verdict = 0; verdict < SCAN_VERDICT_COUNT; verdict++) {
			const struct demo_tally *own = &d->tally[mode][verdict];
			const struct json *books = find(list, "mode", fares_mode_names[mode],
							"verdict", scan_verdict_names[verdict]);

			same = demo_same(d, fares_mode_names[mode], scan_verdict_names[verdict],
					 (int64_t)own->scans, demo_int(books, "scans")) &&
			       same;
			same = demo_same(d, fares_mode_names[mode], "riders", (int64_t)own->riders,
					 demo_int(books, "riders")) &&
			       same;
			kinds += own->scans > 0;
		}
	return same && json_count(list) == kinds;
}

static void say_scans(struct demo *d)
{
	demo_line(d, "   %s  %s %s %s %s %s", demo_left("verdict", 17), demo_right("鉄道 rail", 11),
		  demo_right("バス bus", 11), demo_right("船 ferry", 11),
		  demo_right("飛行機 air", 11), demo_right("計 all", 9));
	for (size_t verdict = SCAN_VERDICT_COUNT; verdict-- > 0;) {
		uint64_t all = 0;

		for (size_t mode = 0; mode < MODE_COUNT; mode++)
			all += d->tally[mode][verdict].scans;
		if (all == 0)
			continue;
		demo_line(d, "   %s  %s %s %s %s %s", demo_left(scan_verdict_names[verdict], 17),
			  demo_number((int64_t)d->tally[MODE_rail][verdict].scans, 11),
			  demo_number((int64_t)d->tally[MODE_bus][verdict].scans, 11),
			  demo_number((int64_t)d->tally[MODE_ferry][verdict].scans, 11),
			  demo_number((int64_t)d->tally[MODE_air][verdict].scans, 11),
			  demo_number((int64_t)all, 9));
	}
}

/* --- Participation --- */

static int64_t own_participants(const struct demo *d, day_t day)
{
	int64_t count = 0;

	for (size_t i = 0; i < d->operator_count; i++)
		count += d->operators[i].is.in_scope && operator_in_force(&d->operators[i].is, day);
	return count;
}

/* Those in the plan's scope who carried somebody: all in the first days of the month. */
static int64_t own_active(const struct demo *d)
{
	bool carried[DEMO_OPERATOR_MAX] = { false };
	int64_t count = 0;

	for (size_t i = 0; i < d->ticket_count; i++)
		for (size_t k = 0; k < d->tickets[i].leg_count; k++)
			carried[d->tickets[i].legs[k].who] = true;
	for (size_t i = 0; i < d->operator_count; i++)
		count += carried[i] && d->operators[i].is.in_scope;
	return count;
}

static void say_targets(struct demo *d, const struct json *root, int64_t participants)
{
	const struct json *targets = json_get(root, "targets");

	for (const struct json *t = targets == NULL ? NULL : json_first(targets); t != NULL;
	     t = json_next(t)) {
		int64_t wanted = demo_int(t, "operators");

		demo_line(d, "   plan 計画 %s operators by %s  %s %s", demo_number(wanted, 4),
			  demo_text(t, "by"),
			  demo_bar((uint64_t)participants, (uint64_t)wanted, BAR_CELLS),
			  participants >= wanted ? "reached 達成"
						 : demo_share(participants, wanted));
	}
}

static void say_parts(struct demo *d, const struct json *root)
{
	static const char *const prefectures[] = { "福岡", "佐賀", "長崎",  "熊本",
						   "大分", "宮崎", "鹿児島" };
	const struct json *modes = json_get(root, "by_mode"),
			  *places = json_get(root, "by_prefecture");
	char line[256];
	struct writer to = { .data = (uint8_t *)line, .size = sizeof(line) - 1 };

	for (const struct json *m = modes == NULL ? NULL : json_first(modes); m != NULL;
	     m = json_next(m)) {
		write_text(&to, demo_text(m, "mode"));
		write_text(&to, " ");
		write_decimal(&to, (uint64_t)demo_int(m, "participants"), 1);
		write_text(&to, "  ");
	}
	write_text(&to, " ");
	for (const struct json *p = places == NULL ? NULL : json_first(places); p != NULL;
	     p = json_next(p))
		for (size_t i = 0; i < COUNT_OF(prefectures); i++)
			if (text_equal(prefecture_names[i], demo_text(p, "prefecture"))) {
				write_text(&to, prefectures[i]);
				write_text(&to, " ");
				write_decimal(&to, (uint64_t)demo_int(p, "participants"), 1);
				write_text(&to, "  ");
			}
	while (to.used > 0 && line[to.used - 1] == ' ')
		to.used--;
	line[to.used] = '\0';
	demo_line(d, "   %s", line);
}

static bool count_participants(struct demo *d)
{
	day_t day = day_of_civil((struct civil){ 2026, 12, 10 });
	const struct json *root =
	    demo_get(d, d->start->council_token, "/v1/participation?date=2026-12-10");
	int64_t participants = demo_int(root, "participants"),
		scope = demo_int(root, "in_scope_total");

	if (root == NULL)
		return false;
	demo_head(d, "7 Participation on 2026-12-10", "参加社局");
	demo_line(d, "   %s participants of %s operators in the plan's scope (%s)",
		  demo_number(participants, 1), demo_number(scope, 1),
		  demo_share(participants, scope));
	demo_line(d,
		  "   %s legal entities; the corporate number (法人番号) of %s participants is not "
		  "known here",
		  demo_number(demo_int(root, "legal_entities"), 1),
		  demo_number(demo_int(root, "unverified"), 1));
	say_parts(d, root);
	say_targets(d, root, participants);
	root = demo_get(d, d->start->council_token, "/v1/participation?date=2026-11-30");
	if (root == NULL)
		return false;
	demo_line(d, "   %s of them carried somebody in the 30 days before 2026-11-30\n",
		  demo_number(demo_int(root, "active_30_days"), 1));
	demo_check(d, demo_int(root, "active_30_days") == own_active(d),
		   "they are those whose gates admitted somebody");
	demo_check(d, participants == own_participants(d, day),
		   "%s participants, as registered here", demo_number(participants, 1));
	return true;
}

/* Every ticket sold: whoever has the public keys can tell that it is real. */
static bool tickets_verify(const struct demo *d)
{
	for (size_t i = 0; i < d->ticket_count; i++) {
		struct ticket ticket;
		struct id128 id;

		if (!uuid_decode(&id, slice_text(d->tickets[i].id)) ||
		    ticket_read(&ticket, slice_text(d->tickets[i].code), &d->keys) != TICKET_OK ||
		    !id_equal(id, ticket.id) || ticket.riders != d->tickets[i].riders)
			return false;
	}
	return true;
}

static bool refusals_shown(struct demo *d)
{
	static const enum scan_verdict told[] = { SCAN_MALFORMED,      SCAN_FORGED,
						  SCAN_REVOKED,        SCAN_EXPIRED,
						  SCAN_NO_ENTRY,       SCAN_FULL,
						  SCAN_WRONG_OPERATOR, SCAN_PASSED_BACK,
						  SCAN_NO_RESERVATION };
	bool shown = true;

	for (size_t i = 0; i < COUNT_OF(told); i++) {
		uint64_t scans = 0;

		for (size_t mode = 0; mode < MODE_COUNT; mode++)
			scans += d->tally[mode][told[i]].scans;
		if (scans == 0)
			demo_line(d, "           never shown: %s", scan_verdict_names[told[i]]);
		shown = shown && scans > 0;
	}
	return shown;
}

bool demo_count(struct demo *d)
{
	const struct json *usage;
	bool sales, scans;

	demo_head(d, "6 What was sold, and who was let through", "販売と改札");
	say_sales(d);
	demo_line(d, "%s", "");
	say_scans(d);
	demo_line(d, "%s", "");
	usage = demo_get(d, d->start->council_token, "/v1/usage?from=2026-11-01&until=2026-12-01");
	if (usage == NULL)
		return false;
	sales = sales_agree(d, usage);
	demo_check(d, sales, "sales by product are what the two apps were charged");
	scans = scans_agree(d, usage);
	demo_check(d, scans, "scans by mode and verdict are what the gates were told");
	demo_check(d, d->unexpected == 0, "every scan was answered as it should be");
	demo_check(d, refusals_shown(d), "every kind of refusal that the story tells was shown");
	demo_check(d, tickets_verify(d),
		   "all %zu tickets verify with the public keys of /v1/keys alone",
		   d->ticket_count);
	return count_participants(d);
}
