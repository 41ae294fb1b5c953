/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into sbatch, salloc or srun: a Slurm without option accessors. dlsym() does not
 * find them; everything else it finds as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

void *dlsym(void *restrict handle, const char *restrict name)
{
	/* Since which version of the C library it has been there depends on the machine. */
	static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5",
						"GLIBC_2.27", "GLIBC_2.0" };
	static void *(*real)(void *, const char *);

	for (size_t i = 0; !real && i < sizeof(versions) / sizeof(versions[0]); i++) {
		void *found = dlvsym(RTLD_NEXT, "dlsym", versions[i]);

		memcpy(&real, &found, sizeof(real));
	}
	if (!real || !strncmp(name, "slurm_option_", strlen("slurm_option_")))
		return NULL;
	return real(handle, name);
}
