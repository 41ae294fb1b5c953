/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin in an sbatch without option accessors, so that it can neither read nor change the
 * request. It gives advice, and every job passes.
 */
#include "tests/unit/sbatch.h"

START_TEST(test_advice)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=13B zero=3 fit=reject");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: advice only: this Slurm does not let a plugin read the ");
	sbatch_assert_says("13B, ZeRO-3");
	/* slurmctld gets the declaration, because it can read the request. */
	unit_assert_begins(sbatch_control(SBATCH_PASSED "model"), "dsfit1,");
	sbatch_assert_passed("DSFIT_SAID", "");
	sbatch_end();
}
END_TEST

/* Whose partition is not known, and with it whether the site refuses such a job. */
START_TEST(test_wrong_declaration)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=13B zero=4");
	ck_assert_int_eq(sbatch_submit(), 0);
	unit_assert_begins(sbatch.said, "info: not sized: --ds-zero=4: ");
	sbatch_assert_passed("DSFIT_SAID", "unsized");
	sbatch_end();
}
END_TEST

/* srun in a job starts a step. The plugin sees that in the environment. */
START_TEST(test_step)
{
	setenv("SLURM_JOB_ID", "1", 1);
	sbatch_begin(S_CTX_LOCAL);
	sbatch_declare("model=13B zero=3");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	ck_assert_uint_eq(sbatch.controls, 0);
	sbatch_end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submit, blind");
	TCase *tcase = unit_case(suite, "blind");

	tcase_add_test(tcase, test_advice);
	tcase_add_test(tcase, test_wrong_declaration);
	tcase_add_test(tcase, test_step);
	unit_conf_make();
	return unit_run_apart(suite);
}
