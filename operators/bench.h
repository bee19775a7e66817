/* operators/bench.h - how fast the program is, measured against itself: each figure is a ratio of
 * two things done in turn on the same machine, so that it can be compared with another machine's.
 */
#ifndef OPERATORS_BENCH_H
#define OPERATORS_BENCH_H

#define BENCH_USAGE                                                                                \
	"--data DIR [--quick] [--tickets N] [--growth SMALL,LARGE] [--runs N] [--time-ms N]\n"     \
	"                [--rate N] [--only NAME,...] [--commit ID] [--out FILE] [--peer SCRIPT]"

/* `hitotsu bench`: its arguments, argv[0] being "bench". The exit code. */
int bench_command(int argc, char **argv);

#endif
