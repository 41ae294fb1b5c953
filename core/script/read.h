/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_READ_H
#define DSFIT_SCRIPT_READ_H

#include "core/script/files.h"
#include "core/script/found.h"
#include "core/script/launchers.h"

/* The longest script that is read. */
#define DSFIT_SCRIPT_MAX (4u << 20)

struct dsfit_script_given {
	const char *name;		/* of the script, as it is submitted */
	const char *text;
	size_t length;
	const char *const *arguments;	/* after the script's name; NULL: nobody knows them */
	size_t argument_count;
	const char *folder;		/* from which it is submitted */
	/* "NAME=value": what of the environment may count; ends with NULL. NULL: nothing. */
	const char *const *environment;
	/* What Slurm grants, if the caller knows it; NULL: as #SBATCH says. */
	const struct dsfit_script_request *request;
	dsfit_file_reader read;		/* NULL: the text alone */
	void *context;			/* of read() */
	/* Files of settings; NULL: whether there are any is all that is found out of them. */
	dsfit_document_reader documents;
	uint64_t work;			/* the most steps; 0: as many as the text is long */
	bool wants_commands;		/* for found->commands */
};

/*
 * Read what a job script trains. It runs nothing, and opens only what given->read opens. Time and
 * memory are bounded, whatever the text says. Returns 0, or -1 if there is no memory.
 */
int dsfit_script_read(const struct dsfit_launchers *launchers,
		      const struct dsfit_script_given *given, struct dsfit_script_found *found);

void dsfit_script_found_free(struct dsfit_script_found *found);

#endif
