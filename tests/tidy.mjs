// tests/tidy.mjs - the code checks itself: the line between rooms, one door a foreign library, pure
// files, sizes. Each finding names file, line and the rule broken. Without it the line would be a wish.
//
//   node tests/tidy.mjs [--root DIR] [--build DIR]
//
// --build DIR: also looks into the objects of pure files (DIR/obj/...) for calls that they must not make.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const option = (name, otherwise) => {
	const at = args.indexOf(name);
	return at < 0 ? otherwise : args[at + 1];
};
const root = option('--root', '.');
const build = option('--build', null);

const ROOMS = ['core', 'qr', 'fares', 'operators'];
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;
const COLUMNS_MAX = 100;
const MAKEFILE_LINES_MAX = 200;
const TOP = new Set(['core', 'fares', 'operators', 'qr', 'tests', 'docs', 'Makefile', 'main.c',
	'README.md', 'LICENSE', 'CHANGELOG.md']);

// One door a foreign library: which files may include its headers.
const DOORS = [
	[/^cjson\//, /^core\/json\.c$/, 'cJSON'],
	[/^(h2o|openssl)(\/|\.h)/, /^core\/http[a-z_]*\.[ch]$/, 'h2o and OpenSSL'],
	[/^lmdb\.h$/, /^core\/store_lmdb[a-z_]*\.[ch]$/, 'LMDB'],
	[/^libpq-fe\.h$|^postgresql\//, /^core\/store_pg\.c$/, 'libpq'],
	[/^sodium(\.h|\/)/, /^core\/crypto\.c$/, 'libsodium'],
	[/^cbor(\.h|\/)/, /^core\/cbor\.c$/, 'libcbor'],
	[/^zlib\.h$/, /^core\/deflate\.c$/, 'zlib'],
	[/^csv\.h$/, /^core\/csv\.c$/, 'libcsv'],
	[/^zip\.h$/, /^core\/zip\.c$/, 'libzip'],
	[/^(iconv|utf8proc)\.h$/, /^core\/text\.c$/, 'iconv and utf8proc'],
	[/^ini\.h$/, /^core\/config\.c$/, 'inih'],
	[/^(cairo|pango)/, /^core\/pdf\.c$/, 'cairo and pango'],
	[/^curl\//, /^core\/(client|webhook)\.c$/, 'libcurl'],
	[/^(qrencode|png)\.h$/, /^qr\/image\.c$/, 'libqrencode and libpng'],
	[/^protobuf-c\//, /^fares\/gtfs_rt\.c$/, 'libprotobuf-c'],
	[/^uv\.h$/, /^core\/(loop|webhook|http[a-z_]*|store_[a-z_]+)\.[ch]$/, 'libuv'],
];
const LIBC = new Set(`arpa/inet.h assert.h ctype.h errno.h fcntl.h getopt.h inttypes.h limits.h math.h
	netinet/in.h netinet/tcp.h pthread.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h
	stddef.h stdint.h stdio.h stdlib.h string.h strings.h sysexits.h sys/file.h sys/mman.h sys/prctl.h sys/resource.h
	sys/socket.h
	sys/stat.h sys/statvfs.h sys/time.h sys/types.h sys/uio.h sys/wait.h time.h unistd.h`.split(/\s+/));

const PURE_INCLUDES = new Set(['<stdbool.h>', '<stddef.h>', '<stdint.h>', '"core/base.h"']);
// What compilers emit by themselves, and the one way a pure file may stop.
const PURE_CALLS = new Set(['memcpy', 'memmove', 'memset', 'memcmp', 'must_fail', '__udivti3',
	'__umodti3', '__udivmodti4', '_GLOBAL_OFFSET_TABLE_', '__stack_chk_fail']);

const BANNED = [
	[/\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|rand|srand|system|alloca)\s*\(/,
		() => true, 'a call that cannot be used safely'],
	[/\b(time|gettimeofday|clock_gettime)\s*\(/, (f) => !/^core\/(clock|log)\.c$/.test(f),
		'only core/clock asks for the time'],
	[/\b(sleep|usleep|nanosleep|poll|select|pthread_\w+|waitpid|epoll_\w+)\s*\(/,
		(f) => !f.startsWith('core/'), 'only core waits'],
	[/\bassert\s*\(/, () => true, 'MUST, which stays on, instead of assert'],
	[/\btypedef\s+(struct|union|enum)\b/, () => true, 'a struct is never typedef\'d'],
	[/\b(float|double)\b/, (f) => /^(fares|operators)\//.test(f), 'money is never a float'],
];
const LEFT_OPEN = /\b(TODO|FIXME|XXX|HACK)\b/;

const findings = [];
const find = (file, line, rule, what) => findings.push(`${file}:${line}: ${rule}: ${what}`);

function filesIn(folder) {
	if (!existsSync(join(root, folder))) return [];
	return readdirSync(join(root, folder)).sort()
		.filter((name) => /\.[ch]$/.test(name)).map((name) => `${folder}/${name}`);
}

const width = (line) => {
	let n = 0;
	for (const c of line) n = c === '\t' ? n + 8 - (n % 8) : n + 1;
	return n;
};

// Comments and texts become spaces, so that rules about code see code only.
function codeOnly(text) {
	return text.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
		(m, at) => (/^[ \t]*#include[ \t]*$/.test(text.slice(text.lastIndexOf('\n', at) + 1, at))
			? m : m.replace(/[^\n]/g, ' ')));
}

const isPure = (text) => /^\/\*[\s\S]*?\*\//.exec(text)?.[0].replace(/[\s*/]+$/, '').endsWith('Pure.') ?? false;
const includesOf = (lines) => lines.flatMap((line, i) => {
	const m = /^\s*#\s*include\s*(<[^>]+>|"[^"]+")/.exec(line);
	return m ? [{ line: i + 1, name: m[1] }] : [];
});

function checkArrow(file, include) {
	const from = ROOMS.indexOf(file.split('/')[0]);
	const steps = include.name.slice(1, -1).split('/');
	const [folder] = steps;
	if (steps.some((s) => ['', '.', '..'].includes(s)))
		find(file, include.line, 'arrow', `${include.name} does not name its room`);
	const to = ROOMS.indexOf(folder);
	if (from >= 0 && (to > from || folder === 'tests'))
		find(file, include.line, 'arrow', `${ROOMS[from]} may not know ${folder}`);
}

function checkDoor(file, include) {
	const name = include.name.slice(1, -1);
	if (file.startsWith('tests/')) return;
	for (const [header, door, library] of DOORS)
		if (header.test(name)) {
			if (!door.test(file))
				find(file, include.line, 'door', `${library} has one door, and this is not it`);
			return;
		}
	if (include.name.startsWith('<') && !LIBC.has(name))
		find(file, include.line, 'door', `<${name}> is no header of the C library and no listed door's`);
}

function checkFunctions(file, lines) {
	let start = 0;
	lines.forEach((line, i) => {
		if (line === '{') {
			start = i;
			while (start > 0 && lines[start - 1].trim() !== '' && !/^[}#/ *]/.test(lines[start - 1])) start--;
		} else if (line.startsWith('}') && start > 0) {
			if (i - start + 1 > FUNCTION_LINES_MAX)
				find(file, start + 1, 'function', `${i - start + 1} lines; at most ${FUNCTION_LINES_MAX}`);
			start = 0;
		}
	});
}

function checkPure(file, includes, texts) {
	for (const { line, name } of includes) {
		const header = name.slice(1, -1);
		const own = name.startsWith('"') && texts.has(header) && isPure(texts.get(header));
		if (!PURE_INCLUDES.has(name) && !own) find(file, line, 'pure', `a pure file may not include ${name}`);
	}
}

function undefinedIn(object) {
	return execFileSync('nm', ['-u', object], { encoding: 'utf8' })
		.split('\n').map((l) => l.trim().split(/\s+/).pop()).filter(Boolean);
}

function definedIn(object) {
	return execFileSync('nm', ['--defined-only', object], { encoding: 'utf8' })
		.split('\n').map((l) => l.trim().split(/\s+/).pop()).filter(Boolean);
}

function checkObjects(pure) {
	const objects = pure.map((f) => [f, join(build, 'obj', f.replace(/\.c$/, '.o'))]);
	const known = new Set(PURE_CALLS);
	for (const [file, object] of objects) {
		if (!existsSync(object)) find(file, 1, 'pure', `no object at ${object}; build first`);
		else definedIn(object).forEach((s) => known.add(s));
	}
	for (const [file, object] of objects.filter(([, o]) => existsSync(o)))
		for (const symbol of undefinedIn(object))
			if (!known.has(symbol)) find(file, 1, 'pure', `its object asks for ${symbol}`);
}

function checkText(file, text) {
	const lines = text.split('\n');
	const code = codeOnly(text).split('\n');
	lines.forEach((line, i) => {
		if (width(line) > COLUMNS_MAX) find(file, i + 1, 'columns', `${width(line)}; at most ${COLUMNS_MAX}`);
		if (/[ \t]$/.test(line)) find(file, i + 1, 'space', 'white space at the end');
		if (LEFT_OPEN.test(line)) find(file, i + 1, 'open', 'left open');
	});
	code.forEach((line, i) => {
		for (const [what, where, why] of BANNED)
			if (!file.startsWith('tests/') && where(file) && what.test(line)) find(file, i + 1, 'banned', why);
	});
	if (!text.startsWith('/* ')) find(file, 1, 'comment', 'begins with what the room would lose without it');
	if (lines.length - 1 > FILE_LINES_MAX && !file.startsWith('tests/'))
		find(file, FILE_LINES_MAX, 'file', `${lines.length - 1} lines; at most ${FILE_LINES_MAX}`);
	checkFunctions(file, code);
	return lines;
}

// A room's inner header may stand first where it brings the file's own.
function brings(header, own, texts) {
	return header === own || includesOf((texts.get(header) ?? '').split('\n'))
		.some((i) => i.name.startsWith('"') && brings(i.name.slice(1, -1), own, texts));
}

function checkOwnHeader(file, includes, texts) {
	const own = file.replace(/\.c$/, '.h');
	if (file.endsWith('.c') && texts.has(own) && !brings(includes[0]?.name.slice(1, -1), own, texts))
		find(file, includes[0]?.line ?? 1, 'include', `its own header, ${own}, comes first`);
}

function checkGuard(file, text) {
	const guard = file.replace(/[/.]/g, '_').toUpperCase();
	if (file.endsWith('.h') && !text.includes(`#ifndef ${guard}\n#define ${guard}\n`))
		find(file, 1, 'guard', guard);
}

function checkTop() {
	let names;
	try {
		names = execFileSync('git', ['-C', root, 'ls-files'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
			.split('\n').filter(Boolean).map((f) => f.split('/')[0]);
	} catch {
		names = readdirSync(root).filter((n) => n !== 'build');
	}
	for (const name of new Set(names))
		if (!TOP.has(name) && !name.startsWith('.')) find(name, 1, 'top', 'does not belong at the top');
	const makefile = join(root, 'Makefile');
	if (existsSync(makefile) && readFileSync(makefile, 'utf8').split('\n').length - 1 > MAKEFILE_LINES_MAX)
		find('Makefile', MAKEFILE_LINES_MAX, 'file', `more than ${MAKEFILE_LINES_MAX} lines`);
}

const files = [...ROOMS, 'tests'].flatMap(filesIn);
if (existsSync(join(root, 'main.c')) && statSync(join(root, 'main.c')).isFile()) files.push('main.c');
const texts = new Map(files.map((f) => [f, readFileSync(join(root, f), 'utf8')]));
const pure = [];
for (const [file, text] of texts) {
	const lines = checkText(file, text);
	const includes = includesOf(lines);
	includes.forEach((i) => { checkArrow(file, i); checkDoor(file, i); });
	checkOwnHeader(file, includes, texts);
	checkGuard(file, text);
	if (isPure(text) && !file.startsWith('tests/')) {
		checkPure(file, includes, texts);
		if (file.endsWith('.c')) pure.push(file);
	}
}
checkTop();
if (build !== null) checkObjects(pure);

findings.forEach((f) => console.log(f));
console.log(findings.length === 0
	? `tidy: ${files.length} files, ${pure.length} of them pure: nothing found`
	: `tidy: ${findings.length} found`);
process.exit(findings.length === 0 ? 0 : 1);
