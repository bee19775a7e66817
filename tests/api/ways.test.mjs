// tests/api/ways.test.mjs - trains that go through to another operator's line, buses that go one way, and vehicles
// whose code the rider's phone reads. Without it a rider might be kept in a station for having stayed on the train.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, lasting, skip, uuid7 } from './house.mjs';
import { Phone } from './phone.mjs';
import { found } from './town.mjs';

const MINUTE = 60_000;
const JUNCTION = { operator_a: 'fukuoka-city-subway', stop_a: 'K01', operator_b: 'jr-kyushu', stop_b: 'meinohama',
	name: '姪浜' };

let house;
let town;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.must(201, 'POST', '/v1/operators', { body: { operator_id: 'jr-kyushu', name_ja: '九州旅客鉄道',
		name_en: 'JR Kyushu', modes: ['rail'], prefectures: ['40'], base_fare_yen: 280, joined: '2026-04-01' } });
	for (const [gate_id, operator_id, mode, more] of [['chikuzen-maebaru', 'jr-kyushu', 'rail', { stop: 'maebaru' }],
		['jr-meinohama', 'jr-kyushu', 'rail', { stop: 'meinohama' }]]) {
		await house.must(201, 'POST', '/v1/gates', { body: { gate_id, operator_id, mode, name: gate_id, ...more } });
		town.gates[gate_id] = (await house.must(201, 'POST', '/v1/tokens', {
			body: { role: 'gate', subject: gate_id } })).token;
	}
	const product = { validity: 'days', length: 1, activation_days: 30, rule_id: 'by-fare', riders_max: 2,
		prices: [{ category: 'adult', price_yen: 2000 }], operators: [{ operator_id: 'fukuoka-city-subway' },
			{ operator_id: 'jr-kyushu' }, { operator_id: 'miyako' }], modes: ['rail', 'bus'], name_ja: '券', name_en: 'day' };
	await house.must(201, 'POST', '/v1/products', { body: { product_id: 'day', ...product } });
	await house.must(201, 'POST', '/v1/products', { body: { product_id: 'phone-day', ...product, device_bound: true } });
	await house.clock('2026-11-02T08:00:00+09:00');
});
after(async () => { await house?.close(); });

const say = async (gate, kind, ticket, more = {}) => {
	await house.clock(house.now + MINUTE);
	return town.verdict(gate, { qr: ticket.code, kind, ...more });
};

test('a junction is the council\'s to say, and everybody\'s to read', { skip }, async () => {
	const ask = (body, token) => house.ask('POST', '/v1/junctions', { token, body });
	assertProblem(await ask(JUNCTION, town.partner), 403, 'ROLE_NOT_ALLOWED');
	for (const [change, code, pointer] of [[{ operator_b: JUNCTION.operator_a }, 'SAME_OPERATOR', '/operator_b'],
		[{ operator_a: 'nobody' }, 'UNKNOWN_OPERATOR', '/operator_a'],
		[{ operator_b: 'nobody' }, 'UNKNOWN_OPERATOR', '/operator_b'],
		[{ operator_b: 'miyako' }, 'MODE_NOT_OPERATED', '/operator_b'], [{ name: undefined }, 'MISSING_FIELD', '/name']]) {
		const answer = await ask({ ...JUNCTION, ...change });
		assertProblem(answer, 422, code);
		assert.equal(answer.body.pointer, pointer);
	}
});

