// tests/api/bundle.test.mjs - a gate's bundle and the status lists, read by libraries that nobody here wrote: signed,
// whole, and as a delta that holds just what changed. HITOTSU_NPM has cbor-x.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { assertProblem } from './contract.mjs';
import { House, jst, run, skip as skipHouse } from './house.mjs';
import { found, PRODUCTS } from './town.mjs';
import { cborDecoder } from './verify_ticket.mjs';

const skip = skipHouse || (process.env.HITOTSU_NPM ? false : 'HITOTSU_NPM is not set: cbor-x is not installed');
const SECTION = { keys: 1, statuses: 2, overrides: 3, products: 4, dayTypes: 5, routeSets: 6, excess: 7,
	reservations: 8, place: 9, rules: 10, services: 11 };
const HOUR = 3600_000;
const FIRST_LIST = Date.parse('2026-01-01T00:00:00+09:00');

let house;
let town;
let cbor;

before(async () => {
	if (skip) return;
	cbor = await cborDecoder();
	house = await House.open();
	town = await found(house);
	await pass(2000);
});
after(async () => { await house?.close(); });

const pass = (ms) => house.clock(house.now + ms);

function byteString(bytes) {
	const head = bytes.length < 24 ? [0x40 | bytes.length]
		: bytes.length < 256 ? [0x58, bytes.length]
			: bytes.length < 65536 ? [0x59, bytes.length >> 8, bytes.length & 255]
				: [0x5a, bytes.length >>> 24, bytes.length >> 16 & 255, bytes.length >> 8 & 255, bytes.length & 255];
	return Buffer.concat([Buffer.from(head), bytes]);
}

/* The payload, once its signature fits the key that /v1/keys names for this use. */
async function opened(bytes, use, typ) {
	const { keys } = await house.must(200, 'GET', '/v1/keys', { token: null });
	assert.equal(bytes[0], 0xd2, 'COSE_Sign1');
	const [head, unprotected, payload, signature] = cbor.decode(bytes.subarray(1));
	const header = cbor.decode(head);
	assert.deepEqual([header.get(1), header.get(16), unprotected.size], [-8, typ, 0]);
	const jwk = keys.find((k) => k.kid === Buffer.from(header.get(4)).toString('base64url'));
	assert.equal(jwk?.hitotsu_use, use);
	const key = crypto.createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x } });
	const signed = Buffer.concat([Buffer.from([0x84, 0x6a]), Buffer.from('Signature1'), byteString(head),
		byteString(Buffer.alloc(0)), byteString(payload)]);
	assert.ok(crypto.verify(null, signed, key, signature), `signed by the ${use} key`);
	return cbor.decode(payload);
}

async function bundle(gate, since) {
	const answer = await house.ask('GET', `/v1/gate-bundle${since === undefined ? '' : `?since=${since}`}`,
		{ token: town.gates[gate] });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers['content-type'], 'application/hitotsu-bundle+cose');
	const map = await opened(answer.bytes, 'bundle', 'application/hitotsu-bundle+cose');
	const parts = Object.fromEntries(Object.entries(SECTION).map(([name, n]) => [name, cbor.decode(map.get(6).get(n))]));
	const records = (list) => list.map((bytes) => cbor.decode(bytes));
	return { format: map.get(1), number: map.get(2), since: map.get(3), made: map.get(4), expires: map.get(5), ...parts,
		products: records(parts.products), services: records(parts.services), reservations: records(parts.reservations) };
}

const productIds = (b) => b.products.map((p) => p.get(1)).sort();
const serviceIds = (b) => b.services.map((s) => s.get(2)).sort();
/** The products of the town that cover this operator. */
const covering = (operator) => Object.keys(PRODUCTS)
	.filter((id) => PRODUCTS[id].operators.some((o) => o.operator_id === operator)).sort();

