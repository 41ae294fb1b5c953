/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers and sizes as text: what the parsers accept and refuse, what the formatters write, and
 * that reading what was written gives the same value. Sums saturate and do not wrap.
 */
#include "core/base/size.h"

#include "tests/unit/unit.h"

#define UNTOUCHED UINT64_C(4711)

typedef int (*parser)(const char *, uint64_t *, struct dsfit_error *);

static int parse_small(const char *text, uint64_t *out, struct dsfit_error *err)
{
	return dsfit_parse_number(text, 1, 100, out, err);
}

static int parse_any(const char *text, uint64_t *out, struct dsfit_error *err)
{
	return dsfit_parse_number(text, 0, UINT64_MAX, out, err);
}

#define LONG_DIGITS "1234567890123456789012345678901234567890123456789012345678901234567890"

START_TEST(refused)
{
	static const char *const everywhere[] = {
		"", " ", "-1", "+1", "-1B", "nan", "inf", "1e5", "1e5B", "0x10", "0x10B", ".", "..",
		"B", "GB", "1..5G", "1.5.5B", "1,5B", "13X", "13BB", "13 B B", "ten", "\xc2\xbd",
		"1\n", "13B\n", " 13B", "\t1", LONG_DIGITS, LONG_DIGITS "B", LONG_DIGITS "GB",
		LONG_DIGITS "Gbps",
	};
	static const struct {
		parser parse;
		const char *accepted;
		const char *own[12];
	} parsers[] = {
		{ dsfit_parse_count, "must be a size such as 350M",
		  { "0", "0B", "0.0M", "0.4", "99999999B", "1001T", "1000.1T", "80GB", "7GiB",
		    "2P", "0000000000000000001.50B" } },
		{ dsfit_parse_bytes, "must be a size such as 512MiB",
		  { "2EB", "1025PiB", "1153PB", "99999999PB", "10Gbps", "13E", "5GiBs",
		    "1152921504606846977000" } },
		{ dsfit_parse_bytes_with_unit, "must be a size",
		  { "80", "0", "1.5", "80 ", "10Gbps" } },
		{ dsfit_parse_rate, "must be a rate such as 25Gbps",
		  { "25", "0", "25GB", "25GiB", "25bps", "1001Tbps", "25Gb", "25 G bps" } },
		{ parse_small, "must be a whole number from 1 to 100",
		  { "0", "101", "1.5", "5.", "1 ", "18446744073709551617", "99999999B" } },
	};

	for (size_t p = 0; p < DSFIT_ARRAY_SIZE(parsers); p++) {
		const size_t common = DSFIT_ARRAY_SIZE(everywhere);

		for (size_t i = 0; i < common + DSFIT_ARRAY_SIZE(parsers[p].own); i++) {
			const char *text = i < common ? everywhere[i] : parsers[p].own[i - common];
			struct dsfit_error err = { "" };
			uint64_t out = UNTOUCHED;

			if (!text)
				break;
			ck_assert_msg(parsers[p].parse(text, &out, &err) == -1,
				      "parser %zu takes \"%s\" as %llu", p, text,
				      (unsigned long long)out);
			ck_assert_uint_eq(out, UNTOUCHED);
			unit_assert_has(err.text, parsers[p].accepted);
			/* The error quotes characters that are not printable ASCII as "?". */
			if (!strpbrk(text, "\n\t\xc2"))
				unit_assert_begins(err.text, text);
			ck_assert_ptr_null(strchr(err.text, '\n'));
			/* A caller need not ask for the line. */
			ck_assert_int_eq(parsers[p].parse(text, &out, NULL), -1);
		}
	}
}
END_TEST

