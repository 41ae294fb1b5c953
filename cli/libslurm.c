/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find the functions of libslurm at run time. See libslurm.h. */
#include "cli/libslurm.h"

#include <dlfcn.h>
#include <string.h>

#include "core/base/array.h"
#include "plugin/release.h"

/* Try the library's name first, then the path that it had when dsfit was built. RTLD_GLOBAL is
 * needed by Slurm's plugins: libslurm loads them, and they use its functions. */
static void *open_library(struct dsfit_error *err)
{
	const char *name = strrchr(DSFIT_LIBSLURM, '/') + 1;
	void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);

	if (!library)
		library = dlopen(DSFIT_LIBSLURM, RTLD_NOW | RTLD_GLOBAL);
	if (!library)
		dsfit_fail(err, "cannot load the library of Slurm %u.%02u, for which dsfit was "
			   "built: %s",
			   SLURM_VERSION_MAJOR(SLURM_VERSION_NUMBER),
			   SLURM_VERSION_MINOR(SLURM_VERSION_NUMBER), dlerror());
	return library;
}

struct function {
	const char *name;
	void *at;			/* the pointer to set */
};

static int find_functions(void *library, const struct function *needed, size_t count,
			  struct dsfit_error *err)
{
	for (size_t i = 0; i < count; i++) {
		void *symbol = dlsym(library, needed[i].name);

		if (!symbol)
			return dsfit_fail(err, "%s does not have the function %s", DSFIT_LIBSLURM,
					  needed[i].name);
		/* POSIX: a function pointer has the size of a data pointer. */
		memcpy(needed[i].at, &symbol, sizeof(symbol));
	}
	return 0;
}

int libslurm_open(struct libslurm *out, struct dsfit_error *err)
{
	const struct function needed[] = {
		{ "slurm_init", &out->init },
		{ "slurm_load_ctl_conf", &out->load_ctl_conf },
		{ "slurm_load_node", &out->load_node },
		{ "slurm_load_partitions", &out->load_partitions },
		{ "slurm_load_assoc_mgr_info", &out->load_assoc_mgr_info },
		{ "slurm_list_iterator_create", &out->list_iterator_create },
		{ "slurm_list_next", &out->list_next },
		{ "slurm_list_iterator_destroy", &out->list_iterator_destroy },
		{ "slurm_strerror", &out->strerror },
	};
	void *library = open_library(err);

	return library ? find_functions(library, needed, DSFIT_ARRAY_SIZE(needed), err) : -1;
}

int libslurm_open_jobs(struct libslurm_jobs *out, struct dsfit_error *err)
{
	const struct function needed[] = {
		{ "slurm_init", &out->init },
		{ "slurm_load_ctl_conf", &out->load_ctl_conf },
		{ "slurm_load_job", &out->load_job },
		{ "slurm_get_job_stdout", &out->get_job_stdout },
		{ "slurm_job_state_string", &out->job_state_string },
		{ DSFIT_JOB_REASON_STRING, &out->job_reason_string },
		{ "slurmdb_connection_get", &out->connection_get },
		{ "slurmdb_connection_close", &out->connection_close },
		{ "slurmdb_jobs_get", &out->jobs_get },
		{ "slurmdb_tres_get", &out->tres_get },
		{ "slurm_list_create", &out->list_create },
		{ "slurm_list_append", &out->list_append },
		{ "slurm_list_iterator_create", &out->list_iterator_create },
		{ "slurm_list_next", &out->list_next },
		{ "slurm_list_iterator_destroy", &out->list_iterator_destroy },
		{ "slurm_strerror", &out->strerror },
	};
	void *library = open_library(err);

	return library ? find_functions(library, needed, DSFIT_ARRAY_SIZE(needed), err) : -1;
}
