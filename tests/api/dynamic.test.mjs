// tests/api/dynamic.test.mjs - tickets of a phone, as a gate hears them: shown fresh, and then stripped, copied,
// replayed, spliced, altered, signed again. Without it a screenshot might be as good as the phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, run, skip, uuid7 } from './house.mjs';
import { byteString, bytesOf, codeOf, headerOf, Phone, sign1, STEP_S } from './phone.mjs';
import { found } from './town.mjs';

const SECOND = 1000;
const PAST_S = 45;
const AHEAD_S = 15;

const BATHS = {
	validity: 'days', length: 3, activation_days: 30, modes: ['venue'], operators: [{ operator_id: 'beppu-bath' }],
	prices: [{ category: 'adult', price_yen: 900 }], riders_max: 4, rule_id: 'by-boardings',
};

let house;
let town;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	for (const [product_id, more] of [['phone-baths', { device_bound: true }], ['any-baths', {}],
		['phone-rail', { device_bound: true, modes: ['rail'], operators: [{ operator_id: 'fukuoka-city-subway' }],
			stay_max_min: 180 }]])
		await house.must(201, 'POST', '/v1/products', { body: {
			product_id, name_ja: `券 ${product_id}`, name_en: product_id, ...BATHS, ...more } });
	await house.must(201, 'POST', '/v1/gates', { body: {
		gate_id: 'bath-2', operator_id: 'beppu-bath', mode: 'venue', name: 'bath-2' } });
	town.gates['bath-2'] = (await house.must(201, 'POST', '/v1/tokens', {
		body: { role: 'gate', subject: 'bath-2' } })).token;
	await house.clock('2026-11-02T08:00:00+09:00');
});
after(async () => { await house?.close(); });

/* A phone, and its ticket. */
async function sold(product = 'phone-baths', more = {}) {
	const phone = new Phone();
	const ticket = await town.sell(product, { device_key: phone.key, ...more });
	return { phone, ticket, code: ticket.code, show: (ms = house.now) => phone.show(ticket.code, ms) };
}

const redeem = (gate, qr, more = {}) => town.verdict(gate, { qr, kind: 'redeem', ...more });

