// tests/api/passengers.test.mjs - who travels on a ship: said by partners, read by the operator and the council alone,
// erased when the term is over; and what an airline tells of its coupons after the flight.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, skip } from './house.mjs';
import { boardingPass, found } from './town.mjs';

const SHIP = 'sakurajima-ferry';
const HANAKO = { name: '山田 花子', kind: 'adult', sex: 'female', municipality: '鹿児島市' };
const KIM = { name: 'KIM MINJUN', age: 41, sex: 'male', nationality: 'KR', passport_number: 'M12345678' };
const TARO = { name: '山田 太郎', age: 8, sex: 'male', municipality: '鹿児島市', help_needed: true };
const BABY = { name: '山田 ひかり', kind: 'infant', sex: 'female', municipality: '鹿児島市' };
const PERSONAL = [/山田/, /花子/, /太郎/, /ひかり/, /KIM MIN/, /M12345678/, /鹿児島市/];
const OUR_PNRS = ['FLEW01', 'CAME02', 'GONE03'];

let house;
let town;
let airline;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	airline = (await house.must(201, 'POST', '/v1/tokens', { body: { role: 'operator', subject: 'orc' } })).token;
	await town.sailing('morning', '2026-11-01T12:00:00+09:00', 20);
	await town.sailing('noon', '2026-11-01T14:00:00+09:00', 20);
	await town.flight('oc75', '2026-11-01T15:00:00+09:00', 10, { deemed_fare_yen: 9000 });
	await house.clock('2026-11-01T08:00:00+09:00');
});
after(async () => { await house?.close(); });

const reserve = (ticket, operator_id, service_id, more = {}) => house.must(201, 'POST', '/v1/reservations',
	{ token: town.partner, body: { ticket_id: ticket.ticket_id, operator_id, service_id, ...more } });
const say = (ticket, passengers, { token = town.partner, service_id = 'morning', ...options } = {}) =>
	house.ask('POST', '/v1/passengers', { token, ...options,
		body: { ticket_id: ticket.ticket_id, operator_id: SHIP, service_id, passengers } });
const read = (form, token = town.operators[SHIP], service_id = 'morning') =>
	house.ask('GET', `/v1/passenger-lists/${SHIP}/${service_id}.${form}`, { token });