test('in at 天神, out at 筑前前原: each line is deemed its own part', { skip }, async () => {
	const ticket = await town.sell('day', { riders: 2 });
	const both = { riders: 2 };
	assert.equal(await say('tenjin', 'enter', ticket, both), 'ADMITTED');
	assert.equal(await say('chikuzen-maebaru', 'exit', ticket, both), 'NO_ENTRY', 'no junction is known yet');
	const { operator_a, stop_a, operator_b, stop_b, name } = JUNCTION;
	await house.must(201, 'POST', '/v1/junctions', { body: { ...JUNCTION, stop_b: 'misspelt' } });
	await house.must(201, 'POST', '/v1/junctions', {
		body: { operator_a: operator_b, stop_a: stop_b, operator_b: operator_a, stop_b: stop_a, name } });
	assert.equal(await say('chikuzen-maebaru', 'exit', ticket, both), 'ADMITTED');
	assert.equal(await say('chikuzen-maebaru', 'exit', ticket, both), 'NO_ENTRY');
	const { items } = await house.must(200, 'GET', '/v1/junctions', { token: town.gates.tenjin });
	assert.equal(items.length, 1, 'one, whoever is named first');
	assert.deepEqual([items[0].stop_a, items[0].stop_b].sort(), ['K01', 'meinohama']);
	const shown = await house.must(200, 'GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner });
	assert.equal(shown.uses, 1, 'one use');
});

test('and the other way, and no farther than the junction', { skip }, async () => {
	const ticket = await town.sell('day');
	assert.equal(await say('chikuzen-maebaru', 'enter', ticket), 'ADMITTED');
	assert.equal(await say('hakata', 'exit', ticket), 'ADMITTED');
	assert.equal(await say('tenjin', 'enter', ticket), 'ADMITTED');
	assert.equal(await say('other-2', 'exit', ticket), 'WRONG_OPERATOR');
	assert.equal(await say('jr-meinohama', 'exit', ticket), 'ADMITTED', 'out by the other line\'s gate at the junction');
});

test('a bus goes one way: off before the stop of boarding is no ride', { skip }, async () => {
	const ticket = await town.sell('day');
	const down = { service: 'aoshima-down' };
	assert.equal(await say('bus-1', 'board', ticket, { ...down, stop: 'airport' }), 'ADMITTED');
	assert.equal(await say('bus-1', 'alight', ticket, { ...down, stop: 'tachibana' }), 'WRONG_ORDER');
	assert.equal(await say('bus-1', 'alight', ticket, { ...down, stop: 'aoshima' }), 'ADMITTED');
	assert.equal(await say('bus-1', 'board', ticket, { ...down, stop: 'airport' }), 'ADMITTED');
	assert.equal(await say('bus-1', 'alight', ticket, { ...down, stop: 'airport' }), 'ADMITTED', 'off where he got on');
	assert.equal(await say('bus-1', 'board', ticket, { service: 'aoshima-up', stop: 'airport' }), 'ADMITTED');
	assert.equal(await say('bus-1', 'alight', ticket, { stop: 'tachibana' }), 'ADMITTED', 'the other way it comes after');
	assert.equal(await say('bus-1', 'board', ticket, { stop: 'airport' }), 'ADMITTED', 'of no route');
	assert.equal(await say('bus-1', 'alight', ticket, { stop: 'tachibana' }), 'ADMITTED', 'nobody can tell');
	assert.equal(await say('bus-1', 'board', ticket, { ...down, stop: 'airport' }), 'ADMITTED');
	assert.equal(await say('bus-1', 'alight', ticket, { stop: 'nowhere' }), 'ADMITTED', 'a stop of no feed');
});

const reverse = (ticket, more = {}, token = town.partner) => house.ask('POST', '/v1/reverse-scans', { token, key: null,
	body: { scan_id: uuid7(house.now), ticket_id: ticket.ticket_id, vehicle: 'HG1:bus-qr', at: jst(house.now),
		kind: 'board', ...more } });

/* As docs/api.md tells it. */
function movingAt(scanId, ms) {
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(ms / 15_000) * 15));
	const digest = crypto.createHash('sha256').update(Buffer.from(scanId.replaceAll('-', ''), 'hex')).update(step).digest();
	const bits = digest.subarray(0, 4).readUInt32BE();
	return [27, 22, 17, 12, 7, 2].map((shift) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[bits >>> shift & 31]).join('');
}

