// operators/audit/books.mjs - the events told once more: what each ticket earned, by whom it was carried, and what of it
// stands in whose statement. Without it a settlement could be checked for its spelling only.
import { canonical, leafOf, order, sha256 } from './log.mjs';
import { CLASSES, Lines, apportion, carried, divide, grossOf, hex4, nobody, splitStep, sum } from './division.mjs';

// ---- Days and months of Japan, as numbers of days since 1970, and months as texts, which sort.
const DAY = 86_400_000, HOUR = 3_600_000;
const dateOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);
const dayOf = (text) => (text ? Date.parse(`${text}T00:00:00Z`) / DAY : 0);
const monthOf = (day) => dateOf(day).slice(0, 7);
export const nextMonth = (month) => monthOf(dayOf(`${month}-28`) + 5);
const lastMonth = (month) => monthOf(dayOf(`${month}-01`) - 1);

// ---- What facts say, by tag: docs/audit.md lists these.
const TYPES = ['sold', 'refunded', 'reserved', 'scanned', 'product_published', 'rule_published', 'operator_changed',
	'partner_registered', 'feed_imported', 'day_closed', 'period_closed', 'contest_changed', 'passengers_listed',
	'erased_passengers', 'flown', 'outage_declared', 'validity_extended', 'remitted', 'credit_limited', 'claimed',
	'loss_funded', 'line_moved', 'counted', 'declared'];
const TAGS = { at: 2, id: 3, ticket: 4, number: 5, version: 6, partner: 7, riders: 9, yen: 10, not_after: 13,
	operator: 14, verdict: 18, fare: 21, boarding: 22, over_at: 23, n: 24, rule: 25, rule_version: 26, day: 34,
	contested: 38, bearer: 39, borne: 40, changed: 44, through: 50, through_fare: 51, from: 64, until: 65, valid_until: 66,
	distance: 70, through_distance: 71, boardings: 73, other: 82, line: 84, move: 85, signed_yen: 87, run_off: 89 };
const TEXTS = new Set(['partner', 'operator', 'verdict', 'rule', 'bearer', 'through', 'other', 'line', 'move']);
const IDS = new Set(['id', 'ticket', 'changed']);
export function factOf(map) {
	if (map.get(0) === 'second_closed') return { type: 'second_closed', second: map.get(1), events: map.get(2) };
	const fact = { type: TYPES[map.get(1) ?? 0] ?? 'newer' };
	for (const [name, tag] of Object.entries(TAGS)) {
		const v = map.get(tag);
		fact[name] = IDS.has(name) ? v?.toString('hex') : v ?? (TEXTS.has(name) ? '' : 0);
	}
	return fact;
}

/** Found by id, or made at its place: lists stand in the order of ids, which breaks ties. */
function legOf(list, id, fresh) {
	let at = list.findIndex((leg) => leg.id >= id);
	if (at < 0) at = list.length;
	if (list[at]?.id !== id) list.splice(at, 0, { id, ...fresh() });
	return list[at];
}
const freshLeg = () => ({ boardings: 0, riders: 0, fare: 0, distance: 0 });
const freshSplit = () => ({ ...freshLeg(), weight: 0, fixed: 0, yen: 0, before: 0, minimum: 0, cap: 0 });
const freshPool = () => ({ ...freshSplit(), declared: 0, legs: 0 });
const NO_SUMS = { commission: 0, payment_fee: 0, council_fee: 0, unused: 0, pool: 0 };
const MOVE_LEGS_MAX = 64, EXTENDED_MAX = 16;
const MOVES = { agree: ['OPEN', 'AGREED'], dispute: ['OPEN', 'DISPUTED'], decide: ['DISPUTED', 'AGREED'] };

const legText = (l) => [l.weight, l.fixed, l.minimum, l.cap, l.before];

export class Books {
	/** settings: boundary_min, grace_h, late_days. products: (number, version) -> its JSON; rules: (id, version) -> its.
	 * own: an operator that sees its own events only: nothing is earned then. */
	constructor({ settings, products, rules, own }) {
		Object.assign(this, { settings, products, rules, own, open: '', tickets: new Map(), due: new Map(), scans: new Map(),
			lines: new Map(), splits: new Map(), pools: new Map(), poolsDue: new Set(), poolSplits: new Map(), beside: new Map(),
			declared: new Map(), runOff: new Map(), operatorVersion: new Map(), series: new Map(), extended: new Map(),
			closed: new Map(), periods: new Map(), states: new Map(), silent: new Map(), chains: new Map() });
	}

