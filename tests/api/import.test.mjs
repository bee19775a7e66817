// tests/api/import.test.mjs - `hitotsu import`: the table that it prints, what is odd and read, what is refused with
// its file and line, and that a refused feed changes nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, samples, skip, tempFolder } from './house.mjs';

const shared = fileURLToPath(new URL('../../../shared/data/gtfs-jp/', import.meta.url));
const skipShared = skip || (fs.existsSync(shared) ? false : '../shared/data/gtfs-jp is not there');
const RULES_OF_A_LARGE_FEED = 120_000;

let root;
let data;
before(() => {
	root = tempFolder();
	data = path.join(root, 'data');
});
after(() => fs.rmSync(root, { recursive: true, force: true }));

/* A feed of two agencies, one route each, as small as one can be. */
const FEED = {
	'agency.txt': 'agency_id,agency_name\n3000020401307,一\n8000020401005,二\n',
	'feed_info.txt': 'feed_publisher_name,feed_publisher_url,feed_lang\nTester,https://example.org/,ja\n',
	'stops.txt': 'stop_id,stop_name,stop_lat,stop_lon,zone_id\nA,甲,33.1,130.1,a\nB,乙,33.2,130.2,b\n',
	'routes.txt': 'route_id,agency_id,route_short_name,route_type\nR1,3000020401307,一番,3\nR2,8000020401005,二番,4\n',
	'fare_attributes.txt': 'fare_id,price,currency_type,payment_method\nF1,100,JPY,0\nF2,200,JPY,0\n',
	'fare_rules.txt': 'fare_id,route_id,origin_id,destination_id\nF1,R1,a,b\nF2,R2,b,a\n',
};

let made = 0;
function zip(files) {
	const folder = path.join(root, `feed-${++made}`);
	const file = `${folder}.zip`;
	fs.mkdirSync(folder);
	for (const [name, text] of Object.entries({ ...FEED, ...files }))
		if (text !== null) fs.writeFileSync(path.join(folder, name), text);
	const done = spawnSync('zip', ['-qX1', file, ...fs.readdirSync(folder)], { cwd: folder, encoding: 'utf8' });
	assert.equal(done.status, 0, done.stderr);
	return file;
}

/* The table as it is printed: { head, files: {name: [read, refused]}, lines }. */
function tableOf(text) {
	const lines = text.split('\n');
	const files = Object.fromEntries([...text.matchAll(/^ {2}(\S+\.txt) +(\d+) +(\d+)$/gm)]
		.map(([, name, read, refused]) => [name, [Number(read), Number(refused)]]));
	return { head: lines[0], files, lines };
}

const importFeed = (...files) => run('import', '--data', data, ...files);

test('the sample feeds are read without a refusal', { skip }, () => {
	const files = fs.readdirSync(samples).filter((f) => f.endsWith('.zip')).sort().map((f) => path.join(samples, f));
	const result = importFeed(...files);
	assert.equal(result.code, 0, result.out + result.err);
	assert.match(result.out, new RegExp(`^${files.length} of ${files.length} feeds are in force$`, 'm'));
	for (const file of files)
		assert.match(result.out, new RegExp(`^${path.basename(file, '.zip')}: imported as version 1, published by `, 'm'));
	assert.ok(!result.out.includes('refused rows'), result.out);
	const again = importFeed(files[0]);
	assert.equal(again.code, 0);
	assert.match(again.out, /^[a-z-]+: the same bytes are in force already, as version 1/);
});

