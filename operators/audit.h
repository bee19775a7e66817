/* operators/audit.h - `hitotsu audit`: what an outsider does with the log. It asks a server over
 * HTTP as anybody may, or a store's folder by itself; it believes neither.
 */
#ifndef OPERATORS_AUDIT_H
#define OPERATORS_AUDIT_H

#define AUDIT_USAGE                                                                                \
	"(key | receipt FILE | cosign --witness URL) (--server URL | --data DIR) [--log VKEY]\n"   \
	"                  witness --name NAME --key FILE --data DIR --listen HOST:PORT --log "    \
	"VKEY... [--ready-file FILE]"

/* argv[0] is "audit". Returns the exit code: 0 as it should be, 1 cannot be told, 2 asked wrongly,
 * 3 the log left something out (evidence on standard output), 4 too early to tell. */
int audit_command(int argc, char **argv);

#endif
