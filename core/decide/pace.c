/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/pace.h"

struct dsfit_pace dsfit_pace(const struct dsfit_training *training,
			     const struct dsfit_account *account, uint64_t nodes, uint64_t network)
{
	struct dsfit_pace pace = { .step_seconds = 0, .waiting = -1, .days_per_billion = -1 };
	double computing = account->network.step_seconds, sending = 0, tokens;

	if (!(computing > 0))
		return pace;
	if (nodes > 1 && network)
		sending = (double)account->network.between * 8 / (double)network;
	if (nodes < 2 || network)
		pace.waiting = sending > computing ? 1 - computing / sending : 0;
	pace.step_seconds = sending > computing ? sending : computing;
	/* Ranks of a sequence-parallel group share the tokens of a sample. */
	tokens = (double)account->ranks * (double)account->micro_batch *
		 (double)account->accumulation * (double)training->sequence /
		 (double)training->sequence_parallel;
	pace.days_per_billion = 1e9 / tokens * pace.step_seconds / 86400;
	return pace;
}

double dsfit_price(const struct dsfit_node_class *class, uint64_t gpus)
{
	return class->price < 0 ? -1 : class->price / (double)class->gpus * (double)gpus;
}

double dsfit_price_per_billion(double price, double days_per_billion)
{
	return price < 0 || days_per_billion < 0 ? -1 : price * 24 * days_per_billion;
}
