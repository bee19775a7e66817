// tests/api/audit.test.mjs - the audit program against the server: it arrives at every statement byte for byte, and
// whatever somebody changed on the way is found and named.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { audit } from '../../operators/audit/hitotsu-audit.mjs';
import { vkey } from '../../operators/audit/log.mjs';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, owned, send, skip, uuid7 } from './house.mjs';
import { found } from './town.mjs';

const PROGRAM = path.resolve('operators/audit/hitotsu-audit.mjs');
const by = (...ids) => ids.map((operator_id) => ({ operator_id }));
const RULES = [
	{ rule_id: 'pooled', pooling: 'month', unused_to: 'council', steps: [
		{ kind: 'commission', base: 'earned', basis_points: 500 }, { kind: 'council_fee', base: 'left', basis_points: 150 },
		{ kind: 'fixed_per_boarding', amount_yen: 10 }, { kind: 'split', by: 'deemed_fare' }],
	shares: [{ operator_id: 'sakurajima-ferry', minimum_yen: 300 }] },
	{ rule_id: 'bounded', pooling: 'ticket', unused_to: 'operators', steps: [
		{ kind: 'payment_fee', base: 'earned', basis_points: 325, rounding: 'half_up' },
		{ kind: 'council_fee', base: 'left', basis_points: 99, rounding: 'up' }, { kind: 'split', by: 'deemed_fare' }],
	shares: [{ operator_id: 'miyako', cap_yen: 611, weight: 3 }, { operator_id: 'sakurajima-ferry', minimum_yen: 200, weight: 1 }] },
	{ rule_id: 'fixed', pooling: 'ticket', unused_to: 'partner', steps: [
		{ kind: 'commission', base: 'earned', basis_points: 777 }, { kind: 'split', by: 'fixed_shares' }],
	shares: [{ operator_id: 'beppu-bath', weight: 2500 }, { operator_id: 'miyako', weight: 4999 },
		{ operator_id: 'sakurajima-ferry', weight: 2501 }] },
	{ rule_id: 'said', pooling: 'month', unused_to: 'council', steps: [
		{ kind: 'commission', base: 'earned', basis_points: 1000 }, { kind: 'split', by: 'declared_counts' }] },
];
const base = { validity: 'days', length: 2, activation_days: 5, modes: ['bus', 'ferry', 'venue'], riders_max: 4,
	operators: by('miyako', 'sakurajima-ferry', 'beppu-bath'), prices: [{ category: 'adult', price_yen: 997 }] };
const PRODUCTS = [
	{ product_id: 'sea-month', ...base, rule_id: 'pooled' },
	{ product_id: 'within', ...base, rule_id: 'bounded', tax_class: 'zero' },
	{ product_id: 'by-word', ...base, rule_id: 'said' },
	{ product_id: 'spa', ...base, rule_id: 'fixed', tax_parts: [{ operator_id: 'beppu-bath', yen_a_rider: 150, tax_class: 'outside' }] },
];

let house;
let town;
let auditor;
let folder;
const operators = ['miyako', 'sakurajima-ferry', 'fukuoka-city-subway', 'beppu-bath'];

async function ride() {
	const board = async (code, gate = 'bus-1', kind = 'board') =>
		assert.equal(await town.verdict(gate, { qr: code, kind }), 'ADMITTED');
	for (const product of ['island-day', 'sea-month', 'within', 'spa', 'sea-month']) {
		const { code } = await town.sell(product, { riders: product === 'within' ? 3 : 1 });
		await board(code);
		await board(code, 'bus-2');
		if (product !== 'spa') await board(code, 'pier', 'check_in');
		if (product === 'spa') await board(code, 'bath', 'redeem');
	}
	await board((await town.sell('sea-month', { riders: 2 })).code, 'pier', 'check_in');
	await board((await town.sell('by-word')).code);
	await town.sell('by-word');
	await town.sell('within'); // Nobody uses it.
	await town.sell('sea-month');
	const pass = await town.sell('four-modes', { riders: 2 });
	await board(pass.code, 'tenjin', 'enter');
	await house.clock(house.now + 900_000);
	await board(pass.code, 'hakata', 'exit');
	await house.clock(house.now + 900_000);
	await board(pass.code);
	const back = await town.sell('four-modes');
	const offer = await house.must(201, 'POST', `/v1/tickets/${back.ticket_id}/refund-offer`, { token: town.partner, body: {} });
	await house.must(200, 'POST', `/v1/tickets/${back.ticket_id}/refund`, { token: town.partner, body: { offer_id: offer.offer_id } });
}

