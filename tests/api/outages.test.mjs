// tests/api/outages.test.mjs - the council declares an outage: rides by old bundles in it are not held against their
// operators, if it was declared before they are told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, skip, uuid7 } from './house.mjs';
import { found } from './town.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SUBWAY = 'fukuoka-city-subway';

let house;
let town;
let start; // Rides are told in minutes from here on.

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.clock('2026-11-03T06:00:00+09:00');
	start = house.now;
	await house.clock(start + 12 * HOUR);
});
after(async () => { await house?.close(); });

const jstAt = (minute) => jst(start + minute * MINUTE);
const declare = (body, more = {}) => house.ask('POST', '/v1/outages', { body: { reason: 'a mast fell', ...body }, ...more });

/** A ticket of one ride rides, and enters again at that minute, by a bundle a day and an hour older. */
async function rideTwice(minute, gate = 'tenjin') {
	const ticket = await town.sell('one-ride');
	const line = { qr: ticket.code, bundle: Math.floor((start + (minute - 25 * 60) * MINUTE) / 1000) };
	const told = [[minute - 40, 'enter'], [minute - 20, 'exit'], [minute, 'enter']].map(([m, kind]) =>
		({ ...line, kind, scan_id: uuid7(start + m * MINUTE), at: jstAt(m) }));
	return { ticket, gate, told };
}

async function upload(gate, lines) {
	const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null,
		payload: lines.map((l) => JSON.stringify(l)).join('\n'), headers: { 'content-type': 'application/x-ndjson' } });
	assert.equal(answer.status, 200, answer.text);
	return answer.text.trim().split('\n').map((text) => JSON.parse(text));
}

/** Who bears the second ride, and why. */
async function whoBears({ gate, told }) {
	const second = (await upload(gate, told)).at(-1);
	return [second.verdict, second.bearer, second.contest_why].join(' ');
}

test('an old bundle is the operator\'s, unless an outage was declared for it and that time', { skip }, async () => {
	// Sold before they ride.
	await house.clock(start + 13 * HOUR);
	const from = (house.now - start) / MINUTE;
	const rides = {};
	for (const [name, minute, gate] of [['before', from + 50], ['in', from + 200], ['another', from + 210],
		['elsewhere', from + 220, 'other-2'], ['after', from + 360]])
		rides[name] = await rideTwice(minute, gate);
	await house.clock(house.now + 12 * HOUR);
	assert.equal(await whoBears(rides.before), 'USED_UP operator BUNDLE_TOO_OLD');
	const said = { from: jstAt(from + 100), until: jstAt(from + 300), operators: [{ operator_id: SUBWAY }] };
	const declared = await declare(said, { key: 'mast-1' });
	assert.equal(declared.status, 201, declared.text);
	assert.deepEqual((await declare(said, { key: 'mast-1' })).body, declared.body, 'said twice');
	assert.equal(await whoBears(rides.in), 'USED_UP council USED_ELSEWHERE');
	assert.equal(await whoBears(rides.after), 'USED_UP operator BUNDLE_TOO_OLD');
	assert.equal(await whoBears(rides.another), 'USED_UP council USED_ELSEWHERE');
	const elsewhere = await upload('other-2', rides.elsewhere.told);
	assert.ok(elsewhere.every((l) => l.verdict === 'WRONG_OPERATOR' && l.contest_why === 'FACE_SAID_NO'));
	const { items } = await house.must(200, 'GET', '/v1/outages', { token: town.operators.miyako });
	assert.deepEqual(items, [declared.body]);
});

test('what was judged before it keeps its answer; what is told after it is judged by it', { skip }, async () => {
	const from = (house.now - start) / MINUTE;
	const [early, late] = [await rideTwice(from + 60), await rideTwice(from + 60)];
	await house.clock(house.now + 3 * HOUR);
	assert.equal(await whoBears(early), 'USED_UP operator BUNDLE_TOO_OLD');
	const { body } = await declare({ from: jstAt(from), until: jstAt(from + 120), all: true });
	assert.equal(body.all, true);
	assert.equal(await whoBears(early), 'USED_UP operator BUNDLE_TOO_OLD', 'its first answer');
	assert.equal(await whoBears(late), 'USED_UP council USED_ELSEWHERE');
	const none = (await rideTwice(from + 60)).told.filter((told) => told.kind === 'enter').map(({ bundle, ...told }) => told);
	assert.ok((await upload('tenjin', none)).every((l) => l.contest_why === 'FACE_SAID_NO'), 'sold after its ride');
	await house.clock(house.now + 2000);
	const contests = await house.must(200, 'GET', `/v1/operators/${SUBWAY}/contests?limit=200`);
	const of = ({ told }) => contests.items.find((c) => c.scan_id === told.at(-1).scan_id);
	assert.deepEqual([of(early).bearer, of(late).bearer], ['operator', 'council']);
});

test('what is no outage', { skip }, async () => {
	const times = { from: jstAt(0), until: jstAt(60) };
	const many = Array.from({ length: 61 }, (_, i) => ({ operator_id: `o-${i}` }));
	for (const [body, code, pointer] of [
		[{ ...times }, 'BAD_OUTAGE', '/operators'],
		[{ ...times, all: true, operators: [{ operator_id: SUBWAY }] }, 'BAD_OUTAGE', '/operators'],
		[{ ...times, all: false, operators: [] }, 'BAD_OUTAGE', '/operators'],
		[{ ...times, until: times.from, all: true }, 'BAD_OUTAGE', '/until'],
		[{ ...times, until: jstAt(31 * 24 * 60 + 1), all: true }, 'BAD_OUTAGE', '/until'],
		[{ ...times, operators: [{ operator_id: SUBWAY }, { operator_id: 'nobody' }] }, 'UNKNOWN_OPERATOR',
			'/operators/1/operator_id'],
		[{ ...times, operators: [{ operator_id: SUBWAY }, { operator_id: SUBWAY }] }, 'REPEATED',
			'/operators/1/operator_id'],
		[{ ...times, operators: many }, 'TOO_MANY_ITEMS', '/operators'],
		[{ ...times, all: true, reason: '' }, undefined, '/reason'],
		[{ from: times.from, all: true }, 'MISSING_FIELD', '/until'],
		[{ ...times, all: true, outage_id: uuid7(house.now) }, 'UNKNOWN_FIELD', '/outage_id'],
	]) {
		const answer = await declare(body);
		assertProblem(answer, 422, code);
		assert.equal(answer.body.pointer, pointer, answer.text);
	}
	for (const token of [town.operators.miyako, town.partner, town.gates.tenjin, town.auditor])
		assertProblem(await declare({ ...times, all: true }, { token }), 403, 'ROLE_NOT_ALLOWED');
	assert.equal((await house.must(200, 'GET', '/v1/outages', { token: town.auditor })).items.length, 2);
});

test('all of it as the document says', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 20);
});
