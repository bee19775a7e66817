// tests/api/refusals.test.mjs - every route of /openapi.json against everything that can be wrong with a request.
// A route without a good request in the table below fails, so that none is forgotten.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, operationsOf, skipAjv } from './contract.mjs';
import { House, jst, samples, skip, uuid7 } from './house.mjs';
import { found } from './town.mjs';

const JSON_SIZE_MAX = 256 * 1024;
const NDJSON = 'application/x-ndjson';
const UNKNOWN_ID = '01a193c3-1c80-7add-b794-000000000000';

let house;
let town;
let document;
let tokens;
let good;
let routes;

const NEWLINE = Buffer.from('\n');
const named = { name_ja: '名', name_en: 'Name' };

/* A request that works, by route, sent after all refusals with the first role's token. at: the path where the route
 * names something; body: its JSON; line: the JSON of one line of many; payload and type: bytes. */
function goodRequests() {
	const { own, spare, offer, walker } = town.tickets;
	const zip = fs.readFileSync(path.join(samples, 'jrkyushu.zip'));
	return {
		'GET /healthz': {},
		'GET /readyz': {},
		'GET /metrics': {},
		'GET /openapi.json': {},
		'GET /v1/keys': {},
		'GET /checkpoint': {},
		'GET /tile/{+tile}': { at: '/tile/0/000.p/1' },
		'GET /v1/log': { at: '/v1/log?from=0' },
		'GET /v1/log/seconds/{second}': { at: '/v1/log/seconds/1793480400' },
		'GET /v1/status-lists/{n}': { at: '/v1/status-lists/0' },
		'GET /v1/gate-bundle': { at: '/v1/gate-bundle?since=0' },
		'POST /v1/rider-categories': { body: { category: 'student', ...named, age_until: 25, fare_class: 'other' } },
		'GET /v1/rider-categories': {},
		'POST /v1/partners': { body: { partner_id: 'app-new', ...named } },
		'GET /v1/partners/{partner_id}': { at: '/v1/partners/app-hakata' },
		'POST /v1/rules': { body: { rule_id: 'all', unused_to: 'council', steps: [{ kind: 'split', by: 'riders' }] } },
		'GET /v1/rules/{rule_id}': { at: '/v1/rules/by-fare?version=1' },
		'POST /v1/products': { body: { product_id: 'new', ...named, validity: 'days', length: 1, activation_days: 3,
			operators: [{ operator_id: 'miyako' }], modes: ['bus'], prices: [{ category: 'adult', price_yen: 100 }],
			riders_max: 1, rule_id: 'by-fare' } },
		'GET /v1/products': {},
		'GET /v1/products/{product_id}': { at: '/v1/products/four-modes' },
		'POST /v1/tickets': { body: { product_id: 'island-day', category: 'adult', riders: 1 } },
		'GET /v1/tickets/{ticket_id}': { at: `/v1/tickets/${own.ticket_id}` },
		'GET /v1/tickets/{ticket_id}/qr.svg': { at: `/v1/tickets/${own.ticket_id}/qr.svg` },
		'GET /v1/tickets/{ticket_id}/qr.png': { at: `/v1/tickets/${own.ticket_id}/qr.png` },
		'POST /v1/tickets/{ticket_id}/refund-offer': { at: `/v1/tickets/${own.ticket_id}/refund-offer`, body: {} },
		'POST /v1/tickets/{ticket_id}/refund': { at: `/v1/tickets/${spare.ticket_id}/refund`,
			body: { offer_id: offer.offer_id } },
		'POST /v1/services': { body: { operator_id: 'miyako', service_id: 's-new', mode: 'ferry', ...named,
			departs_at: '2026-11-05T12:00:00+09:00', allotment: 5 } },
		'GET /v1/services': {},
		'GET /v1/services/{operator_id}/{service_id}': { at: '/v1/services/sakurajima-ferry/morning' },
		'POST /v1/reservations': { body: { ticket_id: own.ticket_id, operator_id: 'sakurajima-ferry',
			service_id: 'morning' } },
		'POST /v1/feeds': { at: '/v1/feeds?feed=jrkyushu', payload: zip, type: 'application/zip', status: 201 },
		'GET /v1/feeds': {},
		'GET /v1/feeds/{feed}': { at: '/v1/feeds/miyako' },
		'GET /v1/feeds/{feed}/stops': { at: '/v1/feeds/miyako/stops' },
		'GET /v1/feeds/{feed}/routes': { at: '/v1/feeds/miyako/routes' },
		'GET /v1/feeds/{feed}/route-stops': { at: '/v1/feeds/miyako/route-stops' },
		'GET /v1/feeds/{feed}/fares': { at: '/v1/feeds/miyako/fares' },
		'POST /v1/operators': { body: { operator_id: 'new', ...named, modes: ['bus'] } },
		'GET /v1/operators': {},
		'GET /v1/operators/{operator_id}': { at: '/v1/operators/miyako' },
		'PATCH /v1/operators/{operator_id}': { at: '/v1/operators/other-bus', body: { name_en: 'Another name' } },
		'POST /v1/gates': { body: { gate_id: 'new', operator_id: 'miyako', mode: 'bus', name: 'New' } },
		'GET /v1/gates/{gate_id}': { at: '/v1/gates/tenjin' },
		'POST /v1/junctions': { body: { operator_a: 'fukuoka-city-subway', stop_a: 'K08', operator_b: 'other-bus',
			stop_b: 'tenjin', name: '天神' } },
		'GET /v1/junctions': {},
		'POST /v1/outages': { body: { from: '2026-11-04T00:00:00+09:00', until: '2026-11-05T00:00:00+09:00',
			operators: [{ operator_id: 'miyako' }], reason: 'a mast fell' } },
		'GET /v1/outages': {},
		'POST /v1/validity-overrides': { body: { product_id: 'city-day', from: '2026-11-05T03:00:00+09:00',
			until: '2026-11-06T03:00:00+09:00', valid_until: '2026-11-09T03:00:00+09:00', reason: 'typhoon' } },
		'GET /v1/validity-overrides': {},
		'POST /v1/reverse-scans': { body: { scan_id: uuid7(house.now), ticket_id: own.ticket_id,
			vehicle: 'HG1:bus-qr', at: jst(house.now), kind: 'board' } },
		'POST /v1/tokens': { body: { role: 'gate', subject: 'tenjin', expires_at: '2027-01-01T00:00:00+09:00' } },
		'POST /v1/scans': { body: { scan_id: uuid7(house.now), qr: own.code, at: jst(house.now), kind: 'enter' } },
		'POST /v1/scan-batches': { line: { scan_id: uuid7(house.now), qr: own.code, at: jst(house.now - 3600_000),
			kind: 'enter', verdict: 'ADMITTED', bundle: 1 } },
		'POST /v1/passengers': { body: { ticket_id: walker.ticket_id, operator_id: 'sakurajima-ferry',
			service_id: 'morning', passengers: [{ name: '山田 花子', kind: 'adult', age: 41, sex: 'female',
				municipality: '鹿児島市' }] } },
		'GET /v1/passenger-lists/{operator_id}/{service}.json': {
			at: '/v1/passenger-lists/sakurajima-ferry/morning.json' },
		'GET /v1/passenger-lists/{operator_id}/{service}.csv': {
			at: '/v1/passenger-lists/sakurajima-ferry/morning.csv' },
		'POST /v1/passenger-terms': { body: { operator_id: 'sakurajima-ferry', days: 100, required: ['name'] } },
		'GET /v1/passenger-terms/{operator_id}': { at: '/v1/passenger-terms/sakurajima-ferry' },
		'POST /v1/erasures': { body: { before: '2026-11-05' } },
		'POST /v1/flown': { body: { operator_id: 'orc', service_id: 'early', flown: [{ pnr: 'ABC123' }],
			no_show: [{ pnr: 'DEF456' }] } },
		'POST /v1/settlements': { body: { period: '2026-10' } },
		'GET /v1/settlements/{period}': { at: '/v1/settlements/2026-11' },
		'GET /v1/settlements/{period}/statements/{operator}.json': { at: '/v1/settlements/2026-11/statements/miyako.json' },
		'GET /v1/settlements/{period}/statements/{operator}.csv': { at: '/v1/settlements/2026-11/statements/miyako.csv' },
		'GET /v1/settlements/{period}/statements/{operator}.pdf': { at: '/v1/settlements/2026-11/statements/miyako.pdf' },
		'GET /v1/settlements/{period}/partner-statements/{partner}.json': {
			at: '/v1/settlements/2026-11/partner-statements/app-hakata.json' },
		'GET /v1/settlements/{period}/partner-statements/{partner}.csv': {
			at: '/v1/settlements/2026-11/partner-statements/app-hakata.csv' },
		'GET /v1/settlements/{period}/partner-statements/{partner}.pdf': {
			at: '/v1/settlements/2026-11/partner-statements/app-hakata.pdf' },
		'GET /v1/partners/{partner_id}/statements': { at: '/v1/partners/app-hakata/statements' },
		'GET /v1/settlements/{period}/evidence/{operator_id}': { at: '/v1/settlements/2026-09/evidence/miyako?from=0' },
		'GET /v1/settlements/{period}/explanations/{operator_id}': {
			at: '/v1/settlements/2026-11/explanations/miyako?line=miyako.0001.0001.2026-11.0001.0' },
		'POST /v1/settlements/what-if': { body: { period: '2026-09', rule_id: 'by-fare', version: 1 } },
		'POST /v1/operators/{operator_id}/declared-counts': { at: '/v1/operators/miyako/declared-counts',
			body: { period: '2026-11', boardings: 12 } },
		'GET /v1/operators/{operator_id}/scans': { at: '/v1/operators/miyako/scans?gate=bus-1&verdict=USED_UP' },
		'GET /v1/operators/{operator_id}/scans/{gate_id}/{scan_id}': {
			at: `/v1/operators/miyako/scans/bus-1/${town.told}` },
		'GET /v1/operators/{operator_id}/contests': { at: '/v1/operators/miyako/contests' },
		'GET /v1/operators/{operator_id}/statements': { at: '/v1/operators/miyako/statements' },
		'POST /v1/partners/{partner_id}/credit-limit': { at: '/v1/partners/app-yufuin/credit-limit',
			body: { limit_yen: 1000000 } },
		'GET /v1/partners/{partner_id}/credit': { at: '/v1/partners/app-yufuin/credit' },
		'POST /v1/remittances': { status: 201, body: { party: 'partner', id: 'app-hakata', amount_yen: 10, bank_reference: 'FB-2',
			day: '2026-11-04' } },
		'POST /v1/claims': { body: { from: 'miyako', to: 'orc', amount_yen: 7, reason: 'a bus for a flight' } },
		'POST /v1/loss-fundings': { body: { amount_yen: 7, reason: 'resolution 7' } },
		'GET /v1/funders/{funder_id}/balance': { at: '/v1/funders/city-hall/balance' },
		'GET /v1/ledger/identity': {},
		'GET /v1/settlements/{period}/close': { at: '/v1/settlements/2026-09/close' },
		'GET /v1/settlements/{period}/lines': { at: '/v1/settlements/2026-09/lines' },
		'POST /v1/settlements/{period}/lines/{line}/agree': {
			at: '/v1/settlements/2026-07/lines/miyako.claim/agree', body: { why: 'right' } },
		'POST /v1/settlements/{period}/lines/{line}/dispute': {
			at: '/v1/settlements/2026-09/lines/miyako.claim/dispute', body: { why: 'it was 120 yen' } },
		'POST /v1/settlements/{period}/lines/{line}/decide': {
			at: '/v1/settlements/2026-08/lines/miyako.claim/decide', body: { outcome: 'upheld', correction_yen: 20,
				against: 'orc', why: 'so it was' } },
		'POST /v1/operators/{operator_id}/counts': { at: '/v1/operators/miyako/counts', type: 'text/csv',
			payload: 'service_day,gate_id,boardings,riders\n2026-11-04,bus-1,1,1\n' },
		'GET /v1/operators/{operator_id}/reconciliation': { at: '/v1/operators/miyako/reconciliation?period=2026-11' },
		'GET /v1/ledger/balances': {},
		'GET /v1/ledger/postings': {},
		'GET /v1/usage': { at: '/v1/usage?from=2026-11-01&until=2026-11-08' },
		'GET /v1/participation': { at: '/v1/participation?date=2026-11-01' },
		'POST /v1/targets': { body: { by: '2028-12-31', operators: 70 } },
		'POST /v1/payees': { body: { payee_id: 'new', name: '島の船', corporate_number: '8000020401005', terms: 'net',
			bank: '0177', branch: '012', account_type: 'ordinary', account_number: '0012345', name_kana: 'シマノフネ',
			operators: [{ operator_id: 'sakurajima-ferry' }], partners: [{ partner_id: 'app-yufuin' }] } },
		'GET /v1/payees': {},
		'GET /v1/payees/{payee_id}': { at: '/v1/payees/miyako-bus' },
		'PATCH /v1/payees/{payee_id}': { at: '/v1/payees/miyako-bus', body: { minimum_yen: 10 } },
		'POST /v1/payer': { body: { consignor: '1234567890', bank: '0177', branch: '012', account_type: 'current',
			account_number: '1112223', name_kana: 'ヒトツ' } },
		'GET /v1/payer': {},
		'POST /v1/payouts': { body: { period: '2026-06', pay_on: '2026-11-30' } },
		'GET /v1/payouts/{period}': { at: '/v1/payouts/2026-06' },
		'POST /v1/payouts/{period}/sent': { at: '/v1/payouts/2026-06/sent', body: {} },
		'POST /v1/payouts/{period}/results': { at: '/v1/payouts/2026-06/results',
			body: { transfers: [{ payee_id: 'miyako-bus', result: 'PAID', why: 'in time' }] } },
		'GET /v1/settlements/{period}/transfers.zengin': { at: '/v1/settlements/2026-06/transfers.zengin' },
		'GET /v1/settlements/{period}/transfers.pain001.xml': { at: '/v1/settlements/2026-06/transfers.pain001.xml' },
		'GET /v1/carried': {},
		'POST /v1/holidays': { body: { year: 2028, holidays: [{ day: '2028-01-01', name: '元日' }] } },
		'GET /v1/holidays/{year}': { at: '/v1/holidays/2027' },
		'POST /v1/clock': { body: { now: '2026-11-06T09:00:30+09:00' } },
	};
}