	serviceDay(ms) { return Math.floor((ms + 9 * HOUR - this.settings.boundary_min * 60_000) / DAY); }
	dueDay(ms) { return this.serviceDay(ms + this.settings.grace_h * HOUR); }
	period(month) { return month > this.open ? month : this.open; }
	linesOf(period, operator) {
		const key = `${period}/${operator}`;
		if (!this.lines.has(key)) this.lines.set(key, new Lines());
		return this.lines.get(key);
	}
	totals(period) {
		if (!this.periods.has(period))
			this.periods.set(period, { operators_yen: 0, partners_yen: 0, council_yen: 0, adjusted_yen: 0, tickets: 0 });
		return this.periods.get(period);
	}
	ticket(id) {
		if (!this.tickets.has(id))
			this.tickets.set(id, { id, n: 0, over: 0, price: 0, legs: [], earned: false, refunded: false, latest: '' });
		return this.tickets.get(id);
	}

	fold({ value, second, salt }) {
		const fact = factOf(value);
		fact.second = second;
		fact.service = this.serviceDay(fact.at);
		const how = this[`on_${fact.type}`];
		if (how) how.call(this, fact, salt);
		return fact;
	}

	// ---- A ticket's life.
	on_sold(f, salt) {
		const t = this.ticket(f.ticket);
		Object.assign(t, { number: f.number, version: f.version, partner: f.partner, riders: f.riders, price: f.yen,
			sold: f.service, secret: salt });
		this.learnOver(f, t, f.not_after);
	}
	on_refunded(f) { this.ticket(f.ticket).refunded = true; }
	/** The fact with the ticket's highest count knows best when it is over. */
	learnOver(f, t, over) {
		if (f.n < t.n || over === 0) return;
		t.n = f.n;
		if (over === t.over) return;
		t.over = over;
		if (!t.earned) this.putDue(t);
	}
	putDue(t) {
		const day = this.dueDay(t.over);
		if (!this.due.has(day)) this.due.set(day, new Set());
		this.due.get(day).add(t.id);
	}
	on_validity_extended(f) {
		if (f.ticket) {
			const t = this.ticket(f.ticket);
			if (!t.earned) this.learnOver(f, t, f.over_at);
			return;
		}
		const list = this.extended.get(f.number) ?? [];
		this.extended.set(f.number, list);
		if (list.length < EXTENDED_MAX) list.push(f);
		else list[list.reduce((k, e, i) => (e.valid_until < list[k].valid_until ? i : k), 0)] = f;
	}
	/** The council may have made its end later, by the service day `by`. */
	endOf(t, by = Infinity) {
		const fits = (e) => this.serviceDay(e.at) <= by && (e.number === 0 || e.number === t.number)
			&& (e.version === 0 || e.version === t.version)
			&& ((e.from === 0 && e.until === 0) || (t.over >= e.from && t.over < e.until));
		return [...(this.extended.get(t.number) ?? []), ...(this.extended.get(0) ?? [])]
			.reduce((end, e) => (e.valid_until > end && fits(e) ? e.valid_until : end), t.over);
	}

