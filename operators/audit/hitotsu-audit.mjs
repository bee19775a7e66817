#!/usr/bin/env node
// operators/audit/hitotsu-audit.mjs - works a settlement out again, from the log and nothing else. It and the modules
// beside it share no code with the server and need nothing but node 18; what they do is written down in docs/audit.md,
// so that anybody can write another. Without it an operator would have to believe the council's arithmetic.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Books, factOf, nameOf } from './books.mjs';
import { CLASSES, Lines, apportion, divide, firstDifference, grossOf, splitBounded, statementOf, sum } from './division.mjs';
import { Found, Log, Server, Unknown, b64u, canonical, climb, hashesOf, hmac, leafOf, must, openNote, proveReceipt,
	judgeEvidence, rootOf, same, sha256, vkey } from './log.mjs';

const USAGE = `hitotsu-audit.mjs auditor|operator --server URL [--token TEXT | --token-file FILE] [--key VKEY]...
                 [--state FILE] [--period YYYY-MM]... [--operator ID]... [--json]
hitotsu-audit.mjs receipt FILE --server URL [--key VKEY]... [--json]
hitotsu-audit.mjs receipt FILE --key VKEY... [--json]

auditor   works out every statement of every closed month from all events (a token of role auditor)
operator  works out its own from its own events and its evidence (a token of role operator)
receipt   holds a scan's receipt against the log; or, FILE being the evidence that \`hitotsu audit receipt\` printed,
          says whether it proves that the log left the scan out
The token may stand in HITOTSU_TOKEN. --key: as \`hitotsu audit key\` prints it, from whom you trust; without one the
server's word is taken. --state keeps the last checkpoint, so that the log can never take anything back.
Ends with 0: all agrees; 1: cannot be told; 2: asked wrongly; 3: something is not as it must be; 4: too early to tell.`;
const OK = 0, UNKNOWN = 1, ASKED_WRONGLY = 2, WRONG = 3, TOO_EARLY = 4;

// ---- What both modes begin with.
async function openLog(options, report) {
	const server = new Server(options.server, options.token);
	const log = await new Log(server, options.keys, report.findings).open();
	report.log = { origin: log.origin, size: log.size, root: log.root.toString('base64'), sealed: log.sealed,
		keys: log.given ? 'given' : 'as the server names them' };
	await log.readTree();
	const before = log.checkState(options.state);
	report.log.extends = before;
	return { server, log };
}

/** Ends of seconds say how many events there were: held against those that are there. */
function checkSeconds(events, report) {
	let count = 0;
	for (const [i, e] of events.entries()) {
		const fact = factOf(e.value);
		const wrong = (message) => report.findings.push({ code: 'SECOND_MISCOUNTED', where: `event ${e.index}`, message });
		if (i > 0 && e.second < events[i - 1].second) wrong('its second is before that of the event before it');
		if (fact.type !== 'second_closed') count++;
		else {
			if (fact.second !== e.second || fact.events !== count)
				wrong(`it closes second ${fact.second} with ${fact.events} events; there are ${count} of ${e.second}`);
			count = 0;
		}
	}
}

/** The signed text of a close, as { name: value }. Absent: the month is not closed. */
async function readClose(server, log, period) {
	const where = `/v1/settlements/${period}/close`, note = await server.get(where, { absent: true });
	if (!note) return undefined;
	const lines = openNote(note.toString(), log.keys, where).split('\n');
	const close = Object.fromEntries(lines.slice(1, -1).map((l) => [l.split(' ')[0], l.slice(l.indexOf(' ') + 1)]));
	must(lines[0] === 'hitotsu/close/v1' && close.period === period, 'CLOSE_DIFFERS', where, 'it is of another month');
	const size = Number(close.log_size);
	must(size > 0 && size <= log.size && rootOf(log.leaves, size).toString('hex') === close.log_root, 'CLOSE_DIFFERS',
		where, `the log's first ${size} leaves have another root than it pinned`);
	return close;
}

