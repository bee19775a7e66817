/* core/base.c - how the program stops when it finds itself wrong. Without it a broken invariant
 * would go on and be written to disk.
 */
#include "core/base.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void must_fail(const char *cond, const char *file, int line)
{
	fprintf(stderr, "{\"level\":\"fatal\",\"must\":\"%s\",\"file\":\"%s\",\"line\":%d}\n", cond,
		file, line);
	abort();
}
