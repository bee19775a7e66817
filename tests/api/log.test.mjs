// tests/api/log.test.mjs - the sealed log as an outsider sees it: checkpoint, tiles, events by role, receipts, proofs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, send, skip, uuid7 } from './house.mjs';
import { checkReceipt, climb, consistency, inclusion, leafOf, LogReader, rootOf, sha256, tilePath } from './log_reader.mjs';
import { found } from './town.mjs';

let house;
let town;
const readerOf = (token) => new LogReader(
	async (path) => {
		const answer = await send(house.port, house.agent, { method: 'GET', path, headers: {} });
		assert.equal(answer.status, 200, `${path}: ${answer.text}`);
		return answer.bytes;
	},
	(path) => house.must(200, 'GET', path, { token }));
const hash = (text) => Buffer.from(text, 'base64url');

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
});
after(async () => { await house?.close(); });

test('the checkpoint, every tile and every event agree', { skip }, async () => {
	for (let day = 2; day < 5; day++) {
		const sold = await Promise.all(Array.from({ length: 40 }, () => town.sell('island-day')));
		for (const ticket of sold) await town.scan('bus-1', { qr: ticket.code, kind: 'board' });
		await house.clock(`2026-11-0${day}T10:00:00+09:00`);
	}
	const reader = readerOf(town.auditor);
	const checkpoint = await reader.checkpoint();
	assert.equal(checkpoint.origin, 'hitotsu.invalid/log');
	assert.equal(checkpoint.sealed, house.now / 1000 - 1);
	assert.ok(checkpoint.size > 256, `${checkpoint.size} leaves`);
	const { data, leaves } = await reader.tree(checkpoint);
	const events = await reader.events();
	assert.equal(events.length, checkpoint.size);
	events.forEach((e, i) => {
		assert.equal(e.index, i);
		assert.ok(sha256(e.salt, e.event).equals(data[i]) && leafOf(data[i]).equals(e.leaf), `event ${i}`);
		assert.ok(i === 0 || e.second >= events[i - 1].second, 'seconds ascend');
	});
	// Proofs, of what is here.
	const path = inclusion(leaves, 200);
	assert.ok(climb(leaves[200], 200, leaves.length, path).equals(checkpoint.root));
	assert.equal(climb(leaves[201], 200, leaves.length, path).equals(checkpoint.root), false);
});

test('an older checkpoint is the beginning of a newer one', { skip }, async () => {
	const reader = readerOf(town.auditor);
	const old = await reader.checkpoint();
	await town.sell('island-day');
	await house.clock(house.now + 5000);
	const now = await reader.checkpoint();
	assert.ok(now.size > old.size);
	const { leaves } = await reader.tree(now);
	assert.ok(rootOf(leaves.slice(0, old.size)).equals(old.root));
	assert.ok(consistency(leaves, old.size).length > 0);
	// The narrower tile of the older tree is still there; a wider one than any is not.
	const last = Math.floor(old.size / 256), width = old.size % 256;
	assert.ok((await reader.get(tilePath(0, last, width))).length === width * 32);
	for (const path of [tilePath(0, last), tilePath(0, last + 1), tilePath(5, 0), '/tile/0/0', '/tile/x', '/tile/0/000/000',
		`${tilePath(0, last, width)}/`, '/tile/0/000.p/0', '/tile/0/000.p/256', '/tile/entries/000.p/01'])
		assertProblem(await house.ask('GET', path, { token: null }), 404, 'TILE_UNKNOWN');
});

test('a tampered tile is found', { skip }, async () => {
	const honest = readerOf(town.auditor);
	const checkpoint = await honest.checkpoint();
	for (const wrong of [tilePath(0, 0), tilePath('entries', 0), tilePath(1, 0, Math.floor(checkpoint.size / 256))]) {
		const reader = new LogReader(async (path) => {
			const bytes = Buffer.from(await honest.get(path));
			if (path === wrong) bytes[bytes.length - 1] ^= 1;
			return bytes;
		}, honest.ask);
		await assert.rejects(reader.tree(checkpoint), `${wrong} was changed`);
	}
	await assert.rejects(honest.tree({ ...checkpoint, size: checkpoint.size - 1 }), 'a leaf less');
	const forged = new LogReader(async (path) => (path === '/checkpoint'
		? Buffer.from(checkpoint.note.replace(`\n${checkpoint.size}\n`, `\n${checkpoint.size - 1}\n`)) : honest.get(path)),
	honest.ask);
	await assert.rejects(forged.checkpoint(), 'the checkpoint was changed');
});

