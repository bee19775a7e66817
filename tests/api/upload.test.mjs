// tests/api/upload.test.mjs - gates that were offline tell what they did: in any order, any number of times, with
// clocks that are wrong and bundles that are old; who bears what is the same whoever was first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, checkAnswers, skipAjv } from './contract.mjs';
import { House, jst, lasting, skip, uuid7 } from './house.mjs';
import { Phone } from './phone.mjs';
import { found } from './town.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.parse('2026-11-02T12:00:00+09:00');
const SUBWAY = 'fukuoka-city-subway';
const BATH = 'beppu-bath';

let house;
let town;

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	for (const [product_id, uses, device_bound] of [['one-use', 1, false], ['two-rides', 2, false],
		['phone-rides', 0, true]])
		await house.must(201, 'POST', '/v1/products', { body: {
			product_id, name_ja: '券', name_en: product_id, validity: 'days', length: 3, activation_days: 30,
			modes: ['rail', 'venue'], operators: [{ operator_id: SUBWAY }, { operator_id: BATH }], uses, device_bound,
			riders_max: 1, rule_id: 'by-fare',
			prices: [{ category: 'adult', price_yen: 400 }], refundable: true, refund_fee_yen: 0 } });
	for (const gate_id of ['bath-2', 'bath-3']) {
		await house.must(201, 'POST', '/v1/gates', { body: { gate_id, operator_id: BATH, mode: 'venue', name: gate_id } });
		town.gates[gate_id] = (await house.must(201, 'POST', '/v1/tokens', {
			body: { role: 'gate', subject: gate_id } })).token;
	}
	await house.clock('2026-11-02T06:00:00+09:00');
});
after(async () => { await house?.close(); });

/** Of the bundle that told all up to so many minutes after noon. */
const numbered = (at) => Math.floor((NOON + at * MINUTE) / 1000);

/** A line of a gate whose bundle was made an hour before. at: minutes after noon. */
const line = (ticket, at, more = {}) => ({
	scan_id: uuid7(NOON + at * MINUTE), qr: ticket.code, at: jst(NOON + at * MINUTE), kind: 'enter',
	bundle: numbered(at - 60), verdict: 'ADMITTED', ...more });

async function post(gate, lines, more = {}) {
	const payload = lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l))).join('\n');
	return house.ask('POST', '/v1/scan-batches', { token: town.gates[gate], key: null, payload,
		headers: { 'content-type': 'application/x-ndjson' }, ...more });
}

/** The answers, one a line. */
async function upload(gate, lines) {
	const answer = await post(gate, lines);
	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers['content-type'], 'application/x-ndjson');
	return answer.text.split('\n').filter(Boolean).map((text) => JSON.parse(text));
}

const judged = ({ verdict, contested, bearer, borne_yen, contest_why }) =>
	[verdict, contested, bearer, borne_yen, contest_why];
const fine = ['ADMITTED', false, '', 0, ''];

async function list(kind, query = '', operator = SUBWAY) {
	const items = [];
	for (let cursor = ''; cursor !== null;) {
		const page = await house.must(200, 'GET',
			`/v1/operators/${operator}/${kind}?limit=200${query}${cursor && `&cursor=${cursor}`}`);
		items.push(...page.items);
		cursor = page.next;
	}
	return items;
}

/** Time passes, so that the books are up to date. */
const settle = () => house.clock(house.now + 2000);

const evening = async () => { if (house.now < NOON + 6 * HOUR) await house.clock(NOON + 6 * HOUR); };

async function refund(ticket) {
	const path = `/v1/tickets/${ticket.ticket_id}`;
	const { offer_id } = await house.must(201, 'POST', `${path}/refund-offer`, { token: town.partner, body: {} });
	await house.must(200, 'POST', `${path}/refund`, { token: town.partner, body: { offer_id } });
}