/* Months that can be paid out: another operator owes miyako 100 yen of June. Of three later ones nobody has agreed to its
 * line yet, and one is in dispute. */
async function closeMonths() {
	const { token } = await house.must(201, 'POST', '/v1/tokens', { body: { role: 'operator', subject: 'orc' } });
	const months = ['2026-06', '2026-07', '2026-08', '2026-09'];
	for (const month of months)
		await house.must(201, 'POST', '/v1/claims', { body: { from: 'orc', to: 'miyako', amount_yen: 100,
			day: `${month}-30`, reason: 'a bus for a flight' } });
	await house.must(201, 'POST', '/v1/remittances', { body: { party: 'funder', id: 'city-hall', amount_yen: 5,
		bank_reference: 'FB-1', day: '2026-11-01' } });
	await house.must(201, 'POST', '/v1/payees', { body: { payee_id: 'miyako-bus', name: '都バス', terms: 'gross',
		corporate_number: '3000020401307', bank: '0177', branch: '012', account_type: 'ordinary',
		account_number: '0012345', name_kana: 'ミヤコバス', operators: [{ operator_id: 'miyako' }] } });
	for (const period of months) {
		await house.clock(house.now + 60_000);
		await house.must(202, 'POST', '/v1/settlements', { body: { period } });
	}
	await house.clock(house.now + 60_000);
	for (const [operator_id, who] of [['miyako', town.operators.miyako], ['orc', token]])
		await house.must(200, 'POST', `/v1/settlements/2026-06/lines/${operator_id}.claim/agree`, { token: who, body: {} });
	await house.must(200, 'POST', '/v1/settlements/2026-08/lines/miyako.claim/dispute',
		{ token: town.operators.miyako, body: { why: 'it was 120 yen' } });
	await house.clock(house.now + 60_000);
}

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await town.flight('early', '2026-11-05T08:00:00+09:00', 5);
	await closeMonths();
	await house.clock('2026-11-05T09:00:00+09:00'); // October can be closed.
	await town.sailing('morning', '2026-11-05T12:00:00+09:00', 5);
	const own = await town.sell('four-modes');
	const spare = await town.sell('four-modes');
	const walker = await town.sell('one-sailing');
	const offer = await house.must(201, 'POST', `/v1/tickets/${spare.ticket_id}/refund-offer`,
		{ token: town.partner, body: {} });
	town.told = uuid7(house.now);
	assert.equal((await house.ask('POST', '/v1/scan-batches', { token: town.gates['bus-1'], key: null,
		payload: JSON.stringify({ scan_id: town.told, qr: (await town.sell('four-modes')).code, at: jst(house.now), kind: 'board', bundle: 1 }),
		headers: { 'content-type': 'application/x-ndjson' } })).status, 200);
	town.tickets = { own, spare, offer, walker };
	tokens = { council: town.council, partner: town.partner, operator: town.operators.miyako,
		gate: town.gates.tenjin, auditor: town.auditor, funder: town.funder };
	({ body: document } = await house.ask('GET', '/openapi.json', { token: null }));
	good = goodRequests();
	routes = operationsOf(document).map(({ method, path: at, operation }) => {
		const request = good[`${method} ${at}`];
		const role = operation['x-roles']?.[0];
		const content = operation.requestBody?.content ?? {};
		return { method, path: at, operation, request: { at, ...request }, known: request !== undefined,
			token: tokens[role] ?? null, schema: content['application/json']?.schema, lineSchema: content[NDJSON]?.schema,
			keyed: operation.parameters?.some((p) => p.$ref?.endsWith('/IdempotencyKey')) };
	});
});
after(async () => { await house?.close(); });

