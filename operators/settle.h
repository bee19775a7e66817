/* operators/settle.h - a month divided again on the command line: from a store that no server has
 * open, beside what its books say; or from a sheet of rides (operators/ride_sheet.h).
 *
 * From a store it takes each ticket's record split/ of the month: price, rule version and what each
 * operator did; not what it got. All of them are divided again by fares/sharing, and so is each
 * pool that the month's close divided. Held against the books are
 *   each line of rides (line/): amount, tickets, boardings, riders, deemed fare; tax classes
 *   together, for what is divided has no class
 *   the month's totals (period/): of operators, partners and council
 *   each pool of the month's own tickets, as the sum of these
 * A ticket that an earlier period had divided counts by the difference to its record there; so does
 * a pool, which is divided by its own record.
 *
 * It takes on trust: the rides in split/ (`hitotsu-audit` has them from the log), what earlier
 * periods had posted, and whose minimum or share had ended because it had left. Gross revenue,
 * commission and fees by line, claims, corrections and losses are not divided here.
 */
#ifndef OPERATORS_SETTLE_H
#define OPERATORS_SETTLE_H

#define SETTLE_USAGE                                                                               \
	"--data DIR --period YYYY-MM [--rule FILE.json] [--sheet FILE] [--threads N]\n"           \
	"                or --sheet FILE [--threads N]"

/* `hitotsu settle`: its arguments, argv[0] being "settle".
 *
 * With --data: a line of CSV for each line of the month, with what is stored, what it is now, and
 * "agrees" or where it differs. --rule divides the tickets under that rule's rule_id by it instead,
 * pools too, by what the month's tickets put in. --sheet keeps the sheet. The exit code: 0 all
 * agree to the yen, 1 some do not, 2 asked wrongly or nothing could be read.
 *
 * With --sheet alone: 0 divided, 1 the sheet is no good, 2 asked wrongly. Prints a line an operator
 * and kind:
 *   product number,version,month of the rides,rule,version,operator,tickets,boardings,riders,
 *   deemed fare,share
 *
 * Both say on standard error how long it took and the most memory that it held. */
int settle_command(int argc, char **argv);

#endif