test('the table names each file, its rows and the rows left out', { skip }, () => {
	const rules = Array.from({ length: 8 }, () => 'F1,R1,a,b').join('\n');
	const result = importFeed(zip({
		'fare_rules.txt': `fare_id,route_id,origin_id,destination_id\n${rules}\nF9,R1,a,b\n`,
		'stops.txt': `${FEED['stops.txt']}C,丙,95.0,130.1,c\nD,丁\n${'EFGHIJ'.split('').map((s) =>
			`${s},停,33.5,130.5,z\n`).join('')}`,
	}));
	const { head, files, lines } = tableOf(result.out);
	assert.equal(result.code, 0, result.out);
	assert.match(head, /^feed-\d+: imported as version 1, published by Tester$/);
	assert.deepEqual(files, {
		'feed_info.txt': [1, 0], 'agency.txt': [2, 0], 'stops.txt': [10, 2], 'routes.txt': [2, 0],
		'fare_attributes.txt': [2, 0], 'fare_rules.txt': [9, 1],
	});
	for (const row of [/stops\.txt:4 +OUT_OF_RANGE +.*stop_lat "95\.0"/, /stops\.txt:5 +TOO_FEW_FIELDS /,
		/fare_rules\.txt:10 +UNKNOWN_FARE +.*"F9"/])
		assert.ok(lines.some((line) => row.test(line)), `${row}\n${result.out}`);
});

/* What is odd and read: each trap by its name in the table. */
const BOM = '\ufeff';
const TRAPS = [
	// name in the table, the files that have it
	['BYTE_ORDER_MARK', { 'agency.txt': BOM + FEED['agency.txt'] }, /agency\.txt:1/],
	['TRIMMED_SPACES', { 'agency.txt': 'agency_id,agency_name\n3000020401307 ,一\n8000020401005,二\n' }, /agency\.txt:2/],
	['SAME_LEGAL_ENTITY', { 'agency.txt':
		'agency_id,agency_name\n3000020401307 ,一\n3000020401307_0,二\n8000020401005,三\n' }, /3000020401307_0/],
	['YEN_WITH_ZEROS', { 'fare_attributes.txt': FEED['fare_attributes.txt'].replace('100', '100.00') },
		/fare_attributes\.txt:2/],
	['RULE_WITHOUT_PLACES', { 'fare_rules.txt': 'fare_id,route_id,origin_id,destination_id\nF1,R1,,\nF2,R2,,\n' },
		/fare_rules\.txt:2/],
	['NO_FARES', { 'fare_attributes.txt': null, 'fare_rules.txt': null }, /fare_attributes\.txt/],
	['MISSING_OPTIONAL_FILE', { 'feed_info.txt': null }, /feed_info\.txt/],
	['UNKNOWN_COLUMNS', { 'routes.txt': FEED['routes.txt'].replace(/$/gm, (m, at) =>
		(at === FEED['routes.txt'].length ? '' : at < 60 ? ',colour' : ',red')) }, /colour/],
	['OLD_FILE_NAME', { 'route_jp.txt': 'route_id,route_update_date,origin_stop,visi_stop,destination_stop\n'
		+ 'R1,20260401,甲,,乙\n' }, /route_jp\.txt/],
	['OLD_COLUMN_NAME', { 'route_jp.txt': 'route_id,route_update_date,origin_stop,visi_stop,destination_stop\n'
		+ 'R1,20260401,甲,,乙\n' }, /visi_stop/],
	['OLD_COLUMN_NAME', { 'translations.txt': 'trans_id,lang,translation\n甲,en,First\n' }, /lang/],
	['FEED_INFO_EMPTY', { 'feed_info.txt': 'feed_publisher_name,feed_publisher_url,feed_lang\n' }, /feed_info\.txt/],
];
test('what is odd is read, and named', { skip }, () => {
	const files = TRAPS.map(([, trap]) => zip(trap));
	const result = importFeed(...files);
	assert.equal(result.code, 0, result.out);
	const blocks = result.out.split(/^(?=feed-\d+: )/m);
	for (const [i, [code, , where]] of TRAPS.entries()) {
		const line = blocks[i].split('\n').find((l) => l.includes(` ${code} `) && where.test(l));
		assert.ok(line, `${code} ${where}\n${blocks[i]}`);
	}
});