const upload = async (gate, lines) => {
	const answer = await house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null,
		headers: { 'content-type': 'application/x-ndjson' }, payload: lines.map((l) => JSON.stringify(l)).join('\n') });
	assert.equal(answer.status, 200, answer.text);
	return answer.text.trim().split('\n').map((l) => JSON.parse(l));
};
const line = (code, at, more = {}) => ({ scan_id: uuid7(at), qr: code, kind: 'board', at: jst(at), verdict: 'ADMITTED',
	bundle: Math.floor(at / 1000) - 3600, ...more });

/** A line is disputed and the council gives way, at another operator's cost; another is agreed. */
async function decide() {
	const lines = (await house.must(200, 'GET', '/v1/settlements/2026-11/lines?operator_id=miyako')).items;
	const [mine, other] = lines.filter((l) => /2026-11/.test(l.line_id));
	const at = (l, word) => `/v1/settlements/2026-11/lines/${l.line_id}/${word}`, token = town.operators.miyako;
	await house.must(200, 'POST', at(mine, 'dispute'), { token, body: { why: 'two rides are missing' } });
	await house.must(200, 'POST', at(other, 'agree'), { token, body: {} });
	await house.clock(house.now + 5000);
	await house.must(200, 'POST', at(mine, 'decide'), { body: { outcome: 'upheld', correction_yen: 201, why: 'found',
		against: 'sakurajima-ferry' } });
	await house.clock(house.now + 5000);
}

before(async () => {
	if (skip) return;
	house = await House.open();
	folder = house.folder;
	town = await found(house);
	for (const rule of RULES) await house.must(201, 'POST', '/v1/rules', { body: rule });
	for (const p of PRODUCTS) await house.must(201, 'POST', '/v1/products', { body: { name_ja: p.product_id, name_en: p.product_id, ...p } });
	town.operators['beppu-bath'] = (await house.must(201, 'POST', '/v1/tokens',
		{ body: { role: 'operator', subject: 'beppu-bath' } })).token;
	await house.must(201, 'POST', '/v1/gates', { body: { gate_id: 'bath-2', operator_id: 'beppu-bath', mode: 'venue', name: '2' } });
	town.gates['bath-2'] = (await house.must(201, 'POST', '/v1/tokens', { body: { role: 'gate', subject: 'bath-2' } })).token;
	await house.clock('2026-11-03T09:00:00+09:00');
	await ride();
	const offline = await town.sell('within'), once = await town.sell('bath-once');
	await house.clock(house.now + 600_000);
	await upload('bus-1', [line(offline.code, house.now - 60_000), line('nonsense', house.now - 50_000)]);
	// Used once too often, behind two closed doors: the later one is contested, though it was told first.
	const told = [await upload('bath-2', [line(once.code, house.now - 60_000, { kind: 'redeem' })]),
		await upload('bath', [line(once.code, house.now - 120_000, { kind: 'redeem' })])];
	assert.deepEqual(told.flat().map((t) => t.contested ?? false), [false, false], JSON.stringify(told));
	for (const [operator_id, boardings] of [['miyako', 70], ['sakurajima-ferry', 31]])
		await house.must(201, 'POST', `/v1/operators/${operator_id}/declared-counts`, { body: { period: '2026-11', boardings } });
	town.late = await town.sell('sea-month');
	town.lateToo = await town.sell('within');
	for (const t of [town.late, town.lateToo])
		assert.equal(await town.verdict('bus-1', { qr: t.code, kind: 'board' }), 'ADMITTED');
	town.rodeAt = house.now + 3600_000;
	const many = await Promise.all(Array.from({ length: 260 }, () => town.sell('island-day'))); // More than a tile.
	for (const { code } of many) assert.equal(await town.verdict('bus-1', { qr: code, kind: 'board' }), 'ADMITTED');
	await house.must(201, 'POST', '/v1/claims', { body: { from: 'miyako', to: 'sakurajima-ferry', amount_yen: 40, reason: 'snow' } });
	await house.clock('2026-12-05T09:00:00+09:00');
	await house.must(202, 'POST', '/v1/settlements', { body: { period: '2026-11' } });
	await house.clock(house.now + 5000);
	await decide();
	await ride();
	await upload('bus-2', [line(town.late.code, town.rodeAt), line(town.lateToo.code, town.rodeAt + 60_000)]);
	await house.clock('2027-01-06T09:00:00+09:00');
	await house.must(202, 'POST', '/v1/settlements', { body: { period: '2026-12' } });
	await house.clock(house.now + 5000);
	for (const period of ['2026-11', '2026-12'])
		assert.equal((await house.must(200, 'GET', `/v1/settlements/${period}`)).state, 'CLOSED');
	auditor = { mode: 'auditor', server: `http://127.0.0.1:${house.port}`, token: town.auditor, keys: [], periods: [], operators: [] };
});
after(async () => { await house?.close(); });