let keys = 0;
const ask = (route, more = {}) => {
	const { at, body, line } = route.request;
	const { payload, type } = line ? { payload: `${JSON.stringify(line)}\n`, type: NDJSON } : route.request;
	const key = route.keyed ? `refusal-${++keys}` : null;
	const sent = more.payload !== undefined || more.body !== undefined ? {} : { body, payload };
	const headers = { ...(type && { 'content-type': type }), ...more.headers };
	return house.ask(route.method, at, { token: route.token, key, ...sent, ...more, headers });
};
const raw = (route, payload, type = 'application/json') => ask(route, { payload, headers: { 'content-type': type } });
const resolve = (schema) => (schema.$ref ? document.components.schemas[schema.$ref.split('/').pop()] : schema);

/* What anybody may see of the house's state. */
async function stateOf() {
	const paths = ['/v1/operators', '/v1/products', '/v1/services', '/v1/feeds', '/v1/rider-categories',
		'/v1/participation', '/v1/ledger/postings', '/v1/usage?from=2026-11-01&until=2026-11-30',
		'/v1/passenger-lists/sakurajima-ferry/morning.json', '/v1/passenger-terms/sakurajima-ferry',
		'/v1/partners/app-hakata', '/v1/gates/tenjin', '/v1/operators/fukuoka-city-subway/scans',
		'/v1/rules/by-fare', '/v1/settlements/2026-10', '/v1/payees', '/v1/carried', '/v1/holidays/2027',
		'/v1/settlements/2026-09/lines', '/v1/partners/app-yufuin/credit',
		'/v1/operators/miyako/reconciliation?period=2026-11',
		...Object.values(town.tickets).map((t) => `/v1/tickets/${t.ticket_id}`)];
	const state = [];
	for (const at of paths) state.push([at, (await house.ask('GET', at)).text]);
	const metrics = await house.ask('GET', '/metrics', { token: null });
	state.push(['commits', /^\S*store_commits\S* (\d+)$/m.exec(metrics.text)?.[1]]);
	return state;
}

