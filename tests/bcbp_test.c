/* tests/bcbp_test.c - boarding passes of IATA's own examples, and what is none. Without it a flight
 * could be counted for whoever prints some letters.
 */
#include "qr/bcbp.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"

#define VECTORS   "../shared/data/vectors/bcbp/"
#define EXAMPLE_1 "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 326J001A0025 100"

static void the_first_example_of_resolution_792(void **state)
{
	struct bcbp pass;

	(void)state;
	assert_true(bcbp_read(&pass, SLICE(EXAMPLE_1)));
	assert_int_equal(pass.format, 'M');
	assert_int_equal(pass.legs, 1);
	assert_true(pass.electronic);
	assert_true(slice_is(pass.passenger_name, "DESMARAIS/LUC"));
	assert_string_equal(pass.pnr, "ABC123");
	assert_string_equal(pass.from, "YUL");
	assert_string_equal(pass.to, "FRA");
	assert_string_equal(pass.carrier, "AC");
	assert_string_equal(pass.flight, "834");
	assert_int_equal(pass.julian_day, 326);
	assert_int_equal(pass.compartment, 'J');
	assert_string_equal(pass.seat, "001A");
	assert_string_equal(pass.sequence, "0025");
	assert_int_equal(pass.passenger_status, '1');
}

static bool file_read(char *out, size_t out_size, const char *name, const char *ending)
{
	char path[128];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), VECTORS "%s%s", name, ending);
	file = fopen(path, "rb");
	if (file == NULL)
		return false;
	size = fread(out, 1, out_size - 1, file);
	fclose(file);
	out[size] = '\0';
	return true;
}

/* "  pnr: ABC" among the lines; empty where it says nothing. */
static void line_of(char out[64], const char *lines, const char *key)
{
	char start[64];
	const char *at;
	size_t size;

	snprintf(start, sizeof(start), "%s: ", key);
	at = strstr(lines, start);
	assert_non_null(at);
	at += strlen(start);
	size = strcspn(at, "\n");
	assert_true(text_set(out, 64, slice_of(at, size)));
}

static void assert_says(const char *lines, const char *key, const char *said)
{
	char expected[64];

	line_of(expected, lines, key);
	assert_string_equal(said, expected);
}

static void assert_agrees(const struct bcbp *pass, const char *lines)
{
	char text[64], flight[64];

	snprintf(text, sizeof(text), "%.*s", (int)pass->passenger_name.size,
		 (const char *)pass->passenger_name.data);
	assert_says(lines, "passengerName", text);
	snprintf(text, sizeof(text), "%u", pass->legs);
	assert_says(lines, "numberOfLegs", text);
	assert_says(lines, "operatingCarrierPNRCode", pass->pnr);
	assert_says(lines, "fromCityAirportCode", pass->from);
	assert_says(lines, "toCityAirportCode", pass->to);
	assert_says(lines, "operatingCarrierDesignator", pass->carrier);
	snprintf(text, sizeof(text), "%03u", pass->julian_day);
	assert_says(lines, "dayOfFlight", text);
	assert_says(lines, "compartmentCode", (char[]){ pass->compartment, '\0' });
	assert_says(lines, "seatNumber", pass->seat);
	assert_says(lines, "checkinSequenceNumber", pass->sequence);
	line_of(flight, lines, "flightNumber");
	assert_string_equal(pass->flight, flight + strspn(flight, "0"));
}

static void passes_that_others_read_too(void **state)
{
	static const char *const names[] = {
		"iata-resolution792-example1",
		"iata-resolution792-example2",
		"iata-resolution792-example3",
		"minimal",
		"rail",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		static char lines[8192], text[8192];
		struct slice code, prefix = SLICE("aztecCode:");
		struct json *root;
		struct bcbp pass;
		size_t at;

		if (!file_read(text, sizeof(text), names[i], ".json") ||
		    !file_read(lines, sizeof(lines), names[i], ".txt")) {
			print_message("skipped: " VECTORS "%s is not there\n", names[i]);
			skip();
		}
		assert_int_equal(json_parse(&root, &at, slice_text(text)), JSON_OK);
		code = json_text(
		    json_get(json_get(json_first(root), "reservedTicket"), "ticketToken"));
		assert_true(slice_starts(code, prefix));
		code = slice_of(code.data + prefix.size, code.size - prefix.size);
		assert_true(bcbp_read(&pass, code));
		assert_agrees(&pass, lines);
		json_free(root);
	}
}

