/* operators/founding.h - what stands in a store before anything is served: keys, the council's
 * first token, the riders' categories and the plan's targets. Blocks, turning the store's loop: for
 * the command line.
 */
#ifndef OPERATORS_FOUNDING_H
#define OPERATORS_FOUNDING_H

#include "core/token.h"

/* Into an empty store. passphrase empty: insecure keys, for demos. key_of_old: the first keys are
 * in force from 1970, for a manual clock. Out: the token's text. NULL, or why not. */
MUSTCHECK const char *founding_init(char token[TOKEN_TEXT_SIZE], struct store *, time_ms now,
				    struct slice passphrase, bool key_of_old, struct arena *);
/* Whose token may be asked for: a role's name and, where it has one, the subject (or NULL). NULL:
 * fine; else why not. */
MUSTCHECK const char *founding_role(enum call_role *out, const char *role, const char *subject);
/* One more token. False: the store did not take it. */
MUSTCHECK bool founding_token(char text[TOKEN_TEXT_SIZE], struct store *, time_ms now,
			      enum call_role, const char *subject, struct arena *);

#endif
