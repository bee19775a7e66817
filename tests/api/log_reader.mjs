// tests/api/log_reader.mjs - a reader of the sealed log that shares nothing with the server but the formats: signed
// notes, tiles, RFC 6962 and receipts, by node:crypto alone. Without it the log would be checked by whoever wrote it.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';

export const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), crypto.createHash('sha256')).digest();
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
export const publicKey = (raw) => crypto.createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
const verify = (raw, text, signature) => crypto.verify(null, Buffer.from(text), publicKey(raw), signature);

// ---- RFC 6962, section 2.1, as it is written there.
export const leafOf = (data) => sha256(Buffer.of(0), data);
export const nodeOf = (left, right) => sha256(Buffer.of(1), left, right);
const below = (n) => 2 ** Math.floor(Math.log2(n - 1)); // The largest power of two smaller than n.
export function rootOf(leaves) {
	if (leaves.length === 0) return sha256();
	if (leaves.length === 1) return leaves[0];
	const k = below(leaves.length);
	return nodeOf(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}
export function inclusion(leaves, m) {
	if (leaves.length <= 1) return [];
	const k = below(leaves.length);
	return m < k ? [...inclusion(leaves.slice(0, k), m), rootOf(leaves.slice(k))]
		: [...inclusion(leaves.slice(k), m - k), rootOf(leaves.slice(0, k))];
}
export function consistency(leaves, m, whole = true) {
	if (m === leaves.length) return whole ? [] : [rootOf(leaves)];
	const k = below(leaves.length);
	return m <= k ? [...consistency(leaves.slice(0, k), m, whole), rootOf(leaves.slice(k))]
		: [...consistency(leaves.slice(k), m - k, false), rootOf(leaves.slice(0, k))];
}
/** The root that a path leads to from the leaf at `index` of `size`. */
export function climb(leaf, index, size, path) {
	if (size === 1) return path.length === 0 ? leaf : undefined;
	const k = below(size), last = path[path.length - 1], rest = path.slice(0, -1);
	if (!last) return undefined;
	const side = index < k ? climb(leaf, index, k, rest) : climb(leaf, index - k, size - k, rest);
	return side && (index < k ? nodeOf(side, last) : nodeOf(last, side));
}

// ---- Signed notes.
export const keyId = (name, type, raw) => sha256(`${name}\n`, Buffer.of(type), raw).subarray(0, 4);
export const vkeyOf = (name, type, raw) =>
	`${name}+${keyId(name, type, raw).toString('hex')}+${Buffer.concat([Buffer.of(type), raw]).toString('base64')}`;

export function openNote(note) {
	const at = note.lastIndexOf('\n\n');
	assert.ok(at > 0 && note.endsWith('\n'), `a note:\n${note}`);
	const lines = note.slice(at + 2).split('\n').slice(0, -1).map((line) => {
		const [dash, name, base64] = line.split(' ');
		assert.equal(dash, '—');
		const bytes = Buffer.from(base64, 'base64');
		return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
	});
	return { text: note.slice(0, at + 1), lines };
}
/** Thrown unless one of the raw keys signed it in that name. */
export function checkNote(note, name, raws, type = 1) {
	const { text, lines } = openNote(note);
	for (const raw of raws)
		for (const line of lines) {
			if (line.name !== name || !line.id.equals(keyId(name, type, raw))) continue;
			if (type === 1) assert.ok(verify(raw, text, line.signature), 'the note\'s signature');
			else assert.ok(verify(raw, `cosignature/v1\ntime ${line.signature.readBigUInt64BE(0)}\n${text}`,
				line.signature.subarray(8)), 'the cosignature');
			return text;
		}
	throw new Error(`not signed by ${name}:\n${note}`);
}
export function readCheckpoint(text) {
	const [origin, size, root, ...more] = text.split('\n').slice(0, -1);
	const sealed = more.find((line) => line.startsWith('sealed '));
	return { origin, size: Number(size), root: Buffer.from(root, 'base64'), sealed: sealed && Number(sealed.slice(7)) };
}

export function tilePath(kind, number, width = 256) {
	const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, '0').match(/.{3}/g);
	const steps = digits.map((d, i) => (i < digits.length - 1 ? `x${d}` : d)).join('/');
	return `/tile/${kind}/${steps}${width < 256 ? `.p/${width}` : ''}`;
}

export class LogReader {
	/** get(path) gives bytes; ask(path) gives JSON for the reader's token. */
	constructor(get, ask) {
		this.get = get;
		this.ask = ask;
	}

	async keys() {
		const { keys } = JSON.parse(await this.get('/v1/keys'));
		return keys.filter((k) => k.hitotsu_use === 'log').map((k) => Buffer.from(k.x, 'base64url'));
	}

