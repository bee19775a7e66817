// tests/api/late_override.test.mjs - a ride that is told late, of a ticket whose end the council had made later: the money goes
// where it would have gone had the ride been told in time.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { House, jst, run, skip, uuid7 } from './house.mjs';
import { found } from './town.mjs';

const POOLED = { rule_id: 'pooled', unused_to: 'council', pooling: 'month', steps: [{ kind: 'split', by: 'boardings' }] };
const PASS = { product_id: 'pass', rule_id: 'pooled', name_ja: '券', name_en: 'pass', validity: 'hours', length: 24,
	activation_days: 10, modes: ['bus', 'ferry'], operators: [{ operator_id: 'miyako' }, { operator_id: 'sakurajima-ferry' }],
	prices: [{ category: 'adult', price_yen: 1000 }], riders_max: 1 };
const on = (text) => Date.parse(`${text}:00+09:00`);

let house;
let town;
before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.must(201, 'POST', '/v1/rules', { body: POOLED });
	await house.must(201, 'POST', '/v1/products', { body: PASS });
});
after(async () => { await house?.close(); });

async function upload(gate, kind, ticket, at) {
	const line = { scan_id: uuid7(at), qr: ticket.code, at: jst(at), kind, bundle: at / 1000 - 3600 };
	const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null, payload: JSON.stringify(line),
		headers: { 'content-type': 'application/x-ndjson' } });
	assert.match(answer.text, /"verdict":"ADMITTED"/);
}

async function close(period) {
	await house.must(202, 'POST', '/v1/settlements', { body: { period } });
	await house.clock(house.now + 5000);
	assert.equal((await house.must(200, 'GET', `/v1/settlements/${period}`)).state, 'CLOSED');
}

test('the pool of the later month has both, told in time and told late', { skip }, async () => {
	await house.clock(on('2026-11-29T09:00'));
	const [early, late] = [await town.sell('pass'), await town.sell('pass')];
	await house.must(201, 'POST', '/v1/validity-overrides', { body: { all: true, reason: 'storm', from: '2026-11-28T00:00:00+09:00',
		until: '2026-12-01T12:00:00+09:00', valid_until: '2026-12-06T00:00:00+09:00' } });
	const rode = on('2026-11-29T10:00');
	await house.clock(rode + 3600_000);
	await upload('bus-1', 'board', early, rode);
	await house.clock(on('2026-12-14T09:00')); // Both are divided: this one as a ticket that nobody used.
	await close('2026-11');
	await upload('pier', 'check_in', late, rode);
	await house.clock(on('2027-01-06T09:00'));
	await close('2026-12');
	const { lines } = await house.must(200, 'GET', '/v1/settlements/2026-12/statements/miyako.json');
	assert.deepEqual(lines.map((l) => [l.product_id, l.rides, l.boardings, l.amount_yen]), [['pass', '2026-12', 1, 1000]]);
	const ferry = await house.must(200, 'GET', '/v1/settlements/2026-12/statements/sakurajima-ferry.json');
	assert.deepEqual(ferry.lines.map((l) => [l.product_id, l.rides, l.boardings, l.amount_yen]), [['pass', '2026-12', 1, 1000]]);
});

test('the audit and the fold agree', { skip }, async () => {
	const done = spawnSync('node', ['operators/audit/hitotsu-audit.mjs', 'auditor', '--server', `http://127.0.0.1:${house.port}`],
		{ encoding: 'utf8', env: { ...process.env, HITOTSU_TOKEN: town.auditor } });
	assert.equal(done.status, 0, done.stdout + done.stderr);
	await house.stop();
	const rebuilt = run('rebuild', '--data', house.data);
	assert.equal(rebuilt.code, 0, rebuilt.out + rebuilt.err);
	await house.start();
});
