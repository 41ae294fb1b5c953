/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_MEANINGS_H
#define DSFIT_SCRIPT_MEANINGS_H

#include "core/script/script_training.h"

/* A setting as it is said. */
struct dsfit_setting {
	const char *name;	/* of launchers.conf; "section.name" inside a section of a file */
	const char *text;	/* "" without a value; NULL: as `span` has it, and so is `known` */
	struct dsfit_span span;	/* of a flag; empty of a file */
	bool has_value, known, is_key;
	uint32_t from;		/* where a flag without a value is written */
	const char *source;	/* NULL: where `span` or `from` says */
	int sure;
};

/* Take a setting into account. What it does not know it leaves. */
void dsfit_meaning_take(struct dsfit_script_training *t, const struct dsfit_setting *setting);

/* Take all values of a file. Returns false if it is not there. */
bool dsfit_meaning_take_file(struct dsfit_script_training *t, struct dsfit_span name, int sure);

/* Billions of parameters by a model's name: "Llama-2-13b" is 13, "8x7B" is 56; 0 if it has none. */
double dsfit_meaning_size(const char *model);
/* Whether a text is the name of a language model, as far as can be seen. */
bool dsfit_meaning_is_model(const struct dsfit_launchers *launchers, const char *text);
/* Whether it is the name of a model of pictures, films or sound, and of no language model. */
bool dsfit_meaning_is_other_model(const struct dsfit_launchers *launchers, const char *text);

/* How the names of files of settings end; NULL ends the list. */
extern const char *const dsfit_settings_endings[];

/* Note that a file of settings which is named is not there. */
void dsfit_meaning_not_there(struct dsfit_script_training *t, struct dsfit_span name);

#endif
