// tests/api/overrides.test.mjs - the council makes tickets valid longer: one, a product's, or all that end in a time.
// The server knows it at once, a gate without a network with its next bundle, and the books earn no ticket before.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, run, skip, uuid7 } from './house.mjs';
import { found } from './town.mjs';

const HOUR = 3600_000;
const DAY = 24 * HOUR;

let house;
let town;

const file = (name) => path.join(house.folder, name);
const declare = (body, more = {}) => house.ask('POST', '/v1/validity-overrides', { body: { reason: 'typhoon', ...body }, ...more });
const enter = (ticket, gate = 'tenjin') => town.verdict(gate, { qr: ticket.code, kind: 'enter' });

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.clock('2026-11-02T08:00:00+09:00');
	fs.writeFileSync(file('keys.json'), (await house.ask('GET', '/v1/keys', { token: null })).bytes);
	// Off sale and over in days, so that a later bundle has no reason of its own to carry it.
	for (const product_id of ['fair'])
		await house.must(201, 'POST', '/v1/products', { body: { product_id, name_ja: '市', name_en: product_id,
			validity: 'fixed', valid_from: '2026-11-02', valid_until: '2026-11-03', modes: ['rail'], riders_max: 1, rule_id: 'by-fare',
			operators: [{ operator_id: 'fukuoka-city-subway' }], prices: [{ category: 'adult', price_yen: 900 }] } });
});
after(async () => { await house?.close(); });

async function sync(gate, since) {
	await house.clock(house.now + 2000);
	const answer = await house.ask('GET', `/v1/gate-bundle${since ? `?since=${since}` : ''}`, { token: town.gates[gate] });
	assert.equal(answer.status, 200, answer.text);
	fs.writeFileSync(file(`${gate}.bundle`), answer.bytes);
}

/** What a gate says by itself; with its bundle, or by what it holds since. */
function offline(gate, ticket, at = house.now) {
	const done = run('verify', '--gate-file', file(`${gate}.gate`), '--bundle', file(`${gate}.bundle`),
		'--keys', file('keys.json'), '--kind', 'enter', '--at', jst(at), ticket.code);
	return done.out ? JSON.parse(done.out).verdict : done.err;
}

test('one ticket: at the server at once, at a gate with its next bundle', { skip }, async () => {
	const [ticket, other] = [await town.sell('fair'), await town.sell('fair')];
	await sync('hakata');
	await house.clock('2026-11-04T09:00:00+09:00');
	assert.deepEqual([await enter(ticket), await enter(other)], ['EXPIRED', 'EXPIRED']);
	const body = { ticket_id: ticket.ticket_id, valid_until: '2026-11-08T02:59:59+09:00' };
	const declared = await declare(body, { key: 'one' });
	assert.equal(declared.status, 201, declared.text);
	assert.deepEqual((await declare(body, { key: 'one' })).body, declared.body, 'said twice');
	assert.equal(offline('hakata', ticket), 'EXPIRED', 'it has not heard');
	await sync('hakata');
	assert.deepEqual([offline('hakata', ticket), offline('hakata', other)], ['ADMITTED', 'EXPIRED']);
	const { body: scan } = await town.scan('tenjin', { qr: ticket.code, kind: 'enter' });
	assert.deepEqual([scan.verdict, scan.valid_until], ['ADMITTED', body.valid_until]);
	assert.equal(await enter(other), 'EXPIRED');
	assert.equal((await house.must(200, 'GET', `/v1/tickets/${ticket.ticket_id}`)).extended_until, body.valid_until);
	assertProblem(await declare(body), 409, 'NOT_AN_EXTENSION');
	await house.clock('2026-11-08T03:00:00+09:00');
	assert.equal(await town.verdict('hakata', { qr: ticket.code, kind: 'exit' }), 'ADMITTED', 'who is inside gets out');
	assert.equal(await enter(ticket), 'EXPIRED');
});

