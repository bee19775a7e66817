/* tests/fuzz/fuzz.h - what the fuzz targets share: a world that is the same in each run, and the
 * fuzzer's door. Each target says in MUST what holds for every byte sequence there is.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "core/codec.h"
#include "qr/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_AT_S = 0x6a200100 };

/* A key for each use, of fixed seeds; and a phone's. Made once. */
const struct keyring *fuzz_ring(void);
const struct keyring_key *fuzz_key(enum key_use);
const struct sign_key *fuzz_phone(void);

#endif
