// tests/api/gate_library.test.mjs - the gate library as a gate maker gets it: installed, looked into, and used by the
// thirty lines of docs/gate-integration.md. Without it the page could show what does not compile.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { House, jst, program, skip as skipHouse } from './house.mjs';
import { found } from './town.mjs';

const build = path.dirname(path.resolve(program));
const library = path.join(build, 'libhitotsu-gate.a');
const isPlain = () => !spawnSync('nm', [library], { encoding: 'utf8' }).stdout.includes('__asan_init');
const why = !fs.existsSync(library) ? `there is no ${path.basename(library)} beside the program`
	: !isPlain() ? 'the library is built with sanitizers, whose names and runtime no gate maker has' : false;
const skip = skipHouse || why;

// What a small C library and the doors of two others may be asked for. Never the heap.
const ALLOWED = new RegExp('^(abort|close|fdatasync|flock|fprintf|fstat|fsync|memcmp|memcpy|memmove|memset|open|pread|'
	+ 'pwrite|rename|stderr|__errno_location|__stack_chk_fail|__fprintf_chk|_GLOBAL_OFFSET_TABLE_|'
	+ '(cbor|crypto|sodium|randombytes|utf8proc)_\\w+|'
	+ '__cxa_finalize|__gmon_start__|_ITM_\\w+)$'); // These four are the linker's own.

let house;
let town;
let home;

function must(command, args, options = {}) {
	const done = spawnSync(command, args, { encoding: 'utf8', ...options });
	assert.equal(done.status, 0, `${command} ${args.join(' ')}\n${done.stderr ?? done.error}`);
	return done.stdout;
}

const symbols = (...args) => must('nm', args).split('\n').map((line) => line.trim().split(/\s+/).pop().split('@')[0])
	.filter((name) => name && !name.endsWith(':'));
const exported = (file, ...more) => symbols('--defined-only', '--extern-only', ...more, file).sort();

before(async () => {
	if (skip) return;
	house = await House.open();
	town = await found(house);
	await house.clock('2026-11-02T08:00:00+09:00');
	home = path.join(house.folder, 'home');
	must('make', ['-s', 'install-gate', `B=${build}`, `DESTDIR=${home}`, 'PREFIX=/usr/local'],
		{ env: { ...process.env, MAKEFLAGS: '' } });
});
after(async () => { await house?.close(); });

const inHome = (...parts) => path.join(home, 'usr/local', ...parts);

function pkgConfig(...args) {
	return must('pkg-config', [...args, 'hitotsu-gate'],
		{ env: { ...process.env, PKG_CONFIG_PATH: inHome('lib/pkgconfig') } })
		.trim().split(/\s+/).map((flag) => flag.replace('/usr/local', inHome()));
}

test('it asks for nothing but small things, and shows nothing but its own names', { skip }, () => {
	for (const [file, ...more] of [[inHome('lib/libhitotsu-gate.a')], [inHome('lib/libhitotsu-gate.so'), '-D']]) {
		const asked = symbols('--undefined-only', ...more, file).filter((name) => name !== 'gate.o');
		assert.ok(asked.length > 20, file);
		assert.deepEqual(asked.filter((name) => !ALLOWED.test(name)), [], file);
		const shown = exported(file, ...more).filter((name) => name !== 'gate.o');
		assert.deepEqual(shown.filter((name) => !name.startsWith('hitotsu_gate_')), [], file);
		assert.ok(shown.includes('hitotsu_gate_decide'));
	}
});

