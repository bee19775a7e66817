// tests/api/scans.test.mjs - gates ask over HTTP: every verdict that a gate can hear, scans sent twice, races for
// one ride and for the last place on a ship, and codes that are anything at all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, lasting, seeded, skip, uuid7 } from './house.mjs';
import { boardingPass, boardingPassOf, found } from './town.mjs';
import { golden } from './verify_ticket.mjs';

const BASE45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const MINUTE = 60_000;
const RANDOM_CODES = 500;

let house;
let town;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await town.sailing('small', '2026-11-01T12:00:00+09:00', 1);
	await town.sailing('large', '2026-11-01T13:00:00+09:00', 50);
	await town.sailing('booked', '2026-11-01T13:00:00+09:00', 50);
	await town.sailing('other', '2026-11-01T14:00:00+09:00', 50);
	await town.flight('oc75', '2026-11-01T15:00:00+09:00', 10);
	await house.clock('2026-11-01T08:00:00+09:00');
});
after(async () => { await house?.close(); });

const reserve = (ticket, operator_id, service_id, more = {}) => house.must(201, 'POST', '/v1/reservations',
	{ token: town.partner, body: { ticket_id: ticket.ticket_id, operator_id, service_id, ...more } });

async function refund(ticket) {
	const path = `/v1/tickets/${ticket.ticket_id}`;
	const { offer_id } = await house.must(201, 'POST', `${path}/refund-offer`, { token: town.partner, body: {} });
	await house.must(200, 'POST', `${path}/refund`, { token: town.partner, body: { offer_id } });
}

function bytesOf(code) {
	const text = code.slice(4);
	const out = [];
	for (let i = 0; i < text.length; i += 3) {
		const digits = [...text.slice(i, i + 3)].map((c) => BASE45.indexOf(c));
		const n = digits.reduce((sum, d, k) => sum + d * 45 ** k, 0);
		out.push(...(digits.length === 3 ? [n >> 8, n & 255] : [n]));
	}
	return Buffer.from(out);
}

function codeOf(bytes) {
	let text = 'KM1:';
	for (let i = 0; i < bytes.length; i += 2) {
		const pair = i + 1 < bytes.length;
		let n = pair ? bytes[i] * 256 + bytes[i + 1] : bytes[i];
		for (let k = 0; k < (pair ? 3 : 2); k++, n = Math.floor(n / 45)) text += BASE45[n % 45];
	}
	return text;
}

function flipped(code, bit) {
	const bytes = bytesOf(code);
	bytes[bit >> 3] ^= 1 << (bit & 7);
	return codeOf(bytes);
}

/* Who shows what where, and what the gate hears. Later rows of a ticket go on from the earlier ones.
 * `+n`: n minutes after the row before. */