/* Every route in one test: what is refused, and that nothing is changed by it. */
function refused(name, each) {
	test(name, { skip }, async () => {
		const state = await stateOf();
		for (const route of routes) await each(route);
		assert.deepEqual(await stateOf(), state, 'a refusal changes nothing');
	});
}

test('every route has a good request here', { skip }, () => {
	assert.deepEqual(routes.filter((r) => !r.known).map((r) => `${r.method} ${r.path}`), []);
	assert.equal(Object.keys(good).length, routes.length, 'and none that is no route');
});

refused('no token, an unknown one, one that is none: 401', async (route) => {
	if (route.token === null) return;
	const bearers = [
		// Authorization, code
		[undefined, 'TOKEN_MISSING'],
		[`Bearer hk_${'A'.repeat(43)}`, 'TOKEN_UNKNOWN'],
		[`Bearer ${route.token.slice(0, -1)}${route.token.endsWith('A') ? 'B' : 'A'}`, 'TOKEN_UNKNOWN'],
		['Bearer', 'TOKEN_MALFORMED'],
		['Basic dXNlcjpwYXNz', 'TOKEN_MALFORMED'],
		[`Bearer ${'x'.repeat(4000)}`, 'TOKEN_MALFORMED'],
	];
	for (const [authorization, code] of bearers) {
		const answer = await ask(route, { token: null, headers: authorization ? { authorization } : {} });
		assertProblem(answer, 401, code);
		assert.match(answer.headers['www-authenticate'], /^Bearer/);
	}
});