	async checkpoint() {
		const note = (await this.get('/checkpoint')).toString();
		const origin = note.split('\n')[0];
		const raws = await this.keys();
		return { note, raws, ...readCheckpoint(checkNote(note, origin, raws)) };
	}

	/** Every tile and bundle of a checkpoint, held against each other and its root. Gives the leaves' data. */
	async tree({ size, root }) {
		const data = [];
		for (let n = 0; n * 256 < size; n++) {
			const width = Math.min(256, size - n * 256);
			const bundle = await this.get(tilePath('entries', n, width));
			const tile = await this.get(tilePath(0, n, width));
			assert.equal(bundle.length, width * 34);
			assert.equal(tile.length, width * 32);
			for (let i = 0; i < width; i++) {
				assert.equal(bundle.readUInt16BE(i * 34), 32);
				const one = bundle.subarray(i * 34 + 2, i * 34 + 34);
				assert.ok(leafOf(one).equals(tile.subarray(i * 32, i * 32 + 32)), `leaf ${n * 256 + i}`);
				data.push(one);
			}
		}
		const leaves = data.map(leafOf);
		assert.ok(rootOf(leaves).equals(root), 'the root of the tiles is the checkpoint\'s');
		for (let level = 1, count = Math.floor(size / 256); count > 0; level++, count = Math.floor(count / 256))
			for (let n = 0; n * 256 < count; n++) {
				const width = Math.min(256, count - n * 256);
				const tile = await this.get(tilePath(level, n, width));
				assert.equal(tile.length, width * 32);
				for (let i = 0; i < width; i++) {
					const span = 256 ** level, first = (n * 256 + i) * span;
					assert.ok(tile.subarray(i * 32, i * 32 + 32).equals(rootOf(leaves.slice(first, first + span))));
				}
			}
		return { data, leaves };
	}

	/** All that the token may read, in order. */
	async events() {
		const all = [];
		for (let next = '0'; next !== null;) {
			const page = await this.ask(`/v1/log?from=${next}`);
			all.push(...page.items);
			next = page.next;
		}
		return all.map((e) => ({ ...e, salt: Buffer.from(e.salt, 'base64url'), event: Buffer.from(e.event, 'base64url'),
			leaf: Buffer.from(e.leaf, 'base64url') }));
	}
}

/** Thrown unless the log's key promised that leaf under that second. */
export function checkReceipt(receipt, origin, raws) {
	const b = (text) => Buffer.from(text, 'base64url');
	const second = Buffer.alloc(8);
	second.writeBigUInt64BE(BigInt(receipt.second));
	const leaf = sha256(Buffer.of(0), second, b(receipt.leaf));
	const path = b(receipt.path ?? '');
	const hashes = Array.from({ length: path.length / 32 }, (_, i) => path.subarray(i * 32, i * 32 + 32));
	const root = b(receipt.root);
	assert.ok(climb(leaf, receipt.index, receipt.size, hashes)?.equals(root), 'the path leads to the root');
	const raw = raws.find((key) => sha256(key).subarray(0, 4).equals(b(receipt.kid)));
	assert.ok(raw, 'a key of the log');
	assert.ok(verify(raw, `hitotsu receipt v1\n${origin}\n${root.toString('base64')}\n`, b(receipt.signature)),
		'the receipt\'s signature');
}

/** Thrown unless what `hitotsu audit receipt` printed proves that the log left its promise out. It needs no server. */
export function checkEvidence(evidence, raws) {
	const b = (text) => Buffer.from(text ?? '', 'base64url');
	const origin = evidence.checkpoint.split('\n')[0];
	const { size, root, sealed } = readCheckpoint(checkNote(evidence.checkpoint, origin, raws));
	const { receipt } = evidence;
	checkReceipt(receipt, origin, raws);
	assert.ok(sealed >= receipt.second, 'the second is sealed');
	const prove = ({ index, leaf, path }) => {
		const hashes = Array.from({ length: b(path).length / 32 }, (_, i) => b(path).subarray(i * 32, i * 32 + 32));
		assert.ok(climb(b(leaf), index, size, hashes)?.equals(root), `leaf ${index} is in the tree`);
	};
	const closed = evidence.second_closed;
	for (const one of closed) {
		prove(one);
		assert.ok(leafOf(sha256(b(one.salt), secondClosed(one.second, one.events))).equals(b(one.leaf)));
	}
	if (evidence.leaves) {
		const [end] = closed;
		assert.equal(closed.length, 1);
		assert.equal(end.second, receipt.second);
		assert.equal(evidence.leaves.length, end.events);
		evidence.leaves.forEach((one, i) => {
			prove(one);
			assert.equal(one.index, end.index - end.events + i);
			assert.notEqual(one.leaf, receipt.leaf);
		});
		return;
	}
	// Nothing between two ends of seconds; before the first one, or after the last one, nothing at all.
	const before = closed.find((one) => one.second < receipt.second);
	const after_ = closed.find((one) => one.second > receipt.second);
	assert.equal(closed.length, [before, after_].filter(Boolean).length);
	assert.equal((before?.index ?? -1) + 1, after_ ? after_.index - after_.events : size, 'they stand side by side');
}

