/* operators/zengin.c - Zengin records. Without it the council would type every transfer into its
 * bank's page by hand. Pure. */
#include "operators/zengin.h"

#include "core/date.h"

#define YEN_SUM_MAX ((yen)999999999999) /* Twelve digits. */

static void put_spaces(struct writer *to, size_t count)
{
	for (size_t i = 0; i < count; i++)
		write_u8(to, ' ');
}

/* Names stand at the left, spaces behind them. */
static void put_kana(struct writer *to, const char *name, size_t size)
{
	uint8_t bytes[PAYER_KANA_MAX];
	struct slice kana = bank_kana(bytes, name);

	MUST(kana.size <= size);
	write_bytes(to, kana);
	put_spaces(to, size - kana.size);
}

static void put_account(struct writer *to, const struct bank_account *account)
{
	write_u8(to, (uint8_t)bank_account_digit(account->account_type));
	write_text(to, account->account_number);
}

static void put_bank(struct writer *to, const struct bank_account *account)
{
	write_text(to, account->bank);
	put_kana(to, account->bank_kana, BANK_KANA_MAX);
	write_text(to, account->branch);
	put_kana(to, account->branch_kana, BANK_KANA_MAX);
}

/* A record must be whole, and whatever wrote it wrong stops here. */
static void end_record(struct writer *to, size_t from)
{
	MUST(to->failed || to->used - from == ZENGIN_RECORD_SIZE);
	write_text(to, "\r\n");
}

static void put_header(struct writer *to, const struct bank_order *order)
{
	struct civil day = civil_of_day(order->pay_on);
	size_t from = to->used;

	write_text(to, "1210"); /* Header; kind 21; code 0: JIS. */
	write_text(to, order->consignor);
	put_kana(to, order->from.name_kana, PAYER_KANA_MAX);
	write_decimal(to, day.month, 2);
	write_decimal(to, day.day, 2);
	put_bank(to, &order->from);
	put_account(to, &order->from);
	put_spaces(to, 17);
	end_record(to, from);
}

/* The two customer codes are the month and the transfer's number in it, so that what the bank sends
 * back can be found again. */
static void put_transfer(struct writer *to, const struct bank_order *order,
			 const struct bank_transfer *transfer)
{
	struct civil month = civil_of_day(order->period);
	size_t from = to->used;

	MUST(transfer->amount_yen > 0 && transfer->amount_yen <= TRANSFER_YEN_MAX);
	write_u8(to, '2');
	put_bank(to, &transfer->to);
	write_text(to, "0000"); /* The clearing house: not used any more. */
	put_account(to, &transfer->to);
	put_kana(to, transfer->to.name_kana, PAYEE_KANA_MAX);
	write_decimal(to, (uint64_t)transfer->amount_yen, 10);
	write_u8(to, '0'); /* Neither new nor changed. */
	write_decimal(to, (uint64_t)month.year * 100 + month.month, 10);
	write_decimal(to, transfer->number, 10);
	write_u8(to, '7'); /* By wire. */
	put_spaces(to, 8); /* No EDI information; spare. */
	end_record(to, from);
}

void zengin_write(struct writer *to, const struct bank_order *order)
{
	yen sum = bank_order_sum(order);
	size_t from;

	MUST(order->count > 0 && order->count <= TRANSFER_COUNT_MAX && sum <= YEN_SUM_MAX);
	put_header(to, order);
	for (size_t i = 0; i < order->count; i++)
		put_transfer(to, order, &order->transfers[i]);
	from = to->used;
	write_u8(to, '8');
	write_decimal(to, order->count, 6);
	write_decimal(to, (uint64_t)sum, 12);
	put_spaces(to, 101);
	end_record(to, from);
	from = to->used;
	write_u8(to, '9');
	put_spaces(to, 119);
	end_record(to, from);
}
