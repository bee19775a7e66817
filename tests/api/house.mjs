// tests/api/house.mjs - a server of a test's own, on a folder of its own. Without it each black-box test
// would start, ask and end one in its own way. HITOTSU is the program; HITOTSU_SAMPLES has its sample feeds.
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

export const program = process.env.HITOTSU ?? 'build/hitotsu';
export const samples = process.env.HITOTSU_SAMPLES ?? 'build/sample';
export const skip = process.env.HITOTSU || fs.existsSync(program)
	? false : 'HITOTSU names no program, and build/hitotsu is not there';
if (process.env.HITOTSU && !fs.existsSync(program)) throw new Error(`${program} is not there: build it first`);

const READY_MS = 20000;
const STOP_MS = 15000;
const MANUAL_START = Date.parse('2026-11-01T06:00:00+09:00');

export const sleep = (ms) => new Promise((then) => { setTimeout(then, ms); });

/** "2026-11-01T06:00:00+09:00" */
export function jst(ms) {
	return `${new Date(ms + 9 * 3600_000).toISOString().slice(0, 19)}+09:00`;
}

/** The same bytes in each run, so that what fails once fails again. */
export function seeded(seed) {
	let count = 0;
	let pool = Buffer.alloc(0);
	const bytes = (n) => {
		while (pool.length < n) {
			const block = crypto.createHash('sha256').update(`${seed}/${count++}`).digest();
			pool = Buffer.concat([pool, block]);
		}
		const out = pool.subarray(0, n);
		pool = pool.subarray(n);
		return out;
	};
	return { bytes, below: (n) => bytes(6).readUIntBE(0, 6) % n };
}

export function uuid7(ms, random = crypto.randomBytes(10)) {
	const bytes = Buffer.concat([Buffer.alloc(6), random]);
	bytes.writeUIntBE(ms, 0, 6);
	bytes[6] = 0x70 | (bytes[6] & 0x0f);
	bytes[8] = 0x80 | (bytes[8] & 0x3f);
	return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Runs the program to its end: { code, out, err }. */
export function run(...args) {
	const done = spawnSync(program, args, { encoding: 'utf8' });
	return { code: done.status, out: done.stdout, err: done.stderr };
}

/** What an answer (its text or its JSON) says each time alike: a receipt is signed anew, for the same leaf. */
export const lasting = (said) => (typeof said !== 'string' ? JSON.parse(lasting(JSON.stringify(said)))
	: said.replace(/("receipt":\{"leaf":"[^"]*","second":\d+)[^}]*\}/g, '$1}'));

export function tempFolder() {
	return fs.mkdtempSync(path.join(os.tmpdir(), 'hitotsu-api-'));
}

/** One request: { status, headers, bytes, text, body }; body is the JSON, where it is JSON. */
export function send(port, agent, { method, path: target, headers, payload }) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: '127.0.0.1', port, agent, method, path: target, headers });
		request.on('error', reject);
		request.on('response', (response) => {
			const parts = [];
			response.on('data', (part) => parts.push(part));
			response.on('error', reject);
			response.on('end', () => {
				const bytes = Buffer.concat(parts);
				const text = bytes.toString('utf8');
				const json = /\bjson\b/.test(response.headers['content-type'] ?? '');
				resolve({
					status: response.statusCode,
					headers: response.headers,
					bytes,
					text,
					body: json && text !== '' ? JSON.parse(text) : undefined,
				});
			});
		});
		request.end(payload);
	});
}

/* A test that failed half-way leaves its server running, and node would wait for it for ever. The file's own hooks come
 * first; where nothing is left, nobody waits for this. */
const children = new Set();
after(() => { setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), STOP_MS).unref(); });
export function owned(child) {
	children.add(child);
	child.on('exit', () => children.delete(child));
	return child;
}

export class House {
	/** A new one, made and started, whose clock stands at 2026-11-01T06:00 in Japan. */
	static async open(folder = tempFolder()) {
		const house = new House();
		house.folder = folder;
		house.data = path.join(house.folder, 'data');
		house.now = MANUAL_START;
		house.keys = 0;
		house.answers = []; // Each that came from a route: { method, path, status, body, headers }.
		const made = run('init', '--data', house.data, '--insecure-key', '--clock', 'manual');
		if (made.code !== 0) throw new Error(`init: ${made.err}`);
		house.council = made.out.trim();
		await house.start();
		return house;
	}

