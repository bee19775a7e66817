/* operators/pain001.c - pain.001.001.03. Without it banks that take XML only would get nothing.
 * Pure. */
#include "operators/pain001.h"

#include "core/date.h"

void pain001_id(char out[PAIN001_ID_SIZE], day_t period, uint16_t number)
{
	struct writer to = { .data = (uint8_t *)out, .size = PAIN001_ID_SIZE - 1 };
	char month[MONTH_TEXT_SIZE];

	month_encode(month, period);
	mem_zero(out, PAIN001_ID_SIZE);
	write_text(&to, "HITOTSU-");
	write_text(&to, month);
	if (number > 0) {
		write_text(&to, "-");
		write_decimal(&to, number, 4);
	}
	MUST(!to.failed);
}

static void put_escaped(struct writer *to, struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		switch (text.data[i]) {
		case '&':
			write_text(to, "&amp;");
			break;
		case '<':
			write_text(to, "&lt;");
			break;
		case '>':
			write_text(to, "&gt;");
			break;
		case '"':
			write_text(to, "&quot;");
			break;
		default:
			write_u8(to, text.data[i]);
		}
}

static void put_tag(struct writer *to, unsigned depth, const char *name, struct slice text)
{
	for (unsigned i = 0; i < depth; i++)
		write_u8(to, '\t');
	write_text(to, "<");
	write_text(to, name);
	write_text(to, ">");
	put_escaped(to, text);
	write_text(to, "</");
	write_text(to, name);
	write_text(to, ">\n");
}

static void put_text(struct writer *to, unsigned depth, const char *name, const char *text)
{
	put_tag(to, depth, name, slice_text(text));
}

static void put_number(struct writer *to, unsigned depth, const char *name, uint64_t number)
{
	uint8_t digits[20];
	struct writer text = { .data = digits, .size = sizeof(digits) };

	write_decimal(&text, number, 1);
	put_tag(to, depth, name, slice_of(digits, text.used));
}

static void put_kana(struct writer *to, unsigned depth, const char *tag, const char *name)
{
	uint8_t bytes[PAYER_KANA_MAX], utf8[3 * PAYER_KANA_MAX];
	struct writer text = { .data = utf8, .size = sizeof(utf8) };

	kana_write_utf8(&text, bank_kana(bytes, name));
	if (text.used > 0)
		put_tag(to, depth, tag, slice_of(utf8, text.used));
}

static void put_agent(struct writer *to, unsigned depth, const struct bank_account *account)
{
	static const char tabs[] = "\t\t\t\t\t\t";
	const char *in = tabs + sizeof(tabs) - 1 - depth;

	write_text(to, in);
	write_text(to, "<FinInstnId>\n");
	write_text(to, in);
	write_text(to, "\t<ClrSysMmbId>\n");
	put_text(to, depth + 2, "MmbId", account->bank);
	write_text(to, in);
	write_text(to, "\t</ClrSysMmbId>\n");
	put_kana(to, depth + 1, "Nm", account->bank_kana);
	write_text(to, in);
	write_text(to, "</FinInstnId>\n");
	write_text(to, in);
	write_text(to, "<BrnchId>\n");
	put_text(to, depth + 1, "Id", account->branch);
	put_kana(to, depth + 1, "Nm", account->branch_kana);
	write_text(to, in);
	write_text(to, "</BrnchId>\n");
}

static void put_account(struct writer *to, unsigned depth, const struct bank_account *account)
{
	static const char tabs[] = "\t\t\t\t\t\t";
	const char *in = tabs + sizeof(tabs) - 1 - depth;
	char type[2] = { bank_account_digit(account->account_type), '\0' };

	write_text(to, in);
	write_text(to, "<Id>\n");
	write_text(to, in);
	write_text(to, "\t<Othr>\n");
	put_text(to, depth + 2, "Id", account->account_number);
	write_text(to, in);
	write_text(to, "\t</Othr>\n");
	write_text(to, in);
	write_text(to, "</Id>\n");
	write_text(to, in);
	write_text(to, "<Tp>\n");
	put_text(to, depth + 1, "Prtry", type);
	write_text(to, in);
	write_text(to, "</Tp>\n");
}

