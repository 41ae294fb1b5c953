/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/account/estimators.h"

#include "core/base/size.h"
#include "core/guide/tables.h"

/* Python's int() of a float that is not negative. Saturates. */
static uint64_t truncate(double value)
{
	return value >= 0x1p64 ? UINT64_MAX : (uint64_t)value;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

void dsfit_deepspeed_zero2(uint64_t parameters, uint64_t gpus_per_node, uint64_t nodes,
			   bool cpu_offload, double factor, struct dsfit_deepspeed_estimate *out)
{
	uint64_t gpus = dsfit_mul(gpus_per_node, nodes);

	out->largest_layer = 0;
	if (cpu_offload) {
		uint64_t bytes = dsfit_mul(4, gpus);

		out->gpu = dsfit_mul(2, parameters);
		out->cpu = truncate((double)dsfit_mul(parameters, bytes > 16 ? bytes : 16) *
				    factor);
		return;
	}
	out->gpu = dsfit_add(dsfit_mul(2, parameters),
			     truncate((double)dsfit_mul(18, parameters) / (double)gpus));
	out->cpu = truncate((double)dsfit_mul(dsfit_mul(parameters, 4), gpus_per_node) * factor);
}

void dsfit_deepspeed_zero3(uint64_t parameters, uint64_t largest_layer, uint64_t gpus_per_node,
			   uint64_t nodes, bool cpu_offload, bool cpu_offload_params,
			   bool zero_init, double factor, struct dsfit_deepspeed_estimate *out)
{
	uint64_t gpus = dsfit_mul(gpus_per_node, nodes);
	double node_share = 1 / (double)nodes, psi = (double)parameters;
	double whole = 4 * (double)gpus_per_node;

	out->largest_layer = dsfit_mul(4, largest_layer);
	if (!cpu_offload) {
		out->gpu = dsfit_add(out->largest_layer,
				     truncate((double)dsfit_mul(18, parameters) / (double)gpus));
		out->cpu = truncate((double)dsfit_mul(dsfit_mul(zero_init ? largest_layer :
									    parameters, 4),
						      gpus_per_node) * factor);
	} else if (cpu_offload_params) {
		out->gpu = out->largest_layer;
		out->cpu = truncate(zero_init ? psi * 18 * node_share * factor :
						psi * larger(whole, 18 * node_share) * factor);
	} else {
		out->gpu = dsfit_add(out->largest_layer,
				     truncate((double)dsfit_mul(2, parameters) / (double)gpus));
		out->cpu = truncate(zero_init ? psi * 16 * node_share * factor :
						psi * larger(whole, 16 * node_share) * factor);
	}
}

void dsfit_guide_memory(uint64_t parameters, unsigned zero, uint64_t gpus,
			struct dsfit_guide_estimate *out)
{
	uint64_t share = zero == 3 && gpus ? gpus : 1;

	out->total = dsfit_mul(parameters, DSFIT_GUIDE_ALL);
	out->weights = dsfit_mul(parameters, DSFIT_GUIDE_WEIGHTS) / share;
	out->gradients = dsfit_mul(parameters, DSFIT_GUIDE_GRADIENTS) /
			 (zero == 2 ? DSFIT_GUIDE_STAGE_2 : share);
	out->optimizer = dsfit_mul(parameters, DSFIT_GUIDE_OPTIMIZER);
	if (zero == 1 || zero == 2)
		out->optimizer /= zero == 1 ? DSFIT_GUIDE_STAGE_1 : DSFIT_GUIDE_STAGE_2;
	else
		out->optimizer = dsfit_sub(dsfit_div_up(out->total, share),
					   dsfit_add(out->weights, out->gradients));
	out->per_gpu = dsfit_add(out->weights, dsfit_add(out->gradients, out->optimizer));
}

void dsfit_estimate(const struct dsfit_model *model, const struct dsfit_training *t,
		    const struct dsfit_layout *layout, struct dsfit_estimates *out)
{
	bool offload = t->offload_optimizer != DSFIT_OFFLOAD_NONE;

	*out = (struct dsfit_estimates){ .has_deepspeed = t->zero > 0 };
	dsfit_guide_memory(model->parameters, t->zero, layout->gpus, &out->guide);
	if (t->zero == 3)
		dsfit_deepspeed_zero3(model->parameters, model->largest_layer,
				      layout->gpus_per_node, layout->nodes, offload,
				      t->offload_param != DSFIT_OFFLOAD_NONE, t->zero_init,
				      t->buffer_factor, &out->deepspeed);
	else if (t->zero)
		dsfit_deepspeed_zero2(model->parameters, layout->gpus_per_node, layout->nodes,
				      offload, t->buffer_factor, &out->deepspeed);
}
