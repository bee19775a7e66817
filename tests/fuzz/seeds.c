/* tests/fuzz/seeds.c - writes the small inputs from which the fuzzer starts: `seeds FOLDER` makes
 * FOLDER/NAME/WHAT for each target. Without them it would spend its time on finding a first ticket.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/batch.h"
#include "operators/ride_sheet.h"
#include "core/checkpoint.h"
#include "qr/bundle.h"
#include "qr/code.h"
#include "qr/cose.h"
#include "qr/status_list.h"
#include "tests/ticket_samples.h"

static const char *folder;

static void put(const char *target, const char *what, struct slice bytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, target);
	(void)mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, target, what);
	file = fopen(path, "wb");
	MUST(file != NULL);
	MUST(fwrite(bytes.data, 1, bytes.size, file) == bytes.size);
	MUST(fclose(file) == 0);
}

static void put_hex(const char *target, const char *what, const char *hex)
{
	uint8_t bytes[512];

	MUST(hex_decode(bytes, text_size(hex) / 2, slice_text(hex)));
	put(target, what, slice_of(bytes, text_size(hex) / 2));
}

static void put_code(const char *what, struct slice bytes)
{
	char text[PRESENTATION_CODE_SIZE_MAX];

	(void)ticket_code(text, sizeof(text), bytes);
	put("presentation", what, slice_text(text));
	put("base45", what, slice_text(text + 4));
}

static void tickets(void)
{
	static const struct {
		const char *what;
		struct ticket (*make)(void);
	} samples[] = {
		{ "plain", plain_ticket },
		{ "device", device_ticket },
		{ "large", large_ticket },
		{ "large_device", large_device_ticket },
	};

	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		struct ticket ticket = samples[i].make();
		uint8_t claims[TICKET_SIZE_MAX_DEVICE], shown[PRESENTATION_SIZE_MAX];
		struct writer to = { .data = claims, .size = sizeof(claims) };
		struct issued issued;
		char what[64];
		size_t used;

		if (ticket.has_device_key)
			mem_copy(ticket.device_key, fuzz_phone()->public_key, SIGN_PUBLIC_SIZE);
		issue(&issued, &ticket, fuzz_key(KEY_TICKET));
		ticket_write_claims(&to, &ticket);
		put("ticket", samples[i].what, slice_of(issued.bytes, issued.size));
		put("cose", samples[i].what, slice_of(issued.bytes, issued.size));
		put("cbor", samples[i].what, slice_of(issued.bytes, issued.size));
		put_code(samples[i].what, slice_of(issued.bytes, issued.size));
		snprintf(what, sizeof(what), "%s_claims", samples[i].what);
		put("ticket", what, slice_of(claims, to.used));
		put("cbor", what, slice_of(claims, to.used));
		snprintf(what, sizeof(what), "%s_code", samples[i].what);
		put("ticket", what, slice_text(issued.code));
		MUST(presentation_make(shown, &used, sizeof(shown),
				       slice_of(issued.bytes, issued.size), FUZZ_AT_S,
				       fuzz_phone()));
		snprintf(what, sizeof(what), "%s_presented", samples[i].what);
		put("presentation", what, slice_of(shown, used));
		put_code(what, slice_of(shown, used));
	}
}

static void status_lists(void)
{
	static uint8_t room[STATUS_LIST_SCRATCH_SIZE], object[STATUS_LIST_SIZE_MAX];
	static const uint8_t statuses[] = { 0xc9, 0x44, 0xf9 };
	static uint8_t zeroes[4096];
	const struct status_list list = {
		.uri = SLICE("https://example.org/v1/status-lists/1"),
		.iat_s = FUZZ_AT_S,
		.exp_s = FUZZ_AT_S + 86400,
		.ttl_s = 300,
	};
	const struct {
		const char *what;
		struct slice statuses;
	} samples[] = {
		{ "draft", slice_of(statuses, sizeof(statuses)) },
		{ "zeroes", slice_of(zeroes, sizeof(zeroes)) },
		{ "empty", SLICE("") },
	};

	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		struct writer scratch = { .data = room, .size = sizeof(room) };
		struct writer to = { .data = object, .size = sizeof(object) };
		struct cose_sign1 sign1;
		char what[64];

		MUST(status_list_write(&to, &list, samples[i].statuses, fuzz_key(KEY_STATUS),
				       &scratch, NULL) == STATUS_LIST_OK);
		put("status_list", samples[i].what, slice_of(to.data, to.used));
		MUST(cose_read(&sign1, slice_of(to.data, to.used)) == COSE_OK);
		snprintf(what, sizeof(what), "%s_claims", samples[i].what);
		put("status_list", what, sign1.payload);
	}
	put_hex("status_list", "stream", "78da3be9f2130003df0207");
}

static void bundles(void)
{
	static uint8_t room[4096], object[4096];
	struct bundle bundle = {
		.number = 17,
		.made_at_s = FUZZ_AT_S,
		.expires_at_s = FUZZ_AT_S + 86400,
		.section_count = 3,
		.sections = { { 1, SLICE("keys") }, { 2, SLICE("") }, { 300, SLICE("place") } },
	};
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = object, .size = sizeof(object) };
	struct cose_sign1 sign1;

	MUST(bundle_write(&to, &bundle, fuzz_key(KEY_BUNDLE), &scratch) == BUNDLE_OK);
	put("bundle", "three", slice_of(to.data, to.used));
	MUST(cose_read(&sign1, slice_of(to.data, to.used)) == COSE_OK);
	put("bundle", "three_payload", sign1.payload);
	put_hex("bundle", "empty_payload",
		"a601010205030004010509"
		"06a0");
}

static void texts(void)
{
#define HEAD "DOE/JOHN            E"
#define LEG  "ABC123 YULFRAAC 0834 326J001A0025 1"
	put("bcbp", "short", SLICE("M1" HEAD "ABC123 YULFRAAC 0834 326J"));
	put("bcbp", "plain", SLICE("M1" HEAD LEG "00"));
	put("bcbp", "two", SLICE("M2" HEAD LEG "06>50000" LEG "0501AB1"));
	put("bcbp", "four", SLICE("M4" HEAD LEG "00" LEG "00" LEG "00" LEG "00"));
	put("bcbp", "full",
	    SLICE("M1" HEAD LEG "67>5321WW1325BAC 0014123456002001412346700100141234789012A"
		  "0141234567890 1AC AC 1234567890123    4PCYLX58Z^108ABCDEFGH"));
	put("json", "object", SLICE("{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"\\u00e9\"}}"));
	put("json", "numbers", SLICE("[0,-1,9007199254740991,1.5,1e3,-0]"));
	put("json", "texts", SLICE("[\"\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\ud83d\\ude80\"]"));
	put("json", "lines",
	    SLICE("{\"scan_id\":\"01\",\"riders\":1}\n{\"scan_id\":\"02\"}\n\n[]\n"));
}

static void batches(void)
{
	static uint8_t many[2 * (BATCH_LINE_COUNT_MAX + 2)];

	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = i % 2 == 0 ? '7' : '\n';
	put("batch", "two", SLICE("{\"scan_id\":\"01\"}\n{\"scan_id\":\"02\"}\n"));
	put("batch", "no_end", SLICE("{\"a\":1}\r\n[]\r\nnull"));
	put("batch", "blanks", SLICE("\n\r\n \t\n{}\n\n\n7\n \r"));
	put("batch", "nothing", SLICE(" \n\t\r\n"));
	put("batch", "nul", SLICE("a\0b\n\0\n\xff\n"));
	put("batch", "too_many", slice_of(many, sizeof(many)));
}

static void cbor(void)
{
	put_hex("cbor", "numbers",
		"8a00171818190100001a000100001b00000001000000002037"
		"38183901003a00010000");
	put_hex("cbor", "strings", "8440416160616182c2f6f5f4a20102616100");
	/* Of the COSE working group: eddsa-sig-01. */
	put_hex("cose", "eddsa_sig_01",
		"d28445a201270300a10442313154546869732069732074686520636f6e74656e742e58407142fd2ff9"
		"6d56db85bee905a76ba1d0b7321a95c8c4d3607c5781932b7afb8711497dfa751bf40b58b3bcc32300"
		"b1487f3db34085eef013bf08f4a44d6fef0d");
	put_hex("cose", "detached", "d28443a10127a0f64101");
}