test('a product\'s tickets that end in a time, and no other', { skip }, async () => {
	const today = jst(house.now).slice(0, 10);
	const days = (n) => jst(Date.parse(`${today}T03:00:00+09:00`) + n * DAY);
	const [used, unused, later, market] = [await town.sell('city-day'), await town.sell('city-day'),
		await town.sell('city-day'), await town.sell('one-ride')];
	assert.deepEqual([await enter(used), await town.verdict('tenjin', { qr: used.code, kind: 'exit' })],
		['ADMITTED', 'ADMITTED']);
	await house.clock(Date.parse(days(1)) + HOUR);
	await enter(later); // Ends a day later.
	await town.verdict('tenjin', { qr: later.code, kind: 'exit' });
	assert.equal(await enter(used), 'EXPIRED');
	const body = { product_id: 'city-day', version: 1, from: days(0), until: days(1) };
	const { status } = await declare({ ...body, valid_until: days(4) });
	assert.equal(status, 201);
	assert.equal(await enter(used, 'hakata'), 'ADMITTED');
	assert.equal(await town.verdict('hakata', { qr: used.code, kind: 'exit' }), 'ADMITTED');
	await house.clock(Date.parse(days(2)) + HOUR);
	assert.equal(await enter(used), 'ADMITTED');
	assert.equal(await enter(later), 'EXPIRED');
	assert.equal(await enter(unused), 'ADMITTED', 'it has days left of its own');
	assert.equal(await enter(market), 'ADMITTED');
	await house.clock(Date.parse(days(4)) + 1000);
	assert.equal(await enter(used), 'EXPIRED');
});

test('all tickets that end in a time, those of a product that was over, too; and what an offline gate did', { skip }, async () => {
	const product_id = 'new-year';
	const today = jst(house.now).slice(0, 10);
	const start = Date.parse(`${today}T03:00:00+09:00`);
	await house.must(201, 'POST', '/v1/products', { body: { product_id, name_ja: '年', name_en: 'NY', validity: 'fixed',
		valid_from: today, valid_until: today, modes: ['rail'], riders_max: 1, rule_id: 'by-fare', uses: 5,
		operators: [{ operator_id: 'fukuoka-city-subway' }], prices: [{ category: 'adult', price_yen: 900 }] } });
	const ticket = await town.sell(product_id);
	await house.clock(start + 4 * DAY);
	await sync('meinohama');
	assert.equal(offline('meinohama', ticket), 'UNKNOWN_PRODUCT', 'gone with its days');
	assert.equal(await enter(ticket), 'EXPIRED');
	assert.equal((await declare({ all: true, from: jst(start + DAY), until: jst(start + DAY + 1000),
		valid_until: jst(start + 6 * DAY) })).status, 201);
	assert.equal(await enter(ticket), 'EXPIRED', 'its last moment is before that');
	assert.equal((await declare({ all: true, from: jst(start), until: jst(start + DAY),
		valid_until: jst(start + 6 * DAY) })).status, 201);
	const held = JSON.parse(run('verify', '--gate-file', file('meinohama.gate'), '--bundle', file('meinohama.bundle'),
		'--keys', file('keys.json'), '--kind', 'enter', '--at', jst(house.now), ticket.code).out).bundle;
	await sync('meinohama', held);
	assert.equal(offline('meinohama', ticket), 'ADMITTED', 'by what came since');
	const lines = [0, 1].map((n) => ({ scan_id: uuid7(house.now), qr: ticket.code, kind: 'enter', verdict: 'ADMITTED',
		at: jst(house.now - n * HOUR), bundle: Math.floor(house.now / 1000) - 7200 }));
	lines.push({ ...lines[0], scan_id: uuid7(house.now + 1), at: jst(start + 2 * DAY) });
	await house.clock(house.now + HOUR);
	const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates.meinohama, key: null,
		payload: lines.map((l) => JSON.stringify(l)).join('\n'), headers: { 'content-type': 'application/x-ndjson' } });
	const told = answer.text.trim().split('\n').map((l) => JSON.parse(l));
	assert.deepEqual(told.map((l) => [l.verdict, l.contested]), [['ADMITTED', false], ['ADMITTED', false],
		['ADMITTED', true]], 'the last had a bundle of a time to come');
	assert.equal(told[0].valid_until, jst(start + 6 * DAY));
});

test('a ticket is earned when it is over after all', { skip }, async () => {
	const [ticket, many] = [await town.sell('bath-once'), await town.sell('island-day')];
	const sold = house.now;
	const last = Date.parse((await house.must(200, 'GET', `/v1/tickets/${ticket.ticket_id}`)).not_after);
	const until = last + 20 * DAY;
	assert.equal((await declare({ ticket_id: ticket.ticket_id, valid_until: jst(until) })).status, 201);
	assert.equal(await town.verdict('bus-1', { qr: many.code, kind: 'board' }), 'ADMITTED'); // Ends in a day.
	assert.equal((await declare({ product_id: 'island-day', from: jst(sold), until: jst(sold + 2 * DAY),
		valid_until: jst(sold + 12 * DAY) })).status, 201);
	const postings = async (id) => {
		const items = [];
		for (let cursor = ''; cursor !== null;) {
			const page = await house.must(200, 'GET', `/v1/ledger/postings?limit=200${cursor && `&cursor=${cursor}`}`);
			items.push(...page.items);
			cursor = page.next;
		}
		return items.filter((p) => p.ticket_id === id).length;
	};
	await house.clock(sold + 10 * DAY);
	assert.equal(await postings(many.ticket_id), 1, 'sold, and not earned with its own end');
	await house.clock(sold + 17 * DAY);
	assert.ok(await postings(many.ticket_id) > 1, 'earned with the later one');
	await house.clock(last + 10 * DAY);
	assert.equal(await postings(ticket.ticket_id), 1);
	assert.equal(await town.verdict('bath', { qr: ticket.code, kind: 'redeem' }), 'ADMITTED');
	await house.clock(until + 5 * DAY);
	assert.ok(await postings(ticket.ticket_id) > 1);
	const { total_debit_yen, total_credit_yen } = await house.must(200, 'GET', '/v1/ledger/balances');
	assert.equal(total_debit_yen, total_credit_yen);
});

