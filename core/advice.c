/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/advice.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/family.h"
#include "core/size.h"

/*
 * The changes, one function each: makes it, and writes the option that says it. False where the
 * training has it already, or nothing to change.
 */
typedef bool (*changer)(struct dsfit_training *t, const struct dsfit_account *account,
			struct dsfit_advice *out);

static bool checkpoint(struct dsfit_training *t, const struct dsfit_account *account,
		       struct dsfit_advice *out)
{
	(void)account;
	if (t->checkpointing == DSFIT_CHECKPOINTING_FULL)
		return false;
	t->checkpointing = DSFIT_CHECKPOINTING_FULL;
	out->costs = "forward is computed twice: a third more time";
	snprintf(out->options, sizeof(out->options), "checkpointing=full");
	return true;
}

/* The same samples a step, in twice as many micro-steps. */
static bool halve_batch(struct dsfit_training *t, const struct dsfit_account *account,
			struct dsfit_advice *out)
{
	if (account->micro_batch < 2)
		return false;
	t->micro_batch = account->micro_batch / 2;
	t->accumulation = dsfit_mul(account->accumulation, 2);
	t->train_batch = 0;
	out->costs = "twice as many micro-steps for the same batch";
	snprintf(out->options, sizeof(out->options), "batch=%llu",
		 (unsigned long long)t->micro_batch);
	return true;
}

static bool raise_stage(struct dsfit_training *t, unsigned stage, struct dsfit_advice *out)
{
	if (t->engine == DSFIT_ENGINE_NONE || t->zero >= stage)
		return false;
	t->zero = stage;
	t->zero_given = true;
	if (!t->overlap_comm_given)
		t->overlap_comm = stage == 3;
	snprintf(out->options, sizeof(out->options), "zero=%u", stage);
	return true;
}

static bool stage_2(struct dsfit_training *t, const struct dsfit_account *account,
		    struct dsfit_advice *out)
{
	(void)account;
	out->costs = "no more network than stage 0 or 1";
	return raise_stage(t, 2, out);
}

static bool stage_3(struct dsfit_training *t, const struct dsfit_account *account,
		    struct dsfit_advice *out)
{
	(void)account;
	out->costs = "half as much network again, for each micro-step";
	return raise_stage(t, 3, out);
}

static bool offload_optimizer(struct dsfit_training *t, const struct dsfit_account *account,
			      struct dsfit_advice *out)
{
	(void)account;
	if (t->zero == 0 || t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return false;
	t->offload_optimizer = DSFIT_OFFLOAD_CPU;
	out->costs = "the step is the CPU's, and gradients go there";
	snprintf(out->options, sizeof(out->options), "offload=optimizer:cpu");
	return true;
}

static bool offload_all(struct dsfit_training *t, const struct dsfit_account *account,
			struct dsfit_advice *out)
{
	(void)account;
	if (t->zero < 3 || t->offload_param != DSFIT_OFFLOAD_NONE)
		return false;
	if (t->offload_optimizer == DSFIT_OFFLOAD_NONE)
		t->offload_optimizer = DSFIT_OFFLOAD_CPU;
	t->offload_param = DSFIT_OFFLOAD_CPU;
	out->costs = "weights come over PCIe in each micro-step, too";
	snprintf(out->options, sizeof(out->options), "offload=optimizer:%s,param:cpu",
		 dsfit_offload_names[t->offload_optimizer]);
	return true;
}

static bool adam_in_8_bits(struct dsfit_training *t, const struct dsfit_account *account,
			   struct dsfit_advice *out)
{
	(void)account;
	if (t->optimizer != DSFIT_OPTIMIZER_ADAMW ||
	    t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return false;
	t->optimizer = DSFIT_OPTIMIZER_ADAM8BIT;
	out->costs = "states in 8 bits: about the same time";
	snprintf(out->options, sizeof(out->options), "optimizer=adam8bit");
	return true;
}

static bool lora(struct dsfit_training *t, const struct dsfit_account *account,
		 struct dsfit_advice *out)
{
	(void)account;
	if (t->method != DSFIT_METHOD_FULL)
		return false;
	t->method = DSFIT_METHOD_LORA;
	out->costs = "adapters are trained, not the model; less time";
	snprintf(out->options, sizeof(out->options), "method=lora");
	return true;
}

static bool qlora(struct dsfit_training *t, const struct dsfit_account *account,
		  struct dsfit_advice *out)
{
	(void)account;
	if (t->method != DSFIT_METHOD_LORA || t->base_weights_given)
		return false;
	t->method = DSFIT_METHOD_QLORA;
	out->costs = "weights are unpacked for each product: more time";
	snprintf(out->options, sizeof(out->options), "method=qlora");
	return true;
}

static bool flash(struct dsfit_training *t, const struct dsfit_account *account,
		  struct dsfit_advice *out)
{
	(void)account;
	if (t->attention == DSFIT_ATTENTION_FLASH)
		return false;
	t->attention = DSFIT_ATTENTION_FLASH;
	out->costs = "less time, too";
	snprintf(out->options, sizeof(out->options), "attention=flash");
	return true;
}

/* Kernels such as Liger's: logits and their gradients a part at a time. */
static bool fuse_loss(struct dsfit_training *t, const struct dsfit_account *account,
		      struct dsfit_advice *out)
{
	(void)account;
	if (t->fused_loss)
		return false;
	t->fused_loss = true;
	out->what = "a fused loss, such as Liger's";
	out->costs = "about the same time";
	return true;
}

static int by_saving(const void *a, const void *b)
{
	const struct dsfit_advice *x = a, *y = b;

	return (x->saved < y->saved) - (x->saved > y->saved);
}

size_t dsfit_advise(const struct dsfit_model *model, const struct dsfit_families *families,
		    const struct dsfit_training *training, const struct dsfit_layout *layout,
		    struct dsfit_advice out[DSFIT_ADVICE_MAX])
{
	static const changer changers[DSFIT_ADVICE_MAX] = {
		checkpoint, halve_batch, stage_2, stage_3, offload_optimizer, offload_all,
		adam_in_8_bits, lora, qlora, flash, fuse_loss,
	};
	struct dsfit_account before, after;
	size_t count = 0;

	dsfit_account(model, families, training, layout, 0, &before);
	for (size_t i = 0; i < DSFIT_ADVICE_MAX && changers[i]; i++) {
		struct dsfit_training changed = *training;
		struct dsfit_advice one = { .options = "" };

		if (!changers[i](&changed, &before, &one) ||
		    dsfit_training_settle(&changed, model->parameters, NULL) ||
		    dsfit_layout_check(model, &changed, layout, NULL))
			continue;
		dsfit_account(model, families, &changed, layout, 0, &after);
		one.saved = dsfit_sub(before.gpu.peak, after.gpu.peak);
		one.peak = after.gpu.peak;
		one.host = dsfit_sub(after.host.per_node, before.host.per_node);
		if (one.saved && one.saved >= before.gpu.peak / 100)
			out[count++] = one;
	}
	qsort(out, count, sizeof(*out), by_saving);
	return count;
}
