/* operators/passenger_read_op.c - a sailing's list is read ashore, by its operator and the council
 * and nobody else. Without it the names would be kept and not be there when they are needed.
 */
#include "operators/passenger_op.h"

#include <stdio.h>

#include "core/csv.h"
#include "core/date.h"
#include "core/log.h"
#include "operators/books_op.h"

struct read_cmd {
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	struct service service;
	uint32_t parties;
	struct passenger_list list; /* The one in hand. */
};

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "SERVICE_UNKNOWN", "there is no such sailing of yours");
}

static bool read_parse(struct call *call)
{
	struct read_cmd *cmd = call->cmd;

	return books_no_query(call) && call_param_subject(call, cmd->operator_id, 0) &&
	       call_param_subject(call, cmd->service_id, 1) &&
	       (call->caller.role != ROLE_operator ||
		text_equal(call->caller.subject, cmd->operator_id) || refuse_unknown(call));
}

static bool walk(struct call *call, void (*each)(void *, const struct record *), void *to)
{
	const struct read_cmd *cmd = call->cmd;

	return books_walk(call, call_key(call, "pax/%s/%s/", cmd->operator_id, cmd->service_id),
			  call_key(call, "pax/%s/%s0", cmd->operator_id, cmd->service_id), each,
			  to);
}

/* Past the limit nothing more is asked for: the answer is a refusal. */
static void want_use(void *to, const struct record *record)
{
	struct call *call = to;
	struct read_cmd *cmd = call->cmd;

	if (++cmd->parties > PASSENGER_PARTY_COUNT_MAX)
		return;
	MUST(shape_from_cbor(&cmd->list, &passenger_list_shape, record->value));
	call_want(call, use_record_key(call, cmd->list.ticket_id));
}

static bool read_keys(struct call *call)
{
	struct read_cmd *cmd = call->cmd;

	if (call_load(call, &cmd->service, &service_shape,
		      service_record_key(call, cmd->operator_id, cmd->service_id)) < 0)
		return refuse_unknown(call);
	cmd->parties = 0;
	(void)walk(call, want_use, call);
	return true;
}

struct filling {
	struct call *call;
	struct passenger_sheet *sheet;
	bool help_needed; /* This time round. */
	bool too_many;
};

static void add_passenger(struct filling *filling, const struct passenger *from, bool checked_in)
{
	const struct passenger_list *list = &((struct read_cmd *)filling->call->cmd)->list;
	struct passenger_sheet *sheet = filling->sheet;
	struct passenger *shown;

	if (sheet->passenger_count == PASSENGER_SHEET_COUNT_MAX) {
		filling->too_many = true;
		return;
	}
	shown = &sheet->passengers[sheet->passenger_count++];
	mem_copy(shown, from, sizeof(*shown));
	shown->ticket_id = list->ticket_id;
	shown->reserved = list->reserved;
	shown->checked_in = checked_in;
	sheet->infants = (uint16_t)(sheet->infants + (from->kind == PASSENGER_infant));
	sheet->help_needed = (uint16_t)(sheet->help_needed + from->help_needed);
	sheet->checked_in = (uint16_t)(sheet->checked_in + checked_in);
}

static void add_party(void *to, const struct record *record)
{
	struct filling *filling = to;
	struct call *call = filling->call;
	struct read_cmd *cmd = call->cmd;
	struct use use;
	bool checked_in;

	MUST(shape_from_cbor(&cmd->list, &passenger_list_shape, record->value));
	MUST(call_load(call, &use, &use_shape, use_record_key(call, cmd->list.ticket_id)) > 0);
	checked_in = passenger_is_checked_in(&cmd->list, &use, &cmd->service);
	if (!passenger_is_expected(&use, checked_in))
		return;
	for (size_t i = 0; i < cmd->list.passenger_count; i++)
		if (cmd->list.passengers[i].help_needed == filling->help_needed)
			add_passenger(filling, &cmd->list.passengers[i], checked_in);
}

static bool read_decide(struct call *call)
{
	const struct read_cmd *cmd = call->cmd;
	const struct service *service = &cmd->service;
	struct passenger_sheet *sheet = call->out;
	struct filling filling = { .call = call, .sheet = sheet, .help_needed = true };

	if (cmd->parties > PASSENGER_PARTY_COUNT_MAX)
		return books_refuse_too_much(call);
	mem_copy(sheet->operator_id, service->operator_id, sizeof(sheet->operator_id));
	mem_copy(sheet->service_id, service->service_id, sizeof(sheet->service_id));
	mem_copy(sheet->name_ja, service->name_ja, sizeof(sheet->name_ja));
	mem_copy(sheet->name_en, service->name_en, sizeof(sheet->name_en));
	mem_copy(sheet->from_stop, service->from_stop, sizeof(sheet->from_stop));
	mem_copy(sheet->to_stop, service->to_stop, sizeof(sheet->to_stop));
	sheet->departs_at = service->departs_at;
	sheet->allotment = service->allotment;
	sheet->taken = service->taken;
	MUST(walk(call, add_party, &filling));
	filling.help_needed = false;
	MUST(walk(call, add_party, &filling));
	sheet->persons = sheet->passenger_count;
	return !filling.too_many || books_refuse_too_much(call);
}

