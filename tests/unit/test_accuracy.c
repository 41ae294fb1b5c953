/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "core/base/array.h"
#include "tests/accuracy/accuracy.h"
#include "tests/accuracy/classes.h"
#include "tests/accuracy/judged.h"
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

static const struct asked_of asked_of = { TEST_DATA, TEST_COMMAND, TEST_CONF "/dsfit.conf" };

static bool of_group(const struct judged *row, const void *what)
{
	return !strcmp(row->group, what);
}

/* What is reached of each kind of training: none gets worse. */
START_TEST(kinds_of_training)
{
	static const struct {
		const char *name;
		size_t rows;
		double median, worst;
		size_t inside, refused;
	} limits[] = {
		{ "mixtures", 12, 0.001, 0.043, 12, 0 },
		{ "decoders", 10, 0.001, 0.360, 9, 0 },
		{ "hybrids", 4, 0.001, 0.009, 4, 0 },
		{ "encoders and seq2seq", 3, 0.001, 0.002, 3, 0 },
		{ "vision-language", 6, 0.001, 0.027, 6, 0 },
		{ "adapters", 12, 0.001, 0.002, 12, 0 },
		{ "other settings", 12, 0.001, 0.026, 12, 0 },
		{ "classifiers", 3, 0.001, 0.005, 3, 0 },
		{ "evaluation", 1, 0.001, 0.001, 1, 0 },
		{ "preference training", 3, 0.001, 0.032, 3, 0 },
		{ "optimizers", 7, 0.002, 0.003, 7, 0 },
	};
	struct judged_sum sum;
	struct judged *rows;
	size_t count, seen = 0;

	rows = kinds_read(&asked_of, &count);
	ck_assert_ptr_nonnull(rows);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(limits); i++) {
		judged_add_up(rows, count, of_group, limits[i].name, &sum);
		seen += sum.rows;
		ck_assert_uint_eq(sum.rows, limits[i].rows);
		ck_assert_msg(sum.median <= limits[i].median && sum.worst <= limits[i].worst,
			      "%s: off by %.2f %% at the median, %.2f %% at worst", limits[i].name,
			      100 * sum.median, 100 * sum.worst);
		ck_assert_msg(sum.inside >= limits[i].inside, "%s: %zu in the band",
			      limits[i].name, sum.inside);
		ck_assert_msg(sum.refused <= limits[i].refused, "%s: %zu refused",
			      limits[i].name, sum.refused);
	}
	ck_assert_uint_eq(seen, count);
	free(rows);
}
END_TEST

/* The count of each model is what its tensors add up to. */
START_TEST(parameters)
{
	size_t count, counted = 0;
	struct judged *rows;

	rows = kinds_read(&asked_of, &count);
	ck_assert_ptr_nonnull(rows);
	for (size_t i = 0; i < count; i++) {
		if (!judged_counts(rows, i))
			continue;
		counted++;
		ck_assert_msg(rows[i].parameters_said == rows[i].parameters,
			      "%s: %.0f parameters, not %.0f", rows[i].id, rows[i].parameters_said,
			      rows[i].parameters);
	}
	ck_assert_uint_ge(counted, 33);
	free(rows);
}
END_TEST

struct trusted_part {
	const char *part;
	char trust;
};

static bool of_part(const struct judged *row, const void *what)
{
	const struct trusted_part *wanted = what;

	return row->trust == wanted->trust && !strcmp(row->part, wanted->part);
}

/* What is reached of the peaks that are published for one card and one release. */
START_TEST(published_peaks)
{
	static const struct {
		struct trusted_part part;
		size_t rows;
		double median, p90;
		size_t inside, exceeds, passed, refused;
	} limits[] = {
		{ { "allocated", 'A' }, 23, 0.036, 0.09, 23, 0, 0, 0 },
		{ { "reserved", 'A' }, 4, 0.083, 0.14, 4, 0, 0, 0 },
		{ { "device", 'A' }, 23, 0.047, 0.12, 22, 0, 0, 0 },
		{ { "allocated", 'B' }, 39, 0.028, 0.085, 39, 0, 0, 0 },
		{ { "reserved", 'B' }, 1, 0.18, 0.18, 0, 0, 0, 0 },
		{ { "device", 'B' }, 42, 0.064, 0.29, 38, 0, 0, 0 },
		{ { "fits-only", 'B' }, 25, 0, 0, 0, 0, 0, 0 },
	};
	struct judged_sum sum;
	struct judged *rows;
	size_t count, seen = 0;

	rows = published_read(&asked_of, &count);
	ck_assert_ptr_nonnull(rows);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(limits); i++) {
		judged_add_up(rows, count, of_part, &limits[i].part, &sum);
		seen += sum.rows;
		ck_assert_uint_eq(sum.rows, limits[i].rows);
		ck_assert_msg(!sum.peaks || (sum.median <= limits[i].median &&
					     sum.p90 <= limits[i].p90),
			      "%s: off by %.2f %% at the median, %.2f %% at the 90th percentile",
			      limits[i].part.part, 100 * sum.median, 100 * sum.p90);
		ck_assert_msg(sum.inside >= limits[i].inside, "%s: %zu in the band",
			      limits[i].part.part, sum.inside);
		ck_assert_msg(sum.exceeds <= limits[i].exceeds && sum.passed <= limits[i].passed &&
			      sum.refused <= limits[i].refused,
			      "%s: %zu that ran exceed, %zu passed, %zu refused",
			      limits[i].part.part, sum.exceeds, sum.passed, sum.refused);
	}
	ck_assert_uint_eq(seen, count);
	free(rows);
}
END_TEST

/* The reports of which the right thing is said. */
START_TEST(reports)
{
	struct report *rows;
	size_t count;

	rows = reports_read(&asked_of, &count);
	ck_assert_ptr_nonnull(rows);
	ck_assert_uint_eq(count, 8);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(rows[i].right, "%s, %s: %s", rows[i].id, rows[i].what,
			      rows[i].said);
	free(rows);
}
END_TEST

/* Counts of transformers' classes at sizes that no section was chosen by. */
START_TEST(classes)
{
	struct class_row *rows;
	size_t count, exact = 0;

	rows = classes_read(site, TEST_DATA, &count);
	ck_assert_ptr_nonnull(rows);
	ck_assert_uint_eq(count, 338);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(rows[i].sizes, 3);
		ck_assert_msg(rows[i].worst != CLASS_EXACT_AND_WRONG, "%s is not exact: %f",
			      rows[i].name, rows[i].error);
		exact += rows[i].worst == CLASS_EXACT;
	}
	ck_assert_uint_ge(exact, 321);
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
	tcase_add_test(tcase, kinds_of_training);
	tcase_add_test(tcase, parameters);
	tcase_add_test(tcase, published_peaks);
	tcase_add_test(tcase, reports);
	tcase_add_test(tcase, classes);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
