/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/account/terms.h"

#include "tests/unit/unit.h"

/* The terms of a moment, and the parts that make up each term. */

static uint64_t parts_total(const struct dsfit_terms *terms)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < terms->part_count; i++)
		sum += terms->part[i].bytes;
	return sum;
}

START_TEST(parts)
{
	struct dsfit_terms terms = { .part_count = 0 };

	ck_assert_uint_eq(dsfit_terms_total(&terms), 0);
	dsfit_terms_add(&terms, DSFIT_TERM_WEIGHTS, "frozen", 1000);
	dsfit_terms_add_each(&terms, DSFIT_TERM_WEIGHTS, "trained", 100, 2.5);
	dsfit_terms_add_each(&terms, DSFIT_TERM_OPTIMIZER, "states", 100, 8);
	ck_assert_uint_eq(terms.of[DSFIT_TERM_WEIGHTS], 1250);
	ck_assert_uint_eq(terms.of[DSFIT_TERM_OPTIMIZER], 800);
	ck_assert_uint_eq(dsfit_terms_total(&terms), 2050);
	ck_assert_uint_eq(terms.part_count, 3);
	ck_assert_str_eq(terms.part[1].cause, "trained");
	ck_assert_uint_eq(terms.part[1].count, 100);
	ck_assert_uint_eq(terms.part[1].bytes, 250);
	ck_assert_uint_eq(terms.part[0].count, 0);
	/* 0 bytes add no part. */
	dsfit_terms_add(&terms, DSFIT_TERM_LOSS, "logits", 0);
	dsfit_terms_add_each(&terms, DSFIT_TERM_LOSS, "logits", 0, 12);
	dsfit_terms_add_each(&terms, DSFIT_TERM_WEIGHTS, "without a master copy", 100, 0);
	ck_assert_uint_eq(terms.part_count, 3);
	ck_assert_uint_eq(dsfit_terms_total(&terms), 2050);
}
END_TEST

/* The last part stands for those that have no place, so that none is lost. */
START_TEST(too_many_parts)
{
	struct dsfit_terms terms = { .part_count = 0 };

	for (uint64_t i = 1; i <= DSFIT_PARTS_MAX + 3; i++)
		dsfit_terms_add(&terms, DSFIT_TERM_COMMUNICATION, "a bucket", i);
	ck_assert_uint_eq(terms.part_count, DSFIT_PARTS_MAX);
	ck_assert_str_eq(terms.part[DSFIT_PARTS_MAX - 2].cause, "a bucket");
	ck_assert_str_eq(terms.part[DSFIT_PARTS_MAX - 1].cause, "other parts");
	ck_assert_uint_eq(terms.part[DSFIT_PARTS_MAX - 1].bytes,
			  UINT64_C(4) * DSFIT_PARTS_MAX + 6);
	ck_assert_uint_eq(parts_total(&terms), dsfit_terms_total(&terms));
}
END_TEST

START_TEST(saturated)
{
	struct dsfit_terms terms = { .part_count = 0 };

	dsfit_terms_add(&terms, DSFIT_TERM_WEIGHTS, "one", UINT64_MAX - 1);
	dsfit_terms_add(&terms, DSFIT_TERM_WEIGHTS, "another", 2);
	ck_assert_uint_eq(terms.of[DSFIT_TERM_WEIGHTS], UINT64_MAX);
	dsfit_terms_add(&terms, DSFIT_TERM_LOSS, "and a loss", 1);
	ck_assert_uint_eq(dsfit_terms_total(&terms), UINT64_MAX);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const tests[] = { parts, too_many_parts, saturated, NULL };
	Suite *s = suite_create("terms");

	unit_add(s, "terms", tests);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