test('each scan carries a receipt, and the log keeps it', { skip }, async () => {
	const reader = readerOf(town.auditor);
	const tickets = await Promise.all(Array.from({ length: 30 }, () => town.sell('island-day')));
	const at = house.now;
	const scan = (ticket, again) => house.scan(town.gates['bus-1'], { qr: ticket.code, kind: 'board', again, at });
	const answers = await Promise.all(tickets.map((ticket) => scan(ticket)));
	const refused = await house.scan(town.gates['bus-1'], { qr: 'nonsense', kind: 'board' });
	const line = (ticket) => ({ scan_id: uuid7(house.now - 60_000), qr: ticket.code, kind: 'board',
		at: jst(house.now - 60_000), verdict: 'ADMITTED' });
	const lines = tickets.slice(0, 5).map((t) => JSON.stringify(line(t)));
	const uploaded = await house.ask('POST', '/v1/scan-batches', { token: town.gates['bus-2'], key: null,
		headers: { 'content-type': 'application/x-ndjson' }, payload: lines.join('\n') });
	const receipts = [...answers.map((a) => a.body), refused.body,
		...uploaded.text.trim().split('\n').map((l) => JSON.parse(l))].map((body) => {
		assert.ok(body.receipt, JSON.stringify(body));
		return body.receipt;
	});
	const raws = await reader.keys();
	const origin = 'hitotsu.invalid/log';
	for (const receipt of receipts) checkReceipt(receipt, origin, raws);
	// Said of another second or leaf, it does not hold; nor for another log.
	const [one] = receipts;
	assert.throws(() => checkReceipt({ ...one, second: one.second + 1 }, origin, raws));
	assert.throws(() => checkReceipt({ ...one, leaf: receipts[1].leaf }, origin, raws));
	assert.throws(() => checkReceipt(one, 'other.example/log', raws));
	assert.ok(receipts.some((r) => r.size > 1) || receipts.every((r) => r.path === undefined));

	await house.clock(house.now + 3000);
	// Sent again, also after a restart, the same leaf is promised anew.
	const again = await scan(tickets[0], answers[0].scan_id);
	assert.equal(again.body.receipt.leaf, one.leaf);
	assert.equal(again.body.receipt.second, one.second);
	checkReceipt(again.body.receipt, origin, raws);
	await house.kill();
	await house.start();
	const third = await scan(tickets[0], answers[0].scan_id);
	assert.deepEqual({ ...third.body, receipt: 0 }, { ...answers[0].body, receipt: 0 });
	assert.equal(third.body.receipt.leaf, one.leaf);
	checkReceipt(third.body.receipt, origin, raws);

	const checkpoint = await reader.checkpoint();
	const { leaves } = await reader.tree(checkpoint);
	const events = await reader.events();
	for (const receipt of receipts) {
		assert.ok(receipt.second <= checkpoint.sealed);
		const at = leaves.findIndex((leaf) => leaf.equals(hash(receipt.leaf)));
		assert.ok(at >= 0 && events[at].second === receipt.second, 'the promised leaf under its second');
	}
});

test('where a second lies, and where none does', { skip }, async () => {
	const ask = (second) => house.ask('GET', `/v1/log/seconds/${second}`, { token: null });
	const events = await readerOf(town.auditor).events();
	const seconds = [...new Set(events.map((e) => e.second))];
	for (const second of seconds.slice(-5)) {
		const mine = events.filter((e) => e.second === second);
		const { body } = await ask(second);
		assert.equal(body.held.first_index, mine[0].index);
		assert.equal(body.held.leaf_count, mine.length);
		assert.ok(hash(body.held.salt).equals(mine.at(-1).salt));
		assert.equal(body.before ?? body.after, undefined);
	}
	const gap = seconds.findIndex((s, i) => i > 0 && s > seconds[i - 1] + 1);
	const quiet = (await ask(seconds[gap] - 1)).body;
	assert.equal(quiet.held, undefined);
	assert.equal(quiet.before.second, seconds[gap - 1]);
	assert.equal(quiet.after.second, seconds[gap]);
	assert.equal(quiet.before.first_index + quiet.before.leaf_count, quiet.after.first_index);
	const first = (await ask(seconds[0] - 1)).body;
	assert.equal(first.before, undefined);
	assert.equal(first.after.first_index, 0);
	const late = (await ask(house.now / 1000 - 1)).body;
	assert.equal(late.before.second, seconds.at(-1));
	assert.equal(late.after, undefined);
	for (const none of [house.now / 1000, 99999999999, '-1', 'x', '1.5'])
		assertProblem(await ask(none), 404, 'SECOND_UNKNOWN');
});

test('each role reads what concerns it, and the leaves of the rest are hashes', { skip }, async () => {
	const { leaves } = await readerOf(town.auditor).tree(await readerOf(town.auditor).checkpoint());
	const all = await readerOf(town.auditor).events();
	const council = await readerOf(house.council).events();
	assert.equal(council.length, all.length);
	const holds = (e, text) => e.event.includes(Buffer.from(text));
	const miyako = await readerOf(town.operators.miyako).events();
	const ferry = await readerOf(town.operators['sakurajima-ferry']).events();
	const partner = await readerOf(town.partner).events();
	for (const read of [miyako, ferry, partner]) {
		assert.ok(read.length > 0 && read.length < all.length);
		for (const e of read) assert.ok(leafOf(sha256(e.salt, e.event)).equals(leaves[e.index]));
	}
	assert.ok(miyako.some((e) => holds(e, 'bus-1')));
	assert.equal(ferry.some((e) => holds(e, 'bus-1')), false);
	assert.equal(partner.some((e) => holds(e, 'bus-1')), false, 'where a person rode is not the partner\'s');
	assert.equal(miyako.some((e) => holds(e, 'app-hakata')), false);
	assert.ok(partner.some((e) => holds(e, 'app-hakata')));
	assert.ok(all.filter((e) => holds(e, 'second_closed')).length > 3);
	for (const token of [town.gates['bus-1'], town.funder])
		assertProblem(await house.ask('GET', '/v1/log', { token }), 403);
	for (const bad of ['-1', 'x', '', '1e3', '99999999999999999999'])
		assertProblem(await house.ask('GET', `/v1/log?from=${bad}`), 400, 'BAD_QUERY');
	const beyond = await house.must(200, 'GET', '/v1/log?from=1000000');
	assert.deepEqual(beyond, { items: [], next: null });
});

test('the document describes what was answered', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 50);
});