async function refund(ticket) {
	const at = `/v1/tickets/${ticket.ticket_id}`;
	const { offer_id } = await house.must(201, 'POST', `${at}/refund-offer`, { token: town.partner, body: {} });
	await house.must(200, 'POST', `${at}/refund`, { token: town.partner, body: { offer_id } });
}

/** [list, index] as the ticket's own code says. */
async function slotOf(ticket) {
	const base45 = await import('./verify_ticket.mjs').then((m) => m.bytesOf(ticket));
	const [, , payload] = cbor.decode(base45.subarray(1));
	const claim = cbor.decode(payload).get(-65537);
	return [claim[7], claim[8]];
}

async function statusList(n) {
	const answer = await house.ask('GET', `/v1/status-lists/${n}`, { token: null });
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers['content-type'], 'application/statuslist+cwt');
	const claims = await opened(answer.bytes, 'status', 'application/statuslist+cwt');
	const list = claims.get(65533);
	assert.equal(list.get('bits'), 2);
	const bytes = zlib.inflateSync(list.get('lst'));
	return { claims, etag: answer.headers.etag, bytes, at: (i) => bytes[i >> 2] >> (i & 3) * 2 & 3 };
}

test('a whole bundle has all sections, its gate, its rules and the keys in force', { skip }, async () => {
	const b = await bundle('tenjin');
	assert.deepEqual([b.format, b.since], [1, 0]);
	assert.ok(b.number <= house.now / 1000 && b.number >= house.now / 1000 - 2, `${b.number}`);
	assert.equal(b.made, Math.floor(house.now / 1000));
	assert.equal(b.expires, b.made + 72 * 3600);
	const { keys } = await house.must(200, 'GET', '/v1/keys', { token: null });
	assert.deepEqual(b.keys.map((k) => Buffer.from(k[0]).toString('base64url')).sort(), keys.map((k) => k.kid).sort());
	assert.deepEqual(b.keys.map((k) => k[1]).sort(), [0, 1, 2, 3], 'a ticket key, a status key, a bundle key, the log\'s');
	assert.deepEqual(cbor.decode(b.place.get(1)).get(1), 'tenjin');
	assert.deepEqual(cbor.decode(b.place.get(2)).get(1), 'fukuoka-city-subway');
	assert.equal(b.place.get(3), 180);
	assert.deepEqual([...b.rules], [[1, 45], [2, 15], [3, 24]]);
	assert.deepEqual(productIds(b), covering('fukuoka-city-subway'));
	for (const empty of ['overrides', 'dayTypes', 'routeSets', 'excess', 'services', 'reservations', 'statuses'])
		assert.deepEqual(b[empty], [], empty);
});

test('another operator\'s gate meets other products', { skip }, async () => {
	assert.deepEqual(productIds(await bundle('bath')), ['bath-once']);
	assert.deepEqual(productIds(await bundle('other-1')), []);
	assert.deepEqual(productIds(await bundle('bus-1')), covering('miyako'));
});

test('a product published a second ago is in the next bundle, and alone in the delta', { skip }, async () => {
	const held = await bundle('bus-1');
	await pass(1000);
	await house.must(201, 'POST', '/v1/products', { body: { product_id: 'new-pass', name_ja: '新', name_en: 'New',
		...PRODUCTS['island-day'] } });
	const delta = await bundle('bus-1', held.number);
	assert.equal(delta.since, held.number);
	assert.deepEqual(productIds(delta), ['new-pass']);
	assert.deepEqual(delta.statuses, []);
	assert.ok(productIds(await bundle('bus-1')).includes('new-pass'));
	assert.deepEqual(productIds(await bundle('bath', held.number)), [], 'it does not concern a bath');
	await pass(2000);
	const later = await bundle('bus-1', delta.number);
	await pass(2000);
	assert.deepEqual(productIds(await bundle('bus-1', later.number)), [], 'told once the second is past');
});

test('the same number again gets a small delta that begins before it', { skip }, async () => {
	const held = await bundle('tenjin');
	const again = await bundle('tenjin', held.number);
	assert.deepEqual([again.number, again.since, again.products], [held.number, held.number - 1, []]);
});