	// ---- Rides. A scan may be told twice: the fact with the ticket's higher count says what it is.
	on_scanned(f) { this.scanned(f, f.id); }
	on_contest_changed(f) { this.scanned(f, f.changed); }
	scanned(f, first) {
		const key = `${f.operator}/${f.at}/${first}`, scan = this.scans.get(key);
		if (scan && f.n <= scan.n) return;
		if (!f.ticket) this.scans.set(key, { ...f, rode: false, posted: 0 });
		else this.changeTicket(f, key, scan);
	}
	/** A fact that comes too late after its month was closed moves nothing. */
	isLate(f) {
		const month = monthOf(f.service), closed = this.closed.get(month);
		if (month >= this.open) return false;
		const day = closed === undefined ? dayOf(`${nextMonth(month)}-01`) : this.serviceDay(closed);
		return this.serviceDay(f.second * 1000) > day + this.settings.late_days;
	}
	changeTicket(f, key, was) {
		const t = this.ticket(f.ticket), lost = f.contested && f.bearer === 'council' ? f.borne : 0;
		const now = { ...f, rode: f.verdict === 'ADMITTED' && !f.contested, posted: was?.posted ?? 0 };
		this.scans.set(key, now);
		if (this.isLate(f)) return;
		if (was?.rode) this.addRide(t, f, was, -1);
		this.adjust('loss', f.operator, lost - now.posted, this.period(monthOf(f.service)));
		now.posted = lost;
		if (now.rode) this.addRide(t, f, now, 1);
		if (!was?.rode && !now.rode && (t.earned || f.over_at === 0)) return;
		if (was?.rode) t.legs = t.legs.filter((l) => carried(l));
		this.putTicket(f, t);
	}
	/** A through ride is one use and two carriages: its exit tells of both. */
	addRide(t, f, ride, sign) {
		const add = (id, more) => {
			const leg = legOf(t.legs, id, freshLeg);
			for (const [name, n] of Object.entries(more)) leg[name] += sign * n;
		};
		add(f.operator, { boardings: ride.boarding ? 1 : 0, riders: ride.boarding ? ride.riders : 0, fare: ride.fare,
			distance: ride.distance });
		if (!ride.through) return;
		add(f.operator, { boardings: 1, riders: ride.riders });
		add(ride.through, { fare: ride.through_fare, distance: ride.through_distance });
	}
	on_flown(f) {
		if (!f.boarding || this.isLate(f)) return;
		const t = this.ticket(f.ticket);
		this.addRide(t, f, f, 1);
		this.putTicket(f, t);
	}
	putTicket(f, t) {
		this.learnOver(f, t, f.over_at);
		t.number ??= f.number;
		t.version ??= f.version;
		if (this.own) this.remember(t);
		if (!t.earned || t.refunded) return;
		for (let end = 0; (end = this.endOf(t, this.dueDay(t.over))) > t.over;) t.over = end;
		this.earn(t);
	}
	/** An operator: its own leg as it was after each fact. */
	remember(t) {
		const leg = t.legs.find((l) => l.id === this.own) ?? { id: this.own, ...freshLeg() };
		t.history = [...(t.history ?? []), { ...leg }];
	}

	// ---- What is no ride.
	adjust(kind, operator, yen, period) {
		if (yen === 0 && kind === 'loss') return;
		this.linesOf(period, operator).addOther(kind, period, yen);
		this.totals(period).adjusted_yen += yen;
	}
	on_claimed(f) {
		const period = this.period(monthOf(f.day));
		this.adjust('claim', f.operator, -f.yen, period);
		this.adjust('claim', f.other, f.yen, period);
	}
	on_line_moved(f) {
		const key = `${monthOf(f.day)}/${f.line}`, state = this.states.get(key), move = MOVES[f.move];
		if (!this.own && (!move || state !== move[0])) return;
		if (move) this.states.set(key, move[1]);
		if (f.move !== 'decide' || f.signed_yen === 0) return;
		const period = this.period(monthOf(f.service));
		this.adjust('correction', f.operator, f.signed_yen, period);
		if (f.other) this.adjust('correction', f.other, -f.signed_yen, period);
	}
	on_operator_changed(f) {
		if (f.n < (this.operatorVersion.get(f.operator) ?? 0)) return;
		this.operatorVersion.set(f.operator, f.n);
		this.runOff.set(f.operator, f.run_off);
	}
	isGone(operator, day) {
		const last = this.runOff.get(operator) ?? 0;
		return last !== 0 && day > last;
	}
	on_declared(f) { this.declared.set(`${monthOf(f.day)}/${f.operator}`, f.boardings); }
	on_rule_published(f) {
		const rule = this.rules(f.rule, f.rule_version);
		if (!rule?.valid_from) return;
		const spans = [...(this.series.get(f.rule) ?? []), { version: f.rule_version, from: dayOf(rule.valid_from),
			until: dayOf(rule.valid_until) }];
		this.series.set(f.rule, spans.sort((a, b) => a.from - b.from));
	}
	/** The version that the product named, or, in a series of dated ones, that of the day of sale. */
	ruleOf(product, sold) {
		const pinned = this.rules(product.rule_id, product.rule_version), spans = this.series.get(product.rule_id) ?? [];
		if (!pinned.valid_from || !spans.some((s) => s.version === product.rule_version)) return pinned;
		const found = spans.filter((s, i) => sold >= s.from && !(i + 1 < spans.length && sold >= spans[i + 1].from)
			&& (s.until === 0 || sold <= s.until)).at(-1);
		return found ? this.rules(product.rule_id, found.version) : pinned;
	}

