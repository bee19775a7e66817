// tests/api/openapi.test.mjs - /openapi.json against the table below, which people wrote: a route that comes, goes
// or changes hands is seen here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertProblem, contractOf, operationsOf, skipAjv } from './contract.mjs';
import { House, skip } from './house.mjs';
import { load } from './verify_ticket.mjs';

const anyone = '';
const all = 'council partner operator gate auditor funder';
const readers = 'council partner operator gate auditor';
const ROUTES = [
	// method, path, status of success (or all of them), who may
	['GET', '/checkpoint', 200, anyone],
	['GET', '/healthz', 200, anyone],
	['GET', '/metrics', 200, anyone],
	['GET', '/openapi.json', 200, anyone],
	['GET', '/readyz', 200, anyone],
	['GET', '/v1/carried', 200, 'council auditor'],
	['POST', '/v1/claims', 201, 'council'],
	['GET', '/tile/{+tile}', 200, anyone],
	['POST', '/v1/clock', 200, 'council'],
	['POST', '/v1/erasures', 200, 'council'],
	['GET', '/v1/feeds', 200, readers],
	['POST', '/v1/feeds', [200, 201], 'council'],
	['GET', '/v1/feeds/{feed}', 200, readers],
	['GET', '/v1/feeds/{feed}/fares', 200, readers],
	['GET', '/v1/feeds/{feed}/route-stops', 200, readers],
	['GET', '/v1/feeds/{feed}/routes', 200, readers],
	['GET', '/v1/feeds/{feed}/stops', 200, readers],
	['POST', '/v1/flown', 200, 'council operator'],
	['GET', '/v1/funders/{funder_id}/balance', 200, 'council auditor funder'],
	['GET', '/v1/gate-bundle', 200, 'gate'],
	['POST', '/v1/gates', 201, 'council operator'],
	['GET', '/v1/gates/{gate_id}', 200, 'council operator gate'],
	['POST', '/v1/holidays', 201, 'council'],
	['GET', '/v1/holidays/{year}', 200, all],
	['GET', '/v1/junctions', 200, all],
	['POST', '/v1/junctions', 201, 'council'],
	['GET', '/v1/keys', 200, anyone],
	['GET', '/v1/ledger/balances', 200, 'council auditor'],
	['GET', '/v1/ledger/identity', 200, 'council auditor'],
	['GET', '/v1/ledger/postings', 200, 'council auditor'],
	['POST', '/v1/loss-fundings', 201, 'council'],
	['GET', '/v1/log', 200, 'council operator partner auditor'],
	['GET', '/v1/log/seconds/{second}', 200, anyone],
	['GET', '/v1/operators', 200, all],
	['POST', '/v1/operators', 201, 'council'],
	['GET', '/v1/operators/{operator_id}', 200, all],
	['PATCH', '/v1/operators/{operator_id}', 200, 'council'],
	['GET', '/v1/operators/{operator_id}/contests', 200, 'council operator auditor'],
	['POST', '/v1/operators/{operator_id}/counts', 200, 'council operator'],
	['POST', '/v1/operators/{operator_id}/declared-counts', 201, 'council operator'],
	['GET', '/v1/operators/{operator_id}/reconciliation', 200, 'council operator auditor'],
	['GET', '/v1/operators/{operator_id}/scans', 200, 'council operator auditor'],
	['GET', '/v1/operators/{operator_id}/scans/{gate_id}/{scan_id}', 200, 'operator'],
	['GET', '/v1/operators/{operator_id}/statements', 200, 'council operator auditor'],
	['GET', '/v1/outages', 200, 'council operator gate auditor'],
	['POST', '/v1/outages', 201, 'council'],
	['GET', '/v1/participation', 200, all],
	['POST', '/v1/partners', 201, 'council'],
	['GET', '/v1/partners/{partner_id}', 200, 'council partner'],
	['GET', '/v1/partners/{partner_id}/credit', 200, 'council partner'],
	['POST', '/v1/partners/{partner_id}/credit-limit', 200, 'council'],
	['GET', '/v1/partners/{partner_id}/statements', 200, 'council partner auditor'],
	['GET', '/v1/passenger-lists/{operator_id}/{service}.csv', 200, 'council operator'],
	['GET', '/v1/passenger-lists/{operator_id}/{service}.json', 200, 'council operator'],
	['POST', '/v1/passenger-terms', 201, 'council'],
	['GET', '/v1/passenger-terms/{operator_id}', 200, 'council operator partner'],
	['POST', '/v1/passengers', 201, 'partner'],
	['GET', '/v1/payees', 200, 'council'],
	['POST', '/v1/payees', 201, 'council'],
	['GET', '/v1/payees/{payee_id}', 200, 'council operator'],
	['PATCH', '/v1/payees/{payee_id}', 200, 'council'],
	['GET', '/v1/payer', 200, 'council'],
	['POST', '/v1/payer', 201, 'council'],
	['POST', '/v1/payouts', 201, 'council'],
	['GET', '/v1/payouts/{period}', 200, 'council auditor'],
	['POST', '/v1/payouts/{period}/results', 200, 'council'],
	['POST', '/v1/payouts/{period}/sent', 200, 'council'],
	['GET', '/v1/products', 200, all],
	['POST', '/v1/products', 201, 'council'],
	['GET', '/v1/products/{product_id}', 200, all],
	['POST', '/v1/remittances', [200, 201], 'council'],
	['POST', '/v1/reservations', 201, 'partner'],
	['POST', '/v1/reverse-scans', 200, 'partner'],
	['GET', '/v1/rider-categories', 200, all],
	['POST', '/v1/rider-categories', 201, 'council'],
	['POST', '/v1/rules', 201, 'council'],
	['GET', '/v1/rules/{rule_id}', 200, 'council partner operator auditor'],
	['POST', '/v1/scan-batches', 200, 'gate'],
	['POST', '/v1/scans', 200, 'gate'],
	['GET', '/v1/services', 200, all],
	['POST', '/v1/services', 201, 'council operator'],
	['GET', '/v1/services/{operator_id}/{service_id}', 200, all],
	['POST', '/v1/settlements', 202, 'council'],
	['GET', '/v1/settlements/{period}', 200, 'council auditor'],
	['GET', '/v1/settlements/{period}/close', 200, 'council operator auditor partner'],
	['GET', '/v1/settlements/{period}/evidence/{operator_id}', 200, 'council operator auditor'],
	['GET', '/v1/settlements/{period}/explanations/{operator_id}', 200, 'council operator auditor'],
	['GET', '/v1/settlements/{period}/lines', 200, 'council operator auditor'],
	['POST', '/v1/settlements/{period}/lines/{line}/agree', 200, 'operator'],
	['POST', '/v1/settlements/{period}/lines/{line}/decide', 200, 'council'],
	['POST', '/v1/settlements/{period}/lines/{line}/dispute', 200, 'operator'],
	['GET', '/v1/settlements/{period}/partner-statements/{partner}.csv', 200, 'council partner auditor'],
	['GET', '/v1/settlements/{period}/partner-statements/{partner}.json', 200, 'council partner auditor'],
	['GET', '/v1/settlements/{period}/partner-statements/{partner}.pdf', 200, 'council partner auditor'],
	['GET', '/v1/settlements/{period}/statements/{operator}.csv', 200, 'council operator auditor'],
	['GET', '/v1/settlements/{period}/statements/{operator}.json', 200, 'council operator auditor'],
	['GET', '/v1/settlements/{period}/statements/{operator}.pdf', 200, 'council operator auditor'],
	['GET', '/v1/settlements/{period}/transfers.pain001.xml', 200, 'council'],
	['GET', '/v1/settlements/{period}/transfers.zengin', 200, 'council'],
	['POST', '/v1/settlements/what-if', 200, 'council operator auditor'],
	['GET', '/v1/status-lists/{n}', 200, anyone],
	['POST', '/v1/targets', 201, 'council'],
	['POST', '/v1/tickets', 201, 'partner'],
	['GET', '/v1/tickets/{ticket_id}', 200, 'council partner'],
	['GET', '/v1/tickets/{ticket_id}/qr.png', 200, 'council partner'],
	['GET', '/v1/tickets/{ticket_id}/qr.svg', 200, 'council partner'],
	['POST', '/v1/tickets/{ticket_id}/refund', 200, 'partner'],
	['POST', '/v1/tickets/{ticket_id}/refund-offer', 201, 'partner'],
	['POST', '/v1/tokens', 201, 'council'],
	['GET', '/v1/usage', 200, 'council auditor'],
	['GET', '/v1/validity-overrides', 200, 'council operator gate auditor'],
	['POST', '/v1/validity-overrides', 201, 'council'],
];

