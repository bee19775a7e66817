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

#include "core/date.h"
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

static void assert_says_slice(const char *lines, const char *key, struct slice said)
{
	char text[64];

	assert_true(text_set(text, sizeof(text), said));
	assert_says(lines, key, text);
}

/* A space: not said. */
static void assert_says_char(const char *lines, const char *key, char said)
{
	assert_says(lines, key, (char[]){ said == ' ' ? '\0' : said, '\0' });
}

static void assert_says_number(const char *lines, const char *key, unsigned said)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", said);
	assert_says(lines, key, text);
}

static void assert_items_agree(const struct bcbp *pass, const char *lines)
{
	static const char *const bag_tags[] = { "baggageTagLicensePlateNumber1",
						"baggageTagLicensePlateNumber2",
						"baggageTagLicensePlateNumber3" };

	assert_says_slice(lines, "passengerName", pass->passenger_name);
	assert_says_number(lines, "numberOfLegs", pass->legs);
	assert_says(lines, "version", (char[]){ pass->version == ' ' ? '0' : pass->version, 0 });
	assert_says_char(lines, "passengerDescription", pass->passenger_description);
	assert_says_char(lines, "sourceOfCheckin", pass->checkin_source);
	assert_says_char(lines, "sourceOfBoardingPassIssuance", pass->issuance_source);
	assert_says(lines, "yearOfIssue",
		    (char[]){ pass->issue_year == ' ' ? '0' : pass->issue_year, 0 });
	assert_says_number(lines, "dayOfIssue", pass->issue_day);
	assert_says_char(lines, "documentType", pass->document_type);
	assert_says_slice(lines, "airlineDesignatorOfBoardingPassIssuer", pass->issuer);
	for (size_t i = 0; i < COUNT_OF(bag_tags); i++)
		assert_says_slice(lines, bag_tags[i], pass->bag_tags[i]);
	assert_int_equal(strstr(lines, "Security:") != NULL, pass->security_type != ' ');
	if (pass->security_type == ' ')
		return;
	assert_says_char(lines, "  type", pass->security_type);
	assert_says_number(lines, "  size", (unsigned)pass->security.size);
	assert_says_slice(lines, "securityData", pass->security);
}

static void assert_leg_agrees(const struct bcbp_leg *leg, const char *lines)
{
	const struct bcbp_extra *extra = &leg->extra;
	char text[64], flight[64];

	assert_says(lines, "operatingCarrierPNRCode", leg->pnr);
	assert_says(lines, "fromCityAirportCode", leg->from);
	assert_says(lines, "toCityAirportCode", leg->to);
	assert_says(lines, "operatingCarrierDesignator", leg->carrier);
	snprintf(text, sizeof(text), "%03u", leg->julian_day);
	assert_says(lines, "dayOfFlight", text);
	assert_says_char(lines, "compartmentCode", leg->compartment);
	assert_says(lines, "seatNumber", leg->seat);
	assert_says(lines, "checkinSequenceNumber", leg->sequence);
	assert_says_char(lines, "passengerStatus", leg->passenger_status);
	line_of(flight, lines, "flightNumber");
	assert_string_equal(leg->flight, flight + strspn(flight, "0"));
	assert_says_slice(lines, "airlineNumericCode", extra->airline_numeric_code);
	assert_says_slice(lines, "documentNumber", extra->document_number);
	assert_says_slice(lines, "selecteeIndicator", extra->selectee);
	assert_says_slice(lines, "internationalDocumentVerification", extra->document_verification);
	assert_says_slice(lines, "marketingCarrierDesignator", extra->marketing_carrier);
	assert_says_slice(lines, "frequentFlyerAirlineDesignator", extra->frequent_flyer_airline);
	assert_says_slice(lines, "frequenFlyerNumber", extra->frequent_flyer_number);
	assert_says_slice(lines, "idAdIndicator", extra->id_ad);
	assert_says_slice(lines, "freeBaggageAllowance", extra->free_baggage);
	assert_says_slice(lines, "fastTrack", extra->fast_track);
	assert_says_slice(lines, "Airline use section", extra->airline_use);
}

/* The text at a path of names, "a/b"; where there is none, `said` must be empty. */
static void assert_json_says(const struct json *at, const char *path, const char *said)
{
	while (*path != '\0' && at != NULL) {
		size_t size = strcspn(path, "/");
		char name[64];

		assert_true(text_set(name, sizeof(name), slice_of(path, size)));
		at = json_get(at, name);
		path += size + (path[size] == '/');
	}
	if (at == NULL)
		assert_string_equal(said, "");
	else if (!slice_is(json_text(at), said))
		fail_msg("%s", said);
}

