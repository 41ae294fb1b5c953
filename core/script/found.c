/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/found.h"

#include <string.h>

#include "core/base/error.h"

const char *const dsfit_script_field_names[DSFIT_SCRIPT_FIELDS] = {
	"model", "method", "objective", "zero", "offload_optimizer", "offload_param",
	"micro_batch", "accumulation", "sequence", "precision", "checkpointing", "optimizer",
	"tensor", "pipeline", "layers", "hidden", "ffn", "gpus_used_per_node",
};

const char *dsfit_script_warning(const struct dsfit_script_found *found, size_t i,
				 char line[DSFIT_SCRIPT_WARNING])
{
	memcpy(line, found->warning[i], DSFIT_SCRIPT_WARNING);
	dsfit_printable(line);
	return line;
}
