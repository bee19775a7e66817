// tests/api/ledger.test.mjs - money that comes in and limits what is sold, claims and losses, postings found by account,
// what operators counted themselves, and an operator that leaves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, skip } from './house.mjs';
import { found } from './town.mjs';

let house;
let town;
before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
});
after(async () => { await house?.close(); });

const get = (path, options) => house.must(200, 'GET', path, options);
const post = (path, body, options = {}) => house.ask('POST', path, { body, ...options });
const pass = () => house.clock(house.now + 5000);

async function listed(query) {
	const items = [];
	let cursor = '';
	do {
		const page = await get(`/v1/ledger/postings?limit=7${query}${cursor && `&cursor=${cursor}`}`);
		items.push(...page.items);
		cursor = page.next;
	} while (cursor);
	return items;
}

const remittance = (more) => ({ party: 'partner', id: 'app-hakata', amount_yen: 1000, bank_reference: 'FB-1',
	day: '2026-11-01', ...more });

test('a limit stops sales to the yen, however many ask at once', { skip }, async () => {
	const limit = { limit_yen: 10 * 1800 };
	const set = await post('/v1/partners/app-hakata/credit-limit', limit);
	assert.deepEqual([set.status, set.body.left_yen], [200, 18000], set.text);
	const order = { product_id: 'island-day', category: 'adult', riders: 1 };
	const sales = await Promise.all(Array.from({ length: 16 }, () =>
		post('/v1/tickets', order, { token: town.partner })));
	assert.deepEqual(sales.map((s) => s.status).sort(), [...Array(10).fill(201), ...Array(6).fill(409)]);
	sales.filter((s) => s.status === 409).forEach((s) => assertProblem(s, 409, 'CREDIT_LIMIT_REACHED'));
	assert.deepEqual(await get('/v1/partners/app-hakata/credit', { token: town.partner }),
		{ partner_id: 'app-hakata', limit_yen: 18000, owed_yen: 18000, left_yen: 0 });
	const other = await post('/v1/tickets', order, { token: town.otherPartner });
	assert.equal(other.body.partner_id, 'app-yufuin', 'another partner has no limit');
});

test('a remittance frees what it pays, once', { skip }, async () => {
	const first = await post('/v1/remittances', remittance());
	assert.deepEqual([first.status, first.body], [201, remittance()]);
	const again = await post('/v1/remittances', remittance());
	assert.deepEqual([again.status, again.body], [200, remittance()]);
	const cases = [
		[{ amount_yen: 1001 }, 409, 'BANK_REFERENCE_USED'],
		[{ id: 'app-yufuin' }, 409, 'BANK_REFERENCE_USED'],
		[{ day: '2026-10-31' }, 409, 'BANK_REFERENCE_USED'],
		[{ party: 'funder' }, 409, 'BANK_REFERENCE_USED'],
		[{ bank_reference: 'FB-2', id: 'nobody' }, 422, 'UNKNOWN_PARTNER'],
		[{ bank_reference: 'FB-2', day: '2026-11-02' }, 422, 'OUT_OF_RANGE'],
		[{ bank_reference: 'FB-2', amount_yen: 0 }, 422, 'OUT_OF_RANGE'],
	];
	for (const [more, status, code] of cases)
		assertProblem(await post('/v1/remittances', remittance(more)), status, code);
	await pass();
	const credit = await get('/v1/partners/app-hakata/credit');
	assert.deepEqual([credit.owed_yen, credit.left_yen], [17000, 1000]);
	assertProblem(await post('/v1/tickets', { product_id: 'island-day', category: 'adult', riders: 1 },
		{ token: town.partner }), 409, 'CREDIT_LIMIT_REACHED');
	await town.sell('island-day', { category: 'child' });
	assert.equal((await get('/v1/partners/app-hakata/credit')).left_yen, 100);
	assertProblem(await house.ask('GET', '/v1/partners/app-hakata/credit', { token: town.otherPartner }), 404,
		'PARTNER_UNKNOWN');
});

