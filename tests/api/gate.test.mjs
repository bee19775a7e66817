// tests/api/gate.test.mjs - a gate without a network, as `hitotsu verify` is one: it holds the bundle that the server
// gave it, says of each code what the server says, and tells what it did afterwards. Without it the two could differ,
// and nobody would know before a line breaks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { House, jst, run, skip } from './house.mjs';
import { Phone } from './phone.mjs';
import { boardingPass, found } from './town.mjs';

let house;
let town;

const file = (name) => path.join(house.folder, name);
const verify = (...args) => run('verify', ...args);

/** Fetches a gate's bundle into a file of its own. */
async function fetchBundle(gate, name = `${gate}.bundle`, since = undefined) {
	const answer = await house.ask('GET', `/v1/gate-bundle${since === undefined ? '' : `?since=${since}`}`,
		{ token: town.gates[gate] });
	assert.equal(answer.status, 200, answer.text);
	fs.writeFileSync(file(name), answer.bytes);
	return file(name);
}

/** What the gate says of a code by itself. */
function offline(gate, { qr, kind, at = house.now, riders, stop, service }, ...more) {
	const args = ['--gate-file', file(`${gate}.gate`), '--bundle', file(`${gate}.bundle`), '--keys', file('keys.json'),
		'--kind', kind, '--at', jst(at), ...(riders ? ['--riders', String(riders)] : []),
		...(stop ? ['--stop', stop] : []), ...(service ? ['--service', service] : []), ...more, qr];
	const done = verify(...args);
	return { ...done, answer: done.out ? JSON.parse(done.out) : undefined };
}

async function refund(ticket) {
	const at = `/v1/tickets/${ticket.ticket_id}`;
	const { offer_id } = await house.must(201, 'POST', `${at}/refund-offer`, { token: town.partner, body: {} });
	await house.must(200, 'POST', `${at}/refund`, { token: town.partner, body: { offer_id } });
}

const queue = (gate) => verify('--gate-file', file(`${gate}.gate`), '--queue').out;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.clock('2026-11-02T08:00:00+09:00');
	const keys = await house.ask('GET', '/v1/keys', { token: null });
	fs.writeFileSync(file('keys.json'), keys.bytes);
});
after(async () => { await house?.close(); });

/* What is sold, and the scans of it: [gate, scan, verdict]. A ticket is shown at one gate only, for what another gate
 * saw no gate without a network can know. */