	// ---- Earning.
	on_day_closed(f) {
		if (this.own) return;
		for (const [period, day] of this.silent) {
			if (day > f.day) continue;
			for (const [key, state] of this.states)
				if (key.startsWith(`${period}/`) && state === 'OPEN') this.states.set(key, 'AGREED');
			this.silent.delete(period);
		}
		for (const day of [...this.due.keys()].filter((d) => d <= f.day).sort((a, b) => a - b)) {
			const ids = this.due.get(day);
			this.due.delete(day);
			for (const id of ids) this.closeTicket(this.tickets.get(id), f.day);
		}
	}
	closeTicket(t, day) {
		if (t.earned || t.refunded) return;
		const end = this.endOf(t);
		const moved = end > t.over;
		t.over = end;
		if (this.dueDay(t.over) <= day) this.earn(t);
		else if (moved) this.putDue(t);
	}
	/** Who takes part, in the order of ids: docs/sharing-rules.md and docs/audit.md. */
	parties(rule, product, legs, day) {
		const parties = legs.map((l) => ({ ...nobody(), ...l })), used = parties.some((p) => p.legs > 0);
		const covers = (id) => product.operators.some((o) => o.operator_id === id);
		let room = 128 - product.operators.length;
		for (const s of [...rule.shares ?? []].sort((a, b) => order(a.operator_id, b.operator_id))) {
			const id = s.operator_id, gone = this.isGone(id, day), weight = s.weight ?? 0, minimum = s.minimum_yen ?? 0;
			if (!covers(id) && room-- <= 0) { room = 0; continue; }
			const comes = (!used && rule.unused_to === 'operators' && weight > 0)
				|| (rule.steps.at(-1).by === 'fixed_shares' && weight > 0) || (rule.pooling === 'month' && minimum > 0);
			const p = parties.find((q) => q.id === id) ?? (!gone && comes ? legOf(parties, id, nobody) : undefined);
			if (p) Object.assign(p, { share: gone && p.legs === 0 ? 0 : weight, minimum: gone ? 0 : minimum,
				cap: s.cap_yen ?? 0 });
		}
		if (!used && rule.unused_to === 'operators' && sum((rule.shares ?? []).map((s) => s.weight ?? 0)) === 0)
			for (const { operator_id } of product.operators)
				if (!this.isGone(operator_id, day)) legOf(parties, operator_id, nobody);
		return parties;
	}
	earn(t) {
		const product = this.products(t.number, t.version), was = t.earned ? this.splits.get(t.latest).get(t.id) : undefined;
		const rule = was ? this.rules(was.rule, was.rule_version) : this.ruleOf(product, t.sold);
		const over = this.serviceDay(t.over);
		const rides = was && t.legs.length > MOVE_LEGS_MAX ? was.rides : monthOf(over);
		let period = this.period(rides);
		if (period < t.latest) period = t.latest;
		const parties = this.parties(rule, product, t.legs.map((l) => ({ ...l, legs: 1 })), over);
		const { sums, by } = divide(rule, t.price, parties);
		const split = { id: t.id, period, rides, over, number: t.number, version: t.version, rule: rule.rule_id,
			rule_version: rule.version, partner: t.partner, earned: t.price, sums, by, legs: [], again: false,
			pooled: rule.pooling === 'month', salt: sha256('hitotsu/commit/ticket\n', t.secret, period).subarray(0, 16) };
		for (const p of parties) Object.assign(legOf(split.legs, p.id, freshSplit), { boardings: p.boardings,
			riders: p.riders, fare: p.fare, distance: p.distance, weight: p.weight, fixed: p.fixed, yen: p.yen,
			minimum: p.minimum, cap: p.cap });
		if (was) this.takeBefore(split, was);
		this.giveAll(t, split, was, rule, product);
	}
	takeBefore(split, was) {
		const again = was.period === split.period;
		split.again = !again || was.again;
		for (const leg of was.legs) {
			const before = again ? leg.before : leg.yen;
			if (before !== 0 || (again ? !carried(leg) : carried(leg))) legOf(split.legs, leg.id, freshSplit).before = before;
		}
	}
	giveAll(t, split, was, rule, product) {
		const totals = this.totals(split.period), before = was?.sums ?? NO_SUMS, more = (name) => split.sums[name] - before[name];
		const unused = rule.unused_to === 'partner' ? 'partners_yen' : 'council_yen';
		totals.partners_yen += more('commission') + more('payment_fee');
		totals.council_yen += more('council_fee');
		totals[unused] += more('unused');
		totals.operators_yen += sum(split.legs.map((l) => l.yen)) - sum((was?.legs ?? []).map((l) => l.yen));
		if (!was) totals.tickets++;
		if (split.pooled && was && (was.legs.some(carried) || was.sums.pool > 0)) this.changePool(was, -1);
		if (split.pooled && (split.legs.some(carried) || split.sums.pool > 0)) this.changePool(split, 1);
		for (const id of new Set([...split.legs, ...was?.legs ?? []].map((l) => l.id)))
			this.changeLeg(id, split, was, product);
		t.earned = true;
		t.latest = split.period;
		if (!this.splits.has(split.period)) this.splits.set(split.period, new Map());
		this.splits.get(split.period).set(t.id, split);
	}
	changeLeg(id, split, was, product) {
		const of = (s) => {
			const place = s ? s.legs.findIndex((l) => l.id === id) : -1, leg = s?.legs[place];
			return leg && { carried: carried(leg) ? 1 : 0, boardings: leg.boardings, riders: leg.riders, fare: leg.fare,
				gross: grossOf(s.legs.map((l) => l.yen), place, s.sums, leg.riders, id, product, s.pooled) };
		};
		const lines = this.linesOf(split.period, id), a = of(was), b = of(split);
		const what = { number: split.number, version: split.version, rule: split.rule, rule_version: split.rule_version };
		if (!was || was.rides === split.rides) {
			lines.addLeg({ ...what, rides: split.rides }, product, a, b, split.partner);
			return;
		}
		lines.addLeg({ ...what, rides: split.rides }, product, undefined, b, split.partner);
		lines.addLeg({ ...what, rides: was.rides }, product, a, undefined, split.partner);
	}

