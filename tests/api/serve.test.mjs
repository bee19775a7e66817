// tests/api/serve.test.mjs - the program as whoever keeps it running sees it: what it asks for before it starts, what
// it says when it cannot, and how it ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertProblem } from './contract.mjs';
import { House, owned, program, run, send, skip, sleep, tempFolder } from './house.mjs';

let root;
before(() => { root = tempFolder(); });
after(() => fs.rmSync(root, { recursive: true, force: true }));

const file = (name, text) => {
	fs.writeFileSync(path.join(root, name), text);
	return path.join(root, name);
};

/* A server by hand: its port, its log, its end. */
async function serve(...args) {
	const ready = path.join(root, `ready-${Math.random()}`);
	const child = owned(spawn(program, ['serve', '--listen', '127.0.0.1:0', '--ready-file', ready, ...args]));
	const server = { child, log: '', ended: new Promise((then) => { child.on('exit', (code) => then(code)); }) };
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { server.log += text; });
	for (let i = 0; i < 2000 && child.exitCode === null && !server.port; i++) {
		await sleep(5);
		const text = fs.existsSync(ready) ? fs.readFileSync(ready, 'utf8') : '';
		if (text.endsWith('\n')) server.port = Number(text);
	}
	server.get = (at, headers = {}) => send(server.port, undefined, { method: 'GET', path: at, headers });
	server.stop = async () => { child.kill('SIGTERM'); return server.ended; };
	return server;
}