async function story(no, pnr) {
	const [boat1, boat2, flight] = ['boat-1', 'boat-2', 'flight'].map((name) => `${name}-${no}`);
	const phone = new Phone();
	const code = async (product, more) => (await town.sell(product, more)).code;
	const refunded = await town.sell('four-modes');
	const booked = await town.sell('booked-sea');
	const flown = await town.sell('four-modes');
	const ride = await code('one-ride');
	const city = await code('city-day', { riders: 2 });
	const bath = await code('bath-once');
	const sea = await code('one-sailing', { riders: 9 });
	const bare = await code('four-modes', { device_key: phone.key });
	const forged = ride.replace(/.$/, (c) => (c === '0' ? '1' : '0'));
	await town.sailing(boat1, '2026-11-02T09:00:00+09:00', 12);
	await town.sailing(boat2, '2026-11-02T10:00:00+09:00', 12);
	await town.flight(flight, '2026-11-02T09:30:00+09:00', 12);
	for (const [ticket, operator_id, service_id, locator] of [[booked, 'sakurajima-ferry', boat2],
		[flown, 'orc', flight, pnr]])
		await house.must(201, 'POST', '/v1/reservations', { token: town.partner,
			body: { ticket_id: ticket.ticket_id, operator_id, service_id, pnr: locator } });
	await refund(refunded);
	return [
		['bath', { qr: bath, kind: 'redeem' }, 'ADMITTED'],
		['bath', { qr: bath, kind: 'redeem' }, 'USED_UP'],
		['bath', { qr: 'hello', kind: 'redeem' }, 'MALFORMED'],
		['tenjin', { qr: ride, kind: 'exit' }, 'NO_ENTRY'],
		['tenjin', { qr: ride, kind: 'enter', riders: 2 }, 'WRONG_RIDERS'],
		['tenjin', { qr: ride, kind: 'enter' }, 'ADMITTED'],
		['tenjin', { qr: ride, kind: 'enter' }, 'ALREADY_INSIDE'],
		['tenjin', { qr: ride, kind: 'exit' }, 'ADMITTED'],
		['tenjin', { qr: ride, kind: 'enter' }, 'USED_UP'],
		['tenjin', { qr: city, kind: 'enter', riders: 2 }, 'ADMITTED'],
		['tenjin', { qr: refunded.code, kind: 'enter' }, 'REVOKED'],
		['tenjin', { qr: bare, kind: 'enter' }, 'DEVICE_PROOF_MISSING'],
		['tenjin', { qr: phone.show(bare, house.now - 60_000), kind: 'enter' }, 'DEVICE_PROOF_STALE'],
		['tenjin', { qr: new Phone().show(bare, house.now), kind: 'enter' }, 'DEVICE_PROOF_FORGED'],
		['tenjin', { qr: phone.show(bare, house.now), kind: 'enter' }, 'ADMITTED'],
		['tenjin', { qr: phone.show(bare, house.now), kind: 'exit' }, 'PASSED_BACK'],
		['tenjin', { qr: forged, kind: 'enter' }, undefined], // FORGED or MALFORMED: what matters is that both agree.
		['meinohama', { qr: await code('city-day'), kind: 'enter' }, 'WRONG_ZONE'],
		['bus-1', { qr: await code('next-year'), kind: 'board', stop: 'S', service: 'r1' }, 'NOT_YET_VALID'],
		['bus-1', { qr: await code('city-day'), kind: 'board', stop: 'S' }, 'WRONG_MODE'],
		['bus-1', { qr: await code('island-day'), kind: 'board', stop: 'S' }, 'ADMITTED'],
		['pier', { qr: sea, kind: 'check_in', riders: 9, service: boat1 }, 'ADMITTED'],
		['pier', { qr: await code('one-sailing', { riders: 4 }), kind: 'check_in', riders: 4, service: boat1 }, 'FULL'],
		['pier', { qr: sea, kind: 'check_in', service: 'nowhere' }, 'WRONG_SERVICE'],
		['pier', { qr: booked.code, kind: 'check_in', service: boat1 }, 'WRONG_SERVICE'],
		['pier', { qr: booked.code, kind: 'check_in', service: boat2 }, 'ADMITTED'],
		['pier', { qr: booked.code, kind: 'check_in', service: boat2 }, 'USED_UP'],
		['pier', { qr: await code('booked-sea'), kind: 'check_in', service: boat2 }, 'NO_RESERVATION'],
		['airport', { qr: boardingPass(pnr, 306), kind: 'check_in' }, 'ADMITTED'],
		['airport', { qr: boardingPass(pnr, 306), kind: 'check_in' }, 'USED_UP'],
		['airport', { qr: boardingPass('XYZ999', 306), kind: 'check_in' }, 'NO_RESERVATION'],
	];
}

test('in at one gate, out at another, neither with a network', { skip }, async () => {
	const [out, kept] = [await town.sell('city-day'), await town.sell('city-day')];
	const start = house.now + 2000;
	await house.clock(start);
	for (const gate of ['tenjin', 'hakata']) {
		await fetchBundle(gate);
		fs.rmSync(file(`${gate}.gate`), { force: true });
	}
	const at = (minutes) => start + minutes * 60_000;
	for (const ticket of [out, kept])
		assert.equal(offline('tenjin', { qr: ticket.code, kind: 'enter', at: at(1) }).answer.verdict, 'ADMITTED');
	const leave = (ticket, ...more) => {
		const { code, answer } = offline('hakata', { qr: ticket.code, kind: 'exit', at: at(20) }, ...more);
		return [code, answer.verdict];
	};
	assert.deepEqual(leave(kept), [3, 'NO_ENTRY']);
	assert.deepEqual(leave(out, '--let-out'), [0, 'NO_ENTRY']);
	await house.clock(at(30));
	const upload = async (gate) => {
		const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null,
			payload: queue(gate), headers: { 'content-type': 'application/x-ndjson' } });
		return answer.text.trim().split('\n').map((text) => JSON.parse(text)).map((a) => [a.verdict, a.contested]);
	};
	assert.deepEqual(await upload('tenjin'), [['ADMITTED', false], ['ADMITTED', false]]);
	assert.deepEqual(await upload('hakata'), [['NO_ENTRY', false], ['ADMITTED', false]]);
	const enter = (ticket) => town.verdict('tenjin', { qr: ticket.code, kind: 'enter' });
	assert.deepEqual([await enter(out), await enter(kept)], ['ADMITTED', 'ALREADY_INSIDE']);
	for (const gate of ['tenjin', 'hakata']) fs.rmSync(file(`${gate}.gate`));
});

