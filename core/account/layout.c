/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/account/layout.h"

#include "core/base/size.h"

uint64_t dsfit_data_parallel_ranks(const struct dsfit_training *t,
				   const struct dsfit_layout *layout)
{
	return dsfit_max(1, layout->gpus / (t->tensor * t->pipeline * t->sequence_parallel));
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

uint64_t dsfit_layout_multiple(const struct dsfit_training *t)
{
	uint64_t degrees = dsfit_mul(dsfit_mul(t->tensor, t->pipeline), t->sequence_parallel);
	uint64_t experts = dsfit_mul(dsfit_mul(t->tensor, t->pipeline), t->expert);

	return dsfit_mul(degrees / common_divisor(degrees, experts), experts);
}

int dsfit_layout_check(const struct dsfit_model *model, const struct dsfit_training *training,
		       const struct dsfit_layout *layout, struct dsfit_error *err)
{
	uint64_t degrees = training->tensor * training->pipeline * training->sequence_parallel;
	uint64_t largest = model->counts.largest_parameter;
	struct dsfit_training settled;
	uint64_t ranks;

	if (layout->gpus % degrees)
		return dsfit_fail(err,
				  "tensor x pipeline x sequence = %llu does not divide %llu "
				  "GPUs",
				  (unsigned long long)degrees, (unsigned long long)layout->gpus);
	ranks = layout->gpus / (training->tensor * training->pipeline);
	if (ranks % training->expert)
		return dsfit_fail(err, "expert = %llu does not divide the %llu data-parallel ranks",
				  (unsigned long long)training->expert, (unsigned long long)ranks);
	if (dsfit_training_on_ranks(training, dsfit_data_parallel_ranks(training, layout), &settled,
				    err))
		return -1;
	return dsfit_training_check_ranks(training, layout->gpus, ranks, largest, err);
}
