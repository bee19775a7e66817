/* tests/fuzz/fuzz_sheet.c - any file as a sheet of rides: it is refused, found damaged, or divided to
 * the yen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "operators/recompute.h"

#include "tests/fuzz/fuzz.h"

static void divide(const struct sheet *sheet)
{
	const struct sheet_header *header = &sheet->header;
	struct recompute done;

	if (recompute_run(&done, sheet, 1)) {
		for (size_t kind = 0; kind < header->kind_count; kind++) {
			const struct recompute_whole *whole = &done.whole[kind];
			yen given = whole->commission_yen + whole->payment_fee_yen +
				    whole->council_fee_yen + whole->unused_yen + whole->pool_yen;

			for (size_t i = 0; i < header->operator_count; i++)
				given += done.sums[kind * header->operator_count + i].share_yen;
			MUST(given == whole->earned_yen);
		}
	}
	recompute_close(&done);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sheet sheet;
	char path[64], error[SHEET_ERROR_SIZE];
	int file = memfd_create("sheet", MFD_CLOEXEC);

	MUST(file >= 0 && write(file, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (sheet_open(&sheet, path, error))
		divide(&sheet);
	sheet_close(&sheet);
	close(file);
	return 0;
}
