// tests/api/contract.mjs - holds answers against /openapi.json. Without it the document and the server could
// drift apart unseen.
import assert from 'node:assert/strict';
import { load } from './verify_ticket.mjs';

export const skipAjv = process.env.HITOTSU_NPM ? false : 'HITOTSU_NPM is not set: ajv is not installed';

/** Every object of the document's schemas closed: an answer says what is described and nothing else. */
function closed(value) {
	if (Array.isArray(value)) return value.map(closed);
	if (value === null || typeof value !== 'object') return value;
	const copy = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, closed(v)]));
	if (copy.type === 'object' && copy.properties && copy.additionalProperties === undefined)
		copy.additionalProperties = false;
	return copy;
}

export function operationsOf(document) {
	return Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
}

/** More literal characters first: /v1/operators/{id}/statements before /v1/operators/{id}. */
export function operationAt(operations, method, target) {
	const path = target.split('?')[0];
	const told = (o) => o.path.replace(/\{[^}]*\}/g, '').length;
	return operations.filter((o) => o.method === method && new RegExp(
		`^${o.path.replace(/[.]/g, '\\.').replace(/\{\+[^}]*\}/g, '.+').replace(/\{[^}]*\}/g, '[^/]+')}$`).test(path))
		.sort((a, b) => told(b) - told(a))[0];
}

export async function contractOf(house) {
	const { body: document } = await house.ask('GET', '/openapi.json', { token: null });
	const { default: Ajv } = await load('ajv/dist/2020.js');
	const { default: addFormats } = await load('ajv-formats');
	const ajv = new (Ajv.default ?? Ajv)({ allErrors: true, strict: false });
	(addFormats.default ?? addFormats)(ajv);
	ajv.addSchema(closed(document), 'openapi', undefined, false);
	const operations = operationsOf(document);
	const known = new Map();
	const validatorAt = (...steps) => {
		const pointer = steps.map((s) => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
		if (!known.has(pointer)) known.set(pointer, ajv.compile({ $ref: `openapi#/${pointer}` }));
		return known.get(pointer);
	};
	return { document, operations, ajv, validatorAt };
}

function schemaPlace(found, answer) {
	const { path, method, operation } = found;
	const status = Object.keys(operation.responses).find((s) => s === String(answer.status));
	const type = answer.headers['content-type']?.split(';')[0];
	if (answer.status >= 400)
		return { type: 'application/problem+json', steps: ['components', 'schemas', 'Problem'] };
	const success = status ?? Object.keys(operation.responses).find((s) => s.startsWith('2'));
	return { type, steps: ['paths', path, method.toLowerCase(), 'responses', success, 'content', type, 'schema'] };
}

/** Each answer that the house gave is one that the document describes. Returns how many were looked at. */
export async function checkAnswers(house) {
	const answers = house.answers.slice();
	const contract = await contractOf(house);
	let count = 0;
	for (const answer of answers) {
		const where = `${answer.method} ${answer.path} ${answer.status}`;
		const found = operationAt(contract.operations, answer.method, answer.path);
		if (!found) {
			assert.ok([404, 405].includes(answer.status), `${where}: a route that the document does not have`);
			continue;
		}
		const { type, steps } = schemaPlace(found, answer);
		const media = answer.status >= 400 ? type : Object.keys(found.operation.responses[steps[4]]?.content ?? {})[0];
		assert.equal(answer.headers['content-type']?.split(';')[0], media, `${where}: its media type`);
		if (!/json/.test(media)) continue;
		const valid = contract.validatorAt(...steps);
		// Of each line that is no problem, nor the answer that its scan had online.
		if (media === 'application/x-ndjson') {
			for (const line of answer.text.split('\n').filter(Boolean).map((text) => JSON.parse(text)))
				assert.ok(line.line || !('contested' in line) || valid(line), `${where}: ${contract.ajv.errorsText(valid.errors)}`);
			continue;
		}
		assert.ok(valid(answer.body), `${where}: ${contract.ajv.errorsText(valid.errors)}\n${answer.text}`);
		count++;
	}
	return count;
}

/** A refusal as RFC 9457 has it: its status, a stable code, a text for people. */
export function assertProblem(answer, status, code) {
	const told = `${answer.status} ${answer.text}`;
	assert.equal(answer.status, status, told);
	assert.equal(answer.headers['content-type'], 'application/problem+json', told);
	assert.equal(answer.body.status, status, told);
	assert.match(answer.body.code, /^[A-Z][A-Z0-9_]*$/, told);
	assert.ok(answer.body.detail?.length > 8, `a text for people: ${told}`);
	if (code !== undefined) assert.ok([code].flat().includes(answer.body.code), `${code}: ${told}`);
}
