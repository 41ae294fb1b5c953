/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ADAPTERS_H
#define DSFIT_ADAPTERS_H

#include <stdint.h>

#include "core/model/model.h"
#include "core/model/tensors.h"
#include "core/training/training.h"

/*
 * Whether PEFT adapts routed experts, which are 3-D parameters in transformers 5, by the names that
 * their linears had in 4.x (_convert_peft_config_moe() of
 * peft/utils/transformers_weight_conversion.py). It does so for some models, by
 * all-linear and by lists with gate_proj and up_proj, or with down_proj. Matrices outside of the
 * experts that have these names get no adapter then.
 */
bool dsfit_lora_adapts_experts(const struct dsfit_model *model,
			       const struct dsfit_training *training);

/*
 * Write the line about adapters on experts that PEFT refuses to make: its lora.ParamWrapper knows
 * neither dropout nor DoRA, and gate and up are one parameter (peft/tuners/lora/layer.py,
 * convert_peft_config_for_transformers() of peft/utils/transformers_weight_conversion.py). Returns
 * false, and an empty line, if there are none.
 */
bool dsfit_lora_refused(const struct dsfit_model *model, const struct dsfit_training *training,
			struct dsfit_error *line);

/* Whether this tensor of the model gets an adapter. */
bool dsfit_lora_targets(const struct dsfit_model *model, const struct dsfit_tensor *tensor,
			const struct dsfit_training *training);

/* A tensor's inputs and outputs, as often as adapters are on them: for each matrix in it, and twice
 * for what PEFT takes for two. Its adapters have the rank times so many parameters. Saturates. */
uint64_t dsfit_lora_sides(const struct dsfit_model *model, const struct dsfit_tensor *tensor,
			  const struct dsfit_training *training);

/*
 * The parameters of LoRA adapters: r * (in + out), summed over the linears that have one.
 * Saturates. The targets mean the same as in PEFT. all-linear is every linear except the head,
 * inside and outside the blocks; routed experts that are 3-D parameters get none, except
 * where PEFT knows them by name. qv is q_proj and
 * v_proj, or the one matrix that has both (query_key_value, qkv_proj, c_attn). attention is all
 * matrices of attention. Listed modules are all that do what the list says.
 */
uint64_t dsfit_lora_parameters(const struct dsfit_model *model,
			       const struct dsfit_training *training);

/* Parameters of the modules that are trained whole beside the adapters (modules_to_save): each is a
 * copy. Saturates. */
uint64_t dsfit_saved_modules(const struct dsfit_model *model,
			     const struct dsfit_training *training);

/* Parameters that are trained: all of them, those that are not frozen, or adapters and what is
 * trained beside them. Saturates. */
uint64_t dsfit_trainable(const struct dsfit_model *model, const struct dsfit_training *training);

/* Of full training, those of the vision tower and of its projector, which are among those. */
uint64_t dsfit_trainable_vision(const struct dsfit_model *model,
				const struct dsfit_training *training);

/* Parameters of the adapters on the vision tower, which are among those. Saturates. */
uint64_t dsfit_lora_of_tower(const struct dsfit_model *model,
			     const struct dsfit_training *training);

/* The same, from a list of the model's tensors that the caller already has. */
uint64_t dsfit_lora_count(const struct dsfit_tensors *list, const struct dsfit_model *model,
			  const struct dsfit_training *training);

#endif
