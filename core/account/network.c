/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes a GPU sends in an optimizer step, those of them that leave its node, and the time that
 * computing leaves to send them in.
 */
#include "core/account/network.h"

#include "core/account/rank.h"
#include "core/base/size.h"
#include "core/guide/tables.h"

/* In a step: what a GPU sends in all, and what a node's link carries of it. */
struct traffic {
	uint64_t sent, between;
};

/* A ring over N passes each byte (N-1)/N times. */
static uint64_t ring(uint64_t bytes, uint64_t ranks)
{
	return dsfit_scale(bytes, (double)(ranks - 1) / (double)ranks);
}

/* A node's link carries what one GPU of a ring sends, for a ring leaves a node once; a group that
 * fits on the node never does. */
static void add(struct traffic *t, const struct dsfit_rank *b, uint64_t bytes, uint64_t group)
{
	uint64_t sent = ring(bytes, group);

	t->sent = dsfit_add(t->sent, sent);
	if (group > b->layout->gpus_per_node)
		t->between = dsfit_add(t->between, sent);
}

/*
 * Data parallelism. Stages 0 to 2 reduce the gradients and gather them, or the weights, once a
 * step; stage 3 gathers the weights forward and backward and scatters the gradients each
 * micro-step (Rajbhandari et al. 2020). ZeRO++ (Wang et al. 2023): int8 gathers, int4 gradients,
 * a second copy of the weights within the node for backward. MiCS (Zhang et al. 2022): as stage 3
 * in its group, and once a step the shards are reduced over the groups.
 */
static void data_parallel(const struct dsfit_rank *b, struct traffic *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t gradients = dsfit_mul(b->trainable, b->width.gradient), gather = b->weights;
	uint64_t steps = t->accumulation, group = b->ranks;

	if (t->zero < 3) {
		add(out, b, dsfit_mul(gradients, 2), b->ranks);
		return;
	}
	if (t->mics_shard && t->mics_shard < b->ranks) {
		group = t->mics_shard;
		add(out, b, dsfit_mul(dsfit_div_up(gradients, group), 2), b->ranks);
	}
	if (t->quantized_weights)
		gather /= 2;
	if (t->quantized_gradients)
		gradients /= 4;
	add(out, b, dsfit_mul(gather, steps), group);
	add(out, b, dsfit_mul(gather, steps), t->hpz > 1 ? dsfit_min(t->hpz, group) : group);
	add(out, b, dsfit_mul(gradients, steps), group);
}

/*
 * Parallelism within the model, a micro-step: tensor, two all-reduces of a block's output forward
 * and two backward (Shoeybi et al. 2019); sequence, four all-to-alls forward and backward each
 * (Jacobs et al. 2023); expert, a token to its experts and back, likewise (Rajbhandari et al.
 * 2022). Pipeline stages pass one output on, which is small beside these.
 */
static void model_parallel(const struct dsfit_rank *b, struct traffic *out)
{
	const struct dsfit_training *t = b->training;
	const struct dsfit_shape *s = &b->model->shape;
	uint64_t output = dsfit_mul(dsfit_mul(2 * s->hidden, b->tokens), t->accumulation);
	uint64_t layers = dsfit_div_up(s->layers, t->pipeline), all = dsfit_mul(output, layers);

	if (t->tensor > 1)
		add(out, b, dsfit_mul(all, 8), t->tensor);
	if (t->sequence_parallel > 1)
		add(out, b, dsfit_mul(all, 8) / t->sequence_parallel, t->sequence_parallel);
	if (t->expert > 1 && s->experts)
		add(out, b, dsfit_mul(all, 4 * s->experts_per_token), t->expert);
}

/*
 * Operations of one GPU in a step: for each token and parameter 2 forward, 2 backward for the
 * input's gradient and 2 for the weight's own, where it is trained; 2 more where forward is done
 * again. Adapters come on top of what is frozen.
 */
static double operations(const struct dsfit_rank *b)
{
	const struct dsfit_training *t = b->training;
	double frozen = t->checkpointing == DSFIT_CHECKPOINTING_FULL ? 6 : 4, all;

	all = (double)b->model->active / (double)(t->tensor * t->pipeline);
	all = t->method == DSFIT_METHOD_FULL ? (frozen + 2) * all :
					       frozen * all + (frozen + 2) * (double)b->trainable;
	return all * (double)b->tokens * (double)t->accumulation;
}

void dsfit_network_account(const struct dsfit_rank *b, struct dsfit_network_account *out)
{
	const struct dsfit_estimate_settings *settings = b->settings;
	struct traffic traffic = { 0, 0 };
	double speed = b->layout->tflops * 1e12 * settings->utilisation, allowed;

	data_parallel(b, &traffic);
	model_parallel(b, &traffic);
	out->bytes_per_step = traffic.sent;
	out->between = traffic.between;
	out->step_seconds = b->layout->tflops > 0 ? operations(b) / speed : 0;
	if (b->layout->nodes < 2)
		return;
	out->required = out->low = dsfit_guide_network();
	if (!(out->step_seconds > 0))
		return;
	/* It keeps up where sending takes no longer than computing, stretched by the share of the
	 * step that may be spent waiting. */
	allowed = out->step_seconds / (1 - settings->network_wait);
	out->required = dsfit_max(out->required, dsfit_scale(traffic.between, 8 / allowed));
	out->low = dsfit_max(out->low, dsfit_scale(traffic.between,
				8 * settings->utilisation_low /
						settings->utilisation / allowed));
}