const TABLE = [
	// ticket, +min, gate, kind, verdict, more
	['text', 0, 'tenjin', 'enter', 'MALFORMED', { qr: 'hello' }],
	['pass at a station', 0, 'tenjin', 'enter', 'MALFORMED', { qr: boardingPass('ABC123', 305) }],
	['golden', 0, 'tenjin', 'enter', 'UNKNOWN_KEY', { qr: golden.tickets[0].code }],
	['forged:city-day', 0, 'tenjin', 'enter', 'FORGED'],
	['refunded:city-day', 0, 'tenjin', 'enter', 'REVOKED'],
	['next-year', 0, 'bus-1', 'board', 'NOT_YET_VALID'],
	['city-day', 0, 'other-1', 'board', 'WRONG_OPERATOR'],
	['city-day', 0, 'bus-1', 'board', 'WRONG_MODE'],
	['city-day', 0, 'meinohama', 'enter', 'WRONG_ZONE'],
	['city-day', 0, 'tenjin', 'enter', 'WRONG_RIDERS', { riders: 2 }],
	['city-day', 0, 'tenjin', 'exit', 'NO_ENTRY'],
	['city-day', 0, 'tenjin', 'enter', 'ADMITTED'],
	['city-day', 1, 'tenjin', 'enter', 'ALREADY_INSIDE'],
	['city-day', 1, 'hakata', 'exit', 'ADMITTED'],
	['city-day', 1, 'hakata', 'enter', 'ADMITTED'],
	['city-day', 181, 'tenjin', 'exit', 'OVERSTAYED'],
	['one-ride', 0, 'meinohama', 'enter', 'ADMITTED'],
	['one-ride', 5, 'tenjin', 'exit', 'ADMITTED'],
	['one-ride', 5, 'tenjin', 'enter', 'USED_UP'],
	['four-modes', 0, 'bus-1', 'board', 'ADMITTED'],
	['four-modes', 1, 'bus-2', 'board', 'PASSED_BACK'], // A photographed copy, at the next bus.
	['four-modes', 1, 'bus-1', 'board', 'ALREADY_INSIDE'],
	['four-modes', 1, 'bus-1', 'alight', 'ADMITTED'],
	['four-modes', 1, 'bus-1', 'alight', 'NO_ENTRY'],
	['four-modes', 6, 'airport', 'check_in', 'NO_RESERVATION', { service: 'oc75' }],
	['pass unknown', 0, 'airport', 'check_in', 'NO_RESERVATION', { qr: boardingPass('NOBODY', 305) }],
	['flyer:four-modes', 0, 'airport', 'check_in', 'ADMITTED', { qr: boardingPass('FLYER1', 305) }],
	['flyer:four-modes', 1, 'airport', 'check_in', 'USED_UP', { service: 'oc75' }],
	['booked:booked-sea', 0, 'pier', 'check_in', 'WRONG_SERVICE', { service: 'other' }],
	['booked:booked-sea', 0, 'pier', 'check_in', 'WRONG_SERVICE', { service: 'no-such-ship' }],
	['booked:booked-sea', 0, 'pier', 'check_in', 'ADMITTED', { service: 'booked' }],
	['booked:booked-sea', 1, 'pier', 'check_in', 'USED_UP', { service: 'booked' }],
	['booked-sea', 0, 'pier', 'check_in', 'NO_RESERVATION', { service: 'booked' }],
	['first:one-sailing', 0, 'pier', 'check_in', 'ADMITTED', { service: 'small' }],
	['second:one-sailing', 0, 'pier', 'check_in', 'FULL', { service: 'small' }],
	['second:one-sailing', 0, 'pier', 'check_in', 'ADMITTED', { service: 'large' }],
	['bath-once', 0, 'bath', 'redeem', 'ADMITTED'],
	['bath-once', 1, 'bath', 'redeem', 'USED_UP'],
	['next:city-day', 0, 'tenjin', 'enter', 'ADMITTED'],
	['next:city-day', 1, 'hakata', 'exit', 'ADMITTED'],
	['next:city-day', 24 * 60, 'hakata', 'enter', 'EXPIRED'],
];

/* dynamic.test.mjs has the phones' tickets, ways.test.mjs the stops in the wrong order; no product is ever
 * forgotten, but in tests/scan_test.c. */
const NOT_REACHED = ['DEVICE_PROOF_MISSING', 'DEVICE_PROOF_FORGED', 'DEVICE_PROOF_STALE', 'UNKNOWN_PRODUCT',
	'WRONG_ORDER'];

/** In Japan; the first of January is 1. */
function dayOfYear(ms) {
	const [year, month, date] = jst(ms).slice(0, 10).split('-').map(Number);
	return (Date.UTC(year, month - 1, date) - Date.UTC(year, 0, 0)) / 86400_000;
}

async function ticketOf(tickets, name) {
	if (tickets.has(name)) return tickets.get(name);
	const [how, product] = name.includes(':') ? name.split(':') : ['', name];
	const ticket = await town.sell(product);
	if (how === 'refunded') await refund(ticket);
	if (how === 'forged') ticket.code = flipped(ticket.code, bytesOf(ticket.code).length * 8 - 10);
	if (how === 'flyer') await reserve(ticket, 'orc', 'oc75', { pnr: 'FLYER1' });
	if (how === 'booked') await reserve(ticket, 'sakurajima-ferry', 'booked');
	tickets.set(name, ticket);
	return ticket;
}

