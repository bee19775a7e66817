/* operators/close.c - the text that a close signs. Without it each reader would hold another text
 * against the signature. Pure.
 */
#include "operators/close.h"

#include "core/codec.h"
#include "core/date.h"

static void put_text(struct writer *to, const char *name, const char *value)
{
	write_text(to, name);
	write_u8(to, ' ');
	write_text(to, value);
	write_u8(to, '\n');
}

static void put_number(struct writer *to, const char *name, int64_t value)
{
	write_text(to, name);
	write_text(to, value < 0 ? " -" : " ");
	write_decimal(to, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
	write_u8(to, '\n');
}

static void put_bytes(struct writer *to, const char *name, const uint8_t *bytes, size_t size)
{
	write_text(to, name);
	write_u8(to, ' ');
	write_hex(to, slice_of(bytes, size));
	write_u8(to, '\n');
}

static void put_sums(struct writer *to, const struct close_view *view)
{
	put_number(to, "tickets", (int64_t)view->tickets);
	put_number(to, "operators_yen", view->operators_yen);
	put_number(to, "partners_yen", view->partners_yen);
	put_number(to, "council_yen", view->council_yen);
	put_number(to, "adjusted_yen", view->adjusted_yen);
}

void close_note_begin(struct writer *to, const struct close_view *view, bool with_sums)
{
	char month[MONTH_TEXT_SIZE], at[TIME_TEXT_SIZE], day[DATE_TEXT_SIZE] = "none";

	month_encode(month, view->period);
	time_encode(at, view->at);
	if (view->silent_on != 0)
		date_encode(day, view->silent_on);
	write_text(to, "hitotsu/close/v1\n");
	put_text(to, "period", month);
	put_text(to, "closed_at", at);
	put_bytes(to, "event", view->fact_id.bytes, sizeof(view->fact_id.bytes));
	put_number(to, "second", view->second);
	put_number(to, "log_size", (int64_t)view->log_size);
	put_bytes(to, "log_root", view->log_root, sizeof(view->log_root));
	if (with_sums)
		put_sums(to, view);
	put_number(to, "lines", (int64_t)view->lines);
	put_bytes(to, "lines_digest", view->lines_digest, sizeof(view->lines_digest));
	put_number(to, "committed", (int64_t)view->committed);
	put_bytes(to, "commit_root", view->commit_root, sizeof(view->commit_root));
	put_number(to, "day_boundary_min", view->boundary_min);
	put_number(to, "offline_grace_h", view->offline_grace_h);
	put_number(to, "late_limit_days", view->late_limit_days);
	put_text(to, "silence_agrees_on", day);
}

void close_note_use(struct writer *to, const struct close_use *use, const char *product_id)
{
	write_text(to, "product ");
	write_text(to, product_id);
	write_u8(to, ' ');
	write_decimal(to, use->product_number, 1);
	write_u8(to, ' ');
	write_decimal(to, use->product_version, 1);
	write_text(to, " rule ");
	write_text(to, use->rule_id);
	write_u8(to, ' ');
	write_decimal(to, use->rule_version, 1);
	put_number(to, " lines", (int64_t)use->lines);
}
