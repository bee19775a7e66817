// tests/api/close.test.mjs - a month is closed once, what it stood on is pinned, and its lines are agreed, disputed and
// decided; nothing of it changes any more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, skip } from './house.mjs';
import { checkNote } from './log_reader.mjs';
import { found } from './town.mjs';

let house;
let town;
before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.clock('2026-11-03T09:00:00+09:00');
	for (const gate of ['bus-1', 'bus-2']) {
		const sold = await town.sell('island-day');
		assert.equal(await town.verdict(gate, { qr: sold.code, kind: 'board' }), 'ADMITTED');
		if (gate === 'bus-1') assert.equal(await town.verdict('pier', { qr: sold.code, kind: 'check_in' }), 'ADMITTED');
	}
	await house.must(201, 'POST', '/v1/claims', { body: { from: 'miyako', to: 'orc', amount_yen: 40, reason: 'snow' } });
	await house.clock('2026-12-07T09:00:00+09:00'); // A Monday.
});
after(async () => { await house?.close(); });

const get = (path, options) => house.must(200, 'GET', path, options);
const miyako = () => ({ token: town.operators.miyako });
const LINES = '/v1/settlements/2026-11/lines';
const move = (line, word, body, options = {}) =>
	house.ask('POST', `${LINES}/${line}/${word}`, { body, ...options });
const pass = () => house.clock(house.now + 5000);
/* Two tickets of 1,800: 1,710 to the bus alone; 855 each to bus and ferry. */
const BUS = 1710 + 855;
const FERRY = 855;
const number = async (product_id) => (await get(`/v1/products/${product_id}`)).number.toString(16).padStart(4, '0');

test('nothing is pinned before the close', { skip }, async () => {
	assertProblem(await house.ask('GET', '/v1/settlements/2026-11/close'), 404, 'PERIOD_NOT_CLOSED');
	assert.deepEqual((await get(LINES)).items, []);
	assertProblem(await move('miyako.claim', 'agree', {}, miyako()), 404, 'LINE_UNKNOWN');
});

test('closed too early, out of order, twice', { skip }, async () => {
	const close = (period) => house.ask('POST', '/v1/settlements', { body: { period } });
	assertProblem(await close('2026-12'), 409, 'PERIOD_NOT_OVER');
	assertProblem(await close('2027-01'), 409, 'PERIOD_NOT_OVER');
	assert.equal((await close('2026-11')).status, 202);
	assertProblem(await close('2026-11'), 409, 'PERIOD_CLOSED');
	await pass();
	assertProblem(await close('2026-11'), 409, 'PERIOD_CLOSED');
	assertProblem(await close('2026-10'), 409, 'PERIOD_CLOSED');
	const s = await get('/v1/settlements/2026-11');
	assert.deepEqual([s.state, s.done, s.of, s.operators_yen, s.adjusted_yen], ['CLOSED', 4, 4, BUS + FERRY, 0]);
	town.closed = s;
});

test('the close pins the log, the rules, the products and the sums', { skip }, async () => {
	const answer = await house.ask('GET', '/v1/settlements/2026-11/close', { token: town.auditor });
	assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'text/plain; charset=utf-8']);
	const { keys } = await get('/v1/keys', { token: null });
	const raws = keys.filter((k) => k.hitotsu_use === 'log').map((k) => Buffer.from(k.x, 'base64url'));
	const text = checkNote(answer.text, 'hitotsu.invalid/log', raws);
	const lines = text.trimEnd().split('\n');
	assert.equal(lines[0], 'hitotsu/close/v1');
	const told = Object.fromEntries(lines.slice(1).map((l) => [l.split(' ')[0], l.slice(l.indexOf(' ') + 1)]));
	assert.deepEqual([told.period, told.closed_at.slice(0, 16), told.tickets, told.operators_yen, told.partners_yen,
		told.council_yen, told.adjusted_yen, told.lines, told.silence_agrees_on],
	['2026-11', '2026-12-07T09:00', '2', String(BUS + FERRY), '180', '0', '0', '4', '2026-12-21']);
	assert.match(told.log_root, /^[0-9a-f]{64}$/);
	assert.match(told.lines_digest, /^[0-9a-f]{64}$/);
	assert.ok(Number(told.log_size) > 20);
	assert.match(told.product, /^island-day \d+ 1 rule by-boardings 1 lines 2$/);
	const again = await house.ask('GET', '/v1/settlements/2026-11/close');
	assert.equal(again.text, answer.text);

	/* Two legal entities carried somebody: what one earned is what the sum is more than the other's. */
	const SUMS = /^(tickets|operators_yen|partners_yen|council_yen|adjusted_yen) /;
	for (const token of [town.operators.miyako, town.partner]) {
		const theirs = await house.ask('GET', '/v1/settlements/2026-11/close', { token });
		assert.equal(theirs.status, 200);
		assert.deepEqual(checkNote(theirs.text, 'hitotsu.invalid/log', raws).split('\n'),
			text.split('\n').filter((line) => !SUMS.test(line)));
	}
});

