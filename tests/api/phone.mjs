// tests/api/phone.mjs - a rider's phone: a key of its own, and its signature around the ticket, made anew every 15
// seconds. Without it the black-box tests could show nothing but printed tickets. Bytes by hand: docs/ticket-format.md.
import crypto from 'node:crypto';

const BASE45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
export const STEP_S = 15;

export function bytesOf(code) {
	const text = code.slice(4);
	const out = [];
	for (let i = 0; i < text.length; i += 3) {
		const digits = [...text.slice(i, i + 3)].map((c) => BASE45.indexOf(c));
		const n = digits.reduce((sum, d, k) => sum + d * 45 ** k, 0);
		out.push(...(digits.length === 3 ? [n >> 8, n & 255] : [n]));
	}
	return Buffer.from(out);
}

export function codeOf(bytes) {
	let text = 'KM1:';
	for (let i = 0; i < bytes.length; i += 2) {
		const pair = i + 1 < bytes.length;
		let n = pair ? bytes[i] * 256 + bytes[i + 1] : bytes[i];
		for (let k = 0; k < (pair ? 3 : 2); k++, n = Math.floor(n / 45)) text += BASE45[n % 45];
	}
	return text;
}

/** A CBOR head: major type 0 to 7 and its number. */
export function head(major, n) {
	const first = major << 5;
	if (n < 24) return Buffer.from([first | n]);
	if (n < 256) return Buffer.from([first | 24, n]);
	if (n < 65536) return Buffer.from([first | 25, n >> 8, n & 255]);
	if (n < 2 ** 32) return Buffer.from([first | 26, n >>> 24, n >> 16 & 255, n >> 8 & 255, n & 255]);
	const long = Buffer.alloc(9);
	long[0] = first | 27;
	long.writeBigUInt64BE(BigInt(n), 1);
	return long;
}

export const byteString = (bytes) => Buffer.concat([head(2, bytes.length), bytes]);

/** What both signatures are over: RFC 9052's Sig_structure. */
export function signedBytes(protectedHeader, payload) {
	return Buffer.concat([Buffer.from([0x84, 0x6a]), Buffer.from('Signature1'), byteString(protectedHeader),
		byteString(Buffer.alloc(0)), byteString(payload)]);
}

export const sign1 = (protectedHeader, payload, signature, unprotected = Buffer.from([0xa0])) =>
	Buffer.concat([Buffer.from([0xd2, 0x84]), byteString(protectedHeader), unprotected, byteString(payload),
		byteString(signature)]);

/** {1: -8, 15: {6: iat}} */
export const headerOf = (iat) => Buffer.concat([Buffer.from([0xa2, 0x01, 0x27, 0x0f, 0xa1, 0x06]),
	iat < 0 ? head(1, -1 - iat) : head(0, iat)]);

export class Phone {
	constructor() {
		const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
		this.private = privateKey;
		this.key = publicKey.export({ format: 'jwk' }).x; // base64url, as POST /v1/tickets takes it.
	}

	sign(protectedHeader, payload) {
		return crypto.sign(null, signedBytes(protectedHeader, payload), this.private);
	}

	/** The ticket of that code, presented at that time: the bytes. */
	present(code, ms, { header = headerOf(Math.floor(ms / 1000 / STEP_S) * STEP_S) } = {}) {
		const ticket = Buffer.isBuffer(code) ? code : bytesOf(code);
		return sign1(header, ticket, this.sign(header, ticket));
	}

	/** The same as a code. */
	show(code, ms, more) {
		return codeOf(this.present(code, ms, more));
	}
}
