// operators/audit/division.mjs - how a yen divides and what a statement says of it, written from docs/sharing-rules.md and
// docs/statements.md alone. Without it nobody could say what a share should have been.
import { canonical, order } from './log.mjs';

export const hex4 = (n) => n.toString(16).padStart(4, '0');

// ---- Division: docs/sharing-rules.md.
export const sum = (list) => list.reduce((a, b) => a + b, 0);
/** By largest remainder; of equal ones to the first. All zero: nothing to anybody. */
export function apportion(yen, weights) {
	const total = weights.reduce((a, w) => a + BigInt(w), 0n);
	if (total === 0n) return weights.map(() => 0);
	const exact = weights.map((w) => BigInt(yen) * BigInt(w));
	const parts = exact.map((e) => Number(e / total));
	const rest = exact.map((e, i) => [e % total, i]).sort(([a, i], [b, k]) => (a > b ? -1 : a < b ? 1 : i - k));
	rest.slice(0, yen - sum(parts)).forEach(([, i]) => { parts[i]++; });
	return parts;
}

/** Within minimum and cap. { parts, unused } */
export function splitBounded(yen, legs) {
	const minimums = legs.map((l) => l.minimum);
	if (sum(minimums) > 0 && sum(minimums) >= yen) return { parts: apportion(yen, minimums), unused: 0 };
	const part = legs.map(() => 0), settled = legs.map(() => false);
	let left = yen, violated, any;
	do {
		const free = apportion(left, legs.map((l, i) => (settled[i] ? 0 : l.weight)));
		const bounds = legs.map((l, i) => {
			if (settled[i]) return 0;
			part[i] = free[i];
			if (part[i] < l.minimum) return l.minimum - part[i];
			return l.cap !== 0 && part[i] > l.cap ? l.cap - part[i] : 0;
		});
		violated = sum(bounds);
		any = false;
		bounds.forEach((by, i) => {
			if (by === 0 || (violated > 0 && by < 0) || (violated < 0 && by > 0)) return;
			part[i] += by;
			left -= part[i];
			settled[i] = any = true;
		});
	} while (any && violated !== 0);
	return { parts: part, unused: left - sum(part.filter((_, i) => !settled[i])) };
}

export const carried = (d) => d.boardings > 0 || d.riders > 0 || d.fare > 0 || d.distance > 0;
const WEIGHTS = {
	boardings: (d) => d.boardings, riders: (d) => d.riders, deemed_fare: (d) => d.fare, distance: (d) => d.distance,
	declared_counts: (d) => d.declared, fixed_shares: (d) => d.share, component_values: (d) => d.share * d.legs,
	prorate_factors: (d) => d.share * d.boardings,
};
export const nobody = () => ({ boardings: 0, riders: 0, fare: 0, distance: 0, declared: 0, legs: 0, share: 0, minimum: 0, cap: 0 });

/** The last step: fills weight, and adds to the shares. Gives what nobody got. */
export function splitStep(rule, yen, parties) {
	const step = rule.steps.at(-1), used = parties.some(carried);
	let by = parties.some((p) => WEIGHTS[step.by](p) > 0) ? step.by : 'boardings';
	if (!used) by = rule.unused_to === 'operators' ? 'fixed_shares' : by;
	parties.forEach((p) => { p.weight = used || rule.unused_to === 'operators' ? WEIGHTS[by](p) : 0; });
	if (!used && rule.unused_to === 'operators' && parties.every((p) => p.weight === 0))
		parties.forEach((p) => { p.weight = 1; });
	if (parties.every((p) => p.weight === 0)) return { by, unused: yen };
	const { parts, unused } = splitBounded(yen, parties);
	parts.forEach((yen_, i) => { parties[i].yen += yen_; });
	return { by, unused };
}