const asOperator = (id) => ({ ...auditor, mode: 'operator', token: town.operators[id] });
const clean = ({ code, report }) => assert.equal(code, 0, JSON.stringify(report, null, 1));

test('an auditor arrives at every statement byte for byte', { skip }, async () => {
	const done = await audit(auditor);
	clean(done);
	const said = done.report.statements.map((s) => `${s.period} ${s.operator}`);
	for (const period of ['2026-11', '2026-12'])
		for (const id of operators) assert.ok(said.includes(`${period} ${id}`), `${period} ${id} of ${said}`);
	assert.ok(done.report.statements.filter((s) => s.amount_yen > 0).length >= 6);
	const kinds = [];
	for (const period of ['2026-11', '2026-12'])
		for (const id of operators)
			kinds.push(...(await house.must(200, 'GET', `/v1/settlements/${period}/statements/${id}.json`)).lines.map((l) => l.kind));
	assert.deepEqual([...new Set(kinds)].sort(), ['claim', 'correction', 'loss', 'rides'], 'lines of every kind were worked out');
});

test('an operator arrives at its own from its events and what was committed', { skip }, async () => {
	for (const id of operators) {
		const done = await audit(asOperator(id));
		clean(done);
		assert.equal(done.report.operator, id);
		assert.equal(done.report.statements.length, 2);
		assert.ok(done.report.evidence.every((e) => e.own > 0), JSON.stringify(done.report.evidence));
	}
});

test('evidence names nobody else and nothing that two could hold side by side', { skip }, async () => {
	const get = (id, period, options = {}) => house.ask('GET', `/v1/settlements/${period}/evidence/${id}`,
		{ token: town.operators[id], ...options });
	const [bus, ferry] = [await get('miyako', '2026-11'), await get('sakurajima-ferry', '2026-11')];
	assert.equal(bus.status, 200, bus.text);
	for (const [mine, others] of [[bus, 'ferry'], [ferry, 'miyako']])
		assert.ok(!JSON.stringify(mine.body.items).includes(others), 'no other operator');
	const names = (a) => a.body.items.map((i) => i.pseudonym).filter(Boolean);
	assert.ok(names(bus).length > 4 && !names(bus).some((p) => names(ferry).includes(p)));
	assert.ok(!bus.text.includes(town.late.ticket_id));
	const name = crypto.createHmac('sha256', Buffer.from(bus.body.pseudonym_key, 'base64url'))
		.update(Buffer.from(town.late.ticket_id.replaceAll('-', ''), 'hex')).digest('hex').slice(0, 32);
	const all = [];
	for (let from = '0'; from !== undefined;) {
		const page = await house.must(200, 'GET', `/v1/settlements/2026-11/evidence/miyako?from=${from}`,
			{ token: town.operators.miyako });
		all.push(...page.items);
		from = page.next;
	}
	assert.ok(all.some((i) => i.pseudonym?.replaceAll('-', '') === name), 'its own ticket, by its own name');
	assert.ok(all.some((i) => i.pseudonym === undefined && i.beside.length === 2), 'a pool, and what stood beside it');
	assert.equal(new Set(all.map((i) => i.index)).size, all.length);
	assertProblem(await get('miyako', '2026-11', { token: town.operators['sakurajima-ferry'] }), 404, 'OPERATOR_UNKNOWN');
	assertProblem(await get('nobody', '2026-11', { token: town.council }), 404, 'OPERATOR_UNKNOWN');
	assertProblem(await get('miyako', '2027-01'), 404, 'PERIOD_NOT_CLOSED');
	assertProblem(await house.ask('GET', '/v1/settlements/2026-11/evidence/miyako?from=x', { token: town.operators.miyako }),
		400, 'BAD_QUERY');
	assert.equal((await get('miyako', '2026-11', { token: town.auditor })).text, bus.text);
	assert.ok(bus.body.committed > 256 && bus.body.next !== undefined, 'more than a page');
	const end = await house.must(200, 'GET', '/v1/settlements/2026-11/evidence/miyako?from=4096', { token: town.operators.miyako });
	assert.deepEqual([end.items, end.next], [[], undefined]);
});

