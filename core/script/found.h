/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_FOUND_H
#define DSFIT_SCRIPT_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a script says of the training that it starts. */

enum dsfit_script_field {
	DSFIT_SAYS_MODEL,
	DSFIT_SAYS_METHOD,
	DSFIT_SAYS_OBJECTIVE,
	DSFIT_SAYS_ZERO,
	DSFIT_SAYS_OFFLOAD_OPTIMIZER,
	DSFIT_SAYS_OFFLOAD_PARAM,
	DSFIT_SAYS_MICRO_BATCH,
	DSFIT_SAYS_ACCUMULATION,
	DSFIT_SAYS_SEQUENCE,
	DSFIT_SAYS_PRECISION,
	DSFIT_SAYS_CHECKPOINTING,
	DSFIT_SAYS_OPTIMIZER,
	DSFIT_SAYS_TENSOR,
	DSFIT_SAYS_PIPELINE,
	DSFIT_SAYS_LAYERS,		/* of a shape that is given instead of a model */
	DSFIT_SAYS_HIDDEN,
	DSFIT_SAYS_FFN,
	DSFIT_SAYS_GPUS_USED,		/* a node, as the launcher starts processes */
	DSFIT_SCRIPT_FIELDS,
};

/* "model", "micro_batch", ... in the enum's order. */
extern const char *const dsfit_script_field_names[DSFIT_SCRIPT_FIELDS];

/* How sure a fact is; of two the higher counts, of equal ones the later. */
enum {
	DSFIT_SURE_NOT = 0,		/* nothing says it */
	DSFIT_SURE_ASSUMED = 1,		/* as nothing says otherwise */
	DSFIT_SURE_NAME = 5,		/* by a file's name */
	DSFIT_SURE_TOOL = 10,		/* the program's own default */
	DSFIT_SURE_ENGINE = 20,		/* a DeepSpeed file */
	DSFIT_SURE_LAUNCHER = 25,	/* the launcher's file */
	DSFIT_SURE_FILE = 30,		/* a file of settings */
	DSFIT_SURE_FLAG = 50,
};

struct dsfit_script_fact {
	char text[256];
	char source[200];		/* "line 12", "ds.json: zero_optimization.stage" */
	int sure;
};

enum dsfit_script_kind {
	DSFIT_SCRIPT_OTHER,		/* it trains nothing that dsfit knows of */
	DSFIT_SCRIPT_UNCLEAR,		/* something may be trained, nothing tells what */
	DSFIT_SCRIPT_TRAINING,
};

#define DSFIT_SCRIPT_WARNINGS 8
#define DSFIT_SCRIPT_WARNING 256

/* What #SBATCH lines ask; 0: not said. */
struct dsfit_script_request {
	uint32_t nodes, gpus_per_node, tasks, tasks_per_node, gpus, gpus_per_task;
	uint32_t cpus_per_task;
	uint64_t memory;		/* bytes a node */
	char array[128], name[128];	/* "" if it is no array, or has no name */
	unsigned nodes_line, gpus_line;
	unsigned declared_line;		/* of the first --ds- option; 0: there is none */
};

struct dsfit_script_found {
	enum dsfit_script_kind kind;
	char launcher[64], framework[64];
	unsigned line;			/* of the command that trains */
	struct dsfit_script_fact fact[DSFIT_SCRIPT_FIELDS];
	/* Where the model is told, but by what nothing sets, and a launcher of trainings starts
	 * it: "$MODEL"; sure is 0 where that is not so. */
	struct dsfit_script_fact open_model;
	/* A file of settings that is named and not there; sure is 0 where there is none. */
	struct dsfit_script_fact unread;
	unsigned python_line;		/* of code in the script that may write it; 0: none */
	struct dsfit_script_request request;
	char warning[DSFIT_SCRIPT_WARNINGS][DSFIT_SCRIPT_WARNING];
	size_t warnings;
	bool has_documents;		/* settings are in files, and files were not to be read */
	bool stopped;			/* the script is longer than what is read of one */
	bool no_memory;			/* it was out: what is here may be wrong */
	char *commands;			/* the resolved commands, a line each; NULL if not asked */
};

/* A warning as it may be shown: it quotes the script, which may have any byte. Returns `line`. */
const char *dsfit_script_warning(const struct dsfit_script_found *found, size_t i,
				 char line[DSFIT_SCRIPT_WARNING]);

#endif