const HALF = { down: 0, half_up: 5000, up: 9999 };
/** parties in the order of ids; each gets weight, fixed and yen. */
export function divide(rule, earned, parties) {
	const sums = { commission: 0, payment_fee: 0, council_fee: 0, unused: 0, pool: 0 };
	let left = earned, by = rule.steps.at(-1).by;
	parties.forEach((p) => Object.assign(p, { weight: 0, fixed: 0, yen: 0 }));
	for (const step of rule.steps.slice(0, -1)) {
		if (step.kind.startsWith('fixed_')) {
			const asked = parties.map((p) => step.amount_yen * (step.kind === 'fixed_per_leg' ? p.legs : p.boardings));
			(sum(asked) > left ? apportion(left, asked) : asked).forEach((yen, i) => {
				parties[i].fixed += yen;
				parties[i].yen += yen;
				left -= yen;
			});
			continue;
		}
		const base = BigInt(step.base === 'left' ? left : earned) * BigInt(step.basis_points);
		const part = Math.min(left, Number((base + BigInt(HALF[step.rounding ?? 'down'])) / 10000n));
		sums[step.kind] += part;
		left -= part;
	}
	if (rule.pooling === 'month' && (parties.some(carried) || rule.unused_to === 'operators')) sums.pool = left;
	else ({ by, unused: sums.unused } = splitStep(rule, left, parties));
	return { sums, by };
}

// ---- Gross and tax: docs/statements.md.
export const CLASSES = ['standard10', 'zero', 'outside'];
/** One operator's of a ticket, by class: [{ amount, commission, fee }]. */
export function grossOf(shares, place, sums, riders, operator, product, pooled) {
	const own = Math.max(CLASSES.indexOf(product.tax_class), 0), amounts = [0, 0, 0];
	let left = shares[place];
	for (const part of pooled ? [] : product.tax_parts ?? []) {
		if (part.operator_id !== operator) continue;
		const took = Math.min(left, riders > left ? left : riders * part.yen_a_rider);
		amounts[CLASSES.indexOf(part.tax_class)] = took;
		left -= took;
	}
	amounts[own] += left;
	const of = (yen) => (pooled ? 0 : apportion(yen, shares)[place]);
	const commissions = apportion(of(sums.commission) + of(sums.payment_fee), amounts);
	const fees = apportion(of(sums.council_fee), amounts);
	return amounts.map((amount, i) => ({ amount, commission: commissions[i], fee: fees[i] }));
}
const taxOf = (name, yen) => (name === 'standard10' ? Math.trunc(yen * 10 / 110) : 0);

/** Lines of one operator's month, by what stands in their keys behind the operator. */
export class Lines {
	constructor() {
		this.lines = new Map();
		this.partners = new Map();
	}

	add(tail, what, more) {
		const numbers = { amount: 0, commission: 0, fee: 0, tickets: 0, boardings: 0, riders: 0, fare: 0, ...more };
		if (Object.values(numbers).every((n) => n === 0)) return;
		const line = this.lines.get(tail);
		if (!line) this.lines.set(tail, { ...what, ...numbers });
		else for (const [name, n] of Object.entries(numbers)) line[name] += n;
	}

	addCommission(partner, yen) {
		this.partners.set(partner, (this.partners.get(partner) ?? 0) + yen);
	}

	/** A leg as it was and as it is (or undefined): { carried, boardings, riders, fare, gross } */
	addLeg(what, product, was, now, partner) {
		const own = Math.max(CLASSES.indexOf(product.tax_class), 0);
		const of = (name) => (now?.[name] ?? 0) - (was?.[name] ?? 0);
		let commission = 0;
		CLASSES.forEach((tax_class, i) => {
			const part = (name) => (now?.gross[i][name] ?? 0) - (was?.gross[i][name] ?? 0);
			this.addRides({ ...what, tax_class }, { amount: part('amount'), commission: part('commission'), fee: part('fee'),
				...(i === own && { tickets: of('carried'), boardings: of('boardings'), riders: of('riders'), fare: of('fare') }) });
			commission += part('commission');
		});
		this.addCommission(partner, commission);
	}