let house;
let document;
before(async () => {
	if (skip) return;
	house = await House.open();
	({ body: document } = await house.ask('GET', '/openapi.json', { token: null }));
});
after(async () => { await house?.close(); });

const statusesOf = (operation) => Object.keys(operation.responses).filter((s) => s < '300').map(Number);
const roles = (text) => text.split(' ').filter(Boolean).sort();

test('the document has exactly these routes, for exactly these roles', { skip }, () => {
	const told = operationsOf(document).map(({ method, path, operation }) => [method, path,
		statusesOf(operation), roles((operation['x-roles'] ?? []).join(' '))]);
	const byPath = ([a, b], [c, d]) => (`${b} ${a}` < `${d} ${c}` ? -1 : 1);
	assert.deepEqual(told.sort(byPath), ROUTES.map(([m, p, s, r]) => [m, p, [s].flat(), roles(r)]).sort(byPath));
});

test('each answers, and no other method does', { skip }, async () => {
	for (const { method, path, operation } of operationsOf(document)) {
		const target = path.replace('{n}', '0').replace('{second}', '1793480399').replace(/\{[^}]*\}/g, '2026-11');
		const answer = await house.ask(method, target, { token: null, body: method === 'GET' ? undefined : {} });
		if (operation['x-roles']) assertProblem(answer, 401, 'TOKEN_MISSING');
		else if (path === '/tile/{+tile}') assertProblem(answer, 404, 'TILE_UNKNOWN'); // The log is empty.
		else assert.equal(answer.status, 200, `${path}: ${answer.text}`);
	}
	for (const [path, methods] of Object.entries(document.paths)) {
		const target = path.replace('{n}', '0').replace(/\{[^}]*\}/g, '2026-11');
		for (const method of ['GET', 'POST', 'PATCH', 'DELETE'].filter((m) => !methods[m.toLowerCase()])) {
			const answer = await house.ask(method, target);
			assertProblem(answer, 405);
			const allowed = answer.headers.allow.split(', ').filter((m) => m !== 'HEAD').sort();
			assert.deepEqual(allowed, Object.keys(methods).map((m) => m.toUpperCase()).sort(), target);
		}
	}
	assertProblem(await house.ask('GET', '/v1/usage-none'), 404, 'NO_SUCH_ROUTE');
});

