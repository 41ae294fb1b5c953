/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_SCRIPT_TRAINING_H
#define DSFIT_SCRIPT_SCRIPT_TRAINING_H

#include "core/script/reading.h"

/* What is known so far of a program that may train. */

enum { DSFIT_UNSAID = -1, DSFIT_SAID_NO, DSFIT_SAID_YES };

/* A fact as it is so far: as in struct dsfit_script_fact, but the texts are in the arena. */
struct dsfit_said {
	const char *text, *source;
	int sure;
};

/* A whole number that several flags or files may say; 0: not said. */
struct dsfit_said_number {
	uint64_t value;
	const char *source;
	int sure;
};

#define DSFIT_SEQUENCE_PARTS 4

struct dsfit_script_training {
	struct dsfit_reading *r;
	const struct dsfit_launch *launch;
	struct dsfit_said fact[DSFIT_SCRIPT_FIELDS];
	struct dsfit_said_number global_batch, batch, world, gpus, processes;
	struct dsfit_said_number context;	/* GPUs that share a sequence */
	struct dsfit_said_number copies;	/* of the model */
	struct dsfit_said_number experts;	/* of a layer */
	struct dsfit_said_number limit;		/* of a sequence, in tokens */
	bool global_batch_counts;		/* it has to be a multiple of all micro-batches */
	struct dsfit_said_number engine_batch;	/* the micro-batch of the DeepSpeed file */
	const char *engine_precision;		/* that of the DeepSpeed file */
	struct {
		char name[64];
		uint64_t value;
		const char *source;
	} part[DSFIT_SEQUENCE_PARTS];		/* of a sequence */
	unsigned parts;
	uint64_t bits;
	int trains, predicts;
	bool lora, projector, prompt, adapter_full, serves;
	bool adapter_hint;	/* a setting that nobody knows is about adapters */
	bool adapter_off;	/* none is to be trained, whatever its settings are */
	bool tokens;		/* the micro-batch is counted in tokens */
	bool other;		/* of images, sound or video, or without a GPU */
	const char *adapter_source;
	unsigned signs;		/* that something is trained */
	unsigned traits;	/* that it is a language model */
	bool unread;		/* a file of settings is named that is not there */
	struct dsfit_span unread_name;		/* of the first one, where files are read */
	const char *open_model, *open_source;	/* a model that nobody knows; NULL: none */
	bool has_document;	/* one is there, and none was to be read */
	unsigned depth;		/* of files in files */
};

/* As if nothing had been said of a fact. */
void dsfit_script_unsay(struct dsfit_script_training *t, enum dsfit_script_field field);

/* Note a fact, unless a surer one is there. */
void dsfit_script_note(struct dsfit_script_training *t, enum dsfit_script_field field,
			 const char *text, const char *source, int sure);

/* Where something is written: "line 12", "run.sh: line 3", "". */
const char *dsfit_script_source(struct dsfit_reading *r, uint32_t from);

/* Warn, unless that has been said. */
void dsfit_script_warn(struct dsfit_script_training *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
