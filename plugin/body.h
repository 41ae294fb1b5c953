/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_BODY_H
#define DSFIT_BODY_H

#include <stdbool.h>

#include <slurm/spank.h>

#include "plugin/script.h"

/*
 * What sizes a job on the submit host is a file of its own, dsfit_submit.so, beside spank_dsfit.so.
 * Every sbatch and every step loads spank_dsfit.so, and few of them declare or start a training.
 * Only those that do wait until the linker has found libconfuse, json-c and libyaml.
 */
struct dsfit_body {
	/* Both files are of one build. */
	const char *version;
	/* Before all else: dsfit.conf, whose path stays; how many components of the job have been
	 * decided: nothing was declared for them; and what was seen of the script, which may be
	 * taken: then its launchers become NULL. */
	void (*begin)(const char *conf, unsigned components, struct dsfit_script_seen *seen);
	/* SPANK's callback for an option. */
	int (*typed)(int option, const char *value, int remote);
	/* For each component, after its options have been read. Returns 0 to submit the job, -1 to
	 * refuse it. */
	int (*decide)(spank_t spank);
	/* Free the values of the options. */
	void (*exit)(void);
	/* As plugin/submit_declaration.h and plugin/submit_say.h have them. */
	bool (*typed_any)(void);
	void (*say)(void (*log)(const char *, ...), const char *format, ...);
};

/* The one symbol that dsfit_submit.so exports. */
extern const struct dsfit_body dsfit_submit_body;

/* Load dsfit_submit.so, unless it is loaded. NULL if that fails; users are told so once. */
const struct dsfit_body *dsfit_body_load(void);

#endif