test('a gate alone says what the server says, and uploads it', { skip }, async (t) => {
	const lines = await story(1, 'ABC234');
	const gates = [...new Set(lines.map(([gate]) => gate))];
	const said = [];
	await house.clock(house.now + 2000);
	for (const gate of gates) await fetchBundle(gate);
	for (const [gate, scan, verdict] of lines) {
		const { code, answer, err } = offline(gate, scan);
		assert.ok(answer, err);
		assert.equal(code, answer.verdict === 'ADMITTED' ? 0 : 3);
		if (verdict) assert.equal(answer.verdict, verdict, `${gate} ${JSON.stringify(scan)}`);
		assert.deepEqual([answer.bundle_expired, answer.bundle_old], [false, false]);
		assert.match(answer.scan_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
		said.push(answer);
	}
	await t.test('every scan is a line for upload', () => {
		for (const gate of gates) {
			const waiting = queue(gate).trim().split('\n').map((line) => JSON.parse(line));
			const own = lines.flatMap(([g, scan], i) => (g === gate ? [{ scan, answer: said[i] }] : []));
			assert.deepEqual(waiting.map((w) => [w.scan_id, w.qr, w.verdict, w.kind]),
				own.map(({ scan, answer }) => [answer.scan_id, scan.qr, answer.verdict, scan.kind]));
			assert.ok(waiting.every((w) => w.bundle === own[0].answer.bundle && Date.parse(w.bundle_at) <= house.now));
		}
	});
	await t.test('the server takes the lines and says the same', async (u) => {
		for (const gate of gates) {
			const payload = queue(gate);
			const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null, payload,
				headers: { 'content-type': 'application/x-ndjson' } });
			if (answer.status === 404) return u.skip('this server has no /v1/scan-batches');
			assert.equal(answer.status, 200, answer.text);
			const answers = answer.text.trim().split('\n').map((line) => JSON.parse(line));
			const own = said.filter((_, i) => lines[i][0] === gate);
			assert.deepEqual(answers.map((a) => [a.scan_id, a.verdict]), own.map((a) => [a.scan_id, a.verdict]), gate);
			assert.ok(answers.every((a) => !a.contested), answer.text);
			assert.equal(verify('--gate-file', file(`${gate}.gate`), '--done', String(answers.length)).code, 0);
			assert.equal(queue(gate), '');
		}
	});
});

test('what the gate says without the network, the server says with it', { skip }, async () => {
	const lines = await story(2, 'DEF567');
	for (const [gate, scan, verdict] of lines) {
		const said = await town.verdict(gate, scan);
		if (verdict) assert.equal(said, verdict, `${gate} ${JSON.stringify(scan)}`);
	}
});

test('asking writes nothing; a refund is known after the next bundle', { skip }, async () => {
	const ticket = await town.sell('city-day');
	const scan = { qr: ticket.code, kind: 'enter' };
	await house.clock(house.now + 2000);
	await fetchBundle('hakata', 'hakata.bundle');
	for (let i = 0; i < 3; i++) assert.equal(offline('hakata', scan, '--ask').answer.verdict, 'ADMITTED');
	assert.equal(queue('hakata'), '');
	await refund(ticket);
	assert.equal(offline('hakata', scan, '--ask').answer.verdict, 'ADMITTED');
	const held = offline('hakata', scan, '--ask').answer.bundle;
	await house.clock(house.now + 2000);
	const delta = await fetchBundle('hakata', 'hakata.delta', held);
	assert.equal(offline('hakata', scan, '--bundle', delta, '--ask').answer.verdict, 'REVOKED');
	// The older one alone is refused from now on: this gate has known better.
	const back = offline('hakata', scan, '--ask');
	assert.deepEqual([back.code, back.out], [1, '']);
	assert.match(back.err, /OLDER/);
});