#define HEAD  "M1DOE/JOHN            E"
#define LEG   "ABC123 YULFRAAC 0834 326J001A0025 1"
#define LEG_2 "DEF456 FRAGVALH 3664 327C012C0002 1"

static const struct {
	const char *what, *text;
	bool read;
} forms[] = {
	{ "plain", HEAD LEG "00", true },
	{ "paper ticket", "M1DOE/JOHN             " LEG "00", true },
	{ "no seat yet", HEAD "ABC123 YULFRAAC 0834 326J", true },
	{ "infant, no sequence", HEAD "ABC123 YULFRAAC 0834 326JINF       00", true },
	{ "three-letter carrier", HEAD "ABC123 YULFRAACA0834 326J001A0025 100", true },
	{ "flight with a letter", HEAD "ABC123 YULFRAAC 0834D326J001A0025 100", true },
	{ "the last day of a leap year", HEAD "ABC123 YULFRAAC 0834 366J001A0025 100", true },
	{ "conditional, both empty", HEAD LEG "06>50000", true },
	{ "conditional, version alone", HEAD LEG "04>500", true },
	{ "conditional and the airline's", HEAD LEG "0A>50001AB12", true },
	{ "new year's day in class Z", HEAD "ABC123 YULFRAAC 0834 001Z001A0025 100", true },
	{ "name with any printable", "M1DOE~/JOHN           E" LEG "00", true },
	{ "fifteen conditional bytes", HEAD LEG "0F>50000ABCDEFGHI", true },
	{ "security", HEAD LEG "00^108ABCDEFGH", true },
	{ "security, empty", HEAD LEG "00^100", true },
	{ "two legs", "M2DOE/JOHN            E" LEG "06>50000" LEG_2 "0200", true },
	{ "two legs, plain", "M2DOE/JOHN            E" LEG "00" LEG_2 "00", true },
	{ "nothing", "", false },
	{ "a ticket of ours", "KM1:RRQ+D9P60CO0P+7AF38CK.C7FN04JD0001T0XID000WY0HID000R-0.80I",
	  false },
	{ "format S", "S1DOE/JOHN            E" LEG "00", false },
	{ "no legs", "M0DOE/JOHN            E" LEG "00", false },
	{ "legs by letter", "MADOE/JOHN            E" LEG "00", false },
	{ "a leg that is not there", "M2DOE/JOHN            E" LEG "00", false },
	{ "a leg too many", HEAD LEG "00" LEG_2 "00", false },
	{ "no name", "M1                    E" LEG "00", false },
	{ "indicator X", "M1DOE/JOHN            X" LEG "00", false },
	{ "no PNR", HEAD "       YULFRAAC 0834 326J001A0025 100", false },
	{ "PNR to the right", HEAD " ABC123YULFRAAC 0834 326J001A0025 100", false },
	{ "PNR in lower case", HEAD "abc123 YULFRAAC 0834 326J001A0025 100", false },
	{ "airport with a digit", HEAD "ABC123 YU1FRAAC 0834 326J001A0025 100", false },
	{ "airport of two letters", HEAD "ABC123 YU FRAAC 0834 326J001A0025 100", false },
	{ "carrier of one letter", HEAD "ABC123 YULFRAA  0834 326J001A0025 100", false },
	{ "flight of three digits", HEAD "ABC123 YULFRAAC 834  326J001A0025 100", false },
	{ "flight with a mark", HEAD "ABC123 YULFRAAC 0834/326J001A0025 100", false },
	{ "day 0", HEAD "ABC123 YULFRAAC 0834 000J001A0025 100", false },
	{ "day 367", HEAD "ABC123 YULFRAAC 0834 367J001A0025 100", false },
	{ "day by letter", HEAD "ABC123 YULFRAAC 0834 32AJ001A0025 100", false },
	{ "compartment 1", HEAD "ABC123 YULFRAAC 0834 3261001A0025 100", false },
	{ "seat with a mark", HEAD "ABC123 YULFRAAC 0834 326J0-1A0025 100", false },
	{ "size no hex", HEAD LEG "0G>50000ABCDEFGHIJ", false },
	{ "size in lower case", HEAD LEG "0a>50001ab12", false },
	{ "size beyond the end", HEAD LEG "07>50000", false },
	{ "size short of the end", HEAD LEG "05>50000", false },
	{ "conditional without its mark", HEAD LEG "06A50000", false },
	{ "conditional too short", HEAD LEG "03>50", false },
	{ "inner size beyond its section", HEAD LEG "04>501", false },
	{ "leg's size beyond its section", HEAD LEG "06>50001", false },
	{ "leg's size cut", HEAD LEG "05>5000", false },
	{ "security too short", HEAD LEG "00^108ABCDEFG", false },
	{ "security too long", HEAD LEG "00^108ABCDEFGHI", false },
	{ "security without its mark", HEAD LEG "00A108ABCDEFGH", false },
	{ "trailing space", HEAD LEG "00 ", false },
	{ "trailing line end", HEAD LEG "00\n", false },
	{ "name with a control character", "M1DOE/JOHN\t           E" LEG "00", false },
	{ "name that is not ASCII",
	  "M1D\xc3\x96"
	  "E/JOHN           E" LEG "00",
	  false },
};