static void put_transfer(struct writer *to, const struct bank_order *order,
			 const struct bank_transfer *transfer)
{
	char id[PAIN001_ID_SIZE];

	MUST(transfer->number > 0 && transfer->amount_yen > 0);
	pain001_id(id, order->period, transfer->number);
	write_text(to, "\t\t\t<CdtTrfTxInf>\n\t\t\t\t<PmtId>\n");
	put_number(to, 5, "InstrId", transfer->number);
	put_text(to, 5, "EndToEndId", id);
	write_text(to, "\t\t\t\t</PmtId>\n\t\t\t\t<Amt>\n\t\t\t\t\t<InstdAmt Ccy=\"JPY\">");
	write_decimal(to, (uint64_t)transfer->amount_yen, 1);
	write_text(to, "</InstdAmt>\n\t\t\t\t</Amt>\n\t\t\t\t<CdtrAgt>\n");
	put_agent(to, 5, &transfer->to);
	write_text(to, "\t\t\t\t</CdtrAgt>\n\t\t\t\t<Cdtr>\n");
	put_kana(to, 5, "Nm", transfer->to.name_kana);
	write_text(to, "\t\t\t\t</Cdtr>\n\t\t\t\t<CdtrAcct>\n");
	put_account(to, 5, &transfer->to);
	write_text(to, "\t\t\t\t</CdtrAcct>\n\t\t\t</CdtTrfTxInf>\n");
}

static void put_party(struct writer *to, unsigned depth, const struct bank_order *order)
{
	static const char tabs[] = "\t\t\t\t\t\t";
	const char *in = tabs + sizeof(tabs) - 1 - depth;

	put_kana(to, depth, "Nm", order->from.name_kana);
	write_text(to, in);
	write_text(to, "<Id>\n");
	write_text(to, in);
	write_text(to, "\t<OrgId>\n");
	write_text(to, in);
	write_text(to, "\t\t<Othr>\n");
	put_text(to, depth + 3, "Id", order->consignor);
	write_text(to, in);
	write_text(to, "\t\t</Othr>\n");
	write_text(to, in);
	write_text(to, "\t</OrgId>\n");
	write_text(to, in);
	write_text(to, "</Id>\n");
}

static void put_sums(struct writer *to, const struct bank_order *order)
{
	put_number(to, 3, "NbOfTxs", order->count);
	put_number(to, 3, "CtrlSum", (uint64_t)bank_order_sum(order));
}

static void put_payment(struct writer *to, const struct bank_order *order, const char *id)
{
	char date[DATE_TEXT_SIZE];

	date_encode(date, order->pay_on);
	write_text(to, "\t\t<PmtInf>\n");
	put_text(to, 3, "PmtInfId", id);
	put_text(to, 3, "PmtMtd", "TRF");
	put_sums(to, order);
	write_text(to, "\t\t\t<PmtTpInf>\n\t\t\t\t<CtgyPurp>\n");
	put_text(to, 5, "Prtry", "21"); /* As in the Zengin header. */
	write_text(to, "\t\t\t\t</CtgyPurp>\n\t\t\t</PmtTpInf>\n");
	put_text(to, 3, "ReqdExctnDt", date);
	write_text(to, "\t\t\t<Dbtr>\n");
	put_party(to, 4, order);
	write_text(to, "\t\t\t</Dbtr>\n\t\t\t<DbtrAcct>\n");
	put_account(to, 4, &order->from);
	write_text(to, "\t\t\t</DbtrAcct>\n\t\t\t<DbtrAgt>\n");
	put_agent(to, 4, &order->from);
	write_text(to, "\t\t\t</DbtrAgt>\n");
	for (size_t i = 0; i < order->count; i++)
		put_transfer(to, order, &order->transfers[i]);
	write_text(to, "\t\t</PmtInf>\n");
}

void pain001_write(struct writer *to, const struct bank_order *order)
{
	char id[PAIN001_ID_SIZE], made_at[TIME_TEXT_SIZE];

	MUST(order->count > 0 && order->count <= TRANSFER_COUNT_MAX);
	pain001_id(id, order->period, 0);
	time_encode(made_at, order->made_at);
	write_text(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.03\">\n"
		       "\t<CstmrCdtTrfInitn>\n\t\t<GrpHdr>\n");
	put_text(to, 3, "MsgId", id);
	put_text(to, 3, "CreDtTm", made_at);
	put_sums(to, order);
	write_text(to, "\t\t\t<InitgPty>\n");
	put_party(to, 4, order);
	write_text(to, "\t\t\t</InitgPty>\n\t\t</GrpHdr>\n");
	put_payment(to, order, id);
	write_text(to, "\t</CstmrCdtTrfInitn>\n</Document>\n");
}