const settingsOf = (close) => ({ boundary_min: Number(close.day_boundary_min), grace_h: Number(close.offline_grace_h),
	late_days: Number(close.late_limit_days) });

/** Products and rules by version, as the server publishes them: fetched once. */
class Terms {
	constructor(server) {
		Object.assign(this, { server, ids: new Map(), products: new Map(), rules: new Map() });
	}

	async loadProduct(number, version) {
		if (this.products.has(`${number}/${version}`)) return;
		if (!this.ids.has(number))
			for (const p of await this.server.list('/v1/products')) this.ids.set(p.number, p.product_id);
		const product = await this.server.json(`/v1/products/${this.ids.get(number)}?version=${version}`);
		this.products.set(`${number}/${version}`, product);
	}

	async loadRule(id, version) {
		if (!this.rules.has(`${id}/${version}`))
			this.rules.set(`${id}/${version}`, await this.server.json(`/v1/rules/${id}?version=${version}`));
	}

	async load(events) {
		for (const e of events) {
			const fact = factOf(e.value);
			if (fact.type === 'product_published') await this.loadProduct(fact.number, fact.version);
			if (fact.type === 'rule_published') await this.loadRule(fact.rule, fact.rule_version);
		}
	}

	product(number, version) {
		const product = this.products.get(`${number}/${version}`);
		if (!product) throw new Unknown(`product ${number}, version ${version}, was never published`);
		return product;
	}

	rule(id, version) {
		const rule = this.rules.get(`${id}/${version}`);
		if (!rule) throw new Unknown(`rule ${id}, version ${version}, was never published`);
		return rule;
	}
}

const closesOf = (events) => new Set(events.map((e) => ({ ...e, fact: factOf(e.value) }))
	.filter((e) => e.fact.type === 'period_closed')
	.map((e) => new Date(e.fact.day * 86_400_000).toISOString().slice(0, 7)));

async function readCloses(server, log, events, report) {
	const closes = new Map();
	for (const period of closesOf(events)) {
		const close = await readClose(server, log, period);
		if (close) closes.set(period, close);
		else report.notes.push(`${period} was ordered closed and is not yet`);
	}
	if (closes.size === 0) report.notes.push('no month is closed: there is no settlement to check yet');
	return closes;
}

/** The server's bytes against what was worked out. */
async function checkStatement(server, period, operator, lines, terms, report) {
	const where = `/v1/settlements/${period}/statements/${operator}.json`;
	const bytes = await server.get(where), got = JSON.parse(bytes);
	const numbers = new Map((got.invoices ?? []).map((i) => [i.partner_id ?? '', i.registration_number]));
	const wanted = statementOf(operator, period, lines, (n, v) => terms.product(n, v).product_id, numbers);
	const difference = bytes.toString() === canonical(wanted) ? undefined
		: firstDifference(got, wanted) ?? 'the same values in another spelling';
	report.statements.push({ period, operator, amount_yen: wanted.amount_yen, agrees: difference === undefined, difference });
	if (difference) report.findings.push({ code: 'STATEMENT_DIFFERS', where, message: difference });
}

// ---- The auditor: everything.
async function auditor(options, report) {
	const { server, log } = await openLog(options, report);
	const events = await log.readEvents(true);
	checkSeconds(events, report);
	if (report.findings.length > 0) return; // What follows would be worked out of something else.
	const closes = await readCloses(server, log, events, report), terms = new Terms(server);
	await terms.load(events);
	if (closes.size > 0) {
		const books = new Books({ settings: settingsOf([...closes.values()].at(-1)), products: (n, v) => terms.product(n, v),
			rules: (id, v) => terms.rule(id, v) });
		for (const e of events) {
			const fact = books.fold(e), period = fact.type === 'period_closed' ? [...books.closed.keys()].at(-1) : undefined;
			const close = period && closes.get(period);
			if (close && Number(close.second) === e.second) closeMonth(books, period, close, report);
		}
		for (const period of closes.keys()) await auditMonth(options, server, books, terms, period, report);
	}
	if (report.findings.length === 0) log.keepState(options.state);
}

