/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/found.h"

const char *const dsfit_script_field_names[DSFIT_SCRIPT_FIELDS] = {
	"model", "method", "objective", "zero", "offload_optimizer", "offload_param",
	"micro_batch", "accumulation", "sequence", "precision", "checkpointing", "optimizer",
	"tensor", "pipeline", "layers", "hidden", "ffn", "gpus_used_per_node",
};
