// tests/api/tidy.test.mjs - planted violations, one at a time: tests/tidy.mjs names each with its file, its line and
// the rule that is broken, and nothing else. Without it the guard could sleep and nobody would know.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './house.mjs';

const tidy = fileURLToPath(new URL('../tidy.mjs', import.meta.url));

const header = (file, comment, body = '') => {
	const guard = file.replace(/[/.]/g, '_').toUpperCase();
	return `/* ${file} - ${comment} */\n#ifndef ${guard}\n#define ${guard}\n${body}\n#endif\n`;
};

/* A small house in which nothing is wrong. */
const CLEAN = {
	Makefile: 'all:\n',
	'main.c': '/* main.c - sees every room. */\n#include "operators/scan.h"\n#include "core/base.h"\n',
	'core/base.h': header('core/base.h', 'words. Pure.', '#include <stdint.h>'),
	'core/base.c': '/* core/base.c - words. Pure. */\n#include "core/base.h"\n',
	'core/json.c': '/* core/json.c - the door to cJSON. */\n#include <cjson/cJSON.h>\n#include <stdio.h>\n',
	'core/clock.c': '/* core/clock.c - asks for the time. */\n#include <time.h>\nlong now(void)\n{\n\treturn time(0);\n}\n',
	'qr/ticket.h': header('qr/ticket.h', 'proves.', '#include "core/base.h"'),
	'fares/money.h': header('fares/money.h', 'yen. Pure.', '#include "core/base.h"'),
	'fares/money.c': '/* fares/money.c - yen. Pure. */\n#include "fares/money.h"\n#include <stdint.h>\n',
	'operators/scan.h': header('operators/scan.h', 'admits. Pure.', '#include "fares/money.h"'),
	'operators/scan.c': '/* operators/scan.c - admits.\n * Pure.\n */\n#include "operators/scan.h"\n',
	'docs/page.md': '# A page\n',
	'tests/scan_test.c': '/* tests/scan_test.c - a table. */\n#include <cmocka.h>\n#include "operators/scan.h"\n',
};

function plant(files) {
	const root = tempFolder();
	for (const [file, text] of Object.entries({ ...CLEAN, ...files })) {
		fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
		fs.writeFileSync(path.join(root, file), text);
	}
	return root;
}

function look(root, ...more) {
	const done = spawnSync(process.execPath, [tidy, '--root', root, ...more], { encoding: 'utf8' });
	assert.equal(done.stderr, '');
	return { code: done.status, lines: done.stdout.trim().split('\n') };
}

/* The places and rules that are found, without the words. */
const found = ({ lines }) => lines.slice(0, -1).map((line) => /^(\S+:\d+: \w+): ./.exec(line)?.[1] ?? line);

function planted(name, files, expected, words = /./) {
	test(name, () => {
		const root = plant(files);
		const result = look(root);
		assert.deepEqual(found(result), [expected].flat());
		assert.match(result.lines[0], words);
		assert.equal(result.lines.at(-1), `tidy: ${[expected].flat().length} found`);
		assert.equal(result.code, 1);
		fs.rmSync(root, { recursive: true });
	});
}

const lines = (n, text = '\tx++;') => Array.from({ length: n }, () => text).join('\n');
const body = (n) => `{\n${lines(n)}\n}\n`;
const wide = (columns) => `${'int x; /* '.padEnd(columns - 3, 'x')} */`;
const hello = (file, text) => ({ [file]: `/* ${file} - says hello. */\n${text}` });

test('a house in which nothing is wrong', () => {
	const root = plant({});
	const result = look(root);
	assert.deepEqual(result.lines, ['tidy: 11 files, 3 of them pure: nothing found']);
	assert.equal(result.code, 0);
	fs.rmSync(root, { recursive: true });
});

/* One tree for a whole table: file, what stands in its third line, words of the finding. */
function plantedTable(name, rule, rows) {
	test(name, () => {
		const root = plant(Object.assign({}, ...rows.map(([file, text]) => hello(file, `\n${text}\n`))));
		const result = look(root);
		const sorted = result.lines.slice(0, -1).sort();
		const expected = rows.map(([file, , words]) => [`${file}:3: ${rule}: `, words]).sort();
		assert.equal(sorted.length, expected.length, result.lines.join('\n'));
		for (const [i, [place, words]] of expected.entries()) {
			assert.ok(sorted[i].startsWith(place), `${sorted[i]} instead of ${place}`);
			assert.match(sorted[i], words);
		}
		assert.equal(result.code, 1);
		fs.rmSync(root, { recursive: true });
	});
}

