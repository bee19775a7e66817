// tests/api/verify_ticket_auth0.test.mjs - the golden tickets through @auth0/cose.
import { load, publicKey, testVerifier } from './verify_ticket.mjs';

testVerifier('@auth0/cose', async (bytes) => {
	const { Sign1 } = await load('@auth0/cose');
	const sign1 = Sign1.decode(bytes);
	await sign1.verify(publicKey);
	return sign1.payload;
});
