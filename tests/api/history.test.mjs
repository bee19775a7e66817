// tests/api/history.test.mjs - the checker of histories knows right from wrong. Without it a race that broke a
// ticket's promise might be explained away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, harbour, station, uses } from './history.mjs';
import { seeded } from './house.mjs';

const NEVER = Infinity;
const one = { riders: 1 };
const sea = (riders, { sailing = 0, ticket = 0 } = {}) => ({ sailing, ticket, riders });
const enter = { kind: 'enter', riders: 1 };
const exit = { kind: 'exit', riders: 1 };

/* what, model, right or wrong, then each: sent, answered, said, heard */
const TABLE = [
	['nothing happened', uses(1, 1), true],
	['one after another', uses(2, 1), true,
		[1, 2, one, 'ADMITTED 1'], [3, 4, one, 'ADMITTED 0'], [5, 6, one, 'USED_UP']],
	['at once, in the other order', uses(2, 1), true,
		[1, 9, one, 'ADMITTED 0'], [2, 8, one, 'ADMITTED 1'], [3, 7, one, 'USED_UP']],
	['the last use came first, and was over', uses(2, 1), false, [1, 2, one, 'ADMITTED 0'], [3, 4, one, 'ADMITTED 1']],
	['two at once on one use', uses(1, 1), false, [1, 4, one, 'ADMITTED 0'], [2, 3, one, 'ADMITTED 0']],
	['a use counted twice', uses(3, 1), false, [1, 4, one, 'ADMITTED 2'], [2, 3, one, 'ADMITTED 0']],
	['refused before anybody was let in', uses(1, 1), false, [1, 2, one, 'USED_UP'], [3, 4, one, 'ADMITTED 0']],
	['refused while somebody was let in', uses(1, 1), true, [1, 2, one, 'USED_UP'], [1.5, 4, one, 'ADMITTED 0']],
	['refused, and nobody was ever let in', uses(1, 1), false, [1, 2, one, 'USED_UP']],
	['refused for one that nobody heard of', uses(1, 1), true, [1, NEVER, one], [2, 3, one, 'USED_UP']],
	['refused for one that was sent later', uses(1, 1), false, [3, NEVER, one], [1, 2, one, 'USED_UP']],
	['the unheard may come late', uses(1, 1), true, [1, NEVER, one], [2, 3, one, 'ADMITTED 0'], [4, 5, one, 'USED_UP']],
	['or not at all', uses(2, 1), true, [1, NEVER, one], [2, 3, one, 'ADMITTED 1'], [4, 5, one, 'ADMITTED 0']],
	['the unheard fill one gap', uses(3, 1), true,
		[1, NEVER, one], [1, NEVER, one], [2, 3, one, 'ADMITTED 1'], [4, 5, one, 'ADMITTED 0']],
	['one unheard fills no two gaps', uses(3, 1), false,
		[1, NEVER, one], [2, 3, one, 'ADMITTED 2'], [2, 3, one, 'ADMITTED 1'], [4, 5, one, 'USED_UP'],
		[6, 7, one, 'ADMITTED 0']],
	['the unheard that was too many changes nothing', uses(1, 1), false, [1, NEVER, { riders: 2 }], [2, 3, one, 'USED_UP']],
	['too many riders', uses(1, 2), true,
		[1, 2, { riders: 3 }, 'WRONG_RIDERS'], [3, 4, { riders: 2 }, 'ADMITTED 0'], [5, 6, { riders: 3 }, 'WRONG_RIDERS']],
	['too many riders let in', uses(1, 2), false, [1, 2, { riders: 3 }, 'ADMITTED 0']],
	['in and out', station(2, 1), true, [1, 2, exit, 'NO_ENTRY'], [3, 4, enter, 'ADMITTED 1'],
		[5, 6, enter, 'ALREADY_INSIDE'], [7, 8, exit, 'ADMITTED 1'], [9, 10, enter, 'ADMITTED 0'],
		[11, 12, exit, 'ADMITTED 0'], [13, 14, enter, 'USED_UP']],
	['in twice', station(2, 1), false, [1, 4, enter, 'ADMITTED 1'], [2, 3, enter, 'ADMITTED 0']],
	['in twice, for somebody went out unheard', station(2, 1), true,
		[1, 2, enter, 'ADMITTED 1'], [1, NEVER, exit], [3, 4, enter, 'ADMITTED 0']],
	['out twice', station(2, 1), false, [1, 2, enter, 'ADMITTED 1'], [3, 6, exit, 'ADMITTED 1'], [4, 5, exit, 'ADMITTED 1']],
	['places for three', harbour([3], [{ limit: null, carries: 3 }]), true,
		[1, 9, sea(2), 'ADMITTED -1'], [1, 9, sea(2), 'FULL'], [1, 9, sea(1), 'ADMITTED -1'], [1, 9, sea(1), 'FULL']],
	['a place too many', harbour([3], [{ limit: null, carries: 3 }]), false,
		[1, 9, sea(2), 'ADMITTED -1'], [1, 9, sea(2), 'ADMITTED -1']],
	['full, and a place was left', harbour([3], [{ limit: null, carries: 3 }]), false,
		[1, 9, sea(2), 'ADMITTED -1'], [1, 9, sea(1), 'FULL']],
	['full before it was used up', harbour([1, 1], [{ limit: 1, carries: 1 }]), true,
		[1, 2, sea(1), 'ADMITTED 0'], [3, 4, sea(1), 'FULL'], [5, 6, sea(1, { sailing: 1 }), 'USED_UP']],
	// Each ticket and each sailing alone would have an order; together they have none.
	['each right, both wrong', harbour([1, 1], [{ limit: 1, carries: 1 }, { limit: 1, carries: 1 }]), false,
		[1, 9, sea(1), 'FULL'], [1, 9, sea(1, { sailing: 1 }), 'ADMITTED 0'],
		[1, 9, sea(1, { ticket: 1 }), 'USED_UP'], [1, 9, sea(1, { sailing: 1, ticket: 1 }), 'FULL']],
];