plantedTable('the line between rooms', 'arrow', [
	['core/log.c', '#include "qr/ticket.h"', /core may not know qr/],
	['core/seal.c', '#include "tests/help.h"', /core may not know tests/],
	['fares/sale.c', '#include "operators/scan.h"', /fares may not know operators/],
	['qr/cose.c', '# include "fares/money.h"', /qr may not know fares/],
	['qr/image.c', '#include "operators/scan.h"', /qr may not know operators/],
	['core/arena.c', '#include "../operators/scan.h"', /does not name its room/],
	['core/codec.c', '#include "./../qr/ticket.h"', /does not name its room/],
	['fares/share.c', '#include "core/../operators/scan.h"', /does not name its room/],
	['qr/keyring.c', '#include"fares/money.h"', /qr may not know fares/],
	['tests/wire.c', '#include "../core/base.h"', /does not name its room/],
	['main.c', '#include "/usr/include/stdio.h"', /does not name its room/],
]);
planted('an arrow in a header', { 'fares/sale.h': header('fares/sale.h', 'sells.', '#include "operators/scan.h"') },
	'fares/sale.h:4: arrow', /fares may not know operators/);

plantedTable('one door a foreign library', 'door', [
	['core/log.c', '#include <glib.h>', /<glib.h>/],
	['core/shape.c', '#include <cjson/cJSON.h>', /cJSON/],
	['core/store_sim.c', '#include <lmdb.h>', /LMDB/],
	['fares/feed_op.c', '#include <uv.h>', /libuv/],
	['main.c', '#include <curl/curl.h>', /libcurl/],
	['operators/demo.c', '#include <h2o.h>', /h2o/],
	['operators/gate_op.c', '#include <openssl/ssl.h>', /OpenSSL/],
	['qr/cose.c', '#include <sodium.h>', /libsodium/],
	['qr/keyring.c', '#include <cbor.h>', /libcbor/],
]);

// --- sizes ---
planted('a function of 71 lines', hello('core/log.c', `\nint f(int x)\n${body(68)}`), 'core/log.c:3: function',
	/71 lines; at most 70/);
planted('two of them', hello('core/log.c', `\nint f(int x)\n${body(68)}\nint g(int x)\n${body(70)}`),
	['core/log.c:3: function', 'core/log.c:75: function']);
planted('101 columns', hello('core/log.c', `${wide(101)}\n`), 'core/log.c:2: columns', /101; at most 100/);
planted('a tab counts for what it shows', hello('core/log.c', `int y;\n\t\t${wide(85)}\n`),
	'core/log.c:3: columns', /101; at most 100/);
planted('a file of 501 lines', hello('core/log.c', `${lines(500, 'int x;')}\n`), 'core/log.c:500: file', /501 lines/);
planted('a Makefile of 201 lines', { Makefile: `${lines(201, '# x')}\n` }, 'Makefile:200: file');

test('what is just small enough', () => {
	const fits = `\nint f(int x)\n${body(67)}${wide(100)}\n${lines(427, 'int x;')}\n`;
	const root = plant({ ...hello('core/log.c', fits), Makefile: `${lines(200, '# x')}\n` });
	assert.deepEqual(found(look(root)), []);
	fs.rmSync(root, { recursive: true });
});

// --- pure files ---
planted('a pure file with <stdio.h>', { 'fares/money.c':
	'/* fares/money.c - yen. Pure. */\n#include "fares/money.h"\n#include <stdio.h>\n' }, 'fares/money.c:3: pure',
	/<stdio.h>/);
planted('a pure file with a header that is not', { 'operators/scan.c':
	'/* operators/scan.c - admits. Pure. */\n#include "operators/scan.h"\n#include "qr/ticket.h"\n' },
	'operators/scan.c:3: pure', /qr\/ticket.h/);
planted('a pure header with <string.h>', { 'fares/money.h': header('fares/money.h', 'yen. Pure.', '#include <string.h>') },
	'fares/money.h:4: pure', /<string.h>/);

/* With --build the objects are looked into. */
function compiled(files) {
	const root = plant(files);
	const build = path.join(root, 'build');
	for (const file of ['core/base.c', 'fares/money.c', 'operators/scan.c']) {
		const object = path.join(build, 'obj', file.replace(/c$/, 'o'));
		fs.mkdirSync(path.dirname(object), { recursive: true });
		const cc = spawnSync('cc', ['-c', '-O1', '-fno-builtin', '-w', `-I${root}`, '-o', object, path.join(root, file)],
			{ encoding: 'utf8' });
		assert.equal(cc.status, 0, cc.stderr);
	}
	const result = look(root, '--build', build);
	fs.rmSync(root, { recursive: true });
	return result;
}