test('it is OpenAPI 3.1, says a validator that nobody here wrote', { skip: skip || skipAjv }, async () => {
	const { Validator } = await load('@seriousme/openapi-schema-validator');
	const validator = new Validator();
	const result = await validator.validate(structuredClone(document));
	assert.ok(result.valid, JSON.stringify(result.errors, null, 1)?.slice(0, 2000));
	assert.equal(validator.version, '3.1');
});

test('its references lead somewhere, its names are given once', { skip }, () => {
	const walk = (value, each) => {
		if (value === null || typeof value !== 'object') return;
		each(value);
		Object.values(value).forEach((v) => walk(v, each));
	};
	walk(document, ({ $ref }) => {
		if ($ref === undefined) return;
		const found = $ref.slice(2).split('/').reduce((at, step) => at?.[step], document);
		assert.ok(found, $ref);
	});
	const operations = operationsOf(document);
	const ids = operations.map(({ operation }) => operation.operationId);
	assert.equal(new Set(ids).size, ids.length);
	for (const { path, operation } of operations) {
		const named = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
		assert.deepEqual(named, [...path.matchAll(/\{([^}]*)\}/g)].map((m) => m[1]), path);
		assert.ok(operation.summary.length > 3, path);
	}
});

test('every schema is one that ajv can use', { skip: skip || skipAjv }, async () => {
	const { ajv } = await contractOf(house);
	for (const name of Object.keys(document.components.schemas))
		assert.ok(ajv.compile({ $ref: `openapi#/components/schemas/${name}` }), name);
});

/* Named by what they are. */
const NAMED_BY_SELF = ['/v1/clock', '/v1/feeds', '/v1/reverse-scans', '/v1/scan-batches', '/v1/scans'];
const CHANGES_NOTHING = ['/v1/settlements/what-if'];

test('commands say that they need a name, questions do not', { skip }, () => {
	for (const { method, path, operation } of operationsOf(document)) {
		const needs = (operation.parameters ?? []).some((p) => p.$ref === '#/components/parameters/IdempotencyKey');
		assert.equal(needs, method !== 'GET' && !NAMED_BY_SELF.includes(path) && !CHANGES_NOTHING.includes(path),
			`${method} ${path}`);
	}
});
