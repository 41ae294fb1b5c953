/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TABLES_H
#define DSFIT_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The hardware guide: its eleven tables in its own words, and beside each row the jobs that it
 * is about, so that the account can be asked about them. This is the one place of its figures:
 * the floors under the account, the stage of a job that declares none and the rule of thumb
 * come from these tables. Only the cards' own
 * columns are the catalogue's (gpus.conf).
 */

/* "Memory Estimation", in bytes a parameter, and "With ZeRO Optimization", times less. */
enum {
	DSFIT_GUIDE_WEIGHTS = 4,
	DSFIT_GUIDE_GRADIENTS = 4,
	DSFIT_GUIDE_OPTIMIZER = 8,
	DSFIT_GUIDE_ALL = 16,
	DSFIT_GUIDE_STAGE_1 = 4,
	DSFIT_GUIDE_STAGE_2 = 8,
};

/* What a table is about: the verdict of the assessment that its rows are held against. */
enum dsfit_guide_subject {
	DSFIT_GUIDE_CARDS,		/* cards of gpus.conf: their memory */
	DSFIT_GUIDE_ESTIMATE,		/* bytes a parameter: a card that holds just so much */
	DSFIT_GUIDE_REDUCTION,		/* likewise, of a ZeRO stage */
	DSFIT_GUIDE_SETUP,		/* a job on cards, in a node with the guide's RAM */
	DSFIT_GUIDE_RAM,
	DSFIT_GUIDE_STORAGE,
	DSFIT_GUIDE_NETWORK,
	DSFIT_GUIDE_PRICE,
};

/* A job and what it runs on, in the words of "dsfit size". NULL where nothing is said: of ZeRO,
 * the guide's stage; of offload, none; of the method, full. */
struct dsfit_guide_check {
	const char *model, *zero, *offload, *method;
	const char *gpu;		/* of gpus.conf; NULL: one of the guide's estimate */
	uint64_t gpus;			/* a node */
	uint64_t nodes;			/* 0 for one */
	bool otherwise;			/* a way that the row does not name: not in its verdict */
};

/* Which of the account's terms a row of the estimation is beside. */
enum dsfit_guide_term {
	DSFIT_GUIDE_TERM_ALL,
	DSFIT_GUIDE_TERM_WEIGHTS,
	DSFIT_GUIDE_TERM_GRADIENTS,
	DSFIT_GUIDE_TERM_OPTIMIZER,
};

#define DSFIT_GUIDE_COLUMNS 4
#define DSFIT_GUIDE_CHECKS 4

struct dsfit_guide_row {
	/* The guide's words, in ASCII: "->" and "x" for its arrow and its times. NULL where they
	 * are the catalogue's: see dsfit_compare_cell(). */
	const char *cell[DSFIT_GUIDE_COLUMNS];
	/* Its figure: parameters that the row ends below (mapping; 0: it does not end), bytes (RAM,
	 * storage), bits a second (network), bytes a parameter (estimation). */
	uint64_t figure;
	enum dsfit_guide_term term;		/* estimation */
	double price;				/* $ an hour for all of check[0].gpus */
	struct dsfit_guide_check check[DSFIT_GUIDE_CHECKS];	/* to the first without a model */
};

struct dsfit_guide_table {
	const char *key;			/* in JSON: "mapping" */
	const char *title;			/* the guide's heading */
	unsigned number;			/* 1 to 11; the three sets of examples are one */
	enum dsfit_guide_subject subject;
	const char *column[DSFIT_GUIDE_COLUMNS];	/* up to the first NULL */
	const char *note;			/* how its rows are read; NULL */
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

/* "Recommendations": what for, and what it recommends; ended by a row of NULL. */
extern const char *const dsfit_guide_recommendations[][2];

/* "Model -> GPU Mapping": the ZeRO stage for a model of so many parameters, 0 to 3. */
unsigned dsfit_guide_stage(uint64_t parameters);

/*
 * "RAM" and "Storage": the row with the guide's minimum for a model of so many parameters. `stage` is
 * the ZeRO stage, `offloads` says whether the optimizer's states are offloaded.
 */
const struct dsfit_guide_row *dsfit_guide_ram(uint64_t parameters, unsigned stage, bool offloads);
const struct dsfit_guide_row *dsfit_guide_storage(uint64_t parameters);

/* "Network": its minimum, in bits a second. */
uint64_t dsfit_guide_network(void);

#endif