refused('a role that may not: 403', async (route) => {
	const may = route.operation['x-roles'];
	for (const role of Object.keys(tokens).filter((r) => may && !may.includes(r)))
		assertProblem(await ask(route, { token: tokens[role] }), 403, 'ROLE_NOT_ALLOWED');
});

/* What is wrong with a line of many, for each line sent: the answer has one line for each, by its number. */
async function problemsOf(route, lines) {
	const payload = Buffer.concat(lines.flatMap((l) => [Buffer.from(l), NEWLINE]));
	const { status, text } = await ask(route, { payload });
	assert.equal(status, 200, text);
	const problems = text.trimEnd().split('\n').map((line) => JSON.parse(line));
	assert.deepEqual(problems.map((p) => p.line), lines.map((_, i) => i + 1));
	assert.ok(problems.every((p) => p.detail.length > 8), text);
	return problems;
}

function noJson(schema) {
	const field = Object.keys(resolve(schema).properties ?? {})[0] ?? 'x';
	const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
	return [
		// sent, code
		['{', 'MALFORMED_JSON'],
		['{"a":1,}', 'MALFORMED_JSON'],
		['{} {}', 'MALFORMED_JSON'],
		["{'a':1}", 'MALFORMED_JSON'],
		['{"a":NaN}', 'MALFORMED_JSON'],
		[Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'MALFORMED_JSON'],
		[Buffer.alloc(300, 0), 'MALFORMED_JSON'],
		[`{"${field}":${deep}}`, 'JSON_TOO_DEEP'],
		[`{"${field}":1,"${field}":1}`, 'DUPLICATE_KEY'],
	];
}

refused('no JSON, or a key twice: 400', async (route) => {
	if (route.schema)
		for (const [payload, code] of [['', 'MALFORMED_JSON'], ...noJson(route.schema)])
			assertProblem(await raw(route, payload), 400, code);
	if (!route.lineSchema) return;
	const wrong = noJson(route.lineSchema);
	const problems = await problemsOf(route, wrong.map(([sent]) => sent));
	assert.deepEqual(problems.map((p) => [p.status, p.code]), wrong.map(([, code]) => [400, code]));
});

/* Values that no field of that schema takes. */
function wrongValues(schema) {
	const s = resolve(schema);
	const wrong = { string: [7, true, [], {}], integer: ['7', true, 1.5, [], 1e300], boolean: ['true', 0],
		array: [{}, 'x', 3], object: [[], 'x', 3] }[s.type];
	assert.ok(wrong, `a type that this test does not know: ${JSON.stringify(s)}`);
	if (s.enum || s.format || s.pattern) wrong.push('No such VALUE!');
	if (s.maxLength) wrong.push('x'.repeat(s.maxLength + 1));
	if (s.maximum !== undefined && s.maximum < Number.MAX_SAFE_INTEGER) wrong.push(s.maximum + 1);
	if (s.minimum !== undefined) wrong.push(s.minimum - 1);
	if (s.type === 'string') wrong.push('line\nbreak');
	return wrong;
}

const BAD_VALUE = ['WRONG_TYPE', 'OUT_OF_RANGE', 'BAD_FORMAT', 'TOO_MANY_ITEMS'];

/* Each body that its schema does not allow: { value, codes, pointer }. What is in lists and objects is spoilt too. */
function spoilt(schema, good, pointer = '') {
	const { properties = {}, required = [] } = resolve(schema);
	const all = [[], null, 'text', 7, true].map((value) => ({ value, codes: 'WRONG_TYPE', pointer }));
	all.push({ value: { ...good, 'no/such~field': 1 }, codes: 'UNKNOWN_FIELD', pointer: `${pointer}/no~1such~0field` });
	for (const [field, of] of Object.entries(properties)) {
		const at = `${pointer}/${field}`;
		const within = (wrong, wrap) => all.push(...wrong.map((w) => ({ ...w, value: { ...good, [field]: wrap(w.value) } })));
		for (const value of wrongValues(of)) {
			if (field === 'qr' && typeof value === 'string' && value.length < 99) continue; // Anything may be shown.
			all.push({ value: { ...good, [field]: value }, codes: BAD_VALUE, pointer: at });
		}
		if (resolve(of).items?.$ref && good[field]?.length > 0)
			within(spoilt(of.items, good[field][0], `${at}/0`), (value) => [value, ...good[field].slice(1)]);
		if (of.$ref && good[field]) within(spoilt(of, good[field], at), (value) => value);
	}
	for (const field of required)
		all.push({ value: { ...good, [field]: undefined }, codes: 'MISSING_FIELD', pointer: `${pointer}/${field}` });
	return all;
}

refused('a field of the wrong type, out of range, unknown or missing: 422, and it is named', async (route) => {
	const schema = route.schema ?? route.lineSchema;
	if (!schema) return;
	const wrong = spoilt(schema, route.request.body ?? route.request.line);
	const lines = route.lineSchema && await problemsOf(route, wrong.map(({ value }) => JSON.stringify(value)));
	for (const [i, { value, codes, pointer }] of wrong.entries()) {
		const problem = lines?.[i] ?? (await ask(route, { body: value })).body;
		const told = `${route.path}, ${pointer}: ${JSON.stringify(value)}: ${JSON.stringify(problem)}`;
		assert.equal(problem.status, 422, told);
		assert.ok([codes].flat().includes(problem.code), told);
		if (codes === BAD_VALUE) assert.ok(problem.pointer.startsWith(pointer), told); // Or what is in it.
		else assert.equal(problem.pointer ?? '', pointer, told);
	}
});

