// tests/api/journey.test.mjs - a traveller's month to the yen, over HTTP alone. Every figure below was worked out
// on paper; the server is asked whether it comes to the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkAnswers, skipAjv } from './contract.mjs';
import { House, skip } from './house.mjs';
import { boardingPass, found } from './town.mjs';

let house;
let town;
const tickets = {};

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
});
after(async () => { await house?.close(); });

const at = (time) => house.clock(`2026-11-${time}:00+09:00`);
const get = (path, options) => house.must(200, 'GET', path, options);

test('five tickets are sold, each at its price', { skip }, async () => {
	const sales = [
		// name, by, product, category, riders, yen, last moment to begin
		['pass', 'partner', 'four-modes', 'adult', 1, 10000, '2026-11-11T02:59:59.999+09:00'],
		['child', 'partner', 'four-modes', 'child', 1, 5000, '2026-11-11T02:59:59.999+09:00'],
		['pair', 'partner', 'island-day', 'adult', 2, 3600, '2026-11-11T02:59:59.999+09:00'],
		['unused', 'partner', 'island-day', 'adult', 1, 1800, '2026-11-11T02:59:59.999+09:00'],
		['lost', 'otherPartner', 'four-modes', 'adult', 1, 10000, '2026-11-11T02:59:59.999+09:00'],
	];
	for (const [name, by, product_id, category, riders, yen, last] of sales) {
		const answer = await house.ask('POST', '/v1/tickets', {
			token: town[by], body: { product_id, category, riders, partner_ref: `order ${name}` },
		});
		assert.equal(answer.status, 201, answer.text);
		tickets[name] = answer.body;
		assert.deepEqual(
			[answer.body.price_yen, answer.body.not_after, answer.body.status, answer.body.partner_ref],
			[yen, last, 'VALID', `order ${name}`]);
		assert.equal(answer.headers.location, `/v1/tickets/${answer.body.ticket_id}`);
		assert.match(answer.body.code, /^KM1:[0-9A-Z $%*+\-./:]+$/);
		assert.equal(answer.body.uses, 0, 'nobody has boarded yet');
		const shown = await get(`/v1/tickets/${answer.body.ticket_id}`, { token: town[by] });
		assert.deepEqual(shown, answer.body);
	}
});

test('a single ticket says no boardings yet, not how many it has', { skip }, async () => {
	const sold = await town.sell('one-ride', {});
	assert.equal(sold.uses, 0);
	const offer = await house.ask('POST', `/v1/tickets/${sold.ticket_id}/refund-offer`, { token: town.partner, body: {} });
	assert.deepEqual([offer.status, offer.body.code], [409, 'NOT_REFUNDABLE']);
	tickets.single = sold;
});

