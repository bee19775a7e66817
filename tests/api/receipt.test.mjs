// tests/api/receipt.test.mjs - `hitotsu audit`: a receipt held against the log by whoever has it, and a witness.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, test } from 'node:test';
import { House, owned, program, skip, sleep, tempFolder } from './house.mjs';
import { checkEvidence, checkNote, consistency, FakeLog, rootOf, vkeyOf } from './log_reader.mjs';
import { found } from './town.mjs';

const KEPT = 0, UNKNOWN = 1, WRONG = 2, LEFT_OUT = 3, TOO_EARLY = 4;
const folder = tempFolder();
after(() => { fs.rmSync(folder, { recursive: true, force: true }); });

/** Not spawnSync: what it asks may be served by this very process. */
function audit(...args) {
	return new Promise((then) => {
		const child = owned(spawn(program, ['audit', ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));
		const out = [], err = [];
		child.stdout.on('data', (part) => out.push(part));
		child.stderr.on('data', (part) => err.push(part));
		child.on('close', (code) => then({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }));
	});
}

let files = 0;
function saved(value) {
	const file = path.join(folder, `receipt-${++files}`);
	fs.writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
	return file;
}

/** Serves what `answer` gives for a path. */
async function serve(answer) {
	const server = http.createServer((request, response) => {
		const body = answer(request.url);
		response.writeHead(body === undefined ? 404 : 200);
		response.end(body);
	});
	await new Promise((then) => { server.listen(0, '127.0.0.1', then); });
	server.unref();
	return `http://127.0.0.1:${server.address().port}`;
}

// ---- Receipts.

test('a receipt of our server is kept, by the server\'s word and by its folder\'s', { skip }, async () => {
	const house = await House.open();
	const town = await found(house);
	const ticket = await town.sell('island-day');
	const { body } = await town.scan('bus-1', { qr: ticket.code, kind: 'board' });
	const file = saved(body), server = `http://127.0.0.1:${house.port}`;
	assert.equal((await audit('receipt', '--server', server, file)).code, TOO_EARLY);
	await house.clock(house.now + 2000);
	const kept = await audit('receipt', '--server', server, file);
	assert.equal(kept.code, KEPT, kept.err);
	const told = JSON.parse(kept.out);
	const { items } = await house.must(200, 'GET', '/v1/log');
	assert.equal(items[told.index].leaf, body.receipt.leaf);
	assert.equal((await audit('receipt', '--server', server, saved(body.receipt))).code, KEPT);

	const vkey = (await audit('key', '--server', server)).out.trim();
	assert.match(vkey, /^hitotsu\.invalid\/log\+[0-9a-f]{8}\+A/);
	assert.equal((await audit('receipt', '--server', server, '--log', vkey, file)).code, KEPT);
	const other = new FakeLog('hitotsu.invalid/log');
	assert.equal((await audit('receipt', '--server', server, '--log', other.vkey, file)).code, UNKNOWN);
	const forged = { ...body.receipt, second: body.receipt.second - 1 };
	const judged = await audit('receipt', '--server', server, saved(forged));
	assert.equal(judged.code, UNKNOWN);
	assert.match(judged.err, /did not sign/);

	for (const args of [['receipt'], ['receipt', file], ['receipt', '--server', server], ['receipt', '--server', server, '/none'],
		['receipt', '--server', server, saved('{}')], ['receipt', '--server', server, '--data', folder, file], ['nothing'], []])
		assert.equal((await audit(...args)).code, WRONG, args.join(' '));
	await house.stop();
	assert.equal((await audit('receipt', '--data', house.data, file)).code, KEPT);
	fs.rmSync(house.folder, { recursive: true, force: true });
});

test('what was left out is proven to be, by evidence that stands alone', { skip }, async () => {
	const log = new FakeLog('liar.example/log');
	const leaves = [log.seal(100, 3), log.seal(101, 300), log.seal(110, 5)];
	log.sealed = 120;
	const server = await serve((url) => log.answer(url));
	const lost = crypto.randomBytes(32);
	const table = [
		// leaf, second, what comes of it, where
		[leaves[0][1], 100, KEPT, 'the first second'],
		[leaves[1][299], 101, KEPT, 'across tiles'],
		[leaves[2][4], 110, KEPT, 'the last one'],
		[lost, 100, LEFT_OUT, 'a second that holds others'],
		[lost, 101, LEFT_OUT, 'a large one'],
		[leaves[0][1], 101, LEFT_OUT, 'filed elsewhere than promised'],
		[lost, 105, LEFT_OUT, 'a second that holds nothing'],
		[lost, 99, LEFT_OUT, 'before the first'],
		[lost, 115, LEFT_OUT, 'after the last'],
		[lost, 121, TOO_EARLY, 'not sealed'],
	];
	for (const [leaf, second, code, where] of table) {
		const judged = await audit('receipt', '--server', server, saved(log.receipt(leaf, second)));
		assert.equal(judged.code, code, `${where}: ${judged.err}`);
		if (code !== LEFT_OUT) continue;
		const evidence = JSON.parse(judged.out);
		checkEvidence(evidence, [log.raw]);
		assert.deepEqual(evidence.log_keys, [log.vkey]);
		// Evidence about another receipt, or with a leaf less, is none.
		assert.throws(() => checkEvidence({ ...evidence, receipt: log.receipt(leaf, second + 1000) }, [log.raw]), where);
		assert.throws(() => checkEvidence(evidence, [new FakeLog('x').raw]), where);
	}
});

test('a server whose tiles or words do not fit its checkpoint proves nothing', { skip }, async () => {
	const log = new FakeLog('liar.example/log');
	const [leaf] = log.seal(100, 3);
	log.seal(103, 2);
	log.sealed = 120;
	const kept = saved(log.receipt(leaf, 100)), lost = saved(log.receipt(crypto.randomBytes(32), 102));
	const flip = (bytes) => { const copy = Buffer.from(bytes); copy[copy.length - 1] ^= 1; return copy; };
	const lies = [
		[kept, (url) => (url.startsWith('/tile/0') ? flip(log.answer(url)) : log.answer(url)), 'a tile'],
		[kept, (url) => (url.startsWith('/tile/0') ? log.answer(url).subarray(32) : log.answer(url)), 'a short tile'],
		[kept, (url) => (url === '/checkpoint' ? log.checkpoint().replace('\n7\n', '\n6\n') : log.answer(url)), 'the size'],
		[kept, (url) => (url === '/checkpoint' ? log.checkpoint().replace('sealed 120', 'sealed 999') : log.answer(url)), 'sealed'],
		[kept, (url) => (url === '/v1/keys' ? new FakeLog('x').answer(url) : log.answer(url)), 'the key'],
		[lost, (url) => log.answer(url.replace('seconds/102', 'seconds/99')), 'not side by side'],
		[lost, (url) => (url.includes('seconds') ? '{"second":102,"sealed_s":120}' : log.answer(url)), 'nothing at all'],
		[kept, (url) => log.answer(url.replace('seconds/100', 'seconds/102')), 'it held nothing'],
		[lost, (url) => log.answer(url.replace('seconds/102', 'seconds/103')), 'another second'],
		[kept, (url) => (url.includes('seconds') ? '[]' : log.answer(url)), 'no answer'],
		[kept, () => undefined, 'nobody'],
	];
	for (const [file, answer, what] of lies) {
		const judged = await audit('receipt', '--server', await serve(answer), file);
		assert.equal(judged.code, UNKNOWN, `${what}: ${judged.code} ${judged.out}${judged.err}`);
		assert.equal(judged.out, '', what);
	}
});

// ---- The witness.

class Witness {
	constructor(logs, name = 'witness.example/w1') {
		this.name = name;
		this.folder = tempFolder();
		this.args = ['witness', '--name', name, '--key', path.join(this.folder, 'key'), '--data', path.join(this.folder, 'data'),
			'--listen', '127.0.0.1:0', '--ready-file', path.join(this.folder, 'ready'), ...logs.flatMap((l) => ['--log', l])];
	}

	async start() {
		const ready = path.join(this.folder, 'ready');
		fs.rmSync(ready, { force: true });
		this.child = owned(spawn(program, ['audit', ...this.args], { stdio: ['ignore', 'ignore', 'pipe'] }));
		this.err = '';
		this.child.stderr.on('data', (part) => { this.err += part; });
		this.ended = new Promise((then) => { this.child.on('close', then); });
		while (!fs.existsSync(ready) || !fs.readFileSync(ready, 'utf8').endsWith('\n')) {
			assert.equal(this.child.exitCode, null, this.err);
			await sleep(5);
		}
		this.url = `http://127.0.0.1:${Number(fs.readFileSync(ready, 'utf8'))}`;
		const [, base64] = /this witness is [^+]+\+[0-9a-f]{8}\+(\S+)/.exec(this.err);
		this.raw = Buffer.from(base64, 'base64').subarray(1);
	}

	async add(old, proof, note) {
		const lines = proof.map((hash) => `${hash.toString('base64')}\n`).join('');
		return this.send(`old ${old}\n${lines}\n${note}`);
	}

	async send(body) {
		const answer = await fetch(`${this.url}/add-checkpoint`, { method: 'POST', body });
		return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
	}

	async end(signal) {
		this.child.kill(signal);
		await this.ended;
	}

	async close() {
		await this.end('SIGTERM');
		assert.equal(this.child.exitCode, 0, this.err);
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

test('a witness cosigns what grows, and refuses a fork and a shrink', { skip }, async () => {
	const log = new FakeLog('log.example/a'), stranger = new FakeLog('log.example/b');
	const witness = new Witness([log.vkey]);
	log.seal(1, 5);
	const first = log.checkpoint(), six = log.data.length;
	await witness.start();
	const cosigned = async (old, proof, note) => {
		const answer = await witness.add(old, proof, note);
		assert.equal(answer.status, 200, answer.text);
		assert.match(answer.text, /^— \S+ \S+\n$/);
		checkNote(note + answer.text, witness.name, [witness.raw], 4);
	};
	const refused = async (status, old, proof, note) => {
		const answer = await witness.add(old, proof, note);
		assert.equal(answer.status, status, answer.text);
		return answer;
	};
	await refused(409, 3, [], first);
	await cosigned(0, [], first);
	await cosigned(six, [], first); // Again, with a fresh time.
	log.seal(2, 300);
	const second = log.checkpoint(), all = log.data.length;
	const unknown = await refused(409, 0, [], second);
	assert.equal(unknown.text, `${six}\n`);
	assert.equal(unknown.type, 'text/x.tlog.size');
	const proof = consistency(log.leaves(), six);
	await refused(422, six, [], second);
	await refused(422, six, proof.slice(1), second);
	await refused(422, six, [...proof].reverse(), second);
	await refused(400, all + 1, [], second);
	await refused(404, 0, [], (stranger.seal(1, 2), stranger.checkpoint()));
	await refused(403, six, proof, second.replace(/\n\n— \S+ /, '\n\n— someone.example/x '));
	const forger = new FakeLog(log.origin);
	forger.data = log.data;
	await refused(403, six, proof, forger.checkpoint());
	for (const body of ['', 'old 0', 'old 0\n', `old 00\n\n${second}`, `old -1\n\n${second}`, `old x\n\n${second}`, `new 0\n\n${second}`,
		`old 0\nAAAA\n\n${second}`, `old 0\n\n${second.trimEnd()}`, `old ${six}\n${`${proof[0].toString('base64')}\n`.repeat(64)}\n${second}`])
		assert.equal((await witness.send(body)).status, 400, body.slice(0, 40));
	await cosigned(six, proof, second);

	// Killed and started anew it knows what it signed.
	await witness.end('SIGKILL');
	await witness.start();
	assert.equal((await refused(409, six, proof, second)).text, `${all}\n`);
	const shrunk = log.checkpoint(six);
	await refused(409, six, [], shrunk);
	await refused(400, all, [], shrunk);
	const fork = new FakeLog(log.origin);
	[fork.key, fork.raw, fork.sealed] = [log.key, log.raw, 9];
	fork.data = log.data.map((d, i) => (i === 7 ? crypto.randomBytes(32) : d));
	await refused(409, all, [], fork.checkpoint()); // Of that size, another tree.
	fork.seal(3, 9);
	await refused(422, all, consistency(fork.leaves(), all), fork.checkpoint());
	log.seal(3, 9);
	await cosigned(all, consistency(log.leaves(), all), log.checkpoint());
	assert.ok(rootOf(log.leaves(six)).equals(rootOf(log.leaves()).subarray(0, 0)) === false);

	// Of two at once with one past, one is cosigned.
	const now = log.data.length;
	log.seal(4, 2);
	const one = log.checkpoint(), to = log.data.length, step = consistency(log.leaves(), now);
	const both = await Promise.all([witness.add(now, step, one), witness.add(now, step, one)]);
	assert.deepEqual(both.map((a) => a.status).sort(), [200, 409]);
	assert.equal(both.find((a) => a.status === 409).text, `${to}\n`);
	await witness.close();
});

test('our server\'s checkpoint is taken to a witness, again and again', { skip }, async () => {
	const house = await House.open();
	const town = await found(house);
	const server = `http://127.0.0.1:${house.port}`;
	const vkey = (await audit('key', '--server', server)).out.trim();
	const witness = new Witness([vkey]);
	await witness.start();
	for (let i = 0; i < 3; i++) {
		for (let k = 0; k < 30; k++) await town.sell('island-day');
		await house.clock(house.now + 5000);
		const { code, out, err } = await audit('cosign', '--server', server, '--witness', witness.url);
		assert.equal(code, 0, err);
		checkNote(out, witness.name, [witness.raw], 4);
		assert.ok(vkeyOf(witness.name, 4, witness.raw).length > 0);
		checkNote(out, 'hitotsu.invalid/log', [Buffer.from(vkey.replace(/^[^+]+\+[0-9a-f]{8}\+/, ''), 'base64').subarray(1)]);
	}
	await witness.close();
	await house.close();
});

test('a witness asked wrongly does not start', { skip }, async () => {
	const log = new FakeLog('log.example/a');
	const key = path.join(folder, 'witness-key'), data = path.join(folder, 'witness-data');
	const good = { '--name': 'w.example', '--key': key, '--data': data, '--listen': '127.0.0.1:0', '--log': log.vkey };
	for (const [option, value] of [['--name', 'a b'], ['--name', 'a+b'], ['--listen', 'x'], ['--log', 'x'], ['--log', `${log.vkey}x`],
		['--key', '/none/key'], ['--name', undefined], ['--key', undefined], ['--data', undefined], ['--log', undefined]]) {
		const args = Object.entries({ ...good, [option]: value }).filter(([, v]) => v !== undefined).flat();
		assert.equal((await audit('witness', ...args)).code, WRONG, `${option} ${value}`);
	}
	fs.writeFileSync(key, 'PRIVATE+KEY+w.example+00000000+AAAA\n');
	assert.equal((await audit('witness', ...Object.entries(good).flat())).code, WRONG);
});
