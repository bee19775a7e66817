// tests/api/town.mjs - a small region to test in: five operators, four modes and a bath, two partners, and
// products over them. Without it each test would found a region of its own.
import { jst } from './house.mjs';

const OPERATORS = [
	// operator, modes, feed, base fare, prefectures, corporate number, joined
	['fukuoka-city-subway', ['rail'], 'fukuoka-city-subway', 210, ['40'], '3000020401307', '2026-04-01'],
	['miyako', ['bus'], 'miyako', 180, ['45'], undefined, '2026-04-01'],
	['sakurajima-ferry', ['ferry'], 'sakurajima-ferry', 250, ['46'], undefined, '2026-05-01'],
	['orc', ['air'], undefined, 12000, ['40', '42'], undefined, '2026-06-01'],
	['beppu-bath', ['venue'], undefined, 500, ['44'], undefined, '2026-06-01'],
	['other-bus', ['bus', 'rail'], undefined, 200, ['43'], undefined, undefined],
];

const GATES = [
	// gate, operator, mode, more
	['tenjin', 'fukuoka-city-subway', 'rail', { stop: 'K08', route: 'airport-line', zone: 'city' }],
	['hakata', 'fukuoka-city-subway', 'rail', { stop: 'K11', route: 'airport-line', zone: 'city' }],
	['meinohama', 'fukuoka-city-subway', 'rail', { stop: 'K01', route: 'airport-line', zone: 'west' }],
	['bus-1', 'miyako', 'bus', {}],
	['bus-2', 'miyako', 'bus', {}],
	['bus-qr', 'miyako', 'bus', { reverse: true }],
	['pier', 'sakurajima-ferry', 'ferry', { stop: 'kagoshima-port' }],
	['airport', 'orc', 'air', {}],
	['bath', 'beppu-bath', 'venue', {}],
	['other-1', 'other-bus', 'bus', {}],
	['other-2', 'other-bus', 'rail', {}],
];

const RULES = [
	{ rule_id: 'by-fare', unused_to: 'council', steps: [
		{ kind: 'commission', base: 'earned', basis_points: 500 },
		{ kind: 'council_fee', base: 'earned', basis_points: 200 },
		{ kind: 'split', by: 'deemed_fare' }] },
	{ rule_id: 'by-boardings', unused_to: 'partner', steps: [
		{ kind: 'commission', base: 'earned', basis_points: 500 },
		{ kind: 'split', by: 'boardings' }] },
];

const prices = (adult) => [{ category: 'adult', price_yen: adult }, { category: 'child', price_yen: adult / 2 }];
const by = (...ids) => ids.map((operator_id) => ({ operator_id }));

export const PRODUCTS = {
	'four-modes': {
		validity: 'days', length: 3, activation_days: 10, modes: ['rail', 'bus', 'ferry', 'air'],
		operators: by('fukuoka-city-subway', 'miyako', 'sakurajima-ferry', 'orc'), reserved_modes: ['air'],
		mode_uses: [{ mode: 'air', uses: 2 }], prices: prices(10000), riders_max: 5, rule_id: 'by-fare',
		refundable: true, refund_fee_yen: 500, refund_fee_to: 'partner', passback_s: 300, stay_max_min: 180,
	},
	'island-day': {
		validity: 'hours', length: 24, activation_days: 10, modes: ['bus', 'ferry'], operators: by('miyako',
			'sakurajima-ferry'), prices: prices(1800), riders_max: 4, rule_id: 'by-boardings',
	},
	'city-day': {
		validity: 'days', length: 1, activation_days: 30, modes: ['rail'], zones: [{ zone: 'city' }],
		operators: by('fukuoka-city-subway', 'miyako'), prices: prices(640), riders_max: 2, rule_id: 'by-fare',
		stay_max_min: 180, refundable: true,
	},
	'one-ride': {
		validity: 'days', length: 1, activation_days: 30, modes: ['rail'], operators: by('fukuoka-city-subway'),
		uses: 1, prices: prices(260), riders_max: 1, rule_id: 'by-fare',
	},
	'one-sailing': {
		validity: 'days', length: 1, activation_days: 30, modes: ['ferry'], operators: by('sakurajima-ferry'),
		prices: prices(250), riders_max: 9, rule_id: 'by-fare',
	},
	'booked-sea': {
		validity: 'days', length: 7, activation_days: 30, modes: ['ferry'], operators: by('sakurajima-ferry'),
		reserved_modes: ['ferry'], prices: prices(600), riders_max: 3, rule_id: 'by-fare', refundable: true,
		refund_fee_yen: 100,
	},
	'next-year': {
		validity: 'fixed', valid_from: '2027-01-01', valid_until: '2027-01-03', modes: ['bus'],
		operators: by('miyako'), prices: prices(3000), riders_max: 2, rule_id: 'by-fare',
	},
	'bath-once': {
		validity: 'days', length: 1, activation_days: 30, modes: ['venue'], operators: by('beppu-bath'), uses: 1,
		prices: prices(500), riders_max: 1, rule_id: 'by-boardings',
	},
};