static void assert_json_says_two(const struct json *at, const char *path, struct slice first,
				 const char *between, struct slice second)
{
	char text[64] = { 0 };
	struct writer to = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };

	write_bytes(&to, first);
	if (second.size > 0)
		write_text(&to, between);
	write_bytes(&to, second);
	assert_json_says(at, path, text);
}

static void assert_day_agrees(const struct json *trip, uint16_t julian_day)
{
	day_t day;

	assert_true(date_decode(&day, json_text(json_get(trip, "departureDay"))));
	assert_int_equal(day - day_of_civil((struct civil){ civil_of_day(day).year, 1, 1 }) + 1,
			 julian_day);
}

static void assert_json_agrees(const struct bcbp *pass, const struct json *root)
{
	const struct json *trip = json_get(root, "reservationFor");
	const struct bcbp_extra *extra = &pass->extra;
	bool train = slice_is(json_text(json_get(trip, "@type")), "TrainTrip");
	struct slice name = pass->passenger_name, none = { 0 };
	size_t slash = 0;

	while (slash < name.size && name.data[slash] != '/')
		slash++;
	assert_json_says_two(root, "underName/familyName", slice_of(name.data, slash), "", none);
	assert_json_says_two(root, "underName/givenName",
			     slice_of(name.data + slash + 1, name.size - slash - 1), "", none);
	assert_json_says(root, "reservationNumber", pass->pnr);
	assert_day_agrees(trip, pass->julian_day);
	assert_json_says_two(root, "reservedTicket/ticketNumber", extra->airline_numeric_code, " ",
			     extra->document_number);
	if (train) {
		assert_json_says_two(trip, "departureStation/identifier", SLICE("iata"), ":",
				     slice_text(pass->from));
		assert_json_says_two(trip, "arrivalStation/identifier", SLICE("iata"), ":",
				     slice_text(pass->to));
		assert_json_says_two(trip, "provider/identifier", SLICE("iata"), ":",
				     slice_text(pass->carrier));
		return;
	}
	assert_json_says(root, "airplaneSeat", pass->seat + strspn(pass->seat, "0"));
	assert_json_says(root, "passengerSequenceNumber",
			 pass->sequence + strspn(pass->sequence, "0"));
	assert_json_says(trip, "airline/iataCode", pass->carrier);
	assert_json_says(trip, "departureAirport/iataCode", pass->from);
	assert_json_says(trip, "arrivalAirport/iataCode", pass->to);
	assert_json_says(trip, "flightNumber", pass->flight);
	assert_json_says_two(root, "programMembershipUsed/membershipNumber",
			     extra->frequent_flyer_number, "", none);
	assert_json_says_two(root, "programMembershipUsed/programName",
			     extra->frequent_flyer_airline, "", none);
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
		assert_items_agree(&pass, lines);
		assert_leg_agrees(&pass.leg[0], lines);
		assert_json_agrees(&pass, json_first(root));
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
	{ "four legs",
	  "M4DOE/JOHN            E" LEG "06>50000" LEG_2 "0200" LEG "00" LEG_2 "0501AB1", true },
	{ "five legs", "M5DOE/JOHN            E" LEG "00" LEG_2 "00" LEG "00" LEG_2 "00" LEG "00",
	  false },
	{ "the second leg's mark is not a mark",
	  "M2DOE/JOHN            E" LEG "00" LEG_2 "06>50000", false },
	{ "two legs, nothing after the second's compartment",
	  "M2DOE/JOHN            E" LEG "00DEF456 FRAGVALH 3664 327C", false },
	{ "issued on no day", HEAD LEG "0D>507   A36700", true },
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

/* Two legs with all that can be said, by hand after Resolution 792. */
static void all_legs_are_told(void **state)
{
	static const char text[] =
	    "M2TARO/NIPPON         E"
	    "ABC123 FUKHNDNH 0240 200Y012A0034 362"
	    ">6321WW6199BNH 0205123456001                          2A"
	    "2051234567890 1NH NH 4012345678       20KN"
	    "DEF456 HNDITMJL 0115A201F001C0005 1312A1319876543210  JL JL 98765432109     X1PC FREE "
	    "^20CMEUCIQDsecur";
	const struct bcbp_leg *leg;
	struct bcbp pass;

	(void)state;
	assert_true(bcbp_read(&pass, SLICE(text)));
	assert_int_equal(pass.legs, 2);
	assert_int_equal(pass.version, '6');
	assert_int_equal(pass.issue_year, '6');
	assert_int_equal(pass.issue_day, 199);
	assert_true(slice_is(pass.issuer, "NH"));
	assert_true(slice_is(pass.bag_tags[0], "0205123456001"));
	assert_int_equal(pass.bag_tags[1].size, 0);
	assert_int_equal(pass.security_type, '2');
	assert_true(slice_is(pass.security, "MEUCIQDsecur"));
	leg = &pass.leg[0];
	assert_string_equal(leg->flight, pass.flight);
	assert_string_equal(leg->carrier, "NH");
	assert_true(slice_is(leg->extra.airline_numeric_code, "205"));
	assert_true(slice_is(leg->extra.document_number, "1234567890"));
	assert_true(slice_is(leg->extra.frequent_flyer_number, "4012345678"));
	assert_true(slice_is(leg->extra.free_baggage, "20K"));
	leg = &pass.leg[1];
	assert_string_equal(leg->pnr, "DEF456");
	assert_string_equal(leg->from, "HND");
	assert_string_equal(leg->to, "ITM");
	assert_string_equal(leg->carrier, "JL");
	assert_string_equal(leg->flight, "115A");
	assert_int_equal(leg->julian_day, 201);
	assert_int_equal(leg->compartment, 'F');
	assert_string_equal(leg->seat, "001C");
	assert_true(slice_is(leg->extra.airline_numeric_code, "131"));
	assert_true(slice_is(leg->extra.frequent_flyer_airline, "JL"));
	assert_true(slice_is(leg->extra.id_ad, "X"));
	assert_true(slice_is(leg->extra.free_baggage, "1PC"));
	assert_int_equal(leg->extra.fast_track.size, 0);
	assert_true(slice_is(leg->extra.airline_use, "FREE "));
}

static void conditional_items_end_where_their_section_does(void **state)
{
	static const struct {
		const char *text;
		char version, description;
		const char *issuer, *numeric, *document, *airline;
	} table[] = {
		{ HEAD LEG "00", ' ', ' ', "", "", "", "" },
		{ HEAD LEG "04>500", '5', ' ', "", "", "", "" },
		{ HEAD LEG "05>5011", '5', '1', "", "", "", "" },
		{ HEAD LEG "10>50A1WW1325BAC00", '5', '1', "AC", "", "", "" },
		{ HEAD LEG "11>50B1WW1325BAC 00", '5', '1', "AC", "", "", "" },
		{ HEAD LEG "0A>50001AB12", '5', ' ', "", "A", "", "B12" },
		{ HEAD LEG "0B>50005014AB", '5', ' ', "", "014", "AB", "" },
		{ HEAD LEG "13>5000D014 234567890", '5', ' ', "", "014", " 234567890", "" },
		{ HEAD LEG "0A>50000  X ", '5', ' ', "", "", "", "  X " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct bcbp pass;

		if (!bcbp_read(&pass, slice_text(table[i].text)) ||
		    pass.version != table[i].version ||
		    pass.passenger_description != table[i].description ||
		    !slice_is(pass.issuer, table[i].issuer) ||
		    !slice_is(pass.extra.airline_numeric_code, table[i].numeric) ||
		    !slice_is(pass.extra.document_number, table[i].document) ||
		    !slice_is(pass.extra.airline_use, table[i].airline))
			fail_msg("%s", table[i].text);
	}
}

static void too_long_is_refused_and_the_longest_is_read(void **state)
{
	static char text[BCBP_SIZE_MAX + 2];
	struct bcbp pass;
	size_t used;

	(void)state;
	/* Four legs with 125 bytes of the airline's own each come to 23 + 4 * 37 + 4 * 125 = 671.
	 */
	used = (size_t)snprintf(text, sizeof(text), "M4DOE/JOHN            E");
	for (int leg = 0; leg < 4; leg++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, LEG "7D%s00%*s",
					 leg == 0 ? ">500" : "", leg == 0 ? 119 : 123, "A");
	assert_int_equal(used, 671);
	used += (size_t)snprintf(text + used, sizeof(text) - used, "^119%*s", 25, "S");
	assert_int_equal(used, BCBP_SIZE_MAX);
	assert_true(bcbp_read(&pass, slice_text(text)));
	assert_int_equal(pass.leg[3].extra.airline_use.size, 123);
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
		cmocka_unit_test(all_legs_are_told),
		cmocka_unit_test(conditional_items_end_where_their_section_does),
		cmocka_unit_test(too_long_is_refused_and_the_longest_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
