/* operators/paper_op.c - a paper on its way through a call: its language, room for its bytes, its
 * answer. Without it each kind of paper would be asked for in its own way.
 */
#include "operators/statement.h"

#include <stdio.h>

#include "core/date.h"

bool paper_parse(struct call *call, struct paper_cmd *paper)
{
	static const char *const names[] = { "lang", NULL };
	struct slice lang;

	paper->wanted = true;
	if (!call_query_only(call, names))
		return false;
	if (!call_query(call, &lang, "lang") || slice_is(lang, "ja"))
		return true;
	paper->lang = PAPER_EN;
	return slice_is(lang, "en") || call_refuse(call, 400, "BAD_LANG", "lang is ja or en");
}

void paper_begin(struct call *call, struct paper_cmd *paper)
{
	paper->made_at = call->now;
	paper->bytes = (struct writer){ .size = STATEMENT_PAPER_SIZE_MAX };
	paper->bytes.data = arena_alloc(call->arena, paper->bytes.size);
}

bool paper_decide(struct call *call, const struct paper_cmd *paper)
{
	if (!paper->failed)
		return true;
	return call_refuse(call, 503, "PAPER_TOO_LARGE",
			   "it could not be drawn; the JSON and CSV of it are whole");
}

void paper_answer(struct call *call, const struct paper_cmd *paper, const char *kind, day_t period,
		  const char *id)
{
	char month[MONTH_TEXT_SIZE];

	month_encode(month, period);
	call->reply.status = 200;
	call->reply.content_type = "application/pdf";
	(void)snprintf(call->reply.filename, sizeof(call->reply.filename), "%s-%s-%s.pdf", kind,
		       month, id);
	write_bytes(&call->reply.body, slice_of(paper->bytes.data, paper->bytes.used));
}