	addRides(what, more) {
		const tail = `${hex4(what.number)}/${hex4(what.version)}/${what.rides}/${hex4(what.rule_version)}/`
			+ `${CLASSES.indexOf(what.tax_class)}`;
		this.add(tail, { kind: 'rides', ...what }, more);
	}

	addOther(kind, period, yen) {
		const line = this.lines.get(kind) ?? { kind, number: 0, version: 0, rides: period, rule: '', rule_version: 0,
			tax_class: 'outside', amount: 0, commission: 0, fee: 0, tickets: 0, boardings: 0, riders: 0, fare: 0 };
		line.amount += yen;
		this.lines.set(kind, line);
	}
}

/** The statement's JSON. numbers: issuers' registration numbers, which are no arithmetic, by partner id ('': council). */
export function statementOf(operator, period, lines, productId, numbers) {
	const totals = () => ({ amount_yen: 0, commission_yen: 0, fee_yen: 0, gross_yen: 0 });
	const all = { ...totals(), tickets: 0, boardings: 0, riders: 0, deemed_fare_yen: 0 };
	const classes = new Map();
	const shown = [...lines.lines].sort(([a], [b]) => order(a, b)).map(([tail, l]) => {
		const line = { amount_yen: l.amount, boardings: l.boardings, commission_yen: l.commission, deemed_fare_yen: l.fare,
			fee_yen: l.fee, gross_yen: l.amount + l.commission + l.fee, kind: l.kind,
			line_id: `${operator}.${tail.replaceAll('/', '.')}`, product_number: l.number, product_version: l.version,
			riders: l.riders, rides: l.rides, rule_version: l.rule_version, tax_class: l.tax_class, tickets: l.tickets,
			...(l.kind === 'rides' && { product_id: productId(l.number, l.version), rule_id: l.rule }) };
		const of = classes.get(l.tax_class) ?? totals();
		classes.set(l.tax_class, of);
		for (const name of Object.keys(all)) all[name] += line[name];
		for (const name of Object.keys(of)) of[name] += line[name];
		return line;
	});
	const invoice = (partner, yen) => {
		const tax_yen = taxOf('standard10', yen), number = numbers.get(partner);
		return { classes: [{ tax_class: 'standard10', tax_yen, total_yen: yen }], issuer: partner ? 'partner' : 'council',
			...(partner && { partner_id: partner }), ...(number && { registration_number: number }),
			supply: partner ? 'commission' : 'fee', tax_yen, total_yen: yen };
	};
	const invoices = [...lines.partners].filter(([, yen]) => yen !== 0).sort(([a], [b]) => order(a, b))
		.map(([partner, yen]) => invoice(partner, yen));
	if (all.fee_yen !== 0) invoices.push(invoice('', all.fee_yen));
	return { ...all, invoices, lines: shown, operator_id: operator, period, state: 'CLOSED',
		tax_classes: CLASSES.filter((name) => classes.has(name)).map((name) => ({ ...classes.get(name), tax_class: name,
			tax_yen: taxOf(name, classes.get(name).gross_yen) })) };
}

/** The first place in which two values differ: "/lines/0/amount_yen: 855, and it should be 854". */
export function firstDifference(got, wanted, at = '') {
	if (Array.isArray(got) && Array.isArray(wanted)) {
		for (let i = 0; i < Math.max(got.length, wanted.length); i++) {
			const found = firstDifference(got[i], wanted[i], `${at}/${i}`);
			if (found) return found;
		}
		return undefined;
	}
	if (got && wanted && typeof got === 'object' && typeof wanted === 'object') {
		for (const key of [...new Set([...Object.keys(got), ...Object.keys(wanted)])].sort()) {
			const found = firstDifference(got[key], wanted[key], `${at}/${key}`);
			if (found) return found;
		}
		return undefined;
	}
	const say = (v) => (v === undefined ? 'nothing' : canonical(v));
	return got === wanted ? undefined : `${at || '/'}: ${say(got)}, and it should be ${say(wanted)}`;
}