test('all that the header declares is there', { skip }, () => {
	const header = fs.readFileSync(inHome('include/hitotsu_gate.h'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
	const declared = new Set([...header.matchAll(/\b(hitotsu_gate_\w+)\(/g)].map((m) => m[1]));
	assert.ok(declared.size >= 12);
	assert.deepEqual(exported(inHome('lib/libhitotsu-gate.so'), '-D'), [...declared].sort());
	assert.deepEqual([...header.matchAll(/#include (\S+)/g)].map((m) => m[1]).sort(),
		['<stdbool.h>', '<stddef.h>', '<stdint.h>']);
	assert.doesNotMatch(header, /\boperator\b/, 'a word that C++ keeps for itself');
});

test('the header is C++ too', { skip }, (t) => {
	if (spawnSync('g++', ['--version']).status !== 0) return t.skip('there is no g++');
	const file = path.join(house.folder, 'gate.cc');
	fs.writeFileSync(file, '#include <hitotsu_gate.h>\nint main() { return hitotsu_gate_memory_needed(0) == 0; }\n');
	const out = path.join(house.folder, 'gate-cc');
	must('g++', ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-o', out, file, ...pkgConfig('--cflags', '--libs')]);
	must(out, [], { env: { ...process.env, LD_LIBRARY_PATH: inHome('lib') } });
});

/** The page's lines, compiled; time(NULL) is the house's. */
function compile(name, flags) {
	const page = fs.readFileSync('docs/gate-integration.md', 'utf8');
	const [, lines] = /```c\n([\s\S]*?)```/.exec(page);
	const clock = path.join(house.folder, 'clock.h');
	const out = path.join(house.folder, name);
	fs.writeFileSync(path.join(house.folder, 'gate.c'), lines);
	fs.writeFileSync(clock, '#include <time.h>\nstatic inline time_t house_time(time_t *t)\n{\n\t(void)t;\n'
		+ `\treturn ${Math.floor(house.now / 1000)};\n}\n#define time house_time\n`);
	must('cc', ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-include', clock, '-o', out,
		path.join(house.folder, 'gate.c'), ...flags]);
	return out;
}

async function stock(folder) {
	const { keys } = await house.must(200, 'GET', '/v1/keys', { token: null });
	const bundle = await house.ask('GET', '/v1/gate-bundle', { token: town.gates.bath });
	fs.mkdirSync(folder);
	fs.writeFileSync(path.join(folder, 'gate.bundle'), bundle.bytes);
	fs.writeFileSync(path.join(folder, 'council.key'),
		Buffer.from(keys.find((k) => k.hitotsu_use === 'bundle').x, 'base64url'));
}

test('the thirty lines of the page work, with either library', { skip }, async () => {
	const ticket = await town.sell('bath-once');
	const kinds = {
		shared: pkgConfig('--cflags', '--libs'),
		static: [...pkgConfig('--cflags'), inHome('lib/libhitotsu-gate.a'),
			...pkgConfig('--static', '--libs').filter((flag) => flag !== '-lhitotsu-gate')],
	};
	for (const [name, flags] of Object.entries(kinds)) {
		const folder = path.join(house.folder, `at-${name}`);
		const gate = compile(`gate-${name}`, flags);
		const walk = (input) => spawnSync(gate, [], { cwd: folder, input, encoding: 'utf8',
			env: { ...process.env, LD_LIBRARY_PATH: inHome('lib') } });
		await stock(folder);
		const first = walk(`${ticket.code}\nhello\n`);
		assert.deepEqual([first.stdout, first.status], ['open: ADMITTED\nshut: MALFORMED\nOK\n', 0], first.stderr);
		const second = walk(`${ticket.code}\r\n`);
		assert.deepEqual([second.stdout, second.status], ['shut: USED_UP\nOK\n', 0], jst(house.now));
		const mib = /of memory and (\d+) MiB of file/.exec(fs.readFileSync('docs/gate-integration.md', 'utf8'))[1];
		assert.equal(Math.round(fs.statSync(path.join(folder, 'gate.file')).size / 2 ** 20), Number(mib));
		fs.truncateSync(path.join(folder, 'gate.bundle'), 100);
		assert.deepEqual([walk(ticket.code).stdout, walk('').status], ['DAMAGED\n', 1]);
	}
});
