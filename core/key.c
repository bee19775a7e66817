/* core/key.c - without it a tenth of what a scan costs would be printf's. */
#include "core/key.h"

#include "core/codec.h"

#include <stdio.h>

static void put_hex(struct writer *w, unsigned number, unsigned digits)
{
	unsigned most = 2 * (unsigned)sizeof(number);

	while (digits < most && number >> 4 * digits != 0)
		digits++;
	while (digits-- > 0)
		write_u8(w, (uint8_t) "0123456789abcdef"[number >> 4 * digits & 15]);
}

/* What stands behind a '%'. False: not one of those. */
static bool put_one(struct writer *w, const char **at, va_list *args)
{
	const char *mark = *at;
	unsigned digits = 0;
	long long number;

	if (mark[0] == 's') {
		*at = mark + 1;
		write_text(w, va_arg(*args, const char *));
		return true;
	}
	if (mark[0] != '0')
		return false;
	for (mark++; *mark >= '0' && *mark <= '9'; mark++)
		digits = digits * 10 + (unsigned)(*mark - '0');
	if (mark[0] == 'x' && digits <= 2 * sizeof(unsigned)) {
		*at = mark + 1;
		put_hex(w, va_arg(*args, unsigned), digits);
		return true;
	}
	if (mark[0] != 'l' || mark[1] != 'l' || mark[2] != 'd' || digits > 20)
		return false;
	number = va_arg(*args, long long);
	*at = mark + 3;
	write_decimal(w, (uint64_t)number, digits);
	return number >= 0;
}

static bool put_all(struct writer *w, const char *format, va_list *args)
{
	for (const char *at = format; *at != '\0';) {
		if (*at != '%')
			write_u8(w, (uint8_t)*at++);
		else if (at++, !put_one(w, &at, args))
			return false;
	}
	return true;
}

size_t key_print(char out[STORE_KEY_SIZE_MAX + 1], const char *format, va_list args)
{
	struct writer w = { .data = (uint8_t *)out, .size = STORE_KEY_SIZE_MAX };
	va_list again;
	int size;

	va_copy(again, args);
	if (put_all(&w, format, &again)) {
		MUST(!w.failed && w.used > 0);
		out[w.used] = '\0';
		va_end(again);
		return w.used;
	}
	va_end(again);
	size = vsnprintf(out, STORE_KEY_SIZE_MAX + 1, format, args);
	MUST(size > 0 && size <= STORE_KEY_SIZE_MAX);
	return (size_t)size;
}
