// tests/api/verify_ticket_cose_kit.test.mjs - the golden tickets through cose-kit.
import assert from 'node:assert/strict';
import { load, publicKey, testVerifier } from './verify_ticket.mjs';

testVerifier('cose-kit', async (bytes) => {
	const { coseVerify } = await load('cose-kit');
	const { isValid, decoded } = await coseVerify(bytes, publicKey);
	assert.ok(isValid);
	return decoded.payload;
});