async function used(ticket) {
	return (await house.must(200, 'GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner })).uses;
}

test('a product for phones is sold to phones alone', { skip }, async () => {
	const body = { product_id: 'phone-baths', category: 'adult', riders: 1 };
	assertProblem(await house.ask('POST', '/v1/tickets', { token: town.partner, body }), 422, 'DEVICE_KEY_NEEDED');
	for (const device_key of ['', 'AAAA', 'x'.repeat(43), 7])
		assertProblem(await house.ask('POST', '/v1/tickets', { token: town.partner, body: { ...body, device_key } }), 422);
	// Points of small order, one of them written in another way, and 32 bytes that are no point.
	for (const hex of ['01'.padEnd(64, '0'), `ec${'f'.repeat(60)}7f`, `ee${'f'.repeat(60)}7f`,
		'26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', '02'.padEnd(64, '0')]) {
		const device_key = Buffer.from(hex, 'hex').toString('base64url');
		const refused = await house.ask('POST', '/v1/tickets', { token: town.partner, body: { ...body, device_key } });
		assertProblem(refused, 422, 'BAD_DEVICE_KEY');
		assert.equal(refused.body.pointer, '/device_key');
	}
	const { phone, code } = await sold('any-baths');
	assert.ok(bytesOf(code).includes(Buffer.from(phone.key, 'base64url')), 'the ticket names the phone');
});

test('fresh it is admitted, bare it never is', { skip }, async () => {
	for (const product of ['phone-baths', 'any-baths']) {
		const { ticket, code, show } = await sold(product);
		assert.equal(await redeem('bath', code), 'DEVICE_PROOF_MISSING', 'stripped');
		const answer = await town.scan('bath', { qr: show(), kind: 'redeem' });
		assert.equal(answer.body.verdict, 'ADMITTED', answer.text);
		assert.equal(answer.body.ticket_id, ticket.ticket_id);
		assert.equal(await redeem('bath', code), 'DEVICE_PROOF_MISSING', 'stripped, after a ride');
		assert.equal(await used(ticket), 1);
	}
});

test('too old or ahead by a second is too much', { skip }, async () => {
	const { phone, code } = await sold('phone-baths', { riders: 4 });
	const iat = Math.floor(house.now / SECOND);
	const at = (s) => phone.show(code, 0, { header: headerOf(iat + s) });
	for (const s of [-PAST_S - 1, -PAST_S - STEP_S, -3600, -86400, -iat, AHEAD_S + 1, 60, 86400, 2 ** 40, 2 ** 52])
		assert.equal(await redeem('bath', at(s)), 'DEVICE_PROOF_STALE', `${s} s`);
	for (const s of [-PAST_S, -PAST_S + 1, 0, AHEAD_S - 1, AHEAD_S]) // In the phone's own order.
		assert.equal(await redeem('bath', at(s)), 'ADMITTED', `${s} s`);
});

test('by a clock that is wrong, the proof bounds the gate', { skip }, async () => {
	const { show } = await sold();
	for (const s of [-299, -60, 61, 299])
		assert.equal(await redeem('bath', show(), { at: house.now + s * SECOND }), 'DEVICE_PROOF_STALE', `${s} s`);
});

test('shown again it is good at its own gate, for who has not passed', { skip }, async () => {
	const { ticket, show } = await sold('phone-baths', { riders: 3 });
	const first = show();
	assert.equal(await redeem('bath', first, { riders: 1 }), 'ADMITTED');
	assert.equal(await redeem('bath-2', first, { riders: 1 }), 'PASSED_BACK', 'a copy, at another gate');
	assert.equal(await redeem('bath', first, { riders: 3 }), 'PASSED_BACK', 'four of three');
	assert.equal(await redeem('bath', first, { riders: 2 }), 'ADMITTED');
	assert.equal(await redeem('bath', first, { riders: 1 }), 'PASSED_BACK', 'a fourth');
	await house.clock(house.now + STEP_S * SECOND);
	assert.equal(await redeem('bath-2', first, { riders: 1 }), 'PASSED_BACK');
	assert.equal(await redeem('bath-2', show(), { riders: 3 }), 'ADMITTED', 'the phone itself, at another gate');
	assert.equal(await redeem('bath', first, { riders: 1 }), 'PASSED_BACK', 'the one before, at its own gate');
	assert.equal(await redeem('bath-2', first, { riders: 1 }), 'PASSED_BACK');
	await house.clock(house.now + 2 * PAST_S * SECOND);
	assert.equal(await redeem('bath', first), 'DEVICE_PROOF_STALE');
	assert.equal(await used(ticket), 3);
});

test('on the way out too, and the phone gets out with its next one', { skip }, async () => {
	const { show } = await sold('phone-rail');
	const first = show();
	const go = (gate, kind, qr) => town.verdict(gate, { qr, kind });
	assert.equal(await go('tenjin', 'enter', first), 'ADMITTED');
	assert.equal(await go('hakata', 'enter', first), 'ALREADY_INSIDE');
	assert.equal(await go('hakata', 'exit', first), 'PASSED_BACK');
	await house.clock(house.now + STEP_S * SECOND);
	assert.equal(await go('hakata', 'exit', show()), 'ADMITTED');
});

test('one presentation raced through two gates lets in whom it carries', { skip }, async () => {
	for (const riders of [1, 3]) {
		const { ticket, show } = await sold('phone-baths', { riders });
		const qr = show();
		const heard = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
			const again = uuid7(house.now);
			for (;;) {
				const answer = await town.scan(i % 2 ? 'bath' : 'bath-2', { qr, kind: 'redeem', riders: 1, again });
				if (answer.status === 200) return answer.body.verdict;
			}
		}));
		assert.equal(heard.filter((v) => v === 'ADMITTED').length, riders);
		assert.equal(heard.filter((v) => v === 'PASSED_BACK').length, 40 - riders);
		assert.equal(await used(ticket), riders);
	}
});

test('a scan sent twice gets the first answer', { skip }, async () => {
	const { show } = await sold();
	const qr = show();
	const first = await town.scan('bath', { qr, kind: 'redeem' });
	const again = await town.scan('bath', { qr, kind: 'redeem', again: first.scan_id });
	assert.equal(again.body.verdict, 'ADMITTED');
	assert.deepEqual(again.body, first.body);
});

/* Signature and all, taken apart: protected header, payload and signature of the outer object. */
function taken(phone, code, iat) {
	const ticket = bytesOf(code);
	const header = headerOf(iat);
	return { ticket, header, signature: phone.sign(header, ticket) };
}

const flip = (bytes, bit) => {
	const copy = Buffer.from(bytes);
	copy[bit >> 3] ^= 1 << (bit & 7);
	return copy;
};