test('any order, any number of times, and what is wrong fails alone', { skip }, async () => {
	const [a, b] = [await town.sell('one-ride'), await town.sell('city-day')];
	const refunded = await town.sell('two-rides');
	const early = await town.sell('two-rides');
	await house.clock(NOON - 2 * HOUR);
	await refund(early); // Before the bundle of noon.
	await house.clock(NOON + 30 * MINUTE);
	await refund(refunded); // After the ride, and before its upload.
	await evening();
	const lines = [line(b, 60, { kind: 'exit' }), line(a, 10), '', line(b, 20), 'not json', { scan_id: uuid7(NOON) },
		line(a, 15, { kind: 'board' }), line(a, 15, { verdict: 'PERHAPS' }), line(refunded, 0), line(early, 0)];
	const first = await upload('tenjin', lines);
	assert.deepEqual(first.map((l) => l.line ?? 0), [0, 0, 0, 5, 6, 7, 8, 0, 0]);
	assert.deepEqual([3, 4, 5, 6].map((i) => first[i].code),
		['MALFORMED_JSON', 'MISSING_FIELD', 'WRONG_KIND', 'BAD_FORMAT']);
	// Out before in: nobody knew of the ride yet. Now it is known.
	assert.deepEqual([0, 1, 2].map((i) => judged(first[i])),
		[['NO_ENTRY', true, 'council', 0, 'COULD_NOT_KNOW'], fine, fine]);
	await settle();
	const out = (await list('scans')).find((s) => s.scan_id === lines[0].scan_id);
	assert.deepEqual([out.verdict, out.contested], ['ADMITTED', false]);
	assert.deepEqual(judged(first[7]), ['REVOKED', true, 'council', 210, 'REFUNDED_AFTER_RIDE']);
	assert.deepEqual(judged(first[8]), ['REVOKED', true, 'operator', 210, 'BUNDLE_SAID_NO']);
	assert.equal(first[1].scan_id, lines[1].scan_id);
	assert.equal(first[1].ticket_id, a.ticket_id);
	for (const again of [lines, [...lines].reverse(), [...lines, ...lines]]) {
		const answers = await upload('tenjin', again);
		const told = again.filter((l) => l !== '');
		const want = new Map(lines.filter((l) => l.scan_id && l !== '').map((l) => [l.scan_id,
			first.find((f) => f.scan_id === l.scan_id)]));
		answers.forEach((answer, i) => {
			if (want.get(told[i].scan_id)) assert.deepEqual(lasting(answer), lasting(want.get(told[i].scan_id)));
		});
	}
	const { uses } = await house.must(200, 'GET', `/v1/tickets/${a.ticket_id}`);
	assert.equal(uses, 1);
});

test('a scan answered online and uploaded after all has its first answer', { skip }, async () => {
	const ticket = await town.sell('one-ride');
	await evening();
	const asked = await town.scan('hakata', { qr: ticket.code, kind: 'enter' });
	assert.equal(asked.body.verdict, 'ADMITTED');
	const said = line(ticket, 0, { scan_id: asked.scan_id, at: jst(house.now) });
	assert.deepEqual(lasting(await upload('hakata', [said])), lasting([asked.body]));
	assert.equal(await town.verdict('hakata', { qr: ticket.code, kind: 'exit' }), 'ADMITTED');
	// Another gate's scan of the same name is another scan.
	assert.deepEqual(judged((await upload('tenjin', [said]))[0]),
		['USED_UP', true, 'council', 210, 'USED_ELSEWHERE']);
});

test('clocks, bundles, lateness, faces', { skip }, async () => {
	await evening();
	const day = 24 * 60;
	const sold = async () => town.sell('two-rides');
	const at = (house.now - NOON) / MINUTE;
	const used = await sold();
	await upload('hakata', [line(used, at + 1), line(used, at + 2, { kind: 'exit' }), line(used, at + 3),
		line(used, at + 4, { kind: 'exit' })]);
	const cases = [
		// What the gate tells, and how it is judged.
		[line(await sold(), at + day, { bundle: numbered(at - 60) }), ['ADMITTED', true, 'operator', 210, 'CLOCK_WRONG']],
		[line(await sold(), at - day, { bundle: numbered(at - 60) }), ['NOT_YET_VALID', true, 'operator', 210, 'CLOCK_WRONG']],
		[line(await sold(), at - day), ['NOT_YET_VALID', true, 'operator', 210, 'FACE_SAID_NO']],
		[line(await sold(), at, { bundle: numbered(at + day) }), ['ADMITTED', true, 'operator', 210, 'BUNDLE_UNKNOWN']],
		[line(await sold(), at, { bundle: numbered(at) + 1 }), ['ADMITTED', true, 'operator', 210, 'BUNDLE_UNKNOWN']],
		[line(await sold(), at, { bundle: 1e12 }), ['ADMITTED', true, 'operator', 210, 'BUNDLE_UNKNOWN']],
		[line(await sold(), at - 6, { bundle: numbered(at) }), ['NOT_YET_VALID', true, 'operator', 210, 'CLOCK_WRONG']],
		[line(await sold(), at, { bundle: numbered(at) }), fine],
		// What the gate says of its bundle's age is only its word.
		[line(used, at + 5, { bundle: numbered(at - 25 * 60), bundle_at: jst(NOON + at * MINUTE) }),
			['USED_UP', true, 'operator', 210, 'BUNDLE_TOO_OLD']],
		[line(used, at + 5, { bundle_at: jst(NOON + (at - 25 * 60) * MINUTE) }),
			['USED_UP', true, 'council', 210, 'USED_ELSEWHERE']],
		[line(used, at + 5, { bundle: undefined }), ['USED_UP', true, 'operator', 210, 'BUNDLE_TOO_OLD']],
		[line(used, at + 5), ['USED_UP', true, 'council', 210, 'USED_ELSEWHERE']],
		[line(used, at + 5, { verdict: 'USED_UP' }), ['USED_UP', false, '', 0, '']],
		[line(used, at + 5, { verdict: undefined }), ['USED_UP', true, 'council', 210, 'USED_ELSEWHERE']],
		[line(await sold(), at, { qr: 'KM1:NONSENSE' }), ['MALFORMED', true, 'operator', 210, 'FACE_SAID_NO']],
		[line(await town.sell('island-day'), at), ['WRONG_OPERATOR', true, 'operator', 210, 'FACE_SAID_NO']],
		[line(await sold(), at, { riders: 2 }), ['WRONG_RIDERS', true, 'operator', 400, 'FACE_SAID_NO']],
	];
	const answers = await upload('tenjin', cases.map(([told]) => told));
	cases.forEach(([, want], i) => assert.deepEqual(judged(answers[i]), want, `case ${i}`));
	// A week later nobody can check it any more.
	const late = await sold();
	const ride = line(late, at + 10);
	const again = line(late, at + 30);
	const third = line(late, at + 50);
	const exits = [20, 40].map((minute) => line(late, at + minute, { kind: 'exit' }));
	await house.clock(house.now + 7 * 24 * HOUR);
	assert.deepEqual((await upload('tenjin', [ride, exits[0], again, exits[1], third])).map(judged),
		[fine, fine, fine, fine, ['USED_UP', true, 'operator', 210, 'UPLOADED_TOO_LATE']]);
});

