// tests/api/race.test.mjs - exactly once, attacked: hundreds of connections race for the same rides, send again,
// hang up before the answer, and the server is killed twice on the way. Then everybody's answers are laid side by
// side. Without it "a second ride cannot be earned" would hold for gates that wait in line.
//
// HITOTSU_SEED=n asks the same again, as far as chance is ours; each run prints its own.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { explain, harbour, station, uses } from './history.mjs';
import { House, jst, lasting, seeded, skip, sleep, uuid7 } from './house.mjs';
import { found } from './town.mjs';

const CONNECTIONS = 300;
const RECENT = 800;       // Of these some is sent again.
const AT_ONCE = 8;        // Tickets and harbours raced for at one time.
const KILL_AT = [0.3, 0.65];
const TICK_MS = 120;      // Seconds close while scans are under way, so that some must be filed anew.
const TICKS_MAX = 200;    // Within the gates' skew.
const STUCK_MS = 90_000;
const SEED = process.env.HITOTSU_SEED ?? String(crypto.randomInt(1e9));
const DAY = 'from=2026-11-01&until=2026-11-02';

const random = seeded(`race ${SEED}`);
const pick = (list) => list[random.below(list.length)];
const often = (n) => random.below(n) === 0;

let house;
let town;
let raced = false;
let clock = 0; // Of what we saw: one more with each thing sent and each answer.
const objects = []; // { name, model, ops, limit, ticket, sailing }: each has an order of its own.
const ops = []; // Every command begun: { object, said, bytes, answer, invoked, answered }.
const heard = { again: 0, refused: 0, hungUp: 0, torn: 0, reused: 0, killed: 0 };

/* ---- the region: gates, products and what is raced for ---------------------------------------- */

const GATES = {
	bus: ['bus-1', 'bus-2', 'bus-3', 'bus-4'], rail: ['tenjin', 'hakata', 'meinohama'],
	ferry: ['pier', 'pier-2', 'pier-3'], venue: ['bath', 'bath-2'],
};
const OPERATOR = { bus: 'miyako', rail: 'fukuoka-city-subway', ferry: 'sakurajima-ferry', venue: 'beppu-bath' };

/* Tickets: mode, uses, riders carried, how many tickets, scans of each. */
const TICKETS = [
	['bus', 1, 1, 1, 320], // All at the one seat.
	['bus', 7, 2, 1, 320],
	['bus', 1, 1, 20, 20],
	['bus', 2, 3, 18, 24],
	['bus', 9, 5, 18, 32],
	['rail', 1, 1, 14, 20],
	['rail', 4, 2, 18, 32],
	['venue', 1, 1, 16, 18],
];
/* Harbours: places of each sailing, uses of each ticket (null: no limit), scans of each ticket. */
const HARBOURS = [
	[[1], [null, null, null, null], 6],
	[[5], [null, null, null, null, null, null], 5],
	[[12], [null, null, null, null, null, null, null, null], 5],
	[[9, 4], [2, 2, 2, 1, 1], 8],
	[[6, 6, 6], [3, 3, 2, 1], 9],
];
/* Tickets with buses and booked ships: how many, bus scans of each, ships each books meanwhile. */
const BOOKED = [8, 26, 6];
const BOOKED_USES = 20;

const productOf = (mode, limit) => `race-${mode}-${limit ?? 'any'}`;

async function publish(product_id, modes, limit, more = {}) {
	await house.must(201, 'POST', '/v1/products', { body: {
		product_id, name_ja: '競走券', name_en: product_id, validity: 'days', length: 1, activation_days: 30, modes,
		operators: modes.map((mode) => ({ operator_id: OPERATOR[mode] })), uses: limit ?? 0, riders_max: 9, passback_s: 0,
		prices: [{ category: 'adult', price_yen: 500 }], rule_id: 'by-boardings', ...more } });
}

