/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TABLES_H
#define DSFIT_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The DeepSpeed hardware guide: its eleven tables in its own words. Each row also has the jobs
 * that it speaks of, so that the guide can be compared with the account. All of the guide's
 * figures stand here and nowhere else: the minimums below the account, the ZeRO stage of a job
 * that declares none, and the rule of thumb for memory. The exception is the columns about cards,
 * which gpus.conf has.
 */

/* "Memory Estimation", in bytes per parameter; "With ZeRO Optimization", as a divisor. */
enum {
	DSFIT_GUIDE_WEIGHTS = 4,
	DSFIT_GUIDE_GRADIENTS = 4,
	DSFIT_GUIDE_OPTIMIZER = 8,
	DSFIT_GUIDE_ALL = 16,
	DSFIT_GUIDE_STAGE_1 = 4,
	DSFIT_GUIDE_STAGE_2 = 8,
};

/* The subject of a table: which part of the account its rows are compared with. */
enum dsfit_guide_subject {
	DSFIT_GUIDE_CARDS,		/* GPU memory of a card of gpus.conf */
	DSFIT_GUIDE_ESTIMATE,		/* bytes per parameter, on a card of just that size */
	DSFIT_GUIDE_REDUCTION,		/* the same for a ZeRO stage */
	DSFIT_GUIDE_SETUP,		/* a whole job, on nodes with the guide's RAM */
	DSFIT_GUIDE_RAM,
	DSFIT_GUIDE_STORAGE,
	DSFIT_GUIDE_NETWORK,
	DSFIT_GUIDE_PRICE,
};

/* A job and its GPUs, in the words of "dsfit size". NULL stands for the default: the guide's ZeRO
 * stage, no offload, full training. */
struct dsfit_guide_check {
	const char *model, *zero, *offload, *method;
	const char *gpu;		/* of gpus.conf; NULL: a card as large as the estimate */
	uint64_t gpus;			/* per node */
	uint64_t nodes;			/* 0 means one */
	bool otherwise;			/* another way than the row says: not in its verdict */
};

/* The account's term that a row of "Memory Estimation" is compared with. */
enum dsfit_guide_term {
	DSFIT_GUIDE_TERM_ALL,
	DSFIT_GUIDE_TERM_WEIGHTS,
	DSFIT_GUIDE_TERM_GRADIENTS,
	DSFIT_GUIDE_TERM_OPTIMIZER,
};

#define DSFIT_GUIDE_COLUMNS 4
#define DSFIT_GUIDE_CHECKS 4

struct dsfit_guide_row {
	/* The guide's words in ASCII: "->" and "x" for its arrow and its multiplication sign.
	 * NULL: the catalogue has them, see dsfit_compare_cell(). */
	const char *cell[DSFIT_GUIDE_COLUMNS];
	/* The row's figure. Mapping: the row is for models below so many parameters (0: no limit).
	 * RAM, storage: bytes. Network: bits per second. Estimation: bytes per parameter. */
	uint64_t figure;
	enum dsfit_guide_term term;		/* estimation */
	double price;				/* $ per hour for all of check[0].gpus */
	struct dsfit_guide_check check[DSFIT_GUIDE_CHECKS];	/* the last has no model */
};

struct dsfit_guide_table {
	const char *key;			/* in JSON: "mapping" */
	const char *title;			/* the guide's heading */
	unsigned number;			/* 1 to 11; the three sets of examples share one */
	enum dsfit_guide_subject subject;
	const char *column[DSFIT_GUIDE_COLUMNS];	/* up to the first NULL */
	const char *note;			/* how to read the rows; NULL: none */
	const struct dsfit_guide_row *rows;
	size_t row_count;
};

enum dsfit_guide_index {
	DSFIT_GUIDE_CONSUMER,
	DSFIT_GUIDE_PROFESSIONAL,
	DSFIT_GUIDE_ESTIMATION,
	DSFIT_GUIDE_ZERO,
	DSFIT_GUIDE_MAPPING,
	DSFIT_GUIDE_BASIC,
	DSFIT_GUIDE_HUGGINGFACE,
	DSFIT_GUIDE_MULTIMODAL,
	DSFIT_GUIDE_MEMORY,
	DSFIT_GUIDE_DISK,
	DSFIT_GUIDE_LINK,
	DSFIT_GUIDE_PRICING,
	DSFIT_GUIDE_TREE,
	DSFIT_GUIDE_TABLES,
};

extern const struct dsfit_guide_table dsfit_guide_tables[DSFIT_GUIDE_TABLES];

/* "Recommendations": a purpose and what the guide recommends for it; the last row is NULL. */
extern const char *const dsfit_guide_recommendations[][2];

/* "Model -> GPU Mapping": the ZeRO stage for a model of so many parameters, 0 to 3. */
unsigned dsfit_guide_stage(uint64_t parameters);

/*
 * "RAM" and "Storage": the row with the guide's minimum for a model of so many parameters. `stage`
 * is the ZeRO stage, `offloads` says whether the optimizer's states are offloaded.
 */
const struct dsfit_guide_row *dsfit_guide_ram(uint64_t parameters, unsigned stage, bool offloads);
const struct dsfit_guide_row *dsfit_guide_storage(uint64_t parameters);

/* "Network": the minimum between nodes, in bits per second. */
uint64_t dsfit_guide_network(void);

#endif