test('a phone proves the time and the place of its ride, or it is none', { skip }, async () => {
	const at = (house.now - NOON) / MINUTE + 10;
	const shown = (phone, ticket, minute, more) => line(ticket, minute,
		{ qr: phone.show(ticket.code, NOON + minute * MINUTE), kind: 'redeem', ...more });
	const phone = new Phone();
	const ticket = await town.sell('phone-rides', { device_key: phone.key });
	const first = shown(phone, ticket, at);
	const lines = [
		[first, fine],
		[line(ticket, at, { kind: 'redeem' }), ['DEVICE_PROOF_MISSING', true, 'operator', 400, 'NO_RIDE']],
		[shown(new Phone(), ticket, at), ['DEVICE_PROOF_FORGED', true, 'operator', 400, 'NO_RIDE']],
		[shown(phone, ticket, at, { at: jst(NOON + (at + 5) * MINUTE) }),
			['DEVICE_PROOF_STALE', true, 'operator', 400, 'FACE_SAID_NO']],
		[shown(phone, ticket, at + 20), fine],
	];
	await house.clock(house.now + HOUR);
	const answers = await upload('bath-2', lines.map(([told]) => told));
	lines.forEach(([, want], i) => assert.deepEqual(judged(answers[i]), want, `line ${i}`));
	// The same picture at another gate: of the two in one skew bound the first gate by name has the ride.
	const copy = line(ticket, at, { qr: first.qr, kind: 'redeem' });
	assert.deepEqual(judged((await upload('bath', [copy]))[0]), fine);
	await settle();
	const contests = new Map((await list('contests', '', BATH)).map((c) => [c.scan_id, c]));
	assert.equal(contests.get(first.scan_id).verdict, 'PASSED_BACK');
	assert.equal(contests.get(first.scan_id).bearer, 'council');
	assert.ok(!contests.has(copy.scan_id));
});

function permutations(all) {
	if (all.length < 2) return [all];
	return all.flatMap((one, i) => permutations(all.filter((_, k) => k !== i)).map((rest) => [one, ...rest]));
}

/** Each ticket's lines, told in an order of its own: the n-th of every ticket in the n-th round. */
async function tellInOrders(stories) {
	const rounds = Math.max(...stories.map(({ order }) => order.length));
	for (let n = 0; n < rounds; n++)
		for (const gate of ['tenjin', 'hakata', 'meinohama', 'bath', 'bath-2', 'bath-3']) {
			const lines = stories.map(({ order }) => order[n]).filter((told) => told?.gate === gate);
			if (lines.length > 0) await upload(gate, lines.map(({ told }) => told));
		}
	await settle();
}