/* Who has read names is known, whose names they were is not. */
static void log_reading(const struct call *call)
{
	const struct passenger_sheet *sheet = call->out;

	LOG(LOG_INFO, "passenger_list_read", LOG_TEXT("role", call_role_names[call->caller.role]),
	    LOG_TEXT("subject", call->caller.subject), LOG_TEXT("token", call->caller.token_id),
	    LOG_TEXT("operator", sheet->operator_id), LOG_TEXT("service", sheet->service_id),
	    LOG_INT("persons", sheet->persons));
}

static void json_answer(struct call *call)
{
	log_reading(call);
	call_reply_shape(call, 200, &passenger_sheet_shape, call->out);
}

const struct flow_op passenger_json_op = { "passenger_list_json",
					   sizeof(struct read_cmd),
					   sizeof(struct passenger_sheet),
					   read_parse,
					   read_keys,
					   read_decide,
					   NULL,
					   json_answer };

/* --- The same for a spreadsheet --- */

static const char *const column_names[] = {
	"氏名 Name",
	"区分 Class",
	"年齢 Age",
	"性別 Sex",
	"市区町村 Municipality",
	"国籍 Nationality",
	"旅券番号 Passport number",
	"支援の要否 Help needed",
	"乗船手続 Checked in",
	"予約 Reserved",
	"券 Ticket",
	"事業者 Operator",
	"便 Sailing",
	"乗船港 From",
	"下船港 To",
	"出発 Departs",
};

static void put_text(struct writer *to, const char *text)
{
	csv_put_field(to, slice_text(text), false);
}

static void put_flag(struct writer *to, bool flag)
{
	put_text(to, flag ? "yes" : "no");
}

static void put_passenger(struct writer *to, const struct passenger *passenger)
{
	char uuid[UUID_TEXT_SIZE];

	put_text(to, passenger->name);
	put_text(to, passenger->kind == PASSENGER_not_said ? ""
							   : passenger_kind_names[passenger->kind]);
	if (passenger->age > 0)
		csv_put_int(to, passenger->age, false);
	else
		put_text(to, "");
	put_text(to, passenger->sex == PASSENGER_SEX_not_said
			     ? ""
			     : passenger_sex_names[passenger->sex]);
	put_text(to, passenger->municipality);
	put_text(to, passenger->nationality);
	put_text(to, passenger->passport_number);
	put_flag(to, passenger->help_needed);
	put_flag(to, passenger->checked_in);
	put_flag(to, passenger->reserved);
	uuid_encode(uuid, passenger->ticket_id);
	put_text(to, uuid);
}

static void put_sailing(struct writer *to, const struct passenger_sheet *sheet)
{
	char departs_at[TIME_TEXT_SIZE];

	put_text(to, sheet->operator_id);
	put_text(to, sheet->service_id);
	put_text(to, sheet->from_stop);
	put_text(to, sheet->to_stop);
	time_encode(departs_at, sheet->departs_at);
	csv_put_field(to, slice_text(departs_at), true);
}

static void csv_answer(struct call *call)
{
	const struct passenger_sheet *sheet = call->out;
	struct writer *to = &call->reply.body;

	log_reading(call);
	call->reply.status = 200;
	call->reply.content_type = "text/csv; charset=utf-8";
	(void)snprintf(call->reply.filename, sizeof(call->reply.filename), "passengers-%s.csv",
		       sheet->service_id);
	write_text(to, "\xef\xbb\xbf"); /* So that spreadsheets take it for UTF-8. */
	for (size_t i = 0; i < COUNT_OF(column_names); i++)
		csv_put_field(to, slice_text(column_names[i]), i + 1 == COUNT_OF(column_names));
	for (size_t i = 0; i < sheet->passenger_count; i++) {
		put_passenger(to, &sheet->passengers[i]);
		put_sailing(to, sheet);
	}
}

const struct flow_op passenger_csv_op = { "passenger_list_csv",
					  sizeof(struct read_cmd),
					  sizeof(struct passenger_sheet),
					  read_parse,
					  read_keys,
					  read_decide,
					  NULL,
					  csv_answer };
