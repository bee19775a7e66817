/* qr/bcbp.c - without it an airline's own boarding pass could not count as a ride at the airport's
 * counter. Pure.
 */
#include "qr/bcbp.h"

enum {
	HEAD_SIZE = 23,      /* Format, legs, name, electronic ticket indicator. */
	LEG_SIZE = 37,       /* Mandatory items of one leg, its size field last. */
	LEG_SHORT_SIZE = 25, /* The same, ending with the compartment. */
	NAME_SIZE = 20,
	SECURITY_HEAD_SIZE = 4, /* '^', type, size */
	BAG_TAG_SIZE = 13,
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_printable(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

/* `size` bytes off the front. The caller has seen that they are there. */
static struct slice take(struct slice *rest, size_t size)
{
	struct slice taken = { rest->data, size };

	MUST(size <= rest->size);
	rest->data += size;
	rest->size -= size;
	return taken;
}

static struct slice without_padding(struct slice text)
{
	while (text.size > 0 && text.data[text.size - 1] == ' ')
		text.size--;
	return text;
}

/* Capital letters and digits, left-justified. */
static bool read_word(char *out, size_t out_size, struct slice padded, size_t least)
{
	struct slice text = without_padding(padded);

	for (size_t i = 0; i < text.size; i++)
		if (!is_digit(text.data[i]) && !is_letter(text.data[i]))
			return false;
	return text.size >= least && text_set(out, out_size, text);
}

static bool read_airport(char out[4], struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!is_letter(text.data[i]))
			return false;
	return text_set(out, 4, text);
}

/* Four digits, then a letter or a space. */
static bool read_flight(char out[6], struct slice text)
{
	size_t first = 0;

	for (size_t i = 0; i < 4; i++)
		if (!is_digit(text.data[i]))
			return false;
	if (text.data[4] != ' ' && !is_letter(text.data[4]))
		return false;
	while (first < 3 && text.data[first] == '0')
		first++;
	return text_set(out, 6, without_padding(slice_of(text.data + first, text.size - first)));
}

static bool read_julian_day(uint16_t *out, struct slice text)
{
	uint16_t day = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (!is_digit(text.data[i]))
			return false;
		day = (uint16_t)(day * 10 + (text.data[i] - '0'));
	}
	*out = day;
	return day >= 1 && day <= 366;
}

static bool read_hex(size_t *out, struct slice text)
{
	size_t value = 0;

	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (!is_digit(c) && !(c >= 'A' && c <= 'F'))
			return false;
		value = value * 16 + (is_digit(c) ? c - '0' : c - 'A' + 10);
	}
	*out = value;
	return true;
}

/* A size in two hex digits, and as many bytes after it. */
static bool take_sized(struct slice *rest, struct slice *out)
{
	size_t size;

	if (rest->size < 2 || !read_hex(&size, take(rest, 2)) || size > rest->size)
		return false;
	*out = take(rest, size);
	return true;
}

/* A conditional item: what is there of it, for a section may end anywhere. */
static struct slice item(struct slice *section, size_t size)
{
	return without_padding(take(section, size < section->size ? size : section->size));
}

static char item_char(struct slice *section)
{
	struct slice text = item(section, 1);

	return text.size == 0 ? ' ' : (char)text.data[0];
}

/* Last digit of the year and day of it; what is no such thing says nothing. */
static void read_issue_date(struct bcbp *out, struct slice text)
{
	uint16_t day;

	if (text.size != 4 || !is_digit(text.data[0]) ||
	    !read_julian_day(&day, slice_of(text.data + 1, 3)))
		return;
	out->issue_year = (char)text.data[0];
	out->issue_day = day;
}

/* The items that stand once, in the first leg's section. */
static void read_unique(struct bcbp *out, struct slice section)
{
	out->passenger_description = item_char(&section);
	out->checkin_source = item_char(&section);
	out->issuance_source = item_char(&section);
	read_issue_date(out, item(&section, 4));
	out->document_type = item_char(&section);
	out->issuer = item(&section, 3);
	for (size_t i = 0; i < BCBP_BAG_TAG_COUNT_MAX; i++)
		out->bag_tags[i] = item(&section, BAG_TAG_SIZE);
}

static void read_repeated(struct bcbp_extra *out, struct slice section)
{
	out->airline_numeric_code = item(&section, 3);
	out->document_number = item(&section, 10);
	out->selectee = item(&section, 1);
	out->document_verification = item(&section, 1);
	out->marketing_carrier = item(&section, 3);
	out->frequent_flyer_airline = item(&section, 3);
	out->frequent_flyer_number = item(&section, 16);
	out->id_ad = item(&section, 1);
	out->free_baggage = item(&section, 3);
	out->fast_track = item(&section, 1);
}