/** For each ticket: which of its uses are contested, by their place in the story. */
async function contestedOf(stories) {
	const all = [...await list('contests'), ...await list('contests', '', BATH)];
	const contests = new Map(all.map((c) => [c.scan_id, c]));
	return stories.map(({ uses }) => uses.map(({ told }) => contests.get(told.scan_id))
		.map((c) => (c ? [c.verdict, c.bearer, c.borne_yen, c.contest_why].join(' ') : 'counts')));
}

const elsewhere = 'USED_UP council 400 USED_ELSEWHERE';
const inside = 'ALREADY_INSIDE council 210 COULD_NOT_KNOW';
for (const [what, product, told, want] of [
	['two gates, one use', 'one-use', [['bath', 0], ['bath-2', 20]], ['counts', elsewhere]],
	['three gates, one use', 'one-use', [['bath', 20], ['bath-2', 0], ['bath-3', 40]], [elsewhere, 'counts', elsewhere]],
	['three gates at one minute, one use', 'one-use', [['bath-2', 0], ['bath', 1], ['bath-3', 2]],
		[elsewhere, 'counts', elsewhere]],
	['three gates, two uses, six baths', 'two-rides', [['bath', 0], ['bath-2', 30], ['bath-3', 10], ['bath', 40],
		['bath-2', 60], ['bath-3', 50]], ['counts', elsewhere, 'counts', elsewhere, elsewhere, elsewhere]],
	['in, and in elsewhere, and out twice', 'two-rides', [['tenjin', 0], ['hakata', 10], ['meinohama', 20, 'exit'],
		['hakata', 30, 'exit']], ['counts', inside, 'counts', 'NO_ENTRY council 0 RIDE_CONTESTED']],
	['two rides by rail, and a third', 'two-rides', [['tenjin', 0], ['hakata', 10, 'exit'], ['hakata', 20],
		['tenjin', 30, 'exit'], ['tenjin', 40]], ['counts', 'counts', 'counts', 'counts', 'USED_UP council 210 USED_ELSEWHERE']],
])
	test(`the same in every order: ${what}`, { skip, timeout: 300_000 }, async () => {
		const orders = permutations(told.map((_, i) => i));
		const start = (house.now - NOON) / MINUTE + 5;
		const stories = [];
		for (const order of orders) {
			const ticket = await town.sell(product);
			const uses = told.map(([gate, at, kind = gate.startsWith('bath') ? 'redeem' : 'enter']) =>
				({ gate, told: line(ticket, start + at, { kind }) }));
			stories.push({ uses, ticket, order: order.map((i) => uses[i]) });
		}
		await house.clock(house.now + 3 * HOUR);
		await tellInOrders(stories);
		const all = await contestedOf(stories);
		all.forEach((one, i) => assert.deepEqual(one, want, `order ${orders[i]}`));
		const counted = want.filter((text, i) => text === 'counts' && told[i][2] !== 'exit').length;
		for (const { ticket: { ticket_id } } of stories.slice(0, 3))
			assert.equal((await house.must(200, 'GET', `/v1/tickets/${ticket_id}`)).uses, counted);
	});

test('what the council bears is in the ledger, and nothing twice', { skip }, async () => {
	await settle();
	const contests = [...await list('contests'), ...await list('contests', '', BATH)];
	const borne = contests.filter((c) => c.bearer === 'council').reduce((sum, c) => sum + c.borne_yen, 0);
	const { accounts, total_debit_yen, total_credit_yen } = await house.must(200, 'GET', '/v1/ledger/balances');
	const loss = accounts.find((a) => a.account === 'loss/council');
	assert.ok(borne > 0);
	assert.equal(loss.debit_yen - loss.credit_yen, borne);
	assert.equal(total_debit_yen, total_credit_yen);
});