test('a pure object that calls strlen is found out by nm', () => {
	const result = compiled({ 'fares/money.c': '/* fares/money.c - yen. Pure. */\n#include "fares/money.h"\n'
		+ 'unsigned long strlen(const char *);\nunsigned long n(const char *t)\n{\n\treturn strlen(t);\n}\n' });
	assert.deepEqual(result.lines.slice(0, -1), ['fares/money.c:1: pure: its object asks for strlen']);
	assert.equal(result.code, 1);
});

test('a pure object may call another pure one, and memcpy', () => {
	const result = compiled({
		'fares/money.c': '/* fares/money.c - yen. Pure. */\n#include "fares/money.h"\nint yen(int n)\n{\n\treturn n;\n}\n',
		'operators/scan.c': '/* operators/scan.c - admits. Pure. */\n#include "operators/scan.h"\nint yen(int);\n'
			+ 'void *memcpy(void *, const void *, unsigned long);\nint f(void *a, void *b)\n{\n'
			+ '\tmemcpy(a, b, 99);\n\treturn yen(1);\n}\n',
	});
	assert.deepEqual(result.lines, ['tidy: 11 files, 3 of them pure: nothing found']);
	assert.equal(result.code, 0);
});

test('a pure file that was never built is told', () => {
	const root = plant({});
	const result = look(root, '--build', path.join(root, 'nothing'));
	assert.deepEqual(found(result), ['core/base.c:1: pure', 'fares/money.c:1: pure', 'operators/scan.c:1: pure']);
	fs.rmSync(root, { recursive: true });
});

// --- calls ---
plantedTable('calls that may not be made', 'banned', [
	['core/arena.c', '\tstrcpy(a, b);', /safely/],
	['core/codec.c', '\tsprintf(a, "%d", 1);', /safely/],
	['core/log.c', '\tassert(x > 0);', /MUST/],
	['core/store.c', 'typedef struct ticket ticket_t;', /typedef/],
	['fares/feed_op.c', '\tpthread_create(&thread, NULL, run, NULL);', /only core waits/],
	['fares/sale.c', '\tx = time(NULL);', /core\/clock/],
	['fares/share.c', '\tdouble yen = 1.5;', /float/],
	['main.c', '\tsystem("ls");', /safely/],
	['operators/demo.c', '\tusleep(10);', /only core waits/],
	['operators/gate_op.c', '\tclock_gettime(CLOCK_REALTIME, &now);', /core\/clock/],
	['operators/share.c', '\tfloat half;', /float/],
	['qr/image.c', '\tint n = atoi(text);', /safely/],
]);

test('what is banned may be spoken of, and core may wait', () => {
	const root = plant({
		...hello('fares/sale.c', '/* No double, no system(), no time(). */\nconst char *t = "assert(strcpy(a, b))";\n'),
		...hello('core/loop.c', '\tpthread_create(&thread, NULL, run, NULL);\n\tx = snprintf(a, 1, "x");\n'),
		...hello('qr/image.c', '\tdouble scale = 1.5; int time_ms = runtime(3); my_sleep(1);\n'),
	});
	assert.deepEqual(found(look(root)), []);
	fs.rmSync(root, { recursive: true });
});

// --- the rest ---
planted('a file that does not say what it is for', { 'core/log.c': 'int x;\n' }, 'core/log.c:1: comment');
planted('a header without its guard', { 'core/log.h': '/* core/log.h - logs. */\nint x;\n' }, 'core/log.h:1: guard');
planted('a guard of another name', { 'core/log.h': header('core/log.h', 'logs.').replaceAll('CORE_LOG_H', 'LOG_H') },
	'core/log.h:1: guard', /CORE_LOG_H/);
planted('its own header not first', { 'core/base.c':
	'/* core/base.c - words. Pure. */\n#include <stdint.h>\n#include "core/base.h"\n' }, 'core/base.c:2: include');
planted('white space at the end', hello('core/log.c', 'int x; \n'), 'core/log.c:2: space');
planted('something left open', hello('core/log.c', 'int x; /* TO' + 'DO later */\n'), 'core/log.c:2: open');
planted('something at the top', { 'notes.txt': 'x\n' }, 'notes.txt:1: top');
planted('a folder at the top', { 'scripts/run': 'x\n' }, 'scripts:1: top');
planted('several at once, each by its own name', {
	...hello('core/log.c', `#include "fares/money.h"\n\tstrcat(a, b);${' '}\n`),
	'stray/x': '',
}, ['core/log.c:3: space', 'core/log.c:3: banned', 'core/log.c:2: arrow', 'stray:1: top']);