/** Rows of CSV, quotes taken off. */
function rowsOf(text) {
	return text.trimEnd().split('\r\n').map((line) => [...`${line},`.matchAll(/("(?:[^"]|"")*"|[^,]*),/g)]
		.map(([, field]) => field.replace(/^"|"$/g, '').replaceAll('""', '"')));
}

async function family() {
	const ticket = await town.sell('booked-sea', { riders: 3 });
	await reserve(ticket, SHIP, 'morning');
	return ticket;
}

test('a party is listed, read ashore, and seen to come aboard', { skip }, async () => {
	const ticket = await family();
	const receipt = await say(ticket, [HANAKO, KIM, TARO, BABY]);
	assert.equal(receipt.status, 201, receipt.text);
	assert.deepEqual({ ...receipt.body, list_id: '' }, { list_id: '', ticket_id: ticket.ticket_id, operator_id: SHIP,
		service_id: 'morning', persons: 4, reserved: true, erase_after: '2027-11-01' });
	const walker = await town.sell('one-sailing', { riders: 2 });
	assert.equal((await say(walker, [{ ...HANAKO, name: '=HYPERLINK("x")' }])).status, 201);

	const { body } = await read('json');
	assert.deepEqual(body.passengers.map((p) => [p.name, p.kind, p.help_needed, p.reserved, p.checked_in]).sort(), [
		['=HYPERLINK("x")', 'adult', false, false, false],
		[HANAKO.name, 'adult', false, true, false],
		[KIM.name, 'adult', false, true, false],
		[TARO.name, 'child', true, true, false],
		[BABY.name, 'infant', false, true, false],
	].sort());
	assert.equal(body.passengers[0].name, TARO.name, 'who needs help comes first');
	assert.deepEqual([body.from_stop, body.to_stop, body.departs_at, body.allotment, body.taken],
		['kagoshima-port', 'sakurajima-port', '2026-11-01T12:00:00+09:00', 20, 3]);
	assert.deepEqual([body.persons, body.infants, body.help_needed, body.checked_in], [5, 1, 1, 0]);

	assert.equal(await town.verdict('pier', { qr: ticket.code, kind: 'check_in', service: 'morning', riders: 3 }),
		'ADMITTED');
	assert.equal(await town.verdict('pier', { qr: walker.code, kind: 'check_in', service: 'morning' }), 'ADMITTED');
	const later = (await read('json', house.council)).body;
	assert.equal(later.checked_in, 5);
	assert.ok(later.passengers.every((p) => p.checked_in));
});

test('the list as a spreadsheet has it', { skip }, async () => {
	const answer = await read('csv');
	assert.equal(answer.status, 200);
	assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8');
	assert.match(answer.headers['content-disposition'], /attachment; filename="passengers-morning.csv"/);
	assert.deepEqual([...answer.bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
	const [head, ...rows] = rowsOf(answer.text.slice(1));
	assert.deepEqual(head.map((h) => h.split(' ')[0]), ['氏名', '区分', '年齢', '性別', '市区町村', '国籍', '旅券番号',
		'支援の要否', '乗船手続', '予約', '券', '事業者', '便', '乗船港', '下船港', '出発']);
	assert.equal(rows.length, 5);
	assert.deepEqual(rows[0].slice(0, 10), [TARO.name, 'child', '8', 'male', '鹿児島市', '', '', 'yes', 'yes', 'yes']);
	assert.deepEqual(rows.find((r) => r[0] === KIM.name).slice(1, 8),
		['adult', '41', 'male', '', 'KR', 'M12345678', 'no']);
	assert.ok(rows.every((r) => r.slice(11).join() === `${SHIP},morning,kagoshima-port,sakurajima-port,`
		+ '2026-11-01T12:00:00+09:00'));
	assert.ok(rows.some((r) => r[0] === '\'=HYPERLINK("x")'), 'no formula');
	assert.deepEqual(rowsOf((await read('csv', house.council, 'noon')).text.slice(1)).length, 1);
});

test('nobody else reads it, and each reading is written down without names', { skip }, async () => {
	for (const form of ['json', 'csv']) {
		for (const token of [town.partner, town.otherPartner, town.gates.pier, town.auditor, town.funder])
			assertProblem(await read(form, token), 403, 'ROLE_NOT_ALLOWED');
		assertProblem(await read(form, town.operators.miyako), 404, 'SERVICE_UNKNOWN');
		assertProblem(await read(form, null), 401);
		assertProblem(await read(form, house.council, 'no-such-ship'), 404, 'SERVICE_UNKNOWN');
		assert.equal((await read(form)).status, 200);
	}
	const told = house.log().split('\n').filter((l) => l.includes('passenger_list_read')).map((l) => JSON.parse(l));
	assert.ok(told.length >= 4);
	assert.deepEqual([told.at(-1).role, told.at(-1).subject, told.at(-1).operator, told.at(-1).service,
		told.at(-1).persons], ['operator', SHIP, SHIP, 'morning', 5]);
});

const without = (passenger, ...fields) =>
	Object.fromEntries(Object.entries(passenger).filter(([field]) => !fields.includes(field)));
const REFUSED = [
	// who, code, pointer
	[[without(HANAKO, 'name')], 'MISSING_FIELD', '/passengers/0/name'],
	[[without(HANAKO, 'kind')], 'MISSING_FIELD', '/passengers/0/kind'],
	[[without(HANAKO, 'sex')], 'MISSING_FIELD', '/passengers/0/sex'],
	[[without(HANAKO, 'municipality')], 'MISSING_FIELD', '/passengers/0/municipality'],
	[[without(KIM, 'passport_number')], 'MISSING_FIELD', '/passengers/0/passport_number'],
	[[without(KIM, 'nationality')], 'MISSING_FIELD', '/passengers/0/nationality'],
	[[{ ...KIM, nationality: 'kr' }], 'BAD_FORMAT', '/passengers/0/nationality'],
	[[{ ...KIM, passport_number: 'm1' }], 'BAD_FORMAT', '/passengers/0/passport_number'],
	[[HANAKO, without(TARO, 'sex')], 'MISSING_FIELD', '/passengers/1/sex'],
	[[], 'TOO_FEW_PASSENGERS', '/passengers'],
	[[HANAKO, TARO], 'TOO_FEW_PASSENGERS', '/passengers'],
	[[HANAKO, TARO, KIM, KIM], 'TOO_MANY_PASSENGERS', '/passengers'],
	[[HANAKO, TARO, KIM, ...Array(10).fill(BABY)], 'TOO_MANY_PASSENGERS', '/passengers'],
	[Array(19).fill(BABY), 'TOO_MANY_ITEMS', '/passengers'],
	[[{ ...HANAKO, kind: 'senior' }], 'BAD_FORMAT', '/passengers/0/kind'],
	[[{ ...HANAKO, age: 131 }], 'OUT_OF_RANGE', '/passengers/0/age'],
	[[{ ...HANAKO, phone: '1' }], 'UNKNOWN_FIELD', '/passengers/0/phone'],
	[[{ ...HANAKO, checked_in: true }], 'UNKNOWN_FIELD', '/passengers/0/checked_in'],
];

test('what a list lacks is refused at its place, without repeating what was said', { skip }, async () => {
	const ticket = await family();
	for (const [passengers, code, pointer] of REFUSED) {
		const answer = await say(ticket, passengers);
		assertProblem(answer, 422, code);
		assert.equal(answer.body.pointer, pointer, answer.text);
		PERSONAL.forEach((p) => assert.doesNotMatch(answer.text, p));
	}
	assertProblem(await say(ticket, [HANAKO], { token: town.otherPartner }), 404, 'TICKET_UNKNOWN');
	assertProblem(await say(ticket, [HANAKO], { token: house.council }), 403, 'ROLE_NOT_ALLOWED');
	assertProblem(await say(ticket, [HANAKO], { service_id: 'no-such-ship' }), 404, 'SERVICE_UNKNOWN');
	assertProblem(await say(ticket, [HANAKO, TARO, KIM], { service_id: 'noon' }), 409, 'NO_RESERVATION');
	assertProblem(await say(await town.sell('city-day'), [HANAKO]), 409, 'NOT_COVERED');
	const flight = await house.ask('POST', '/v1/passengers', { token: town.partner, body: {
		ticket_id: ticket.ticket_id, operator_id: 'orc', service_id: 'oc75', passengers: [HANAKO] } });
	assertProblem(flight, 422, 'NO_PASSENGER_LIST');
});

test('what was said last counts; a refunded party is not expected', { skip }, async () => {
	const ticket = await town.sell('booked-sea');
	const names = async () => (await read('json', house.council, 'noon')).body.passengers.map((p) => p.name);
	await reserve(ticket, SHIP, 'noon');
	assert.equal((await say(ticket, [HANAKO], { service_id: 'noon', key: 'the-same' })).status, 201);
	assert.equal((await say(ticket, [KIM], { service_id: 'noon' })).status, 201);
	assert.equal((await say(ticket, [HANAKO], { service_id: 'noon', key: 'the-same' })).status, 201);
	assert.deepEqual(await names(), [KIM.name], 'a request sent again does nothing again');
	const path = `/v1/tickets/${ticket.ticket_id}`;
	const { offer_id } = await house.must(201, 'POST', `${path}/refund-offer`, { token: town.partner, body: {} });
	await house.must(200, 'POST', `${path}/refund`, { token: town.partner, body: { offer_id } });
	assert.deepEqual(await names(), []);
	assertProblem(await say(ticket, [KIM], { service_id: 'noon' }), 409, 'TICKET_NOT_VALID');
});

test('what a route asks for, and for how long, is data', { skip }, async () => {
	const path = '/v1/passenger-terms';
	const all = ['name', 'age_class', 'sex', 'municipality'];
	const now = async (token = town.partner) => (await house.ask('GET', `${path}/${SHIP}`, { token })).body;
	assert.deepEqual(await now(), { operator_id: SHIP, days: 365, required: all });
	const term = { operator_id: SHIP, days: 30, required: ['name'] };
	assert.deepEqual(await house.must(201, 'POST', path, { body: term }), term);
	assert.deepEqual(await now(town.operators[SHIP]), term);
	const walker = await town.sell('one-sailing');
	const { body } = await say(walker, [{ name: 'A B' }], { service_id: 'noon' });
	assert.equal(body.erase_after, '2026-12-01');
	assertProblem(await say(walker, [{ age: 30 }], { service_id: 'noon' }), 422, 'MISSING_FIELD');
	assertProblem(await house.ask('POST', path, { token: town.operators[SHIP], body: term }), 403, 'ROLE_NOT_ALLOWED');
	assertProblem(await house.ask('POST', path, { body: { ...term, operator_id: 'nobody' } }), 422);
	assertProblem(await house.ask('POST', path, { body: { ...term, days: 100000 } }), 422, 'OUT_OF_RANGE');
	assertProblem(await house.ask('POST', path, { body: { ...term, required: ['shoe_size'] } }), 422);
	assert.equal((await house.must(201, 'POST', path, { body: { operator_id: SHIP, required: all } })).days, 365);
});

/* ---- The airline. ---- */

const tell = (body, token = airline) => house.ask('POST', '/v1/flown',
	{ token, body: { operator_id: 'orc', service_id: 'oc75', ...body } });
const pnrs = (...list) => list.map((pnr) => ({ pnr }));

async function legsOf(ticket) {
	return (await house.must(200, 'GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner })).uses;
}

test('flown without a scan is a boarding, flown with one is none more, a no-show is none', { skip }, async () => {
	const [flew, came, gone] = [await town.sell('four-modes', { riders: 2 }), await town.sell('four-modes'),
		await town.sell('four-modes')];
	for (const [i, ticket] of [flew, came, gone].entries()) await reserve(ticket, 'orc', 'oc75', { pnr: OUR_PNRS[i] });
	await house.clock('2026-11-01T14:30:00+09:00');
	assert.equal(await town.verdict('airport', { qr: boardingPass('CAME02', 305), kind: 'check_in' }), 'ADMITTED');
	const said = { flown: pnrs('FLEW01', 'CAME02', 'OTHERS'), no_show: pnrs('GONE03', 'NOTOUR') };
	assertProblem(await tell(said), 409, 'NOT_DEPARTED');
	await house.clock('2026-11-01T18:00:00+09:00');
	const answer = await tell(said);
	assert.deepEqual(answer.body, { operator_id: 'orc', service_id: 'oc75', flown: 2, no_show: 1, kept: 0, boardings: 1,
		unmatched: 2 }, answer.text);
	assert.deepEqual((await tell(said)).body, { ...answer.body, boardings: 0 }, 'told twice, counted once');
	assert.deepEqual([await legsOf(flew), await legsOf(came), await legsOf(gone)], [1, 1, 0]);
	const turned = (await tell({ flown: pnrs('GONE03'), no_show: pnrs('FLEW01') }, house.council)).body;
	assert.deepEqual([turned.flown, turned.no_show, turned.kept, turned.boardings], [1, 0, 1, 1]);
	assert.equal(await legsOf(gone), 1);
});

test('what is no list of a flight is refused', { skip }, async () => {
	const refused = async (body, status, code, token) => assertProblem(await tell(body, token), status, code);
	await refused({ flown: pnrs('ABC123') }, 403, 'NOT_YOURS', town.operators[SHIP]);
	await refused({ flown: pnrs('ABC123') }, 403, 'ROLE_NOT_ALLOWED', town.partner);
	await refused({ flown: pnrs('ABC123'), service_id: 'oc76' }, 404, 'SERVICE_UNKNOWN');
	await refused({ flown: pnrs('ABC123'), operator_id: SHIP, service_id: 'noon' }, 422, 'NO_FLIGHT', house.council);
	await refused({ flown: pnrs('abc123') }, 422, 'BAD_FORMAT');
	await refused({ flown: pnrs('ABC123'), no_show: pnrs('ABC123') }, 422, 'REPEATED');
	const many = Array.from({ length: 65 }, (_, i) => `A${i}`);
	await refused({ flown: pnrs(...many) }, 422, 'TOO_MANY_ITEMS');
	await refused({ flown: pnrs(...many.slice(0, 40)), no_show: pnrs(...many.slice(40)) }, 422, 'TOO_MANY_ITEMS');
	assert.equal((await tell({ flown: pnrs(...many.slice(0, 64)) })).body.unmatched, 64);
	assert.equal((await tell({})).status, 200);
});

test('a flight that no gate saw is paid for', { skip }, async () => {
	await house.clock('2026-12-10T12:00:00+09:00');
	await house.must(202, 'POST', '/v1/settlements', { body: { period: '2026-11' } });
	await house.clock('2026-12-10T12:01:00+09:00');
	const { body } = await house.ask('GET', '/v1/settlements/2026-11/statements/orc.json');
	assert.equal(body.state, 'CLOSED');
	assert.deepEqual([body.tickets, body.boardings, body.riders, body.deemed_fare_yen], [3, 3, 4, 4 * 9000]);
});

/* ---- The end of it. ---- */

const erase = (before, token) => house.ask('POST', '/v1/erasures', { token, body: { before } });
const BOOKS = ['/v1/ledger/postings?limit=200', '/v1/ledger/balances', '/v1/settlements/2026-11',
	'/v1/usage?from=2026-11-01&until=2026-12-01', '/v1/participation?date=2026-12-01'];
const books = async () => Promise.all(BOOKS.map(async (path) => (await house.ask('GET', path)).text));

test('when the term is over names are erased, and the books say what they said', { skip }, async () => {
	assertProblem(await erase('2026-12-11'), 422, 'OUT_OF_RANGE');
	assertProblem(await erase('2026-12-10', town.operators[SHIP]), 403, 'ROLE_NOT_ALLOWED');
	const told = await books();
	assert.deepEqual((await erase('2026-12-10')).body, { before: '2026-12-10', lists: 1, passengers: 1, more: false });
	assert.equal((await read('json')).body.persons, 5, 'what must still be kept is kept');
	await house.clock('2027-11-02T12:00:00+09:00');
	assert.deepEqual((await erase('2027-11-01')).body, { before: '2027-11-01', lists: 0, passengers: 0, more: false });
	const { body } = await erase('2027-11-02');
	assert.deepEqual(body, { before: '2027-11-02', lists: 3, passengers: 6, more: false });
	assert.deepEqual((await read('json')).body.passengers, []);
	assert.equal(rowsOf((await read('csv')).text.slice(1)).length, 1);
	await house.clock('2027-11-02T12:00:10+09:00');
	const after = await books();
	BOOKS.forEach((path, i) => assert.equal(after[i], told[i], path));
});

test('nothing personal is in the log, in metrics or in any other answer', { skip }, async () => {
	const metrics = (await house.ask('GET', '/metrics', { token: null })).text;
	const elsewhere = house.answers.filter(({ path }) => !path.startsWith('/v1/passenger-lists/'));
	for (const personal of [...PERSONAL, ...OUR_PNRS.map((p) => new RegExp(p))]) {
		assert.doesNotMatch(house.log(), personal);
		assert.doesNotMatch(metrics, personal);
		for (const { path, text, method } of elsewhere.filter((a) => a.path !== '/v1/reservations'))
			assert.ok(!personal.test(text) || /^\/v1\/(tickets|scans)/.test(path), `${method} ${path}: ${personal}`);
	}
});

test('answers are as /openapi.json has them', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 50);
});