test('an operator reads every scan at its gates', { skip }, async () => {
	const ticket = await town.sell('one-ride');
	assert.equal(await town.verdict('bus-1', { qr: 'nonsense', kind: 'board' }), 'MALFORMED');
	assert.equal(await town.verdict('bus-1', { qr: ticket.code, kind: 'board' }), 'WRONG_OPERATOR');
	await settle();
	const own = { token: town.operators.miyako };
	const seen = await house.must(200, 'GET', '/v1/operators/miyako/scans', own);
	assert.deepEqual(seen.items.map((s) => s.verdict).sort(), ['MALFORMED', 'WRONG_OPERATOR']);
	assert.ok(seen.items.every((s) => s.gate_id === 'bus-1' && !s.contested));
	assert.deepEqual((await house.must(200, 'GET', '/v1/operators/miyako/contests', own)).items, []);
	assertProblem(await house.ask('GET', `/v1/operators/${SUBWAY}/scans`, own), 404, 'OPERATOR_UNKNOWN');
	assertProblem(await house.ask('GET', '/v1/operators/nobody/scans'), 404, 'OPERATOR_UNKNOWN');
	const all = await list('scans');
	assert.deepEqual(all.map((s) => Date.parse(s.at)), all.map((s) => Date.parse(s.at)).sort((a, b) => a - b));
	for (const [query, fits] of [
		['&gate=hakata', (s) => s.gate_id === 'hakata'],
		['&verdict=REVOKED', (s) => s.verdict === 'REVOKED'],
		['&gate=tenjin&verdict=USED_UP', (s) => s.gate_id === 'tenjin' && s.verdict === 'USED_UP'],
		[`&from=${encodeURIComponent(jst(NOON + HOUR))}`, (s) => Date.parse(s.at) >= NOON + HOUR],
		[`&until=${encodeURIComponent(jst(NOON))}`, (s) => Date.parse(s.at) < NOON],
		[`&from=${encodeURIComponent(jst(NOON))}&until=${encodeURIComponent(jst(NOON + HOUR))}`,
			(s) => Date.parse(s.at) >= NOON && Date.parse(s.at) < NOON + HOUR],
	]) {
		const wanted = all.filter(fits);
		assert.ok(wanted.length > 0, query);
		assert.deepEqual(await list('scans', query), wanted, query);
	}
	for (const query of ['gate=A+B', 'verdict=PERHAPS', 'from=yesterday', 'limit=0', 'cursor=!'])
		assertProblem(await house.ask('GET', `/v1/operators/${SUBWAY}/scans?${query}`), 400);
	const small = [];
	for (let cursor = ''; cursor !== null;) {
		const page = await house.must(200, 'GET', `/v1/operators/${SUBWAY}/contests?limit=3&verdict=USED_UP`
			+ `&gate=hakata${cursor && `&cursor=${cursor}`}`);
		assert.ok(page.items.length <= 3);
		small.push(...page.items);
		cursor = page.next;
	}
	assert.deepEqual(small, (await list('contests')).filter((c) => c.gate_id === 'hakata' && c.verdict === 'USED_UP'));
});

test('ten thousand lines, one more, and a line of a megabyte', { skip, timeout: 300_000 }, async () => {
	const ticket = await town.sell('city-day');
	const start = (house.now - NOON) / MINUTE + 1;
	await house.clock(house.now + HOUR);
	const lines = [];
	for (let i = 0; i < 10_000; i++) lines.push(line(ticket, start, { qr: `KM1:${i}` }));
	lines[5000] = line(ticket, start);
	lines[7000] = { ...line(ticket, start), qr: 'x'.repeat(1024 * 1024) };
	const answers = await upload('tenjin', lines);
	assert.equal(answers.length, 10_000);
	assert.deepEqual(judged(answers[5000]), fine);
	assert.deepEqual([answers[7000].line, answers[7000].code], [7001, 'LINE_TOO_LONG']);
	answers.forEach((answer, i) => {
		if (i !== 7000) assert.equal(answer.scan_id, lines[i].scan_id);
		if (i !== 7000 && i !== 5000) assert.equal(answer.verdict, 'MALFORMED');
	});
	lines[7000] = line(ticket, start);
	const more = line(await town.sell('city-day'), start);
	assertProblem(await post('tenjin', [more, ...lines]), 413, 'TOO_MANY_LINES');
	assertProblem(await house.ask('POST', '/v1/scan-batches', { token: town.gates.tenjin, key: null,
		payload: '{}\n'.repeat(1_000_000), headers: { 'content-type': 'application/x-ndjson' } }), 413, 'TOO_MANY_LINES');
	await settle();
	const scans = await list('scans', '&verdict=MALFORMED&gate=tenjin');
	assert.equal(scans.filter((s) => s.at === lines[0].at).length, 9998);
	assert.ok(!(await list('scans')).some((s) => s.scan_id === more.scan_id), 'nothing of a batch too long is run');
});

test('who may, and what is no batch', { skip }, async () => {
	const ok = [line(await town.sell('city-day'), 0)];
	assertProblem(await post('tenjin', ok, { token: town.partner }), 403, 'ROLE_NOT_ALLOWED');
	assertProblem(await post('tenjin', ok, { token: null }), 401, 'TOKEN_MISSING');
	assertProblem(await post('tenjin', ok, { headers: { 'content-type': 'application/json' } }), 415);
	assert.equal((await post('tenjin', [])).text, '');
});

test('all of it as the document says', { skip: skip || skipAjv }, async () => {
	assert.ok(await checkAnswers(house) > 20);
});
