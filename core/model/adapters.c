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
	uint64_t sides = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct dsfit_tensor *tensor = &list->tensor[i];

		if (dsfit_lora_targets(tensor, training))
			sides = dsfit_add(sides, dsfit_mul(tensor->in + tensor->out,
							   tensor->copies));
	}
	if (training->lora_targets == DSFIT_LORA_ALL_LINEAR)
		sides = dsfit_add(sides, model->counts.vision_sides);
	return dsfit_mul(sides, training->lora_rank);
}

uint64_t dsfit_lora_parameters(const struct dsfit_model *model,
			       const struct dsfit_training *training)
{
	struct dsfit_tensors list;

	dsfit_tensors_list(&model->shape, 0, &list);
	return dsfit_lora_count(&list, model, training);
}
