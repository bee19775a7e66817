// tests/api/full_disk.test.mjs - a disk that runs full under a running server: it says that it is not ready, refuses
// what it cannot write, and goes on by itself when there is room. Without it a load balancer would send everybody there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { assertProblem } from './contract.mjs';
import { House, jst, skip as skipHouse, sleep, tempFolder } from './house.mjs';
import { found } from './town.mjs';

const WAIT_MS = 30000;

/** A small file system of its own, or why there is none. */
function mount() {
	const folder = tempFolder();
	const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'hitotsu-test', folder], { encoding: 'utf8' });
	if (done.status === 0) return { folder };
	fs.rmdirSync(folder);
	return { why: 'no small file system can be mounted here' };
}

async function until(what, ask) {
	for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(50))
		if (await ask()) return;
	assert.fail(`not within ${WAIT_MS} ms: ${what}`);
}

function fill(file, folder) {
	const { bavail, bsize } = fs.statfsSync(folder);
	fs.writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize)));
}

test('a full disk is said, and made good', { skip: skipHouse }, async (t) => {
	const { folder, why } = mount();
	if (why) { t.skip(why); return; }
	let house;
	try {
		house = await House.open(folder);
		const town = await found(house);
		const sell = () => house.ask('POST', '/v1/tickets', { token: town.partner,
			body: { product_id: 'four-modes', category: 'adult', riders: 1 } });
		const ready = () => house.ask('GET', '/readyz', { token: null });

		assert.equal((await ready()).status, 200);
		assert.equal((await sell()).status, 201);
		fill(path.join(folder, 'ballast'), folder);
		assertProblem(await sell(), 503, 'STORE_BUSY');
		const said = await ready();
		assertProblem(said, 503, 'NOT_READY');
		assert.match(said.body.detail, /room/);
		assert.equal((await house.ask('GET', '/healthz', { token: null })).status, 200);
		const to = jst(house.now + 3600_000);
		const moved = await house.ask('POST', '/v1/clock', { key: null, body: { now: to } });
		assertProblem(moved, 503, 'STORE_BUSY');

		fs.rmSync(path.join(folder, 'ballast'));
		await until('ready again', async () => (await ready()).status === 200);
		assert.equal((await sell()).status, 201);
		await until('the clock moved', async () =>
			(await house.ask('POST', '/v1/clock', { key: null, body: { now: to } })).status === 200);
		house.now += 3600_000;
		assert.equal((await house.stop()).code, 0);
	} finally {
		house?.child?.kill('SIGKILL');
		await house?.ended;
		spawnSync('umount', [folder]);
		fs.rmSync(folder, { recursive: true, force: true });
	}
});