test('every verdict, as a gate hears it', { skip }, async () => {
	const tickets = new Map();
	const heard = new Map();
	for (const [name, minutes, gate, kind, verdict, more = {}] of TABLE) {
		if (minutes > 0) await house.clock(house.now + minutes * MINUTE);
		const ticket = name.includes(' ') || more.qr && !name.includes(':') ? {} : await ticketOf(tickets, name);
		const answer = await town.scan(gate, { qr: ticket.code, kind, ...more });
		const told = `${name} at ${gate}, ${kind}: ${answer.text}`;
		assert.equal(answer.status, 200, told);
		assert.equal(answer.body.verdict, verdict, told);
		assert.ok(answer.body.why.length > 5, told);
		assert.equal(answer.body.at, jst(house.now), told);
		assert.equal(answer.body.riders, more.riders ?? 1, told);
		if (verdict === 'ADMITTED') assert.ok(answer.body.valid_until > answer.body.at, told);
		heard.set(verdict, (heard.get(verdict) ?? 0) + 1);
	}
	const metrics = (await house.ask('GET', '/metrics', { token: null })).text;
	const counted = [...metrics.matchAll(/^hitotsu_scans_total\{verdict="(\w+)"\} (\d+)$/gm)];
	assert.deepEqual(counted.map(([, v]) => v).filter((v) => !heard.has(v)), NOT_REACHED, 'verdicts without a row');
	for (const [, verdict, count] of counted) assert.equal(Number(count), heard.get(verdict) ?? 0, verdict);
});

test('a pass of several legs is good for the one that we sold, wherever it stands', { skip }, async () => {
	const day = dayOfYear(house.now);
	const other = ['ELSE01', day, 'NH', '101'];
	let flights = 0;
	const flyer = async (days = 0) => {
		const n = ++flights;
		const [flight, pnr] = [String(200 + n), `LEGS${String(n).padStart(2, '0')}`];
		await town.flight(`oc${flight}`, jst(house.now + 2 * 3600_000 + days * 86400_000), 0, { flight });
		const ticket = await town.sell('four-modes');
		await reserve(ticket, 'orc', `oc${flight}`, { pnr });
		return { ticket, leg: [pnr, day + days, 'OC', flight], service: `oc${flight}` };
	};
	for (const [count, place] of [[1, 0], [2, 0], [2, 1], [3, 1], [3, 2], [4, 0], [4, 2], [4, 3]]) {
		const { ticket, leg, service } = await flyer();
		const legs = Array.from({ length: count }, (_, i) => (i === place ? leg : other));
		const { body } = await town.scan('airport', { qr: boardingPassOf(legs), kind: 'check_in' });
		assert.deepEqual([body.verdict, body.ticket_id, body.service], ['ADMITTED', ticket.ticket_id, service],
			`leg ${place + 1} of ${count}`);
	}
	const none = boardingPassOf([other, other, other, other]);
	assert.equal(await town.verdict('airport', { qr: none, kind: 'check_in' }), 'NO_RESERVATION');
	// There and back on one pass: today's flight, and the other one where the gate names it.
	const [back, there] = [await flyer(1), await flyer()];
	const both = { qr: boardingPassOf([back.leg, there.leg]), kind: 'check_in' };
	assert.equal((await town.scan('airport', { ...both, service: back.service })).body.ticket_id, back.ticket.ticket_id);
	assert.equal((await town.scan('airport', both)).body.ticket_id, there.ticket.ticket_id);
});