/* In the first leg '>', version and the items of the whole pass; then those of the leg; what is
 * left is the airline's. */
static bool read_conditional(struct bcbp *out, struct bcbp_leg *leg, struct slice section)
{
	struct slice inner;

	if (section.size == 0)
		return true;
	if (leg == &out->leg[0]) {
		if (section.size < 4 || section.data[0] != '>' ||
		    (!is_digit(section.data[1]) && !is_letter(section.data[1])))
			return false;
		out->version = (char)take(&section, 2).data[1];
		if (!take_sized(&section, &inner))
			return false;
		read_unique(out, inner);
	}
	if (section.size == 0)
		return true;
	if (!take_sized(&section, &inner))
		return false;
	read_repeated(&leg->extra, inner);
	leg->extra.airline_use = section;
	return true;
}

/* The items up to the compartment, which every pass has. */
static bool read_leg_start(struct bcbp_leg *out, struct slice leg)
{
	if (!read_word(out->pnr, sizeof(out->pnr), take(&leg, 7), 1) ||
	    !read_airport(out->from, take(&leg, 3)) || !read_airport(out->to, take(&leg, 3)) ||
	    !read_word(out->carrier, sizeof(out->carrier), take(&leg, 3), 2) ||
	    !read_flight(out->flight, take(&leg, 5)) ||
	    !read_julian_day(&out->julian_day, take(&leg, 3)))
		return false;
	out->compartment = (char)take(&leg, 1).data[0];
	return is_letter((uint8_t)out->compartment);
}

static bool read_leg(struct bcbp *pass, struct bcbp_leg *out, struct slice *rest)
{
	struct slice leg;
	size_t size;

	if (rest->size < LEG_SIZE)
		return false;
	leg = take(rest, LEG_SIZE);
	if (!read_leg_start(out, take(&leg, LEG_SHORT_SIZE)) ||
	    !read_word(out->seat, sizeof(out->seat), take(&leg, 4), 0) ||
	    !read_word(out->sequence, sizeof(out->sequence), take(&leg, 5), 0))
		return false;
	out->passenger_status = (char)take(&leg, 1).data[0];
	if (!read_hex(&size, leg) || size > rest->size)
		return false;
	return read_conditional(pass, out, take(rest, size));
}

/* '^', type, size, and exactly as many bytes. */
static bool read_security(struct bcbp *out, struct slice rest)
{
	if (rest.size == 0)
		return true;
	if (rest.size < SECURITY_HEAD_SIZE || take(&rest, 1).data[0] != '^')
		return false;
	out->security_type = (char)take(&rest, 1).data[0];
	return take_sized(&rest, &out->security) && rest.size == 0;
}

static bool read_head(struct bcbp *out, struct slice *rest)
{
	struct slice head = take(rest, HEAD_SIZE);
	uint8_t legs, electronic;

	out->format = (char)take(&head, 1).data[0];
	legs = take(&head, 1).data[0];
	out->passenger_name = without_padding(take(&head, NAME_SIZE));
	electronic = head.data[0];
	out->legs = (uint8_t)(legs - '0');
	out->electronic = electronic == 'E';
	return out->format == 'M' && legs >= '1' && legs <= '0' + BCBP_LEG_COUNT_MAX &&
	       out->passenger_name.size > 0 && (electronic == 'E' || electronic == ' ');
}

/* Not said is a space where there is one character. */
static void clear(struct bcbp *out)
{
	mem_zero(out, sizeof(*out));
	out->version = out->passenger_description = out->checkin_source = ' ';
	out->issuance_source = out->issue_year = out->document_type = out->security_type = ' ';
	for (size_t i = 0; i < BCBP_LEG_COUNT_MAX; i++)
		out->leg[i].passenger_status = ' ';
}

bool bcbp_read(struct bcbp *out, struct slice text)
{
	clear(out);
	if (text.size < HEAD_SIZE + LEG_SHORT_SIZE || text.size > BCBP_SIZE_MAX ||
	    !is_printable(text) || !read_head(out, &text))
		return false;
	if (out->legs == 1 && text.size == LEG_SHORT_SIZE)
		return read_leg_start(&out->leg[0], text);
	for (uint8_t i = 0; i < out->legs; i++)
		if (!read_leg(out, &out->leg[i], &text))
			return false;
	return read_security(out, text);
}
