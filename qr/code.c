/* qr/code.c - without it each gate would put the two signatures of a code together by itself, and
 * one of them would take a stripped ticket for a static one.
 */
#include "qr/code.h"

struct slice code_ticket(const struct code *code)
{
	return slice_of(code->bytes + code->ticket_at, code->ticket_size);
}

static struct slice whole(const struct code *code)
{
	return slice_of(code->bytes, code->size);
}

struct id128 code_presentation_id(const struct code *code)
{
	return code->presented ? presentation_id(whole(code)) : (struct id128){ { 0 } };
}

enum code_status code_parse(struct code *out, struct slice text)
{
	struct presentation presentation;
	size_t used;

	*out = (struct code){ 0 };
	if (!ticket_code_bytes(out->bytes, &used, sizeof(out->bytes), text))
		return CODE_MALFORMED;
	out->size = out->ticket_size = (uint16_t)used;
	switch (presentation_read(&presentation, whole(out))) {
	case PRESENTATION_BARE:
		break;
	case PRESENTATION_OK:
		out->presented = true;
		out->presented_s = presentation.iat_s;
		out->ticket_at = (uint16_t)(presentation.ticket.data - out->bytes);
		out->ticket_size = (uint16_t)presentation.ticket.size;
		break;
	case PRESENTATION_MALFORMED:
		return CODE_MALFORMED;
	}
	if (ticket_parse(&out->ticket, code_ticket(out)) != TICKET_OK)
		return CODE_MALFORMED;
	return out->presented && !out->ticket.has_device_key ? CODE_MALFORMED : CODE_OK;
}

static bool proof_holds(const struct code *code)
{
	return presentation_verify(whole(code), code->ticket.device_key);
}

void code_check_proof(struct code *code)
{
	MUST(code->presented);
	code->proof = proof_holds(code) ? CODE_PROOF_HOLDS : CODE_PROOF_FORGED;
}

static enum code_status verify_device(const struct code *code, enum ticket_status issuer)
{
	switch (issuer) {
	case TICKET_OK:
		break;
	case TICKET_UNKNOWN_KEY:
		return CODE_UNKNOWN_KEY;
	case TICKET_FORGED:
		return CODE_FORGED;
	default:
		return CODE_MALFORMED;
	}
	if (!code->ticket.has_device_key)
		return CODE_OK;
	if (!code->presented)
		return CODE_DEVICE_PROOF_MISSING;
	if (code->proof == CODE_PROOF_HOLDS ||
	    (code->proof == CODE_PROOF_UNCHECKED && proof_holds(code)))
		return CODE_OK;
	return CODE_DEVICE_PROOF_FORGED;
}

enum code_status code_verify(const struct code *code, const struct keyring *ring)
{
	return verify_device(code, ticket_verify(&code->ticket, code_ticket(code), ring));
}

enum code_status code_verify_known(const struct code *code, const struct keyring *ring)
{
	return verify_device(code, ticket_verify_key(&code->ticket, code_ticket(code), ring));
}

enum code_status code_read(struct code *out, struct slice text, const struct keyring *ring)
{
	enum code_status status = code_parse(out, text);

	return status == CODE_OK ? code_verify(out, ring) : status;
}