	// ---- Pools.
	changePool(split, sign) {
		const place = `${split.rides}/${split.rule}/${hex4(split.rule_version)}/${hex4(split.number)}/${hex4(split.version)}`;
		const pool = this.pools.get(place) ?? { place, rides: split.rides, rule: split.rule, rule_version: split.rule_version,
			number: split.number, version: split.version, tickets: 0, sum: 0, unused: 0, legs: [] };
		const beside = this.beside.get(place) ?? new Map();
		const add = (whose, yen) => {
			if (yen === 0) return;
			const b = beside.get(whose) ?? { sum: 0, parts: new Map() };
			b.sum += sign * yen;
			beside.set(whose, b);
		};
		this.pools.set(place, pool);
		this.beside.set(place, beside);
		this.poolsDue.add(place);
		add(split.partner, split.sums.commission + split.sums.payment_fee);
		add('~', split.sums.council_fee);
		pool.tickets += sign;
		pool.sum += sign * split.sums.pool;
		for (const did of split.legs) {
			if (!carried(did) && did.fixed === 0) continue;
			const leg = legOf(pool.legs, did.id, freshPool);
			for (const name of ['boardings', 'riders', 'fare', 'distance', 'fixed']) leg[name] += sign * did[name];
			leg.legs += carried(did) ? sign : 0;
		}
		this.dropEmpty(pool);
	}
	dropEmpty(pool) { pool.legs = pool.legs.filter((l) => l.legs || l.yen || l.before || l.fixed); }
	closePool(place, period) {
		const pool = this.pools.get(place), product = this.products(pool.number, pool.version);
		const rule = this.rules(pool.rule, pool.rule_version), lastDay = dayOf(`${nextMonth(pool.rides)}-01`) - 1;
		const did = pool.legs.filter((l) => l.legs > 0)
			.map(({ id, boardings, riders, fare, distance, legs }) => ({ id, boardings, riders, fare, distance, legs, declared: 0 }));
		for (const { operator_id } of rule.steps.at(-1).by === 'declared_counts' ? product.operators : []) {
			const declared = this.declared.get(`${pool.rides}/${operator_id}`) ?? 0;
			if (declared > 0) legOf(did, operator_id, nobody).declared = declared;
		}
		const parties = this.parties(rule, product, did, lastDay), unusedBefore = pool.unused;
		parties.forEach((p) => Object.assign(p, { weight: 0, fixed: 0, yen: 0 }));
		({ by: pool.by, unused: pool.unused } = splitStep(rule, pool.sum, parties));
		for (const leg of pool.legs) Object.assign(leg, { before: leg.yen, yen: 0, weight: 0, minimum: 0, cap: 0 });
		for (const p of parties) Object.assign(legOf(pool.legs, p.id, freshPool), { yen: p.yen, weight: p.weight,
			minimum: p.minimum, cap: p.cap });
		const what = { number: pool.number, version: pool.version, rule: pool.rule, rule_version: pool.rule_version,
			rides: pool.rides, tax_class: product.tax_class ?? CLASSES[0] };
		const totals = this.totals(period);
		for (const leg of pool.legs) {
			this.linesOf(period, leg.id).addRides(what, { amount: leg.yen - leg.before });
			totals.operators_yen += leg.yen - leg.before;
		}
		totals.council_yen += pool.unused - unusedBefore;
		this.closeBeside(place, pool, period, what);
		if (!this.poolSplits.has(period)) this.poolSplits.set(period, new Map());
		this.poolSplits.get(period).set(place, { ...pool, period, unusedBefore, legs: pool.legs.map((l) => ({ ...l })),
			beside: [...this.beside.get(place)].sort(([a], [b]) => order(a, b)).map(([, b]) => b.sum) });
		pool.legs.forEach((l) => { l.before = 0; });
		this.dropEmpty(pool);
	}
	/** Commission and fees that its tickets gave are apportioned over what each got of them in all. */
	closeBeside(place, pool, period, what) {
		for (const [whose, b] of this.beside.get(place)) {
			const parts = apportion(b.sum, pool.legs.map((l) => l.fixed + l.yen)), now = new Map();
			pool.legs.forEach((l, i) => { if (parts[i] !== 0) now.set(l.id, parts[i]); });
			for (const id of new Set([...now.keys(), ...b.parts.keys()])) {
				const more = (now.get(id) ?? 0) - (b.parts.get(id) ?? 0), lines = this.linesOf(period, id);
				lines.addRides(what, whose === '~' ? { fee: more } : { commission: more });
				if (whose !== '~') lines.addCommission(whose, more);
			}
			b.parts = now;
		}
	}