	async start() {
		const ready = path.join(this.folder, 'ready');
		const log = fs.openSync(path.join(this.folder, 'log'), 'a');
		fs.rmSync(ready, { force: true });
		this.child = owned(spawn(program, ['serve', '--data', this.data, '--listen', '127.0.0.1:0', '--clock', 'manual',
			'--ready-file', ready], { stdio: ['ignore', log, log] }));
		fs.closeSync(log);
		this.ended = new Promise((then) => {
			this.child.on('exit', (code, signal) => then({ code, signal }));
		});
		this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
		this.port = await this.awaitReady(ready);
	}

	async awaitReady(file) {
		for (const until = Date.now() + READY_MS; Date.now() < until; await sleep(5)) {
			const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
			if (text.endsWith('\n')) return Number(text);
			if (this.child.exitCode !== null || this.child.signalCode !== null) break;
		}
		throw new Error(`the server did not start:\n${this.log()}`);
	}

	log() {
		return fs.readFileSync(path.join(this.folder, 'log'), 'utf8');
	}

	/** As the council, with a fresh Idempotency-Key, unless said otherwise: null leaves a header out.
	 * key: its text; body: sent as JSON; payload: sent as it is. */
	async ask(method, target, { token, key, body, payload, headers = {} } = {}) {
		const sent = {};
		const bearer = token === undefined ? this.council : token;
		const commands = method === 'POST' || method === 'PATCH';
		const name = key === undefined && commands ? `test-${++this.keys}` : key;
		if (bearer) sent.authorization = `Bearer ${bearer}`;
		if (name) sent['idempotency-key'] = `"${name}"`;
		if (body !== undefined) sent['content-type'] = 'application/json';
		const bytes = payload ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
		if (bytes !== undefined) sent['content-length'] = Buffer.byteLength(bytes);
		const answer = await send(this.port, this.agent,
			{ method, path: target, headers: { ...sent, ...headers }, payload: bytes });
		this.answers.push({ method, path: target, ...answer });
		return answer;
	}

	/** As ask, but any other status than the one wanted is thrown. Gives the body. */
	async must(status, method, target, options) {
		const answer = await this.ask(method, target, options);
		if (answer.status !== status)
			throw new Error(`${method} ${target}: ${answer.status} instead of ${status}: ${answer.text}\n`
				+ `${JSON.stringify(options?.body)}`);
		return answer.body;
	}

	/** Time passes; what happened until then is in the books when this returns. */
	async clock(to) {
		const now = typeof to === 'number' ? to : Date.parse(to);
		await this.must(200, 'POST', '/v1/clock', { key: null, body: { now: jst(now) } });
		this.now = now;
	}

	async feed(name) {
		return this.must(201, 'POST', `/v1/feeds?feed=${name}`, {
			key: null,
			headers: { 'content-type': 'application/zip' },
			payload: fs.readFileSync(path.join(samples, `${name}.zip`)),
		});
	}

	/** A gate's question, now. qr, kind and whatever else the gate says; again: a scan_id sent before. */
	async scan(token, { again, at, ...said }) {
		const scan_id = again ?? uuid7(this.now);
		const answer = await this.ask('POST', '/v1/scans',
			{ token, key: null, body: { scan_id, at: jst(at ?? this.now), ...said } });
		return { scan_id, ...answer };
	}

	/** SIGTERM. { code, signal } */
	async stop() {
		this.agent.destroy();
		this.child.kill('SIGTERM');
		const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
		const end = await this.ended;
		clearTimeout(late);
		return end;
	}

	/** kill -9, in the middle of whatever is under way. */
	async kill() {
		this.child.kill('SIGKILL');
		await this.ended;
		this.agent.destroy();
	}

	async close() {
		const end = await this.stop();
		if (end.code !== 0) throw new Error(`the server ended with ${JSON.stringify(end)}:\n${this.log()}`);
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}