refused('too large: 413; of another type: 415', async (route) => {
	if (!route.operation.requestBody) return;
	if (route.schema)
		assertProblem(await raw(route, `{"a":"${'x'.repeat(JSON_SIZE_MAX)}"}`), 413, 'BODY_TOO_LARGE');
	const [own] = Object.keys(route.operation.requestBody.content);
	for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', `${own}x`,
		`${own}; charset=shift_jis`])
		assertProblem(await ask(route, { headers: { 'content-type': type } }), 415, 'UNSUPPORTED_MEDIA_TYPE');
});

refused('a command without a name, or with one that is none: 400', async (route) => {
	if (!route.keyed) return;
	assertProblem(await ask(route, { key: null }), 400, 'IDEMPOTENCY_KEY_MISSING');
	for (const header of ['unquoted', '""', `"${'k'.repeat(65)}"`, '"open', '"a"b"', '"tab\there"'])
		assertProblem(await ask(route, { key: null, headers: { 'idempotency-key': header } }), 400,
			'IDEMPOTENCY_KEY_MALFORMED');
});

refused('a query that is not known: 400', async (route) => {
	if (route.token === null) return;
	const { at } = route.request;
	const more = `${at}${at.includes('?') ? '&' : '?'}`;
	for (const [query, codes] of [['colour=red', 'UNKNOWN_PARAMETER'], ['a=%zz', 'MALFORMED_QUERY']])
		assertProblem(await ask({ ...route, request: { ...route.request, at: `${more}${query}` } }), 400, codes);
	for (const name of route.operation.parameters?.filter((p) => p.in === 'query').map((p) => p.name) ?? []) {
		const wrong = await ask({ ...route, request: { ...route.request,
			at: `${at.split('?')[0]}?${name}=No%20such%20value%21` } });
		assertProblem(wrong, 400);
		const twice = await ask({ ...route, request: { ...route.request, at: `${at.split('?')[0]}?${name}=1&${name}=1` } });
		assertProblem(twice, 400);
	}
});

refused('something that is not there: 404', async (route) => {
	if (!route.path.includes('{')) return;
	const names = { '{ticket_id}': UNKNOWN_ID, '{period}': '2026-13' };
	for (const id of ['no-such-thing', '%E4%B9%9D%E5%B7%9E', 'x'.repeat(60), '%27%22%3B', '..%2e']) {
		const at = route.path.replace(/\{[^}]*\}/g, (name) => (id === 'no-such-thing' ? names[name] ?? id : id));
		assertProblem(await ask({ ...route, request: { ...route.request, at } }), 404);
	}
});

test('somebody else\'s is as if it were not there', { skip }, async () => {
	const { own, offer } = town.tickets;
	const state = await stateOf();
	const others = [
		// who asks, method, path, body, the same of what is not there
		['otherPartner', 'GET', `/v1/tickets/${own.ticket_id}`, undefined, `/v1/tickets/${UNKNOWN_ID}`],
		['otherPartner', 'GET', `/v1/tickets/${own.ticket_id}/qr.svg`, undefined, `/v1/tickets/${UNKNOWN_ID}/qr.svg`],
		['otherPartner', 'GET', `/v1/tickets/${own.ticket_id}/qr.png`, undefined, `/v1/tickets/${UNKNOWN_ID}/qr.png`],
		['otherPartner', 'POST', `/v1/tickets/${own.ticket_id}/refund-offer`, {},
			`/v1/tickets/${UNKNOWN_ID}/refund-offer`],
		['otherPartner', 'POST', `/v1/tickets/${offer.ticket_id}/refund`, { offer_id: offer.offer_id },
			`/v1/tickets/${UNKNOWN_ID}/refund`],
		['partner', 'POST', `/v1/tickets/${own.ticket_id}/refund`, { offer_id: offer.offer_id }], // Another ticket's.
		['otherPartner', 'GET', '/v1/partners/app-hakata', undefined, '/v1/partners/nobody'],
		['gate', 'GET', '/v1/gates/hakata', undefined, '/v1/gates/nowhere'],
		['operator', 'GET', '/v1/gates/tenjin', undefined, '/v1/gates/nowhere'],
		...['statements', 'scans', 'contests'].map((what) => ['operator', 'GET', `/v1/operators/orc/${what}`, undefined,
			`/v1/operators/nobody/${what}`]),
		...['json', 'csv'].map((form) => ['operator', 'GET', `/v1/passenger-lists/sakurajima-ferry/morning.${form}`,
			undefined, `/v1/passenger-lists/sakurajima-ferry/no-such-ship.${form}`]),
		['operator', 'GET', '/v1/settlements/2026-11/statements/orc.json', undefined,
			'/v1/settlements/2026-11/statements/nobody.json'],
		['operator', 'GET', '/v1/settlements/2026-11/statements/orc.csv', undefined,
			'/v1/settlements/2026-11/statements/nobody.csv'],
		['operator', 'GET', '/v1/settlements/2026-11/statements/orc.pdf', undefined,
			'/v1/settlements/2026-11/statements/nobody.pdf'],
		['otherPartner', 'GET', '/v1/settlements/2026-11/partner-statements/app-hakata.json', undefined,
			'/v1/settlements/2026-11/partner-statements/nobody.json'],
		['otherPartner', 'GET', '/v1/settlements/2026-11/partner-statements/app-hakata.csv', undefined,
			'/v1/settlements/2026-11/partner-statements/nobody.csv'],
		['otherPartner', 'GET', '/v1/settlements/2026-11/partner-statements/app-hakata.pdf', undefined,
			'/v1/settlements/2026-11/partner-statements/nobody.pdf'],
		['otherPartner', 'GET', '/v1/partners/app-hakata/statements', undefined, '/v1/partners/nobody/statements'],
	];
	for (const [who, method, at, body, nowhere] of others) {
		const token = tokens[who] ?? town[who];
		const answer = await house.ask(method, at, { token, body });
		assertProblem(answer, 404);
		if (!nowhere) continue;
		const absent = await house.ask(method, nowhere, { token, body });
		assert.deepEqual({ ...answer.body, instance: '' }, { ...absent.body, instance: '' }, at);
	}
	for (const at of ['/v1/reservations', '/v1/passengers'])
		for (const ticket_id of [own.ticket_id, UNKNOWN_ID])
			assertProblem(await house.ask('POST', at,
				{ token: town.otherPartner, body: { ...good[`POST ${at}`].body, ticket_id } }), 404, 'TICKET_UNKNOWN');
	assert.deepEqual(await stateOf(), state);
});