	// ---- A month is closed.
	on_period_closed(f) {
		const month = monthOf(f.day);
		if (this.closed.has(month)) return;
		const due = this.own ? [] : [...this.poolsDue].filter((p) => p.slice(0, 7) <= month).sort(order);
		for (const place of due) {
			this.closePool(place, this.period(month));
			this.poolsDue.delete(place);
		}
		for (const [key, lines] of this.lines)
			if (key.startsWith(`${month}/`))
				for (const tail of lines.lines.keys())
					this.states.set(`${month}/${key.slice(8)}.${tail.replaceAll('/', '.')}`, 'OPEN');
		this.closed.set(month, f.at);
		this.open = this.period(nextMonth(month));
	}
	/** What a close committed: the leaves of its tree. */
	committed(month) {
		const leaves = [];
		let chain = this.chains.get(lastMonth(month)) ?? Buffer.alloc(32);
		for (const s of [...(this.splits.get(month) ?? new Map()).values()].sort((a, b) => order(a.id, b.id))) {
			leaves.push(leafOf(sha256(s.salt, splitText(s))));
			chain = sha256(chain, s.salt);
		}
		this.chains.set(month, chain);
		for (const p of [...(this.poolSplits.get(month) ?? new Map()).values()].sort((a, b) => order(a.place, b.place)))
			leaves.push(leafOf(sha256(sha256('hitotsu/commit/pool\n', chain, p.place).subarray(0, 16), poolText(p))));
		return leaves;
	}
}

// ---- What is committed of a division: docs/audit.md.
export const nameOf = (salt, id) => sha256('hitotsu/commit/name\n', salt, Buffer.from(id, 'hex')).toString('hex');
function splitText(s) {
	const left = s.sums.unused + sum(s.legs.map((l) => l.yen - l.fixed));
	return canonical({ again: s.again, by: s.by, earned_yen: s.earned, kind: 'ticket', left_yen: left,
		legs: s.legs.map(legText), over: dateOf(s.over), partner: s.partner, period: s.period, product: [s.number, s.version],
		rides: s.rides, rule: [s.rule, s.rule_version], steps: { commission_yen: s.sums.commission,
			council_fee_yen: s.sums.council_fee, payment_fee_yen: s.sums.payment_fee, pool_yen: s.sums.pool,
			unused_yen: s.sums.unused }, ticket: nameOf(s.salt, s.id) });
}
function poolText(p) {
	return canonical({ again: p.unusedBefore !== 0 || p.legs.some((l) => l.before !== 0), beside: p.beside, by: p.by,
		kind: 'pool', left_yen: p.sum, legs: p.legs.map(legText), period: p.period, product: [p.number, p.version],
		rides: p.rides, rule: [p.rule, p.rule_version], tickets: p.tickets, unused_yen: p.unused });
}
