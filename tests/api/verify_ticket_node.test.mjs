// tests/api/verify_ticket_node.test.mjs - the golden tickets through cbor-x and node:crypto, the
// Sig_structure of RFC 9052 section 4.4 put together here.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import test from 'node:test';
import { cborDecoder, golden, publicKey, testVerifier } from './verify_ticket.mjs';

test('the kid is the start of the key\'s digest', () => {
	const key = Buffer.from(golden.public_key, 'hex');
	const digest = crypto.createHash('sha256').update(key).digest('hex');
	assert.equal(digest.slice(0, 8), golden.kid);
	assert.ok(golden.tickets.length >= 4);
});

function byteString(bytes) {
	const size = bytes.length;
	assert.ok(size < 256);
	const head = size < 24 ? [0x40 | size] : [0x58, size];
	return Buffer.concat([Buffer.from(head), bytes]);
}

testVerifier('cbor-x and node:crypto', async (bytes) => {
	const decoder = await cborDecoder();
	assert.equal(bytes[0], 0xd2);
	const [protectedBytes, unprotected, payload, signature] = decoder.decode(bytes.subarray(1));
	const header = decoder.decode(protectedBytes);
	assert.deepEqual([...header.keys()], [1, 4]);
	assert.equal(header.get(1), -8);
	assert.equal(Buffer.from(header.get(4)).toString('hex'), golden.kid);
	assert.equal(unprotected.size, 0);
	const signed = Buffer.concat([
		Buffer.from([0x84, 0x6a]), Buffer.from('Signature1'),
		byteString(protectedBytes), byteString(Buffer.alloc(0)), byteString(payload),
	]);
	assert.ok(crypto.verify(null, signed, publicKey, signature));
	return payload;
});