test('an operator adds to its own only: 403', { skip }, async () => {
	const token = town.operators['sakurajima-ferry'];
	for (const at of ['/v1/gates', '/v1/services', '/v1/flown']) {
		const answer = await house.ask('POST', at, { token, body: good[`POST ${at}`].body });
		assertProblem(answer, 403, 'NOT_YOURS');
	}
});

test('what contradicts the house\'s own rules: 409 or 422', { skip }, async () => {
	const state = await stateOf();
	const rule = good['POST /v1/rules'].body;
	const product = good['POST /v1/products'].body;
	const operator = good['POST /v1/operators'].body;
	const cases = [
		// method, path, body, status, code, pointer
		['POST', '/v1/partners', { ...named, partner_id: 'app-hakata' }, 409, 'PARTNER_EXISTS'],
		['POST', '/v1/operators', { ...operator, operator_id: 'miyako' }, 409, 'OPERATOR_EXISTS'],
		['POST', '/v1/operators', { ...operator, corporate_number: '3000020401308' }, 422, 'BAD_CORPORATE_NUMBER',
			'/corporate_number'],
		['POST', '/v1/operators', { ...operator, in_scope: true }, 422, 'BAD_OPERATOR', '/prefectures'],
		['POST', '/v1/operators', { ...operator, modes: [] }, 422, 'BAD_OPERATOR', '/modes'],
		['PATCH', '/v1/operators/miyako', { left: '2026-01-01' }, 422, 'BAD_OPERATOR', '/left'],
		['PATCH', '/v1/operators/miyako', { corporate_number: '1' }, 422, 'BAD_CORPORATE_NUMBER', '/corporate_number'],
		['POST', '/v1/gates', { ...good['POST /v1/gates'].body, gate_id: 'tenjin' }, 409, 'GATE_EXISTS'],
		['POST', '/v1/gates', { ...good['POST /v1/gates'].body, operator_id: 'nobody' }, 422, 'UNKNOWN_OPERATOR'],
		['POST', '/v1/gates', { ...good['POST /v1/gates'].body, mode: 'rail' }, 422, 'MODE_NOT_OPERATED', '/mode'],
		['POST', '/v1/tokens', { role: 'council', subject: 'me' }, 422, 'SUBJECT_NOT_ALLOWED', '/subject'],
		['POST', '/v1/tokens', { role: 'gate' }, 422, 'SUBJECT_MISSING', '/subject'],
		['POST', '/v1/tokens', { role: 'gate', subject: 'nowhere' }, 422, 'UNKNOWN_SUBJECT', '/subject'],
		['POST', '/v1/tokens', { role: 'auditor', expires_at: '2020-01-01T00:00:00Z' }, 422, 'OUT_OF_RANGE', '/expires_at'],
		['POST', '/v1/rules', { ...rule, steps: [] }, 422, 'BAD_RULE', '/steps'],
		['POST', '/v1/rules', { ...rule, steps: [{ kind: 'commission', basis_points: 10001 }, ...rule.steps] }, 422,
			'OUT_OF_RANGE', '/steps/0/basis_points'],
		['POST', '/v1/rules', { ...rule, steps: [{ kind: 'commission', basis_points: 6000 },
			{ kind: 'council_fee', basis_points: 6000 }, ...rule.steps] }, 422, 'BAD_RULE', '/steps/1/basis_points'],
		['POST', '/v1/products', { ...product, rule_id: 'none' }, 422, 'UNKNOWN_RULE', '/rule_id'],
		['POST', '/v1/products', { ...product, rule_id: 'by-fare', rule_version: 9 }, 422, 'UNKNOWN_RULE', '/rule_id'],
		['POST', '/v1/products', { ...product, prices: [{ category: 'alien', price_yen: 1 }] }, 422, 'UNKNOWN_CATEGORY'],
		['POST', '/v1/products', { ...product, prices: [] }, 422, 'BAD_PRODUCT', '/prices'],
		['POST', '/v1/products', { ...product, length: 0 }, 422, 'BAD_PRODUCT', '/length'],
		['POST', '/v1/products', { ...product, reserved_modes: ['air'] }, 422, 'BAD_PRODUCT', '/reserved_modes'],
		['POST', '/v1/products', { ...product, operators: [...product.operators, ...product.operators] }, 422,
			'BAD_PRODUCT', '/operators'],
		['POST', '/v1/services', { ...good['POST /v1/services'].body, mode: 'bus' }, 422, 'OUT_OF_RANGE', '/mode'],
		['POST', '/v1/services', { ...good['POST /v1/services'].body, mode: 'air' }, 422, 'BAD_SERVICE', '/carrier'],
		['POST', '/v1/services', { ...good['POST /v1/services'].body, operator_id: 'sakurajima-ferry',
			service_id: 'morning' }, 409, 'SERVICE_EXISTS'],
		['POST', '/v1/settlements', { period: '2026-11' }, 409, 'PERIOD_NOT_OVER'],
		['POST', '/v1/clock', { now: '2026-11-01T06:00:00+09:00' }, 422, 'CLOCK_BACKWARD'],
		['POST', '/v1/passenger-terms', { operator_id: 'nobody', required: [] }, 422, 'UNKNOWN_OPERATOR', '/operator_id'],
		['POST', '/v1/erasures', { before: '2026-11-06' }, 422, 'OUT_OF_RANGE', '/before'],
		['POST', '/v1/flown', { operator_id: 'sakurajima-ferry', service_id: 'morning' }, 422, 'NO_FLIGHT', '/service_id'],
	];
	for (const [method, at, body, status, code, pointer] of cases) {
		const answer = await house.ask(method, at, { body });
		assertProblem(answer, status, code);
		if (pointer) assert.equal(answer.body.pointer, pointer, answer.text);
	}
	assert.deepEqual(await stateOf(), state);
});