// ---- What somebody on the way changes. change(path, bytes) gives other bytes.
async function through(change, options = auditor) {
	const asked = [];
	const proxy = http.createServer(async (request, response) => {
		const answer = await send(house.port, house.agent, { method: 'GET', path: request.url,
			headers: request.headers.authorization ? { authorization: request.headers.authorization } : {} });
		const bytes = change(request.url, answer.bytes) ?? answer.bytes;
		if (bytes !== answer.bytes) asked.push(request.url);
		response.writeHead(answer.status, { 'content-type': answer.headers['content-type'] });
		response.end(bytes);
	});
	await new Promise((then) => { proxy.listen(0, '127.0.0.1', then); });
	try {
		const done = await audit({ ...options, server: `http://127.0.0.1:${proxy.address().port}` });
		assert.ok(asked.length > 0, 'something was changed');
		return done;
	} finally {
		proxy.closeAllConnections?.();
		proxy.close();
	}
}
const json = (from, change) => (where, bytes) => {
	if (!where.startsWith(from)) return undefined;
	const value = JSON.parse(bytes);
	return change(value, where) ? Buffer.from(JSON.stringify(value)) : undefined;
};
const finds = ({ code, report }, what, message) => {
	assert.equal(code, 3, JSON.stringify(report));
	assert.ok(report.findings.some((f) => f.code === what && message.test(`${f.where}: ${f.message}`)), JSON.stringify(report.findings));
};

test('whatever is changed is found and named', { skip }, async () => {
	const event = json('/v1/log', (page) => {
		const e = page.items.find((i) => Buffer.from(i.event, 'base64url').includes('ADMITTED'));
		if (!e) return false;
		const bytes = Buffer.from(e.event, 'base64url');
		bytes[bytes.indexOf('ADMITTED') + 1] ^= 1;
		e.event = bytes.toString('base64url');
		return true;
	});
	finds(await through(event), 'EVENT_CHANGED', /^event \d+/);
	finds(await through(json('/v1/log', (page) => page.items.splice(7, 1))), 'EVENT_MISSING', /^event 7/);
	const flip = (at) => (where, bytes) => {
		if (!where.startsWith(at)) return undefined;
		const other = Buffer.from(bytes);
		other[other.length - 5] ^= 1;
		return other;
	};
	finds(await through(flip('/tile/0/000')), 'TILE_CHANGED', /^\/tile\/0\/000/);
	finds(await through(flip('/tile/entries/000')), 'TILE_CHANGED', /leaf/);
	const statement = json('/v1/settlements/2026-12/statements/miyako', (s) => { s.lines[1].amount_yen++; return true; });
	finds(await through(statement), 'STATEMENT_DIFFERS', /2026-12\/statements\/miyako.json: \/lines\/1\/amount_yen: \d+, and it should be \d+/);
	finds(await through(statement, asOperator('miyako')), 'STATEMENT_DIFFERS', /lines\/1\/amount_yen/);
	const spelling = (where, bytes) => (where.includes('/statements/miyako') ? Buffer.from(`${bytes} `) : undefined);
	finds(await through(spelling), 'STATEMENT_DIFFERS', /another spelling/);
	finds(await through(flip('/v1/settlements/2026-11/close')), 'NOTE_FORGED', /close/);
	finds(await through(flip('/checkpoint')), 'NOTE_FORGED', /checkpoint/);
	const rule = json('/v1/rules/by-fare', (r) => { r.steps[0].basis_points = 501; return true; });
	finds(await through(rule), 'COMMIT_DIFFERS', /2026-11/);
});

