/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_READING_H
#define DSFIT_SCRIPT_READING_H

#include <stdio.h>

#include "core/script/files.h"
#include "core/script/found.h"
#include "core/script/launchers.h"

/* One reading of one script: what its parts share. shell.context points to it. */
struct dsfit_reading {
	struct dsfit_shell shell;
	const struct dsfit_launchers *launchers;
	const struct dsfit_script_request *request;
	dsfit_document_reader documents;	/* NULL: settings are not read */
	struct dsfit_script_found *best;	/* of the trainings so far */
	uint64_t best_size;
	FILE *commands;				/* NULL: nobody wants to see them */
};

/* A flag, or a key of a file. */
struct dsfit_flag {
	const char *name;		/* as in launchers.conf */
	struct dsfit_span value;
	bool has_value;
	bool is_key;			/* written name=value, as hydra has it */
	uint32_t from;
};

struct dsfit_flags {
	struct dsfit_flag *at;
	size_t count, room;
};

/* A program that may train, and how it is started. */
struct dsfit_launch {
	const struct dsfit_launcher *launcher;	/* NULL: it is started by itself */
	const struct dsfit_trainer *trainer;	/* by the program's name; NULL: none is known */
	struct dsfit_flags options;		/* of the launcher */
	struct dsfit_span program;
	struct dsfit_words arguments;		/* that are no flags */
	struct dsfit_flags flags;
	struct dsfit_step step;
	uint32_t from;
};

#endif
