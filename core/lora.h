/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LORA_H
#define DSFIT_LORA_H

#include <stdint.h>

#include "core/model.h"
#include "core/training.h"

/*
 * Parameters of LoRA adapters: r * sum of (in + out) over the linears they are on. PEFT's words:
 * all-linear is every nn.Linear and its kin but the head, in blocks and around them; routed
 * experts that are 3-D parameters have none. qv is q_proj and v_proj, or where queries, keys and
 * values are one matrix (query_key_value, qkv_proj, c_attn) that one; attention is all of its
 * matrices. Saturates.
 */
uint64_t dsfit_lora_parameters(const struct dsfit_model *model, uint64_t rank,
			       enum dsfit_lora_targets targets);

#endif