/** Right behind the event that closed it: what it says of itself, and what it committed. */
function closeMonth(books, period, close, report) {
	const where = `/v1/settlements/${period}/close`, totals = books.totals(period), leaves = books.committed(period);
	const silent = close.silence_agrees_on;
	if (silent !== 'none') books.silent.set(period, Date.parse(`${silent}T00:00:00Z`) / 86_400_000);
	for (const [name, yen] of Object.entries(totals))
		if (String(yen) !== close[name])
			report.findings.push({ code: 'CLOSE_DIFFERS', where, message: `${name}: ${close[name]}, and it should be ${yen}` });
	if (String(leaves.length) !== close.committed)
		report.findings.push({ code: 'COMMIT_DIFFERS', where,
			message: `it committed ${close.committed} divisions, and there are ${leaves.length}` });
	else if (rootOf(leaves).toString('hex') !== close.commit_root)
		report.findings.push({ code: 'COMMIT_DIFFERS', where, message: 'it committed other divisions than there are' });
}

async function auditMonth(options, server, books, terms, period, report) {
	if (options.periods.length > 0 && !options.periods.includes(period)) return;
	const settlement = await server.json(`/v1/settlements/${period}`);
	const operators = new Set([...books.lines.keys()].filter((k) => k.startsWith(`${period}/`)).map((k) => k.slice(8)));
	for (const line of settlement.lines ?? []) operators.add(line.operator_id);
	for (const operator of [...operators].sort())
		if (options.operators.length === 0 || options.operators.includes(operator))
			await checkStatement(server, period, operator, books.linesOf(period, operator), terms, report);
}

// ---- An operator: its own, and what its evidence proves of the others.
async function operator(options, report) {
	const { server, log } = await openLog(options, report);
	const events = await log.readEvents(false);
	if (report.findings.length > 0) return;
	const own = options.operators[0] ?? ownOf(events);
	if (!own) throw new Unknown('no event names an operator: say --operator ID');
	const closes = await readCloses(server, log, events, report), terms = new Terms(server);
	await terms.load(events);
	report.operator = own;
	if (closes.size > 0) await auditOwn({ options, server, own, events, closes, terms, report });
	if (report.findings.length === 0) log.keepState(options.state);
}