static void sheets(void)
{
	static const char names[][ID_SIZE] = { "bus", "ferry" };
	static struct rule rule = { .rule_id = "a", .version = 1, .step_count = 2 };
	const struct rule *rules[] = { &rule, &rule };
	const struct sheet_kind kinds[] = { { .rides = 20758, .product_number = 1 },
					    { .rides = 20758, .product_number = 2 } };
	const struct sheet_cover cover = { 20758, kinds, rules, 2, names, 2 };
	const struct sheet_ticket tickets[] = { { .earned_yen = 1000, .ride_count = 2 },
						{ .earned_yen = 500, .kind = 1 } };
	const struct sheet_ride rides[] = { { 0, 1, 1, 180, 0 }, { 1, 1, 2, 240, 0 } };
	struct sheet_out out;
	char path[512];

	rule.steps[0] = (struct rule_step){ .kind = STEP_COMMISSION, .basis_points = 500 };
	rule.steps[1] = (struct rule_step){ .kind = STEP_SPLIT, .by = BY_DEEMED_FARE };
	snprintf(path, sizeof(path), "%s/sheet", folder);
	(void)mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/sheet/two_kinds", folder);
	MUST(sheet_create(&out, path, &cover) && sheet_put(&out, &tickets[0], rides) &&
	     sheet_put(&out, &tickets[1], rides) && sheet_finish(&out));
}

/* A checkpoint of a log of one leaf, signed. */
static void put_checkpoint(struct writer *to, struct checkpoint *checkpoint)
{
	struct note_key key;
	size_t begin = to->used;

	*checkpoint = (struct checkpoint){ .origin = "log", .size = 1, .sealed_s = FUZZ_AT_S };
	MUST(note_key_make(&key, "log", NOTE_ED25519, fuzz_key(KEY_LOG)->public_key));
	checkpoint_write(to, checkpoint);
	write_text(to, "\n");
	note_sign(to, &key, &fuzz_key(KEY_LOG)->sign,
		  slice_of(to->data + begin, to->used - begin - 1), 0);
	MUST(!to->failed);
}

static void notes(void)
{
	static const char neumann[] =
	    "If you think cryptography is the answer to your problem,\n"
	    "then you don't know what your problem is.\n\n— PeterNeumann "
	    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJ"
	    "nAM=\n";
	uint8_t room[4096];
	struct writer to = { .data = room, .size = sizeof(room) };
	struct checkpoint checkpoint;

	put("note", "neumann", slice_text(neumann));
	put("note", "vkey",
	    SLICE("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
	put("note", "path", SLICE("0/x001/234.p/17"));
	put_checkpoint(&to, &checkpoint);
	put("note", "checkpoint", slice_of(room, to.used));
	to.used = 0;
	write_text(&to, "old 0\n\n");
	put_checkpoint(&to, &checkpoint);
	put("note", "request", slice_of(room, to.used));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "seeds FOLDER\n");
		return 2;
	}
	folder = argv[1];
	(void)mkdir(folder, 0777);
	tickets();
	status_lists();
	bundles();
	texts();
	batches();
	cbor();
	notes();
	sheets();
	return 0;
}