async function foundRace() {
	for (const [mode, gates] of Object.entries(GATES))
		for (const gate_id of gates.filter((gate) => !town.gates[gate])) {
			await house.must(201, 'POST', '/v1/gates', { body: { gate_id, operator_id: OPERATOR[mode], mode, name: gate_id } });
			town.gates[gate_id] = (await house.must(201, 'POST', '/v1/tokens',
				{ body: { role: 'gate', subject: gate_id } })).token;
		}
	const kinds = TICKETS.map(([mode, limit]) => [mode, limit])
		.concat(HARBOURS.flatMap(([, limits]) => limits.map((limit) => ['ferry', limit])));
	for (const [mode, limit] of new Map(kinds.map((kind) => [productOf(...kind), kind])).values())
		await publish(productOf(mode, limit), [mode], limit);
	await publish('race-booked', ['bus', 'ferry'], BOOKED_USES, { reserved_modes: ['ferry'] });
}

/* ---- what will be sent ------------------------------------------------------------------------ */

function bytesOf(token, path, body, key) {
	const payload = JSON.stringify(body);
	return Buffer.from(`POST ${path} HTTP/1.1\r\nHost: race\r\nAuthorization: Bearer ${token}\r\n`
		+ `${key ? `Idempotency-Key: "${key}"\r\n` : ''}Content-Type: application/json\r\n`
		+ `Content-Length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`);
}

function scanOf(object, mode, code, said, more = {}) {
	const gate = pick(GATES[mode]);
	const scan_id = uuid7(house.now + random.below(1000), random.bytes(10));
	const body = { scan_id, qr: code, at: jst(house.now), kind: said.kind, riders: said.riders, ...more };
	const ask = (changed = {}) => bytesOf(town.gates[gate], '/v1/scans', { ...body, ...changed });
	return { object, mode, scan_id, gate, said, body, bytes: ask(), other: ask({ riders: said.riders + 1 }) };
}

const KINDS = { bus: ['board'], rail: ['enter', 'exit'], ferry: ['check_in'], venue: ['redeem'] };

/* Some ask for one more than the ticket carries. */
const ridersOf = (carries) => 1 + random.below(often(12) ? carries + 1 : carries);

async function planTicket(mode, limit, carries, scans, product = productOf(mode, limit)) {
	const ticket = await town.sell(product, { riders: carries });
	const object = { name: `${product} ${ticket.ticket_id}`, limit, tickets: [ticket], ops: [],
		model: (mode === 'rail' ? station : uses)(limit, carries) };
	objects.push(object);
	object.plan = Array.from({ length: scans }, () =>
		scanOf(object, mode, ticket.code, { kind: pick(KINDS[mode]), riders: ridersOf(carries) }));
	return object;
}

async function planHarbour(places, limits, scans, n) {
	const tickets = await Promise.all(limits.map(async (limit) => {
		const carries = 1 + random.below(4);
		return { limit, carries, ...await town.sell(productOf('ferry', limit), { riders: carries }) };
	}));
	const sailings = places.map((_, i) => `race-${n}-${i}`);
	for (const [i, sailing] of sailings.entries()) await town.sailing(sailing, jst(house.now + 3600_000), places[i]);
	const object = { name: `harbour ${n}`, tickets, sailings, places, ops: [], model: harbour(places, tickets) };
	objects.push(object);
	object.plan = tickets.flatMap((t, ticket) => Array.from({ length: scans }, () => {
		const sailing = random.below(places.length);
		return scanOf(object, 'ferry', t.code, { kind: 'check_in', riders: ridersOf(t.carries), sailing, ticket },
			{ service: sailings[sailing] });
	}));
}

/* Ships booked for a ticket while it boards buses: both change what is known of it. */
async function planBooked(ships) {
	const object = await planTicket('bus', BOOKED_USES, 1, BOOKED[1], 'race-booked');
	const [{ ticket_id }] = object.tickets;
	object.booked = ships;
	object.plan.push(...ships.map((service_id) => ({ object, service_id, booking: true, bytes: bytesOf(town.partner,
		'/v1/reservations', { ticket_id, operator_id: OPERATOR.ferry, service_id }, `${ticket_id} ${service_id}`) })));
}

function shuffle(list) {
	for (let i = list.length - 1; i > 0; i--) {
		const k = random.below(i + 1);
		[list[i], list[k]] = [list[k], list[i]];
	}
	return list;
}

