/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_SHELL_H
#define DSFIT_SCRIPT_SHELL_H

#include "core/script/variables.h"

/* The state of one reading, which all parts of the reader share. */

/* What Slurm starts, of the request or of one srun. 0: not said. */
struct dsfit_step {
	uint32_t nodes, tasks, tasks_per_node;
	uint32_t gpus, gpus_per_node, gpus_per_task;
	bool by_srun;			/* it is a step of its own */
	uint32_t own_nodes;		/* that srun itself asks for; 0: as the job */
	bool spans_nodes;		/* a cluster of its own, over all nodes, takes it: Ray */
	uint32_t from;			/* where it is written */
};

/* What came out of a command or a test. */
enum dsfit_truth { DSFIT_TRUTH_NO, DSFIT_TRUTH_YES, DSFIT_TRUTH_PERHAPS };
struct dsfit_outcome {
	enum dsfit_truth truth;
	bool soft;			/* only as nothing outside sets the variables */
};

/* Where a command's words come from and go to. */
struct dsfit_streams {
	struct dsfit_span *in;		/* what is left to read; NULL: nothing is known of it */
	struct dsfit_cells *out;	/* NULL: nobody wants it */
};

/* The deepest nesting: of expansions, commands, functions and scripts together. */
#define DSFIT_SHELL_DEPTH 64

enum dsfit_leaving { DSFIT_STAY, DSFIT_BREAK, DSFIT_CONTINUE, DSFIT_RETURN, DSFIT_EXIT };

struct dsfit_shell {
	struct dsfit_arena *arena;
	struct dsfit_variables variables;
	struct dsfit_words arguments;	/* [0] is the script's name */
	bool arguments_given;		/* else $1 is not known, and ${1:-x} is x */
	struct dsfit_cells folder;	/* where the script is by now */
	struct dsfit_files *files;
	const struct dsfit_step *request;
	const struct dsfit_step *step;	/* of the srun that it is in; else the request */
	unsigned depth;
	unsigned loops;			/* turns that are left */
	unsigned inside;		/* how many loops */
	enum dsfit_leaving leave;
	bool may_leave;			/* a way that may be the wrong one leaves the loop */
	struct dsfit_outcome last;	/* $?, of the last command */

	/* Run a text in this shell: of source, eval, a function's caller. */
	struct dsfit_outcome (*run)(struct dsfit_shell *shell, struct dsfit_span code,
				    const struct dsfit_streams *io);
	/* Run a command substitution, which writes to `out`. */
	void (*substitute)(struct dsfit_shell *shell, struct dsfit_span code,
			   struct dsfit_cells *out);
	/* A program is started. */
	void (*started)(struct dsfit_shell *shell, const struct dsfit_words *words);
	void *context;			/* of the functions above */
};

#endif
