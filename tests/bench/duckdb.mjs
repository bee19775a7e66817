// tests/bench/duckdb.mjs - the peer of `hitotsu settle`: DuckDB divides the same month by the same
// rule on two threads. Its figures are compared, and its answer must be the same to the byte.
//
//   node duckdb.mjs DIR     reads DIR/tickets.csv and DIR/rides.csv, writes DIR/peer.csv and
//                           prints the milliseconds that the division took
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const require = createRequire(join(process.env.HITOTSU_BENCH_NPM, '/'));
const { DuckDBInstance } = require('@duckdb/node-api');

// Commission 5 % and council fee 2 % of what was earned, rounded down; the rest by deemed fare,
// largest remainder, ties by operator.
const DIVIDE = `
	with carried as (
		select ticket, operator, sum(fare)::bigint as weight from rides group by ticket, operator
	), parts as (
		select c.ticket, operator, weight,
			earned - earned * 500 // 10000 - earned * 200 // 10000 as left_yen,
			sum(weight) over (partition by c.ticket)::bigint as total
		from carried c join tickets t on t.ticket = c.ticket
	), floors as (
		select ticket, operator, weight, left_yen,
			left_yen * weight // total as base, left_yen * weight % total as remainder
		from parts
	), ranked as (
		select operator, weight, base,
			left_yen - sum(base) over (partition by ticket)::bigint as over_yen,
			row_number() over (partition by ticket order by remainder desc, operator) as rank
		from floors
	)
	select 'bench-operator-' || lpad(operator::varchar, 2, '0'), count(*)::bigint as tickets, sum(weight)::bigint as fares,
		sum(base + case when rank <= over_yen then 1 else 0 end)::bigint as share
	from ranked group by operator order by operator`;

const dir = process.argv[2];
const database = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await database.connect();
await connection.run(`create table tickets as select * from read_csv('${dir}/tickets.csv',
	columns = {'ticket': 'bigint', 'earned': 'bigint'}, header = false)`);
await connection.run(`create table rides as select * from read_csv('${dir}/rides.csv',
	columns = {'ticket': 'bigint', 'operator': 'smallint', 'fare': 'bigint'}, header = false)`);
const begun = process.hrtime.bigint();
const answer = await connection.runAndReadAll(DIVIDE);
const rows = answer.getRows();
const taken = process.hrtime.bigint() - begun;
writeFileSync(join(dir, 'peer.csv'), rows.map((row) => `${row.join(',')}\n`).join(''));
console.log(Number(taken / 1000000n));