/** Whose token is it? Each of its events names it: the one that all of them do. */
function ownOf(events) {
	const counts = new Map();
	let all = 0;
	for (const { operator: id, through, other } of events.map((e) => factOf(e.value))) {
		if (!id) continue;
		all++;
		for (const name of new Set([id, through, other])) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	return [...counts].find(([, n]) => n === all)?.[0];
}

async function auditOwn(audit) {
	const { server, own, events, closes, terms, report, options } = audit;
	const books = new Books({ settings: settingsOf([...closes.values()].at(-1)), own, products: (n, v) => terms.product(n, v),
		rules: (id, v) => terms.rule(id, v) });
	const divisions = { tickets: new Map(), pools: new Map() }; // As earlier months left them.
	const pending = [];
	for (const e of events) {
		const fact = books.fold(e), period = fact.type === 'period_closed' ? [...books.closed.keys()].at(-1) : undefined;
		const close = period && closes.get(period);
		if (!close || Number(close.second) !== e.second) continue;
		const items = await readEvidence(server, period, own, close, report);
		const lines = books.linesOf(period, own);
		for (const item of items) addItem({ ...audit, books, period, lines, divisions, pending }, item);
		checkAllThere({ ...audit, books, period, divisions, pending }, items);
		if (options.periods.length > 0 && !options.periods.includes(period)) continue;
		report.evidence.push({ period, committed: Number(close.committed), own: items.length });
		addZeroLines(lines, await server.json(`/v1/settlements/${period}/statements/${own}.json`));
		await checkStatement(server, period, own, lines, terms, report);
	}
	for (const p of pending.filter((one) => divisions.tickets.get(one.pseudonym)?.period === one.period && !one.may))
		report.findings.push({ code: 'WEIGHT_DIFFERS', where: p.where, message: p.message });
}

/** Each item proven from the close; then it may be read. */
async function readEvidence(server, period, own, close, report) {
	const root = Buffer.from(close.commit_root, 'hex'), size = Number(close.committed), items = [], seen = new Set();
	for (let from = '0'; from !== undefined;) {
		const page = await server.json(`/v1/settlements/${period}/evidence/${own}?from=${from}`);
		for (const item of page.items) {
			const where = `evidence ${period}, leaf ${item.index}`;
			const proven = climb(leafOf(sha256(b64u(item.salt), item.text)), item.index, size, hashesOf(b64u(item.path)));
			const wrong = (code, message) => report.findings.push({ code, where, message });
			item.where = where;
			item.key = b64u(page.pseudonym_key);
			if (!proven || !same(proven, root)) wrong('PROOF_FAILS', 'it is not what the close committed');
			else if (seen.has(item.index)) wrong('EVIDENCE_DIFFERS', 'the same leaf twice');
			else items.push(Object.assign(item, { told: JSON.parse(item.text) }));
			seen.add(item.index);
		}
		from = page.next;
	}
	return items;
}

/** The operator's own part, divided again out of what was committed. */
function addItem(audit, item) {
	const { told } = item, { report, own, terms, lines, divisions, period } = audit;
	const wrong = (code, message) => report.findings.push({ code, where: item.where, message });
	const legs = told.legs.map(([weight, fixed, minimum, cap, before]) => ({ weight, fixed, minimum, cap, before }));
	const leg = legs[item.place];
	const said = { number: told.product[0], version: told.product[1], rule: told.rule[0], rule_version: told.rule[1],
		rides: told.rides };
	const stands = { number: item.product_number, version: item.product_version, rule: item.rule_id,
		rule_version: item.rule_version, rides: item.rides };
	if (!leg || canonical(said) !== canonical(stands) || told.period !== period)
		return wrong('EVIDENCE_DIFFERS', 'what it says and what was committed are not the same');
	const weighs = legs.some((l) => l.weight > 0);
	const { parts, unused } = weighs ? splitBounded(told.left_yen, legs) : { parts: legs.map(() => 0), unused: told.left_yen };
	const inPool = told.kind === 'pool', shares = parts.map((yen, i) => yen + (inPool ? 0 : legs[i].fixed));
	if (shares[item.place] !== item.share_yen)
		return wrong('SHARE_DIFFERS', `its share is ${item.share_yen}; the weights give ${shares[item.place]}`);
	if (unused !== (inPool ? told.unused_yen : told.steps.unused_yen))
		return wrong('SHARE_DIFFERS', `what nobody got is not ${unused}`);
	const product = terms.product(said.number, said.version), rule = terms.rule(said.rule, said.rule_version);
	return inPool ? addPool({ ...audit, product, legs, shares, said }, item)
		: addTicket({ ...audit, product, rule, legs, shares, said, lines, divisions, own, wrong }, item);
}

function addTicket(audit, item) {
	const { told } = item, { wrong, own, rule, product, legs, shares, said, divisions, lines, period } = audit;
	const s = told.steps, sums = { commission: s.commission_yen, payment_fee: s.payment_fee_yen,
		council_fee: s.council_fee_yen };
	const fixed = sum(legs.map((l) => l.fixed));
	if (sum(Object.values(s)) + sum(shares) !== told.earned_yen || told.left_yen !== sum(shares) - fixed + s.unused_yen)
		return wrong('SHARE_DIFFERS', 'steps and shares are not what was earned');
	checkSteps(audit, item, fixed);
	checkWeight(audit, item);
	const was = divisions.tickets.get(item.pseudonym);
	if ((was?.yen ?? 0) !== legs[item.place].before || (was !== undefined && !told.again))
		wrong('SHARE_DIFFERS', `${legs[item.place].before} yen were posted before; earlier evidence says ${was?.yen ?? 0}`);
	const pooled = rule.pooling === 'month';
	const now = { rides: said.rides, period, yen: shares[item.place], boardings: item.boardings, riders: item.riders,
		fare: item.deemed_fare_yen, distance: item.distance_m,
		gross: grossOf(shares, item.place, sums, item.riders, own, product, pooled) };
	now.carried = now.boardings || now.riders || now.fare || now.distance ? 1 : 0;
	if (!was || was.rides === now.rides) lines.addLeg(said, product, was, now, told.partner);
	else {
		lines.addLeg(said, product, undefined, now, told.partner);
		lines.addLeg({ ...said, rides: was.rides }, product, was, undefined, told.partner);
	}
	divisions.tickets.set(item.pseudonym, now);
	return undefined;
}

/** Percentages, where no fixed amounts stand among them. */
function checkSteps({ rule, wrong }, { told }, fixed) {
	if (fixed !== 0 || rule.steps.some((s) => s.kind.startsWith('fixed_'))) return;
	const { sums } = divide({ ...rule, pooling: 'month', unused_to: 'operators' }, told.earned_yen, []);
	for (const name of ['commission', 'payment_fee', 'council_fee'])
		if (sums[name] !== told.steps[`${name}_yen`])
			wrong('SHARE_DIFFERS', `${name} is ${told.steps[`${name}_yen`]}; the rule gives ${sums[name]}`);
}

const WEIGHT = { boardings: (l) => l.boardings, riders: (l) => l.riders, deemed_fare: (l) => l.fare,
	distance: (l) => l.distance, fixed_shares: (l, share) => share, component_values: (l, share) => share,
	prorate_factors: (l, share) => share * l.boardings };

/** Its own weight must be what its own scans say, and the ticket one that it scanned. */
function checkWeight({ books, own, rule, legs, wrong, pending, period }, item) {
	const none = { boardings: 0, riders: 0, fare: 0, distance: 0 };
	const told = { boardings: item.boardings, riders: item.riders, fare: item.deemed_fare_yen, distance: item.distance_m };
	const ticket = ticketOf(books, item), text = JSON.parse(item.text);
	const legNow = ticket?.legs.find((l) => l.id === own) ?? none;
	const agrees = (leg) => Object.keys(none).every((name) => leg[name] === told[name]);
	if (ticket && nameOf(b64u(item.salt), ticket.id) !== text.ticket)
		return wrong('EVIDENCE_DIFFERS', 'it is of another ticket than its pseudonym says');
	if (!agrees(legNow)) {
		const say = (l) => `${l.boardings} boardings, ${l.riders} riders, ${l.fare} yen, ${l.distance} m`;
		const message = `it has ${say(told)} of ticket ${item.pseudonym}; the operator's own scans have ${say(legNow)}`;
		if (![none, ...ticket?.history ?? []].some(agrees)) return wrong('WEIGHT_DIFFERS', message);
		// A later division may stand in another month by now; if none ever does, it is wrong.
		pending.push({ where: item.where, message, pseudonym: item.pseudonym, period,
			may: ticket && monthOver(books, ticket) > text.rides });
	}
	const share = (rule.shares ?? []).find((s) => s.operator_id === own)?.weight ?? 0;
	const carried = Object.values(told).some((n) => n > 0);
	if (rule.pooling === 'month' || !carried) return undefined;
	const weight = WEIGHT[text.by](told, share);
	if (weight !== legs[item.place].weight)
		return wrong('WEIGHT_DIFFERS', `its weight is ${legs[item.place].weight}; by ${text.by} it is ${weight}`);
	return undefined;
}

const monthOver = (books, ticket) => new Date(books.serviceDay(books.endOf(ticket)) * 86_400_000).toISOString().slice(0, 7);

/** The ticket of a pseudonym, among those that the operator's events name. */
function ticketOf(books, item) {
	if (!books.pseudonyms) books.pseudonyms = new Map();
	for (const id of books.tickets.keys())
		if (!books.pseudonyms.has(id)) books.pseudonyms.set(id, hmac(item.key, Buffer.from(id, 'hex')));
	books.byPseudonym ??= new Map();
	if (books.byPseudonym.size !== books.pseudonyms.size)
		books.byPseudonym = new Map([...books.pseudonyms].map(([id, name]) => [name, id]));
	return books.tickets.get(books.byPseudonym.get(item.pseudonym.replaceAll('-', '')));
}

function addPool({ own, product, legs, shares, said, lines, divisions, report }, item) {
	const { told } = item, place = canonical(said), was = divisions.pools.get(place) ?? { yen: 0, parts: new Map() };
	const now = { yen: shares[item.place], parts: new Map() }, what = { ...said, tax_class: product.tax_class ?? CLASSES[0] };
	const beside = item.beside ?? [];
	if (canonical(beside.map((b) => b.sum_yen)) !== canonical(told.beside) || was.yen !== legs[item.place].before)
		report.findings.push({ code: 'EVIDENCE_DIFFERS', where: item.where,
			message: `what stands beside the pool, or what ${own} had of it before, is not what was committed` });
	beside.forEach((b) => now.parts.set(b.partner_id,
		apportion(b.sum_yen, legs.map((l, i) => l.fixed + shares[i]))[item.place]));
	lines.addRides(what, { amount: now.yen - was.yen });
	for (const whose of new Set([...now.parts.keys(), ...was.parts.keys()])) {
		const more = (now.parts.get(whose) ?? 0) - (was.parts.get(whose) ?? 0);
		lines.addRides(what, whose === '~' ? { fee: more } : { commission: more });
		if (whose !== '~') lines.addCommission(whose, more);
	}
	divisions.pools.set(place, now);
}

/** Each ticket that it carried and that was over must have been divided by now. */
function checkAllThere({ books, own, period, divisions, report }, items) {
	if (items.length > 0) ticketOf(books, items[0]);
	for (const t of books.tickets.values()) {
		const leg = t.legs.find((l) => l.id === own);
		if (!leg || !t.over || monthOver(books, t) > period || t.refunded) continue;
		const name = books.pseudonyms?.get(t.id);
		const known = name && [...divisions.tickets.keys()].some((p) => p.replaceAll('-', '') === name);
		if (!known) report.findings.push({ code: 'TICKET_MISSING', where: `evidence ${period}`,
			message: `the operator carried ticket ${t.id}, which was over in ${monthOver(books, t)}, and no division has it` });
	}
}

/** A line that came and went in the same month says nothing but zeroes: as told. */
function addZeroLines(lines, statement) {
	for (const l of statement.lines ?? []) {
		const tail = l.line_id.slice(statement.operator_id.length + 1).replaceAll('.', '/');
		const numbers = [l.amount_yen, l.commission_yen, l.fee_yen, l.tickets, l.boardings, l.riders, l.deemed_fare_yen];
		if (!lines.lines.has(tail) && numbers.every((n) => n === 0))
			lines.lines.set(tail, { kind: l.kind, number: l.product_number, version: l.product_version, rides: l.rides,
				rule: l.rule_id ?? '', rule_version: l.rule_version, tax_class: l.tax_class, amount: 0, commission: 0, fee: 0,
				tickets: 0, boardings: 0, riders: 0, fare: 0 });
	}
}

// ---- A receipt.
async function receipt(options, report) {
	const told = JSON.parse(fs.readFileSync(options.file, 'utf8'));
	if (told.evidence === 'left_out') {
		if (options.keys.length === 0) throw new TypeError('say --key: evidence is judged by a key that you know the log by');
		judgeEvidence(told, options.keys);
		report.findings.push({ code: 'LEFT_OUT', where: `second ${told.receipt.second}`,
			message: 'the evidence holds: the log promised this leaf and left it out' });
		return OK; // It is as the evidence says.
	}
	if (!options.server) throw new TypeError('say --server');
	const { log } = await openLog(options, report);
	const found = await proveReceipt(told.receipt ?? told, log);
	if (found.early) {
		report.notes.push('its second is not sealed yet');
		return TOO_EARLY;
	}
	report.notes.push(`kept: leaf ${found.index} of ${log.size}`);
	return OK;
}

// ---- From the command line.
export function parse(argv) {
	const options = { mode: argv[0], keys: [], periods: [], operators: [], json: false, token: process.env.HITOTSU_TOKEN };
	const values = { '--server': (v) => { options.server = v; }, '--token': (v) => { options.token = v; },
		'--token-file': (v) => { options.token = fs.readFileSync(v, 'utf8').trim(); },
		'--key': (v) => options.keys.push(vkey(v)), '--state': (v) => { options.state = v; },
		'--period': (v) => options.periods.push(v), '--operator': (v) => options.operators.push(v) };
	for (let i = 1; i < argv.length; i++)
		if (argv[i] === '--json') options.json = true;
		else if (values[argv[i]] && argv[i + 1] !== undefined) values[argv[i]](argv[++i]);
		else if (options.mode === 'receipt' && !options.file && !argv[i].startsWith('-')) options.file = argv[i];
		else throw new TypeError(`what is ${argv[i]}?`);
	const complete = options.mode === 'receipt' ? options.file : options.server && options.token;
	if (!['auditor', 'operator', 'receipt'].includes(options.mode) || !complete) throw new TypeError('something is missing');
	return options;
}

/** { code, report } */
export async function audit(options) {
	const report = { mode: options.mode, findings: [], statements: [], evidence: [], notes: [] };
	let code = OK;
	try {
		code = await { auditor, operator, receipt }[options.mode](options, report) ?? OK;
		if (report.findings.length > 0) code = WRONG;
	} catch (error) {
		if (error instanceof Found) report.findings.push({ code: error.code, where: error.where, message: error.message });
		else if (!(error instanceof Unknown)) throw error;
		else report.notes.push(`cannot be told: ${error.message}`);
		code = error instanceof Found ? WRONG : UNKNOWN;
	}
	// Of a receipt one thing only is proven: that it was left out.
	if (options.mode === 'receipt' && code === WRONG && !report.findings.some((f) => f.code === 'LEFT_OUT')) code = UNKNOWN;
	return { code, report: { ...report, code } };
}

function say(report) {
	const out = [];
	if (report.log) out.push(`log ${report.log.origin}: ${report.log.size} leaves, signed (keys: ${report.log.keys})`
		+ `${report.log.extends ? `; it extends the ${report.log.extends} known before` : ''}`);
	for (const e of report.evidence) out.push(`${e.period}: ${e.own} divisions proven of ${e.committed} committed`);
	for (const s of report.statements)
		out.push(`${s.period} ${s.operator}: ${s.amount_yen} yen, ${s.agrees ? 'byte for byte' : `DIFFERS: ${s.difference}`}`);
	out.push(...report.notes, ...report.findings.map((f) => `${f.code} ${f.where}: ${f.message}`));
	out.push(['All agrees.', 'It cannot be told.', '', 'Something is not as it must be.', 'Too early to tell.'][report.code]);
	return `${out.join('\n')}\n`;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
	let options;
	try { options = parse(process.argv.slice(2)); } catch (error) {
		process.stderr.write(`${error.message}\n\n${USAGE}\n`);
		process.exitCode = ASKED_WRONGLY;
	}
	if (options)
		try {
			const { code, report } = await audit(options);
			process.stdout.write(options.json ? `${JSON.stringify(report, null, '\t')}\n` : say(report));
			process.exitCode = code;
		} catch (error) {
			process.stderr.write(`${error instanceof TypeError ? error.message : error.stack}\n`);
			process.exitCode = error instanceof TypeError ? ASKED_WRONGLY : UNKNOWN;
		}
}
