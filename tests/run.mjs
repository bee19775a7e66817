// tests/run.mjs - runs the black-box tests, two files at a time: each has servers of its own, and
// most of their time is waiting.
//
//   node tests/run.mjs FILE...
import { run } from 'node:test';
import { tap } from 'node:test/reporters';

const files = process.argv.slice(2);
if (files.length === 0) {
	console.error('run.mjs FILE...');
	process.exit(2);
}
run({ files, concurrency: 2 })
	.on('test:fail', () => { process.exitCode = 1; })
	.compose(tap)
	.pipe(process.stdout);
