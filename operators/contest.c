/* operators/contest.c - who bears what an offline gate should not have let pass. Without it the
 * council would pay for every gate that nobody looks after, or nobody for a gate that did its best.
 * Pure.
 */
#include "operators/contest.h"

#include "core/date.h"

const char *const contest_why_names[] = {
#define X(name, what) CONTEST_##name == CONTEST_NONE ? "" : #name,
	CONTEST_WHYS(X)
#undef X
	NULL,
};

const char *const bearer_names[] = { "", "operator", "council", NULL };

/* Asked of numbers of this world alone: see why_of. */
static time_ms bundle_at(const struct contest_input *in)
{
	return in->bundle * SECOND_MS;
}

/* Numbers are seconds that are past: one of a time to come was never given out. */
static bool bundle_is_unknown(const struct contest_input *in)
{
	return in->bundle < 0 || in->bundle > in->uploaded_at / SECOND_MS;
}

/* Told before it happened, or by a gate whose bundle was not made yet. */
static bool clock_is_wrong(const struct contest_input *in)
{
	const time_ms skew = CONTEST_SKEW_S * SECOND_MS;

	return in->at > in->uploaded_at + skew ||
	       (in->bundle != 0 && in->at < bundle_at(in) - skew);
}

bool contest_bundle_is_old(int64_t bundle, time_ms at, uint16_t bundle_max_age_h)
{
	return bundle > 0 && at / SECOND_MS - bundle > bundle_max_age_h * (HOUR_MS / SECOND_MS);
}

static enum contest_why why_revoked(const struct contest_input *in)
{
	if (in->revoked_at != 0 && in->bundle != 0 && in->revoked_at <= bundle_at(in))
		return CONTEST_BUNDLE_SAID_NO;
	return in->revoked_at > in->at ? CONTEST_REFUNDED_AFTER_RIDE
				       : CONTEST_REFUNDED_AFTER_BUNDLE;
}

/* What was against the ride, whatever the gate was like. */
static enum contest_why ground_of(const struct contest_input *in)
{
	if (in->static_capped)
		return CONTEST_STATIC_CAP;
	switch (in->verdict) {
	case SCAN_DEVICE_PROOF_MISSING:
	case SCAN_DEVICE_PROOF_FORGED:
		return CONTEST_NO_RIDE;
	case SCAN_MALFORMED:
	case SCAN_UNKNOWN_KEY:
	case SCAN_FORGED:
	case SCAN_DEVICE_PROOF_STALE:
	case SCAN_UNKNOWN_PRODUCT:
	case SCAN_NOT_YET_VALID:
	case SCAN_WRONG_OPERATOR:
	case SCAN_WRONG_MODE:
	case SCAN_WRONG_ZONE:
	case SCAN_WRONG_RIDERS:
		return CONTEST_FACE_SAID_NO;
	case SCAN_NO_RESERVATION:
	case SCAN_WRONG_SERVICE:
		return CONTEST_BUNDLE_SAID_NO;
	case SCAN_REVOKED:
		return why_revoked(in);
	case SCAN_EXPIRED: /* By its face, or since its first use elsewhere. */
		return in->at > in->face_until ? CONTEST_FACE_SAID_NO : CONTEST_USED_ELSEWHERE;
	case SCAN_PASSED_BACK:
	case SCAN_USED_UP:
		return CONTEST_USED_ELSEWHERE;
	default:
		return CONTEST_COULD_NOT_KNOW;
	}
}

/* Without a network no gate could fetch a newer one, if it had one at all. */
static bool bundle_is_old(const struct contest_input *in)
{
	return in->bundle == 0 ||
	       (!in->outage && contest_bundle_is_old(in->bundle, in->at, in->bundle_max_age_h));
}

static enum contest_why why_of(const struct contest_input *in)
{
	enum contest_why ground;

	if (bundle_is_unknown(in))
		return CONTEST_BUNDLE_UNKNOWN;
	if (clock_is_wrong(in))
		return CONTEST_CLOCK_WRONG;
	if (in->verdict == SCAN_ADMITTED)
		return CONTEST_NONE;
	ground = ground_of(in);
	if (ground <= CONTEST_STATIC_CAP)
		return ground;
	if (in->uploaded_at - in->at > in->grace_h * HOUR_MS)
		return CONTEST_UPLOADED_TOO_LATE;
	if (ground != CONTEST_REFUNDED_AFTER_RIDE && bundle_is_old(in))
		return CONTEST_BUNDLE_TOO_OLD;
	return ground;
}

static enum bearer bearer_of(enum contest_why why)
{
	switch (why) {
	case CONTEST_NONE: return BEARER_NONE;
	case CONTEST_REFUNDED_AFTER_RIDE:
	case CONTEST_REFUNDED_AFTER_BUNDLE:
	case CONTEST_USED_ELSEWHERE:
	case CONTEST_COULD_NOT_KNOW: return BEARER_COUNCIL;
	default: return BEARER_OPERATOR;
	}
}

void contest_decide(struct contest *out, const struct contest_input *in)
{
	*out = (struct contest){ 0 };
	MUST(in->fare_yen >= 0);
	if (!in->carried)
		return;
	out->why = why_of(in);
	out->contested = out->why != CONTEST_NONE;
	out->bearer = bearer_of(out->why);
	if (!out->contested)
		return;
	out->borne_yen = in->fare_yen;
	if (in->price_yen >= 0 && in->price_yen < in->fare_yen)
		out->borne_yen = in->price_yen;
}