test('what is no override', { skip }, async () => {
	const ticket = await town.sell('city-day');
	const refunded = await town.sell('city-day');
	const at = `/v1/tickets/${refunded.ticket_id}`;
	const { offer_id } = await house.must(201, 'POST', `${at}/refund-offer`, { token: town.partner, body: {} });
	await house.must(200, 'POST', `${at}/refund`, { token: town.partner, body: { offer_id } });
	const [from, until, valid_until] = [0, 1, 2].map((n) => jst(house.now + n * DAY));
	const days = { from, until, valid_until };
	for (const [body, status, code, pointer] of [
		[days, 422, 'BAD_OVERRIDE', '/product_id'],
		[{ ...days, all: true, product_id: 'city-day' }, 422, 'BAD_OVERRIDE', '/product_id'],
		[{ ticket_id: ticket.ticket_id, product_id: 'city-day', valid_until }, 422, 'BAD_OVERRIDE', '/product_id'],
		[{ ...days, all: true, version: 1 }, 422, 'BAD_OVERRIDE', '/version'],
		[{ ...days, ticket_id: ticket.ticket_id }, 422, 'BAD_OVERRIDE', '/from'],
		[{ product_id: 'city-day', valid_until }, 422, 'BAD_OVERRIDE', '/from'],
		[{ ...days, all: true, until: from }, 422, 'BAD_OVERRIDE', '/until'],
		[{ ...days, all: true, until: jst(house.now + 32 * DAY), valid_until: jst(house.now + 40 * DAY) }, 422,
			'BAD_OVERRIDE', '/until'],
		[{ ...days, all: true, valid_until: jst(house.now + DAY - 1000) }, 422, 'BAD_OVERRIDE', '/valid_until'],
		[{ ...days, product_id: 'nothing' }, 404, 'PRODUCT_UNKNOWN'],
		[{ ...days, product_id: 'city-day', version: 9 }, 404, 'PRODUCT_UNKNOWN'],
		[{ ticket_id: uuid7(house.now), valid_until }, 404, 'TICKET_UNKNOWN'],
		[{ ticket_id: refunded.ticket_id, valid_until: jst(house.now + 99 * DAY) }, 409, 'TICKET_NOT_VALID'],
		[{ ticket_id: ticket.ticket_id, valid_until }, 409, 'NOT_AN_EXTENSION', '/valid_until'],
		[{ ...days, all: true, reason: undefined }, 422, 'MISSING_FIELD', '/reason'],
	]) {
		const answer = await declare(body);
		assertProblem(answer, status, code);
		if (pointer) assert.equal(answer.body.pointer, pointer, answer.text);
	}
	for (const token of [town.operators.miyako, town.partner, town.gates.tenjin, town.auditor])
		assertProblem(await declare({ ...days, all: true }, { token }), 403, 'ROLE_NOT_ALLOWED');
	for (let i = 0; i < 16; i++) assert.equal((await declare({ ...days, product_id: 'booked-sea' })).status, 201);
	assertProblem(await declare({ ...days, product_id: 'booked-sea' }), 409, 'TOO_MANY_OVERRIDES');
	await house.clock(house.now + 3 * DAY);
	const [next, after_] = [5, 6].map((n) => jst(house.now + n * DAY));
	assert.equal((await declare({ product_id: 'booked-sea', from: next, until: after_, valid_until: after_ })).status, 201,
		'those are over');
	const { items } = await house.must(200, 'GET', '/v1/validity-overrides?limit=200', { token: town.auditor });
	assert.equal(items.length, 23);
	assert.deepEqual(items.map((o) => o.override_id), items.map((o) => o.override_id).sort());
});

test('all of it as the document says', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 40);
});
