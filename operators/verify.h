/* operators/verify.h - a gate's offline check on the command line: a thin user of hitotsu_gate.h,
 * as a gate's own program is.
 */
#ifndef OPERATORS_VERIFY_H
#define OPERATORS_VERIFY_H

#define VERIFY_USAGE                                                                               \
	"--gate-file FILE --bundle FILE... [--keys FILE] --kind KIND [--at TIME]\n"                \
	"                [--riders N] [--stop ID] [--service ID] [--ask] CODE...\n"                \
	"                | --gate-file FILE (--queue | --done N)"

/* `hitotsu verify`: its arguments, argv[0] being "verify". The exit code: 0 all admitted, 3 one was
 * not, 1 no verdict, 2 asked wrongly. */
int verify_command(int argc, char **argv);

#endif