test('stripped, spliced, altered, signed again: each by its name', { skip }, async () => {
	const mine = await sold();
	const yours = await sold();
	const paper = await town.sell('any-baths');
	const iat = Math.floor(house.now / SECOND);
	const { ticket, header, signature } = taken(mine.phone, mine.code, iat);
	const other = taken(yours.phone, yours.code, iat);
	const shown = sign1(header, ticket, signature);
	const signedBy = (phone, h, payload) => sign1(h, payload, phone.sign(h, payload));
	const keyAt = ticket.indexOf(Buffer.from(mine.phone.key, 'base64url'));
	const rekeyed = Buffer.concat([ticket.subarray(0, keyAt), Buffer.from(yours.phone.key, 'base64url'),
		ticket.subarray(keyAt + 32)]);
	const unsigned = ticket.subarray(0, ticket.length - 64);
	const table = [
		['DEVICE_PROOF_MISSING', 'stripped', ticket],
		['DEVICE_PROOF_FORGED', 'by another phone', signedBy(yours.phone, header, ticket)],
		['DEVICE_PROOF_FORGED', 'my signature around your ticket', sign1(header, other.ticket, signature)],
		['DEVICE_PROOF_FORGED', 'your signature around my ticket', sign1(header, ticket, other.signature)],
		['DEVICE_PROOF_FORGED', 'an old signature, a new time', sign1(headerOf(iat + 1), ticket, signature)],
		['DEVICE_PROOF_FORGED', 'no signature but 64 bytes', sign1(header, ticket, Buffer.alloc(64))],
		['DEVICE_PROOF_FORGED', 'one bit of the signature', flip(shown, shown.length * 8 - 100)],
		['FORGED', 'my phone in your ticket', signedBy(yours.phone, header, rekeyed)],
		['FORGED', 'our signature by a phone', signedBy(mine.phone, header, Buffer.concat([unsigned,
			mine.phone.sign(header, ticket)]))],
		['FORGED', 'our signature altered', signedBy(mine.phone, header, flip(ticket, ticket.length * 8 - 100))],
		['MALFORMED', 'a phone around a printed ticket', signedBy(mine.phone, header, bytesOf(paper.code))],
		['MALFORMED', 'shown within shown', signedBy(mine.phone, header, shown)],
		['MALFORMED', 'cut short', shown.subarray(0, shown.length - 1)],
		['MALFORMED', 'a byte more', Buffer.concat([shown, Buffer.from([0])])],
		['MALFORMED', 'signature and ticket in each other\'s place', sign1(header, signature, ticket)],
		['MALFORMED', 'something unsigned', sign1(header, ticket, signature, Buffer.from([0xa1, 0x04, 0x41, 0x00]))],
		['MALFORMED', 'no tag', shown.subarray(1)],
		['MALFORMED', 'an empty signature', sign1(header, ticket, Buffer.alloc(0))],
		['MALFORMED', 'an empty payload', signedBy(mine.phone, header, Buffer.alloc(0))],
		['MALFORMED', 'before 1970', signedBy(mine.phone, headerOf(-1), ticket)],
		['MALFORMED', 'no time', signedBy(mine.phone, Buffer.from([0xa1, 0x01, 0x27]), ticket)],
		['MALFORMED', 'no header', signedBy(mine.phone, Buffer.alloc(0), ticket)],
		['MALFORMED', 'a longer form of the time', signedBy(mine.phone,
			Buffer.concat([header.subarray(0, 6), Buffer.from([0x1b, 0, 0, 0, 0]), header.subarray(7)]), ticket)],
		['MALFORMED', 'another algorithm', signedBy(mine.phone, flip(header, 16), ticket)],
		['MALFORMED', 'the header\'s parts turned round', signedBy(mine.phone,
			Buffer.concat([Buffer.from([0xa2]), header.subarray(3), header.subarray(1, 3)]), ticket)],
		['MALFORMED', 'the ticket as a text', Buffer.concat([Buffer.from([0xd2, 0x84]), byteString(header),
			Buffer.from([0xa0]), byteString(Buffer.from(mine.code)), byteString(signature)])],
	];
	for (const [verdict, what, bytes] of table) {
		const answer = await town.scan('bath', { qr: codeOf(bytes), kind: 'redeem' });
		assert.equal(answer.body.verdict, verdict, `${what}: ${answer.text}`);
		const known = verdict.startsWith('DEVICE');
		assert.equal('ticket_id' in answer.body, known, `${what}: ${answer.text}`);
	}
	assert.equal(await redeem('bath', codeOf(shown)), 'ADMITTED', 'after all of that, the real one');
	assert.equal(await used(mine.ticket), 1);
	assert.equal(await used(yours.ticket), 0);
});

test('every bit of a presentation matters', { skip }, async () => {
	const { phone, code } = await sold();
	const shown = phone.present(code, house.now);
	for (let bit = 3; bit < shown.length * 8; bit += 7) {
		const verdict = await redeem('bath', codeOf(flip(shown, bit)));
		assert.ok(['MALFORMED', 'UNKNOWN_KEY', 'FORGED', 'DEVICE_PROOF_FORGED'].includes(verdict), `bit ${bit}: ${verdict}`);
	}
	assert.equal(await redeem('bath', codeOf(shown)), 'ADMITTED');
});

test('every answer is as /openapi.json describes it', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 200);
});

test('what a revoked key signed is refused, though we remember that we issued it', { skip }, async () => {
	const { show } = await sold();
	const paper = await town.sell('any-baths');
	assert.equal(await redeem('bath', paper.code), 'ADMITTED');
	const { keys } = await house.must(200, 'GET', '/v1/keys', { token: null });
	const key = keys.find((k) => (k.hitotsu_use ?? 'ticket') === 'ticket');
	await house.stop();
	const revoked = run('key', 'revoke', Buffer.from(key.kid, 'base64url').toString('hex'), '--data', house.data);
	assert.equal(revoked.code, 0, revoked.err);
	await house.start();
	assert.equal(await redeem('bath', paper.code), 'UNKNOWN_KEY');
	assert.equal(await redeem('bath', show()), 'UNKNOWN_KEY');
});