test('both forms of translations are read', { skip }, () => {
	const old = zip({ 'translations.txt': 'trans_id,lang,translation\n甲,en,First\n乙,en,Second\n' });
	const now = zip({ 'translations.txt': 'table_name,field_name,language,translation,record_id\n'
		+ 'stops,stop_name,en,First,A\nstops,stop_name,en,Second,B\n' });
	const result = importFeed(old, now);
	assert.equal(result.code, 0, result.out);
	assert.equal([...result.out.matchAll(/translations\.txt +2 +0$/gm)].length, 2, result.out);
});

/* What is refused as a whole: nothing of it counts. */
const cp932 = Buffer.from([0x8e, 0x52, 0x8c, 0xfb]); // 山口
const REFUSED = [
	// why, the zip, its code, where
	['a text that calls itself a zip', () => Buffer.from('hello, this is no zip\n'), 'NOT_A_ZIP', /the zip/],
	['nothing', () => Buffer.alloc(0), 'NOT_A_ZIP', /the zip/],
	['half a zip', () => { const b = fs.readFileSync(zip({})); return b.subarray(0, b.length >> 1); },
		/NOT_A_ZIP|ZIP_DAMAGED/, /the zip/],
	['a zip bomb', () => fs.readFileSync(zip({ 'stops.txt': Buffer.alloc(8 << 20) })), 'ZIP_BOMB', /the zip/],
	['CP932 bytes', () => fs.readFileSync(zip({ 'stops.txt': Buffer.concat([
		Buffer.from('stop_id,stop_name,stop_lat,stop_lon,zone_id\nA,'), cp932, Buffer.from(',33.1,130.1,a\n')]) })),
	'NOT_UTF8', /stops\.txt:2/],
	['no agency.txt', () => fs.readFileSync(zip({ 'agency.txt': null })), 'MISSING_FILE', /agency\.txt/],
	['a column missing', () => fs.readFileSync(zip({ 'stops.txt': 'stop_id,stop_name\nA,甲\n' })), 'MISSING_COLUMN',
		/stops\.txt:1/],
	['rows with too few columns', () => fs.readFileSync(zip({ 'stops.txt':
		'stop_id,stop_name,stop_lat,stop_lon\nA\nB,乙\nC,丙,33.1,130.1\n' })), 'TOO_MANY_ROWS_REFUSED', /stops\.txt/],
	['numbers out of range', () => fs.readFileSync(zip({ 'fare_attributes.txt':
		'fare_id,price,currency_type,payment_method\nF1,99999999,JPY,0\nF2,-1,JPY,0\n' })), /NO_ROWS|TOO_MANY_ROWS_REFUSED/,
	/fare_attributes\.txt/],
	['a quote never closed', () => fs.readFileSync(zip({ 'routes.txt': 'route_id,route_type\n"R1,3\n' })), 'BAD_QUOTES',
		/routes\.txt/],
];
test('what cannot be read is refused with a clear text, and the others go in', { skip }, () => {
	const good = zip({});
	for (const [why, bytes, code, where] of REFUSED) {
		const file = path.join(root, 'refused.zip');
		fs.writeFileSync(file, bytes());
		const result = importFeed(file);
		const lines = result.out.split('\n');
		assert.equal(result.code, 1, `${why}: ${result.out}`);
		assert.equal(lines[0], 'refused: REFUSED, nothing changed', why);
		assert.match(lines[1], where, `${why}: ${result.out}`);
		assert.match(lines[1], typeof code === 'string' ? new RegExp(` ${code} `) : code, `${why}: ${result.out}`);
		assert.ok(lines[1].trim().split(/\s+/).length > 4, `words for people: ${result.out}`);
		assert.match(result.out, /^0 of 1 feeds are in force$/m);
	}
	const both = importFeed(path.join(root, 'refused.zip'), good);
	assert.equal(both.code, 1);
	assert.match(both.out, /^1 of 2 feeds are in force$/m);
});