START_TEST(accepted)
{
	static const struct {
		parser parse;
		const char *text;
		uint64_t value;
	} vectors[] = {
		{ dsfit_parse_count, "350M", 350000000 },
		{ dsfit_parse_count, "0.6B", 600000000 },
		{ dsfit_parse_count, "13b", 13000000000 },
		{ dsfit_parse_count, "13 B", 13000000000 },
		{ dsfit_parse_count, "1.1T", 1100000000000 },
		{ dsfit_parse_count, "0.1B", 100000000 },
		{ dsfit_parse_count, "7.24B", 7240000000 },
		{ dsfit_parse_count, "700k", 700000 },
		{ dsfit_parse_count, "1", 1 },
		{ dsfit_parse_count, "6738415616", 6738415616 },
		{ dsfit_parse_count, "1000T", 1000000000000000 },
		{ dsfit_parse_count, "560B", 560000000000 },
		{ dsfit_parse_bytes, "0", 0 },
		{ dsfit_parse_bytes, "1", 1 },
		{ dsfit_parse_bytes, "17B", 17 },
		{ dsfit_parse_bytes, "80GB", 80000000000 },
		{ dsfit_parse_bytes, "80GiB", 80 * DSFIT_GIB },
		{ dsfit_parse_bytes, "80gib", 80 * DSFIT_GIB },
		{ dsfit_parse_bytes, "80G", 80 * DSFIT_GIB },
		{ dsfit_parse_bytes, "80 GB", 80000000000 },
		{ dsfit_parse_bytes, "1.5TB", 1500000000000 },
		{ dsfit_parse_bytes, "1.5T", 1536 * DSFIT_GIB },
		{ dsfit_parse_bytes, "512MiB", 512 * DSFIT_MIB },
		{ dsfit_parse_bytes, "512m", 512 * DSFIT_MIB },
		{ dsfit_parse_bytes, "64KB", 64000 },
		{ dsfit_parse_bytes, "64K", 64 * DSFIT_KIB },
		{ dsfit_parse_bytes, "2PB", 2000000000000000 },
		{ dsfit_parse_bytes, "1024PiB", UINT64_C(1) << 60 },
		{ dsfit_parse_mebibytes, "64", 64 * DSFIT_MIB },
		{ dsfit_parse_mebibytes, "64G", 64 * DSFIT_GIB },
		{ dsfit_parse_bytes_with_unit, "80GB", 80000000000 },
		{ dsfit_parse_bytes_with_unit, "17B", 17 },
		{ dsfit_parse_rate, "25Gbps", 25000000000 },
		{ dsfit_parse_rate, "100 Gbps", 100000000000 },
		{ dsfit_parse_rate, "800Mbps", 800000000 },
		{ dsfit_parse_rate, "1.6Tbps", 1600000000000 },
		{ dsfit_parse_rate, "10g", 10000000000 },
		{ parse_small, "1", 1 },
		{ parse_small, "007", 7 },
		{ parse_small, "100", 100 },
		{ parse_any, "0", 0 },
		{ parse_any, "18446744073709551615", UINT64_MAX },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_error err = { "" };
		uint64_t out = UNTOUCHED;

		ck_assert_msg(vectors[i].parse(vectors[i].text, &out, &err) == 0, "%s", err.text);
		ck_assert_msg(out == vectors[i].value, "%s is %llu", vectors[i].text,
			      (unsigned long long)out);
		ck_assert_str_eq(err.text, "");
	}
}
END_TEST

START_TEST(decimals)
{
	static const char *const wrong[] = { "", "-1", "nan", "inf", "1e1", "0x2", "1.5x", "0.99",
					     "100.1", "1,5", " 2", LONG_DIGITS };
	static const struct {
		const char *text;
		double value;
	} right[] = { { "1", 1 }, { "1.5", 1.5 }, { "4.76", 4.76 }, { "82.6", 82.6 },
		      { "1.74", 1.74 }, { "100", 100 }, { "2.", 2 } };
	struct dsfit_error err;
	double out = -3;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(wrong); i++) {
		ck_assert_int_eq(dsfit_parse_decimal(wrong[i], 1, 100, &out, &err), -1);
		unit_assert_has(err.text, "must be a number from 1 to 100");
		ck_assert_double_eq(out, -3);
	}
	/* The result is the nearest double, so prices are printed as they were typed. */
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(right); i++) {
		ck_assert_int_eq(dsfit_parse_decimal(right[i].text, 1, 100, &out, &err), 0);
		ck_assert_double_eq(out, right[i].value);
	}
}
END_TEST

