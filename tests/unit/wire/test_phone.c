/* SPDX-License-Identifier: MIT */
#include "ringdown/wire/phone.h"

#include "wire_test.h"

static void test_e164(void **state)
{
	(void)state;
	assert_true(phone_is_e164(STR("+14155550100")));
	assert_true(phone_is_e164(STR("+2901234")));
	assert_false(phone_is_e164(STR("14155550100")));
	assert_false(phone_is_e164(STR("+04155550100")));
	assert_false(phone_is_e164(STR("+1415555010a")));
	assert_false(phone_is_e164(STR("+1234567890123456")));
	assert_false(phone_is_e164(STR("+")));
	assert_false(phone_is_e164(STR("")));
}

static void test_country(void **state)
{
	static const struct {
		const char *number, *country;
	} cases[] = {
		{"+14155550100", "US"}, {"+14165550100", "CA"}, {"+18765550100", "JM"}, {"+18005550100", "US"},
		{"+442079460000", "GB"}, {"+4930123456", "DE"}, {"+35312345678", "IE"}, {"+77012345678", "KZ"},
		{"+79123456789", "RU"}, {"+420123456789", "CZ"}, {"+80012345678", ""}, {"+99912345678", ""}, {"911", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_view(phone_country(str_of(cases[i].number)), cases[i].country);
}

static void test_emergency(void **state)
{
	static const char *const yes[] = {"911", "+911", "+1911", "9-1-1", "112", "1 1 2", "999", "000", "988"};
	static const char *const no[] = {"", "+14155550911", "9110", "411", "+19115550100"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(phone_is_emergency(str_of(yes[i])));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(phone_is_emergency(str_of(no[i])));
}

static void test_allowed(void **state)
{
	(void)state;
	assert_true(phone_is_allowed(STR("+14155550100"), STR("US, CA")));
	assert_true(phone_is_allowed(STR("+14165550100"), STR("US CA")));
	assert_false(phone_is_allowed(STR("+18765550100"), STR("US CA")));
	assert_false(phone_is_allowed(STR("+442079460000"), STR("US CA")));
	assert_true(phone_is_allowed(STR("+442079460000"), STR("")));
	assert_false(phone_is_allowed(STR("+449098790000"), STR("")));
	assert_false(phone_is_allowed(STR("+19005550100"), STR("US")));
	assert_false(phone_is_allowed(STR("+80012345678"), STR("US")));
	assert_false(phone_is_allowed(STR("911"), STR("")));
}

static void test_withheld(void **state)
{
	(void)state;
	assert_true(phone_is_withheld(STR("anonymous")));
	assert_true(phone_is_withheld(STR("+266696687")));
	assert_true(phone_is_withheld(STR("")));
	assert_false(phone_is_withheld(STR("+14155550100")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_e164),
		cmocka_unit_test(test_country),
		cmocka_unit_test(test_emergency),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_withheld),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