/* A few at a time, so that those who race for one thing do meet. */
function planOf() {
	const plan = [];
	shuffle(objects);
	for (let i = 0; i < objects.length; i += AT_ONCE)
		plan.push(...shuffle(objects.slice(i, i + AT_ONCE).flatMap((object) => object.plan)));
	return plan.reverse(); // Taken from its end.
}

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await foundRace();
	for (const [mode, limit, carries, tickets, scans] of TICKETS)
		await Promise.all(Array.from({ length: tickets }, () => planTicket(mode, limit, carries, scans)));
	for (const [n, [places, limits, scans]] of HARBOURS.entries()) await planHarbour(places, limits, scans, n);
	const ships = Array.from({ length: BOOKED[2] }, (_, i) => `booked-${i}`);
	for (const ship of ships) await town.sailing(ship, jst(house.now + 3600_000), 100);
	for (let i = 0; i < BOOKED[0]; i++) await planBooked(ships);
});
after(async () => { await house?.close(); });

/* ---- connections that may be cut at any byte -------------------------------------------------- */

class Line {
	static open(port) {
		return new Promise((resolve, reject) => {
			const line = new Line();
			line.waiting = [];
			line.rest = Buffer.alloc(0);
			line.socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
			line.socket.on('data', (part) => line.read(part));
			line.socket.on('error', reject);
			line.socket.on('connect', () => resolve(line));
			line.socket.on('close', () => { line.gone = true; line.waiting.forEach(({ lost }) => lost(new Error('gone'))); });
		});
	}

	read(part) {
		if (this.deaf) return;
		this.rest = Buffer.concat([this.rest, part]);
		for (;;) {
			const end = this.rest.indexOf('\r\n\r\n');
			if (end < 0) return;
			const head = this.rest.toString('latin1', 0, end);
			const size = Number(/^content-length: *(\d+)/im.exec(head)[1]);
			if (this.rest.length < end + 4 + size) return;
			const text = this.rest.toString('utf8', end + 4, end + 4 + size);
			this.rest = this.rest.subarray(end + 4 + size);
			this.waiting.shift().told({ status: Number(head.slice(9, 12)), text });
		}
	}

	/** Its answer; thrown where the line breaks. */
	ask(bytes) {
		return new Promise((told, lost) => {
			if (this.gone) { lost(new Error('gone')); return; }
			this.waiting.push({ told, lost });
			this.socket.write(bytes);
		});
	}

	/** Sends, and hangs up before the answer: at once, with a reset, or while the server is at it. */
	async hangUp(bytes) {
		this.deaf = true;
		await new Promise((then) => { this.socket.write(bytes, then); });
		const how = random.below(3);
		if (how === 2) await sleep(random.below(8));
		if (how === 1) this.socket.resetAndDestroy?.();
		this.socket.destroy();
	}

	close() { this.socket.destroy(); }
}

/* ---- the race --------------------------------------------------------------------------------- */

const answerOf = ({ status, text }) => {
	const { verdict, uses_left } = JSON.parse(text);
	return status === 200 && verdict === 'ADMITTED' ? `ADMITTED ${uses_left}` : verdict;
};

/* 409 and 503 say "send it again", and are no answer. */
function take(op, { status, text }) {
	if (status === 409 || status === 503) {
		assert.match(text, /"(STILL_RUNNING|CONTENTION|STORE_BUSY|NOT_READY)"/);
		heard.refused++;
		return false;
	}
	assert.equal(status, op.booking ? 201 : 200, text);
	if (op.answer) {
		heard.again++;
		assert.equal(lasting(text), lasting(op.answer.text), `another answer to ${op.scan_id ?? op.service_id}`);
		return true;
	}
	op.answer = { status, text };
	op.answered = ++clock;
	if (!op.booking) op.heard = answerOf(op.answer);
	return true;
}

function begin(op) {
	if (op.invoked) return;
	op.invoked = ++clock;
	op.answered = Infinity;
	ops.push(op);
	op.object.ops.push(op);
}