START_TEST(saturates)
{
	const uint64_t top = UINT64_MAX;

	ck_assert_uint_eq(dsfit_add(top, 1), top);
	ck_assert_uint_eq(dsfit_add(top - 1, 1), top);
	ck_assert_uint_eq(dsfit_add(top, top), top);
	ck_assert_uint_eq(dsfit_add(2, 3), 5);
	ck_assert_uint_eq(dsfit_mul(top, 2), top);
	ck_assert_uint_eq(dsfit_mul(UINT64_C(1) << 32, UINT64_C(1) << 32), top);
	ck_assert_uint_eq(dsfit_mul(top, 0), 0);
	ck_assert_uint_eq(dsfit_mul(top, 1), top);
	ck_assert_uint_eq(dsfit_sub(3, 5), 0);
	ck_assert_uint_eq(dsfit_sub(5, 3), 2);
	ck_assert_uint_eq(dsfit_div_up(7, 2), 4);
	ck_assert_uint_eq(dsfit_div_up(8, 2), 4);
	ck_assert_uint_eq(dsfit_div_up(0, 2), 0);
	ck_assert_uint_eq(dsfit_div_up(top, 2), (UINT64_C(1) << 63));
	ck_assert_uint_eq(dsfit_scale(top, 2), top);
	ck_assert_uint_eq(dsfit_scale(top, 1), top);
	ck_assert_uint_eq(dsfit_scale(1000, 0.5), 500);
	ck_assert_uint_eq(dsfit_scale(3, 0.5), 1);
	ck_assert_uint_eq(dsfit_scale(1000, -1), 0);
	ck_assert_uint_eq(dsfit_scale(1000, 0.0 / 0.0), 0);
	ck_assert_uint_eq(dsfit_scale(1000, 1.0 / 0.0), top);
	ck_assert_uint_eq(dsfit_scale(0, 1.0 / 0.0), 0);
}
END_TEST

typedef const char *(*formatter)(uint64_t, char[DSFIT_SIZE_TEXT]);

/* A number of units in whole bytes. */
static uint64_t part_of(double value, uint64_t unit)
{
	return (uint64_t)(value * (double)unit);
}

