/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gpu_names.h"

#include <error.h>
#include <string.h>

#include "cli/common.h"
#include "core/base/near_miss.h"
#include "core/site/card_name.h"

void cli_reject_gpu(const struct dsfit_site *site, const char *before, const char *name,
		    const char *accepted)
{
	char text[DSFIT_NEAR_TEXT];
	struct dsfit_near near;

	cli_check_sections(site, NULL);
	dsfit_near_start(&near, name);
	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];

		/* Another generation is no slip. */
		if (dsfit_card_is_kin(name, gpu->name))
			dsfit_near_try(&near, gpu->name, gpu);
		for (size_t j = 0; j < gpu->aliases.count; j++)
			if (dsfit_card_is_kin(name, gpu->aliases.name[j]))
				dsfit_near_try(&near, gpu->aliases.name[j], gpu);
	}
	error(CLI_USAGE, 0, "%s%s: no list has a GPU of this name: %s%s", before, name,
	      dsfit_near_text(&near, text), accepted);
}

bool cli_type_is_unnamed(const struct dsfit_site *site, const char *type)
{
	for (size_t i = 0; i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, type))
			return !site->classes[i].gpu->label_memory;
	return false;
}