test('a wrong weight, a wrong share and a ticket that was left out are found by the operator', { skip }, async () => {
	const mine = asOperator('miyako'), at = '/v1/settlements/2026-11/evidence/miyako?from=0';
	const weight = (text) => text.replace(/"legs":\[\[(\d+)/, (_, n) => `"legs":[[${Number(n) + 1}`);
	finds(await through(json(at, (p) => { p.items[0].text = weight(p.items[0].text); return true; }), mine), 'PROOF_FAILS', /leaf \d+/);
	finds(await through(json(at, (p) => { p.items[0].share_yen++; return true; }), mine), 'SHARE_DIFFERS', /leaf \d+/);
	finds(await through(json(at, (p) => { p.items[0].boardings++; return true; }), mine), 'WEIGHT_DIFFERS', /own scans have/);
	const rode = (p) => p.items.filter((i) => i.boardings > 0);
	const swap = json(at, (p) => {
		const [a, b] = rode(p);
		[a.pseudonym, b.pseudonym] = [b.pseudonym, a.pseudonym];
		return true;
	});
	finds(await through(swap, mine), 'EVIDENCE_DIFFERS', /another ticket/);
	finds(await through(json(at, (p) => p.items.splice(p.items.indexOf(rode(p)[1]), 1)), mine), 'TICKET_MISSING', /carried ticket/);
	finds(await through(json(at, (p) => p.items.push(p.items[0])), mine), 'EVIDENCE_DIFFERS', /twice/);
});

const run = (...args) => new Promise((resolve) => {
	const child = owned(spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));
	let out = '', err = '';
	child.stdout.on('data', (d) => { out += d; });
	child.stderr.on('data', (d) => { err += d; });
	child.on('exit', (code) => resolve({ code, out, err }));
});

test('what it knew of the log, the log cannot take back', { skip }, async () => {
	const state = path.join(folder, 'audit.json'), { server, token } = auditor;
	const args = ['auditor', '--server', server, '--token', token, '--state', state, '--period', '2026-11'];
	const first = await run(...args);
	assert.deepEqual([first.code, first.err], [0, ''], first.out + first.err);
	assert.match(first.out, /2026-11 miyako: \d+ yen, byte for byte[^]*All agrees/);
	const kept = JSON.parse(fs.readFileSync(state, 'utf8'));
	await town.sell('island-day');
	await house.clock(house.now + 5000);
	const again = await run(...args, '--json');
	assert.equal(again.code, 0, again.out);
	assert.equal(JSON.parse(again.out).log.extends, kept.size);
	for (const [doctored, code] of [[{ ...kept, size: kept.size + 5000 }, 'LOG_SHRUNK'],
		[{ ...kept, root: crypto.randomBytes(32).toString('base64') }, 'LOG_FORKED'], [{ ...kept, origin: 'other' }, 'OTHER_LOG']]) {
		fs.writeFileSync(state, JSON.stringify(doctored));
		const done = await run(...args);
		assert.equal(done.code, 3, done.out);
		assert.match(done.out, new RegExp(code));
		assert.deepEqual(JSON.parse(fs.readFileSync(state, 'utf8')), doctored, 'what was known is kept');
	}
	// Another log, signed by another key in the same name.
	const raw = crypto.randomBytes(32);
	const id = crypto.createHash('sha256').update('hitotsu.invalid/log\n\x01').update(raw).digest().subarray(0, 4).toString('hex');
	const key = `hitotsu.invalid/log+${id}+${Buffer.concat([Buffer.of(1), raw]).toString('base64')}`;
	assert.ok(vkey(key).raw.equals(raw));
	assert.match((await run(...args.slice(0, 5), '--key', key)).out, /NOTE_FORGED \/checkpoint/);
	for (const wrong of [[], ['auditor'], ['auditor', '--server', server], ['x', '--server', server, '--token', token],
		[...args, '--nonsense'], [...args, '--key', 'x']]) assert.equal((await run(...wrong)).code, 2, wrong.join(' '));
	assert.equal((await run('auditor', '--server', 'http://127.0.0.1:1', '--token', token)).code, 1);
	assert.equal((await run(...args.slice(0, 3), '--token', town.operators.miyako)).code, 3, 'not all events are its to read');
});

test('a receipt is held against the log', { skip }, async () => {
	const file = path.join(folder, 'receipt.json'), args = ['receipt', file, '--server', auditor.server];
	const { code } = await town.sell('island-day');
	const scan = await town.scan('bus-1', { qr: code, kind: 'board' });
	fs.writeFileSync(file, JSON.stringify(scan.body));
	assert.equal((await run(...args)).code, 4);
	await house.clock(house.now + 5000);
	const kept = await run(...args);
	assert.equal(kept.code, 0, kept.out + kept.err);
	assert.match(kept.out, /kept: leaf \d+/);
	fs.writeFileSync(file, JSON.stringify({ ...scan.body.receipt, second: scan.body.receipt.second - 1 }));
	assert.match((await run(...args)).out, /RECEIPT_FORGED/);
});

test('answers are as the interface says', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 20);
});
