// tests/api/large.test.mjs - bodies of 100 MB, from clients that say all they have to say before they listen. Without it
// a reset could take the place of the refusal.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { assertProblem } from './contract.mjs';
import { House, skip } from './house.mjs';

const SIZE = 100_000_000;
const BLOCK = Buffer.alloc(1_000_000, 0x78);
const TIMES = 20;
const PATHS = ['/v1/scan-batches', '/v1/scans', '/v1/feeds?feed=x', '/nowhere'];

let house;

before(async () => { if (!skip) house = await House.open(); });
after(async () => { await house?.close(); });

const headers = () => ({ 'content-type': 'application/x-ndjson', 'content-length': SIZE, authorization: `Bearer ${house.council}` });

/** Writes all, as fast as it is taken. */
async function write(stream) {
	for (let sent = 0; sent < SIZE; sent += BLOCK.length)
		if (!stream.write(BLOCK)) await new Promise((then) => { stream.once('drain', then); });
}

function byHttp(path) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: '127.0.0.1', port: house.port, method: 'POST', path, headers: headers() });
		request.on('error', reject);
		request.on('response', (response) => {
			const parts = [];
			response.on('data', (part) => parts.push(part));
			response.on('error', reject);
			response.on('end', () => resolve({ status: response.statusCode, headers: response.headers,
				body: JSON.parse(Buffer.concat(parts)) }));
		});
		write(request).then(() => request.end(), reject);
	});
}

/** All is written before anything is read. */
function byHand(path) {
	return new Promise((resolve, reject) => {
		const socket = net.connect({ host: '127.0.0.1', port: house.port });
		socket.pause();
		socket.on('error', reject);
		socket.on('connect', async () => {
			const lines = Object.entries(headers()).map(([name, value]) => `${name}: ${value}\r\n`);
			socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${lines.join('')}\r\n`);
			await write(socket);
			const parts = [];
			socket.on('data', (part) => parts.push(part));
			socket.on('end', () => {
				const [head, body] = Buffer.concat(parts).toString().split('\r\n\r\n');
				const [first, ...rest] = head.split('\r\n');
				resolve({ status: Number(first.split(' ')[1]), body: JSON.parse(body),
					headers: Object.fromEntries(rest.map((line) => line.toLowerCase().split(': '))) });
			});
			socket.resume();
		});
	});
}

for (const [how, post] of [['node:http', byHttp], ['a socket', byHand]])
	test(`100 MB by ${how}: 413, each time`, { skip }, async () => {
		for (let i = 0; i < TIMES; i++)
			assertProblem(await post(PATHS[i % PATHS.length]), 413, 'BODY_TOO_LARGE');
		await house.must(200, 'GET', '/healthz', { token: null });
	});
