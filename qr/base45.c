/* qr/base45.c - without it a ticket would fill a QR code half as large again, and one ticket could
 * be written in many ways. Pure.
 */
#include "qr/base45.h"

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

enum { BASE = 45, NO_DIGIT = 255 };

size_t base45_encode(char *out, size_t out_size, struct slice from)
{
	size_t used = 0;

	MUST(from.size < SIZE_MAX / 4 && out_size >= BASE45_TEXT_SIZE(from.size));
	for (size_t i = 0; i < from.size; i += 2) {
		bool pair = i + 1 < from.size;
		uint32_t value =
		    pair ? (uint32_t)from.data[i] << 8 | from.data[i + 1] : from.data[i];

		for (size_t digits = pair ? 3 : 2; digits > 0; digits--) {
			out[used++] = alphabet[value % BASE];
			value /= BASE;
		}
	}
	out[used] = '\0';
	return used;
}

/* From the space to 'Z': a character's place in the alphabet and one; 0: it is not there. A search
 * for each would cost a gate more than all the rest of reading a code but the signature. */
static const uint8_t places['Z' - ' ' + 1] = {
	37, 0,  0,  0,  38, 39, 0,  0,  0,  0,  40, 41, 0,  42, 43, 44, 1,  2,  3,  4,
	5,  6,  7,  8,  9,  10, 45, 0,  0,  0,  0,  0,  0,  11, 12, 13, 14, 15, 16, 17,
	18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
};

static uint8_t digit_value(uint8_t c)
{
	return c < ' ' || c > 'Z' ? NO_DIGIT : (uint8_t)(places[c - ' '] - 1);
}

/* The least digit stands first. */
static bool digits_value(uint32_t *out, const uint8_t *digits, size_t count)
{
	uint32_t value = 0;

	for (size_t i = count; i > 0; i--) {
		uint8_t digit = digit_value(digits[i - 1]);

		if (digit == NO_DIGIT)
			return false;
		value = value * BASE + digit;
	}
	*out = value;
	return true;
}

bool base45_decode(uint8_t *out, size_t *used, size_t out_size, struct slice text)
{
	*used = 0;
	if (text.size % 3 == 1 || text.size / 3 * 2 + text.size % 3 / 2 > out_size)
		return false;
	for (size_t i = 0; i < text.size; i += 3) {
		size_t count = text.size - i < 3 ? 2 : 3;
		uint32_t value;

		if (!digits_value(&value, text.data + i, count) ||
		    value > (count == 3 ? 0xffff : 0xff))
			return false;
		if (count == 3)
			out[(*used)++] = (uint8_t)(value >> 8);
		out[(*used)++] = (uint8_t)value;
	}
	return true;
}