/** Deterministic CBOR {0: "second_closed", 1: second, 2: events}. */
export function secondClosed(second, events) {
	const uint = (n) => (n < 24 ? Buffer.of(n) : n < 256 ? Buffer.of(24, n)
		: n < 65536 ? Buffer.of(25, n >> 8, n & 255) : Buffer.concat([Buffer.of(26), u32(n)]));
	const u32 = (n) => { const out = Buffer.alloc(4); out.writeUInt32BE(n); return out; };
	return Buffer.concat([Buffer.of(0xa3, 0, 0x6d), Buffer.from('second_closed'), Buffer.of(1), uint(second),
		Buffer.of(2), uint(events)]);
}

/** A log of a test's own, which can be made to lie. */
export class FakeLog {
	constructor(origin) {
		this.origin = origin;
		const pair = crypto.generateKeyPairSync('ed25519');
		this.key = pair.privateKey;
		this.raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
		this.data = [];
		this.seconds = [];
		this.sealed = 0;
	}

	get vkey() { return vkeyOf(this.origin, 1, this.raw); }

	sign(text) { return crypto.sign(null, Buffer.from(text), this.key); }

	/** Seals a second with so many events; gives their leaves. */
	seal(second, events) {
		const mine = Array.from({ length: events }, () => crypto.randomBytes(32));
		const event = secondClosed(second, events), salt = sha256(event).subarray(0, 16);
		this.seconds.push({ second, first_index: this.data.length, leaf_count: events + 1,
			root: Buffer.alloc(32, 1).toString('base64url'), salt: salt.toString('base64url') });
		this.data.push(...mine, sha256(salt, event));
		this.sealed = second;
		return mine.map(leafOf);
	}

	leaves(size = this.data.length) { return this.data.slice(0, size).map(leafOf); }

	checkpoint(size = this.data.length, root = rootOf(this.leaves(size))) {
		const text = `${this.origin}\n${size}\n${root.toString('base64')}\nsealed ${this.sealed}\n`;
		const blob = Buffer.concat([keyId(this.origin, 1, this.raw), this.sign(text)]);
		return `${text}\n— ${this.origin} ${blob.toString('base64')}\n`;
	}

	/** A receipt alone in its group. */
	receipt(leaf, second) {
		const bytes = Buffer.alloc(8);
		bytes.writeBigUInt64BE(BigInt(second));
		const root = sha256(Buffer.of(0), bytes, leaf);
		return { leaf: leaf.toString('base64url'), second, index: 0, size: 1, root: root.toString('base64url'),
			kid: sha256(this.raw).subarray(0, 4).toString('base64url'),
			signature: this.sign(`hitotsu receipt v1\n${this.origin}\n${root.toString('base64')}\n`).toString('base64url') };
	}

	/** What it answers to a path: bytes or text, or undefined. */
	answer(path) {
		const tile = /^\/tile\/(entries|\d)\/(\d{3})(?:\.p\/(\d+))?$/.exec(path);
		if (path === '/checkpoint') return this.checkpoint();
		if (path === '/v1/keys') return JSON.stringify({ keys: [{ hitotsu_use: 'log', x: this.raw.toString('base64url') }] });
		if (path.startsWith('/v1/log/seconds/')) {
			const second = Number(path.split('/').at(-1));
			const held = this.seconds.find((s) => s.second === second);
			return JSON.stringify({ second, sealed_s: this.sealed, ...(held ? { held } : {
				before: this.seconds.filter((s) => s.second < second).at(-1),
				after: this.seconds.find((s) => s.second > second) }) });
		}
		if (!tile) return undefined;
		const [, kind, number, width] = tile;
		const from = Number(number) * 256, some = this.data.slice(from, from + Number(width ?? 256));
		if (kind === 'entries') return Buffer.concat(some.map((d) => Buffer.concat([Buffer.of(0, 32), d])));
		if (kind === '0') return Buffer.concat(some.map(leafOf));
		const span = 256 ** Number(kind), leaves = this.leaves();
		return Buffer.concat(Array.from({ length: Number(width ?? 256) }, (_, i) =>
			rootOf(leaves.slice((from + i) * span, (from + i + 1) * span))));
	}
}
