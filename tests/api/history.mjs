// tests/api/history.mjs - is there one order that explains what everybody heard? Without it a race could be
// judged by its totals alone, and two wrongs would pass for a right.
//
// The search of Wing and Gong (Testing and Verifying Concurrent Objects, 1993) with Lowe's memo of where it was
// before. A history is a list of { said, invoked, answered, heard } of one object:
//   said      what was asked, as the model takes it
//   invoked   when it was sent, and
//   answered  when its answer came: numbers of one clock; Infinity: never, and it happened at any time or not at all
//   heard     the answer, as the model gives it
// What was answered before another was sent comes before it. A model is
//   { start, step(state, said) }   step gives { heard, state }
//   like(said)                     what of it changes an answer or the state: what is alike is tried once
//   lost(state, rest)              true: this rest, [{ said, heard, count }], can never be heard any more
// and the last two keep the search short. States, what is said and what is heard are plain values, alike if their
// JSON is.

const STEPS_MAX = 500_000;

const text = (value) => JSON.stringify(value);

/* What says the same and heard the same is one as good as another: the one whose answer came first may go first, or,
 * if nobody heard, the one sent first. */
function classesOf(model, history) {
	const classes = new Map();
	history.forEach((op, i) => {
		const known = op.answered !== Infinity;
		const said = model.like(op.said);
		const name = `${text(said)} ${known ? text(op.heard) : '?'}`;
		if (!classes.has(name)) classes.set(name, { known, said, heard: op.heard, count: 0, ops: [] });
		const like = classes.get(name);
		like.ops.push(i);
		like.count++; // Of those to come.
	});
	for (const { known, ops } of classes.values())
		ops.sort((a, b) => (known ? history[a].answered - history[b].answered : history[a].invoked - history[b].invoked));
	return [...classes.values()].sort((a, b) => b.known - a.known); // The unheard last, where nothing else will do.
}

class Search {
	constructor(model, history) {
		Object.assign(this, { model, history, classes: classesOf(model, history), steps: 0 });
		this.known = this.classes.filter((c) => c.known);
		this.classOf = [];
		for (const c of this.classes) for (const i of c.ops) this.classOf[i] = c;
		this.done = Buffer.alloc(history.length, '0');
		this.left = history.filter((op) => op.answered !== Infinity).length;
		this.byAnswer = history.map((op, i) => i).sort((a, b) => history[a].answered - history[b].answered);
		this.order = [];
		this.longest = [];
		this.seen = new Set();
	}

	/** When the first of those to come had its answer: who was sent later cannot go before it. */
	deadline() {
		const first = this.byAnswer.find((i) => this.done[i] === 0x30);
		return first === undefined ? Infinity : this.history[first].answered;
	}

	/** What may happen next: [index, state after it]. What changes nothing goes at once, and alone. */
	choices(state) {
		if (this.model.lost(state, this.known)) return [];
		const before = text(state);
		const until = this.deadline();
		const found = [];
		for (const { known, said, heard, ops, count } of this.classes) {
			if (count === 0) continue;
			const i = ops.find((op) => this.done[op] === 0x30 && this.history[op].invoked < until);
			if (i === undefined) continue;
			const after = this.model.step(state, said);
			const moves = text(after.state) !== before;
			if (known ? text(after.heard) !== text(heard) : !moves) continue;
			if (known && !moves) return [[i, state]];
			found.push([i, after.state]);
		}
		return found;
	}

	/** Depth first, by hand: a history may be longer than the stack is deep. */
	run() {
		const stack = [{ choices: this.choices(this.model.start), at: 0 }];
		while (this.left > 0 && stack.length > 0) {
			const top = stack[stack.length - 1];
			if (top.at === top.choices.length) {
				stack.pop();
				this.undo();
				continue;
			}
			if (++this.steps > STEPS_MAX) throw new Error(`undecided after ${STEPS_MAX} steps`);
			const [i, state] = top.choices[top.at++];
			this.take(i);
			const place = this.done.toString('latin1') + text(state);
			if (this.seen.has(place)) { this.undo(); continue; }
			this.seen.add(place);
			stack.push({ choices: this.left > 0 ? this.choices(state) : [], at: 0 });
		}
		return this.left === 0;
	}

	take(i) {
		this.done[i] = 0x31;
		this.classOf[i].count--;
		this.left -= this.history[i].answered !== Infinity;
		this.order.push(i);
		if (this.order.length > this.longest.length) this.longest = this.order.slice();
	}