test('what is no scan is refused, and nothing is filed', { skip }, async () => {
	const ticket = await town.sell('four-modes');
	const before = (await house.ask('GET', '/metrics', { token: null })).text.match(/scans_total.*/g);
	const cases = [
		// gate, what it says, code, pointer
		['tenjin', { kind: 'enter', at: house.now + 301_000 }, 'CLOCK_SKEW', '/at'],
		['tenjin', { kind: 'enter', at: house.now - 301_000 }, 'CLOCK_SKEW', '/at'],
		['tenjin', { kind: 'board' }, 'WRONG_KIND', '/kind'],
		['bus-1', { kind: 'enter' }, 'WRONG_KIND', '/kind'],
		['pier', { kind: 'redeem' }, 'WRONG_KIND', '/kind'],
		['airport', { kind: 'alight' }, 'WRONG_KIND', '/kind'],
		['bath', { kind: 'check_in' }, 'WRONG_KIND', '/kind'],
		['tenjin', { kind: 'enter', again: '01a193c3-1c80-4add-b794-21a17e047e50' }, 'BAD_FORMAT', '/scan_id'],
		['tenjin', { kind: 'enter', qr: '' }, ['OUT_OF_RANGE', 'BAD_FORMAT'], '/qr'],
		['tenjin', { kind: 'enter', qr: 'K'.repeat(1025) }, ['OUT_OF_RANGE', 'BAD_FORMAT'], '/qr'],
		['tenjin', { kind: 'enter', riders: 100 }, 'OUT_OF_RANGE', '/riders'],
	];
	for (const [gate, said, code, pointer] of cases) {
		const answer = await town.scan(gate, { qr: ticket.code, ...said });
		assertProblem(answer, 422, code);
		assert.equal(answer.body.pointer, pointer);
	}
	assert.deepEqual((await house.ask('GET', '/metrics', { token: null })).text.match(/scans_total.*/g), before);
	assert.equal(await town.verdict('tenjin', { qr: ticket.code, kind: 'enter', at: house.now + 300_000 }), 'ADMITTED');
});

