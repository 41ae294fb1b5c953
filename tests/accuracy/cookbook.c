/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The formulas of EleutherAI's cookbook, calc/calc_transformer_mem.py (commit 069ae2e), in words
 * of our own: full training in mixed precision with Adam, 12 bytes of states a parameter and
 * gradients in fp32, which model parallelism does not divide there; activations from table 2 of
 * "ZeRO" (Rajbhandari et al. 2020).
 */
#include "tests/accuracy/accuracy.h"

#define GRADIENT 4
#define STATES 12
/* zero_allgather_bucket_size and zero3_max_live_params, elements. */
#define BUCKET 5e8
#define LIVE 1e9

static double parameters(const struct dsfit_shape *s, double sequence, double *network)
{
	double h = (double)s->hidden, layers = (double)s->layers, f = (double)s->ffn;
	double ratio = (double)s->kv_heads / (double)s->heads;

	*network = (s->gated ? 3 : 2) * layers * h * f;
	/* Embedding and head are counted apart always, and a table of positions. */
	return 2 * (double)s->vocab * h + h * sequence + 8 * h * layers + 2 * h +
	       2 * (1 + ratio) * layers * h * h;
}

double cookbook_bytes(const struct dsfit_model *model, const struct dsfit_training *t,
		      const struct dsfit_layout *layout)
{
	const struct dsfit_shape *s = &model->shape;
	double gpus = (double)layout->gpus, degrees = (double)(t->tensor * t->pipeline);
	double sequence = (double)t->sequence, network, all, weights, gradients, states;
	double width = t->precision == DSFIT_PRECISION_FP32 ? 4 : 2, buffers = 0, factor;

	all = parameters(s, sequence, &network);
	all += network * (s->experts ? (double)s->experts / (double)t->expert : 1);
	weights = all * width / degrees;
	gradients = all * GRADIENT;
	states = all * STATES;
	if (t->zero == 3)
		weights /= gpus;
	if (t->zero >= 2)
		gradients /= gpus;
	if (t->zero >= 1)
		states /= gpus;
	if (t->zero >= 1 && gpus > 1)
		buffers = BUCKET * width + (t->zero == 3 ? LIVE * width : 0);
	factor = 16 * width + 2;
	if (t->checkpointing != DSFIT_CHECKPOINTING_FULL)
		factor += (2 * width + 1) * (double)s->heads * sequence / (double)s->hidden;
	return weights + gradients + states + buffers +
	       sequence * (double)t->micro_batch * (double)s->hidden * (double)s->layers * factor;
}
