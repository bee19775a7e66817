// tests/api/sailing.test.mjs - a boat's last minutes: everybody at once, each with a ticket of their own, all for one
// sailing. Without it the pier would be told to try again while the boat leaves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House, jst, skip, uuid7 } from './house.mjs';
import { found } from './town.mjs';

const PLACES = 70;
const RIDERS = 100;
const GATES = ['pier', 'pier-2', 'pier-3'];

let house;
let town;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	for (const gate_id of GATES.slice(1)) {
		await house.must(201, 'POST', '/v1/gates',
			{ body: { gate_id, operator_id: 'sakurajima-ferry', mode: 'ferry', name: gate_id } });
		town.gates[gate_id] = (await house.must(201, 'POST', '/v1/tokens',
			{ body: { role: 'gate', subject: gate_id } })).token;
	}
	await house.clock('2026-11-02T09:00:00+09:00');
});
after(async () => { await house?.close(); });

const count = (all) => all.reduce((n, one) => ({ ...n, [one]: (n[one] ?? 0) + 1 }), {});

async function sellTo(riders) {
	const tickets = [];
	for (let i = 0; i < riders; i++) tickets.push(await town.sell('one-sailing'));
	return tickets;
}

test('everybody at once, and each is told', { skip }, async () => {
	await town.sailing('last', jst(house.now + 3600_000), PLACES + GATES.length);
	const tickets = await sellTo(RIDERS);
	const go = (ticket, i) => town.verdict(GATES[i % GATES.length], { qr: ticket.code, kind: 'check_in', service: 'last' });
	for (const [i, ticket] of (await sellTo(GATES.length)).entries()) assert.equal(await go(ticket, i), 'ADMITTED');
	assert.deepEqual(count(await Promise.all(tickets.map(go))), { ADMITTED: PLACES, FULL: RIDERS - PLACES });
});

test('and so where others tell of it afterwards', { skip }, async () => {
	await town.sailing('later', jst(house.now + 7200_000), PLACES);
	const tickets = await sellTo(RIDERS);
	const tell = async (gate, some) => {
		const lines = some.map((ticket) => JSON.stringify({ scan_id: uuid7(house.now), qr: ticket.code,
			at: jst(house.now), kind: 'check_in', service: 'later', bundle: Math.floor(house.now / 1000) - 60 }));
		const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null,
			payload: lines.join('\n'), headers: { 'content-type': 'application/x-ndjson' } });
		return answer.text.split('\n').filter(Boolean).map((text) => JSON.parse(text)).map((a) => a.verdict ?? a.code);
	};
	const go = async (ticket) => [await town.verdict('pier', { qr: ticket.code, kind: 'check_in', service: 'later' })];
	const heard = await Promise.all([tell('pier-2', tickets.slice(0, 30)), tell('pier-3', tickets.slice(30, 60)),
		...tickets.slice(60).map(go)]);
	assert.deepEqual(count(heard.flat()), { ADMITTED: PLACES, FULL: RIDERS - PLACES });
});
