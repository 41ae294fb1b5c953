/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A declaration becomes numbers. Several sources say how a model is trained; each has a reader, and
 * all fill in the same struct dsfit_workload, one over the other:
 *
 *     site's defaults            copied
 *     passed-on line             core/declare/passed_on.c      replaces the defaults
 *     --config=FILE              core/training/training_files.c
 *     options                    core/training/settings.c      in the order of their table
 *     the model, counts          core/declare/declared_model.c
 *           |
 *     settle: what depends on the model's size and on each other (core/training/training.c)
 */
#include "core/declare/declaration.h"

#include <stdio.h>
#include <string.h>

#include "core/base/size.h"
#include "core/base/word.h"
#include "core/declare/declared_model.h"
#include "core/declare/passed_on.h"
#include "core/model/adapters.h"
#include "core/model/model_text.h"
#include "core/training/settings.h"
#include "core/training/training_files.h"

/* Read the line that another gate passed on in place of the model; *is_line: there is one. */
static int read_passed_on(const struct dsfit_declaration *declaration, struct dsfit_workload *out,
			  bool *is_line, struct dsfit_error *err)
{
	const char *line = declaration->value[DSFIT_OPTION_MODEL];
	struct dsfit_error why;

	*is_line = line && dsfit_passed_on_is(line);
	if (!*is_line || !dsfit_passed_on_read(line, out, &why))
		return 0;
	if (out->model.not_understood)
		return dsfit_fail(err, "%smodel=%s", declaration->prefix, why.text);
	return dsfit_fail(err, "%smodel from the submit host is wrong: %.400s",
			  declaration->prefix, why.text);
}

/* --fit alone, before anything else: it counts even if the rest of the declaration is wrong. */
static void read_fit(const struct dsfit_declaration *declaration, struct dsfit_workload *out)
{
	const char *fit = declaration->value[DSFIT_OPTION_FIT];

	if (fit && !dsfit_parse_enum(dsfit_mode_names, fit, &out->fit, NULL))
		out->fit_given = true;
}

/* No value is longer than this, but for a path and a line that was passed on, which has a limit of
 * its own. What is longer is no slip of a hand, and is not quoted whole. */
#define VALUE_MAX 255
#define LONGEST_PATH 4095

static int check_lengths(const struct dsfit_declaration *declaration, struct dsfit_error *err)
{
	for (int i = 0; i < DSFIT_OPTION_END; i++) {
		const char *value = declaration->value[i];
		size_t max = VALUE_MAX;
		const char *what = "";

		if (!value || (i == DSFIT_OPTION_MODEL && dsfit_passed_on_is(value)))
			continue;
		if (i == DSFIT_OPTION_SET)
			max = DSFIT_SETTINGS_MAX;
		if (i == DSFIT_OPTION_CONFIG ||
		    (i == DSFIT_OPTION_MODEL && dsfit_model_is_path(value))) {
			max = LONGEST_PATH;
			what = "the path is ";
		}
		if (strnlen(value, max + 1) > max)
			return dsfit_fail(err, "%s%s=%.20s...: %slonger than %zu characters",
					  declaration->prefix, dsfit_options[i].name, value, what,
					  max);
	}
	return 0;
}

static int read_files(const struct dsfit_declaration *declaration, struct dsfit_workload *out,
		      struct dsfit_training_files *files, struct dsfit_error *err)
{
	const char *path = declaration->value[DSFIT_OPTION_CONFIG];
	struct dsfit_error why;

	memset(files, 0, sizeof(*files));
	if (!path)
		return 0;
	if (declaration->no_files)
		return dsfit_option_fail_no_files(declaration, DSFIT_OPTION_CONFIG, err);
	if (dsfit_training_files_read(path, &out->training, files, &why))
		return dsfit_option_fail_in_file(declaration, DSFIT_OPTION_CONFIG, &why, err);
	out->stops = files->stops;
	/* Who types a stage trains with DeepSpeed, whatever the file leaves open. */
	if (files->engine_assumed && (declaration->value[DSFIT_OPTION_ZERO] ||
				      declaration->value[DSFIT_OPTION_OFFLOAD]))
		out->training.engine = DSFIT_ENGINE_DEEPSPEED;
	return 0;
}

/* What dsfit shall do: the goal, what to do about a misfit, how much to print. */
static int read_wish(enum dsfit_option option, const char *value, struct dsfit_workload *out,
		     struct dsfit_error *err)
{
	if (dsfit_parse_enum(dsfit_options[option].words, value,
			     (char *)out + dsfit_options[option].at, err))
		return -1;
	out->fit_given = out->fit_given || option == DSFIT_OPTION_FIT;
	return 0;
}

