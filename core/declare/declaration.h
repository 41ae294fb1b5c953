/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DECLARATION_H
#define DSFIT_DECLARATION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/model/model.h"
#include "core/site/policy.h"
#include "core/training/training.h"

/*
 * What a user declares: one text an option, the same options in sbatch, salloc and srun
 * (--ds-X) and in the command (--X). The texts are kept as given until the whole is known,
 * then read once by dsfit_declaration_resolve().
 */
enum dsfit_option {
	DSFIT_OPTION_MODEL,
	DSFIT_OPTION_CONFIG,
	DSFIT_OPTION_ZERO,
	DSFIT_OPTION_OFFLOAD,
	DSFIT_OPTION_METHOD,
	DSFIT_OPTION_BATCH,
	DSFIT_OPTION_SEQ,
	DSFIT_OPTION_PRECISION,
	DSFIT_OPTION_OPTIMIZER,
	DSFIT_OPTION_CHECKPOINTING,
	DSFIT_OPTION_ATTENTION,
	DSFIT_OPTION_PARALLEL,
	DSFIT_OPTION_DATASET,
	DSFIT_OPTION_GOAL,
	DSFIT_OPTION_FIT,
	DSFIT_OPTION_EXPLAIN,
	DSFIT_OPTION_SLURM_END,		/* the rest are the command's alone */
	DSFIT_OPTION_PARAMS = DSFIT_OPTION_SLURM_END,
	DSFIT_OPTION_LAYERS,
	DSFIT_OPTION_HIDDEN,
	DSFIT_OPTION_HEADS,
	DSFIT_OPTION_KV_HEADS,
	DSFIT_OPTION_FFN,
	DSFIT_OPTION_GATED,
	DSFIT_OPTION_VOCAB,
	DSFIT_OPTION_LARGEST_LAYER,
	DSFIT_OPTION_TIED,
	DSFIT_OPTION_EXPERTS,
	DSFIT_OPTION_BASE_WEIGHTS,
	DSFIT_OPTION_LORA_TARGETS,
	DSFIT_OPTION_ENGINE,
	DSFIT_OPTION_NO_ZERO_INIT,
	DSFIT_OPTION_BUFFER_FACTOR,
	DSFIT_OPTION_END
};

struct dsfit_option_info {
	const char *name;		/* without --ds- or -- */
	const char *argument;		/* for the help; NULL: a flag, whose value is "true" */
	const char *help;
};

extern const struct dsfit_option_info dsfit_options[DSFIT_OPTION_END];

enum dsfit_explain { DSFIT_EXPLAIN_SHORT, DSFIT_EXPLAIN_FULL };
extern const char *const dsfit_explain_names[];

struct dsfit_declaration {
	const char *value[DSFIT_OPTION_END];	/* borrowed; NULL where not declared */
	const char *prefix;			/* how errors name an option: "--ds-" or "--" */
	bool no_files;				/* the reader is not the user: open no path */
};

/* A declaration that has been read: numbers only. */
struct dsfit_workload {
	struct dsfit_model model;
	struct dsfit_training training;
	enum dsfit_goal goal;
	enum dsfit_mode fit;
	bool fit_given;
	enum dsfit_explain explain;
};

/* Whether anything at all is declared, and whether it is --ds-model=none. */
bool dsfit_declaration_empty(const struct dsfit_declaration *declaration);
bool dsfit_declaration_none(const struct dsfit_declaration *declaration);

/*
 * Set one option's value in *training, as a user typed it. For --ds-X options about training and
 * for the site's defaults. -1 and a line without the option's name; options about something
 * else are left alone and return 0.
 */
int dsfit_training_set(struct dsfit_training *training, enum dsfit_option option,
		       const char *value, struct dsfit_error *err);

/*
 * Read the whole: `defaults` under the DeepSpeed file under the options; where the model is a
 * declaration that was passed on (core/declare/passed_on.h), that instead of the defaults. Paths are opened
 * here, relative to the working directory, with the caller's rights, unless no_files says that
 * none is. On failure the line in err
 * is "--ds-zero=7: accepted are ...".
 */
int dsfit_declaration_resolve(const struct dsfit_declaration *declaration,
			      const struct dsfit_models *models,
			      const struct dsfit_training *defaults,
			      struct dsfit_workload *out, struct dsfit_error *err);

#endif
