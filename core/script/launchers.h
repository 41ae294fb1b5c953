/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_LAUNCHERS_H
#define DSFIT_SCRIPT_LAUNCHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/names.h"
#include "core/script/cells.h"

/*
 * launchers.conf: the programs that start trainings, and what their flags and keys mean. What reads
 * the file is core/script/launchers_conf.h, and core/script/launchers_quick.h for most of it.
 */

/* What a flag, or a key of a file, can mean. launchers.conf has a section for each. */
enum dsfit_meaning {
	DSFIT_MEANS_MODEL,
	DSFIT_MEANS_MODEL_PERHAPS,	/* a model, or something else: --model, --load */
	DSFIT_MEANS_FACTORY,		/* a model's name, with settings in brackets */
	DSFIT_MEANS_LAYERS,
	DSFIT_MEANS_HIDDEN,
	DSFIT_MEANS_FFN,
	DSFIT_MEANS_EXPERTS,		/* feed-forward networks of a layer */
	DSFIT_MEANS_ZERO,
	DSFIT_MEANS_FSDP,
	DSFIT_MEANS_OFFLOAD_OPTIMIZER,
	DSFIT_MEANS_OFFLOAD_PARAM,
	DSFIT_MEANS_OFFLOAD,
	DSFIT_MEANS_MICRO_BATCH,
	DSFIT_MEANS_GLOBAL_BATCH,
	DSFIT_MEANS_BATCH,		/* per device, or of all if something else is */
	DSFIT_MEANS_ACCUMULATION,
	DSFIT_MEANS_SEQUENCE,
	DSFIT_MEANS_SEQUENCE_PART,	/* lengths that add up */
	DSFIT_MEANS_SEQUENCE_OR,	/* lengths of which the longest counts */
	DSFIT_MEANS_SEQUENCE_LIMIT,	/* where a tokenizer cuts off */
	DSFIT_MEANS_PRECISION,
	DSFIT_MEANS_BF16,
	DSFIT_MEANS_FP16,
	DSFIT_MEANS_CHECKPOINTING,
	DSFIT_MEANS_NO_CHECKPOINTING,
	DSFIT_MEANS_OPTIMIZER,
	DSFIT_MEANS_ADAPTER,		/* by name: lora, qlora, full */
	DSFIT_MEANS_LORA,		/* a rank, or a switch */
	DSFIT_MEANS_BITS,
	DSFIT_MEANS_FOUR_BIT,
	DSFIT_MEANS_PROMPT_TUNING,
	DSFIT_MEANS_PROJECTOR,
	DSFIT_MEANS_OBJECTIVE,
	DSFIT_MEANS_TENSOR,
	DSFIT_MEANS_PIPELINE,
	DSFIT_MEANS_CONTEXT,		/* GPUs that share a sequence */
	DSFIT_MEANS_COPIES,		/* of the model, that train beside each other */
	DSFIT_MEANS_TRAINS,		/* --do_train */
	DSFIT_MEANS_PREDICTS,		/* --do_predict */
	DSFIT_MEANS_ENGINE_FILE,	/* a DeepSpeed file */
	DSFIT_MEANS_FILE,		/* a file of settings */
	DSFIT_MEANS_FOLDER,		/* where such files lie */
	DSFIT_MEANS_GPUS,		/* a node */
	DSFIT_MEANS_WORLD,		/* processes in all */
	DSFIT_MEANS_SERVES,		/* a GPU is left to a server of answers */
	DSFIT_MEANS_TOKENS,		/* a batch is so many tokens, not sequences */
	DSFIT_MEANS_OVERRIDES,		/* other settings: "n_layer=12,n_embd=768" */
	DSFIT_MEANS_SIGN,		/* nothing, but only trainings have it */
	DSFIT_MEANS_OTHER,		/* only trainings have it that dsfit does not size */
	DSFIT_MEANINGS,
};

struct dsfit_launcher {
	const char *name;
	struct dsfit_names programs;
	struct dsfit_names switches;	/* options without a value */
	struct dsfit_names per_node, total, nodes, hosts, files;
	bool packaged;			/* it has settings of its own, by names of models */
};

/* A program that trains, and knows more than its flags say. */
struct dsfit_trainer {
	const char *name;
	struct dsfit_names programs;	/* "llamafactory-cli train", "grpo.py" */
	struct dsfit_names marks;	/* flags that only it has */
	struct dsfit_names defaults;	/* "checkpointing=full" */
	bool starts_all;		/* it starts a process on each GPU */
	bool spans_nodes;		/* it reaches the other nodes itself */
};