test('its code is drawn as SVG and PNG', { skip }, async () => {
	const path = `/v1/tickets/${tickets.pass.ticket_id}/qr`;
	const svg = await house.ask('GET', `${path}.svg`, { token: town.partner });
	assert.deepEqual([svg.status, svg.headers['content-type']], [200, 'image/svg+xml']);
	assert.match(svg.text, /^(<\?xml[^>]*>\s*)?<svg /);
	const png = await house.ask('GET', `${path}.png`, { token: town.partner });
	assert.deepEqual([png.status, png.headers['content-type']], [200, 'image/png']);
	assert.equal(png.bytes.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
});

test('the pass has a place on the flight', { skip }, async () => {
	await town.flight('oc75-1103', '2026-11-03T16:00:00+09:00', 30, { deemed_fare_yen: 9000 });
	await town.sailing('out-1215', '2026-11-03T12:15:00+09:00', 50);
	const order = { ticket_id: tickets.pass.ticket_id, operator_id: 'orc', service_id: 'oc75-1103', pnr: 'ABC123' };
	const held = await house.must(201, 'POST', '/v1/reservations', { token: town.partner, body: order });
	assert.deepEqual([held.seats, held.departs_at, held.pnr], [1, '2026-11-03T16:00:00+09:00', 'ABC123']);
	assert.equal((await get('/v1/services/orc/oc75-1103')).taken, 1);
	const shown = await get(`/v1/tickets/${tickets.pass.ticket_id}`, { token: town.partner });
	assert.deepEqual(shown.reservations, [
		{ operator_id: 'orc', service_id: 'oc75-1103', mode: 'air', seats: 1, checked_in: false }]);
});

test('the child stays at home: an offer, then 4,500 of 5,000 yen', { skip }, async () => {
	await at('02T10:00');
	const path = `/v1/tickets/${tickets.child.ticket_id}`;
	const offer = await house.must(201, 'POST', `${path}/refund-offer`, { token: town.partner, body: {} });
	assert.deepEqual([offer.refund_yen, offer.fee_yen, offer.fee_to, offer.expires_at],
		[4500, 500, 'partner', '2026-11-02T10:15:00+09:00']);
	const done = await house.must(200, 'POST', `${path}/refund`,
		{ token: town.partner, body: { offer_id: offer.offer_id } });
	assert.deepEqual(done,
		{ ticket_id: tickets.child.ticket_id, refund_yen: 4500, fee_yen: 500, status: 'REVOKED' });
	const shown = await get(path, { token: town.partner });
	assert.deepEqual([shown.status, shown.refunded_yen], ['REVOKED', 4500]);
	assert.equal(await town.verdict('tenjin', { qr: tickets.child.code, kind: 'enter' }), 'REVOKED');
});

test('four modes on the 3rd, two islands on the 4th', { skip }, async () => {
	const rides = [
		// at, gate, ticket, kind, more
		['03T08:00', 'meinohama', 'pass', 'enter'], // K01
		['03T08:25', 'tenjin', 'pass', 'exit'], // K08: 300 yen
		['03T09:00', 'bus-1', 'pass', 'board', { stop: 'miyazaki-eki', service: 'aoshima-down' }], // base 180
		['03T09:30', 'bus-1', 'pass', 'alight', { stop: 'miyako-city' }], // 260 in all
		['03T12:00', 'pier', 'pass', 'check_in', { service: 'out-1215' }], // 250
		['03T15:00', 'airport', 'pass', 'check_in', { qr: boardingPass('ABC123', 307) }], // 9,000
		['04T09:00', 'bus-2', 'pair', 'board', { riders: 2 }], // base 180 each
		['04T10:00', 'pier', 'pair', 'check_in', { riders: 2 }], // base 250 each
		['04T17:00', 'pier', 'pair', 'check_in', { riders: 2 }],
	];
	for (const [time, gate, ticket, kind, more] of rides) {
		await at(time);
		const answer = await town.scan(gate, { qr: tickets[ticket].code, kind, ...more });
		assert.deepEqual([answer.status, answer.body.verdict], [200, 'ADMITTED'], `${time} ${gate}: ${answer.text}`);
		assert.equal(answer.body.ticket_id, tickets[ticket].ticket_id);
	}
	const pass = await get(`/v1/tickets/${tickets.pass.ticket_id}`, { token: town.partner });
	assert.deepEqual([pass.uses, pass.first_used_at, pass.valid_until, pass.reservations[0].checked_in],
		[4, '2026-11-03T08:00:00+09:00', '2026-11-06T02:59:59.999+09:00', true]);
	const pair = await get(`/v1/tickets/${tickets.pair.ticket_id}`, { token: town.partner });
	assert.deepEqual([pair.uses, pair.valid_until], [3, '2026-11-05T08:59:59.999+09:00']);
});

test('a used pass is not taken back', { skip }, async () => {
	const path = `/v1/tickets/${tickets.pass.ticket_id}/refund-offer`;
	const answer = await house.ask('POST', path, { token: town.partner, body: {} });
	assert.deepEqual([answer.status, answer.body.code], [409, 'ALREADY_USED']);
});

test('a month that goes on cannot be closed', { skip }, async () => {
	const answer = await house.ask('POST', '/v1/settlements', { body: { period: '2026-11' } });
	assert.deepEqual([answer.status, answer.body.code], [409, 'PERIOD_NOT_OVER']);
	assert.equal((await get('/v1/settlements/2026-11')).state, 'OPEN');
});

test('the month is closed once, and never changes', { skip }, async () => {
	await house.clock('2026-12-10T09:00:00+09:00');
	const begun = await house.ask('POST', '/v1/settlements', { key: 'close-november', body: { period: '2026-11' } });
	assert.deepEqual([begun.status, begun.body], [202, { period: '2026-11', state: 'CLOSING' }]);
	await house.clock('2026-12-10T09:01:00+09:00');
	assert.equal((await get('/v1/settlements/2026-11')).state, 'CLOSED');
	const again = await house.ask('POST', '/v1/settlements', { body: { period: '2026-11' } });
	assert.deepEqual([again.status, again.body.code], [409, 'PERIOD_CLOSED']);
	const resent = await house.ask('POST', '/v1/settlements', { key: 'close-november', body: { period: '2026-11' } });
	assert.deepEqual([resent.status, resent.text], [202, begun.text]);
});

/* The pass: 10,000 - 500 commission - 200 council = 9,300, split by deemed fares 300 : 260 : 9,000 : 250
 * into 284 : 246 : 8,532 : 237, and the yen left over to the bus, whose remainder is the largest.
 * The pair: 3,600 - 180 = 3,420, split by boardings 1 : 2. Unused: 1,800, of which 1,710 to its partner. Lost:
 * 10,000 - 500 - 200 = 9,300 to the council. The single ride was never begun either: its window of 30 days
 * ended with November, so it was earned then: 260 - 13 - 5 = 242 to the council. */
const EARNED = 10000 + 3600 + 1800 + 10000 + 260;
const SHARES = [
	// operator, yen, tickets, boardings
	['fukuoka-city-subway', 284, 1, 1],
	['miyako', 247 + 1140, 2, 2],
	['orc', 8532, 1, 1],
	['sakurajima-ferry', 237 + 2280, 2, 3],
];

test('the settlement is right to the yen', { skip }, async () => {
	const s = await get('/v1/settlements/2026-11', { token: town.auditor });
	assert.deepEqual(s.lines.map((l) => [l.operator_id, l.amount_yen, l.tickets, l.boardings]), SHARES);
	assert.deepEqual([s.tickets, s.earned_yen, s.operators_yen, s.partners_yen, s.council_yen],
		[5, EARNED, 12720, 500 + 180 + 90 + 1710 + 500 + 13, 200 + 200 + 9300 + 5 + 242]);
	assert.equal(s.operators_yen + s.partners_yen + s.council_yen, s.earned_yen);
	/* Four legal entities share it: an operator is told the sums, too. */
	const [all, own] = await Promise.all([town.auditor, town.operators.miyako].map((token) =>
		house.ask('GET', '/v1/settlements/2026-11/close', { token })));
	assert.match(own.text, /\noperators_yen 12720\n/);
	assert.equal(own.text, all.text);
});

const STATEMENT_LINES = {
	'fukuoka-city-subway': [['four-modes', 1, 'by-fare', '2026-11', 1, 1, 1, 300, 284]],
	miyako: [
		// product, version, rule, rides in, tickets, boardings, riders, deemed fare, yen
		['four-modes', 1, 'by-fare', '2026-11', 1, 1, 1, 260, 247],
		['island-day', 1, 'by-boardings', '2026-11', 1, 1, 2, 360, 1140],
	],
	orc: [['four-modes', 1, 'by-fare', '2026-11', 1, 1, 1, 9000, 8532]],
	'sakurajima-ferry': [
		['four-modes', 1, 'by-fare', '2026-11', 1, 1, 1, 250, 237],
		['island-day', 1, 'by-boardings', '2026-11', 1, 2, 4, 1000, 2280],
	],
};

test('each operator reads its statement, line by line', { skip }, async () => {
	for (const [id, amount, count, boardings] of SHARES) {
		const token = town.operators[id] ?? town.council;
		const s = await get(`/v1/settlements/2026-11/statements/${id}.json`, { token });
		assert.deepEqual([s.state, s.amount_yen, s.tickets, s.boardings], ['CLOSED', amount, count, boardings]);
		assert.deepEqual(s.lines.map((l) => [l.product_id, l.product_version, l.rule_id, l.rides, l.tickets,
			l.boardings, l.riders, l.deemed_fare_yen, l.amount_yen]), STATEMENT_LINES[id]);
		const months = await get(`/v1/operators/${id}/statements`, { token });
		assert.deepEqual(months.items.map((m) => [m.period, m.amount_yen]), [['2026-11', amount]]);
	}
});

test('the same for a spreadsheet', { skip }, async () => {
	for (const [id, amount] of SHARES) {
		const csv = await house.ask('GET', `/v1/settlements/2026-11/statements/${id}.csv`);
		assert.deepEqual([csv.status, csv.headers['content-type']], [200, 'text/csv; charset=utf-8']);
		assert.equal(csv.bytes.subarray(0, 3).toString('hex'), 'efbbbf', 'a byte-order mark, for spreadsheets');
		const rows = csv.text.slice(1).trim().split('\r\n').map((row) => row.split(','));
		const wide = rows[0].length;
		const lines = STATEMENT_LINES[id];
		assert.match(rows[0].join(), /金額.*Amount/);
		assert.equal(rows.length, lines.length + 2, csv.text);
		assert.ok(rows.every((row) => row.length === wide), csv.text);
		assert.deepEqual(rows.slice(1, -1).map((row) => [row[2], row.at(-1)]),
			lines.map((line) => [line[0], String(line.at(-1))]));
		assert.match(rows.at(-1).join(), /合計 Total/);
		assert.equal(rows.at(-1).at(-1), String(amount));
	}
});

test('the ledger balances, account by account', { skip }, async () => {
	const b = await get('/v1/ledger/balances');
	const accounts = Object.fromEntries(b.accounts.map((a) => [a.account, [a.debit_yen, a.credit_yen]]));
	assert.deepEqual(accounts, {
		'income/council': [0, 200 + 200 + 9300 + 5 + 242],
		'payable/operator/fukuoka-city-subway': [0, 284],
		'payable/operator/miyako': [0, 1387],
		'payable/operator/orc': [0, 8532],
		'payable/operator/sakurajima-ferry': [0, 2517],
		'payable/partner/app-hakata': [0, 500 + 500 + 180 + 90 + 1710 + 13], // the refund's fee, commissions, breakage
		'payable/partner/app-yufuin': [0, 500],
		'receivable/partner/app-hakata': [10000 + 5000 + 3600 + 1800 + 260, 4500],
		'receivable/partner/app-yufuin': [10000, 0],
		unearned: [4500 + 500 + EARNED, 10000 + 5000 + 3600 + 1800 + 10000 + 260],
	});
	assert.equal(b.total_debit_yen, b.total_credit_yen);
	assert.equal(b.total_debit_yen, b.accounts.reduce((sum, a) => sum + a.debit_yen, 0));
});

test('every posting is there, page by page, and sums to the balances', { skip }, async () => {
	const postings = [];
	let cursor = '';
	do {
		const page = await get(`/v1/ledger/postings?limit=4${cursor && `&cursor=${cursor}`}`, { token: town.auditor });
		assert.ok(page.items.length <= 4);
		postings.push(...page.items);
		cursor = page.next;
	} while (cursor);
	const balances = await get('/v1/ledger/balances');
	for (const { account, debit_yen, credit_yen } of balances.accounts) {
		const sum = (side) => postings.filter((p) => p[side] === account).reduce((n, p) => n + p.amount_yen, 0);
		assert.deepEqual([sum('debit'), sum('credit')], [debit_yen, credit_yen], account);
	}
	const why = postings.find((p) => p.credit === 'payable/operator/miyako' && p.rule_id === 'by-fare');
	assert.deepEqual([why.why, why.weight, why.weight_sum, why.rank], ['share', 260, 9810, 1]);
});

test('usage by mode, verdict and product', { skip }, async () => {
	const u = await get('/v1/usage?from=2026-11-01&until=2026-12-01');
	assert.deepEqual(u.scans.map((s) => [s.mode, s.verdict, s.scans, s.riders]).sort(), [
		['air', 'ADMITTED', 1, 1],
		['bus', 'ADMITTED', 3, 4],
		['ferry', 'ADMITTED', 3, 5],
		['rail', 'ADMITTED', 2, 2],
		['rail', 'REVOKED', 1, 1],
	]);
	const sales = u.sales.map((s) =>
		[s.product_id, s.tickets, s.riders, s.sold_yen, s.refunds, s.refunded_yen, s.fees_yen]);
	assert.deepEqual(sales.sort(), [
		['four-modes', 3, 3, 25000, 1, 4500, 500],
		['island-day', 2, 3, 5400, 0, 0, 0],
		['one-ride', 1, 1, 260, 0, 0, 0],
	]);
	const day = await get('/v1/usage?from=2026-11-04&until=2026-11-05');
	assert.deepEqual(day.scans.map((s) => [s.mode, s.scans]).sort(), [['bus', 1], ['ferry', 2]]);
});

test('participation by date, mode and prefecture', { skip }, async () => {
	const days = [
		// date, participants, legal entities, unverified, in scope, share, active
		['2026-03-31', 0, 0, 0, 5, 0, 0],
		['2026-05-15', 3, 3, 2, 5, 6000, 3],
		['2026-11-10', 4, 4, 3, 5, 8000, 4],
	];
	for (const [date, ...counts] of days) {
		const p = await get(`/v1/participation?date=${date}`, { token: town.partner });
		assert.deepEqual([p.participants, p.legal_entities, p.unverified, p.in_scope_total, p.share_bp],
			counts.slice(0, 5), date);
		assert.deepEqual(p.targets.map((t) => [t.by, t.operators, t.reached]),
			[['2027-12-31', 60, false], ['2030-12-31', 100, false]]);
	}
	const p = await get('/v1/participation?date=2026-11-10', { token: town.funder });
	assert.equal(p.active_30_days, 4);
	assert.deepEqual(Object.fromEntries(p.by_mode.map((m) => [m.mode, m.participants])),
		{ rail: 1, bus: 1, ferry: 1, air: 1 });
	assert.deepEqual(Object.fromEntries(p.by_prefecture.map((m) => [m.prefecture, m.participants])),
		{ 40: 2, 41: 0, 42: 1, 43: 0, 44: 0, 45: 1, 46: 1 });
	assert.equal((await get('/v1/participation')).date, '2026-12-10');
});

test('a new target is reached or not by its day', { skip }, async () => {
	await house.must(201, 'POST', '/v1/targets', { body: { by: '2026-12-31', operators: 4 } });
	const p = await get('/v1/participation');
	assert.deepEqual(p.targets.map((t) => [t.by, t.operators, t.reached])[0], ['2026-12-31', 4, true]);
});

test('what arrives after the close lands in the open month', { skip }, async () => {
	const sold = await town.sell('island-day');
	assert.equal(await town.verdict('bus-1', { qr: sold.code, kind: 'board' }), 'ADMITTED');
	await house.clock('2026-12-20T09:00:00+09:00');
	const closed = await get('/v1/settlements/2026-11');
	assert.equal(closed.earned_yen, EARNED);
	const open = await get('/v1/settlements/2026-12');
	assert.deepEqual([open.state, open.earned_yen, open.operators_yen, open.partners_yen],
		['OPEN', 1800, 1710, 90]);
});

test('what a restart finds is what was there', { skip }, async () => {
	const paths = ['/v1/settlements/2026-11', '/v1/ledger/balances', '/v1/participation?date=2026-11-10',
		'/v1/usage?from=2026-11-01&until=2026-12-01', '/v1/operators', '/v1/services', '/v1/feeds'];
	const then = [];
	for (const path of paths) then.push((await house.ask('GET', path)).text);
	assert.deepEqual(await house.stop(), { code: 0, signal: null });
	await house.start();
	for (const [i, path] of paths.entries()) assert.equal((await house.ask('GET', path)).text, then[i], path);
});

test('every answer is as /openapi.json describes it', { skip: skip || skipAjv }, async () => {
	const looked = await checkAnswers(house);
	assert.ok(looked > 100, `${looked} answers looked at`);
});