test('each operator sees its own lines, and moves them', { skip }, async () => {
	const island = await number('island-day');
	const rides = (id) => `${id}.${island}.0001.2026-11.0001.0`;
	const all = (await get(LINES, { token: town.auditor })).items;
	assert.deepEqual(all.map((l) => [l.line_id, l.state, l.amount_yen]), [
		[rides('miyako'), 'OPEN', BUS], ['miyako.claim', 'OPEN', -40], ['orc.claim', 'OPEN', 40],
		[rides('sakurajima-ferry'), 'OPEN', FERRY]]);
	assert.deepEqual((await get(LINES, miyako())).items, all.slice(0, 2));
	assert.deepEqual((await get(`${LINES}?operator_id=orc`)).items, all.slice(2, 3));
	assertProblem(await house.ask('GET', `${LINES}?operator_id=orc`, miyako()), 404, 'OPERATOR_UNKNOWN');
	const why = 'scans of 3 November are missing';
	const disputed = await move(rides('miyako'), 'dispute', { why }, miyako());
	assert.deepEqual([disputed.status, disputed.body.state, disputed.body.steps.at(-1).by, disputed.body.steps.at(-1).why],
		[200, 'DISPUTED', 'operator/miyako', why], disputed.text);
	assertProblem(await move(rides('miyako'), 'agree', {}, miyako()), 503, 'BOOKS_BEHIND');
	assert.equal((await move('miyako.claim', 'agree', {}, miyako())).body.state, 'AGREED');
	await pass();
	assert.deepEqual((await get(LINES)).items.map((l) => l.state), ['DISPUTED', 'AGREED', 'OPEN', 'OPEN']);
	assertProblem(await move('miyako.claim', 'agree', {}, miyako()), 409, 'LINE_NOT_THERE');
	assertProblem(await move('miyako.claim', 'dispute', { why }, miyako()), 409, 'LINE_NOT_THERE');
	for (const line of ['orc.claim', 'miyako.loss', 'miyako', 'miyako.', 'x', `${rides('miyako')}x`])
		assertProblem(await move(line, 'agree', {}, miyako()), 404, 'LINE_UNKNOWN');
	town.rides = rides;
});

test('what the council decides is a posting of the open month', { skip }, async () => {
	const line = town.rides('miyako');
	const body = { outcome: 'upheld', correction_yen: 200, why: 'two rides were found' };
	const cases = [
		[{ ...body, correction_yen: 0 }, 'BAD_DECISION', '/correction_yen'],
		[{ ...body, outcome: 'rejected' }, 'BAD_DECISION', '/correction_yen'],
		[{ ...body, against: 'miyako' }, 'BAD_DECISION', '/against'],
		[{ ...body, against: 'nobody' }, 'UNKNOWN_OPERATOR', '/against'],
		[{ ...body, why: undefined }, 'MISSING_FIELD', '/why'],
	];
	for (const [wrong, code, pointer] of cases) {
		const answer = await move(line, 'decide', wrong);
		assertProblem(answer, 422, code);
		assert.equal(answer.body.pointer, pointer);
	}
	assertProblem(await move('orc.claim', 'decide', body), 409, 'LINE_NOT_THERE');
	const decided = await move(line, 'decide', { ...body, against: 'sakurajima-ferry' });
	assert.deepEqual([decided.status, decided.body.state, decided.body.amount_yen, decided.body.correction_yen],
		[200, 'AGREED', BUS, 200]);
	await pass();
	const december = await get('/v1/settlements/2026-12');
	assert.deepEqual(december.lines.map((l) => [l.operator_id, l.amount_yen]),
		[['miyako', 200], ['sakurajima-ferry', -200]]);
	assert.deepEqual(await get('/v1/settlements/2026-11'), town.closed, 'a closed month never changes');
	assert.equal((await get('/v1/ledger/identity')).fault, undefined);
});

test('silence agrees, on the tenth bank day after the close', { skip }, async () => {
	const stateOf = async () => (await get(LINES)).items.map((l) => l.state);
	await house.clock('2026-12-21T12:00:00+09:00');
	assert.deepEqual(await stateOf(), ['AGREED', 'AGREED', 'OPEN', 'OPEN']);
	await house.clock('2026-12-22T03:00:30+09:00');
	assert.deepEqual(await stateOf(), ['AGREED', 'AGREED', 'AGREED', 'AGREED']);
	const ferry = (await get(`${LINES}?operator_id=sakurajima-ferry`)).items[0];
	assert.deepEqual(ferry.steps.map((s) => [s.state, s.by]), [['AGREED', 'silence']]);
	assertProblem(await move(ferry.line_id, 'dispute', { why: 'late' },
		{ token: town.operators['sakurajima-ferry'] }), 409, 'LINE_NOT_THERE');
});

test('what a restart finds is what was there', { skip }, async () => {
	const paths = ['/v1/settlements/2026-11', '/v1/settlements/2026-11/close', LINES, '/v1/ledger/identity'];
	const then = [];
	for (const path of paths) then.push((await house.ask('GET', path)).text);
	await house.stop();
	await house.start();
	for (const [i, path] of paths.entries()) assert.equal((await house.ask('GET', path)).text, then[i], path);
});

test('every answer is as /openapi.json describes it', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 20);
});