test('a refused feed leaves the one in force as it was', { skip }, () => {
	const file = path.join(root, 'stays.zip');
	fs.copyFileSync(zip({}), file);
	assert.match(importFeed(file).out, /^stays: imported as version 1/);
	fs.writeFileSync(file, 'no zip any more');
	assert.equal(importFeed(file).code, 1);
	fs.copyFileSync(zip({ 'stops.txt': `${FEED['stops.txt']}C,丙,33.3,130.3,c\n` }), file);
	assert.match(importFeed(file).out, /^stays: imported as version \d/);
});

test('what is no file, or no id, is said', { skip }, () => {
	const cases = [
		// arguments, text
		[[path.join(root, 'none.zip')], /none\.zip: REFUSED, No such file/],
		[[root], /REFUSED, not a file/],
		[[path.join(root, '.zip')], /REFUSED, its name gives no feed id/],
		[[], /name one or more GTFS-JP zips/],
	];
	for (const [args, text] of cases) {
		const result = importFeed(...args);
		assert.equal(result.code, 1);
		assert.match(result.out + result.err, text);
	}
	const nowhere = run('import', path.join(root, 'none.zip'));
	assert.equal(nowhere.code, 1);
	assert.match(nowhere.err, /say --data DIR/);
});

test('a feed of 120,000 fare rules and two agencies', { skip }, () => {
	const stops = Array.from({ length: 400 }, (_, i) => `S${i},停留所${i},33.${1000 + i},130.${1000 + i},z${i}`);
	const fares = Array.from({ length: 300 }, (_, i) => `F${i},${100 + 10 * i},JPY,0`);
	const rules = Array.from({ length: RULES_OF_A_LARGE_FEED }, (_, i) =>
		`F${i % 300},R${1 + (i % 2)},z${Math.floor(i / 2 / 300) % 400},z${Math.floor(i / 2) % 300}`);
	const result = importFeed(zip({
		'stops.txt': `stop_id,stop_name,stop_lat,stop_lon,zone_id\n${stops.join('\n')}\n`,
		'fare_attributes.txt': `fare_id,price,currency_type,payment_method\n${fares.join('\n')}\n`,
		'fare_rules.txt': `fare_id,route_id,origin_id,destination_id\n${rules.join('\n')}\n`,
	}));
	assert.equal(result.code, 0, result.out);
	assert.deepEqual(tableOf(result.out).files['fare_rules.txt'], [RULES_OF_A_LARGE_FEED, 0]);
});

test('the real feeds are read, each trap named', { skip: skipShared }, () => {
	const files = fs.readdirSync(shared).filter((f) => f.endsWith('.zip')).sort().map((f) => path.join(shared, f));
	const result = importFeed(...files);
	assert.equal(result.code, 0, result.out);
	assert.match(result.out, new RegExp(`^${files.length} of ${files.length} feeds are in force$`, 'm'));
	const traps = [
		// feed, what it is known to do
		['fukuoka-city-ferry', 'BYTE_ORDER_MARK'],
		['fukuoka-city-ferry', 'TRIMMED_SPACES'],
		['fukuoka-city-subway', 'SAME_LEGAL_ENTITY'],
		['itoshima-city-ferry', 'RULE_WITHOUT_PLACES'],
		['kama-city-bus', 'OLD_FILE_NAME'],
		['kama-city-bus', 'OLD_COLUMN_NAME'],
		['kama-city-bus', 'UNKNOWN_COLUMNS'],
		['kasuya-town-bus', 'NO_FARES'],
		['kitakyushu-city-ferry', 'FEED_INFO_EMPTY'],
	];
	const blocks = new Map(result.out.split(/^(?=[a-z-]+: )/m).map((b) => [b.split(':')[0], b]));
	for (const [feed, trap] of traps) assert.match(blocks.get(feed), new RegExp(` ${trap} `), feed);
	assert.match(blocks.get('fukuoka-city-subway'), /fare_rules\.txt +1122 +0$/m);
});

test('a folder into which feeds were imported can still be made a house', { skip }, () => {
	const made = run('init', '--data', data, '--insecure-key');
	assert.equal(made.code, 0, made.err);
	assert.match(made.out, /^hk_[A-Za-z0-9_-]{43}\n$/);
});
