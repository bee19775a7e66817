// tests/api/verify_ticket.mjs - the golden tickets, for verifiers that nobody here wrote. Without it
// we might issue what only we can read. HITOTSU_NPM is the folder whose node_modules has them. Each
// verifier has a test file, thus a process, of its own: two that share cbor-x disturb each other.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

const npm = process.env.HITOTSU_NPM;
const skip = npm ? false : 'HITOTSU_NPM is not set: the verifying libraries are not installed';
const CLAIM = { exp: 4, nbf: 5, iat: 6, cti: 7, cnf: 8, hitotsu: -65537 };

export const golden = JSON.parse(
	fs.readFileSync(new URL('../golden/tickets.json', import.meta.url), 'utf8'));
export const publicKey = crypto.createPublicKey({
	format: 'jwk',
	key: {
		kty: 'OKP',
		crv: 'Ed25519',
		x: Buffer.from(golden.public_key, 'hex').toString('base64url'),
	},
});

export function load(name) {
	const require = createRequire(path.resolve(npm, 'x.js'));
	return import(pathToFileURL(require.resolve(name)).href);
}

export async function cborDecoder() {
	const { Decoder } = await load('cbor-x');
	return new Decoder({ mapsAsObjects: false });
}

export async function bytesOf(ticket) {
	const { decode } = await load('@digitalbazaar/base45');
	assert.ok(ticket.code.startsWith('KM1:'));
	return Buffer.from(decode(ticket.code.slice(4)));
}

// What the payload says is what the golden file says of the ticket.
export async function assertClaims(payload, ticket) {
	const claims = (await cborDecoder()).decode(payload);
	assert.equal(claims.get(CLAIM.exp), ticket.exp);
	assert.equal(claims.get(CLAIM.nbf), ticket.nbf);
	assert.equal(claims.get(CLAIM.iat), ticket.iat);
	const id = Buffer.from(claims.get(CLAIM.cti)).toString('hex');
	assert.equal(id, ticket.id.replaceAll('-', ''));
	assert.deepEqual(claims.get(CLAIM.hitotsu), ticket.claim);
	const cnf = claims.get(CLAIM.cnf);
	assert.equal(cnf !== undefined, ticket.device_key !== undefined);
	if (cnf === undefined)
		return;
	const key = cnf.get(1);
	assert.deepEqual([key.get(1), key.get(-1)], [1, 6]);
	assert.equal(Buffer.from(key.get(-2)).toString('hex'), ticket.device_key);
}

// One bit of the signature changed.
function forged(bytes) {
	const copy = Buffer.from(bytes);
	copy[copy.length - 2] ^= 1;
	return copy;
}

// verify(bytes) gives the payload, or rejects.
export function testVerifier(name, verify) {
	for (const ticket of golden.tickets) {
		test(`${name} verifies: ${ticket.name}`, { skip }, async () => {
			const bytes = await bytesOf(ticket);
			assert.equal(bytes.toString('hex'), ticket.cose);
			await assertClaims(await verify(bytes), ticket);
			await assert.rejects(() => verify(forged(bytes)));
		});
	}
}