test('a number of another time gets a whole bundle', { skip }, async () => {
	const { number } = await bundle('tenjin');
	for (const since of [0, 1, number - 15 * 86400, number + 1000, Number.MAX_SAFE_INTEGER])
		assert.deepEqual([(await bundle('tenjin', since)).since, since], [0, since]);
	assert.equal((await bundle('tenjin', number - 13 * 86400)).since, number - 13 * 86400);
});

test('a refund is in the next delta, in whole bundles and in the status list', { skip }, async () => {
	const ticket = await town.sell('four-modes');
	const kept = await town.sell('four-modes');
	const [list, index] = await slotOf(ticket);
	assert.equal(list, Math.floor((house.now - 3 * HOUR - FIRST_LIST) / (24 * HOUR)), 'by the day of sale');
	await pass(2000);
	const held = await bundle('bus-2');
	const before_ = await statusList(list);
	assert.equal(before_.at(index), 0);
	await refund(ticket);
	const delta = await bundle('bus-2', held.number);
	assert.deepEqual(delta.statuses, [[list, index, 1]]);
	assert.deepEqual([delta.products, delta.services, delta.reservations], [[], [], []]);
	assert.ok((await bundle('bus-2')).statuses.some((s) => s[0] === list && s[1] === index && s[2] === 1));
	const after_ = await statusList(list);
	assert.deepEqual([after_.at(index), after_.at((await slotOf(kept))[1])], [1, 0]);
	assert.notEqual(after_.etag, before_.etag);
});

test('a status list is one of RFC form, the same for five minutes, and none is of tomorrow', { skip }, async () => {
	const today = Math.floor((house.now - 3 * HOUR - FIRST_LIST) / (24 * HOUR));
	const list = await statusList(today);
	assert.equal(list.bytes.length, 1 << 18, 'a million tickets');
	assert.equal(list.claims.get(2), `/v1/status-lists/${today}`);
	assert.ok(list.claims.get(6) <= house.now / 1000 && list.claims.get(6) > house.now / 1000 - 300);
	assert.equal(list.claims.get(4), list.claims.get(6) + 86400);
	assert.equal(list.claims.get(65534), 300);
	assert.match(list.etag, /^"[0-9a-f]{32}"$/);
	assert.equal((await statusList(today)).etag, list.etag);
	assert.ok((await statusList(0)).bytes.every((b) => b === 0), 'a day without sales');
	for (const n of [today + 1, 65535, 65536, -1, '1.5', 'x', '01'])
		assertProblem(await house.ask('GET', `/v1/status-lists/${n}`, { token: null }), 404, 'STATUS_LIST_UNKNOWN');
});

test('what is held already is not sent again: 304', { skip }, async () => {
	const today = Math.floor((house.now - 3 * HOUR - FIRST_LIST) / (24 * HOUR));
	await house.clock(Math.ceil(house.now / 300_000) * 300_000 + 1000);
	for (const [path, token] of [[`/v1/status-lists/${today}`, null], ['/v1/gate-bundle', town.gates.tenjin],
		[`/v1/gate-bundle?since=${Math.floor(house.now / 1000) - 60}`, town.gates.tenjin]]) {
		const ask = (tag) => house.ask('GET', path, { token, headers: tag ? { 'if-none-match': tag } : {} });
		const first = await ask();
		const { etag } = first.headers;
		assert.match(etag, /^(W\/)?"[0-9a-f]{24,32}"$/, path);
		await house.clock(house.now + 5000);
		for (const tag of [etag, `"x", ${etag}`, etag.replace('W/', ''), '*']) {
			const again = await ask(tag);
			assert.equal(again.status, 304, `${path} ${tag}`);
			assert.equal(again.bytes.length, 0);
			assert.equal(again.headers.etag, etag);
			assert.equal(again.headers['content-type'], undefined);
		}
		assert.equal((await ask('"x"')).status, 200);
		assert.equal((await ask()).headers.etag, etag);
	}
	const before_ = (await house.ask('GET', '/v1/gate-bundle', { token: town.gates.tenjin })).headers.etag;
	await refund(await town.sell('four-modes'));
	await pass(2000);
	assert.equal((await house.ask('GET', '/v1/gate-bundle',
		{ token: town.gates.tenjin, headers: { 'if-none-match': before_ } })).status, 200);
	await house.clock(house.now + 300_000);
	const later = await house.ask('GET', '/v1/gate-bundle', { token: town.gates.tenjin });
	await house.clock(house.now + 300_000);
	assert.equal((await house.ask('GET', '/v1/gate-bundle',
		{ token: town.gates.tenjin, headers: { 'if-none-match': later.headers.etag } })).status, 200, 'old after five minutes');
});

