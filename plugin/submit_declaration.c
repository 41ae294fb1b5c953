/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slurm calls back with each --ds- option, but does not say whether the user typed the value or the
 * command inherited it from the job in which it runs. And what it hands on to the job is the first
 * component's, as typed. This file finds the user's own values and passes them on itself:
 *
 *     before all           dsfit_typed_begin()             which component it is
 *     for each option      dsfit_typed_option()            keep all values, the oldest first
 *     for each component   dsfit_typed_collect()           which values count
 *                          dsfit_typed_pass_on()           into the job's control environment
 *                          dsfit_typed_next_component()    forget the values
 *     at the end           dsfit_typed_forget()
 */
#include "plugin/submit_declaration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/declare/declaration.h"
#include "core/declare/hub_cache.h"
#include "core/declare/passed_on.h"
#include "core/model/model_text.h"
#include "plugin/options.h"

/* The values of one option since the last component, the oldest first. With more than VALUES_MAX
 * the oldest are dropped: only those of --ds-set add up, and nobody types so many. */
#define VALUES_MAX 64

struct option_values {
	char *value[VALUES_MAX];
	int count;
};

static struct {
	struct option_values seen[DSFIT_OPTION_SLURM_END];
	unsigned component;
	bool lost;			/* there was no memory for a value of this component */
	bool passed_on;			/* dsfit_typed_pass_on() was called, for any component */
} typed;

/* Slurm hands an option down to a job, and within sbatch from one component to the next, in a
 * variable such as SLURM_SPANK__SLURM_SPANK_OPTION_dsfit_ds_model. Without this prefix it is the
 * option's name in the job's control environment. */
#define INHERITED_PREFIX "SLURM_SPANK_"

static const char *inherited_name(int option, char name[96])
{
	snprintf(name, 96, INHERITED_PREFIX DSFIT_OPTION_VARIABLE "%s",
		 dsfit_options[option].name);
	return name;
}

static void forget(struct option_values *values)
{
	while (values->count)
		free(values->value[--values->count]);
}

void dsfit_typed_begin(unsigned components)
{
	typed.component = components;
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
	else
		typed.lost = true;
	return 0;
}

/* Which value Slurm has repeated; -1: none. It repeats an inherited value once, after the script's
 * #SBATCH lines and before the command line. */
static int replayed_value(int option)
{
	const struct option_values *values = &typed.seen[option];
	int replayed = values->count - 1;
	char name[96];
	const char *inherited = getenv(inherited_name(option, name));

	if (!inherited)
		return -1;
	while (replayed >= 0 && strcmp(values->value[replayed], inherited))
		replayed--;
	return replayed;
}

/* The last value that the user gave for this component; NULL if there is none. If Slurm repeated
 * the last one, the value before it is the user's. */
static const char *own_value(int option)
{
	int last = typed.seen[option].count - 1;

	if (last >= 0 && replayed_value(option) == last)
		last--;
	return last >= 0 ? typed.seen[option].value[last] : NULL;
}

/* Take all settings of --ds-set that the user gave for this component. */
static void take_own_settings(struct dsfit_declaration *out)
{
	const struct option_values *values = &typed.seen[DSFIT_OPTION_SET];
	int replayed = replayed_value(DSFIT_OPTION_SET);

	for (int i = 0; i < values->count; i++)
		if (i != replayed)
			dsfit_declaration_take(out, DSFIT_OPTION_SET, values->value[i]);
}

/*
 * A component with its own model has its own declaration: nothing that it inherited counts. Without
 * a model, the first component has what it inherited from the job in which the command runs, and
 * its own options win over that. Later components inherit nothing.
 */
void dsfit_typed_collect(struct dsfit_declaration *out, bool *inherited)
{
	bool own_model = own_value(DSFIT_OPTION_MODEL);
	char name[96];

	memset(out, 0, sizeof(*out));
	out->prefix = "--ds-";
	dsfit_hub_cache_folder(getenv, out->hub_cache);
	*inherited = false;
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		if (i == DSFIT_OPTION_SET)
			take_own_settings(out);
		else
			out->value[i] = own_value(i);
		if (out->value[i] || own_model || typed.component)
			continue;
		if (typed.seen[i].count)
			out->value[i] = getenv(inherited_name(i, name));
		/* Another script may train something else. */
		if (i == DSFIT_OPTION_MODEL && out->value[i] &&
		    dsfit_passed_on_is_inferred(out->value[i]))
			out->value[i] = NULL;
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
		/* The job's environment is a copy of this one, and would hand the option on. */
		unsetenv(name);
	}
}

/*
 * Each component of a het job passes on its own declaration: Slurm by itself would hand on the
 * first component's. A declaration that could be read is passed on as one line in place of the
 * model, without other options, because slurmctld cannot read the files that the options name. If
 * it could not be read (`line` is ""), the options are passed on as typed, except paths.
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

void dsfit_typed_pass_said(spank_t spank, const struct dsfit_said *said)
{
	char text[DSFIT_SAID_MAX];

	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		hand_on(spank, i, NULL);
	dsfit_said_write(said, text);
	if (*text)
		spank_job_control_setenv(spank, DSFIT_SAID_NAME, text, 1);
}

bool dsfit_typed_first(void)
{
	return !typed.component;
}

bool dsfit_typed_lost(void)
{
	return typed.lost;
}

bool dsfit_typed_any(void)
{
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		if (typed.seen[i].count)
			return true;
	/* srun would give a component without a declaration what the last one passed on. */
	return typed.passed_on || typed.lost;
}

void dsfit_typed_forget(void)
{
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		forget(&typed.seen[i]);
}

void dsfit_typed_next_component(void)
{
	dsfit_typed_forget();
	typed.lost = false;
	typed.component++;
}
