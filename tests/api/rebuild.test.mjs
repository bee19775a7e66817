// tests/api/rebuild.test.mjs - the books are thrown away and folded again from the log: to the same bytes, and a rebuild
// that was broken off is no book to read from.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { House, program, run, skip, sleep } from './house.mjs';
import { found } from './town.mjs';

let house;
let town;
before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.clock('2026-11-03T09:00:00+09:00');
	for (let i = 0; i < 40; i++) {
		const sold = await town.sell('island-day');
		assert.equal(await town.verdict(i % 2 ? 'bus-1' : 'bus-2', { qr: sold.code, kind: 'board' }), 'ADMITTED');
		if (i % 3 === 0) assert.equal(await town.verdict('pier', { qr: sold.code, kind: 'check_in' }), 'ADMITTED');
	}
	await house.must(201, 'POST', '/v1/claims', { body: { from: 'miyako', to: 'orc', amount_yen: 40, reason: 'snow' } });
	await house.clock('2026-12-07T09:00:00+09:00');
	await house.must(202, 'POST', '/v1/settlements', { body: { period: '2026-11' } });
	await house.clock(house.now + 5000);
});
after(async () => { await house?.close(); });

const rebuild = () => run('rebuild', '--data', house.data, '--clock', 'manual');
const PAGES = ['/v1/ledger/balances', '/v1/ledger/postings?limit=200', '/v1/settlements/2026-11',
	'/v1/settlements/2026-11/statements/miyako.json', '/v1/settlements/2026-11/lines', '/v1/settlements/2026-11/close',
	'/v1/usage?from=2026-11-01&until=2026-11-30', '/v1/participation?date=2026-11-30'];
const read = async () => Object.fromEntries(await Promise.all(PAGES.map(async (page) =>
	[page, (await house.ask('GET', page)).text])));

test('folded again, the books are the same bytes', { skip }, async () => {
	const was = await read();
	for (const [page, text] of Object.entries(was)) assert.ok(text.length > 40, page);
	assert.match(was['/v1/settlements/2026-11'], /"state":"CLOSED"/);
	await house.stop();
	const { code, out, err } = rebuild();
	assert.equal(code, 0, `${out}${err}`);
	assert.match(out, /^\d{3,} leaves in the log\n\d{3,} records, the same bytes as before\n$/);
	await house.start();
	assert.deepEqual(await read(), was);
});

test('a rebuild that was broken off is finished by another; until then no books are shown as books', { skip }, async () => {
	const was = await read();
	await house.stop();
	let broken = false;
	for (let ms = 5; ms < 400 && !broken; ms += 5) {
		const child = spawn(program, ['rebuild', '--data', house.data, '--clock', 'manual'], { stdio: 'ignore' });
		const ended = new Promise((then) => { child.on('exit', then); });
		await sleep(ms);
		child.kill('SIGKILL');
		await ended;
		const again = rebuild();
		assert.ok(again.code === 0 || again.code === 3, `${again.out}${again.err}`);
		broken = again.out.includes('broken off');
		assert.match(rebuild().out, /the same bytes as before/);
	}
	await house.start();
	assert.deepEqual(await read(), was);
});

test('it needs the folder', { skip }, () => {
	const { code, err } = run('rebuild');
	assert.equal(code, 1);
	assert.match(err, /say --data DIR/);
});