test('what cannot be is said in one line, and ends with 1', { skip }, () => {
	const none = path.join(root, 'none');
	const cases = [
		// arguments, what it says
		[['serve', '--data', none, '--listen', '127.0.0.1:0'], /run `hitotsu init` first/],
		[['serve', '--listen', '127.0.0.1:0'], /say --data DIR/],
		[['serve', '--data', none, '--listen', '0.0.0.0:0', '--clock', 'manual'], /only where .* loopback/],
		[['serve', '--data', none, '--listen', '192.0.2.1:80', '--clock', 'manual'], /only where .* loopback/],
		[['serve', '--data', none, '--listen', 'somewhere'], /say HOST:PORT/],
		[['serve', '--data', none, '--listen', '127.0.0.1:99999'], /say HOST:PORT/],
		[['serve', '--data', none, '--listen', 'localhost:80'], /numeric IPv4/],
		[['serve', '--data', none, '--config', path.join(root, 'none.ini')], /none\.ini: cannot be opened/],
		[['serve', '--data', none, '--config', file('bad.ini', 'colour = red\n')], /bad\.ini:1: .*colour/],
		[['serve', '--data', none, '--config', file('range.ini', '\nday_boundary_min = 99999\n')], /range\.ini:2: /],
		[['init', '--data', none], /--passphrase-file FILE or, for a demo, --insecure-key/],
		[['init', '--data', path.join(root, 'a/b/c'), '--insecure-key'], /make its parent folder/],
		[['init', '--data', none, '--passphrase-file', path.join(root, 'no-file')], /no-file: No such file/],
		[['init', '--data', none, '--passphrase-file', file('empty', '')], /empty: it is empty/],
		[['init', '--data', none, '--passphrase-file', file('short', 'short\n')], /at least 12/],
		[['token', '--data', none, '--role', 'king'], /council, partner, operator, gate, auditor or funder/],
		[['token', '--data', none, '--role', 'gate'], /--subject/],
		[['token', '--data', none, '--role', 'auditor', '--subject', 'me'], /this role has none/],
		[['demo', '--data', none], /name the feeds' zips/],
	];
	for (const [args, words] of cases) {
		const result = run(...args);
		const told = `${args.join(' ')}: ${result.err}`;
		assert.equal(result.code, 1, told);
		assert.match(result.err, words, told);
		assert.match(result.err, /^hitotsu: .*\n$/, told);
		assert.equal(result.out, '', told);
	}
});

test('an unknown word or option gets the list of what there is', { skip }, () => {
	for (const args of [[], ['nonsense'], ['serve', '--colour', 'red'], ['serve', '--data'], ['serve', '--clock', 'sun']]) {
		const result = run(...args);
		assert.equal(result.code, 2, args.join(' '));
		for (const command of ['init', 'serve', 'import', 'token', 'key', 'demo'])
			assert.match(result.err, new RegExp(`hitotsu ${command}`), args.join(' '));
	}
});

test('under a passphrase: made, opened by it, and by no other', { skip }, async () => {
	const data = path.join(root, 'guarded');
	const phrase = file('phrase', 'tetsudo no hi 10/14\n');
	const other = file('other', 'another passphrase\n');
	const made = run('init', '--data', data, '--passphrase-file', phrase);
	assert.match(made.out, /^hk_[A-Za-z0-9_-]{43}\n$/);
	assert.equal(made.code, 0);
	for (const [more, words] of [[[], /say --passphrase-file FILE/], [['--passphrase-file', other], /is not theirs/]])
		for (const command of ['serve', 'key']) {
			const result = run(command, '--data', data, ...(command === 'serve' ? ['--listen', '127.0.0.1:0'] : []), ...more);
			assert.equal(result.code, 1);
			assert.match(result.err, words);
		}
	assert.match(run('init', '--data', data, '--passphrase-file', phrase).err, /holds data already/);
	const key = run('key', '--data', data, '--passphrase-file', phrase);
	assert.match(key.out, /^[0-9a-f]{8} +ticket +20/m);
	assert.ok(!fs.readFileSync(path.join(data, 'data.mdb')).includes('tetsudo'));

	const server = await serve('--data', data, '--passphrase-file', phrase);
	assert.ok(server.port > 0, server.log);
	const keys = (await server.get('/v1/keys')).body.keys;
	assert.deepEqual(keys.map((k) => [k.kty, k.crv, Buffer.from(k.kid, 'base64url').toString('hex'), k.hitotsu_use]),
		[...key.out.matchAll(/^([0-9a-f]{8}) +(\w+)/gm)].map(([, kid, use]) => ['OKP', 'Ed25519', kid, use]));
	assert.deepEqual(keys.map((k) => k.hitotsu_use).sort(), ['bundle', 'log', 'status', 'ticket']);
	assert.ok(keys.every((k) => k.d === undefined), 'no secret leaves');
	assert.ok(!server.log.includes('insecure'), server.log);
	const document = (await server.get('/openapi.json')).body;
	assert.equal(document.paths['/v1/clock'], undefined, 'nobody sets a real clock');
	const council = { authorization: `Bearer ${made.out.trim()}` };
	assert.equal((await server.get('/v1/operators', council)).status, 200);
	assertProblem(await send(server.port, undefined, { method: 'POST', path: '/v1/clock', headers: council }), 404,
		'NO_SUCH_ROUTE');

	const second = run('serve', '--data', data, '--listen', '127.0.0.1:0', '--passphrase-file', phrase);
	assert.equal(second.code, 1);
	assert.match(second.err, new RegExp(`process ${server.child.pid} is using it`));
	assert.equal((await server.get('/healthz')).status, 200, 'the first does not mind');
	const taken = run('serve', '--data', path.join(root, 'guarded2'), '--listen', `127.0.0.1:${server.port}`);
	assert.equal(taken.code, 1);
	assert.equal(await server.stop(), 0, server.log);
});

test('an insecure key is said at each start', { skip }, async () => {
	const data = path.join(root, 'insecure');
	run('init', '--data', data, '--insecure-key');
	const server = await serve('--data', data);
	assert.match(server.log, /"level":"warn","event":"insecure_keys"/);
	assert.equal(await server.stop(), 0, server.log);
});

test('a port that is taken is said', { skip }, async () => {
	const data = path.join(root, 'port');
	run('init', '--data', data, '--insecure-key');
	const other = net.createServer();
	await new Promise((then) => { other.listen(0, '127.0.0.1', then); });
	const result = await new Promise((then) => {
		const child = spawn(program, ['serve', '--data', data, '--listen', `127.0.0.1:${other.address().port}`]);
		let err = '';
		child.stderr.on('data', (text) => { err += text; });
		child.on('exit', (code) => then({ code, err }));
	});
	other.close();
	assert.equal(result.code, 1, result.err);
	assert.match(result.err, /hitotsu: (listen|http): .*in use/);
});

test('tokens made by hand open what their role may see', { skip }, async () => {
	const data = path.join(root, 'tokens');
	const council = run('init', '--data', data, '--insecure-key').out.trim();
	const auditor = run('token', '--data', data, '--role', 'auditor').out.trim();
	const gate = run('token', '--data', data, '--role', 'gate', '--subject', 'nowhere').out.trim();
	const server = await serve('--data', data);
	const ask = async (token, at) => (await server.get(at, { authorization: `Bearer ${token}` })).status;
	assert.deepEqual([await ask(council, '/v1/ledger/balances'), await ask(auditor, '/v1/ledger/balances'),
		await ask(gate, '/v1/ledger/balances')], [200, 200, 403]);
	const at = new Date().toISOString().replace(/\.\d+Z/, 'Z');
	const body = JSON.stringify({ scan_id: '01a193c3-1c80-7add-b794-21a17e047e50', qr: 'x', at, kind: 'enter' });
	const scan = await send(server.port, undefined, { method: 'POST', path: '/v1/scans', payload: body,
		headers: { authorization: `Bearer ${gate}`, 'content-type': 'application/json', 'content-length': body.length } });
	assertProblem(scan, 403, 'GATE_UNKNOWN');
	assert.equal(await server.stop(), 0, server.log);
});

test('/healthz, /readyz and /metrics answer anybody', { skip }, async () => {
	const house = await House.open();
	const get = (at) => house.ask('GET', at, { token: null });
	for (const at of ['/healthz', '/readyz']) assert.deepEqual((await get(at)).body, { status: 'ok' });
	const metrics = await get('/metrics');
	assert.match(metrics.headers['content-type'], /^text\/plain; version=0\.0\.4/);
	const sample = /^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+]+(Inf)?$/;
	for (const line of metrics.text.trim().split('\n'))
		assert.ok(/^# (HELP|TYPE) hitotsu_/.test(line) || sample.test(line), line);
	const names = [...metrics.text.matchAll(/^# TYPE (\S+) /gm)].map((m) => m[1]);
	assert.equal(new Set(names).size, names.length);
	for (const name of ['hitotsu_requests_total', 'hitotsu_scans_total', 'hitotsu_store_commits_total',
		'hitotsu_seal_lag_seconds', 'hitotsu_fold_lag_seconds', 'hitotsu_connections'])
		assert.ok(names.includes(name), name);
	await house.ask('GET', '/v1/products');
	assert.match((await get('/metrics')).text, /hitotsu_requests_total\{op="product_list",class="2xx"\} 1\n/);
	await house.close();
});

test('every line of the log is JSON, and says no secret', { skip }, async () => {
	const house = await House.open();
	await house.ask('GET', '/v1/products');
	await house.ask('GET', '/v1/products', { token: `hk_${'A'.repeat(43)}` });
	const log = () => house.log().trim().split('\n').map((line) => JSON.parse(line));
	assert.ok(log().some((line) => line.event === 'listening' && line.port === house.port));
	assert.deepEqual(await house.stop(), { code: 0, signal: null });
	for (const line of log()) assert.deepEqual([typeof line.at, typeof line.level, typeof line.event],
		['string', 'string', 'string']);
	assert.ok(!house.log().includes(house.council) && !house.log().includes('hk_'));
	assert.equal(log().at(-1).event, 'stopped');
	fs.rmSync(house.folder, { recursive: true });
});

test('SIGTERM lets what is under way end, and takes no more', { skip }, async () => {
	const house = await House.open();
	const body = (i) => ({ partner_id: `app-${i}`, name_ja: '社', name_en: 'App' });
	const asked = Array.from({ length: 40 }, (_, i) => house.ask('POST', '/v1/partners', { body: body(i) })
		.then((a) => a.status, () => 0));
	await sleep(2);
	house.child.kill('SIGTERM');
	const statuses = await Promise.all(asked);
	assert.deepEqual(await house.ended, { code: 0, signal: null }, house.log());
	assert.ok(statuses.every((s) => [0, 201, 503].includes(s)), statuses.join(' '));
	await assert.rejects(house.ask('GET', '/healthz'));
	house.agent.destroy();
	await house.start();
	for (const [i, status] of statuses.entries()) {
		const shown = await house.ask('GET', `/v1/partners/app-${i}`);
		if (status === 201) assert.equal(shown.status, 200, 'what was acknowledged is there');
	}
	await house.close();
});

/* Whether it is told to end as it begins, as it first answers, or while it closes the days that have passed. */
test('SIGTERM at any moment ends it cleanly', { skip }, async () => {
	let data;
	for (let i = 0; i < 12; i++) {
		data = path.join(root, `at-once-${i}`);
		run('init', '--data', data, '--insecure-key');
		const server = await serve('--data', data);
		assert.equal(await server.stop(), 0, server.log);
	}
	for (let ms = 0; ms < 60; ms += 4) {
		const child = owned(spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0']));
		let log = '';
		child.stderr.on('data', (text) => { log += text; });
		const ended = new Promise((then) => { child.on('exit', (code, signal) => then(code ?? signal)); });
		await sleep(ms);
		child.kill('SIGTERM');
		assert.ok([0, 'SIGTERM'].includes(await ended), `after ${ms} ms: ${await ended}\n${log}`);
	}
});

test('two lengths, or a head that is none, end the connection; the next one works', { skip }, async () => {
	const house = await House.open();
	const talk = (text) => new Promise((resolve, reject) => {
		const socket = net.connect(house.port, '127.0.0.1', () => socket.write(text));
		let heard = '';
		socket.on('data', (part) => { heard += part; });
		socket.on('close', () => resolve(heard));
		socket.on('error', reject);
	});
	const both = await talk('POST /v1/partners HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'
		+ '0\r\n\r\n');
	assert.match(both, /^HTTP\/1\.1 400 /);
	assert.match(both, /AMBIGUOUS_LENGTH/);
	assert.match(await talk('this is no HTTP\r\n\r\n'), /^HTTP\/1\.[01] 400 |^$/);
	assertProblem(await house.ask('GET', `/v1/${'x'.repeat(5000)}`), 414, 'URI_TOO_LONG');
	assertProblem(await house.ask('BREW', '/v1/products'), 405);
	const head = await new Promise((resolve) => {
		http.request({ host: '127.0.0.1', port: house.port, method: 'HEAD', path: '/healthz' }, resolve).end();
	});
	assert.equal(head.statusCode, 200);
	head.resume();
	assert.equal((await house.ask('GET', '/healthz', { token: null })).status, 200);
	await house.close();
});
