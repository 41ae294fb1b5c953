/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/submit_declaration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/declare/declaration.h"
#include "core/model/model_text.h"

/* Values that one option's callback brought since the last component, oldest first. */
#define VALUES_MAX 8

struct option_values {
	char *value[VALUES_MAX];
	int count;
};

static struct {
	struct option_values seen[DSFIT_OPTION_SLURM_END];
	unsigned component;
	bool passed_on;			/* something, for this component or one before it */
} typed;

/* SLURM_SPANK__SLURM_SPANK_OPTION_dsfit_ds_model: how Slurm hands an option down to a job and,
 * within sbatch, from one component to the next. Without the first 12 characters it is the
 * option's name in the job's control environment. */
#define INHERITED_PREFIX "SLURM_SPANK_"

static const char *inherited_name(int option, char name[96])
{
	snprintf(name, 96, INHERITED_PREFIX "_SLURM_SPANK_OPTION_dsfit_ds_%s",
		 dsfit_options[option].name);
	return name;
}

static void forget(struct option_values *values)
{
	while (values->count)
		free(values->value[--values->count]);
}

int dsfit_typed_option(int option, const char *value, int remote)
{
	struct option_values *values;

	if (remote || option < 0 || option >= DSFIT_OPTION_SLURM_END || !value)
		return 0;
	values = &typed.seen[option];
	if (values->count == VALUES_MAX) {
		free(values->value[0]);
		memmove(values->value, values->value + 1,
			(VALUES_MAX - 1) * sizeof(values->value[0]));
		values->count--;
	}
	values->value[values->count] = strdup(value);
	if (values->value[values->count])
		values->count++;
	return 0;
}

/*
 * The last value that was not merely handed down. Slurm replays an inherited value after the
 * script's own #SBATCH line and before the command line, once; taking one such value away
 * leaves the user's own.
 */
static const char *own_value(int option)
{
	const struct option_values *values = &typed.seen[option];
	int last = values->count - 1, replayed;
	char name[96];
	const char *inherited = getenv(inherited_name(option, name));

	if (!inherited)
		return last >= 0 ? values->value[last] : NULL;
	for (replayed = last; replayed >= 0; replayed--)
		if (!strcmp(values->value[replayed], inherited))
			break;
	if (replayed == last)
		last--;
	return last >= 0 ? values->value[last] : NULL;
}

/*
 * What is declared for this component. A model of its own is a declaration of its own: nothing
 * inherited counts beside it. Without one the first component goes by what it inherited from
 * the job it is submitted in, with its own options over it. Sets *inherited where the model is
 * not its own.
 */
void dsfit_typed_collect(struct dsfit_declaration *out, bool *inherited)
{
	bool own_model = own_value(DSFIT_OPTION_MODEL);
	char name[96];

	memset(out, 0, sizeof(*out));
	out->prefix = "--ds-";
	*inherited = false;
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		out->value[i] = own_value(i);
		if (out->value[i] || own_model || typed.component)
			continue;
		if (typed.seen[i].count)
			out->value[i] = getenv(inherited_name(i, name));
		if (i == DSFIT_OPTION_MODEL && out->value[i])
			*inherited = true;
	}
}

static void hand_on(spank_t spank, int option, const char *value)
{
	char name[96];
	const char *job_name = inherited_name(option, name) + strlen(INHERITED_PREFIX);

	if (value) {
		spank_job_control_setenv(spank, job_name, value, 1);
	} else if (typed.seen[option].count || getenv(name)) {
		spank_job_control_unsetenv(spank, job_name);
		/* The job would hand it on from its own environment. */
		unsetenv(name);
	}
}

/*
 * Pass the declaration on, for each component of a het job may run alone, and what Slurm would
 * hand on by itself is the first component's. Where it was read it is one line under the model's
 * name and nothing else: what was typed may be a path, which means nothing to who cannot read
 * the file. Where it was not read (line is ""), the options are passed on as typed, but no path.
 */
void dsfit_typed_pass_on(spank_t spank, const struct dsfit_declaration *declaration,
			 const char *line, const struct dsfit_said *said)
{
	char text[DSFIT_SAID_MAX];
	const char *model = declaration->value[DSFIT_OPTION_MODEL];

	if (!*line)
		line = model && !dsfit_model_is_path(model) ? model : "none";
	else
		declaration = NULL;
	hand_on(spank, DSFIT_OPTION_MODEL, line);
	for (int i = DSFIT_OPTION_MODEL + 1; i < DSFIT_OPTION_SLURM_END; i++)
		hand_on(spank, i, declaration && i != DSFIT_OPTION_CONFIG ?
				  declaration->value[i] : NULL);
	dsfit_said_write(said, text);
	spank_job_control_setenv(spank, DSFIT_SAID_NAME, text, 1);
	typed.passed_on = true;
}

bool dsfit_typed_any(void)
{
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		if (typed.seen[i].count)
			return true;
	/* srun keeps for a component without a declaration what was passed on with the last. */
	return typed.passed_on;
}

void dsfit_typed_forget(void)
{
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		forget(&typed.seen[i]);
}

void dsfit_typed_next_component(void)
{
	dsfit_typed_forget();
	typed.component++;
}