async function foundOperators(house) {
	for (const [operator_id, modes, feed, base_fare_yen, prefectures, corporate_number, joined] of OPERATORS) {
		if (feed) await house.feed(feed);
		await house.must(201, 'POST', '/v1/operators', { body: {
			operator_id, modes, feed, base_fare_yen, prefectures, corporate_number, joined,
			name_ja: `社局 ${operator_id}`, name_en: operator_id, in_scope: modes[0] !== 'venue',
		} });
	}
	for (const [gate_id, operator_id, mode, more] of GATES)
		await house.must(201, 'POST', '/v1/gates', { body: { gate_id, operator_id, mode, name: gate_id, ...more } });
}

async function foundSale(house) {
	for (const rule of RULES) await house.must(201, 'POST', '/v1/rules', { body: rule });
	for (const [product_id, product] of Object.entries(PRODUCTS))
		await house.must(201, 'POST', '/v1/products', { body: {
			product_id, name_ja: `券 ${product_id}`, name_en: product_id, ...product,
		} });
	for (const partner_id of ['app-hakata', 'app-yufuin'])
		await house.must(201, 'POST', '/v1/partners', { body: { partner_id, name_ja: 'アプリ', name_en: partner_id } });
}

async function tokenOf(house, role, subject) {
	return (await house.must(201, 'POST', '/v1/tokens', { body: { role, subject } })).token;
}

/** Founds it in a new house. Gives tokens by who they are for, and sell(). */
export async function found(house) {
	const town = { house, council: house.council, gates: {}, operators: {} };
	await foundOperators(house);
	await foundSale(house);
	for (const [gate_id] of GATES) town.gates[gate_id] = await tokenOf(house, 'gate', gate_id);
	for (const id of ['miyako', 'sakurajima-ferry', 'fukuoka-city-subway'])
		town.operators[id] = await tokenOf(house, 'operator', id);
	town.partner = await tokenOf(house, 'partner', 'app-hakata');
	town.otherPartner = await tokenOf(house, 'partner', 'app-yufuin');
	town.auditor = await tokenOf(house, 'auditor');
	town.funder = await tokenOf(house, 'funder', 'city-hall');
	town.sell = (product_id, more = {}) => house.must(201, 'POST', '/v1/tickets', {
		token: town.partner, body: { product_id, category: 'adult', riders: 1, ...more },
	});
	town.scan = (gate, said) => house.scan(town.gates[gate], said);
	town.verdict = async (gate, said) => {
		const answer = await town.scan(gate, said);
		return answer.status === 200 ? answer.body.verdict : answer.body.code;
	};
	town.sailing = (service_id, departs_at, allotment, more = {}) => house.must(201, 'POST', '/v1/services', { body: {
		operator_id: 'sakurajima-ferry', service_id, mode: 'ferry', name_ja: '便', name_en: service_id,
		departs_at: jst(Date.parse(departs_at)), allotment, route_id: 'outbound', from_stop: 'kagoshima-port',
		to_stop: 'sakurajima-port', ...more,
	} });
	town.flight = (service_id, departs_at, allotment, more = {}) => house.must(201, 'POST', '/v1/services', { body: {
		operator_id: 'orc', service_id, mode: 'air', name_ja: '便', name_en: service_id, carrier: 'OC', flight: '75',
		departs_at: jst(Date.parse(departs_at)), allotment, ...more,
	} });
	return town;
}

/** An airline's boarding pass as IATA prints it, without conditional items: a leg for each [pnr, day of the year,
 * carrier, flight]. */
export function boardingPassOf(legs) {
	const text = legs.map(([pnr, day, carrier = 'OC', flight = '75']) => `${pnr.padEnd(7)}FUKFUJ${carrier.padEnd(3)}`
		+ `${flight.padStart(4, '0')} ${String(day).padStart(3, '0')}Y001A0001 100`);
	return `M${legs.length}${'TRAVELLER/TEST'.padEnd(20)}E${text.join('')}`;
}

/** The same of one leg. */
export const boardingPass = (pnr, day, { carrier, flight } = {}) => boardingPassOf([[pnr, day, carrier, flight]]);