static int read_option(enum dsfit_option option, const char *value, struct dsfit_workload *out,
		       struct dsfit_error *err)
{
	switch (dsfit_options[option].kind) {
	case DSFIT_ABOUT_TRAINING:
		return dsfit_training_set(&out->training, dsfit_options[option].name, value, err);
	case DSFIT_ABOUT_SETTINGS:
		return dsfit_training_set_all(&out->training, value, err);
	case DSFIT_ABOUT_WISH:
		return read_wish(option, value, out, err);
	default:
		return 0;
	}
}

/* Read all options except those about the model, in the order of the table. If two values are
 * wrong, the one whose option comes first is reported. */
static int read_options(const struct dsfit_declaration *declaration, struct dsfit_workload *out,
			struct dsfit_error *err)
{
	struct dsfit_error why;

	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i] &&
		    read_option((enum dsfit_option)i, declaration->value[i], out, &why))
			return dsfit_option_fail(declaration, (enum dsfit_option)i, &why, err);
	return 0;
}

/* The model is the file's if no other is declared. One that was inherited counts less than one's
 * own file. */
static bool names_model(const struct dsfit_declaration *declaration, bool passed_on,
			const struct dsfit_training_files *files)
{
	if (!files->model[0] || (declaration->value[DSFIT_OPTION_MODEL] && !passed_on))
		return false;
	for (int i = DSFIT_OPTION_PARAMS; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i] && (dsfit_options[i].kind == DSFIT_ABOUT_SHAPE ||
					      i == DSFIT_OPTION_PARAMS))
			return false;
	return true;
}

/* What dsfit does not understand: passed on, it says what that is. */
static int fail_not_understood(struct dsfit_workload *out, const char *name, const char *what,
			       const struct dsfit_error *why, struct dsfit_error *err)
{
	struct dsfit_model model = { .not_understood = true };

	snprintf(model.name, sizeof(model.name), "%.*s", DSFIT_NAME_MAX - 1, name);
	snprintf(model.family, sizeof(model.family), "%.*s", DSFIT_NAME_MAX - 1, what);
	dsfit_printable(model.name);
	dsfit_printable(model.family);
	out->model = model;
	return dsfit_fail(err, "%s", why->text);
}

/* The declared model, or the one that a file names. A model that nobody knows is no mistake in a
 * file, which was not written for dsfit. */
static int find_model(const struct dsfit_declaration *declaration, bool passed_on,
		      const struct dsfit_models *models, const struct dsfit_training_files *files,
		      struct dsfit_workload *out, struct dsfit_error *err)
{
	struct dsfit_declaration from_file;
	struct dsfit_error model, why;

	if (declaration->model) {
		out->model = *declaration->model;
		return 0;
	}
	if (!names_model(declaration, passed_on, files))
		return dsfit_declared_model(declaration, passed_on, models, &out->model, err);
	from_file = *declaration;
	from_file.value[DSFIT_OPTION_MODEL] = files->model;
	if (!dsfit_declared_model(&from_file, false, models, &out->model, &model))
		return 0;
	if (out->model.not_understood)
		return dsfit_fail(err, "%s", model.text);
	dsfit_fail(&why, "%sconfig names a model that dsfit does not know: %.380s",
		   declaration->prefix, model.text);
	return fail_not_understood(out, files->model, "unknown", &why, err);
}

/* The head that is declared, if the model's files do not say it: a language model's, two classes,
 * the default of transformers' num_labels, or one reward. */
static void declare_head(struct dsfit_workload *w)
{
	const struct dsfit_training *t = &w->training;

	if (t->task == DSFIT_TASK_LM)
		dsfit_model_speak(&w->model);
	else if (t->task == DSFIT_TASK_CLASSIFY)
		dsfit_model_classify(&w->model, 2);
	else if (t->task == DSFIT_TASK_AS_MODEL && t->objective == DSFIT_OBJECTIVE_REWARD)
		dsfit_model_classify(&w->model, 1);
}

/* A picture has as many tokens as it has patches, whatever is declared. Where pictures are a part
 * of the text, it has room for them. */
static void take_tokens(struct dsfit_workload *w)
{
	uint64_t tokens = w->model.layers.dimension[DSFIT_DIM_SEQUENCE];
	struct dsfit_tower *tower = &w->model.tower;

	if (w->training.images && tower->tokens) {
		uint64_t one = w->training.image_tokens ? w->training.image_tokens : tower->tokens;

		tokens = dsfit_min(dsfit_mul(w->training.images, one), DSFIT_TOKENS_MAX);
		w->training.sequence = dsfit_max(w->training.sequence, tokens);
		return;
	}
	/* Whisper refuses texts that are longer than its table of positions. */
	if (w->model.layers.dimension[DSFIT_DIM_FRAMES] && w->model.shape.max_sequence)
		w->training.sequence = dsfit_min(w->training.sequence,
						 w->model.shape.max_sequence);
	if (!tokens)
		return;
	w->training.sequence = dsfit_min(tokens, DSFIT_TOKENS_MAX);
	w->training.sequence_declared = true;
}