test('the phone reads the bus, and shows what moves', { skip }, async () => {
	for (const ticket of [await town.sell('day'), await town.sell('phone-day', { device_key: new Phone().key })]) {
		const scan_id = uuid7(house.now);
		const on = await reverse(ticket, { scan_id, service: 'aoshima-down', stop: 'airport' });
		assert.equal(on.body.verdict, 'ADMITTED', on.text);
		assert.equal(on.body.ticket_id, ticket.ticket_id);
		assert.deepEqual(on.body.moving, { show: movingAt(scan_id, house.now), until: jst(house.now + 15_000) });
		assert.notEqual(movingAt(scan_id, house.now), movingAt(scan_id, house.now + 15_000));
		const again = await reverse(ticket, { scan_id, service: 'aoshima-down', stop: 'airport' });
		assert.deepEqual(lasting(again.body), lasting(on.body), 'sent again it is the first answer');
		await house.clock(house.now + 10 * MINUTE);
		const back = await reverse(ticket, { kind: 'alight', stop: 'tachibana' });
		assert.equal(back.body.verdict, 'WRONG_ORDER');
		assert.ok(!('moving' in back.body));
		assert.equal((await reverse(ticket, { kind: 'alight', stop: 'aoshima' })).body.verdict, 'ADMITTED');
		assert.equal((await reverse(ticket, { kind: 'alight', stop: 'aoshima' })).body.verdict, 'NO_ENTRY');
		assert.equal((await reverse(ticket, { riders: 2 })).body.verdict, 'WRONG_RIDERS');
		const shown = await house.must(200, 'GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner });
		assert.equal(shown.uses, 1);
	}
});

test('a gate and a partner may make the same scan_id', { skip }, async () => {
	const ticket = await town.sell('day');
	await house.must(201, 'POST', '/v1/gates', { body: { gate_id: 'app-hakata', operator_id: 'miyako', mode: 'bus',
		name: 'of the same name' } });
	const token = (await house.must(201, 'POST', '/v1/tokens', { body: { role: 'gate', subject: 'app-hakata' } })).token;
	const scan_id = uuid7(house.now);
	assert.equal((await reverse(ticket, { scan_id })).body.verdict, 'ADMITTED');
	const asked = await house.scan(token, { again: scan_id, qr: 'hello', kind: 'board' });
	assert.equal(asked.body.verdict, 'MALFORMED');
});

test('whose ticket, which vehicle, and by whom', { skip }, async () => {
	const ticket = await town.sell('day');
	const refused = async (status, code, pointer, more, token) => {
		const answer = await reverse(ticket, more, token);
		assertProblem(answer, status, code);
		assert.equal(answer.body.pointer, pointer, answer.text);
	};
	await refused(403, 'ROLE_NOT_ALLOWED', undefined, {}, town.gates['bus-qr']);
	await refused(404, 'TICKET_UNKNOWN', undefined, {}, town.otherPartner);
	await refused(404, 'TICKET_UNKNOWN', undefined, { ticket_id: uuid7(house.now) });
	await refused(422, 'UNKNOWN_VEHICLE', '/vehicle', { vehicle: 'HG1:bus-1' });
	await refused(422, 'UNKNOWN_VEHICLE', '/vehicle', { vehicle: 'HG1:nothing' });
	for (const vehicle of ['bus-qr', 'HG1:', 'hg1:bus-qr', 'HG1:Bus', 'HG1:bus-qr ', `HG1:${'a'.repeat(33)}`])
		await refused(422, 'BAD_FORMAT', '/vehicle', { vehicle });
	await refused(422, 'BAD_FORMAT', '/scan_id', { scan_id: crypto.randomUUID() });
	await refused(422, 'WRONG_KIND', '/kind', { kind: 'enter' });
	await refused(422, 'CLOCK_SKEW', '/at', { at: jst(house.now + 301_000) });
	await refused(422, 'CLOCK_SKEW', '/at', { at: jst(house.now - 301_000) });
});

test('the month is closed: 地下鉄 and JR carried, each by its part', { skip }, async () => {
	await house.clock('2026-12-05T04:00:00+09:00');
	await house.must(202, 'POST', '/v1/settlements', { body: { period: '2026-11' } });
	await house.clock(house.now + 5000);
	const of = (id) => house.must(200, 'GET', `/v1/settlements/2026-11/statements/${id}.json`);
	const [subway, jr] = [await of('fukuoka-city-subway'), await of('jr-kyushu')];
	// 天神 to 姪浜 is 300 yen by the subway's table, and so is 姪浜 to 博多; JR has no table here: its base fare is 280,
	// and nothing for whom it did not carry.
	assert.deepEqual([subway.boardings, subway.riders, subway.deemed_fare_yen], [3, 4, 2 * 300 + 300 + 300]);
	assert.deepEqual([jr.boardings, jr.riders, jr.deemed_fare_yen], [3, 4, 2 * 280 + 280]);
	const balances = await house.must(200, 'GET', '/v1/ledger/balances');
	assert.equal(balances.total_debit_yen, balances.total_credit_yen);
});

test('every answer is as /openapi.json describes it', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 60);
});