async function askOther(line, op) {
	const { status, text } = await line.ask(op.other);
	if (status === 409) return;
	assert.equal(status, 422, text);
	assert.match(text, /"IDEMPOTENCY_KEY_REUSED"/);
	heard.reused++;
}

/* One thing done with a command on a line. False: the line is used up. */
async function attack(line, op) {
	if (often(60)) { // Cut in the middle of a word: nothing was asked.
		heard.torn++;
		await line.hangUp(op.bytes.subarray(0, 1 + random.below(op.bytes.length - 1)));
		return false;
	}
	if (op.answer && op.other && often(5)) {
		await askOther(line, op);
		return true;
	}
	begin(op);
	if (often(9)) {
		heard.hungUp++;
		await line.hangUp(op.bytes);
		return false;
	}
	if (often(15)) // Twice in one breath.
		for (const answer of await Promise.all([line.ask(op.bytes), line.ask(op.bytes)])) take(op, answer);
	else take(op, await line.ask(op.bytes));
	return true;
}

class Race {
	constructor(plan) {
		this.plan = plan;
		this.total = plan.length;
		this.kills = KILL_AT.map((part) => Math.floor(part * this.total));
		this.up = Promise.resolve();
	}

	/* Something new, or something sent before: answered, unanswered, or under way elsewhere. */
	next() {
		return ops.length > 0 && often(3) ? ops[ops.length - 1 - random.below(Math.min(ops.length, RECENT))] : this.plan.pop();
	}

	async gate() {
		let line;
		while (this.plan.length > 0) {
			await this.up;
			const op = this.next();
			try {
				line ??= await Line.open(house.port);
				if (!await attack(line, op)) line = undefined;
			} catch (error) {
				if (error.message !== 'gone' && !error.syscall) this.failed ??= error;
				line?.close();
				line = undefined; // The server is gone; nobody knows what became of it.
			}
			if (!op.invoked) this.plan.unshift(op);
			if (this.failed) return;
			if (this.plan.length < this.total - this.kills[0]) this.kill();
		}
		line?.close();
	}

	kill() {
		this.kills.shift();
		heard.killed++;
		this.up = (async () => {
			await house.kill();
			heard.unheard = (heard.unheard ?? []).concat(ops.filter((op) => !op.answer).length);
			await house.start();
			assertOrders(); // What is heard by now has an order, whatever became of the rest.
		})().catch((error) => { this.failed ??= error; });
	}

	async clock() {
		for (let i = 0; i < TICKS_MAX && this.plan.length > 0 && !this.failed; i++) {
			await this.up;
			await house.clock(house.now + 1000).catch(() => {});
			await sleep(TICK_MS);
		}
	}

	async run() {
		await Promise.all([this.clock(), ...Array.from({ length: CONNECTIONS }, () => this.gate())]);
		await this.up;
		if (this.failed) throw this.failed;
	}
}

function assertOrders() {
	for (const { name, model, ops: all } of objects) {
		const { why } = explain(model, all.filter((op) => !op.booking));
		if (why) assert.fail(`${name}: ${why}`);
	}
}

/* Each of these again, until it is answered. */
async function sendAll(list) {
	const left = list.slice();
	await Promise.all(Array.from({ length: 64 }, async () => {
		const line = await Line.open(house.port);
		for (let op = left.pop(); op; op = left.pop()) {
			for (let tries = 0; !take(op, await line.ask(op.bytes)); tries++) {
				assert.ok(tries < 50, 'a scan is never answered');
				await sleep(10);
			}
		}
		line.close();
	}));
}

const sum = (list, of) => list.reduce((total, item) => total + of(item), 0);
const admitted = (list) => list.filter((op) => op.heard?.startsWith('ADMITTED'));
const scans = () => ops.filter((op) => !op.booking);

test('hundreds of gates race, hang up and send again, and the server is killed twice', { skip, timeout: STUCK_MS }, async (t) => {
	t.diagnostic(`HITOTSU_SEED=${SEED}`);
	const race = new Race(planOf());
	await race.run();
	t.diagnostic(`${ops.length} commands, ${ops.filter((op) => !op.answer).length} unheard; ${JSON.stringify(heard)}`);
	assert.equal(ops.length, race.total);
	assert.equal(heard.killed, KILL_AT.length);
	for (const [what, count] of Object.entries(heard)) assert.ok(what === 'refused' || count !== 0, what);
	assertOrders();
	raced = true;
});

