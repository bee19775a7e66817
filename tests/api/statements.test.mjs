// tests/api/statements.test.mjs - what an operator and a partner are told of a month: the same bytes that an independent
// canonicaliser writes, sums and tax worked out again here, and papers read by poppler.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, skip } from './house.mjs';
import { found } from './town.mjs';

let house;
let town;
before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
});
after(async () => { await house?.close(); });

const at = (what) => `/v1/settlements/2026-11/${what}`;
const get = (path, options) => house.must(200, 'GET', path, options);
const sum = (list, of) => list.reduce((all, item) => all + of(item), 0);

/** RFC 8785, of what statements hold: no fractions, no white space, members by UTF-16 code units. */
function canonical(value) {
	if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
	if (value === null || typeof value !== 'object') {
		if (typeof value === 'number') assert.ok(Number.isSafeInteger(value));
		return JSON.stringify(value);
	}
	return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}

const taxWithin = (total, tax_class) => (tax_class === 'standard10' ? Math.trunc((total * 10) / 110) : 0);

function assertStatement(s) {
	for (const line of s.lines)
		assert.equal(line.gross_yen - line.commission_yen - line.fee_yen, line.amount_yen, line.line_id);
	assert.deepEqual(s.lines.map((line) => line.line_id), s.lines.map((line) => line.line_id).sort());
	for (const of of ['gross_yen', 'commission_yen', 'fee_yen', 'amount_yen', 'tickets', 'boardings', 'riders',
		'deemed_fare_yen'])
		assert.equal(s[of], sum(s.lines, (line) => line[of]), of);
	for (const c of s.tax_classes) {
		const lines = s.lines.filter((line) => line.tax_class === c.tax_class);
		assert.ok(lines.length > 0);
		assert.equal(c.gross_yen, sum(lines, (line) => line.gross_yen));
		assert.equal(c.tax_yen, taxWithin(c.gross_yen, c.tax_class));
	}
	for (const i of s.invoices) {
		assert.equal(i.total_yen, sum(i.classes, (c) => c.total_yen));
		assert.equal(i.tax_yen, sum(i.classes, (c) => taxWithin(c.total_yen, c.tax_class)));
	}
	const of = (supply) => sum(s.invoices.filter((i) => i.supply === supply), (i) => i.total_yen);
	assert.deepEqual([of('commission'), of('fee')], [s.commission_yen, s.fee_yen]);
}

function paper(bytes, ...how) {
	return execFileSync('pdftotext', ['-layout', ...how, '-', '-'], { input: bytes }).toString();
}

const BATH = { product_id: 'bath-bus', name_ja: '湯めぐりバス', name_en: 'Bath bus', validity: 'hours', length: 24,
	activation_days: 10, modes: ['bus', 'ferry'], operators: [{ operator_id: 'miyako' },
		{ operator_id: 'sakurajima-ferry' }], prices: [{ category: 'adult', price_yen: 1800 }], riders_max: 4,
	rule_id: 'by-boardings', tax_parts: [{ operator_id: 'miyako', yen_a_rider: 150, tax_class: 'outside' }] };

test('a product\'s tax parts are refused with their place', { skip }, async () => {
	const cases = [
		// parts, code, pointer
		[[{ operator_id: 'orc', yen_a_rider: 150, tax_class: 'outside' }], 'BAD_PRODUCT', '/tax_parts/0/operator_id'],
		[[{ operator_id: 'miyako', yen_a_rider: 150, tax_class: 'standard10' }], 'BAD_PRODUCT', '/tax_parts/0/tax_class'],
		[[...BATH.tax_parts, ...BATH.tax_parts], 'BAD_PRODUCT', '/tax_parts/1/tax_class'],
		[[{ operator_id: 'miyako', yen_a_rider: 0, tax_class: 'outside' }], 'OUT_OF_RANGE', '/tax_parts/0/yen_a_rider'],
	];
	for (const [tax_parts, code, pointer] of cases) {
		const answer = await house.ask('POST', '/v1/products', { body: { ...BATH, tax_parts } });
		assertProblem(answer, 422, code);
		assert.equal(answer.body.pointer, pointer);
	}
	await house.must(201, 'POST', '/v1/rules', { body: { rule_id: 'pooled', unused_to: 'council', pooling: 'month',
		steps: [{ kind: 'commission', base: 'earned', basis_points: 500 }, { kind: 'split', by: 'boardings' }] } });
	const pooled = await house.ask('POST', '/v1/products', { body: { ...BATH, rule_id: 'pooled' } });
	assertProblem(pooled, 422, 'BAD_PRODUCT');
	assert.equal(pooled.body.pointer, '/tax_parts');
	const made = await house.must(201, 'POST', '/v1/products', { body: BATH });
	assert.equal(made.tax_class, 'standard10');
	assert.deepEqual(made.tax_parts, BATH.tax_parts);
	await house.must(201, 'POST', '/v1/products', { body: { ...BATH, product_id: 'pooled-day', rule_id: 'pooled',
		tax_parts: undefined, tax_class: 'zero' } });
});