test('a sale that cannot be: 404 or 422', { skip }, async () => {
	const order = good['POST /v1/tickets'].body;
	const cases = [
		[{ product_id: 'none' }, 404, 'PRODUCT_UNKNOWN'],
		[{ version: 9 }, 404, 'PRODUCT_UNKNOWN'],
		[{ category: 'alien' }, 422, 'UNKNOWN_CATEGORY'],
		[{ category: 'senior' }, 422, 'NO_PRICE_FOR_CATEGORY'],
		[{ riders: 5 }, 422, 'TOO_MANY_RIDERS'],
	];
	for (const [more, status, code] of cases)
		assertProblem(await house.ask('POST', '/v1/tickets', { token: town.partner, body: { ...order, ...more } }),
			status, code);
});

/* After all that, each good request works, under a name; the name's answer stays its own. The clock is last. */
test('the good request works, again is answered alike, and its name takes no other', { skip }, async () => {
	for (const route of routes) {
		const where = `${route.method} ${route.request.at}`;
		const key = route.keyed ? `good ${where}`.slice(0, 64) : null;
		const statuses = Object.keys(route.operation.responses).filter((s) => s < '300').map(Number);
		const status = route.request.status ?? statuses[0];
		const answer = await ask(route, { key });
		assert.equal(answer.status, status, `${where}: ${answer.text}`);
		if (route.lineSchema) assert.equal(JSON.parse(answer.text).line, undefined, answer.text);
		for (const other of statuses.filter((s) => s !== status)) assert.equal((await ask(route)).status, other, where);
		if (!route.keyed) continue;
		const again = await ask(route, { key });
		assert.deepEqual([again.status, again.headers.location, again.headers['content-type']],
			[status, answer.headers.location, answer.headers['content-type']], where);
		if (route.path === '/v1/tokens') assert.deepEqual({ ...answer.body, token: undefined },
			{ ...again.body, token: undefined }, 'the secret is shown once');
		else assert.equal(again.text, answer.text, where);
		const { body, payload, type = 'application/json' } = route.request;
		const changed = payload === undefined ? `${JSON.stringify(body)} ` : `${payload}\n`;
		const other = await raw({ ...route, keyed: false }, changed, type);
		assertProblem(other, 400, 'IDEMPOTENCY_KEY_MISSING');
		const reused = await ask(route, { key, payload: changed, headers: { 'content-type': type } });
		assertProblem(reused, 422, 'IDEMPOTENCY_KEY_REUSED');
	}
});

test('a name belongs to its owner: another\'s is another command', { skip }, async () => {
	const body = { product_id: 'island-day', category: 'adult', riders: 1 };
	const mine = await house.must(201, 'POST', '/v1/tickets', { token: town.partner, key: 'shared', body });
	const theirs = await house.must(201, 'POST', '/v1/tickets', { token: town.otherPartner, key: 'shared', body });
	assert.notEqual(mine.ticket_id, theirs.ticket_id);
	assert.equal(theirs.partner_id, 'app-yufuin');
});

test('a token that is over opens nothing', { skip }, async () => {
	const until = jst(house.now + 7 * 86400_000);
	const { token } = await house.must(201, 'POST', '/v1/tokens', { body: { role: 'auditor', expires_at: until } });
	assert.equal((await house.ask('GET', '/v1/products', { token })).status, 200);
	await house.clock(house.now + 8 * 86400_000);
	assertProblem(await house.ask('GET', '/v1/products', { token }), 401, 'TOKEN_UNKNOWN');
});

test('every refusal is as /openapi.json describes it', { skip: skip || skipAjv }, async () => {
	const looked = await checkAnswers(house);
	assert.ok(looked > 2000, `${looked} answers looked at`);
});
