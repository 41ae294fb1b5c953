/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pace and price: how long a step takes, how much of it is waiting, and what tokens cost. */
#include "core/decide/pace.h"

#include "core/decide/assess.h"
#include "tests/unit/jobs.h"

/* 8 samples of 1000 tokens in a step that computes for 2 seconds, and 1 GB that leaves a node. */
static const struct dsfit_training training = { .sequence = 1000, .sequence_parallel = 1 };

static struct dsfit_account account_of(double computing, uint64_t between)
{
	struct dsfit_account account = { .ranks = 2, .micro_batch = 2, .accumulation = 2 };

	account.network.step_seconds = computing;
	account.network.between = between;
	/* Bytes that stay within the nodes do not make a step wait. */
	account.network.bytes_per_step = 10 * between;
	return account;
}

START_TEST(a_step)
{
	static const struct {
		double computing;
		uint64_t nodes, network;	/* bits a second */
		double step, waiting;
	} rows[] = {
		{ 2, 2, UINT64_C(8000000000), 2, 0 },
		{ 2, 2, UINT64_C(4000000000), 2, 0 },
		{ 2, 2, UINT64_C(2000000000), 4, 0.5 },
		{ 2, 2, UINT64_C(1000000000), 8, 0.75 },
		/* One node sends nothing over the network, whether its speed is known or not. */
		{ 2, 1, UINT64_C(1000000000), 2, 0 },
		{ 2, 1, 0, 2, 0 },
		/* A network whose speed is not known. */
		{ 2, 2, 0, 2, -1 },
		/* A card whose speed is not known. */
		{ 0, 2, UINT64_C(1000000000), 0, -1 },
		{ 0, 1, 0, 0, -1 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_account account = account_of(rows[i].computing, 1000000000);
		struct dsfit_pace pace = dsfit_pace(&training, &account, rows[i].nodes,
						    rows[i].network);
		double days = rows[i].step > 0 ? 1e9 / 8000 * rows[i].step / 86400 : -1;

		ck_assert_double_eq_tol(pace.step_seconds, rows[i].step, 1e-12);
		ck_assert_double_eq_tol(pace.waiting, rows[i].waiting, 1e-12);
		ck_assert_double_eq_tol(pace.days_per_billion, days, 1e-12);
	}
}
END_TEST

/* GPUs that share a sample's tokens do not multiply them. */
START_TEST(shared_tokens)
{
	struct dsfit_training shared = training;
	struct dsfit_account account = account_of(2, 0);
	double days = dsfit_pace(&training, &account, 1, 0).days_per_billion;

	shared.sequence_parallel = 4;
	ck_assert_double_eq_tol(dsfit_pace(&shared, &account, 1, 0).days_per_billion, 4 * days,
				1e-12);
}
END_TEST

START_TEST(prices)
{
	struct dsfit_node_class class = { .gpus = 4, .price = 8 };

	/* A part of a node costs that part of its price. */
	ck_assert_double_eq_tol(dsfit_price(&class, 1), 2, 1e-12);
	ck_assert_double_eq_tol(dsfit_price(&class, 12), 24, 1e-12);
	class.price = 0;
	ck_assert_double_eq_tol(dsfit_price(&class, 4), 0, 1e-12);
	class.price = -1;
	ck_assert_double_lt(dsfit_price(&class, 4), 0);
	ck_assert_double_eq_tol(dsfit_price_per_billion(2, 0.5), 24, 1e-12);
	ck_assert_double_eq_tol(dsfit_price_per_billion(0, 0.5), 0, 1e-12);
	ck_assert_double_lt(dsfit_price_per_billion(-1, 0.5), 0);
	ck_assert_double_lt(dsfit_price_per_billion(2, -1), 0);
}
END_TEST

/* An assessment has the pace for its own layout and class. */
START_TEST(of_an_assessment)
{
	static const unsigned gbps[] = { 200, 1600 };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(gbps); i++) {
		struct dsfit_site *site = site_of("nodes \"n\" { gpu = a100 gpus = 4 count = 2 "
						  "memory = 1TB price = 16 network = %uGbps }\n",
						  gbps[i]);
		struct dsfit_workload workload = train(site, "model=13B zero=3");
		struct dsfit_request r = ask("gpus-per-node=4 nodes=2", &sbatch);
		struct dsfit_assessment a;
		struct dsfit_pace pace;

		assess(site, &workload, &r, &a);
		pace = dsfit_pace(&workload.training, &a.account, 2,
				  gbps[i] * UINT64_C(1000000000));
		ck_assert_int_eq(pace.waiting > 0, gbps[i] == 200);
		ck_assert_double_eq(a.step_seconds, pace.step_seconds);
		ck_assert_double_eq(a.waiting, pace.waiting);
		ck_assert_double_eq(a.days_per_billion, pace.days_per_billion);
		ck_assert_double_eq_tol(a.price, 32, 1e-12);
		ck_assert_double_eq_tol(a.price_per_billion, 32 * 24 * a.days_per_billion, 1e-9);
		dsfit_site_free(site);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pace");

	add_all(suite, "pace", (const TTest *const[]){
		a_step, shared_tokens, prices, of_an_assessment, NULL,
	});
	return unit_run(suite);
}
