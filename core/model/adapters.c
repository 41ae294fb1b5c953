/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LoRA adapters, counted from the list of a shape's tensors. */
#include "core/model/adapters.h"

#include "core/base/size.h"

bool dsfit_lora_targets(const struct dsfit_tensor *tensor, const struct dsfit_training *training)
{
	if (training->lora_targets == DSFIT_LORA_LISTED)
		return tensor->parts & training->lora_modules;
	if (tensor->module == DSFIT_MODULE_PLAIN || tensor->role == DSFIT_ROLE_HEAD)
		return false;
	switch (training->lora_targets) {
	case DSFIT_LORA_QV:
		return tensor->role == DSFIT_ROLE_QUERY_VALUE;
	case DSFIT_LORA_ATTENTION:
		return tensor->role == DSFIT_ROLE_QUERY_VALUE ||
		       tensor->role == DSFIT_ROLE_ATTENTION;
	default:
		return true;
	}
}

uint64_t dsfit_lora_count(const struct dsfit_tensors *list, const struct dsfit_model *model,
			  const struct dsfit_training *training)
{
	uint64_t sides = 0, outputs = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct dsfit_tensor *tensor = &list->tensor[i];

		if (!dsfit_lora_targets(tensor, training))
			continue;
		sides = dsfit_add(sides, dsfit_mul(tensor->in + tensor->out, tensor->copies));
		outputs = dsfit_add(outputs, dsfit_mul(tensor->out, tensor->copies));
	}
	if (training->lora_targets == DSFIT_LORA_ALL_LINEAR)
		sides = dsfit_add(sides, model->counts.vision_sides);
	sides = dsfit_mul(sides, training->lora_rank);
	/* DoRA has the norm of each row of the adapted matrix. */
	return training->dora ? dsfit_add(sides, outputs) : sides;
}

uint64_t dsfit_saved_modules(const struct dsfit_model *model,
			     const struct dsfit_training *training)
{
	const struct dsfit_counts *counts = &model->counts;
	uint64_t saved = 0;

	if (training->modules_to_save & DSFIT_PART_EMBEDDING)
		saved = counts->embedding;
	/* A tied head gets a matrix of its own. */
	if (training->modules_to_save & DSFIT_PART_HEAD)
		saved = dsfit_add(saved, counts->head ? counts->head : counts->embedding);
	return saved;
}

static uint64_t not_frozen(const struct dsfit_model *model, enum dsfit_frozen frozen)
{
	const struct dsfit_counts *counts = &model->counts;

	switch (frozen) {
	case DSFIT_FROZEN_VISION:
		return dsfit_sub(model->parameters, counts->vision);
	case DSFIT_FROZEN_ALL_BUT_HEAD:
		return counts->head ? counts->head : counts->embedding;
	case DSFIT_FROZEN_ALL_BUT_EMBED:
		return dsfit_add(counts->embedding, counts->head);
	default:
		return model->parameters;
	}
}

uint64_t dsfit_trainable(const struct dsfit_model *model, const struct dsfit_training *training)
{
	if (training->method == DSFIT_METHOD_FULL)
		return not_frozen(model, training->frozen);
	return dsfit_add(dsfit_lora_parameters(model, training),
			 dsfit_saved_modules(model, training));
}

uint64_t dsfit_lora_parameters(const struct dsfit_model *model,
			       const struct dsfit_training *training)
{
	struct dsfit_tensors scratch;

	return dsfit_lora_count(dsfit_model_tensors(model, &scratch), model, training);
}
