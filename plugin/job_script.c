/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/job_script.h"

#include <string.h>

#include "core/script/glance.h"

/* Longer scripts are not read here. The steps are enough for any script of the set, which take a
 * millisecond at most. A script that is made to delay slurmctld delays it by five. */
#define SCRIPT_MAX (100u << 10)
#define SCRIPT_WORK 250000

bool dsfit_job_script(const job_desc_msg_t *desc, const struct dsfit_slurm_options *options,
		      const char *words, struct dsfit_job_script *out)
{
	const char *slash, *path = desc->argc && desc->argv ? desc->argv[0] : NULL;

	*out = (struct dsfit_job_script){
		.text = desc->script, .folder = desc->work_dir, .options = options,
		.array = desc->array_inx, .job_name = desc->name, .work = SCRIPT_WORK,
	};
	/* Of a het job, the first component has it. */
	if (!desc->script || (desc->het_job_offset && desc->het_job_offset != NO_VAL))
		return false;
	out->length = strnlen(desc->script, SCRIPT_MAX + 1);
	if (out->length > SCRIPT_MAX || !dsfit_script_may_train(desc->script, out->length, words))
		return false;
	/* A client may leave out an argument: then those behind it are not known either. */
	if (path)
		out->arguments = (const char *const *)desc->argv + 1;
	while (path && out->argument_count + 1 < desc->argc &&
	       out->arguments[out->argument_count])
		out->argument_count++;
	if (desc->environment) {
		out->environment = (const char *const *)desc->environment;
		out->environment_count = desc->env_size;
	}
	slash = path ? strrchr(path, '/') : NULL;
	out->name = slash ? slash + 1 : path ? path : "script";
	return true;
}
