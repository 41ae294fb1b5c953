/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_INFERRED_H
#define DSFIT_INFERRED_H

#include <stdbool.h>
#include <stddef.h>

#include "core/declare/declaration.h"
#include "core/script/found.h"
#include "core/script/options_line.h"

/*
 * A declaration that nobody typed: it is made of what a job script says (core/script/read.h). What
 * the script leaves open takes the value that needs the least memory, so that a request which does
 * not fit such a declaration cannot fit the job.
 */
struct dsfit_inferred {
	/* Its values are in `told`, or another's that were typed beside the script. */
	struct dsfit_declaration declaration;
	struct dsfit_script_option told[DSFIT_SCRIPT_OPTIONS];
	char shape[5][24];		/* of a model without a name */
	char model[256];		/* by which the model was found; "": as it is told */
	struct dsfit_training least;	/* what is not told */
	bool is_command;		/* no script: a command, which has no lines to name */
	bool zero_open;
	bool offload_open;		/* what is offloaded cannot be told */
};

/*
 * Declare what was found. Returns false if that is no training, or none of a model that is told. In
 * messages, `prefix` stands before an option's name. *out must stay where it is.
 */
bool dsfit_inferred_declare(const struct dsfit_script_found *found, const char *prefix,
			    struct dsfit_inferred *out);

/* What was typed beside the script wins, and its hub_cache is the one to look into. */
void dsfit_inferred_prefer(struct dsfit_inferred *inferred,
			   const struct dsfit_declaration *typed);

/*
 * Resolve the declaration, as dsfit_declaration_resolve() does. A model that is nowhere is looked
 * up by the parts of its path, and by the size that its name says. Returns 0, or -1 with a line in
 * err, which may be NULL: to find the closest name takes longer than all the rest.
 */
int dsfit_inferred_resolve(struct dsfit_inferred *inferred, const struct dsfit_models *models,
			   struct dsfit_workload *out, struct dsfit_error *err);

/* Whether nobody tells what is offloaded: core/decide/least_offload.h. */
bool dsfit_inferred_offload_open(const struct dsfit_inferred *inferred);

/*
 * What was read, with the lines it stands in, and what was taken for granted, as one line:
 * "train.sh: Llama-2-13b-hf (line 31), ZeRO-3 (ds.json), batch 4 x 4096 (lines 33, 36);
 * checkpointing not seen, taken as on". `script` is the script's name.
 */
#define DSFIT_INFERRED_LINE 1024
void dsfit_inferred_say(const struct dsfit_inferred *inferred,
			const struct dsfit_script_found *found,
			const struct dsfit_workload *workload, const char *script,
			char line[DSFIT_INFERRED_LINE]);

/*
 * Whether a script trains something, and only the model is missing. If so, the line says what was
 * read, and what is missing: "train.sh: ZeRO-3 (ds.json), batch 4 (line 3); the model is $MODEL
 * (line 7), which nothing sets here: ...".
 */
bool dsfit_inferred_lacks_model(const struct dsfit_script_found *found, const char *prefix,
				const char *script, char line[DSFIT_INFERRED_LINE]);

#endif
