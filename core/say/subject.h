/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBJECT_H
#define DSFIT_SUBJECT_H

#include <stddef.h>

#include "core/decide/decide.h"
#include "core/say/picture.h"
#include "core/script/found.h"

/* Writes a request as the gate's own options, such as "-N 3 --gpus-per-node=a100:4", into text.
 * Returns text. */
typedef const char *(*dsfit_request_writer)(const struct dsfit_request *request, char *text,
					    size_t size);

/* What is put into words: a decision, the job it is about, and how the gate writes options. All
 * pointers are borrowed. */
struct dsfit_say {
	const struct dsfit_site *site;
	const struct dsfit_workload *workload;
	const struct dsfit_decision *decision;
	dsfit_request_writer write_request;
	const char *prefix;		/* of options that change the training: "--ds-" or "--" */
	const struct dsfit_style *style;	/* how to draw memory as bars; NULL: no bars */
	const char *options;		/* of the command, which give this answer again; or NULL */
	const char *read;		/* what was read out of a script; NULL: nothing was */
	const struct dsfit_script_found *script;	/* with what it contradicts */
	size_t columns;			/* the width to wrap lines to; 0: do not wrap */
};

#endif