test('a month is ridden and closed', { skip }, async () => {
	const account = { bank: '0177', branch: '012', account_type: 'current', account_number: '1112223', name_kana: 'ヒトツ' };
	const payer = { ...account, consignor: '1234567890', name: '九州ヒトツ協議会' };
	for (const invoice_number of ['1234567890123', 'T8000020401006', 'T800002040100'])
		assertProblem(await house.ask('POST', '/v1/payer', { body: { ...payer, invoice_number } }), 422,
			'BAD_INVOICE_NUMBER');
	await house.must(201, 'POST', '/v1/payer', { body: { ...payer, invoice_number: 'T8000020401005' } });
	await house.must(201, 'POST', '/v1/payees', { body: { ...account, payee_id: 'app', name: 'アプリ', terms: 'net',
		corporate_number: '3000020401307', invoice_number: 'T3000020401307',
		partners: [{ partner_id: 'app-hakata' }] } });
	for (const [product, token] of [['island-day', town.partner], ['bath-bus', town.partner],
		['pooled-day', town.partner], ['bath-bus', town.otherPartner], ['city-day', town.partner]]) {
		const ticket = await house.must(201, 'POST', '/v1/tickets', { token,
			body: { product_id: product, category: 'adult', riders: product === 'city-day' ? 1 : 2 } });
		if (product === 'city-day') {
			for (const [gate, kind] of [['tenjin', 'enter'], ['hakata', 'exit']]) {
				house.now += 600_000;
				await house.clock(new Date(house.now).toISOString());
				assert.equal(await town.verdict(gate, { qr: ticket.code, kind }), 'ADMITTED');
			}
			continue;
		}
		for (const [gate, kind] of [['bus-1', 'board'], ['pier', 'check_in']]) {
			house.now += 600_000;
			await house.clock(new Date(house.now).toISOString());
			assert.equal(await town.verdict(gate, { qr: ticket.code, kind, riders: 2 }), 'ADMITTED', `${product} ${gate}`);
		}
	}
	const refunded = await house.must(201, 'POST', '/v1/tickets', { token: town.partner,
		body: { product_id: 'four-modes', category: 'adult', riders: 1 } });
	const offer = await house.must(201, 'POST', `/v1/tickets/${refunded.ticket_id}/refund-offer`,
		{ token: town.partner, body: {} });
	await house.must(200, 'POST', `/v1/tickets/${refunded.ticket_id}/refund`,
		{ token: town.partner, body: { offer_id: offer.offer_id } });
	await house.must(201, 'POST', '/v1/remittances', { body: { party: 'partner', id: 'app-hakata', amount_yen: 5000,
		bank_reference: 'FB-1', day: '2026-11-01' } });
	await house.clock('2026-12-10T09:00:00+09:00');
	await house.must(202, 'POST', '/v1/settlements', { body: { period: '2026-11' } });
	await house.clock('2026-12-10T09:01:00+09:00');
	assert.equal((await get('/v1/settlements/2026-11')).state, 'CLOSED');
});

test('a statement is canonical, adds up, and holds its tax once a class', { skip }, async () => {
	for (const id of ['miyako', 'sakurajima-ferry', 'fukuoka-city-subway', 'orc']) {
		const answer = await house.ask('GET', at(`statements/${id}.json`));
		assert.equal(answer.status, 200);
		assert.equal(answer.text, canonical(answer.body), id);
		assertStatement(answer.body);
		assert.equal(answer.text, (await house.ask('GET', at(`statements/${id}.json`),
			{ token: town.operators[id] ?? town.auditor })).text, 'the same for everybody');
	}
	/* island-day 3,600, bath-bus 3,600 twice, pooled-day 3,600: 5 % each, by boardings to both alike. The baths hold 2
	 * riders' tax of the town, of which is commission in proportion. */
	const bus = await get(at('statements/miyako.json'));
	assert.deepEqual([bus.gross_yen, bus.commission_yen, bus.fee_yen, bus.amount_yen], [7200, 360, 0, 6840]);
	assert.deepEqual(bus.lines.map((line) => [line.product_id, line.tax_class, line.tickets, line.gross_yen,
		line.commission_yen, line.amount_yen]), [
		['island-day', 'standard10', 1, 1800, 90, 1710],
		['bath-bus', 'standard10', 2, 2 * (1410 + 74), 2 * 74, 2 * 1410],
		['bath-bus', 'outside', 0, 2 * (300 + 16), 2 * 16, 2 * 300],
		['pooled-day', 'zero', 1, 1800, 90, 1710]]);
	assert.deepEqual(bus.invoices.map((i) => [i.partner_id, i.registration_number, i.total_yen, i.tax_yen]), [
		['app-hakata', 'T3000020401307', 270, 24], ['app-yufuin', undefined, 90, 8]]);
	const rail = await get(at('statements/fukuoka-city-subway.json'));
	assert.deepEqual(rail.invoices.map((i) => [i.issuer, i.supply, i.registration_number, i.total_yen, i.tax_yen]), [
		['partner', 'commission', 'T3000020401307', 32, 2], ['council', 'fee', 'T8000020401005', 12, 1]]);
	/* All that was earned is operators' gross revenue here: nothing was unused. */
	const month = await get('/v1/settlements/2026-11');
	const all = await Promise.all(month.lines.map((line) => get(at(`statements/${line.operator_id}.json`))));
	assert.equal(sum(all, (s) => s.gross_yen), month.earned_yen);
	assert.equal(sum(all, (s) => s.commission_yen), month.partners_yen);
	assert.equal(sum(all, (s) => s.fee_yen), month.council_yen);
});

