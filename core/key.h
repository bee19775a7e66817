/* core/key.h - the text of a record's key, written by a format. */
#ifndef CORE_KEY_H
#define CORE_KEY_H

#include <stdarg.h>

#include "core/store.h"

/* As vsnprintf, whose formats it takes, and asserted to fit; returns the size. A command names a
 * dozen keys, some of them several times: what nearly all of them say, %s, %04x and %013lld, is
 * written here. */
__attribute__((format(printf, 2, 0))) size_t key_print(char out[STORE_KEY_SIZE_MAX + 1],
						       const char *format, va_list);

#endif
