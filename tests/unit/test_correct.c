/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plugin/correct.c makes a correction for both gates. This file plays a gate that sets options. */
#include "tests/unit/words.h"

#include "plugin/correct.h"

static const struct dsfit_slurm sbatch_2411 = { DSFIT_SBATCH, 2411, false };

/* A gate that accepts changes if it has room for them. */
struct gate {
	struct dsfit_slurm_change taken[DSFIT_SLURM_CHANGES];
	int count, room;
};

static int take(void *gate, const struct dsfit_slurm_change *changes, int count,
		struct dsfit_error *err)
{
	struct gate *g = gate;

	if (count > g->room)
		return dsfit_fail(err, "no room for --%s=%s",
				  dsfit_slurm_option_names[changes[0].option], changes[0].value);
	memcpy(g->taken, changes, (size_t)count * sizeof(*changes));
	g->count = count;
	return 0;
}

/* Correct a request in these words to so many GPUs. */
static int correct(const char *words, uint64_t gpus, struct gate *gate, struct dsfit_error *why)
{
	static struct dsfit_decision decision;
	char line[WORDS_MAX];
	const struct dsfit_slurm_options options = words_options(words, line);

	memset(&decision, 0, sizeof(decision));
	ck_assert_int_eq(dsfit_request_parse(&options, &sbatch_2411, &decision.asked, NULL), 0);
	decision.corrected.request = decision.asked;
	decision.corrected.request.gpus = gpus;
	return dsfit_correct(&options, &sbatch_2411, &decision, take, gate, why);
}

START_TEST(test_made)
{
	struct gate gate = { .room = 1 };
	struct dsfit_error why = { "" };

	ck_assert_int_eq(correct("gpus-per-node=a100:2", 4, &gate, &why), 0);
	ck_assert_int_eq(gate.count, 1);
	ck_assert_int_eq(gate.taken[0].option, SLURM_GPUS_PER_NODE);
	ck_assert_str_eq(gate.taken[0].value, "a100:4");
	ck_assert_str_eq(why.text, "");
}
END_TEST

START_TEST(test_not_taken)
{
	struct gate gate = { .room = 0 };
	struct dsfit_error why = { "" };

	ck_assert_int_eq(correct("gpus-per-node=a100:2", 4, &gate, &why), -1);
	ck_assert_str_eq(why.text, "not submitted: no room for --gpus-per-node=a100:4");
}
END_TEST

/* A number of GPUs that follows from the tasks cannot be changed. */
START_TEST(test_not_writable)
{
	struct gate gate = { .room = DSFIT_SLURM_CHANGES };
	struct dsfit_error why = { "" };

	ck_assert_int_eq(correct("ntasks=8 ntasks-per-gpu=2", 8, &gate, &why), -1);
	unit_assert_begins(why.text, "not submitted: ");
	ck_assert_int_eq(gate.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("correct");
	const TTest *const tests[] = { test_made, test_not_taken, test_not_writable, NULL };

	unit_add(suite, "correct", tests);
	return unit_run(suite);
}