test('a partner\'s statement goes from what it sold to what it owes', { skip }, async () => {
	const answer = await house.ask('GET', at('partner-statements/app-hakata.json'), { token: town.partner });
	assert.equal(answer.status, 200);
	assert.equal(answer.text, canonical(answer.body));
	assert.deepEqual(answer.body, {
		balance_due_yen: 3 * 3600 + 640 + 500 - 5000 - 500 - 3 * 180 - 32, brought_forward_yen: 0,
		commission_yen: 3 * 180 + 32, fees_kept_yen: 500, other_yen: 0, paid_out_yen: 0, partner_id: 'app-hakata',
		payment_fee_yen: 0, period: '2026-11', refunded_yen: 9500, refunds: 1, registration_number: 'T3000020401307',
		remitted_yen: 5000, sold_yen: 3 * 3600 + 640 + 10000, state: 'CLOSED', taken_off_yen: 0, tickets: 5,
		unused_yen: 0,
	});
	const later = await get('/v1/settlements/2026-12/partner-statements/app-hakata.json');
	assert.equal(later.brought_forward_yen, answer.body.balance_due_yen);
	assert.equal(later.state, 'OPEN');
	const list = await get('/v1/partners/app-hakata/statements', { token: town.partner });
	assert.deepEqual(list.items.map((m) => [m.period, m.sold_yen]), [['2026-11', 21440]]);
	for (const [token, path] of [[town.otherPartner, at('partner-statements/app-hakata.json')],
		[town.otherPartner, at('partner-statements/app-hakata.pdf')], [town.otherPartner, '/v1/partners/app-hakata/statements'],
		[town.council, at('partner-statements/nobody.csv')]])
		assertProblem(await house.ask('GET', path, { token }), 404, 'PARTNER_UNKNOWN');
	const csv = await house.ask('GET', at('partner-statements/app-hakata.csv'));
	assert.equal(csv.bytes.subarray(0, 3).toString('hex'), 'efbbbf');
	assert.match(csv.text, /2026-11,app-hakata,販売額 Sold \(yen\),21440\r\n/);
	assert.match(csv.text, new RegExp(`差引残高 Balance due \\(yen\\),${answer.body.balance_due_yen}\\r\\n$`));
});

test('papers: in two languages, text that can be copied out, nobody else\'s', { skip }, async () => {
	const pdf = async (path, token = town.council) => {
		const answer = await house.ask('GET', at(path), { token });
		assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/pdf'], answer.text);
		assert.equal(answer.bytes.subarray(0, 5).toString(), '%PDF-');
		return [paper(answer.bytes), answer.headers['content-disposition']];
	};
	const has = (text, ...all) => all.forEach((what) => assert.ok(text.includes(what), `${what} in ${text}`));
	const [japanese, name] = await pdf('statements/miyako.pdf', town.operators.miyako);
	assert.match(name, /statement-2026-11-miyako\.pdf/);
	has(japanese, '精算書', '社局 miyako 御中', '九州ヒトツ協議会', '登録番号 T8000020401005', '令和8年11月分', '6,840 円',
		'確定（令和8年12月10日締め）', '湯めぐりバス', '対象外', 'T3000020401307', '（登録なし）', '2/2');
	has((await pdf('statements/miyako.pdf?lang=en'))[0], 'Settlement Statement', 'To: miyako', 'November 2026',
		'JPY 6,840', 'Bath bus', 'Closed on 10 December 2026');
	has((await pdf('partner-statements/app-hakata.pdf', town.partner))[0], '販売精算書', '21,440', '差引残高');
	has((await pdf('partner-statements/app-hakata.pdf?lang=en'))[0], 'Balance due from you', '-5,000');
	assertProblem(await house.ask('GET', at('statements/miyako.pdf?lang=fr')), 400, 'BAD_LANG');
	assertProblem(await house.ask('GET', at('statements/miyako.pdf'), { token: town.operators['sakurajima-ferry'] }), 404,
		'OPERATOR_UNKNOWN');
});

test('many papers at once, and gates go on', { skip }, async () => {
	const papers = Array.from({ length: 12 }, (_, i) => house.ask('GET', at(`statements/miyako.pdf?lang=${i % 2 ? 'en' : 'ja'}`)));
	const ticket = await town.sell('one-sailing');
	house.now += 60_000;
	assert.equal(await town.verdict('pier', { qr: ticket.code, kind: 'check_in' }), 'ADMITTED');
	const done = await Promise.all(papers);
	assert.ok(done.every((answer) => answer.status === 200 && answer.bytes.equals(done[done.indexOf(answer) % 2].bytes)));
});

test('every answer is as the description says', { skip: skip || skipAjv }, () => checkAnswers(house));