START_TEST(formatted)
{
	char digits[DSFIT_DIGITS];
	const struct {
		formatter format;
		uint64_t value;
		const char *text;
	} vectors[] = {
		{ dsfit_format_bytes, 0, "0 B" },
		{ dsfit_format_bytes, 1, "1 B" },
		{ dsfit_format_bytes, 999, "999 B" },
		{ dsfit_format_bytes, 1023, "1023 B" },
		{ dsfit_format_bytes, 1024, "1 KiB" },
		{ dsfit_format_bytes, 512 * DSFIT_MIB, "512 MiB" },
		{ dsfit_format_bytes, 80 * DSFIT_GIB, "80 GiB" },
		{ dsfit_format_bytes, part_of(33.9, DSFIT_GIB), "33.9 GiB" },
		{ dsfit_format_bytes, part_of(3.456, DSFIT_GIB), "3.46 GiB" },
		{ dsfit_format_bytes, part_of(9.994, DSFIT_GIB), "9.99 GiB" },
		{ dsfit_format_bytes, part_of(9.996, DSFIT_GIB), "10.0 GiB" },
		{ dsfit_format_bytes, part_of(99.94, DSFIT_GIB), "99.9 GiB" },
		{ dsfit_format_bytes, part_of(99.96, DSFIT_GIB), "100 GiB" },
		{ dsfit_format_bytes, part_of(999.4, DSFIT_GIB), "999 GiB" },
		{ dsfit_format_bytes, part_of(999.6, DSFIT_GIB), "1000 GiB" },
		{ dsfit_format_bytes, part_of(1023.4, DSFIT_GIB), "1023 GiB" },
		{ dsfit_format_bytes, part_of(1023.6, DSFIT_GIB), "1.00 TiB" },
		{ dsfit_format_bytes, part_of(999.6, DSFIT_MIB), "1000 MiB" },
		{ dsfit_format_bytes, part_of(1023.6, DSFIT_MIB), "1.00 GiB" },
		{ dsfit_format_bytes, UINT64_MAX, "16 EiB" },
		{ dsfit_format_count, 1, "1" },
		{ dsfit_format_count, 124439808, "124M" },
		{ dsfit_format_count, 596049920, "596M" },
		{ dsfit_format_count, 999600000, "1.00B" },
		{ dsfit_format_count, 999400000, "999M" },
		{ dsfit_format_count, 6738415616, "6.74B" },
		{ dsfit_format_count, 13015864320, "13.0B" },
		{ dsfit_format_count, 560000000000, "560B" },
		{ dsfit_format_count, 1000000000000000, "1P" },
		{ dsfit_format_count, UINT64_MAX, "18.4E" },
		{ dsfit_format_rate, 25000000000, "25 Gbps" },
		{ dsfit_format_rate, 1600000000000, "1.60 Tbps" },
		{ dsfit_format_rate, 999999999, "1.00 Gbps" },
		{ dsfit_format_rate, 0, "0 bps" },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		char text[DSFIT_SIZE_TEXT];

		ck_assert_ptr_eq(vectors[i].format(vectors[i].value, text), text);
		ck_assert_str_eq(text, vectors[i].text);
	}
	ck_assert_str_eq(dsfit_digits(0, digits), "0");
	ck_assert_str_eq(dsfit_digits(10, digits), "10");
	ck_assert_str_eq(dsfit_digits(UINT64_MAX, digits), "18446744073709551615");
}
END_TEST

/* A written size can be read again, and is right to within the three digits that are written. */
START_TEST(round_trips)
{
	static const struct {
		formatter format;
		parser parse;
		uint64_t first, last;
	} kinds[] = {
		{ dsfit_format_bytes, dsfit_parse_bytes, 1, UINT64_C(900) << 50 },
		{ dsfit_format_count, dsfit_parse_count, 1, UINT64_C(999000000000000) },
		{ dsfit_format_rate, dsfit_parse_rate, 1000000, UINT64_C(900000000000000) },
	};

	for (size_t k = 0; k < DSFIT_ARRAY_SIZE(kinds); k++) {
		for (uint64_t value = kinds[k].first; value <= kinds[k].last;
		     value += value / 7 + 1) {
			char text[DSFIT_SIZE_TEXT];
			struct dsfit_error err;
			uint64_t back = 0;
			double error;

			kinds[k].format(value, text);
			ck_assert_msg(kinds[k].parse(text, &back, &err) == 0, "%s", err.text);
			error = ((double)back - (double)value) / (double)value;
			/* The third digit of 1.00 is rounded by at most half a hundredth. */
			ck_assert_msg(error < 0.0051 && error > -0.0051, "%llu as %s is %llu",
				      (unsigned long long)value, text, (unsigned long long)back);
			/* The value that was read is written in the same way. */
			if (back >= 1000) {
				char again[DSFIT_SIZE_TEXT];
				uint64_t twice = 0;

				kinds[k].format(back, again);
				ck_assert_int_eq(kinds[k].parse(again, &twice, &err), 0);
				ck_assert_uint_eq(twice, back);
			}
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("size");

	unit_add(suite, "text to quantity",
		 (const TTest *const[]){ refused, accepted, decimals, NULL });
	unit_add(suite, "arithmetic", (const TTest *const[]){ saturates, NULL });
	unit_add(suite, "quantity to text",
		 (const TTest *const[]){ formatted, round_trips, NULL });
	return unit_run(suite);
}
