/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers that every part of the account is made from. */
#include "core/basis.h"

#include <string.h>

#include "core/lora.h"
#include "core/size.h"

/* Optimizer states beside the master copy, in fp32: two for Adam, one for Lion and Muon. */
static struct dsfit_widths parameter_widths(const struct dsfit_training *t)
{
	static const double states[] = {
		[DSFIT_OPTIMIZER_ADAMW] = 8,
		/* One byte a state and a scale for each 256 of them. */
		[DSFIT_OPTIMIZER_ADAM8BIT] = 2 * (1 + 4.0 / 256),
		[DSFIT_OPTIMIZER_LION] = 4,
		[DSFIT_OPTIMIZER_SGD] = 4,
		/* A row and a column a matrix. */
		[DSFIT_OPTIMIZER_ADAFACTOR] = 0.01,
		[DSFIT_OPTIMIZER_MUON] = 4,
	};
	struct dsfit_widths w = { 2, 2, 4, states[t->optimizer] };

	if (t->precision == DSFIT_PRECISION_FP32)
		w = (struct dsfit_widths){ 4, 4, 0, states[t->optimizer] };
	else if (t->precision == DSFIT_PRECISION_BF16_TRUE || t->engine == DSFIT_ENGINE_NONE)
		w = (struct dsfit_widths){ 2, 2, 0, states[t->optimizer] };
	if (w.weight == 2 && !w.master && t->optimizer != DSFIT_OPTIMIZER_ADAM8BIT)
		w.states /= 2;
	return w;
}

/* Bytes a frozen parameter takes; bitsandbytes keeps a scale for each 64, GPTQ for each 128. */
static double base_width(enum dsfit_base_weights base)
{
	static const double width[] = {
		[DSFIT_BASE_FP32] = 4, [DSFIT_BASE_BF16] = 2, [DSFIT_BASE_INT8] = 1,
		[DSFIT_BASE_NF4] = 0.5625, [DSFIT_BASE_NF4_DQ] = 0.516, [DSFIT_BASE_GPTQ4] = 0.56,
	};

	return width[base];
}

/* Parameters of one model-parallel rank: experts are spread over `expert` ranks as well. */
static uint64_t held_parameters(const struct dsfit_model *model, const struct dsfit_training *t)
{
	const struct dsfit_shape *s = &model->shape;
	uint64_t all = model->parameters, ends = 0;

	if (s->experts && t->expert > 1) {
		uint64_t dense = model->active, routed = dsfit_sub(all, dense);

		all = dsfit_add(dense, dsfit_div_up(routed, dsfit_min(t->expert, s->experts)));
	}
	/* The first and the last stage also carry the embedding and the head. */
	if (t->pipeline > 1)
		ends = s->vocab * s->hidden;
	return dsfit_min(all, dsfit_add(dsfit_div_up(all, t->tensor * t->pipeline), ends / t->tensor));
}

void dsfit_basis_lay(const struct dsfit_model *model, const struct dsfit_training *t,
		     const struct dsfit_layout *layout, struct dsfit_basis *b)
{
	const struct dsfit_shape *s = &model->shape;
	/* Embedding and head stay in 16 bits under a quantised base. */
	uint64_t ends = dsfit_min(model->parameters, dsfit_mul(s->vocab * s->hidden, s->tied ? 1 : 2));

	memset(b, 0, sizeof(*b));
	b->model = model;
	b->training = t;
	b->layout = layout;
	b->width = parameter_widths(t);
	b->ranks = dsfit_max(1, layout->gpus / (t->tensor * t->pipeline));
	b->held = held_parameters(model, t);
	b->tokens = dsfit_max(1, dsfit_mul(t->micro_batch, t->sequence) / t->sequence_parallel);
	if (t->method == DSFIT_METHOD_FULL) {
		b->trainable = b->held;
		b->weights = dsfit_mul(b->held, b->width.weight);
	} else {
		uint64_t frozen = dsfit_add(
			dsfit_scale(model->parameters - ends, base_width(t->base_weights)),
			2 * ends);

		b->trainable = dsfit_div_up(
			dsfit_lora_parameters(model, t->lora_rank, t->lora_targets),
			t->tensor * t->pipeline);
		b->weights = dsfit_add(dsfit_div_up(frozen, t->tensor * t->pipeline),
				       dsfit_mul(b->trainable, b->width.weight));
	}
	b->bucket = dsfit_mul(dsfit_min(t->reduce_bucket, b->trainable), b->width.gradient);
	b->largest = dsfit_mul(dsfit_min(s->vocab * s->hidden, b->trainable), b->width.weight);
}

uint64_t dsfit_terms_total(const struct dsfit_terms *t)
{
	uint64_t sum = dsfit_add(dsfit_add(t->weights, t->gradients), t->optimizer);

	sum = dsfit_add(dsfit_add(sum, t->communication), t->activations);
	return dsfit_add(sum, t->loss);
}