test('a limit may be lowered, and lifted', { skip }, async () => {
	const low = await post('/v1/partners/app-hakata/credit-limit', { limit_yen: 0 });
	assert.deepEqual([low.body.owed_yen, low.body.left_yen], [17900, 0]);
	assertProblem(await post('/v1/tickets', { product_id: 'one-ride', category: 'adult', riders: 1 },
		{ token: town.partner }), 409, 'CREDIT_LIMIT_REACHED');
	const none = await post('/v1/partners/app-hakata/credit-limit', { limit_yen: -1 });
	assert.deepEqual([none.body.limit_yen, none.body.left_yen], [-1, -1]);
	await town.sell('four-modes');
	await pass();
	assert.equal((await get('/v1/partners/app-hakata/credit')).owed_yen, 27900, 'the books go on counting');
	assert.equal((await get('/v1/partners/app-hakata', { token: town.partner })).credit_limited, false);
	assertProblem(await post('/v1/partners/nobody/credit-limit', { limit_yen: 5 }), 404, 'PARTNER_UNKNOWN');
});

test('a funder has a balance, which it alone reads beside the council', { skip }, async () => {
	await house.must(201, 'POST', '/v1/remittances',
		{ body: remittance({ party: 'funder', id: 'city', bank_reference: 'FB-9', amount_yen: 77 }) });
	await pass();
	const { token } = await house.must(201, 'POST', '/v1/tokens', { body: { role: 'funder', subject: 'city' } });
	const balance = { funder_id: 'city', funded_yen: 0, remitted_yen: 77, owed_yen: -77 };
	assert.deepEqual(await get('/v1/funders/city/balance', { token }), balance);
	assert.deepEqual(await get('/v1/funders/city/balance', { token: town.auditor }), balance);
	assertProblem(await house.ask('GET', '/v1/funders/city/balance', { token: town.funder }), 404, 'FUNDER_UNKNOWN');
	assertProblem(await house.ask('GET', '/v1/funders/nobody/balance'), 404, 'FUNDER_UNKNOWN');
});

test('claims and losses stand apart, and sum to zero', { skip }, async () => {
	const claim = { from: 'miyako', to: 'sakurajima-ferry', amount_yen: 300, reason: 'carried instead, 3 November' };
	const made = await house.must(201, 'POST', '/v1/claims', { body: claim });
	assert.deepEqual([made.day, made.amount_yen], ['2026-11-01', 300]);
	await house.must(201, 'POST', '/v1/loss-fundings', { body: { amount_yen: 50, reason: 'resolution 7' } });
	const cases = [
		[{ to: 'miyako' }, 422, 'SAME_OPERATOR', '/to'],
		[{ from: 'nobody' }, 422, 'UNKNOWN_OPERATOR', '/from'],
		[{ to: 'nobody' }, 422, 'UNKNOWN_OPERATOR', '/to'],
		[{ day: '2026-11-02' }, 422, 'OUT_OF_RANGE', '/day'],
	];
	for (const [more, status, code, pointer] of cases) {
		const answer = await post('/v1/claims', { ...claim, ...more });
		assertProblem(answer, status, code);
		assert.equal(answer.body.pointer, pointer);
	}
	await pass();
	const { accounts } = await get('/v1/ledger/balances');
	const net = (name) => accounts.filter((a) => a.account === name).map((a) => a.credit_yen - a.debit_yen)[0];
	assert.deepEqual(['payable/operator/miyako', 'payable/operator/sakurajima-ferry',
		'claim/operator/miyako/sakurajima-ferry', 'loss/council', 'income/council'].map(net), [-300, 300, 0, 50, -50]);
	const { lines } = await get('/v1/settlements/2026-11');
	assert.deepEqual(lines.map((l) => [l.operator_id, l.amount_yen]), [['miyako', -300], ['sakurajima-ferry', 300]]);
	const statement = await get('/v1/settlements/2026-11/statements/miyako.json', { token: town.operators.miyako });
	assert.deepEqual(statement.lines.map((l) => [l.kind, l.product_id, l.amount_yen]), [['claim', undefined, -300]]);
});

