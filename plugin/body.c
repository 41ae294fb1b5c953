/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/body.h"

#include <dlfcn.h>
#include <limits.h>
#include <slurm/slurm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "dsfit_submit.so"

/* Beside the file that this function is in, or beside the one to which that is a link. */
static void *open_beside(void)
{
	char path[PATH_MAX + sizeof(FILE_NAME)];
	char *slash;
	Dl_info self;

	if (!dladdr(&dsfit_body_load, &self) || !realpath(self.dli_fname, path))
		return NULL;
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	strcpy(slash + 1, FILE_NAME);
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

const struct dsfit_body *dsfit_body_load(void)
{
	static const struct dsfit_body *body;
	static bool tried;
	const char *why = NULL;
	void *handle;

	if (tried)
		return body;
	tried = true;
	handle = open_beside();
	body = handle ? dlsym(handle, "dsfit_submit_body") : NULL;
	if (!body)
		why = dlerror();
	else if (strcmp(body->version, DSFIT_VERSION))
		why = FILE_NAME " is of another version than spank_dsfit.so";
	if (!body || why) {
		slurm_info("dsfit: not sized: %s", why ? why : FILE_NAME " is not found");
		body = NULL;
	}
	return body;
}
