// tests/api/edges.test.mjs - the largest dates that are taken, and what is reckoned from them; what a patch may clear.
// Without it a date at the end of the calendar would end the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem } from './contract.mjs';
import { House, skip } from './house.mjs';
import { found, PRODUCTS } from './town.mjs';

let house;
let town;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
});
after(async () => { await house?.close(); });

const LAST = { name_ja: '最後の年', name_en: 'The last year', ...PRODUCTS['four-modes'], validity: 'fixed', length: undefined, activation_days: undefined,
	valid_from: '2199-01-01', valid_until: '2199-12-31', sale_from: undefined, sale_until: undefined };

test('a product whose validity ends with the last year is sold', { skip }, async () => {
	await house.must(201, 'POST', '/v1/products', { body: { ...LAST, product_id: 'last-year' } });
	const ticket = await house.must(201, 'POST', '/v1/tickets', { token: town.partner,
		body: { product_id: 'last-year', category: 'adult', riders: 1 } });
	assert.equal(ticket.not_after, '2200-01-01T02:59:59.999+09:00');
});

test('a day beyond it is refused, wherever it is said', { skip }, async () => {
	for (const [path, body, pointer] of [
		['/v1/products', { ...LAST, product_id: 'too-far', valid_until: '9999-12-31' }, '/valid_until'],
		['/v1/settlements', { period: '9999-12' }, '/period'],
		['/v1/clock', { now: '9998-01-01T00:00:00+09:00' }, '/now'],
		['/v1/erasures', { before: '2200-01-01' }, '/before'],
	]) {
		const answer = await house.ask('POST', path, { body });
		assertProblem(answer, 422, 'OUT_OF_RANGE');
		assert.equal(answer.body.pointer, pointer, path);
	}
	await house.must(200, 'GET', '/healthz', { token: null });
});

test('a patch clears what may be empty, and nothing else', { skip }, async () => {
	const { operator_id: id } = (await house.must(200, 'GET', '/v1/operators')).items[0];
	const before = await house.must(200, 'GET', `/v1/operators/${id}`);

	for (const field of ['name_ja', 'name_en', 'modes', 'prefectures', 'in_scope', 'base_fare_yen']) {
		const answer = await house.ask('PATCH', `/v1/operators/${id}`, { body: { [field]: null } });
		assertProblem(answer, 422, 'WRONG_TYPE');
		assert.equal(answer.body.pointer, `/${field}`);
	}
	assert.deepEqual(await house.must(200, 'GET', `/v1/operators/${id}`), before);
	const after = await house.must(200, 'PATCH', `/v1/operators/${id}`, { body: { bureau: null } });
	assert.equal(after.bureau, undefined);
});