test('hundreds of refunds are all told, by number and by list', { skip }, async () => {
	const tickets = [];
	for (let i = 0; i < 300; i++) tickets.push(await town.sell('booked-sea'));
	await pass(2000);
	const held = await bundle('pier');
	for (const ticket of tickets.slice(0, 200)) await refund(ticket);
	const gone = await Promise.all(tickets.slice(0, 200).map(slotOf));
	const sorted = (list) => list.map((s) => s.join('/')).sort();
	const delta = await bundle('pier', held.number);
	assert.notEqual(delta.since, 0);
	assert.deepEqual(sorted(delta.statuses), sorted(gone.map((s) => [...s, 1])));
	for (const ticket of tickets.slice(200)) await refund(ticket);
	const whole = await bundle('pier', held.number);
	assert.equal(whole.since, 0, 'more than 256 changes make it a whole one');
	const told = new Set(sorted(whole.statuses));
	for (const slot of await Promise.all(tickets.map(slotOf))) assert.ok(told.has([...slot, 1].join('/')), `${slot}`);
	const list = await statusList(gone[0][0]);
	for (const [, index] of gone) assert.equal(list.at(index), 1);
	assert.equal(list.bytes.reduce((n, b) => n + [0, 2, 4, 6].filter((s) => b >> s & 3).length, 0),
		whole.statuses.filter((s) => s[0] === gone[0][0]).length, 'and no others');
});

test('services of the next two days, and who has a place on them', { skip }, async () => {
	const at = (hours) => jst(house.now + hours * HOUR);
	await town.sailing('soon', at(2), 50);
	await town.sailing('late', at(47), 50);
	await town.sailing('far', at(49), 50);
	await town.flight('oc-75', at(3), 0);
	const ticket = await town.sell('booked-sea', { riders: 2 });
	const far = await town.sell('booked-sea');
	const place = (body, id = ticket.ticket_id) => house.must(201, 'POST', '/v1/reservations',
		{ token: town.partner, body: { ticket_id: id, operator_id: 'sakurajima-ferry', ...body } });
	await place({ service_id: 'soon' });
	await place({ service_id: 'far' }, far.ticket_id);
	await pass(2000);
	const held = await bundle('pier');
	assert.deepEqual(serviceIds(held), ['late', 'soon']);
	assert.deepEqual(held.reservations.map((r) => [r.get(1), Buffer.from(r.get(2)).toString('hex'), r.get(3), r.get(4)]),
		[['soon', ticket.ticket_id.replaceAll('-', ''), 2, undefined]]);
	assert.deepEqual(serviceIds(await bundle('airport')), ['oc-75']);

	await place({ service_id: 'late' });
	const delta = await bundle('pier', held.number);
	assert.deepEqual([serviceIds(delta), delta.reservations.map((r) => [r.get(1), r.get(3)])], [['late'], [['late', 2]]]);
	await pass(2000);
	const next = await bundle('pier');
	await refund(ticket);
	const back = await bundle('pier', next.number);
	assert.deepEqual(back.reservations.map((r) => [r.get(1), r.get(3) ?? 0]).sort(), [['late', 0], ['soon', 0]]);
	assert.deepEqual([back.statuses, serviceIds(back)], [[[...await slotOf(ticket), 1]], ['late', 'soon']]);
	assert.deepEqual((await bundle('pier')).reservations, []);
	assert.deepEqual((await bundle('bus-1', next.number)).services, [], 'another operator hears nothing of it');

	await pass(2000);
	const { number } = await bundle('pier');
	await pass(2 * HOUR);
	const moved = await bundle('pier', number);
	assert.deepEqual([serviceIds(moved), moved.reservations.map((r) => r.get(1))], [['far'], ['far']], 'new in the window');
});