test('bundles that are not to be taken', { skip }, async () => {
	const scan = { qr: 'x', kind: 'redeem' };
	const whole = fs.readFileSync(await fetchBundle('bath'));
	const refused = (name, bytes, status, more = {}) => {
		fs.writeFileSync(file(`${name}.bundle`), bytes);
		const done = offline(name, { ...scan, ...more });
		assert.equal(done.code, 1, name);
		assert.match(done.err, status, name);
		assert.equal(done.out, '');
	};
	const forged = Buffer.from(whole);
	forged[forged.length - 1] ^= 1;
	refused('forged', forged, /FORGED/);
	refused('short', whole.subarray(0, whole.length - 1), /DAMAGED/);
	refused('text', Buffer.from('not a bundle'), /DAMAGED/);
	refused('expired', whole, /EXPIRED/, { at: house.now + 73 * 3600_000 });
	refused('future', whole, /FROM_FUTURE/, { at: house.now - 400_000 });
	fs.writeFileSync(file('two.bundle'), whole);
	assert.equal(offline('two', scan).code, 3);
	refused('two', fs.readFileSync(await fetchBundle('tenjin')), /OTHER_GATE/);
	const old = offline('bath', { qr: 'x', kind: 'redeem', at: house.now + 25 * 3600_000 });
	assert.deepEqual([old.answer.bundle_old, old.answer.bundle_expired], [true, false]);
});

test('without --keys the first bundle\'s signer is trusted, aloud, and no other later', { skip }, async () => {
	const bundle = await fetchBundle('bath');
	const args = ['--gate-file', file('first.gate'), '--bundle', bundle, '--kind', 'redeem', '--at', jst(house.now), 'x'];
	const first = verify(...args);
	assert.equal(first.code, 3, first.err);
	assert.match(first.err, /trusts whoever signed/);
	const second = verify(...args);
	assert.deepEqual([second.code, second.err], [3, '']);
	const stranger = await House.open();
	try {
		const other = await found(stranger);
		await stranger.clock('2026-11-02T08:00:00+09:00');
		const answer = await stranger.ask('GET', '/v1/gate-bundle', { token: other.gates.bath });
		fs.writeFileSync(file('stranger.bundle'), answer.bytes);
	} finally {
		await stranger.close();
	}
	const third = verify('--gate-file', file('first.gate'), '--bundle', file('stranger.bundle'), '--kind', 'redeem',
		'--at', jst(house.now), 'x');
	assert.deepEqual([third.code, third.out], [1, '']);
	assert.match(third.err, /UNTRUSTED/);
});

test('what cannot be asked is said', { skip }, async () => {
	const bundle = await fetchBundle('bath');
	const gate = ['--gate-file', file('asked.gate'), '--bundle', bundle, '--keys', file('keys.json')];
	for (const [code, pattern, args] of [
		[2, /--kind/, [...gate, 'x']],
		[2, /--kind/, [...gate, '--kind', 'fly', 'x']],
		[2, /--at/, [...gate, '--kind', 'redeem', '--at', 'now', 'x']],
		[2, /--riders/, [...gate, '--kind', 'redeem', '--riders', '100', 'x']],
		[2, /--bundle/, ['--gate-file', file('asked.gate'), '--kind', 'redeem', 'x']],
		[2, /--gate-file/, ['--kind', 'redeem', 'x']],
		[2, /--gate-file/, [...gate, '--kind', 'redeem']],
		[2, /unrecognized|invalid/, [...gate, '--unheard-of', 'x']],
		[1, /WRONG_KIND/, [...gate, '--kind', 'board', '--at', jst(house.now), 'x']],
		[1, /BAD_SCAN/, [...gate, '--kind', 'redeem', '--at', jst(house.now), '']],
		[1, /cannot be opened/, ['--gate-file', file('asked.gate'), '--bundle', file('none'), '--kind', 'redeem', 'x']],
		[1, /no bundle key/, [...gate.slice(0, 4), '--keys', bundle, '--kind', 'redeem', 'x']],
		[1, /FILE_OTHER/, ['--gate-file', bundle, '--queue']],
	]) {
		const done = verify(...args);
		assert.equal(done.code, code, `${args.slice(2)}: ${done.err}`);
		assert.match(done.err, pattern);
		assert.equal(done.out, '');
	}
});
