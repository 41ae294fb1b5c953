/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_DECLARE_OPTIONS_H
#define DSFIT_DECLARE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/training/settings.h"

/*
 * The options by which users declare what they train. sbatch, salloc and srun (--ds-X) and the
 * command (--X) have the same ones. Their order here is the order in which they are read.
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
	DSFIT_OPTION_SET,
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

/* What an option is about, which decides how its value is read. */
enum dsfit_option_kind {
	DSFIT_ABOUT_MODEL,		/* which model; has a reader of its own */
	DSFIT_ABOUT_FILE,		/* the DeepSpeed file */
	DSFIT_ABOUT_TRAINING,		/* a setting of core/training/settings.h by its name */
	DSFIT_ABOUT_SETTINGS,		/* several of them: KEY:VALUE,KEY:VALUE */
	DSFIT_ABOUT_SHAPE,		/* a member of core/model/shape.h by its name */
	DSFIT_ABOUT_COUNT,		/* a count that replaces the model's own */
	DSFIT_ABOUT_WISH,		/* what dsfit shall do; one of `words` */
};

struct dsfit_option_info {
	const char *name;		/* without --ds- or -- */
	const char *argument;		/* for the help; NULL: a flag, whose value is "true" */
	const char *help;
	enum dsfit_option_kind kind;
	size_t at;			/* of a wish: offset in struct dsfit_workload */
	const char *const *words;	/* of a wish: the accepted words */
};

extern const struct dsfit_option_info dsfit_options[DSFIT_OPTION_END];

#define DSFIT_HUB_CACHE_MAX 1024

struct dsfit_model;

/* What a user declares: one text per option, as typed. */
struct dsfit_declaration {
	const char *value[DSFIT_OPTION_END];	/* borrowed; NULL if not declared */
	const char *prefix;			/* of an option in messages: "--ds-" or "--" */
	bool no_files;				/* open no file: the process is not the user's */
	char settings[DSFIT_SETTINGS_MAX + 2];	/* --ds-set, if it was taken more than once */
	/* Where the user's downloads from the Hub are; "": nowhere. */
	char hub_cache[DSFIT_HUB_CACHE_MAX];
	/* The declared model, if it was found before; it is not looked for again. NULL: it was not.
	 * Borrowed. */
	const struct dsfit_model *model;
};

/*
 * Take the text of an option. A later one replaces an earlier one, but the settings of --ds-set add
 * up, and of those a later one wins over an earlier one with the same key. If they are longer than
 * DSFIT_SETTINGS_MAX together, so is the text. A copy of the declaration is valid as long as the
 * declaration itself.
 */
void dsfit_declaration_take(struct dsfit_declaration *declaration, enum dsfit_option option,
			    const char *text);

/* Whether nothing is declared, and whether the declaration is --ds-model=none. */
bool dsfit_declaration_empty(const struct dsfit_declaration *declaration);
bool dsfit_declaration_none(const struct dsfit_declaration *declaration);

/*
 * Messages about one option; all return -1. The first makes "--ds-zero=7: must be ..." out of "7:
 * must be ...". The second does the same for an option that names a file, whose path may already
 * be in the line. The third refuses a file because none may be opened.
 */
int dsfit_option_fail(const struct dsfit_declaration *declaration, enum dsfit_option option,
		      const struct dsfit_error *why, struct dsfit_error *err);
int dsfit_option_fail_in_file(const struct dsfit_declaration *declaration,
			      enum dsfit_option option, const struct dsfit_error *why,
			      struct dsfit_error *err);
int dsfit_option_fail_no_files(const struct dsfit_declaration *declaration,
			       enum dsfit_option option, struct dsfit_error *err);

#endif