test('postings are found by account and by month', { skip }, async () => {
	const all = await listed('');
	const { accounts } = await get('/v1/ledger/balances');
	assert.ok(all.length > 15);
	for (const { account, postings } of accounts) {
		const mine = all.filter((p) => p.debit === account || p.credit === account);
		assert.equal(mine.length, postings, account);
		assert.deepEqual(await listed(`&account=${account}`), mine, account);
		assert.deepEqual(await listed(`&account=${account}&period=2026-11`), mine, account);
		assert.deepEqual(await listed(`&account=${account}&period=2026-10`), []);
	}
	assert.deepEqual(await listed('&period=2026-11'), all);
	assert.deepEqual(await listed('&period=2026-12'), []);
	assert.deepEqual(await listed('&account=payable/operator/nobody'), []);
	assertProblem(await house.ask('GET', '/v1/ledger/postings?account=Bank'), 400, 'BAD_LEDGER_ACCOUNT');
	assertProblem(await house.ask('GET', '/v1/ledger/postings?period=2026-13'), 400, 'BAD_PERIOD');
});

test('the identity shows every term, and holds', { skip }, async () => {
	const i = await get('/v1/ledger/identity', { token: town.auditor });
	assert.equal(i.fault, undefined);
	assert.equal(i.tickets_at_fault, 0);
	const sold = 11 * 1800 + 900 + 10000;
	assert.deepEqual([i.sold_yen, i.unearned_yen, i.remitted_yen, i.claims_yen, i.loss_yen, i.loss_funded_yen],
		[sold, sold, 1077, 300, -50, 50]);
	const metrics = await house.ask('GET', '/metrics', { token: null });
	assert.match(metrics.text, /^hitotsu_identity_failed 0$/m);
});

const CSV = { 'content-type': 'text/csv' };
const upload = (payload, token = town.operators.miyako, id = 'miyako') =>
	house.ask('POST', `/v1/operators/${id}/counts`, { token, payload, headers: CSV });
const HEADER = 'service_day,gate_id,boardings,riders\r\n';

test('an operator counts for itself, and sees what differs', { skip }, async () => {
	await house.clock('2026-11-03T09:00:00+09:00');
	const [one, two] = [await town.sell('island-day', { riders: 2 }), await town.sell('island-day')];
	assert.equal(await town.verdict('bus-1', { qr: one.code, kind: 'board', riders: 2 }), 'ADMITTED');
	assert.equal(await town.verdict('bus-2', { qr: two.code, kind: 'board' }), 'ADMITTED');
	await pass();
	const rows = '2026-11-03,bus-1,1,2\r\n2026-11-03,bus-2,2,2\r\n2026-11-04,bus-9,4,4\r\n';
	const taken = await upload(`\uFEFF${HEADER}${rows}`);
	assert.deepEqual([taken.status, taken.body], [200, { operator_id: 'miyako', days: 2, rows: 3 }], taken.text);
	const path = '/v1/operators/miyako/reconciliation?period=2026-11';
	const r = await get(path, { token: town.operators.miyako });
	assert.deepEqual([r.agreed, r.ours, r.theirs],
		[1, { rows: 2, boardings: 2, riders: 3 }, { rows: 3, boardings: 7, riders: 8 }]);
	assert.deepEqual(r.differences.map((d) => [d.service_day, d.gate_id, d.counted_by, d.our_boardings,
		d.their_boardings]), [['2026-11-03', 'bus-2', 'both', 1, 2], ['2026-11-04', 'bus-9', 'theirs', 0, 4]]);
	await upload(`${HEADER}2026-11-03,bus-1,1,2\n2026-11-03,bus-2,1,1\n`); // The day said again.
	const after = await get(path);
	assert.deepEqual([after.agreed, after.differences.length], [2, 1]);
	assert.deepEqual((await get('/v1/operators/orc/reconciliation?period=2026-11')).differences, []);
	assertProblem(await house.ask('GET', path, { token: town.operators['sakurajima-ferry'] }), 404, 'OPERATOR_UNKNOWN');
	assert.deepEqual(await get('/v1/operators/miyako/reconciliation'), after, 'this month, if none is said');
	assertProblem(await house.ask('GET', '/v1/operators/miyako/reconciliation?period=x'), 400, 'BAD_PERIOD');
});

