/* fares/feed_import.c - a feed sent over HTTP. Without it an operator's new fares would wait for
 * somebody with a login on the server.
 */
#include "fares/feed_op.h"

#include <stdio.h>

#include "fares/fares_api.h"
#include "fares/gtfs_load.h"

static void answer_problem(struct http_job *job, const struct problem *problem)
{
	reply_problem(&job->reply, problem, job->route->path);
	http_job_done(job);
}

/* A feed that is refused as a whole; what another import overtook may simply be sent again. */
static void answer_refusal(struct http_job *job, const struct gtfs_report *report)
{
	struct problem problem = { .status = 422, .code = report->whole.code };
	char line[16] = "";

	if (text_equal(report->whole.code, "IMPORT_OVERTAKEN"))
		problem.status = 409;
	if (text_equal(report->whole.code, "STORE_FULL"))
		problem.status = 503;
	if (problem.status != 422)
		problem.retry_after_s = 1;
	if (report->whole.line > 0)
		snprintf(line, sizeof(line), ":%u", (unsigned)report->whole.line);
	snprintf(problem.detail, sizeof(problem.detail), "%s%s: %s", report->whole.file, line,
		 report->whole.text);
	if (report->refusal_count > 0) {
		size_t used = text_size(problem.detail);
		const struct gtfs_refusal *first = &report->refusals[0];

		if (used + text_size(first->text) + 64 < sizeof(problem.detail))
			snprintf(problem.detail + used, sizeof(problem.detail) - used,
				 "; first %s:%u: %s", first->file, (unsigned)first->line,
				 first->text);
	}
	answer_problem(job, &problem);
}

static void on_done(struct store_bulk *bulk, enum store_status status)
{
	struct http_job *job = bulk->to;
	struct gtfs_import *im = job->scratch;
	struct json_out json;

	gtfs_import_end(im, status);
	if (!im->report.imported) {
		answer_refusal(job, &im->report);
		return;
	}
	job->reply.status = im->report.unchanged ? 200 : 201;
	snprintf(job->reply.location, sizeof(job->reply.location), "/v1/feeds/%s",
		 im->report.feed_id);
	json_begin(&json, &job->reply.body);
	shape_to_json(&json, NULL, &gtfs_report_shape, &im->report);
	http_job_done(job);
}

/* The request's own words, read as those of a call are. */
static bool read_request(struct call *call, struct http_job *job, struct slice *feed_id)
{
	static const char *const names[] = { "feed", NULL };

	call->request = &job->request;
	call->arena = job->arena;
	if (!slice_is(job->request.content_type, "application/zip"))
		return call_refuse(call, 415, "UNSUPPORTED_MEDIA_TYPE",
				   "The body must be a zip sent as Content-Type: application/zip.");
	if (!call_query_only(call, names))
		return false;
	if (!call_query(call, feed_id, "feed") || !subject_is_valid(*feed_id))
		return call_refuse(call, 400, "FEED_ID_MALFORMED",
				   "Say ?feed=ID: 1 to 32 of a-z, 0-9 and '-'.");
	return true;
}

void feed_import_job(struct http_job *job)
{
	const struct fares_room *room = job->room;
	struct gtfs_import *im = arena_alloc(job->arena, sizeof(*im));
	char text[SUBJECT_SIZE];
	struct call call = { 0 };
	struct slice feed_id;

	if (!read_request(&call, job, &feed_id)) {
		answer_problem(job, &call.problem);
		return;
	}
	MUST(text_set(text, sizeof(text), feed_id));
	if (!gtfs_import_begin(im, job->arena, text, job->request.body, clock_now(room->clock))) {
		call_refuse(&call, 503, "NO_MEMORY", "There is no memory for a feed now.");
		call.problem.retry_after_s = 1;
		answer_problem(job, &call.problem);
		return;
	}
	job->scratch = im;
	im->bulk.done = on_done;
	im->bulk.to = job;
	store_bulk_start(&im->bulk, room->loop, room->store);
}
