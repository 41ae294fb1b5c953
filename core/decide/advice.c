/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/advice.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/size.h"
#include "core/model/family.h"
#include "core/training/settings.h"

/*
 * The changes, one function each: whether there is anything to change, the option that does it and
 * what it costs. The option is read as it will be when it is typed, so that the figures are its.
 */
typedef bool (*changer)(struct dsfit_training *t, const struct dsfit_account *account,
			struct dsfit_advice *out);

static bool type(struct dsfit_training *t, const char *setting, const char *value,
		 struct dsfit_advice *out)
{
	snprintf(out->options, sizeof(out->options), "%s=%s", setting, value);
	return !dsfit_training_set(t, setting, value, NULL);
}

static bool checkpoint(struct dsfit_training *t, const struct dsfit_account *account,
		       struct dsfit_advice *out)
{
	(void)account;
	if (t->checkpointing == DSFIT_CHECKPOINTING_FULL)
		return false;
	out->costs = "forward runs twice: a third more time";
	return type(t, "checkpointing", "full", out);
}

/* Where the file says how many samples a step has, it is as many micro-steps more. */
static bool halve_batch(struct dsfit_training *t, const struct dsfit_account *account,
			struct dsfit_advice *out)
{
	char half[24];

	if (account->micro_batch < 2)
		return false;
	out->costs = t->train_batch ? "twice as many micro-steps for the same batch" :
				      "half as many samples per step";
	snprintf(half, sizeof(half), "%llu", (unsigned long long)account->micro_batch / 2);
	return type(t, "batch", half, out);
}

static bool stage_2(struct dsfit_training *t, const struct dsfit_account *account,
		    struct dsfit_advice *out)
{
	(void)account;
	if (t->engine == DSFIT_ENGINE_NONE || t->zero >= 2)
		return false;
	out->costs = "the same network traffic as stages 0 and 1";
	return type(t, "zero", "2", out);
}

static bool stage_3(struct dsfit_training *t, const struct dsfit_account *account,
		    struct dsfit_advice *out)
{
	(void)account;
	if (t->engine == DSFIT_ENGINE_NONE || t->zero >= 3)
		return false;
	out->costs = "1.5 times the network traffic, in each micro-step";
	return type(t, "zero", "3", out);
}

static bool offload_optimizer(struct dsfit_training *t, const struct dsfit_account *account,
			      struct dsfit_advice *out)
{
	(void)account;
	if (t->zero == 0 || t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return false;
	out->costs = "the CPU runs the optimizer step on gradients copied to it";
	return type(t, "offload", "optimizer:cpu", out);
}

static bool offload_all(struct dsfit_training *t, const struct dsfit_account *account,
			struct dsfit_advice *out)
{
	bool nvme = t->offload_optimizer == DSFIT_OFFLOAD_NVME;

	(void)account;
	if (t->zero < 3 || t->offload_param != DSFIT_OFFLOAD_NONE)
		return false;
	out->costs = "weights also come over PCIe in each micro-step";
	return type(t, "offload", nvme ? "optimizer:nvme,param:cpu" :
						    "optimizer:cpu,param:cpu", out);
}

static bool adam_in_8_bits(struct dsfit_training *t, const struct dsfit_account *account,
			   struct dsfit_advice *out)
{
	(void)account;
	if (t->optimizer != DSFIT_OPTIMIZER_ADAMW ||
	    t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return false;
	out->costs = "optimizer states in 8 bits: about the same time";
	return type(t, "optimizer", "adam8bit", out);
}

static bool lora(struct dsfit_training *t, const struct dsfit_account *account,
		 struct dsfit_advice *out)
{
	(void)account;
	if (t->method != DSFIT_METHOD_FULL)
		return false;
	out->costs = "trains adapters instead of the model: less time";
	return type(t, "method", "lora", out);
}

static bool qlora(struct dsfit_training *t, const struct dsfit_account *account,
		  struct dsfit_advice *out)
{
	(void)account;
	if (t->method != DSFIT_METHOD_LORA || t->base_weights_given)
		return false;
	out->costs = "4-bit weights are unpacked for each use: more time";
	return type(t, "method", "qlora", out);
}

static bool flash(struct dsfit_training *t, const struct dsfit_account *account,
		  struct dsfit_advice *out)
{
	(void)account;
	if (t->attention == DSFIT_ATTENTION_FLASH)
		return false;
	out->costs = "also takes less time";
	return type(t, "attention", "flash", out);
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
		    const struct dsfit_estimate_settings *settings,
		    struct dsfit_advice out[DSFIT_ADVICE_MAX])
{
	static const changer changers[DSFIT_ADVICE_MAX] = {
		checkpoint, halve_batch, stage_2, stage_3, offload_optimizer, offload_all,
		adam_in_8_bits, lora, qlora, flash, fuse_loss,
	};
	struct dsfit_account before, after;
	size_t count = 0;

	dsfit_account(model, families, training, layout, settings, &before);
	for (size_t i = 0; i < DSFIT_ADVICE_MAX && changers[i]; i++) {
		struct dsfit_training changed = *training;
		struct dsfit_advice one = { .options = "" };

		if (!changers[i](&changed, &before, &one) ||
		    dsfit_training_settle(&changed, model->parameters, NULL) ||
		    dsfit_layout_check(model, &changed, layout, NULL))
			continue;
		dsfit_account(model, families, &changed, layout, settings, &after);
		one.saved = dsfit_sub(before.gpu.peak, after.gpu.peak);
		one.peak = after.gpu.peak;
		one.host = dsfit_sub(after.host.own, before.host.own);
		if (one.saved && one.saved >= before.gpu.peak / 100)
			out[count++] = one;
	}
	qsort(out, count, sizeof(*out), by_saving);
	return count;
}