test('a boarding pass is known by its digest, with what its ticket says', { skip }, async () => {
	const departs = house.now + 5 * HOUR;
	await town.flight('oc-77', jst(departs), 0, { flight: '77' });
	const ticket = await town.sell('four-modes');
	await house.must(201, 'POST', '/v1/reservations', { token: town.partner, body: { ticket_id: ticket.ticket_id,
		operator_id: 'orc', service_id: 'oc-77', pnr: 'ABC123' } });
	const held = (await bundle('airport')).reservations.find((r) => r.get(1) === 'oc-77');
	const words = `OC/77/${jst(departs).slice(0, 10)}/ABC123`;
	assert.equal(Buffer.from(held.get(4)).toString('hex'),
		crypto.createHash('sha256').update(words).digest('hex').slice(0, 32));
	assert.deepEqual([held.get(7), held.get(8)], await slotOf(ticket));
	assert.ok(held.get(5) > 0 && held.get(6) === 1);
});

test('junctions of its operator stand with its place', { skip }, async () => {
	const sides = ['fukuoka-city-subway', 'other-bus'];
	await house.must(201, 'POST', '/v1/junctions', { body: { operator_a: sides[0], operator_b: sides[1],
		stop_a: 'K01', stop_b: 'anywhere', name: '姪浜' } });
	const junctions = async (gate) => cbor.decode((await bundle(gate)).place.get(4)).map((j) => cbor.decode(j));
	for (const gate of ['tenjin', 'other-2'])
		assert.deepEqual((await junctions(gate)).map((j) => [j.get(1), j.get(3)]), [sides]);
	assert.deepEqual(await junctions('bath'), []);
});

test('page after page of products, and at most 256 of them', { skip }, async () => {
	const publish = async (count) => {
		for (let i = 0; i < count; i++)
			await house.must(201, 'POST', '/v1/products', { body: { product_id: 'weekly', name_ja: '週', name_en: 'W',
				validity: 'days', length: 7, activation_days: 1, modes: ['bus'], operators: [{ operator_id: 'other-bus' }],
				prices: [{ category: 'adult', price_yen: 100 + i }], riders_max: 1, rule_id: 'by-fare' } });
	};
	await publish(256);
	assert.deepEqual((await bundle('other-1')).products.map((p) => p.get(3)), Array.from({ length: 256 }, (_, i) => i + 1));
	await publish(1);
	assertProblem(await house.ask('GET', '/v1/gate-bundle', { token: town.gates['other-1'] }), 503, 'BUNDLE_TOO_LARGE');
	assert.ok((await bundle('bath')).products.length > 0, 'other operators\' gates do not mind');
});

test('a product that nobody can still hold is left out', { skip }, async () => {
	const product = { name_ja: '券', name_en: 'P', modes: ['venue'], operators: [{ operator_id: 'beppu-bath' }],
		prices: [{ category: 'adult', price_yen: 100 }], riders_max: 1, rule_id: 'by-fare' };
	const day = (n) => jst(house.now + n * 24 * HOUR).slice(0, 10);
	for (const [product_id, more] of [
		['over', { validity: 'fixed', valid_from: day(-9), valid_until: day(-5) }],
		['ends-today', { validity: 'fixed', valid_from: day(-9), valid_until: day(0) }],
		['sold-once', { validity: 'days', length: 2, activation_days: 3, sale_until: day(1) }],
		['comes', { validity: 'days', length: 2, activation_days: 3, sale_from: day(30), sale_until: day(40) }],
	])
		await house.must(201, 'POST', '/v1/products', { body: { product_id, ...product, ...more } });
	const met = async () => productIds(await bundle('bath'));
	assert.deepEqual(await met(), ['bath-once', 'comes', 'ends-today', 'sold-once']);
	await pass(6 * 24 * HOUR);
	assert.deepEqual(await met(), ['bath-once', 'comes', 'sold-once'], 'a ticket of the last day may be in use');
	await pass(4 * 24 * HOUR);
	assert.deepEqual(await met(), ['bath-once', 'comes']);
});