test('a file that cannot be read is refused with its place, and changes nothing', { skip }, async () => {
	const sjis = Buffer.concat([Buffer.from(HEADER), Buffer.from([0x89, 0x5e, 0x8d, 0x73]), Buffer.from(',a,1,1\n')]);
	const cases = [
		[sjis, 'NOT_UTF8', /line 2.*CP932/],
		['day,gate,n\n2026-11-03,bus-1,1\n', 'BAD_COLUMNS', /line 1, column 1/],
		[`${HEADER}2026-11-03,bus-1,1,2\n2026-11-03,bus-1,1,2\n`, 'DUPLICATE_ROW', /line 3/],
		[`${HEADER}2026-11-03,bus-1,many,2\n`, 'BAD_FORMAT', /line 2, column 3/],
		['', 'BAD_COLUMNS', /no row/],
	];
	const path = '/v1/operators/miyako/reconciliation?period=2026-11';
	const before = await get(path);
	for (const [payload, code, where] of cases) {
		const answer = await upload(payload);
		assertProblem(answer, 422, code);
		assert.match(answer.body.detail, where);
	}
	assertProblem(await upload(`${HEADER}2026-11-03,bus-1,1,2\n`, town.operators['sakurajima-ferry']), 404, 'OPERATOR_UNKNOWN');
	assertProblem(await upload(`${HEADER}2026-11-03,bus-1,1,2\n`, town.council, 'nobody'), 404, 'OPERATOR_UNKNOWN');
	assert.deepEqual(await get(path), before);
});

test('who leaves sells no more, carries what was sold, and then not even that', { skip }, async () => {
	const [early, late] = [await town.sell('booked-sea'), await town.sell('one-sailing')];
	const left = { left: '2026-11-03', run_off: '2026-11-05' };
	await house.must(200, 'PATCH', '/v1/operators/sakurajima-ferry', { body: left });
	for (const product_id of ['one-sailing', 'four-modes', 'island-day', 'booked-sea'])
		assertProblem(await post('/v1/tickets', { product_id, category: 'adult', riders: 1 }, { token: town.partner }),
			409, 'OPERATOR_LEFT');
	await town.sell('one-ride'); // That does not name it.
	await house.clock('2026-11-05T09:00:00+09:00');
	assert.equal(await town.verdict('pier', { qr: late.code, kind: 'check_in' }), 'ADMITTED');
	await house.clock('2026-11-06T09:00:00+09:00');
	assert.equal(await town.verdict('pier', { qr: early.code, kind: 'check_in' }), 'WRONG_OPERATOR');
	const bad = await house.ask('PATCH', '/v1/operators/sakurajima-ferry', { body: { run_off: '2026-11-01' } });
	assertProblem(bad, 422, 'BAD_OPERATOR');
	assert.equal(bad.body.pointer, '/run_off');
	await house.must(200, 'PATCH', '/v1/operators/sakurajima-ferry', { body: { left: null, run_off: null } });
	await town.sell('one-sailing');
	await house.clock('2026-12-20T09:00:00+09:00');
	const { lines } = await get('/v1/settlements/2026-11');
	const paid = lines.find((l) => l.operator_id === 'sakurajima-ferry');
	assert.ok(paid.amount_yen > 300 && paid.boardings === 1, JSON.stringify(lines));
	assert.equal(jst(house.now).slice(0, 10), '2026-12-20');
});

test('every answer is as /openapi.json describes it', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 100);
});