	undo() {
		if (this.order.length === 0) return; // The search is over.
		const i = this.order.pop();
		this.done[i] = 0x30;
		this.classOf[i].count++;
		this.left += this.history[i].answered !== Infinity;
	}
}

const show = (op) => `${op.invoked}..${op.answered} ${text(op.said)} -> ${text(op.heard) ?? '?'}`;

/** { order } of indexes that explains the history, or { order: null, why }: how far the search came, for people. */
export function explain(model, history) {
	for (const op of history) if (!(op.invoked < op.answered)) throw new Error(`answered before it was sent: ${show(op)}`);
	const search = new Search(model, history);
	if (search.run()) return { order: search.order };
	const rest = search.byAnswer.filter((i) => !search.longest.includes(i));
	return { order: null, why: ['no order explains this; the longest begins', ...search.longest.map((i) => show(history[i])),
		'and cannot go on with', ...rest.map((i) => show(history[i]))].join('\n  ') };
}

const admitted = (limit, used) => `ADMITTED ${limit === null ? -1 : limit - used}`;

/* How many uses there were after it; undefined: it is no use of a ticket with a limit. */
function usedAfter(limit, heard) {
	const left = /^ADMITTED (\d+)$/.exec(heard)?.[1];
	return left === undefined ? undefined : limit - left;
}

/** A ticket for so many uses, by at most so many riders at once. said: { riders }. */
export const uses = (limit, carries) => ({
	start: 0,
	step(used, { riders }) {
		if (riders > carries) return { heard: 'WRONG_RIDERS', state: used };
		if (used === limit) return { heard: 'USED_UP', state: used };
		return { heard: admitted(limit, used + 1), state: used + 1 };
	},
	like: ({ riders }) => ({ riders: riders > carries ? carries + 1 : 1 }),
	lost: (used, rest) => rest.some(({ heard, count }) => count > 0 && used >= usedAfter(limit, heard)),
});

/** The same by rail, in and out. said: { kind, riders } */
export const station = (limit, carries) => ({
	start: [0, false],
	step(state, { kind, riders }) {
		const [used, inside] = state;
		if (riders > carries) return { heard: 'WRONG_RIDERS', state };
		if (kind === 'exit') return inside
			? { heard: admitted(limit, used), state: [used, false] } : { heard: 'NO_ENTRY', state };
		if (inside) return { heard: 'ALREADY_INSIDE', state };
		if (used === limit) return { heard: 'USED_UP', state };
		return { heard: admitted(limit, used + 1), state: [used + 1, true] };
	},
	like: ({ kind, riders }) => ({ kind, riders: riders > carries ? carries + 1 : 1 }),
	lost: ([used], rest) => rest.some(({ said, heard, count }) =>
		count > 0 && used >= usedAfter(limit, heard) + (said.kind === 'exit')),
});

const more = (counts, at, by) => counts.map((n, i) => (i === at ? n + by : n));

/** Sailings with so many places each, and tickets [{ limit, carries }]; limit null: no limit of uses.
 * said: { sailing, ticket, riders }, the first two by their index. */
export const harbour = (places, tickets) => ({
	start: [places.map(() => 0), tickets.map(() => 0)],
	step(state, { sailing, ticket, riders }) {
		const [taken, used] = state;
		const { limit, carries } = tickets[ticket];
		if (riders > carries) return { heard: 'WRONG_RIDERS', state };
		if (taken[sailing] + riders > places[sailing]) return { heard: 'FULL', state };
		if (used[ticket] === limit) return { heard: 'USED_UP', state };
		return { heard: admitted(limit, used[ticket] + 1), state: [
			more(taken, sailing, riders), limit === null ? used : more(used, ticket, 1)] };
	},
	// Of the tickets without a limit one is as good as another, if it carries as many.
	like: ({ sailing, ticket, riders }) => ({ sailing, riders, ticket: tickets[ticket].limit !== null ? ticket
		: tickets.findIndex((t) => t.limit === null && (t.carries >= riders) === (tickets[ticket].carries >= riders)) }),
	lost([taken, used], rest) {
		const wanted = taken.slice();
		for (const { said: { sailing, ticket, riders }, heard, count } of rest) {
			if (count === 0 || !heard.startsWith('ADMITTED')) continue;
			wanted[sailing] += riders * count;
			if (wanted[sailing] > places[sailing] || used[ticket] >= usedAfter(tickets[ticket].limit, heard)) return true;
		}
		return false;
	},
});
