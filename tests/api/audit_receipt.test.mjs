// tests/api/audit_receipt.test.mjs - the evidence that the log left a scan out, as `hitotsu audit receipt` prints it: what
// proves it, and what does not. The log here is a toy with a key of its own, for an honest one leaves nothing out.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { audit } from '../../operators/audit/hitotsu-audit.mjs';
import { judgeEvidence } from '../../operators/audit/log.mjs';
import { inclusion, keyId, leafOf, rootOf, sha256, vkeyOf } from './log_reader.mjs';

const ORIGIN = 'toy.example/log';
const { privateKey, publicKey } = crypto.generateKeyPairSync('ed25519');
const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
const keys = [{ name: ORIGIN, raw }];
const sign = (text) => crypto.sign(null, Buffer.from(text), privateKey);
const b64u = (bytes) => bytes.toString('base64url');

/** {0: "second_closed", 1: second, 2: events}, both numbers small. */
const closed = (second, events) => Buffer.concat([Buffer.from([0xa3, 0, 0x6d]), Buffer.from('second_closed'),
	Buffer.from([1, 0x19, second >> 8, second & 255, 2, events])]);
const saltOf = (bytes) => sha256(bytes).subarray(0, 16);

/** seconds: [second, leaves]... */
function logOf(seconds, sealed) {
	const leaves = [], ends = [];
	for (const [second, held] of seconds) {
		const bytes = closed(second, held.length);
		leaves.push(...held, leafOf(sha256(saltOf(bytes), bytes)));
		ends.push({ second, events: held.length, salt: b64u(saltOf(bytes)), index: leaves.length - 1 });
	}
	const text = `${ORIGIN}\n${leaves.length}\n${rootOf(leaves).toString('base64')}\nsealed ${sealed}\n`;
	const line = Buffer.concat([keyId(ORIGIN, 1, raw), sign(text)]).toString('base64');
	const prove = (index) => b64u(Buffer.concat(inclusion(leaves, index)));
	return { leaves, checkpoint: `${text}\n— ${ORIGIN} ${line}\n`, ends: ends.map((e) => ({ ...e, path: prove(e.index) })),
		at: (index) => ({ index, leaf: b64u(leaves[index]), path: prove(index) }) };
}

function receiptOf(leaf, second) {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(BigInt(second));
	const root = sha256(Buffer.of(0), bytes, leaf);
	return { leaf: b64u(leaf), second, index: 0, size: 1, root: b64u(root), kid: b64u(sha256(raw).subarray(0, 4)),
		signature: b64u(sign(`hitotsu receipt v1\n${ORIGIN}\n${root.toString('base64')}\n`)) };
}

const [a, b, c, d] = [1, 2, 3, 4].map((n) => sha256(Buffer.of(n)));
const log = logOf([[1000, [a, b]], [1002, [c]]], 1005);
const base = { evidence: 'left_out', checkpoint: log.checkpoint, log_keys: [vkeyOf(ORIGIN, 1, raw)] };
const among = { ...base, receipt: receiptOf(d, 1000), second_closed: [log.ends[0]], leaves: [log.at(0), log.at(1)] };
const between = { ...base, receipt: receiptOf(d, 1001), second_closed: log.ends };
const behind = { ...base, receipt: receiptOf(d, 1004), second_closed: [log.ends[1]] };
const before = { ...base, receipt: receiptOf(d, 999), second_closed: [log.ends[0]] };

test('what proves it', () => {
	for (const evidence of [among, between, behind, before]) judgeEvidence(evidence, keys);
});

test('what does not', () => {
	const other = crypto.generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
	const cases = [
		['the log has it', { ...among, receipt: receiptOf(b, 1000) }],
		['a leaf is kept back', { ...among, leaves: [log.at(0)] }],
		['a leaf stands for two', { ...among, leaves: [log.at(0), log.at(0)] }],
		['a leaf of another second', { ...among, leaves: [log.at(0), log.at(3)] }],
		['another second\'s end', { ...among, second_closed: [log.ends[1]], leaves: [log.at(3)] }],
		['a second that held something', { ...between, receipt: receiptOf(d, 1000) }],
		['one neighbour where there are two', { ...between, second_closed: [log.ends[0]] }],
		['the other one', { ...between, second_closed: [log.ends[1]] }],
		['not sealed yet', { ...behind, receipt: receiptOf(d, 1006) }],
		['never promised', { ...among, receipt: { ...among.receipt, leaf: b64u(c) } }],
		['promised for another second', { ...between, receipt: { ...among.receipt, second: 1001 } }],
		['another tree', { ...among, checkpoint: log.checkpoint.replace(/sealed/, 'sealed ') }],
		['a path of another leaf', { ...among, leaves: [log.at(0), { ...log.at(1), path: log.at(0).path }] }],
		['no end at all', { ...behind, second_closed: [] }],
	];
	for (const [what, evidence] of cases) assert.throws(() => judgeEvidence(evidence, keys), what);
	assert.throws(() => judgeEvidence(among, [{ name: ORIGIN, raw: other }]), 'another key');
});

test('from the command line', async () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hitotsu-api-'));
	after(() => fs.rmSync(folder, { recursive: true, force: true }));
	const file = path.join(folder, 'evidence.json');
	const judge = async (evidence) => {
		fs.writeFileSync(file, JSON.stringify(evidence));
		return audit({ mode: 'receipt', file, keys });
	};
	const proven = await judge(among);
	assert.equal(proven.code, 3);
	assert.equal(proven.report.findings[0].code, 'LEFT_OUT');
	const not = await judge({ ...among, receipt: receiptOf(a, 1000) });
	assert.equal(not.code, 1);
	assert.equal(not.report.findings[0].code, 'EVIDENCE_FAILS');
});