int dsfit_declaration_resolve(const struct dsfit_declaration *declaration,
			      const struct dsfit_models *models,
			      const struct dsfit_training *defaults,
			      struct dsfit_workload *out, struct dsfit_error *err)
{
	struct dsfit_training_files files;
	struct dsfit_error why;
	bool passed_on;
	int rc;

	memset(out, 0, sizeof(*out));
	out->training = *defaults;
	out->training.offload_default = true;
	out->training.batch_declared = out->training.sequence_declared = false;
	out->training.precision_declared = false;
	rc = read_passed_on(declaration, out, &passed_on, err);
	read_fit(declaration, out);
	/* The model comes last: a slip in an option is reported before a missing model. */
	if (rc || check_lengths(declaration, err) ||
	    read_files(declaration, out, &files, err) ||
	    read_options(declaration, out, err) ||
	    find_model(declaration, passed_on, models, &files, out, err))
		return -1;
	if (files.unsized[0]) {
		dsfit_fail(&why, "%sconfig=%.200s: dsfit cannot size a training with %s",
			   declaration->prefix, declaration->value[DSFIT_OPTION_CONFIG],
			   files.unsized);
		return fail_not_understood(out, out->model.name, files.unsized, &why, err);
	}
	declare_head(out);
	take_tokens(out);
	dsfit_training_fill_auto(&out->training, out->model.shape.hidden);
	if (dsfit_training_settle(&out->training, out->model.parameters, &why))
		return dsfit_fail(err, "%s%s", declaration->prefix, why.text);
	return 0;
}

bool dsfit_declaration_unknown(const struct dsfit_declaration *declaration,
			       const struct dsfit_workload *workload, struct dsfit_error *line)
{
	struct dsfit_error why;

	line->text[0] = '\0';
	if (!dsfit_ds_unknown_text(&workload->stops, &why))
		return false;
	dsfit_option_fail_in_file(declaration, DSFIT_OPTION_CONFIG, &why, line);
	return true;
}

static bool has_removed(const struct dsfit_declaration *declaration,
			const struct dsfit_workload *workload, struct dsfit_error *line)
{
	struct dsfit_error why;

	if (!dsfit_ds_removed_text(&workload->stops, &why))
		return false;
	dsfit_option_fail_in_file(declaration, DSFIT_OPTION_CONFIG, &why, line);
	return true;
}

static bool has_refused_adapters(const struct dsfit_workload *workload, struct dsfit_error *line)
{
	struct dsfit_error why;

	if (!dsfit_lora_refused(&workload->model, &workload->training, &why))
		return false;
	dsfit_fail(line, "%s%s", why.text, workload->training.transformers ? "" :
		   "; if the job runs transformers 4, declare it: --ds-set=transformers:4.57");
	return true;
}

static bool has_lost_pictures(const struct dsfit_workload *workload,
			      const struct dsfit_families *families, struct dsfit_error *line)
{
	const struct dsfit_model *model = &workload->model;

	/* To a classifier of pictures a sample is one, without images:N. */
	if (!workload->training.images || model->layers.dimension[DSFIT_DIM_SEQUENCE] ||
	    dsfit_families_tower(families, model))
		return false;
	if (!model->counts.vision)
		dsfit_fail(line, "images:%llu changes nothing: dsfit knows no vision tower of %s",
			   (unsigned long long)workload->training.images, model->name);
	else
		dsfit_fail(line, "images:%llu changes nothing: what the vision tower of %s keeps "
			   "of pictures is not known, and not in the estimate",
			   (unsigned long long)workload->training.images, model->name);
	return true;
}

bool dsfit_declaration_warning(const struct dsfit_declaration *declaration,
			       const struct dsfit_workload *workload,
			       const struct dsfit_families *families, unsigned *next,
			       struct dsfit_error *line)
{
	for (;;) {
		line->text[0] = '\0';
		switch ((*next)++) {
		case 0:
			if (dsfit_declaration_unknown(declaration, workload, line))
				return true;
			break;
		case 1:
			if (has_removed(declaration, workload, line))
				return true;
			break;
		case 2:
			if (has_refused_adapters(workload, line))
				return true;
			break;
		case 3:
			if (families && has_lost_pictures(workload, families, line))
				return true;
			break;
		default:
			--*next;
			return false;
		}
	}
}
