/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/job_declaration.h"

#include <string.h>

#include "core/declare/passed_on.h"
#include "plugin/options.h"

/* The value in "NAME=value" if the entry has this name; else NULL. */
static const char *value_of(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(entry, name, length) && entry[length] == '=' ? entry + length + 1 : NULL;
}

/* Take one entry of the control environment. Returns 0, or -1 if the value is too long to be that
 * of an option. */
static int take_entry(const char *entry, struct dsfit_declaration *declaration,
		      struct dsfit_said *said)
{
	const char *value = value_of(entry, DSFIT_SAID_NAME);

	if (value)
		dsfit_said_read(value, said);
	if (strncmp(entry, DSFIT_OPTION_VARIABLE, strlen(DSFIT_OPTION_VARIABLE)))
		return 0;
	entry += strlen(DSFIT_OPTION_VARIABLE);
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		value = value_of(entry, dsfit_options[i].name);
		if (!value)
			continue;
		if (strnlen(value, DSFIT_OPTION_VALUE_MAX) == DSFIT_OPTION_VALUE_MAX &&
		    !dsfit_passed_on_is(value))
			return -1;
		declaration->value[i] = value;
	}
	return 0;
}

/*
 * scrontab accepts dsfit's options in its #SCRON lines, but does not pass them on (read in its
 * source, and tried). There users can put them into the job's comment, separated by commas because
 * scrontab splits a line at spaces even within quotes: --comment=--ds-model=13B,--ds-zero=3. The
 * declaration's values are in `copy`.
 */
static void collect_comment(const char *comment, struct dsfit_declaration *declaration,
			    char copy[DSFIT_OPTION_VALUE_MAX])
{
	const char *prefix = declaration->prefix;
	char *option, *next;

	if (!comment || strncmp(comment, prefix, strlen(prefix)) ||
	    strnlen(comment, DSFIT_OPTION_VALUE_MAX) == DSFIT_OPTION_VALUE_MAX)
		return;
	strcpy(copy, comment);
	for (option = copy; option; option = next) {
		next = strstr(option + strlen(prefix), prefix);
		/* The separator is one character. Not every comma is one: values have commas. */
		if (next)
			next[-1] = '\0';
		option[strcspn(option, " ")] = '\0';
		option += strlen(prefix);
		for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
			if (value_of(option, dsfit_options[i].name))
				dsfit_declaration_take(declaration, (enum dsfit_option)i,
						       value_of(option, dsfit_options[i].name));
	}
}

int dsfit_job_declaration(const job_desc_msg_t *desc, struct dsfit_declaration *declaration,
			  struct dsfit_said *said, char copy[DSFIT_OPTION_VALUE_MAX],
			  struct dsfit_error *err)
{
	*declaration = (struct dsfit_declaration){ .prefix = "--ds-", .no_files = true };
	for (uint32_t i = 0; desc->spank_job_env && i < desc->spank_job_env_size; i++)
		if (desc->spank_job_env[i] &&
		    take_entry(desc->spank_job_env[i], declaration, said))
			return dsfit_fail(err, "a value is longer than %d characters",
					  DSFIT_OPTION_VALUE_MAX - 1);
	if (dsfit_declaration_empty(declaration))
		collect_comment(desc->comment, declaration, copy);
	return 0;
}