test('the same scan again is answered from the first', { skip }, async () => {
	const ticket = await town.sell('one-ride');
	const said = { qr: ticket.code, kind: 'enter' };
	const first = await town.scan('tenjin', said);
	assert.equal(first.body.verdict, 'ADMITTED');
	assert.equal(first.body.uses_left, 0);
	const at = house.now;
	await house.clock(house.now + 2 * MINUTE);
	for (let i = 0; i < 3; i++) {
		const again = await town.scan('tenjin', { ...said, again: first.scan_id, at });
		assert.deepEqual([again.status, lasting(again.text)], [200, lasting(first.text)]);
	}
	const other = await town.scan('tenjin', { ...said, kind: 'exit', again: first.scan_id, at });
	assertProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED');
	assert.equal(await town.verdict('tenjin', said), 'ALREADY_INSIDE', 'a new scan is judged anew');
	const elsewhere = await town.scan('hakata', { ...said, again: first.scan_id, at });
	assert.notEqual(elsewhere.body.verdict, 'ADMITTED', 'another gate\'s scan of that id is another scan');
	const shown = await house.ask('GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner });
	assert.equal(shown.body.uses, 1);
});

test('the same scan 20 times at once is one ride', { skip }, async () => {
	const ticket = await town.sell('island-day');
	const again = uuid7(house.now);
	const answers = await Promise.all(Array.from({ length: 20 }, () =>
		town.scan('bus-1', { qr: ticket.code, kind: 'board', again })));
	for (const a of answers)
		if (a.status !== 200) assertProblem(a, 409, 'STILL_RUNNING');
		else assert.equal(a.body.verdict, 'ADMITTED');
	assert.ok(answers.some((a) => a.status === 200));
	const last = await town.scan('bus-1', { qr: ticket.code, kind: 'board', again });
	assert.equal(last.body.verdict, 'ADMITTED');
	const shown = await house.ask('GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner });
	assert.equal(shown.body.uses, 1);
});

/* 409: the store was too busy with others who want the same; the gate sends the same scan again. */
async function scanUntilAnswered(gate, said) {
	const again = uuid7(house.now);
	for (let tries = 0; tries < 50; tries++) {
		const answer = await town.scan(gate, { ...said, again });
		if (answer.status === 200) return answer.body.verdict;
		assertProblem(answer, answer.status === 503 ? 503 : 409);
	}
	throw new Error('a scan was never answered');
}

const countOf = (list) => list.reduce((counts, v) => ({ ...counts, [v]: (counts[v] ?? 0) + 1 }), {});

test('a ticket for one ride at three gates at once lets one person in', { skip }, async () => {
	for (let round = 0; round < 5; round++) {
		const ticket = await town.sell('one-ride');
		const verdicts = await Promise.all(Array.from({ length: 30 }, (_, i) =>
			scanUntilAnswered(['tenjin', 'hakata', 'meinohama'][i % 3], { qr: ticket.code, kind: 'enter' })));
		const { ADMITTED, ALREADY_INSIDE = 0, USED_UP = 0, ...others } = countOf(verdicts);
		assert.deepEqual([ADMITTED, ALREADY_INSIDE + USED_UP, others], [1, 29, {}], JSON.stringify(countOf(verdicts)));
		const shown = await house.ask('GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner });
		assert.equal(shown.body.uses, 1);
	}
});

test('a ship with five places, raced by twenty, takes five', { skip }, async () => {
	for (const [service, riders, most] of [['race-1', 1, 5], ['race-2', 2, 2], ['race-5', 5, 1], ['race-6', 6, 0]]) {
		await town.sailing(service, jst(house.now + 3600_000), 5);
		const tickets = await Promise.all(Array.from({ length: 20 }, () => town.sell('one-sailing', { riders })));
		const verdicts = await Promise.all(tickets.map((t) =>
			scanUntilAnswered('pier', { qr: t.code, kind: 'check_in', service, riders })));
		const { ADMITTED = 0, FULL = 0 } = countOf(verdicts);
		assert.deepEqual([ADMITTED, FULL], [most, 20 - most], service);
		const { body } = await house.ask('GET', `/v1/services/sakurajima-ferry/${service}`);
		assert.equal(body.taken, most * riders);
	}
});

test('five places to be reserved, raced by twenty, are held by five; a refund gives one back', { skip }, async () => {
	await town.sailing('held', jst(house.now + 3600_000), 5);
	const tickets = await Promise.all(Array.from({ length: 20 }, () => town.sell('booked-sea')));
	const place = async (ticket) => {
		const body = { ticket_id: ticket.ticket_id, operator_id: 'sakurajima-ferry', service_id: 'held' };
		const answer = await house.ask('POST', '/v1/reservations', { token: town.partner, body });
		return answer.status === 201 ? 'HELD' : answer.body.code;
	};
	const results = await Promise.all(tickets.map(place));
	assert.deepEqual(countOf(results), { HELD: 5, SERVICE_FULL: 15 });
	await refund(tickets[results.indexOf('HELD')]);
	const more = [];
	for (const ticket of tickets.filter((_, i) => results[i] === 'SERVICE_FULL').slice(0, 2)) more.push(await place(ticket));
	assert.deepEqual(more, ['HELD', 'SERVICE_FULL']);
	assert.equal((await house.ask('GET', '/v1/services/sakurajima-ferry/held')).body.taken, 5);
});

test('a pass is refunded or ridden, never both', { skip }, async () => {
	for (let round = 0; round < 10; round++) {
		const ticket = await town.sell('city-day');
		const path = `/v1/tickets/${ticket.ticket_id}`;
		const { offer_id } = await house.must(201, 'POST', `${path}/refund-offer`, { token: town.partner, body: {} });
		const [refunded, verdict] = await Promise.all([
			house.ask('POST', `${path}/refund`, { token: town.partner, body: { offer_id } }),
			scanUntilAnswered('tenjin', { qr: ticket.code, kind: 'enter' }),
		]);
		const outcome = [refunded.status, refunded.body.code, verdict].join(' ');
		assert.ok(['200  REVOKED', '409 ALREADY_USED ADMITTED'].includes(outcome), outcome);
	}
});

/* One of many kinds of nonsense. */
function nonsense(random, real) {
	const pick = (list) => list[random.below(list.length)];
	const alphabets = [BASE45, ' \t\r\n\u0001\u001f\u007f', '九州はひとつ乗車券', '🚃🚌⛴️✈️👨‍👩‍👧', 'abcxyz{}[]"\\/<>&\'',
		'\u200b\u202e\ufeff\ufffd', '0123456789'];
	const some = (most) => {
		const alphabet = [...pick(alphabets)];
		return Array.from({ length: 1 + random.below(most) }, () => pick(alphabet)).join('');
	};
	return pick([
		() => some(200),
		() => `KM1:${some(200)}`,
		() => `km1:${real.slice(4)}`,
		() => pick(['KM1', 'KM2:', ' KM1:', 'KM1: ', 'HC1:', 'M1', 'M2', 'M4']) + real.slice(4),
		() => real.slice(0, random.below(real.length - 1) + 1),
		() => real.slice(random.below(real.length - 1) + 1),
		() => real + some(5),
		() => { const i = 4 + random.below(real.length - 4); return real.slice(0, i) + real.slice(i + 1); },
		() => {
			const i = 4 + random.below(real.length - 4);
			const other = pick([...BASE45].filter((c) => c !== real[i]));
			return real.slice(0, i) + other + real.slice(i + 1);
		},
		() => flipped(real, random.below(bytesOf(real).length * 8)),
		() => codeOf(random.bytes(1 + random.below(180))),
		() => codeOf(Buffer.concat([bytesOf(real).subarray(0, 20), random.bytes(100)])),
		() => codeOf(Buffer.concat([bytesOf(real), random.bytes(1 + random.below(9))])),
		() => 'K'.repeat(1 + random.below(1024)),
	])();
}

test('a code that is anything at all is never admitted', { skip }, async () => {
	const random = seeded('codes');
	const ticket = await town.sell('four-modes');
	const counts = {};
	for (let i = 0; i < RANDOM_CODES; i++) {
		const qr = [...nonsense(random, ticket.code)].reduce((text, c) =>
			(Buffer.byteLength(text + c) <= 1024 ? text + c : text), '');
		const gate = ['tenjin', 'bus-1', 'airport'][i % 3];
		const kind = ['enter', 'board', 'check_in'][i % 3];
		const verdict = await town.verdict(gate, { qr, kind });
		assert.ok(['MALFORMED', 'FORGED', 'UNKNOWN_KEY'].includes(verdict), `${verdict}: ${JSON.stringify(qr)}`);
		counts[verdict] = (counts[verdict] ?? 0) + 1;
	}
	assert.ok(counts.MALFORMED > 100 && counts.FORGED > 20, JSON.stringify(counts));
	assert.equal(await town.verdict('bus-1', { qr: ticket.code, kind: 'board' }), 'ADMITTED', 'the real one still is');
});

test('every bit of a real code matters', { skip }, async () => {
	const ticket = await town.sell('four-modes');
	const bits = Array.from({ length: bytesOf(ticket.code).length * 8 }, (_, bit) => bit).filter((bit) => bit % 7 === 0);
	for (const bit of bits) {
		const verdict = await town.verdict('tenjin', { qr: flipped(ticket.code, bit), kind: 'enter' });
		assert.ok(['MALFORMED', 'FORGED', 'UNKNOWN_KEY'].includes(verdict), `bit ${bit}: ${verdict}`);
	}
	assert.equal(await town.verdict('tenjin', { qr: ticket.code, kind: 'enter' }), 'ADMITTED');
});

test('a NUL or half a character is no text at all', { skip }, async () => {
	for (const qr of ['"KM1:\\u0000"', '"\\ud83d"', '"\\udc00\\ud800"', Buffer.from([0x22, 0xc3, 0x28, 0x22])]) {
		const head = `{"scan_id":"${uuid7(house.now)}","at":"${jst(house.now)}","kind":"enter","qr":`;
		const payload = Buffer.concat([Buffer.from(head), Buffer.from(qr), Buffer.from('}')]);
		const answer = await house.ask('POST', '/v1/scans', { token: town.gates.tenjin, key: null, payload,
			headers: { 'content-type': 'application/json' } });
		assertProblem(answer, answer.status === 422 ? 422 : 400);
	}
});

test('after all this the money still balances', { skip }, async () => {
	await house.clock(house.now + 60_000);
	const { body } = await house.ask('GET', '/v1/ledger/balances');
	assert.equal(body.total_debit_yen, body.total_credit_yen);
});

test('every answer is as /openapi.json describes it', { skip: skip || skipAjv }, async () => {
	const looked = await checkAnswers(house);
	assert.ok(looked > 900, `${looked} answers looked at`);
});
