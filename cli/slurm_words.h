/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SLURM_WORDS_H
#define DSFIT_CLI_SLURM_WORDS_H

#include <argp.h>

#include "core/request/request.h"
#include "plugin/slurm_options.h"

/* A request in sbatch's own words. They are read as the plugin reads them, so that the command and
 * sbatch understand the same request. */

struct cli_slurm_words {
	struct dsfit_slurm_options options;	/* as typed; borrowed */
	char list_nodes[24];			/* the number of nodes of --nodelist */
};

/* For argp's children, with a struct cli_slurm_words as its input. Options of sbatch that say
 * nothing about the size of a job are accepted and ignored. */
extern const struct argp cli_slurm_argp;

/* Turn the words into a request. A mistake ends the command with a message. */
void cli_slurm_request(struct cli_slurm_words *words, struct dsfit_request *out);

#endif