static void forms_of_a_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct bcbp pass;

		if (bcbp_read(&pass, slice_text(forms[i].text)) != forms[i].read)
			fail_msg("%s", forms[i].what);
	}
}

static void every_truncation_but_two_is_none(void **state)
{
	struct bcbp pass;
	size_t read = 0;

	(void)state;
	for (size_t size = 0; size <= sizeof(EXAMPLE_1) - 1; size++)
		read += bcbp_read(&pass, slice_of(EXAMPLE_1, size));
	assert_int_equal(read, 2); /* After the compartment, and whole. */
}

static void flight_numbers_are_normalised(void **state)
{
	static const char *const table[][2] = {
		{ "0834 ", "834" }, { "0001 ", "1" },   { "3456 ", "3456" },
		{ "0000 ", "0" },   { "0012A", "12A" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char text[] = EXAMPLE_1;
		struct bcbp pass;

		memcpy(text + 39, table[i][0], 5);
		assert_true(bcbp_read(&pass, slice_text(text)));
		assert_string_equal(pass.flight, table[i][1]);
	}
}

static void too_long_is_refused_and_the_longest_is_read(void **state)
{
	static char text[BCBP_SIZE_MAX + 2];
	struct bcbp pass;
	size_t used;

	(void)state;
	/* Nine legs with 35 bytes of the airline's own each come to 23 + 9 * 37 + 9 * 35 = 671. */
	used = (size_t)snprintf(text, sizeof(text), "M9DOE/JOHN            E");
	for (int leg = 0; leg < 9; leg++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, LEG "23%s00%*s",
					 leg == 0 ? ">500" : "", leg == 0 ? 29 : 33, "A");
	assert_int_equal(used, 671);
	used += (size_t)snprintf(text + used, sizeof(text) - used, "^119%*s", 25, "S");
	assert_int_equal(used, BCBP_SIZE_MAX);
	assert_true(bcbp_read(&pass, slice_text(text)));
	memcpy(text + 671, "^11A", 4);
	text[used++] = 'S';
	assert_false(bcbp_read(&pass, slice_text(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_example_of_resolution_792),
		cmocka_unit_test(passes_that_others_read_too),
		cmocka_unit_test(forms_of_a_pass),
		cmocka_unit_test(every_truncation_but_two_is_none),
		cmocka_unit_test(flight_numbers_are_normalised),
		cmocka_unit_test(too_long_is_refused_and_the_longest_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