const historyOf = (rows) => rows.map(([invoked, answered, said, heard]) => ({ invoked, answered, said, heard }));

for (const [what, model, right, ...rows] of TABLE)
	test(`${what}: ${right ? 'an order' : 'none'}`, () => {
		const history = historyOf(rows);
		const { order, why } = explain(model, history);
		assert.equal(order !== null, right, why ?? JSON.stringify(order));
		if (right) assertOrder(model, history, order);
	});

/* What the checker gives is really one: everybody's answer, in an order that time allows. */
function assertOrder(model, history, order) {
	let state = model.start;
	let latest = -Infinity;
	assert.equal(new Set(order).size, order.length);
	for (const i of order) {
		const { said, heard, invoked, answered } = history[i];
		const next = model.step(state, said);
		if (answered !== NEVER) assert.deepEqual(next.heard, heard);
		latest = Math.max(latest, invoked);
		assert.ok(latest < answered);
		state = next.state;
	}
	history.forEach((op, i) => assert.ok(op.answered === NEVER || order.includes(i)));
}

test('what never was answered before it was sent is no history', () => {
	assert.throws(() => explain(uses(1, 1), historyOf([[2, 2, one, 'ADMITTED 0']])), /answered before/);
});

/* A server that is right: each is decided at some moment between the two; some answers get lost. */
function played(random, model, saids, spread = 40) {
	const history = saids.map((said) => {
		const at = 1 + random.below(saids.length * 4);
		return { said, at, invoked: at - random.below(spread) - 0.5, answered: at + random.below(spread) + 0.5 };
	});
	let state = model.start;
	for (const op of history.slice().sort((a, b) => a.at - b.at)) {
		const next = model.step(state, op.said);
		[op.heard, state] = [next.heard, next.state];
		if (random.below(8) === 0) Object.assign(op, { heard: undefined, answered: NEVER });
	}
	return history;
}

