// operators/audit/log.mjs - the sealed log from outside: bytes, trees, signed notes, tiles, events. Without it an audit
// would take the server's word for what happened.
import crypto from 'node:crypto';
import fs from 'node:fs';

export class Unknown extends Error {} // It cannot be told.
export class Found extends Error { // Not as it must be, and nothing behind it can be believed.
	constructor(code, where, message) {
		super(message);
		Object.assign(this, { code, where });
	}
}
export const must = (holds, code, where, message) => {
	if (!holds) throw new Found(code, where, message);
};

// ---- Bytes.
export const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), crypto.createHash('sha256')).digest();
export const b64u = (text) => Buffer.from(text ?? '', 'base64url');
export const same = (a, b) => Buffer.compare(a, b) === 0;
export const hashesOf = (bytes) => Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32));
export const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0); // Ids are ASCII: this is the order of their bytes.

/** RFC 8785 for whole numbers, texts, booleans, lists and objects. */
export function canonical(v) {
	if (Array.isArray(v)) return `[${v.map(canonical).join(',')}]`;
	if (v === null || typeof v !== 'object') return JSON.stringify(v);
	return `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`).join(',')}}`;
}

/** The events' CBOR: whole numbers, bytes, texts, lists, maps, booleans. */
export function cbor(bytes) {
	let at = 0;
	const item = () => {
		const first = bytes[at++], kind = first >> 5, low = first & 31;
		let n = low;
		if (low >= 24 && low <= 27) {
			const size = 2 ** (low - 24);
			n = Number(size === 8 ? bytes.readBigUInt64BE(at) : bytes.readUIntBE(at, size));
			at += size;
		} else if (low > 27) throw new RangeError('an indefinite length');
		if (kind === 0) return n;
		if (kind === 1) return -1 - n;
		if (kind === 2 || kind === 3) {
			const part = bytes.subarray(at, at += n);
			if (part.length !== n) throw new RangeError('it ends too early');
			return kind === 2 ? part : part.toString('utf8');
		}
		if (kind === 4) return Array.from({ length: n }, item);
		if (kind === 5) return new Map(Array.from({ length: n }, () => [item(), item()]));
		if (kind === 7 && (low === 20 || low === 21)) return low === 21;
		throw new RangeError(`a CBOR item ${first}`);
	};
	const value = item();
	if (at !== bytes.length) throw new RangeError('bytes behind it');
	return value;
}

// ---- RFC 6962, section 2.1.
export const leafOf = (data) => sha256(Buffer.of(0), data);
const nodeOf = (left, right) => sha256(Buffer.of(1), left, right);
const below = (n) => 2 ** Math.floor(Math.log2(n - 1)); // The largest power of two under n.
/** The root of the first `size` leaves, in one pass. */
export function rootOf(leaves, size = leaves.length) {
	const edge = []; // Full subtrees, largest first.
	for (let i = 0; i < size; i++) {
		let node = leaves[i];
		for (let n = i; n & 1; n = Math.floor(n / 2)) node = nodeOf(edge.pop(), node);
		edge.push(node);
	}
	return edge.length === 0 ? sha256() : edge.reduceRight((right, left) => nodeOf(left, right));
}
/** The root that a path leads to from the leaf at `index` of `size`. */
export function climb(leaf, index, size, path) {
	if (size === 1) return path.length === 0 ? leaf : undefined;
	if (path.length === 0 || index >= size) return undefined;
	const k = below(size), last = path[path.length - 1], rest = path.slice(0, -1);
	const side = index < k ? climb(leaf, index, k, rest) : climb(leaf, index - k, size - k, rest);
	return side && (index < k ? nodeOf(side, last) : nodeOf(last, side));
}

// ---- Signed notes (C2SP signed-note, Ed25519).
const publicKey = (raw) => crypto.createPublicKey({ format: 'der', type: 'spki',
	key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]) });
export const signed = (raw, text, signature) => crypto.verify(null, Buffer.from(text), publicKey(raw), signature);
const keyId = (name, raw) => sha256(`${name}\n`, Buffer.of(1), raw).subarray(0, 4);
export function vkey(text) {
	const [name, id, ...rest] = text.split('+');
	const bytes = Buffer.from(rest.join('+'), 'base64'); // Base64 may hold a plus.
	const key = { name, raw: bytes.subarray(1) };
	if (bytes.length !== 33 || bytes[0] !== 1 || keyId(name, key.raw).toString('hex') !== id)
		throw new TypeError(`no key of a log: ${text}`);
	return key;
}
/** Its text; found out unless one of the keys signed it. */
export function openNote(note, keys, where) {
	const at = note.lastIndexOf('\n\n');
	must(at > 0 && note.endsWith('\n'), 'NOTE_FORGED', where, 'it is no signed note');
	const text = note.slice(0, at + 1);
	const lines = note.slice(at + 2).split('\n').slice(0, -1).map((l) => l.split(' '));
	const is = keys.some(({ name, raw }) => lines.some(([dash, who, base64]) => {
		const bytes = Buffer.from(base64 ?? '', 'base64');
		return dash === '—' && who === name && same(bytes.subarray(0, 4), keyId(name, raw))
			&& signed(raw, text, bytes.subarray(4));
	}));
	must(is, 'NOTE_FORGED', where, 'none of the log\'s keys signed it');
	return text;
}

// ---- The server.
export class Server {
	constructor(url, token) {
		this.url = url.replace(/\/+$/, '');
		this.token = token;
	}

	/** Bytes; undefined: 404. Asks again where it is told to. */
	async get(path, { token = true, absent = false } = {}) {
		for (let tries = 0; ; tries++) {
			let answer;
			try {
				answer = await fetch(this.url + path, { redirect: 'error',
					headers: token && this.token ? { authorization: `Bearer ${this.token}` } : {} });
			} catch (error) {
				throw new Unknown(`${path}: ${error.cause?.message ?? error.message}`);
			}
			const bytes = Buffer.from(await answer.arrayBuffer());
			if (answer.status === 200) return bytes;
			if (answer.status === 404 && absent) return undefined;
			if (answer.status !== 503 || tries === 5) throw new Unknown(`${path}: ${answer.status} ${bytes}`);
			await new Promise((then) => { setTimeout(then, 1000 * Number(answer.headers.get('retry-after') ?? 1)); });
		}
	}

	async json(path, options) {
		const bytes = await this.get(path, options);
		return bytes && JSON.parse(bytes);
	}

	async list(path) {
		const all = [];
		for (let cursor = ''; cursor !== null;) {
			const page = await this.json(`${path}?limit=200${cursor && `&cursor=${cursor}`}`);
			all.push(...page.items);
			cursor = page.next;
		}
		return all;
	}
}

// ---- The log: checkpoint, tiles, events.
const tilePath = (kind, number, width) => {
	const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, '0').match(/.{3}/g);
	return `/tile/${kind}/${digits.map((d, i) => (i < digits.length - 1 ? `x${d}` : d)).join('/')}`
		+ `${width < 256 ? `.p/${width}` : ''}`;
};

export class Log {
	constructor(server, keys, findings) {
		Object.assign(this, { server, keys, findings, given: keys.length > 0 });
	}

	/** The signed head. Without keys that were given, those that the server names are believed. */
	async open() {
		const note = (await this.server.get('/checkpoint', { token: false })).toString();
		const origin = note.split('\n')[0];
		if (!this.given)
			this.keys = (await this.server.json('/v1/keys', { token: false })).keys
				.filter((k) => k.hitotsu_use === 'log').map((k) => ({ name: origin, raw: b64u(k.x) }));
		const [, size, root, ...more] = openNote(note, this.keys, '/checkpoint').split('\n');
		const sealed = more.find((l) => /^sealed \d+$/.test(l));
		must(/^\d+$/.test(size) && Buffer.from(root, 'base64').length === 32, 'NOTE_FORGED', '/checkpoint',
			'it is no checkpoint');
		Object.assign(this, { note, origin, size: Number(size), root: Buffer.from(root, 'base64'),
			sealed: sealed ? Number(sealed.slice(7)) : -1 });
		return this;
	}

	/** All tiles, held against each other and the root. */
	async readTree() {
		const leaves = [], { size } = this;
		for (let n = 0; n * 256 < size; n++) {
			const width = Math.min(256, size - n * 256), path = tilePath(0, n, width);
			const tile = hashesOf(await this.server.get(path, { token: false }));
			const bundle = await this.server.get(tilePath('entries', n, width), { token: false });
			must(tile.length === width && bundle.length === width * 34, 'TILE_CHANGED', path, 'it has another width');
			tile.forEach((hash, i) => {
				const data = bundle.subarray(i * 34 + 2, i * 34 + 34);
				must(same(leafOf(data), hash), 'TILE_CHANGED', path, `its leaf ${n * 256 + i} is not of the entry`);
			});
			leaves.push(...tile);
		}
		must(same(rootOf(leaves), this.root), 'ROOT_DIFFERS', '/checkpoint',
			`the tiles of ${size} leaves do not have the root that was signed`);
		for (let level = 1, count = Math.floor(size / 256); count > 0; level++, count = Math.floor(count / 256))
			for (let n = 0; n * 256 < count; n++) {
				const path = tilePath(level, n, Math.min(256, count - n * 256)), span = 256 ** level;
				hashesOf(await this.server.get(path, { token: false })).forEach((hash, i) => {
					const from = (n * 256 + i) * span;
					must(same(hash, rootOf(leaves.slice(from, from + span))), 'TILE_CHANGED', path,
						`its hash ${i} is not the root of what is under it`);
				});
			}
		this.leaves = leaves;
	}

	/** The log may only grow: what was kept of it must be its beginning. */
	checkState(file) {
		const old = file && fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
		if (old) {
			must(old.origin === this.origin, 'OTHER_LOG', file, `it is of ${old.origin}, and this is ${this.origin}`);
			must(old.size <= this.size, 'LOG_SHRUNK', '/checkpoint',
				`the log had ${old.size} leaves and has ${this.size}`);
			must(same(rootOf(this.leaves, old.size), Buffer.from(old.root, 'base64')), 'LOG_FORKED', '/checkpoint',
				`its first ${old.size} leaves are others than those that it signed before:\n${old.note}`);
		}
		return old?.size ?? 0;
	}

	keepState(file) {
		const state = { origin: this.origin, size: this.size, root: this.root.toString('base64'), note: this.note };
		if (file) fs.writeFileSync(file, `${JSON.stringify(state, null, '\t')}\n`);
	}

	/** The events that the token may read, each held against its leaf. all: none may be missing. */
	async readEvents(all) {
		const events = [];
		let expected = 0;
		const wrong = (code, index, message) => this.findings.push({ code, where: `event ${index}`, message });
		for (let from = '0'; from !== null;) {
			const page = await this.server.json(`/v1/log?from=${from}`);
			for (const e of page.items) {
				if (e.index >= this.size) continue; // Sealed after the checkpoint.
				for (; all && expected < e.index; expected++)
					wrong('EVENT_MISSING', expected, 'the tree has a leaf for it, and the log does not show it');
				expected = e.index + 1;
				const salt = b64u(e.salt), event = b64u(e.event);
				if (!same(leafOf(sha256(salt, event)), this.leaves[e.index]))
					wrong('EVENT_CHANGED', e.index, 'it is not what the tree has its leaf of');
				let value;
				try { value = cbor(event); } catch (error) { wrong('EVENT_CHANGED', e.index, error.message); }
				if (value) events.push({ index: e.index, second: e.second, salt, value });
			}
			from = page.next;
		}
		for (; all && expected < this.size; expected++)
			wrong('EVENT_MISSING', expected, 'the tree has a leaf for it, and the log does not show it');
		return events;
	}
}

// ---- Receipts: docs/log-format.md.
export const hmac = (key, bytes) => crypto.createHmac('sha256', key).update(bytes).digest('hex').slice(0, 32);

/** Found out unless one of the keys promised it. */
function checkPromise(receipt, keys) {
	const second = Buffer.alloc(8);
	second.writeBigUInt64BE(BigInt(receipt.second));
	const leaf = sha256(Buffer.of(0), second, b64u(receipt.leaf)), root = b64u(receipt.root);
	const proven = climb(leaf, receipt.index, receipt.size, hashesOf(b64u(receipt.path)));
	must(proven && same(proven, root), 'RECEIPT_FORGED', 'receipt', 'its path does not lead to its root');
	must(keys.some(({ name, raw }) => signed(raw, `hitotsu receipt v1\n${name}\n${root.toString('base64')}\n`,
		b64u(receipt.signature))), 'RECEIPT_FORGED', 'receipt', 'none of the log\'s keys signed it');
}

/** The canonical bytes of a second's end, and its leaf's salt. */
function secondClosed(second, events) {
	const head = (kind, n) => {
		if (n < 24) return Buffer.of(kind | n);
		const size = n < 256 ? 1 : n < 65536 ? 2 : n < 2 ** 32 ? 4 : 8, bytes = Buffer.alloc(1 + size);
		bytes[0] = kind | (24 + Math.log2(size));
		if (size === 8) bytes.writeBigUInt64BE(BigInt(n), 1);
		else bytes.writeUIntBE(n, 1, size);
		return bytes;
	};
	return Buffer.concat([Buffer.of(0xa3, 0), head(0x60, 13), Buffer.from('second_closed'), Buffer.of(1), head(0, second),
		Buffer.of(2), head(0, events)]);
}

/** With all leaves in hand. { early } or { index }; found out where the leaf was left out. */
export async function proveReceipt(receipt, log) {
	checkPromise(receipt, log.keys);
	const { second } = receipt, where = `second ${second}`, leaf = b64u(receipt.leaf);
	if (second > log.sealed) return { early: true };
	const told = await log.server.json(`/v1/log/seconds/${second}`, { token: false });
	const end = (s) => { // Where a second ends: believed once its end is made and found in the tree.
		const bytes = secondClosed(s.second, s.leaf_count - 1), at = s.first_index + s.leaf_count - 1;
		must(at < log.size && same(leafOf(sha256(b64u(s.salt), bytes)), log.leaves[at]), 'SECOND_MISCOUNTED', where,
			'the log says that it lies where it does not');
		return at;
	};
	if (told.held) {
		must(told.held.second === second, 'SECOND_MISCOUNTED', where, 'the log tells of another second');
		const last = end(told.held);
		const index = log.leaves.findIndex((l, i) => i >= told.held.first_index && i < last && same(l, leaf));
		must(index >= 0, 'LEFT_OUT', where, 'the log promised this leaf and does not have it among those of its second: '
			+ '`hitotsu audit receipt` makes the evidence for others');
		return { index };
	}
	const next = told.after && told.after.first_index < log.size ? told.after : undefined;
	const before = told.before ? end(told.before) : -1, after = next ? end(next) - next.leaf_count + 1 : log.size;
	must(before + 1 === after && (!told.before || told.before.second < second) && (!next || next.second > second),
		'SECOND_MISCOUNTED', where, 'something may stand between the neighbours that it names');
	throw new Found('LEFT_OUT', where, 'the log promised a leaf of this second, and the second held nothing');
}

/** Found out unless the evidence proves that the log left the leaf out. */
export function judgeEvidence(told, keys) {
	const where = 'evidence', bad = (holds, message) => must(holds, 'EVIDENCE_FAILS', where, message);
	const text = openNote(told.checkpoint, keys, where).split('\n');
	const size = Number(text[1]), root = Buffer.from(text[2], 'base64');
	const sealed = Number(text.find((l) => /^sealed \d+$/.test(l))?.slice(7) ?? -1), { second } = told.receipt;
	checkPromise(told.receipt, keys);
	bad(second <= sealed, 'the second was not sealed yet');
	const stands = (leaf, index, path) => {
		const proven = climb(leaf, index, size, hashesOf(b64u(path)));
		bad(proven && same(proven, root), `leaf ${index} is not proven`);
	};
	const ends = told.second_closed.map((end) => {
		const bytes = secondClosed(end.second, end.events), leaf = leafOf(sha256(b64u(end.salt), bytes));
		stands(leaf, end.index, end.path);
		return end;
	});
	if (told.leaves?.length > 0) {
		const [end] = ends;
		bad(end.second === second && told.leaves.length === end.events, 'these are not all leaves of the second');
		told.leaves.forEach((l, i) => {
			stands(b64u(l.leaf), l.index, l.path);
			bad(l.index === end.index - end.events + i && !same(b64u(l.leaf), b64u(told.receipt.leaf)),
				`leaf ${l.index} is another place's, or the one that was promised`);
		});
		return;
	}
	const before = ends.find((e) => e.second < second), after = ends.find((e) => e.second > second);
	bad(before || after, 'no neighbour of the second');
	bad(after ? after.index - after.events === (before ? before.index + 1 : 0) : before.index === size - 1,
		'something may stand between the neighbours');
}