/* A program of the tables. One that neither launches nor trains is a prefix. */
struct dsfit_program {
	const char *name;		/* "tune run", "open_instruct/finetune.py" */
	const struct dsfit_launcher *launcher;
	const struct dsfit_trainer *trainer;
	const struct dsfit_program *next;	/* that begins with the same word */
};

/* A list whose names are looked up by their hash. */
struct dsfit_indexed_names {
	struct dsfit_names names;
	uint32_t *slot;			/* a name's number + 1; 0: empty */
	size_t slots;			/* a power of 2 */
};

/* A list whose names are looked for inside of texts, by their first character. */
struct dsfit_parts {
	struct dsfit_names names;
	uint32_t first[32];		/* a name's number + 1, by DSFIT_PARTS_LETTER; 0: none */
	uint32_t *next;			/* of each name: the next with that letter */
};

/* The same for a letter in upper and lower case. */
#define DSFIT_PARTS_LETTER(c) ((unsigned char)(c) & 31)

/* All lists and strings are in the arena. */
struct dsfit_launchers {
	struct dsfit_arena arena;
	struct dsfit_names prefixes, sections_aside;
	struct dsfit_parts nothing, nothing_anywhere, nothing_scripts, training, methods, models,
			   other_models;
	struct dsfit_names variables;	/* "VARIABLE=flag" */
	struct dsfit_launcher *launcher;
	size_t launchers;
	struct dsfit_trainer *trainer;
	size_t trainers;
	struct dsfit_indexed_names known;	/* that mean something */
	enum dsfit_meaning *meaning;		/* of each of them */
	struct dsfit_indexed_names start;	/* the first words of all programs and prefixes */
	struct dsfit_program *program;		/* of each of them */
	struct dsfit_indexed_names marks;	/* of all trainers */
	const struct dsfit_trainer **marked;	/* by each of them */
};

/* Where launchers.conf is: beside the configuration `conf`. Returns `path`. */
char *dsfit_launchers_path(const char *conf, char *path, size_t size);

/*
 * To build them: begin with empty tables, add names to lists, say what names mean, and end with
 * what they are looked up by. Strings stay where they are, which is the arena. NULL and -1 are for
 * want of memory.
 */
struct dsfit_launchers *dsfit_launchers_begin(void);
struct dsfit_launcher *dsfit_launchers_add_launcher(struct dsfit_launchers *launchers,
						    const char *name);
struct dsfit_trainer *dsfit_launchers_add_trainer(struct dsfit_launchers *launchers,
						  const char *name);
int dsfit_launchers_add(struct dsfit_launchers *launchers, struct dsfit_names *names,
			const char *name);
int dsfit_launchers_mean(struct dsfit_launchers *launchers, const struct dsfit_names *names,
			 enum dsfit_meaning meaning);
int dsfit_launchers_end(struct dsfit_launchers *launchers);

/* The meaning that a section's title names, which may have more words: "micro-batch of ours".
 * DSFIT_MEANINGS: none. */
enum dsfit_meaning dsfit_launchers_titled(const char *title);

void dsfit_launchers_free(struct dsfit_launchers *launchers);

/* What a name means, which is in lower case with "_" for "-". Returns false if it is not there. */
bool dsfit_launchers_meaning(const struct dsfit_launchers *launchers, const char *name,
			     enum dsfit_meaning *meaning);

/* The programs of the tables that begin with a word, which of a path is the file's name; the others
 * follow by `next`, launchers before trainers, each as the file has them. NULL: there is none. */
const struct dsfit_program *dsfit_launchers_programs(const struct dsfit_launchers *launchers,
						     const char *word);

/* The trainer that a flag or a key is a mark of; of several the first. NULL: it is none. */
const struct dsfit_trainer *dsfit_launchers_marked(const struct dsfit_launchers *launchers,
						   const char *name);

/* Whether a text has one of the names, in upper or lower case, at a place that fits it. */
bool dsfit_launchers_find(const struct dsfit_parts *parts, const char *text,
			  bool (*fits)(const char *text, const char *at, size_t length));

/* The names of the sections, in the enum's order, and a NULL. */
extern const char *const dsfit_meaning_names[];

#endif