test('a right server is always explained, and never with a use too many', () => {
	const random = seeded('history');
	let caught = 0;
	let forged = 0;
	for (let round = 0; round < 60; round++) {
		const limit = 1 + random.below(9);
		const harboured = round % 3 === 2;
		const model = [uses(limit, 3), station(limit, 3),
			harbour([limit, 2], [1, 2, 3].map((n) => ({ limit: n, carries: 3 })))][round % 3];
		const history = played(random, model, Array.from({ length: 50 }, () => ({
			kind: ['enter', 'exit'][random.below(2)], riders: 1 + random.below(harboured ? 2 : 4),
			sailing: random.below(2), ticket: random.below(3) })));
		const { order, why } = explain(model, history);
		assert.ok(order, why);
		assertOrder(model, history, order);
		const op = history.find((o) => /^ADMITTED \d/.test(o.heard));
		if (!op) continue;
		forged++;
		// Once more than there are uses: the last one's answer given to another too.
		const twice = { ...op, invoked: op.invoked - 0.1, answered: op.answered + 0.1 };
		if (round % 3 === 0) caught += explain(model, [...history, twice]).order === null;
		else caught += explain(model, history.map((o) => (o === op ? { ...o, heard: 'ADMITTED 99' } : o))).order === null;
	}
	assert.ok(forged > 40);
	assert.equal(caught, forged, 'forged answers found');
});

/* Every order there is, tried without any thought. */
function anyOrder(model, history, state = model.start) {
	const known = history.filter((op) => op.answered !== NEVER);
	if (known.length === 0) return true;
	const until = Math.min(...known.map((op) => op.answered));
	return history.filter((op) => op.invoked < until).some((op) => {
		const next = model.step(state, op.said);
		return (op.answered === NEVER || next.heard === op.heard)
			&& anyOrder(model, history.filter((other) => other !== op), next.state);
	});
}

test('the search finds an order just where there is one', () => {
	const random = seeded('every order');
	const found = { true: 0, false: 0 };
	const tickets = [{ limit: null, carries: 2 }, { limit: 2, carries: 1 }, { limit: null, carries: 1 }];
	for (let round = 0; round < 900; round++) {
		const model = [uses(2, 2), station(2, 2), harbour([3, 1], tickets)][round % 3];
		const history = played(random, model, Array.from({ length: 7 }, () => ({
			kind: ['enter', 'exit'][random.below(2)], riders: 1 + random.below(3), sailing: random.below(2),
			ticket: random.below(3) })), 12);
		const answered = history.filter((op) => op.answered !== NEVER);
		if (answered.length > 1 && round % 4 > 0) answered[0].heard = answered[1].heard; // Some answer of another's.
		const { order } = explain(model, history);
		assert.equal(order !== null, anyOrder(model, history), JSON.stringify(history));
		if (order) assertOrder(model, history, order);
		found[order !== null]++;
	}
	assert.ok(found.true > 200 && found.false > 200, JSON.stringify(found));
});

test('hundreds at once on one ticket are decided', () => {
	const ops = Array.from({ length: 400 }, (_, i) => ({ said: one, invoked: i, answered: 1000 + i,
		heard: i < 7 ? `ADMITTED ${i}` : 'USED_UP' }));
	for (let i = 0; i < 60; i++) ops.push({ said: one, invoked: i, answered: NEVER });
	assert.ok(explain(uses(7, 1), ops).order);
	assert.ok(explain(uses(20, 1), ops.map((o, i) => (i === 6 ? { ...o, heard: 'ADMITTED 19' } : o))).order,
		'what nobody heard filled the gaps');
	assert.equal(explain(uses(7, 1), [...ops, { ...ops[0] }]).order, null);
	assert.equal(explain(uses(90, 1), ops).order, null, 'used up too early');
});
