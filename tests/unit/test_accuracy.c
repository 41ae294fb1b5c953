/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "tests/accuracy/accuracy.h"
#include "tests/unit/unit.h"

/* Limits that the account holds on the jobs in tests/data; doc/accuracy.md has the figures. */

static struct dsfit_site *site;

static void setup(void)
{
	site = unit_site();
}

static void teardown(void)
{
	dsfit_site_free(site);
	site = NULL;
}

static size_t sizes_of(const struct traced *rows, size_t count, int figure, double *sizes,
		       double *lowest)
{
	size_t found = 0;

	*lowest = INFINITY;
	for (size_t i = 0; i < count; i++) {
		if (isnan(rows[i].error[figure]))
			continue;
		sizes[found++] = fabs(rows[i].error[figure]);
		*lowest = fmin(*lowest, rows[i].error[figure]);
	}
	sort_values(sizes, found);
	return found;
}

START_TEST(traced_steps)
{
	static const struct {
		size_t rows;
		double median, ninth_decile, lowest;
	} limits[TRACED_FIGURES] = {
		[TRACED_PEAK] = { 239, 0.002, 0.01, -0.05 },
		[TRACED_REST] = { 239, 0.001, 0.01, -1 },
		[TRACED_FORWARD] = { 239, 0.002, 0.03, -1 },
		[TRACED_BACKWARD] = { 239, 0.002, 0.03, -1 },
		[TRACED_STEP] = { 239, 0.001, 0.01, -1 },
		[TRACED_HOST] = { 9, 0.001, 0.01, -0.01 },
	};
	double *sizes, lowest;
	struct traced *rows;
	size_t count;

	rows = traced_read(site, TEST_DATA, &count);
	ck_assert_ptr_nonnull(rows);
	sizes = calloc(count, sizeof(*sizes));
	ck_assert_ptr_nonnull(sizes);
	for (int i = 0; i < TRACED_FIGURES; i++) {
		size_t found = sizes_of(rows, count, i, sizes, &lowest);

		ck_assert_uint_eq(found, limits[i].rows);
		ck_assert_msg(quantile(sizes, found, 0.5) <= limits[i].median,
			      "%s: off by %.2f %% at the median", traced_figures[i],
			      100 * quantile(sizes, found, 0.5));
		ck_assert_msg(quantile(sizes, found, 0.9) <= limits[i].ninth_decile,
			      "%s: off by %.2f %% at the 90th percentile", traced_figures[i],
			      100 * quantile(sizes, found, 0.9));
		ck_assert_msg(lowest >= limits[i].lowest, "%s: %.2f %% too low", traced_figures[i],
			      -100 * lowest);
	}
	free(sizes);
	free(rows);
}
END_TEST

/* No job that ran is refused, and no job that ran out of memory gets the verdict "fits". */
START_TEST(published_verdicts)
{
	struct measured *rows;
	size_t count;

	rows = measured_read(site, TEST_DATA, &count);
	ck_assert_ptr_nonnull(rows);
	ck_assert_uint_eq(count, 156);
	for (size_t i = 0; i < count; i++) {
		const struct dsfit_gpu_account *gpu = &rows[i].account.gpu;

		ck_assert_msg(!rows[i].ran || (double)gpu->low <= rows[i].capacity,
			      "%s ran, and is refused", rows[i].id);
		ck_assert_msg(rows[i].ran || (double)gpu->high > rows[i].capacity,
			      "%s ran out of memory, and is called safe", rows[i].id);
	}
	free(rows);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("accuracy");
	TCase *tcase = unit_case(s, "accuracy");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, traced_steps);
	tcase_add_test(tcase, published_verdicts);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
