/* tests/key_test.c - keys as printf writes them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/key.h"

__attribute__((format(printf, 1, 2))) static void check(const char *format, ...)
{
	char ours[STORE_KEY_SIZE_MAX + 1], wanted[STORE_KEY_SIZE_MAX + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(wanted, sizeof(wanted), format, args);
	va_end(args);
	va_start(args, format);
	assert_int_equal(key_print(ours, format, args), strlen(wanted));
	va_end(args);
	assert_string_equal(ours, wanted);
}

static void test_as_printf(void **state)
{
	(void)state;
	check("bookk/state");
	check("use/%s", "0191e7a2");
	check("use/%s/offline", "0191e7a2");
	check("empty/%s", "");
	check("prodver/%04x/%04x", 0x1au, 0xffffu);
	check("wide/%02x", 0x12345u);
	check("wide/%08x", 0xffffffffu);
	check("zero/%04x/%013lld", 0u, 0ll);
	check("oscan/%s/%013lld/%s", "bus-1", 1764000000000ll, "ff");
	check("past/%010lld", 99999999999ll);
	check("below/%010lld/%s", -5ll, "x"); /* printf's own from here on. */
	check("due/%06d/%s", 123, "y");
	check("post/%010lld/%s/%03zu", 5ll, "z", (size_t)7);
	check("cut/%.*s", 2, "abc");
	check("half/%%/%s", "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_as_printf) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