test('only a gate may ask, and only for a number', { skip }, async () => {
	for (const token of [house.council, town.partner, town.operators.miyako])
		assertProblem(await house.ask('GET', '/v1/gate-bundle', { token }), 403, 'ROLE_NOT_ALLOWED');
	assertProblem(await house.ask('GET', '/v1/gate-bundle', { token: null }), 401, 'TOKEN_MISSING');
	for (const [query, code] of [['since=x', 'BAD_SINCE'], ['since=-1', 'BAD_SINCE'], ['since=', 'BAD_SINCE'],
		['since=1&since=2', 'REPEATED_PARAMETER'], ['until=1', 'UNKNOWN_PARAMETER']])
		assertProblem(await house.ask('GET', `/v1/gate-bundle?${query}`, { token: town.gates.tenjin }), 400, code);
});

test('keys are made, retired and revoked while nothing runs; the next bundle tells of it', { skip }, async () => {
	const key = (...words) => run('key', '--data', house.data, '--clock', 'manual', ...words);
	await house.stop();
	const listed = key().out.trim().split('\n').slice(1).map((line) => line.split(/ +/));
	assert.deepEqual(listed.map((k) => k[1]).sort(), ['bundle', 'log', 'status', 'ticket']);
	const [kid] = listed.find((k) => k[1] === 'ticket');
	for (const [words, why] of [[['retire', kid], /make one first/], [['retire', 'ffffffff'], /no key of that kid/],
		[['revoke', 'nonsense'], /no key of that kid/], [['new'], /--use ticket/], [['new', '--use', 'paper'], /--use ticket/],
		[['melt', kid], /retire KID/], [['retire'], /retire KID/]]) {
		const { code, err, out } = key(...words);
		assert.deepEqual([code, out], [1, ''], words.join(' '));
		assert.match(err, why);
	}
	assert.match(key('new', '--use', 'ticket').out, /ticket/);
	assert.match(key('retire', kid).err, /make one first/, 'the new one is in force a day later');
	await house.start();
	assert.equal((await town.verdict('bus-1', { qr: (await town.sell('island-day')).code, kind: 'board' })), 'ADMITTED');
	const told = (await bundle('tenjin')).keys;
	assert.equal(told.length, 5);
	assert.deepEqual(told.filter((k) => k[1] === 0).map((k) => k[3] > house.now / 1000).sort(), [false, true]);
	const old = await town.sell('island-day');
	await pass(25 * HOUR);
	const now = await town.sell('island-day');
	await house.stop();
	assert.equal(key('retire', kid).code, 0);
	await house.start();
	await pass(2000);
	for (const ticket of [old, now])
		assert.equal(await town.verdict('bus-1', { qr: ticket.code, kind: 'board' }), 'ADMITTED', 'retired, yet believed');
	await house.stop();
	assert.match(key('revoke', kid).out, new RegExp(`${kid} .*revoked`));
	await house.start();
	await pass(2000);
	assert.equal(await town.verdict('bus-2', { qr: old.code, kind: 'board' }), 'UNKNOWN_KEY');
	const known = (await bundle('tenjin')).keys.find((k) => Buffer.from(k[0]).toString('hex') === kid);
	assert.ok(known[5] > 0 && known[6] > 0, 'gates hear that it is revoked');
});