/* What is looked at after the race; of a race that went wrong there is nothing more to learn. */
const then = (what, look) => test(what, { skip }, (t) => (raced ? look() : t.skip('the race went wrong')));

then('what nobody heard is settled by sending it again, and every other has its first answer', async () => {
	await sendAll(ops.filter((op) => !op.answer));
	await sendAll(ops);
	assert.ok(ops.every((op) => op.answer));
});

then('a gate that uploads what it was told already is told the same', async () => {
	for (const gate of Object.values(GATES).flat()) {
		const told = shuffle(scans().filter((op) => op.gate === gate));
		const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null,
			headers: { 'content-type': 'application/x-ndjson' },
			payload: told.map((op) => JSON.stringify(op.body)).join('\n') });
		assert.deepEqual([answer.status, lasting(answer.text).trim().split('\n')],
			[200, told.map((op) => lasting(op.answer.text).trim())]);
	}
});

then('each ticket and each harbour has an order that explains every answer', () => assertOrders());

then('no use too many, and each is counted where it belongs', async () => {
	for (const { name, limit, tickets, ops: all, booked = [] } of objects)
		for (const [i, ticket] of tickets.entries()) {
			const used = admitted(all).filter((op) => (op.said.ticket ?? i) === i && op.said.kind !== 'exit').length;
			const most = limit ?? ticket.limit;
			assert.ok(most === null || used <= most, name);
			const shown = await house.must(200, 'GET', `/v1/tickets/${ticket.ticket_id}`, { token: town.partner });
			assert.equal(shown.uses, used, name);
			assert.deepEqual((shown.reservations ?? []).map((r) => r.service_id).sort(), booked, name);
		}
});

then('no ship takes one too many', async () => {
	for (const { name, sailings = [], places, ops: all } of objects)
		for (const [i, service] of sailings.entries()) {
			const taken = sum(admitted(all).filter((op) => op.said.sailing === i), (op) => op.said.riders);
			assert.ok(taken <= places[i], `${name}: ${taken} of ${places[i]}`);
			const shown = await house.must(200, 'GET', `/v1/services/${OPERATOR.ferry}/${service}`);
			assert.equal(shown.taken, taken, name);
		}
	for (let i = 0; i < BOOKED[2]; i++)
		assert.equal((await house.must(200, 'GET', `/v1/services/${OPERATOR.ferry}/booked-${i}`)).taken, BOOKED[0]);
});

then('the books have every scan once', async () => {
	await house.clock(house.now + 60_000);
	const counts = new Map();
	for (const { mode, heard: what, said } of scans()) {
		const at = `${mode} ${what.split(' ')[0]}`;
		const [n, riders] = counts.get(at) ?? [0, 0];
		counts.set(at, [n + 1, riders + said.riders]);
	}
	const usage = await house.must(200, 'GET', `/v1/usage?${DAY}`);
	assert.deepEqual(usage.scans.map((s) => [`${s.mode} ${s.verdict}`, [s.scans, s.riders]]).sort(), [...counts].sort());
	assert.equal(sum(usage.scans, (s) => s.scans), scans().length);
});

async function listOf(operator) {
	const items = [];
	for (let cursor = ''; cursor !== null;) {
		const page = await house.must(200, 'GET', `/v1/operators/${operator}/scans?limit=200${cursor && `&cursor=${cursor}`}`);
		items.push(...page.items);
		cursor = page.next;
	}
	return items;
}

then('each operator reads every scan at its gates once, as it was answered', async () => {
	for (const [mode, operator] of Object.entries(OPERATOR)) {
		const listed = (await listOf(operator)).map((s) => [s.scan_id, s.gate_id, s.verdict, s.riders].join(' '));
		const told = scans().filter((op) => op.mode === mode)
			.map((op) => [op.scan_id, op.gate, op.heard.split(' ')[0], op.said.riders].join(' '));
		assert.deepEqual(listed.sort(), told.sort());
	}
});
