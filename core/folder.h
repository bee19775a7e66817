/* core/folder.h - a folder of data that one program at a time may hold. */
#ifndef CORE_FOLDER_H
#define CORE_FOLDER_H

#include "core/base.h"

/* Makes it, for its owner's eyes only, where it is not. False: errno says why. */
MUSTCHECK bool folder_make(const char *dir);
/* The names in it are on disk. False: errno says why. */
MUSTCHECK bool folder_sync(const char *dir);
/* Holds it by its file "lock" until the descriptor returned is closed or the program ends, however
 * it ends. -1: errno says why; EWOULDBLOCK when another holds it, *holder its process (0: not
 * known). */
MUSTCHECK int folder_lock(long *holder, const char *dir);
/* Bytes that may still be written beside the open file `fd`. */
uint64_t folder_room(int fd);

#endif
